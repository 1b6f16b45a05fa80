"""Accuracies: the share of examples that are predicted right.

A prediction of nan is wrong.  Each function gives 0 or 1 for each example, or the share in it.
"""

from typing import Any

import numpy as np

from .. import settings
from ..arrays import Array, brief
from ..losses.targets import class_labels, known_labels, matched, matched_columns
from .metric import MeanOf, numbers


def accuracy(y_true: Any, y_pred: Any) -> Array:
    """Accuracy: the share of numbers of y_pred that equal those of y_true.

    >>> accuracy([[1, 2]], [[1, 3]])
    array([0.5])
    """
    t, p = matched_columns("accuracy", y_true, numbers("accuracy", y_pred))
    return np.asarray((t._data == p._data).mean(axis=-1))


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Array:
    """Binary accuracy: the share of numbers of y_true that are 1 just where y_pred > threshold.

    >>> binary_accuracy([[1], [1]], [[0.7], [0.2]])
    array([1., 0.])
    """
    t, p = matched_columns("binary_accuracy", y_true, numbers("binary_accuracy", y_pred))
    right = ((p._data > threshold) == t._data) & ~np.isnan(p._data)
    return np.asarray(right.mean(axis=-1))


def categorical_accuracy(y_true: Any, y_pred: Any) -> Array:
    """Categorical accuracy: whether the largest of y_pred is where the largest of y_true is.

    >>> categorical_accuracy([[0, 1], [0, 1]], [[0.2, 0.8], [0.6, 0.4]])
    array([1., 0.])
    """
    t, p = matched("categorical_accuracy", y_true, numbers("categorical_accuracy", y_pred))
    return largest_at(t._data.argmax(axis=-1), p._data)


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Array:
    """Sparse categorical accuracy: whether the largest of y_pred is at the number in y_true.

    >>> sparse_categorical_accuracy([1, 1], [[0.2, 0.8], [0.6, 0.4]])
    array([1., 0.])
    """
    labels, p = labelled("sparse_categorical_accuracy", y_true, y_pred)
    return largest_at(labels, p)


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Array:
    """Top-k accuracy: whether fewer than k of y_pred are larger than where y_true is largest.

    >>> top_k_categorical_accuracy([[0, 0, 1]], [[0.1, 0.5, 0.4]], k=2)
    array([1.])
    """
    name = "top_k_categorical_accuracy"
    t, p = matched(name, y_true, numbers(name, y_pred))
    return among_largest(t._data.argmax(axis=-1), p._data, k)


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Array:
    """Sparse top-k accuracy: whether fewer than k of y_pred are larger than that at y_true.

    >>> sparse_top_k_categorical_accuracy([2], [[0.1, 0.5, 0.4]], k=2)
    array([1.])
    """
    labels, p = labelled("sparse_top_k_categorical_accuracy", y_true, y_pred)
    return among_largest(labels, p, k)


def labelled(name: str, y_true: Any, y_pred: Any) -> tuple[Array, Array]:
    """Class labels and predictions, which fit."""
    p = numbers(name, y_pred)
    if not p.ndim:
        raise ValueError(f"{name}: y_pred of shape () given; it needs an axis for the classes")
    labels = class_labels(name, y_true, p.shape[:-1])
    known_labels(name, labels, p.shape[-1])
    return labels, p


def largest_at(labels: Array, p: Array) -> Array:
    """1 where the largest number of a row is at the label; the first of equals counts."""
    right = (p.argmax(axis=-1) == labels) & ~np.isnan(p).any(axis=-1)
    return np.asarray(right, np.float64)


def among_largest(labels: Array, p: Array, k: int) -> Array:
    """1 where fewer than k numbers of a row are larger than that at the label."""
    mine = np.take_along_axis(p, np.asarray(labels)[..., None], axis=-1)
    right = ((p > mine).sum(axis=-1) < k) & ~np.isnan(p).any(axis=-1)
    return np.asarray(right, np.float64)


class Accuracy(MeanOf):
    """Accuracy: how often y_pred equals y_true.

    >>> Accuracy()([[1], [2]], [[1], [3]])
    0.5
    """

    function = staticmethod(accuracy)


class BinaryAccuracy(MeanOf):
    """BinaryAccuracy: how often y_true is 1 just where y_pred > threshold; 0 for logits.

    >>> BinaryAccuracy()([[1], [1]], [[0.7], [0.2]])
    0.5
    """

    function = staticmethod(binary_accuracy)

    def __init__(self, threshold: float = 0.5, name: str | None = None) -> None:
        super().__init__(name)
        self.threshold = settings.number(self, "threshold", threshold)


class CategoricalAccuracy(MeanOf):
    """CategoricalAccuracy: how often the largest of y_pred is where the largest of y_true is."""

    function = staticmethod(categorical_accuracy)


class SparseCategoricalAccuracy(MeanOf):
    """SparseCategoricalAccuracy: how often the largest of y_pred is at the number in y_true.

    >>> SparseCategoricalAccuracy()([1, 1], [[0.2, 0.8], [0.6, 0.4]], sample_weight=[3, 1])
    0.75
    """

    function = staticmethod(sparse_categorical_accuracy)


class TopK(MeanOf):
    """What both top-k accuracies share."""

    def __init__(self, k: int = 5, name: str | None = None) -> None:
        super().__init__(name)
        if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
            raise ValueError(
                f"{type(self).__name__}: k={brief(k)} given; it must be a whole number from 1"
            )
        self.k = int(k)


class TopKCategoricalAccuracy(TopK):
    """TopKCategoricalAccuracy: how often the right class is among the k largest of y_pred."""

    function = staticmethod(top_k_categorical_accuracy)


class SparseTopKCategoricalAccuracy(TopK):
    """SparseTopKCategoricalAccuracy: as TopKCategoricalAccuracy, with class numbers in y_true."""

    function = staticmethod(sparse_top_k_categorical_accuracy)
