"""Interrupts: Ctrl-C waits for the end of a step, so that no model is left half changed."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def deferred_interrupt() -> Iterator[Callable[[], None]]:
    """Inside, Ctrl-C waits until `interrupted()` is called: no step is left half done."""
    asked: list[bool] = []

    def interrupted() -> None:
        if asked:
            asked.clear()
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return
    before = signal.getsignal(signal.SIGINT)
    if not callable(before):  # Ctrl-C is ignored, or handled outside of Python
        yield interrupted
        return
    signal.signal(signal.SIGINT, lambda *_: asked.append(True))
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)
    interrupted()
