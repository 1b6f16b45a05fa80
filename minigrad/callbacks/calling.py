"""Calling: all callbacks of a run, told of each moment in the order in which they were given."""

from collections.abc import Callable
from typing import Any, Self

from ..arrays import brief
from .callback import Callback, Logs, listens
from .history import History
from .progress import Progress


class Callbacks:
    """The callbacks of one `fit`, `evaluate` or `predict`; the history comes last.

    Parameters
    ----------
    model : whom they watch.
    given : a Callback, a list of them, or None.
    progress : shows how far it is.
    epochs, steps : how many of each there will be, steps in each epoch.
    validation : None if there will be no validation.

    Nobody pays for what nobody listens to: the logs of a batch are computed only if they are read.
    """

    def __init__(
        self,
        model: Any,
        given: Any,
        progress: Progress | None,
        epochs: int,
        steps: int,
        validation: Any = None,
    ) -> None:
        callbacks = checked(model.name, given)
        found = [callback for callback in callbacks if isinstance(callback, History)]
        self.model = model
        self.history = found[0] if found else History()
        self.progress = progress
        shown = [] if progress is None else [progress]
        self.all = [*callbacks, *shown, *([] if found else [self.history])]
        self.resumed: dict[str, Any] | None = None
        params = {"verbose": int(progress is not None), "epochs": epochs, "steps": steps}
        params["validation"] = validation is not None
        for callback in self.all:
            callback.set_model(model)
            callback.set_params(params)
        self._begins = self._listeners("begin")
        self._ends = self._listeners("end")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        for callback in self.all:
            callback.close()

    def train_begin(self) -> None:
        """Training begins, or goes on from a checkpoint."""
        for callback in self.all:
            callback.on_train_begin()
        if self.resumed is not None:
            states = list(self.resumed["callbacks"])
            for callback in self.all:
                known = [s for s in states if s[0] == type(callback).__name__]
                if known:
                    callback.set_state(known[0][1])
                    states.remove(known[0])
            self.model.stop_training = self.resumed["stopped"]

    def train_end(self) -> None:
        """Training ends as it should."""
        logs = {name: values[-1] for name, values in self.history.history.items()}
        for callback in self.all:
            callback.on_train_end(logs)

    def epoch_begin(self, epoch: int) -> None:
        """An epoch begins."""
        for callback in self.all:
            callback.on_epoch_begin(epoch)

    def epoch_end(self, epoch: int, logs: Logs) -> None:
        """An epoch ends; callbacks may add to the logs."""
        for callback in self.all:
            callback.on_epoch_end(epoch, logs)

    def batch_begin(self, number: int, mode: str = "train") -> None:
        """A batch begins: of "train", "test" or "predict"."""
        for callback in self._begins[mode]:
            getattr(callback, f"on_{mode}_batch_begin")(number)

    def batch_end(self, number: int, logs: Callable[[], Logs], mode: str = "train") -> None:
        """A batch ends."""
        listeners = self._ends[mode]
        if listeners:
            found = logs()
            for callback in listeners:
                getattr(callback, f"on_{mode}_batch_end")(number, found)
        if self.progress is not None and self.progress.due(mode):
            self.progress.show(number + 1, logs())

    def test_begin(self) -> None:
        """`evaluate` or validation begins."""
        for callback in self.all:
            callback.on_test_begin()

    def test_end(self, logs: Logs) -> None:
        """`evaluate` or validation ends."""
        for callback in self.all:
            callback.on_test_end(logs)

    def predict_begin(self) -> None:
        """`predict` begins."""
        for callback in self.all:
            callback.on_predict_begin()

    def predict_end(self) -> None:
        """`predict` ends."""
        for callback in self.all:
            callback.on_predict_end()

    def get_state(self) -> dict[str, Any]:
        """What all of them have seen, as JSON has it."""
        states = [[type(callback).__name__, callback.get_state()] for callback in self.all]
        return {"callbacks": states, "stopped": self.model.stop_training}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from there once training begins; a callback that is new begins afresh."""
        self.resumed = state

    def _listeners(self, end: str) -> dict[str, list[Callback]]:
        found = {
            mode: [c for c in self.all if listens(c, f"on_{mode}_batch_{end}")]
            for mode in ("train", "test", "predict")
        }
        both = [c for c in self.all if listens(c, f"on_batch_{end}")]
        found["train"] = [c for c in self.all if c in found["train"] or c in both]
        return found


def checked(owner: str, given: Any) -> list[Callback]:
    """What a user gave as callbacks, as a list."""
    callbacks = [] if given is None else given if isinstance(given, list | tuple) else [given]
    for callback in callbacks:
        if not isinstance(callback, Callback):
            made = isinstance(callback, type) and issubclass(callback, Callback)
            raise TypeError(
                f"{owner}: callbacks: {brief(callback)} given; it must be "
                + (f"an object: {callback.__name__}(...)" if made else "a minigrad Callback")
            )
    return list(callbacks)
