"""Monitoring: watch one number of the logs, and know whether it got better."""

import math
import warnings
from typing import Any

from .. import settings
from ..arrays import brief
from .callback import Callback, Logs

# Parts of names by which mode="auto" knows what is better.
HIGHER = "acc", "auc", "precision", "recall", "f1", "fbeta", "r2", "cosine", "pearson", "true_"
LOWER = (
    "loss", "error", "mse", "mae", "mape", "msle", "crossentropy", "hinge", "kl", "poisson",
    "cosh", "false_", "bce",
)  # fmt: skip
MODES = "auto", "min", "max"


class WatchesANumber(Callback):
    """What callbacks share that watch `monitor`.

    Parameters
    ----------
    monitor : a name in the logs, such as "loss" or "val_accuracy".
    mode : "min" or "max" is better; "auto" knows it by the name.
    min_delta : a smaller change is none.
    """

    def __init__(self, monitor: str, mode: str, min_delta: float) -> None:
        if not isinstance(monitor, str):
            raise TypeError(
                f"{type(self).__name__}: monitor={brief(monitor)} given; it must be a name in the "
                "logs, such as 'val_loss'"
            )
        self.monitor = monitor
        self.mode = settings.choice(self, "mode", mode, MODES)
        self.min_delta = abs(settings.number(self, "min_delta", min_delta))
        self.sign = direction(type(self).__name__, monitor, mode)
        self.warned = False

    def value(self, logs: Logs) -> float | None:
        """The number that is watched; None, and once a warning, if it is not there."""
        if self.monitor in logs:
            return float(logs[self.monitor])
        rarely = self.params.get("validation") and self.monitor.removeprefix("val_") in logs
        if not (rarely or self.warned):  # validation_freq leaves out epochs
            self.warned = True
            warnings.warn(
                f"{type(self).__name__}: monitor={self.monitor!r} is not in the logs; "
                f"there are {', '.join(logs)}"
                + ("; give validation_data to fit" if self.monitor.startswith("val_") else ""),
                stacklevel=2,
            )
        return None

    def better(self, value: float, than: float | None) -> bool:
        """Whether a value is better than an earlier one by more than min_delta."""
        change = self.sign * self.min_delta
        return than is None or self.sign * (value - change) > self.sign * than


def direction(owner: str, monitor: str, mode: str) -> float:
    """1 if more is better, -1 if less is.

    >>> direction("", "val_accuracy", "auto"), direction("", "loss", "auto")
    (1.0, -1.0)
    """
    name = monitor.lower()
    if mode == "min" or (mode == "auto" and any(part in name for part in LOWER)):
        return -1.0
    if mode == "max" or any(part in name for part in HIGHER):
        return 1.0
    raise ValueError(
        f"{owner}: monitor={monitor!r} given; the name does not tell whether more is better: give "
        "mode='max' or mode='min'"
    )


def patience_of(owner: Any, name: str, value: Any) -> int:
    """A number of epochs, 0 or more; more than any training has means never."""
    found = settings.number(owner, name, value, low=0)
    return math.floor(found)
