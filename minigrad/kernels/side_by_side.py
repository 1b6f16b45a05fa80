"""Side by side: pieces of work on several Python threads, which sleep when there is none.

The threads of a parallel region wait for the next one by spinning, and so do those of a matrix
product: in turns they fight for the cores (see `kernel.py`).  An optimizer always comes right after
matrix products, so its pieces go to threads that sleep.  Kernels let go of Python's lock, so these
threads compute at the same time; waking one up takes some 20 us, which large arrays are worth.

A piece is small enough to stay in a core's cache from one kernel to the next.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
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

    others = [executor().submit(take) for _ in range(min(threads.wanted(), len(pieces)) - 1)]
    try:
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
