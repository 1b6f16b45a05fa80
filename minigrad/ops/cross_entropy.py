"""Softmax cross-entropy: how wrong logits are, as a single number to differentiate."""

from typing import Any

import numpy as np

from ..arrays import DOUBLE, HALF, Array, brief, rounded
from ..kernels.cross_entropy import cross_entropy, cross_entropy_gradient
from ..kernels.kernel import Kernel
from ..kernels.mathematics import divide, log1p
from ..tensor import Node, Tensor, elsewhere, record
from .shapes import tensor
from .softmax import run


class SoftmaxCrossEntropy:
    """-log of the probability that softmax gives to the right class, averaged over the batch."""

    name = "softmax_cross_entropy"

    def __init__(self) -> None:
        self._kernels: dict[np.dtype[Any], tuple[Kernel, Kernel]] = {}

    def __call__(self, logits: Any, labels: Any) -> Tensor:
        """Softmax cross-entropy: mean over the batch of -log softmax(logits)[label].

        Parameters
        ----------
        logits : (batch, classes), any real numbers.
        labels : (batch,) whole numbers, the right class of each row.

        >>> softmax_cross_entropy([[0.0, 100.0], [0.0, 0.0]], [1, 0])
        Tensor(0.3465736)
        """
        if elsewhere(logits):
            return logits.run(self, logits, labels)
        x = tensor(logits, self.name)
        which = self._checked(x, labels)
        given = x._data
        dtype = given.dtype
        work = given if dtype is not HALF else given.astype(DOUBLE)
        mean, saved = self.forward(work, which)
        return record(self, (x.node,), saved, rounded(mean, dtype), work.size)

    def vjp(self, node: Node, gy: Array) -> tuple[Array]:
        """`gradient`, rounded to the dtype of the logits."""
        return (rounded(self.gradient(node.saved, float(gy)), gy.dtype),)

    def forward(self, x: Array, labels: Array) -> tuple[Array, tuple[Any, ...]]:
        """The mean loss, and what `gradient` needs: e, statistics, labels, dtype."""
        forward, _ = self._kernels.get(x.dtype) or self._of(x.dtype)
        e, statistics, summary = np.empty(x.shape), np.empty((len(x), 3)), np.empty(2, x.dtype)
        run(forward, x, labels, statistics, summary, e.reshape(-1), e)
        if summary[1]:
            raise ValueError(
                f"{self.name}: labels from {labels.min()} to {labels.max()} given for "
                f"{x.shape[1]} classes; they must be from 0 to {x.shape[1] - 1}"
            )
        return summary[:1].reshape(()), (e, statistics, labels, x.dtype)

    def gradient(self, saved: tuple[Any, ...], gy: float) -> Array:
        """gx = (p - one-hot of the label) gy / batch."""
        e, statistics, labels, dtype = saved
        gx = np.empty(e.shape, dtype)
        _, gradient = self._kernels[dtype]
        run(gradient, e, labels, statistics, gy / len(labels), gx)
        return gx

    def _of(self, dtype: np.dtype[Any]) -> tuple[Kernel, Kernel]:
        pair = Kernel(cross_entropy, log1p), Kernel(cross_entropy_gradient, divide)
        return self._kernels.setdefault(dtype, pair)

    def _checked(self, x: Tensor, labels: Any) -> Array:
        given = np.asarray(labels.data if isinstance(labels, Tensor) else labels)
        if x.ndim != 2 or given.shape != x.shape[:1] or not x.size:
            raise ValueError(
                f"{self.name}: logits of shape {x.shape} and labels of shape {given.shape} given; "
                "they must be (batch, classes) and (batch,), and not empty"
            )
        if given.dtype.kind not in "iu":
            raise TypeError(
                f"{self.name}: labels of dtype {given.dtype} given, {brief(given)}; they must be "
                "whole numbers, the class of each row"
            )
        return np.array(given, np.int64)


softmax_cross_entropy = SoftmaxCrossEntropy()
