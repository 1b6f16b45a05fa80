"""A callback: what is done at certain moments of training, without a change to training itself.

Every method is one moment, and does nothing here; a subclass fills in those that it needs.
"""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from ..arrays import brief
from ..configs import Configured

Logs = dict[str, float]


class Callback(Configured):
    """Callback: subclass it, and define a method for each moment that something is done at.

    `epoch` and `batch` count from 0; `logs` holds the loss and the metrics so far, by name.
    Setting `self.model.stop_training = True` ends training after the current batch.

    >>> class Goal(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         self.model.stop_training = logs["loss"] < 0.01
    >>> Goal()
    Goal()
    """

    def __init__(self) -> None:
        """Nothing to set."""

    model: Any = None
    params: dict[str, Any] = {}
    # Attributes that a checkpoint keeps, so that training goes on as if it had never ended.
    remembered: tuple[str, ...] = ()

    def set_model(self, model: Any) -> None:
        """Whom to watch; called before anything else."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """How many epochs and steps there will be."""
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """At the begin of `fit`."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """At the end of `fit`, unless an error ended it."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Before the first batch of an epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """After validation; what is added to `logs` is found in the history."""

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Another name for `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Another name for `on_train_batch_end`."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a step."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a step."""
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """At the begin of `evaluate`, or of the validation inside `fit`."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """At the end of `evaluate`, or of the validation inside `fit`."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a batch of `evaluate`."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a batch of `evaluate`."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """At the begin of `predict`."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """At the end of `predict`."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a batch of `predict`."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a batch of `predict`."""

    def get_state(self) -> dict[str, Any]:
        """What it has seen, as JSON has it: kept in a checkpoint of `fit`."""
        return {name: getattr(self, name) for name in self.remembered}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from such a state; called after `on_train_begin`."""
        for name in self.remembered:
            setattr(self, name, state[name])

    def close(self) -> None:
        """Free files and the terminal; called however training ends."""


MOMENTS = [name for name in vars(Callback) if name.startswith("on_")]


def listens(callback: Callback, moment: str) -> bool:
    """Whether a callback does something at this moment.

    >>> listens(Callback(), "on_epoch_end")
    False
    """
    return getattr(getattr(callback, moment), "__func__", None) is not getattr(Callback, moment)


class LambdaCallback(Callback):
    """LambdaCallback: functions by the names of their moments.

    >>> callback = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    >>> callback.on_epoch_end(0, {"loss": 0.5})
    0 0.5
    """

    def __init__(self, **moments: Callable[..., Any]) -> None:
        for name, function in moments.items():
            if name not in MOMENTS:
                close = get_close_matches(name, MOMENTS, n=1)
                hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(MOMENTS)}"
                raise TypeError(f"LambdaCallback: no moment {name!r}; {hint}")
            if not callable(function):
                raise TypeError(f"LambdaCallback: {name}={brief(function)} given; use a function")
        vars(self).update(moments)
