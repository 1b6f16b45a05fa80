"""Targets: what is true, brought into the shape and dtype of what is predicted, and checked.

No gradient ever flows to a target: it is an array, or a Tensor outside of the graph.
"""

from typing import Any

import numpy as np

from ..arrays import Array, brief
from ..ops import reshape
from ..ops.shapes import anywhere, tensor
from ..tensor import Tensor, adopt


def array_of(values: Any) -> Any:
    """The numbers of a Tensor; anything else as it is."""
    return values.data if isinstance(values, Tensor) else values


def beside(t: Tensor, p: Tensor) -> Tensor:
    """t on the device where p is."""
    return t if type(p) is Tensor else t.to(p.device)


def matched(loss: str, y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Targets and predictions of one shape: a last axis of length 1 comes or goes where needed.

    >>> t, p = matched("mse", [1, 2], [[0.5], [0.5]])
    >>> t
    Tensor([[1.],
            [2.]])
    """
    p = anywhere(y_pred, loss)
    t = beside(tensor(array_of(y_true), loss, p.dtype), p)
    if (*t.shape, 1) == p.shape:
        t, p = (reshape(t, p.shape), p) if t.ndim == 1 else (t, reshape(p, t.shape))
    elif (*p.shape, 1) == t.shape:
        t, p = (t, reshape(p, t.shape)) if p.ndim == 1 else (reshape(t, p.shape), p)
    if t.shape != p.shape or not p.ndim:
        raise ValueError(
            f"{loss}: y_true of shape {t.shape} and y_pred of shape {p.shape} given; they must be "
            "equal, with an axis for the batch, or differ by a last axis of length 1"
        )
    return t, p


def matched_columns(loss: str, y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """As `matched`, where the last axis holds the numbers of one example.

    Two vectors are a batch of single numbers.  Keras takes them as one example of many numbers,
    which has the same mean, but leaves no place for the weight of each.
    """
    t, p = matched(loss, y_true, y_pred)
    return (reshape(t, (-1, 1)), reshape(p, (-1, 1))) if p.ndim == 1 else (t, p)


def within(loss: str, name: str, x: Tensor, low: float, high: float, hint: str) -> None:
    """Refuse numbers below `low` or above `high`; nan passes, and shows in the result."""
    numbers = x._data if type(x) is Tensor else x.data
    if x.size and ((smallest := numbers.min()) < low or numbers.max() > high):
        raise ValueError(f"{loss}: {name} from {smallest:g} to {numbers.max():g} given; {hint}")


def smoothed(loss: str, t: Tensor, smoothing: float, classes: int) -> Tensor:
    """Label smoothing: t (1 - smoothing) + smoothing / classes.

    Szegedy et al. 2016, https://arxiv.org/abs/1512.00567.
    """
    if not 0 <= smoothing <= 1:
        raise ValueError(f"{loss}: label_smoothing={smoothing!r} given; it must be from 0 to 1")
    if smoothing == 0:
        return t
    numbers = t._data if type(t) is Tensor else t.data
    exact = numbers.astype(np.float64) * (1 - smoothing) + smoothing / classes
    return beside(adopt(exact.astype(t.dtype)), t)


def class_labels(loss: str, y_true: Any, shape: tuple[int, ...]) -> Array:
    """Class labels as whole numbers of the given shape; a last axis of length 1 may be too many."""
    try:
        given = np.asarray(array_of(y_true))
    except ValueError:  # lists of different lengths
        given = np.asarray(None)
    if given.dtype.kind not in "iuf" and given.size:
        raise TypeError(
            f"{loss}: y_true of dtype {given.dtype} given, {brief(y_true)}; it must be whole "
            "numbers, the class of each example"
        )
    if given.shape == (*shape, 1):
        given = given.reshape(shape)
    if given.shape != shape:
        raise ValueError(
            f"{loss}: y_true of shape {given.shape} given where {shape} is needed, a whole number "
            "for each example; of one-hot rows take y_true.argmax(axis=-1)"
        )
    if given.dtype.kind == "f":
        whole = np.isfinite(given) & (given == np.floor(given))
        if not whole.all():
            raise ValueError(
                f"{loss}: y_true holds {given[~whole].flat[0]:g}; it must be whole numbers, the "
                "class of each example"
            )
    return given.astype(np.int64, order="C")


def known_labels(loss: str, labels: Array, classes: int) -> None:
    """Refuse labels that are no class."""
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        hint = "; for a single output use BinaryCrossentropy" if classes == 1 else ""
        raise ValueError(
            f"{loss}: labels from {labels.min()} to {labels.max()} given for {classes} classes; "
            f"they must be from 0 to {classes - 1}{hint}"
        )


def weights_of(owner: str, sample_weight: Any, shape: tuple[int, ...]) -> Array:
    """Sample weights for losses of a shape: one for each example, or for each number, or for all.

    >>> weights_of("mse", [1, 2], (2, 3))
    array([[1., 1., 1.],
           [2., 2., 2.]])
    """
    try:
        w = np.asarray(array_of(sample_weight), np.float64, order="C")
    except (TypeError, ValueError):
        w = np.asarray(np.nan)
    if not np.isfinite(w).all():
        raise ValueError(
            f"{owner}: sample_weight={brief(sample_weight)} given; it must be finite numbers"
        )
    if w.ndim == len(shape) + 1 and w.shape[-1] == 1:
        w = w.reshape(w.shape[:-1])
    fits = w.ndim <= len(shape) and all(n in (1, m) for n, m in zip(w.shape, shape, strict=False))
    if not fits:
        raise ValueError(
            f"{owner}: sample_weight of shape {np.shape(sample_weight)} given for losses of shape "
            f"{shape}; give one weight for each example"
        )
    return np.broadcast_to(w.reshape(w.shape + (1,) * (len(shape) - w.ndim)), shape)
