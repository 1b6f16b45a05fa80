"""Rates: change the learning rate between epochs."""

from collections.abc import Callable
from inspect import signature
from typing import Any

from .. import settings
from ..arrays import brief
from .callback import Callback, Logs
from .improvement import WatchesANumber, patience_of


class ReduceLROnPlateau(WatchesANumber):
    """ReduceLROnPlateau: learning_rate := factor learning_rate after epochs without progress.

    Parameters
    ----------
    monitor, min_delta, mode : see `WatchesANumber`.
    factor : what the learning rate is multiplied by, less than 1.
    patience : epochs without progress after which that is done.
    verbose : 1 to say so.
    cooldown : epochs to wait afterwards, before counting again.
    min_lr : the learning rate never falls below it.
    """

    remembered = "wait", "best", "cooldown_counter"

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.factor = settings.number(self, "factor", factor, low=0, high=1)
        if self.factor == 1:
            raise ValueError("ReduceLROnPlateau: factor=1 given; it must be less than 1")
        self.patience = patience_of(self, "patience", patience)
        self.verbose = verbose
        self.cooldown = patience_of(self, "cooldown", cooldown)
        self.min_lr = settings.number(self, "min_lr", min_lr, low=0)
        self.on_train_begin()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.wait = self.cooldown_counter = 0
        self.best: float | None = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = {} if logs is None else logs
        value, rate = self.value(logs), self.model.optimizer.learning_rate
        logs["learning_rate"] = rate
        if value is None:
            return
        if self.cooldown_counter:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.better(value, self.best):
            self.best, self.wait = value, 0
        elif not self.cooldown_counter:
            self.wait += 1
            if self.wait >= self.patience and rate > self.min_lr:
                lower = max(self.factor * rate, self.min_lr)
                set_rate(self, lower)
                if self.verbose:
                    print(f"epoch {epoch + 1}: the learning rate is now {lower:g}")
                self.cooldown_counter, self.wait = self.cooldown, 0


class LearningRateScheduler(Callback):
    """LearningRateScheduler: a learning rate for each epoch.

    Parameters
    ----------
    schedule : a function (epoch, learning_rate) or (epoch), that returns the rate of the epoch.
    verbose : 1 to print it.
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        if not callable(schedule):
            raise TypeError(
                f"LearningRateScheduler: schedule={brief(schedule)} given; it must be a function "
                "(epoch, learning_rate) -> learning_rate"
            )
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        given = epoch, self.model.optimizer.learning_rate
        rate = self.schedule(*given) if takes_two(self.schedule) else self.schedule(epoch)
        set_rate(self, settings.number(self, "what the schedule returned", rate, low=0))
        if self.verbose:
            print(f"epoch {epoch + 1}: the learning rate is {rate:g}")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = self.model.optimizer.learning_rate


def takes_two(function: Callable[..., Any]) -> bool:
    """Whether a function can be called with two arguments, as far as Python can tell."""
    try:
        signature(function).bind(0, 0.0)
    except TypeError:
        return False
    except ValueError:  # some that are written in C do not tell
        return True
    return True


def set_rate(callback: Callback, rate: float) -> None:
    """Change the learning rate, if it is a number, not a schedule that would be lost."""
    optimizer = callback.model.optimizer
    if not isinstance(optimizer._rate, float):
        raise TypeError(
            f"{type(callback).__name__}: the optimizer's learning_rate is a schedule or function; "
            "give it a number, or leave this callback out"
        )
    optimizer.learning_rate = rate
