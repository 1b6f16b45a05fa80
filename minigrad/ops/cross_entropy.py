"""Softmax cross-entropy: how wrong logits are, as a single number to differentiate."""

from typing import Any

import numpy as np

from ..arrays import DOUBLE, HALF, Array, brief
from ..kernels.cross_entropy import cross_entropy, cross_entropy_gradient
from ..kernels.kernel import Kernel
from ..kernels.mathematics import divide, log1p
from ..plans import rounded
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
        forward, _ = self._kernels.get(work.dtype) or self._of(work.dtype)
        e, statistics = np.empty(work.shape), np.empty((len(work), 3))
        summary = np.empty(2, work.dtype)
        run(forward, work, which, statistics, summary, e.reshape(-1), e)
        if summary[1]:
            raise ValueError(
                f"{self.name}: labels from {which.min()} to {which.max()} given for "
                f"{x.shape[1]} classes; they must be from 0 to {x.shape[1] - 1}"
            )
        saved = (e, statistics, which, work.dtype)
        mean = summary[:1].reshape(())
        return record(self, (x.node,), saved, rounded(mean, dtype), e.size)

    def vjp(self, node: Node, gy: Array) -> tuple[Array]:
        """gx = (p - one-hot of the label) gy / batch."""
        e, statistics, labels, work = node.saved
        gx = np.empty(e.shape, work)
        _, gradient = self._kernels[work]
        run(gradient, e, labels, statistics, float(gy) / len(labels), gx)
        return (rounded(gx, gy.dtype),)

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
