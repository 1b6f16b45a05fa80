"""Losses of numbers: how far a prediction is from what is true."""

from typing import Any

import numpy as np

from .. import settings
from ..elementwise import Elementwise
from ..ops import div, maximum, mean, mul, neg, sqrt, square, sum
from ..ops.axes import Axis, axes_of
from ..tensor import Tensor, adopt
from . import formulas
from .loss import Loss
from .targets import matched, matched_columns


def averaged(loss: str, formula: Elementwise, y_true: Any, y_pred: Any, **numbers: Any) -> Tensor:
    """The mean of a formula over the last axis: one loss for each example."""
    t, p = matched_columns(loss, y_true, y_pred)
    return mean(formula(t, p, **numbers), axis=-1)


def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """Mean squared error: the mean of (y_pred - y_true)**2, of each example.

    >>> mean_squared_error([[1.0, 2.0]], [[1.0, 4.0]])
    Tensor([2.])
    """
    return averaged("mean_squared_error", formulas.squared_error, y_true, y_pred)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """Mean absolute error: the mean of |y_pred - y_true|, of each example.

    >>> mean_absolute_error([[1.0, 2.0]], [[1.0, 4.0]])
    Tensor([1.])
    """
    return averaged("mean_absolute_error", formulas.absolute_error, y_true, y_pred)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Tensor:
    """Mean absolute percentage error: the mean of 100 |y_pred - y_true| / |y_true|.

    >>> mean_absolute_percentage_error([[1.0, 2.0]], [[1.0, 4.0]])
    Tensor([50.])
    """
    name = "mean_absolute_percentage_error"
    return averaged(name, formulas.percentage_error, y_true, y_pred)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Tensor:
    """Mean squared logarithmic error: the mean of (log(1 + y_pred) - log(1 + y_true))**2.

    >>> mean_squared_logarithmic_error([[0.0]], [[1.0]])
    Tensor([0.48045287])
    """
    name = "mean_squared_logarithmic_error"
    return averaged(name, formulas.squared_logarithmic_error, y_true, y_pred)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Tensor:
    """Huber: e**2 / 2 for |e| <= delta, delta (|e| - delta / 2) otherwise; e = y_pred - y_true.

    >>> huber([[0.0], [0.0]], [[0.5], [3.0]])
    Tensor([0.125, 2.5  ])
    """
    return averaged("huber", formulas.huber_error, y_true, y_pred, delta=delta)


def log_cosh(y_true: Any, y_pred: Any) -> Tensor:
    """Log-cosh: log(cosh(y_pred - y_true)), a square near 0 and a line far out.

    >>> log_cosh([[0.0], [0.0]], [[0.01], [100.0]])
    Tensor([4.9999166e-05, 9.9306854e+01])
    """
    return averaged("log_cosh", formulas.log_cosh_error, y_true, y_pred)


def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """Poisson: the mean of y_pred - y_true log(y_pred), for counts and the counts expected.

    >>> poisson([[2.0]], [[1.0]])
    Tensor([0.9999998])
    """
    return averaged("poisson", formulas.poisson_error, y_true, y_pred)


def cosine_similarity(y_true: Any, y_pred: Any, axis: Axis = -1) -> Tensor:
    """Cosine similarity: -cos of the angle between y_true and y_pred, so -1 where they agree.

    A vector of zeros has no direction, and similarity 0 to all.

    >>> cosine_similarity([[1.0, 0.0]], [[3.0, 4.0]])
    Tensor([-0.6])
    """
    t, p = matched("cosine_similarity", y_true, y_pred)
    axes = axes_of("cosine_similarity", axis, p.shape)
    products = mul(direction(t, axes), direction(p, axes))
    return neg(sum(products, axis=axes))


def direction(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """x / sqrt(sum of x**2), and 0 for 0."""
    # the angle is the same for all multiples of x: one that has no square too large or too small
    largest = np.max(np.abs(x._data), axis=axes, keepdims=True, initial=0)
    near = div(x, adopt(np.where(largest > 0, largest, x.dtype.type(1))))
    length = sqrt(maximum(sum(square(near), axis=axes, keepdims=True), 0.5))  # from 1, or it is 0
    return div(near, length)


class MeanSquaredError(Loss):
    """MeanSquaredError: the mean of (y_pred - y_true)**2.

    >>> MeanSquaredError()([[1.0, 2.0]], [[1.0, 4.0]])
    Tensor(2.)
    """

    function = staticmethod(mean_squared_error)


class MeanAbsoluteError(Loss):
    """MeanAbsoluteError: the mean of |y_pred - y_true|; outliers count less than squared."""

    function = staticmethod(mean_absolute_error)


class MeanAbsolutePercentageError(Loss):
    """MeanAbsolutePercentageError: the mean of 100 |y_pred - y_true| / |y_true|."""

    function = staticmethod(mean_absolute_percentage_error)


class MeanSquaredLogarithmicError(Loss):
    """MeanSquaredLogarithmicError: the mean of (log(1 + y_pred) - log(1 + y_true))**2."""

    function = staticmethod(mean_squared_logarithmic_error)


class LogCosh(Loss):
    """LogCosh: log(cosh(y_pred - y_true)), a square near 0 and a line far out."""

    function = staticmethod(log_cosh)


class Poisson(Loss):
    """Poisson: the mean of y_pred - y_true log(y_pred), for counts and the counts expected."""

    function = staticmethod(poisson)


class Huber(Loss):
    """Huber: a square for errors up to delta, a line beyond.

    >>> Huber(delta=1.0)([[0.0], [0.0]], [[0.5], [3.0]])
    Tensor(1.3125)
    """

    function = staticmethod(huber)

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(reduction, name)
        self.delta = settings.number(self, "delta", delta, above=0)


class CosineSimilarity(Loss):
    """CosineSimilarity: -cos of the angle between y_true and y_pred, along `axis`."""

    function = staticmethod(cosine_similarity)

    def __init__(
        self,
        axis: Axis = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(reduction, name)
        self.axis = axis
