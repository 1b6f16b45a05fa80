"""What a layer's `call` depends on besides its input: whether the model is being trained.

And the mark of a `call` that depends on nothing else.
"""

from contextvars import ContextVar
from typing import Any

_training: ContextVar[bool] = ContextVar("training", default=False)
is_training = _training.get


class training:
    """Inside, layers that differ in training, such as Dropout, know that it is on, or off.

    Every step enters it; a generator would take three times as long.
    """

    __slots__ = "_mode", "_token"

    def __init__(self, mode: bool) -> None:
        self._mode = mode

    def __enter__(self) -> None:
        self._token = _training.set(self._mode)

    def __exit__(self, *error: object) -> None:
        _training.reset(self._token)


def steady(call: Any) -> Any:
    """Mark a `call` that does the same ops for every batch of one shape, for `program.py`."""
    call.steady = call  # itself: functools.wraps would copy a mere mark to a call of yours
    return call
