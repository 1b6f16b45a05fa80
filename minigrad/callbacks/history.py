"""The history: what training was like, epoch by epoch."""

from time import perf_counter
from typing import Any

from .callback import Callback, Logs


class History(Callback):
    """History: what `fit` returns.

    history : the loss and each metric, by name, a number for each epoch.
    epoch : the numbers of the epochs, from 0.
    params : how many epochs and steps were asked for.
    seconds : where the time went.

    >>> history = History()
    >>> history.on_epoch_end(0, {"loss": 0.5})
    >>> history.losses
    [0.5]
    """

    remembered = "history", "epoch"

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []
        self.params: dict[str, Any] = {}
        self.seconds: dict[str, float] = {}

    @property
    def losses(self) -> list[float]:
        """The mean loss of each epoch."""
        return self.history.get("loss", [])

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.history, self.epoch = {}, []
        self.seconds.clear()  # in place: the clock writes there

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        if not self.epoch:
            return {"text/plain": repr(self)}
        from ..see.curves import curves  # only when a notebook asks

        return {"image/svg+xml": curves(self).svg, "text/plain": repr(self)}

    def get_state(self) -> dict[str, Any]:
        return {**super().get_state(), "seconds": dict(self.seconds)}

    def set_state(self, state: dict[str, Any]) -> None:
        super().set_state(state)
        self.seconds.update(state["seconds"])


class Clock:
    """Adds up seconds by name; the laps of the first batch include compiling."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds = seconds
        self.since = 0.0

    def start(self) -> None:
        """Begin a lap."""
        self.since = perf_counter()

    def lap(self, name: str) -> None:
        """End a lap, and begin the next."""
        now = perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self.since
        self.since = now
