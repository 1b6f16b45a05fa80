"""Side by side: pieces of work on several Python threads, which sleep when there is none.

A row of softmax goes through two kernels, and what the first writes for the second shall not leave
a core's cache in between.  So rows go piece by piece, and a parallel region cannot hold both
kernels; but kernels let go of Python's lock, so that several threads compute at the same time.
Waking one up takes some 20 us, which large arrays are worth.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any

PIECE = 32_768  # numbers


class Pool:
    """The threads of this process; a forked child has none, and starts its own."""

    executor: ThreadPoolExecutor | None = None


def pieces_of(length: int, each: int = 1) -> list[slice]:
    """Slices of so many rows of `each` numbers; a piece has at least one row.

    >>> pieces_of(100_000, 512)[:2]
    [slice(0, 64, None), slice(64, 128, None)]
    """
    rows = max(1, PIECE // max(1, each))
    return [slice(k, min(k + rows, length)) for k in range(0, length, rows)]


def side_by_side(work: Callable[[Any], None], pieces: Sequence[Any]) -> None:
    """work(piece) for each piece, in any order; nobody is at work any more when this returns."""
    from . import threads  # Numba: not before there is much to do

    left = iter(pieces)

    def take() -> None:
        for piece in left:  # each piece comes out of an iterator once, whoever asks
            work(piece)

    others: list[Future[None]] = []
    try:
        with suppress(RuntimeError):  # no new threads at the end of a process: then it is one
            for _ in range(min(threads.wanted(), len(pieces)) - 1):
                others.append(executor().submit(take))
        take()
    finally:
        wait(others)
    for other in others:
        other.result()  # raises what was raised there


def executor() -> ThreadPoolExecutor:
    """The threads, which are started when they are first needed."""
    if Pool.executor is None:
        Pool.executor = ThreadPoolExecutor(thread_name_prefix="minigrad")
    return Pool.executor


def _in_the_child() -> None:
    Pool.executor = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_the_child)
