"""Forks: a child process must not inherit a lock that a thread of its parent holds.

A child that is made while another thread imports the compiler, or compiles, would wait for that
thread for ever, since it has none of its parent's other threads.  So a fork waits until no kernel
is being compiled.  What a child may do with threads is in `threads.py`.
"""

import logging  # its fork hooks must be older than ours: then they run while ours hold
import os
import sys
import threading
from typing import Any

assert logging

# Held while a kernel is compiled, the import of the compiler included.
compiling = threading.RLock()


# Numba's own lock, while this thread forks.
_held: list[Any] = []


def _before_fork() -> None:
    compiling.acquire()
    module = sys.modules.get("numba.core.compiler_lock")
    if lock := getattr(module, "global_compiler_lock", None):
        lock.acquire()
        _held.append(lock)


def _after_fork() -> None:
    while _held:
        _held.pop().release()
    compiling.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork
    )
