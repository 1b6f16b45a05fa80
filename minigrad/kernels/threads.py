"""Threads and forks: when a kernel may use all cores without killing or hanging a process.

Two facts about Numba's threading layers rule this file (`minigrad doctor` names yours):

- workqueue ends the process when two Python threads are in parallel regions at once, and a lock of
  ours cannot see the kernels of other libraries: there, kernels stay serial unless you ask.
- omp kills a forked child that enters a parallel region after its parent did: children stay serial.
"""

import os
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import numba

_one_at_a_time = threading.Lock()
_serial_only = False


def asked_for() -> int | None:
    """The number in MINIGRAD_THREADS, or None where the variable is not set."""
    text = os.environ.get("MINIGRAD_THREADS", "")
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"MINIGRAD_THREADS={text!r}: give a whole number from 1 up")
    return int(text)


def wanted() -> int:
    """How many threads shall work at once: all cores, or what MINIGRAD_THREADS says."""
    cores = numba.config.NUMBA_NUM_THREADS
    return min(asked_for() or cores, cores)  # type: ignore[no-any-return]


def team() -> int:
    """How many threads a parallel region may have: 1 where kernels must stay serial."""
    count = wanted()
    if count == 1 or _serial_only or (layer() == "workqueue" and asked_for() is None):
        return 1
    return count


@cache  # it never changes, and every call on all cores asks
def layer() -> str:
    """The threading layer that Numba chose: omp, tbb or workqueue.  Starts its threads."""
    try:
        numba.get_num_threads()
        return str(numba.threading_layer())
    except ValueError as error:
        chosen, reason = numba.config.THREADING_LAYER, " ".join(str(error).split())
        raise RuntimeError(
            f"threads: no threading layer for NUMBA_THREADING_LAYER={chosen} ({reason}); "
            "unset it, or run `minigrad doctor` to see what is missing"
        ) from None


def run_alone(
    team: int,
    parallel: Callable[..., None],
    serial: Callable[..., None],
    arguments: tuple[Any, ...],
) -> None:
    """Run on so many threads if no other call does, else on one: the result is the same."""
    if not _one_at_a_time.acquire(blocking=False):
        serial(*arguments)
        return
    try:
        if team == numba.config.NUMBA_NUM_THREADS:  # all, or what the user told Numba
            parallel(*arguments)
            return
        before = numba.get_num_threads()
        try:
            numba.set_num_threads(team)
            parallel(*arguments)
        finally:
            numba.set_num_threads(before)
    finally:
        _one_at_a_time.release()


def _in_the_child() -> None:
    global _one_at_a_time, _serial_only
    _one_at_a_time = threading.Lock()
    try:
        started = numba.threading_layer()
    except ValueError:  # the parent never started a pool: the child may start its own
        return
    _serial_only = started != "workqueue"


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_the_child)
