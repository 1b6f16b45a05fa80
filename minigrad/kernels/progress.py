"""Progress: one line in the terminal, once, when a process has spent a second on its kernels.

Compiled kernels are kept on disk, so that this is a matter of the first time; but whoever waits
should know what for.  It costs a thread for each kernel that is loaded or compiled, nothing for a
call, and nothing at all where stderr is no terminal.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

PATIENCE = 1.0


class Spent:
    """The seconds spent on kernels so far, and whether that has been said."""

    seconds = 0.0
    said = False


spent = Spent()


@contextmanager
def told(name: str) -> Iterator[None]:
    """Say so if what is inside goes on until PATIENCE is at an end."""
    if spent.said or sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    start = perf_counter()
    timer = threading.Timer(max(0.0, PATIENCE - spent.seconds), say, [name])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()  # a thread that writes while the process forks would leave a lock behind
        spent.seconds += perf_counter() - start


def say(name: str) -> None:
    """A plain line: a progress bar that is being drawn moves below it."""
    spent.said = True
    print(
        f"minigrad: compiling {name} and perhaps more; kept on disk for the next time "
        "(`minigrad warmup` compiles all ahead)",
        file=sys.stderr,
    )
