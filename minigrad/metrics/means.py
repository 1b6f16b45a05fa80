"""Losses as metrics: their mean over all examples so far; and a few functions more.

A metric is given numbers, not the graph: a cross-entropy of probabilities keeps them between 1e-7
and 1 - 1e-7, even where the loss has found the logits behind them.
"""

from typing import Any

import numpy as np

from .. import losses, settings
from ..arrays import Array
from ..losses.targets import matched
from ..ops.axes import Axis, axes_of
from .metric import MeanOf, numbers


def cosine_similarity(y_true: Any, y_pred: Any, axis: Axis = -1) -> Array:
    """Cosine similarity: cos of the angle between y_true and y_pred; not negated, as the loss is.

    >>> cosine_similarity([[1.0, 0.0]], np.array([[3.0, 4.0]]))
    array([0.6])
    """
    return -np.asarray(losses.cosine_similarity(y_true, y_pred, axis).data)


def pearson_correlation(y_true: Any, y_pred: Any, axis: Axis = -1) -> Array:
    """Pearson correlation: cos of the angle between y_true and y_pred, each minus its mean.

    >>> pearson_correlation([[1.0, 2.0, 3.0]], np.array([[2.0, 4.0, 7.0]])).round(6)
    array([0.993399])
    """
    name = "pearson_correlation"
    t, p = (x._data for x in matched(name, y_true, numbers(name, y_pred)))
    axes = axes_of(name, axis, p.shape)
    if np.prod([p.shape[k] for k in axes]) == 1:
        raise ValueError(
            f"{name}: y_pred of shape {p.shape} has a single number along axis={axis!r}, and one "
            "number has no correlation; axis=0 is along the batch"
        )
    t, p = (x - x.mean(axis=axes, keepdims=True) for x in (t, p))
    return cosine_similarity(t, p, axis)


class MeanSquaredError(MeanOf):
    """MeanSquaredError: the mean of (y_pred - y_true)**2.

    >>> MeanSquaredError()([[1.0], [2.0]], [[1.0], [4.0]])
    2.0
    """

    function = staticmethod(losses.mean_squared_error)


class RootMeanSquaredError(MeanOf):
    """RootMeanSquaredError: the square root of the mean of (y_pred - y_true)**2.

    >>> RootMeanSquaredError()([[1.0], [2.0]], [[1.0], [4.0]])
    1.4142135623730951
    """

    function = staticmethod(losses.mean_squared_error)

    def __init__(self, name: str | None = "root_mean_squared_error") -> None:
        super().__init__(name)

    def result(self) -> float:
        return float(np.sqrt(super().result()))


class MeanAbsoluteError(MeanOf):
    """MeanAbsoluteError: the mean of |y_pred - y_true|."""

    function = staticmethod(losses.mean_absolute_error)


class MeanAbsolutePercentageError(MeanOf):
    """MeanAbsolutePercentageError: the mean of 100 |y_pred - y_true| / |y_true|."""

    function = staticmethod(losses.mean_absolute_percentage_error)


class MeanSquaredLogarithmicError(MeanOf):
    """MeanSquaredLogarithmicError: the mean of (log(1 + y_pred) - log(1 + y_true))**2."""

    function = staticmethod(losses.mean_squared_logarithmic_error)


class LogCoshError(MeanOf):
    """LogCoshError: the mean of log(cosh(y_pred - y_true))."""

    function = staticmethod(losses.log_cosh)


class Poisson(MeanOf):
    """Poisson: the mean of y_pred - y_true log(y_pred)."""

    function = staticmethod(losses.poisson)


class KLDivergence(MeanOf):
    """KLDivergence: the mean of the sum of t log(t / p) of each example."""

    function = staticmethod(losses.kl_divergence)


class Hinge(MeanOf):
    """Hinge: the mean of max(1 - y_true y_pred, 0)."""

    function = staticmethod(losses.hinge)


class SquaredHinge(MeanOf):
    """SquaredHinge: the mean of max(1 - y_true y_pred, 0)**2."""

    function = staticmethod(losses.squared_hinge)


class CategoricalHinge(MeanOf):
    """CategoricalHinge: how far the right class is from being 1 above the others."""

    function = staticmethod(losses.categorical_hinge)


class Along(MeanOf):
    """What metrics along an axis share."""

    def __init__(self, axis: Axis = -1, name: str | None = None) -> None:
        super().__init__(name)
        self.axis = axis


class CosineSimilarity(Along):
    """CosineSimilarity: the mean of cos of the angle between y_true and y_pred, along `axis`.

    >>> CosineSimilarity()([[1.0, 0.0]], [[3.0, 4.0]])
    0.6
    """

    function = staticmethod(cosine_similarity)


class PearsonCorrelation(Along):
    """PearsonCorrelation: the mean correlation of y_true and y_pred along `axis`, -1 as in Keras.

    Along the batch, axis=0, it is the mean of what each batch has by itself.
    """

    function = staticmethod(pearson_correlation)


class Crossentropy(MeanOf):
    """What cross-entropies share; see `losses.binary_crossentropy` for the settings."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self.from_logits = bool(from_logits)
        self.label_smoothing = settings.number(
            self, "label_smoothing", label_smoothing, low=0, high=1
        )
        self.axis = axis


class BinaryCrossentropy(Crossentropy):
    """BinaryCrossentropy: the mean of -t log(p) - (1 - t) log(1 - p).

    >>> round(BinaryCrossentropy()([[1]], [[0.5]]), 6)
    0.693147
    """

    function = staticmethod(losses.binary_crossentropy)


class CategoricalCrossentropy(Crossentropy):
    """CategoricalCrossentropy: the mean of -sum of t log(p); y_true is one-hot."""

    function = staticmethod(losses.categorical_crossentropy)


class SparseCategoricalCrossentropy(MeanOf):
    """SparseCategoricalCrossentropy: the mean of -log(p) of the class whose number is in y_true."""

    function = staticmethod(losses.sparse_categorical_crossentropy)

    def __init__(
        self,
        from_logits: bool = False,
        axis: int = -1,
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self.from_logits = bool(from_logits)
        self.axis = axis
