"""The cross-entropies of `crossentropy.py` as loss objects."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .. import settings
from ..arrays import Array, brief
from ..ops.cross_entropy import softmax_cross_entropy
from ..ops.shapes import anywhere
from ..tensor import Tensor
from .crossentropy import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    kl_divergence,
    sparse_categorical_crossentropy,
)
from .logits import before_softmax
from .loss import MEANS, FusedLoss, Loss
from .targets import array_of, class_labels


class KLDivergence(Loss):
    """KLDivergence: the sum of t log(t / p) over the last axis.

    >>> KLDivergence()([[0.0, 1.0]], [[0.5, 0.5]])
    Tensor(0.69314563)
    """

    function = staticmethod(kl_divergence)


class Crossentropy(Loss):
    """What cross-entropies share; see `binary_crossentropy` for the settings."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(reduction, name)
        self.from_logits = bool(from_logits)
        self.label_smoothing = settings.number(
            self, "label_smoothing", label_smoothing, low=0, high=1
        )
        self.axis = axis


class BinaryCrossentropy(Crossentropy):
    """BinaryCrossentropy: -t log(p) - (1 - t) log(1 - p); see `binary_crossentropy`.

    >>> BinaryCrossentropy(from_logits=True)([[1.0], [1.0]], [[0.0], [-9.0]])
    Tensor(4.846635)
    """

    function = staticmethod(binary_crossentropy)


class CategoricalCrossentropy(Crossentropy):
    """CategoricalCrossentropy: -sum of t log(p); see `categorical_crossentropy`.

    >>> CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])
    Tensor(0.6931472)
    """

    function = staticmethod(categorical_crossentropy)


class BinaryFocalCrossentropy(Crossentropy):
    """BinaryFocalCrossentropy: what is right already counts less; see the function.

    Lin et al. 2017, https://arxiv.org/abs/1708.02002.
    """

    function = staticmethod(binary_focal_crossentropy)

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(from_logits, label_smoothing, axis, reduction, name)
        self.apply_class_balancing = bool(apply_class_balancing)
        self.alpha = settings.number(self, "alpha", alpha, low=0, high=1)
        self.gamma = settings.number(self, "gamma", gamma, low=0)


class CategoricalFocalCrossentropy(Crossentropy):
    """CategoricalFocalCrossentropy: what is right already counts less; see the function.

    Lin et al. 2017, https://arxiv.org/abs/1708.02002.
    """

    function = staticmethod(categorical_focal_crossentropy)

    def __init__(
        self,
        alpha: Any = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(from_logits, label_smoothing, axis, reduction, name)
        several = isinstance(alpha, list | tuple | np.ndarray)
        for weight in alpha if several else [alpha]:
            settings.number(self, "alpha", weight, low=0)
        self.alpha = alpha
        self.gamma = settings.number(self, "gamma", gamma, low=0)


class CategoricalGeneralizedCrossEntropy(Loss):
    """CategoricalGeneralizedCrossEntropy: (1 - p**q) / q; see the function.

    Zhang and Sabuncu 2018, https://arxiv.org/abs/1805.07836.
    """

    function = staticmethod(categorical_generalized_cross_entropy)

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(reduction, name)
        self.q = settings.number(self, "q", q, low=0, high=1, above=0)


class SparseCategoricalCrossentropy(Loss):
    """SparseCategoricalCrossentropy: -log(p) of the right class; see the function.

    The mean does not count examples of `ignore_class`.

    >>> SparseCategoricalCrossentropy(from_logits=True)([1, 0], [[0.0, 100.0], [0.0, 0.0]])
    Tensor(0.3465736)
    """

    function = staticmethod(sparse_categorical_crossentropy)

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(reduction, name)
        self.from_logits = bool(from_logits)
        if isinstance(ignore_class, bool) or not isinstance(ignore_class, int | np.integer | None):
            raise ValueError(
                f"SparseCategoricalCrossentropy: ignore_class={brief(ignore_class)} given; it must "
                "be a whole number, or None"
            )
        self.ignore_class = ignore_class
        self.axis = axis

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """The loss; of logits of shape (batch, classes) in a single op."""
        p = anywhere(y_pred, self.name)
        if sample_weight is None and self._is_one_op() and p.ndim == 2 and p.size:
            logits = p if self.from_logits else before_softmax(p, 1)
            if logits is not None:
                labels = class_labels(self.name, y_true, p.shape[:1])
                return softmax_cross_entropy(logits, labels)
        return super().__call__(y_true, p, sample_weight)

    def fused(self, from_logits: bool | None) -> FusedLoss | None:
        """By that op's two kernels."""
        can = type(self).__call__ is CALL and self._is_one_op()
        fits = from_logits is not None and bool(self.from_logits) is from_logits
        return self._of_logits if can and fits else None

    def _of_logits(self, y_true: Any, y: Array) -> tuple[Array, Callable[[float], Array]]:
        labels = class_labels(self.name, y_true, y.shape[:1])
        mean, saved = softmax_cross_entropy.forward(y, labels)
        return mean, partial(softmax_cross_entropy.gradient, saved)

    def _is_one_op(self) -> bool:
        mine = type(self).call is Loss.call and type(self).counted is COUNTED
        plain = self.ignore_class is None and self.reduction in MEANS and self.axis in (-1, 1)
        return mine and plain

    def counted(self, y_true: Any) -> Array | None:
        """Where the label is not `ignore_class`."""
        if self.ignore_class is None:
            return None
        labels = np.asarray(array_of(y_true))
        return np.asarray(labels != self.ignore_class)


# As they are here: what is put into the class later, or into one of yours, is asked.
CALL, COUNTED = SparseCategoricalCrossentropy.__call__, SparseCategoricalCrossentropy.counted
