"""What a layer's `call` depends on besides its input: whether the model is being trained."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_training: ContextVar[bool] = ContextVar("training", default=False)
is_training = _training.get


@contextmanager
def training(mode: bool) -> Iterator[None]:
    """Inside, layers that differ in training, such as Dropout, know that it is on, or off."""
    token = _training.set(mode)
    try:
        yield
    finally:
        _training.reset(token)


def steady(call: Any) -> Any:
    """Mark a `call` that does the same ops for every batch of one shape, for `program.py`."""
    call.steady = call  # itself: functools.wraps would copy a mere mark to a call of yours
    return call
