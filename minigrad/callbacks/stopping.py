"""Stopping: end training early, when it no longer helps, or when it has gone wrong."""

import math
from base64 import b64decode, b64encode
from typing import Any

import numpy as np

from .. import settings
from .callback import Callback, Logs
from .improvement import WatchesANumber, patience_of


class EarlyStopping(WatchesANumber):
    """EarlyStopping: stop once a number has not become better for some epochs.

    Parameters
    ----------
    monitor, min_delta, mode : see `WatchesANumber`.
    patience : epochs without progress after which to stop.
    verbose : 1 to say so.
    baseline : what must be reached; until then, progress does not count.
    restore_best_weights : at the end, go back to the weights of the best epoch.
    start_from_epoch : epochs before this one are not looked at.
    """

    remembered = "wait", "best", "best_epoch", "stopped_epoch"

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience = patience_of(self, "patience", patience)
        self.verbose = verbose
        self.baseline = None if baseline is None else settings.number(self, "baseline", baseline)
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = patience_of(self, "start_from_epoch", start_from_epoch)
        self._begin()

    def _begin(self) -> None:
        self.wait = self.best_epoch = self.stopped_epoch = 0
        self.best: float | None = None
        self.best_weights: list[Any] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._begin()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.value(logs or {})
        if value is None or epoch < self.start_from_epoch:
            return
        if (
            self.restore_best_weights and self.best_weights is None
        ):  # even if the first number is nan
            self._keep(epoch)
        self.wait += 1
        if self.better(value, self.best):
            self.best = value
            self._keep(epoch)
            if self.baseline is None or self.better(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch and self.verbose:
            print(f"epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose:
                print(f"the weights are again those of the end of epoch {self.best_epoch + 1}")
            self.model.set_weights(self.best_weights)

    def _keep(self, epoch: int) -> None:
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()

    def get_state(self) -> dict[str, Any]:
        weights = [b64encode(w.tobytes()).decode() for w in self.best_weights or []]
        return {**super().get_state(), "best_weights": weights}

    def set_state(self, state: dict[str, Any]) -> None:
        super().set_state(state)
        if kept := state["best_weights"]:
            self.best_weights = [
                np.frombuffer(b64decode(text), weight.dtype).reshape(weight.shape)
                for text, weight in zip(kept, self.model.weights, strict=True)
            ]


class TerminateOnNaN(Callback):
    """TerminateOnNaN: stop after a step whose loss is nan or infinite.

    Parameters
    ----------
    raise_error : whether that is an error.
    """

    def __init__(self, raise_error: bool = False) -> None:
        self.raise_error = raise_error

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        loss = (logs or {}).get("loss", 0.0)
        if not math.isfinite(loss):
            line = f"TerminateOnNaN: the loss is {loss} at batch {batch}"
            if self.raise_error:
                raise RuntimeError(f"{line}; a smaller learning rate or clipnorm=1 may help")
            print(f"{line}: training ends")
            self.model.stop_training = True
