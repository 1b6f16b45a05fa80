"""Cross-entropies: how surprised a prediction of probabilities is by what is true.

Each takes logits (from_logits=True), which is the exact and fast way, or probabilities.  If these
come straight from a softmax or sigmoid, their logits are found in the graph (see `logits.py`), and
nothing is lost.  Others are kept between 1e-7 and 1 - 1e-7, so no loss exceeds 16.12, and beyond
those bounds the gradient is 0.
"""

from typing import Any

import numpy as np

from ..arrays import Array
from ..elementwise import Elementwise
from ..ops import clip, div, index, log, log_softmax, mean, mul, reshape, sum, transpose
from ..ops.axes import only_axis_of, order_of
from ..ops.shapes import anywhere, tensor
from ..tensor import Tensor, adopt, elsewhere
from . import formulas
from .formulas import EPSILON
from .logits import before_sigmoid, before_softmax
from .targets import (
    array_of,
    beside,
    class_labels,
    known_labels,
    matched,
    matched_columns,
    smoothed,
    within,
)

NO_PROBABILITIES = "these are no probabilities; logits want from_logits=True"


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """Binary cross-entropy: the mean of -t log(p) - (1 - t) log(1 - p), of each example.

    Parameters
    ----------
    y_true : 0 or 1, or in between, with the shape of y_pred.
    y_pred : probabilities, or logits if `from_logits`.
    label_smoothing : how much of y_true becomes 1/2.
    axis : what the mean is over.

    >>> binary_crossentropy([[1.0], [1.0]], [[0.0], [-1e4]], from_logits=True)
    Tensor([6.931472e-01, 1.000000e+04])
    """
    loss = "binary_crossentropy"
    pair = formulas.crossentropy_of_logit, formulas.crossentropy_of_probability
    values, _ = binary(loss, pair, y_true, y_pred, from_logits, label_smoothing)
    return mean(values, axis=only_axis_of(loss, axis, values.shape))


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """Binary focal: binary cross-entropy times u**gamma, u the probability of what is wrong.

    Parameters
    ----------
    apply_class_balancing : multiply by alpha where y_true is 1, by 1 - alpha where it is 0.
    alpha, gamma : see above.
    others : see `binary_crossentropy`.

    >>> binary_focal_crossentropy([[1.0], [1.0]], [[0.5], [0.9]])
    Tensor([0.1732868 , 0.00105361])
    """
    loss = "binary_focal_crossentropy"
    pair = formulas.focal_of_logit, formulas.focal_of_probability
    values, t = binary(loss, pair, y_true, y_pred, from_logits, label_smoothing, gamma=gamma)
    if apply_class_balancing:
        values = mul(t * alpha + (1 - t) * (1 - alpha), values)
    return mean(values, axis=only_axis_of(loss, axis, values.shape))


def binary(
    loss: str,
    formula: tuple[Elementwise, Elementwise],
    y_true: Any,
    y_pred: Any,
    from_logits: bool,
    label_smoothing: float,
    **numbers: float,
) -> tuple[Tensor, Array]:
    """A formula of logits or one of probabilities, whichever can be used; and the targets."""
    p = anywhere(y_pred, loss)
    x = p if from_logits else before_sigmoid(p)
    t, p = matched_columns(loss, y_true, p if x is None else x)
    within(loss, "y_true", t, 0, 1, "it must be from 0 to 1, 1 where the answer is yes")
    t = smoothed(loss, t, label_smoothing, 2)
    if x is None:
        within(loss, "y_pred", p, 0, 1, NO_PROBABILITIES)
    of_logit, of_probability = formula
    return (of_probability if x is None else of_logit)(t, p, **numbers), t._data


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """Categorical cross-entropy: -sum of t log(p) over the classes; y_true is one-hot.

    Parameters
    ----------
    y_true : the probability of each class, with the shape of y_pred.
    y_pred : probabilities, or logits if `from_logits`; probabilities are divided by their sum.
    label_smoothing : how much of y_true is spread over all classes.
    axis : of the classes.

    >>> categorical_crossentropy([[0.0, 1.0]], [[1e4, 0.0]], from_logits=True)
    Tensor([10000.])
    """
    loss = "categorical_crossentropy"
    t, log_p, k = categorical(loss, y_true, y_pred, from_logits, label_smoothing, axis)
    return sum(formulas.surprise(t, log_p), axis=k)


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """Categorical focal: -sum of alpha t (1 - p)**gamma log(p) over the classes.

    Parameters
    ----------
    alpha : a weight for all classes, or one for each.
    gamma : how much less counts what is right already; 0 for categorical cross-entropy.
    others : see `categorical_crossentropy`.

    >>> categorical_focal_crossentropy([[0.0, 1.0], [0.0, 1.0]], [[0.5, 0.5], [0.1, 0.9]])
    Tensor([0.0433217, 0.0002634])
    """
    loss = "categorical_focal_crossentropy"
    t, log_p, k = categorical(loss, y_true, y_pred, from_logits, label_smoothing, axis)
    of_class = np.asarray(alpha, t.dtype)
    if of_class.ndim:
        if of_class.shape != (t.shape[k],):
            raise ValueError(
                f"{loss}: alpha of shape {of_class.shape} given for {t.shape[k]} classes; give one "
                "number, or one for each class"
            )
        of_class = of_class.reshape([-1 if j == k else 1 for j in range(t.ndim)])
    terms = formulas.focal_surprise(t, log_p, gamma=gamma)
    return sum(mul(of_class, terms), axis=k)


def categorical(
    loss: str, y_true: Any, y_pred: Any, from_logits: bool, label_smoothing: float, axis: int
) -> tuple[Tensor, Tensor, int]:
    """The targets, the logarithms of the probabilities, and the axis of the classes."""
    p = anywhere(y_pred, loss)
    t = tensor(array_of(y_true), loss, p.dtype)
    if t.shape != p.shape:
        raise ValueError(
            f"{loss}: y_true of shape {t.shape} and y_pred of shape {p.shape} given; they must be "
            "equal, as y_true is one-hot; class numbers want SparseCategoricalCrossentropy"
        )
    k = only_axis_of(loss, axis, p.shape)
    t = beside(smoothed(loss, t, label_smoothing, t.shape[k]), p)
    return t, logarithms(loss, p, from_logits, k), k


def logarithms(loss: str, p: Tensor, from_logits: bool, axis: int) -> Tensor:
    """log(p) of probabilities along an axis, or log_softmax of their logits."""
    if elsewhere(p) and not from_logits:
        raise ValueError(
            f"{loss}: probabilities given on {p.device}; leave the softmax out of the model, and "
            "say from_logits=True"
        )
    logits = p if from_logits else before_softmax(p, axis)
    if logits is not None:
        return log_softmax(logits, axis)
    within(loss, "y_pred", p, 0, np.inf, NO_PROBABILITIES)
    return log(clip(div(p, sum(p, axis=axis, keepdims=True)), EPSILON, 1 - EPSILON))


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Tensor:
    """Sparse categorical cross-entropy: -log(p) of the right class; y_true has its number.

    Parameters
    ----------
    y_true : whole numbers from 0, with the shape of y_pred but for the axis of the classes.
    y_pred : see `categorical_crossentropy`.
    ignore_class : a label that means: no loss here.
    axis : of the classes.

    >>> sparse_categorical_crossentropy([1, 0], [[1e4, 0.0], [0.0, 0.0]], from_logits=True)
    Tensor([1.000000e+04, 6.931472e-01])
    """
    loss = "sparse_categorical_crossentropy"
    p = anywhere(y_pred, loss)
    k = only_axis_of(loss, axis, p.shape)
    labels = class_labels(loss, y_true, without(k, p.shape))
    ignored = np.zeros(labels.shape, bool) if ignore_class is None else labels == ignore_class
    labels = np.where(ignored, 0, labels)
    known_labels(loss, labels, p.shape[k])
    right = picked(logarithms(loss, p, from_logits, k), labels, k)
    return formulas.surprise(beside(adopt((~ignored).astype(p.dtype)), right), right)


def without(k: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without axis k."""
    return shape[:k] + shape[k + 1 :]


def picked(x: Tensor, labels: Array, k: int) -> Tensor:
    """For each label the number of x that it means, along axis k."""
    rows = reshape(transpose(x, order_of((k,), x.ndim)), (labels.size, x.shape[k]))
    return reshape(index(rows, (np.arange(labels.size), labels.reshape(-1))), labels.shape)


def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float = 0.5) -> Tensor:
    """Generalized cross-entropy: (1 - p**q) / q, p the right class's; for labels partly wrong.

    y_true has whole numbers, as for `sparse_categorical_crossentropy`; y_pred has probabilities.
    q near 0 is cross-entropy, 1 the absolute error, which noise in the labels misleads less.

    >>> categorical_generalized_cross_entropy([1], [[0.75, 0.25]], q=0.5)
    Tensor([0.9999998])
    """
    loss = "categorical_generalized_cross_entropy"
    p = anywhere(y_pred, loss)
    k = only_axis_of(loss, -1, p.shape)
    labels = class_labels(loss, y_true, p.shape[:-1])
    known_labels(loss, labels, p.shape[k])
    within(loss, "y_pred", p, 0, 1, "these are no probabilities; put a softmax before the loss")
    return formulas.generalized_crossentropy(picked(p, labels, k), q=q)


def kl_divergence(y_true: Any, y_pred: Any) -> Tensor:
    """KL divergence: the sum of t log(t / p), t and p being probabilities from 1e-7 to 1.

    >>> kl_divergence([[0.0, 1.0]], [[0.5, 0.5]])
    Tensor([0.69314563])
    """
    t, p = matched("kl_divergence", y_true, y_pred)
    return sum(formulas.divergence(t, p), axis=-1)
