"""The metric object: what a model is judged by, added up over batches in float64.

    update_state(y_true, y_pred)     for each batch
    result()                         of all batches so far
    reset_state()                    before the next epoch

No gradient flows through a metric.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from .. import configs, losses
from ..arrays import DOUBLE, Array
from ..configs import Configured, argument_names
from ..losses.targets import array_of, weights_of
from ..ops.shapes import tensor

Result = float | Array


class Metric(Configured):
    """Subclass it: define `update_state`, `result` and `reset_state`, which begins it too.

    Parameters
    ----------
    name : what the history calls it; the class's name in snake case if not given.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name or re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).lower()
        self.reset_state()

    def update_state(self, *arguments: Any, **options: Any) -> None:
        """Take in a batch: y_true, y_pred and perhaps sample_weight."""
        raise TypeError(f"{type(self).__name__}: a metric must define update_state")

    def result(self) -> Result:
        """The metric of all batches since `reset_state`."""
        raise TypeError(f"{type(self).__name__}: a metric must define result")

    def reset_state(self) -> None:
        """Forget all batches."""
        raise TypeError(f"{type(self).__name__}: a metric must define reset_state")

    def __call__(self, *arguments: Any, **options: Any) -> Result:
        """Take in a batch, and give the result so far."""
        self.update_state(*arguments, **options)
        return self.result()


class Averaged(Metric):
    """What means share: a weighted total, and the sum of the weights."""

    def reset_state(self) -> None:
        self.total = self.count = 0.0

    def result(self) -> float:
        """The mean; 0 before the first batch."""
        return self.total / self.count if self.count else 0.0

    def add(self, values: Array, sample_weight: Any, count: int = 1) -> None:
        """Take in numbers, each with its weight; a single one may be the mean of `count`."""
        if sample_weight is None:
            count = values.size if values.ndim else count
            self.total += float(values.mean()) * count if count else 0.0
            self.count += count
        else:
            w = weights_of(self.name, sample_weight, values.shape)
            # what has no weight counts nothing, even if it is infinite or nan
            self.total += float(np.sum(w * np.where(w == 0, 0.0, values)))
            self.count += float(w.sum())


class Mean(Averaged):
    """Mean: of any numbers, as a loss.

    >>> mean = Mean()
    >>> mean.update_state([1.0, 2.0])
    >>> mean.update_state(6.0)
    >>> mean.result()
    3.0
    """

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        self.add(numbers(self.name, values), sample_weight)


class Sum(Averaged):
    """Sum: of any numbers.

    >>> Sum()([1.0, 2.0], sample_weight=[1, 10])
    21.0
    """

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        self.add(numbers(self.name, values), 1.0 if sample_weight is None else sample_weight)

    def result(self) -> float:
        return self.total


class MeanOf(Averaged):
    """The mean of a function of y_true and y_pred that gives a number for each example.

    Subclass it with a `function`, whose settings are then arguments of the constructor.
    """

    function: ClassVar[Callable[..., Any]]

    def __init__(self, name: str | None = None) -> None:
        function = getattr(type(self), "function", None)
        super().__init__(name or getattr(function, "__name__", None))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        p = numbers(self.name, y_pred)
        values = numbers(self.name, self.values(np.asarray(array_of(y_true)), p))
        # a function of yours may give a single number for all examples
        self.add(values, sample_weight, len(p) if p.ndim else 1)

    def values(self, y_true: Array, y_pred: Array) -> Any:
        """What the function gives for a batch."""
        kind: Any = type(self)
        options = {k: getattr(self, k) for k in argument_names(kind) if k != "name"}
        return kind.function(y_true, y_pred, **options)


class MeanMetricWrapper(MeanOf):
    """MeanMetricWrapper: the mean of a function of yours.

    Parameters
    ----------
    fn : (y_true, y_pred) -> a number for each example, or one for all of them.
    name : its name if not given.
    options : what else the function is given.

    >>> MeanMetricWrapper(lambda t, p: abs(t - p) < 0.1, name="close")([1.0, 2.0], [1.01, 3.0])
    0.5
    """

    def __init__(
        self, fn: Callable[..., Any] | str, name: str | None = None, **options: Any
    ) -> None:
        if isinstance(fn, str):  # a config has its name
            fn = configs.lookup("metric function", fn, vars(losses))
        self.fn: Any = fn
        self.options = options
        super().__init__(name or getattr(fn, "name", None) or getattr(fn, "__name__", None))

    def values(self, y_true: Array, y_pred: Array) -> Any:
        """What the function gives for a batch."""
        return self.fn(y_true, y_pred, **self.options)

    def get_config(self) -> dict[str, Any]:
        """As every config, and the function's options."""
        return {**super().get_config(), **configs.plain(self.options)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "MeanMetricWrapper":
        """The metric again, its function found by name in `losses` or the `custom_objects`."""
        return cls(**config)


def numbers(owner: str, values: Any) -> Array:
    """Values as a float64 array."""
    return tensor(array_of(values), owner, DOUBLE)._data
