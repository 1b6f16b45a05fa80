"""Losses of classes without probabilities: margins (hinge) and overlaps (Dice, Tversky)."""

from typing import Any

from .. import settings
from ..ops import add, div, max, maximum, mul, sub, sum
from ..ops.axes import Axis
from ..tensor import Tensor, adopt
from . import formulas
from .formulas import EPSILON
from .loss import Loss
from .regression import averaged
from .targets import matched


def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """Hinge: the mean of max(1 - y_true y_pred, 0), y_true being 1 or -1 (0 is taken as -1).

    >>> hinge([[0.0, 1.0]], [[0.5, 3.0]])
    Tensor([0.75])
    """
    t = signed("hinge", y_true, y_pred)
    return averaged("hinge", formulas.hinge_error, t, y_pred)


def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """Squared hinge: the mean of max(1 - y_true y_pred, 0)**2, y_true as for `hinge`.

    >>> squared_hinge([[0.0, 1.0]], [[0.5, 3.0]])
    Tensor([1.125])
    """
    t = signed("squared_hinge", y_true, y_pred)
    return averaged("squared_hinge", formulas.squared_hinge_error, t, y_pred)


def signed(loss: str, y_true: Any, y_pred: Any) -> Tensor:
    """Labels 0 and 1 as -1 and 1; any others as they are."""
    t, _ = matched(loss, y_true, y_pred)
    labels = t._data
    if ((labels == 0) | (labels == 1)).all():
        return adopt(2 * labels - labels.dtype.type(1))
    return t


def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """Categorical hinge: max(1 + the largest wrong y_pred - the right one, 0); y_true is one-hot.

    >>> categorical_hinge([[0.0, 1.0, 0.0]], [[0.5, 1.0, -3.0]])
    Tensor([0.5])
    """
    t, p = matched("categorical_hinge", y_true, y_pred)
    right = sum(mul(t, p), axis=-1)
    wrong = max(mul(sub(1.0, t), p), axis=-1)
    return maximum(add(sub(wrong, right), 1.0), 0.0)


def dice(y_true: Any, y_pred: Any, axis: Axis = None) -> Tensor:
    """Dice: 1 - 2 sum(y_true y_pred) / (sum(y_true) + sum(y_pred)), over `axis` or over all.

    >>> dice([[1.0, 0.0]], [[0.5, 0.5]])
    Tensor(0.5)
    """
    t, p = matched("dice", y_true, y_pred)
    both = sum(mul(t, p), axis=axis)
    each = add(sum(t, axis=axis), sum(p, axis=axis))
    return sub(1.0, div(mul(2.0, both), add(each, EPSILON)))


def tversky(
    y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Axis = None
) -> Tensor:
    """Tversky: 1 - both / (both + alpha false positives + beta false negatives).

    both = sum(y_true y_pred), false positives = sum((1 - y_true) y_pred), false negatives =
    sum(y_true (1 - y_pred)), as in the paper and in Keras's description; Keras 3 itself has alpha
    and beta exchanged.

    >>> tversky([[1.0, 0.0]], [[0.5, 0.5]], alpha=1.0, beta=1.0)
    Tensor(0.6666667)
    """
    t, p = matched("tversky", y_true, y_pred)
    both = sum(mul(t, p), axis=axis)
    false_positives = sum(mul(sub(1.0, t), p), axis=axis)
    false_negatives = sum(mul(t, sub(1.0, p)), axis=axis)
    wrong = add(mul(alpha, false_positives), mul(beta, false_negatives))
    return sub(1.0, div(both, add(add(both, wrong), EPSILON)))


class Hinge(Loss):
    """Hinge: the mean of max(1 - y_true y_pred, 0), y_true being 1 or -1 (0 is taken as -1).

    >>> Hinge()([[0.0, 1.0]], [[0.5, 3.0]])
    Tensor(0.75)
    """

    function = staticmethod(hinge)


class SquaredHinge(Loss):
    """SquaredHinge: the mean of max(1 - y_true y_pred, 0)**2."""

    function = staticmethod(squared_hinge)


class CategoricalHinge(Loss):
    """CategoricalHinge: how far the right class is from being 1 above the others."""

    function = staticmethod(categorical_hinge)


class Dice(Loss):
    """Dice: 1 - the overlap of y_true and y_pred; one number for all of them if axis is None.

    Milletari et al. 2016, https://arxiv.org/abs/1606.04797.

    >>> Dice()([[1.0, 0.0]], [[0.5, 0.5]])
    Tensor(0.5)
    """

    function = staticmethod(dice)

    def __init__(
        self,
        axis: Axis = None,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(reduction, name)
        self.axis = axis


class Tversky(Loss):
    """Tversky: as Dice, with weights alpha for false positives, and beta for false negatives.

    Salehi et al. 2017, https://arxiv.org/abs/1706.05721.
    """

    function = staticmethod(tversky)

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        axis: Axis = None,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(reduction, name)
        self.alpha = settings.number(self, "alpha", alpha, low=0)
        self.beta = settings.number(self, "beta", beta, low=0)
        self.axis = axis
