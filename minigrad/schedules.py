"""Schedules: the learning rate as a function of the step, usually large first and small at the end.

    SGD(ExponentialDecay(0.1, decay_steps=1000, decay_rate=0.5))

An optimizer calls its schedule with the number of updates that it has made, from 0.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import configs, settings
from .arrays import brief
from .configs import Configured

__all__ = [
    "CosineDecay", "CosineDecayRestarts", "Decay", "ExponentialDecay", "InverseTimeDecay",
    "LearningRateSchedule", "PiecewiseConstantDecay", "PolynomialDecay", "deserialize", "serialize",
]  # fmt: skip


class LearningRateSchedule(Configured):
    """Subclass it: `__call__` gives the learning rate of a step."""

    def __call__(self, step: float) -> float:
        """The learning rate after `step` updates."""
        raise TypeError(f"{type(self).__name__}: a schedule must define __call__(self, step)")


# What an optimizer takes: a number, a schedule, or a function without arguments.
Rate = float | LearningRateSchedule | Callable[[], float]


class Decay(LearningRateSchedule):
    """What most schedules share: where the rate starts, and a number of steps."""

    def __init__(self, initial_learning_rate: float, decay_steps: float) -> None:
        self.initial_learning_rate = settings.number(
            self, "initial_learning_rate", initial_learning_rate, low=0
        )
        self.decay_steps = settings.number(self, "decay_steps", decay_steps, above=0)

    def share(self, step: float) -> float:
        """How many times decay_steps have gone by."""
        return settings.number(self, "step", step, low=0) / self.decay_steps


class ExponentialDecay(Decay):
    """Exponential decay: rate = initial_learning_rate decay_rate^(step / decay_steps).

    With staircase the exponent is rounded down, and the rate stays the same for decay_steps.

    >>> ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)(20)
    0.025
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps)
        self.decay_rate = settings.number(self, "decay_rate", decay_rate, low=0)
        self.staircase = flag(self, "staircase", staircase)

    def __call__(self, step: float) -> float:
        p = self.share(step)
        return self.initial_learning_rate * self.decay_rate ** (
            math.floor(p) if self.staircase else p
        )


class InverseTimeDecay(Decay):
    """Inverse time decay: rate = initial_learning_rate / (1 + decay_rate step / decay_steps).

    With staircase step / decay_steps is rounded down.

    >>> InverseTimeDecay(0.1, decay_steps=10, decay_rate=0.5)(20)
    0.05
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps)
        self.decay_rate = settings.number(self, "decay_rate", decay_rate, low=0)
        self.staircase = flag(self, "staircase", staircase)

    def __call__(self, step: float) -> float:
        p = self.share(step)
        return self.initial_learning_rate / (
            1 + self.decay_rate * (math.floor(p) if self.staircase else p)
        )


class PolynomialDecay(Decay):
    """Polynomial decay: rate = (initial - end) (1 - step / decay_steps)^power + end.

    After decay_steps it stays at end_learning_rate; with cycle it starts again each time, over
    2, 3, 4... times decay_steps, from where the longer curve is by then.

    >>> PolynomialDecay(0.1, decay_steps=10, end_learning_rate=0.0)(5)
    0.05
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps)
        self.end_learning_rate = settings.number(
            self, "end_learning_rate", end_learning_rate, low=0
        )
        self.power = settings.number(self, "power", power, low=0)
        self.cycle = flag(self, "cycle", cycle)

    def __call__(self, step: float) -> float:
        p = self.share(step)
        p = p / max(math.ceil(p), 1) if self.cycle else min(p, 1.0)
        span = self.initial_learning_rate - self.end_learning_rate
        return span * math.pow(1 - p, self.power) + self.end_learning_rate


class PiecewiseConstantDecay(LearningRateSchedule):
    """Piecewise constant: values[0] up to and including step boundaries[0], then values[1], ...

    >>> PiecewiseConstantDecay([10, 20], [0.1, 0.01, 0.001])(11)
    0.01
    """

    def __init__(self, boundaries: Sequence[float], values: Sequence[float]) -> None:
        self.boundaries = numbers(self, "boundaries", boundaries)
        self.values = numbers(self, "values", values)
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"PiecewiseConstantDecay: {len(self.boundaries)} boundaries and "
                f"{len(self.values)} values given; there must be one value more than boundaries"
            )
        if any(a >= b for a, b in zip(self.boundaries, self.boundaries[1:], strict=False)):
            raise ValueError(
                f"PiecewiseConstantDecay: boundaries={brief(boundaries)} given; each must be "
                "larger than the one before"
            )

    def __call__(self, step: float) -> float:
        return self.values[bisect_left(self.boundaries, settings.number(self, "step", step))]


class CosineDecay(Decay):
    """Cosine decay: rate = initial_learning_rate ((1 - alpha) (1 + cos(pi p)) / 2 + alpha).

    p = step / decay_steps, 1 at most (Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983).

    Parameters
    ----------
    initial_learning_rate : where it starts.
    decay_steps : after how many steps, warm-up not counted, the end is reached.
    alpha : the end, as a share of where the decay began.
    warmup_target : if given, the rate first rises in a line to it, and the decay begins there.
    warmup_steps : for so many steps.

    >>> CosineDecay(0.1, decay_steps=10)(5)
    0.05
    >>> warm = CosineDecay(0.0, decay_steps=10, warmup_target=0.1, warmup_steps=2)
    >>> [warm(step) for step in (0, 1, 2, 12)]
    [0.0, 0.05, 0.1, 0.0]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps)
        self.alpha = settings.number(self, "alpha", alpha, low=0)
        self.warmup_target = warmup_target
        self.warmup_steps = settings.number(self, "warmup_steps", warmup_steps, low=0)
        if warmup_target is not None:
            self.warmup_target = settings.number(self, "warmup_target", warmup_target, low=0)
        elif self.warmup_steps:
            raise ValueError(
                f"CosineDecay: warmup_steps={warmup_steps!r} given without warmup_target; say what "
                "the rate shall rise to"
            )

    def __call__(self, step: float) -> float:
        if self.warmup_target is None:
            return self.initial_learning_rate * cosine(min(self.share(step), 1.0), self.alpha)
        step = settings.number(self, "step", step, low=0)
        if step < self.warmup_steps:
            rise = self.warmup_target - self.initial_learning_rate
            return rise * (step / self.warmup_steps) + self.initial_learning_rate
        p = min(self.share(step - self.warmup_steps), 1.0)
        return self.warmup_target * cosine(p, self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """Cosine decay with warm restarts: when the rate has come down it starts again, more slowly.

    Each period is t_mul times as long as the one before, and starts m_mul times as high
    (Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983).

    >>> restarts = CosineDecayRestarts(0.1, first_decay_steps=10)
    >>> [restarts(step) for step in (0, 5, 10, 20, 30)]
    [0.1, 0.05, 0.1, 0.05, 0.1]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
    ) -> None:
        self.initial_learning_rate = settings.number(
            self, "initial_learning_rate", initial_learning_rate, low=0
        )
        self.first_decay_steps = settings.number(
            self, "first_decay_steps", first_decay_steps, above=0
        )
        self.t_mul = settings.number(self, "t_mul", t_mul, low=1)
        self.m_mul = settings.number(self, "m_mul", m_mul, low=0)
        self.alpha = settings.number(self, "alpha", alpha, low=0)

    def __call__(self, step: float) -> float:
        step = settings.number(self, "step", step, low=0)
        restarts = self.restarts(step)
        length = self.first_decay_steps * self.t_mul**restarts
        p = (step - self.beginning(restarts)) / length
        return self.initial_learning_rate * cosine(p, self.alpha, self.m_mul**restarts)

    def beginning(self, restarts: int) -> float:
        """The step of a restart: the sum of all periods before it."""
        if self.t_mul == 1:
            return self.first_decay_steps * restarts
        return self.first_decay_steps * (self.t_mul**restarts - 1) / (self.t_mul - 1)

    def restarts(self, step: float) -> int:
        """How many restarts there have been."""
        periods = step / self.first_decay_steps
        if self.t_mul == 1:
            return math.floor(periods)
        count = math.floor(math.log(1 + periods * (self.t_mul - 1)) / math.log(self.t_mul))
        # the logarithm may be rounded to the wrong side of a restart: log(243) / log(3) < 5
        return count + (self.beginning(count + 1) <= step) - (self.beginning(count) > step)


ALL: dict[str, type[LearningRateSchedule]] = {
    kind.__name__: kind
    for kind in (
        ExponentialDecay, PiecewiseConstantDecay, PolynomialDecay, InverseTimeDecay, CosineDecay,
        CosineDecayRestarts,
    )
}  # fmt: skip


def cosine(p: float, alpha: float, height: float = 1.0) -> float:
    """From `height` down to alpha, as p goes from 0 to 1."""
    return (1 - alpha) * (0.5 * height * (1 + math.cos(math.pi * p))) + alpha


def flag(owner: object, name: str, value: Any) -> bool:
    """A setting that is True or False."""
    if not isinstance(value, bool):
        raise ValueError(
            f"{type(owner).__name__}: {name}={brief(value)} given; it must be True or False"
        )
    return value


def numbers(owner: object, name: str, values: Any) -> list[float]:
    """A setting that is a list of finite numbers, 0 or more."""
    if isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
        raise ValueError(
            f"{type(owner).__name__}: {name}={brief(values)} given; it must be a list of numbers"
        )
    return [settings.number(owner, f"{name}[{k}]", v, low=0) for k, v in enumerate(values)]


def serialize(schedule: LearningRateSchedule) -> dict[str, Any]:
    """A schedule as {"class_name", "config"}.

    >>> serialize(InverseTimeDecay(0.1, 10, 0.5))["class_name"]
    'InverseTimeDecay'
    """
    config: dict[str, Any] = configs.serialize(schedule)
    return config


def deserialize(config: Mapping[str, Any]) -> LearningRateSchedule:
    """The schedule that `serialize` was called on.

    >>> deserialize({"class_name": "CosineDecay", "config": {"initial_learning_rate": 0.1,
    ...     "decay_steps": 10}})(10)
    0.0
    """
    if not isinstance(config, Mapping):
        raise ValueError(f"schedule: {brief(config)} given; it must be a config, a dict")
    schedule: LearningRateSchedule = configs.find("schedule", config, ALL, LearningRateSchedule)
    return schedule
