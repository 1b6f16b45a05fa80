"""Sums and means: in float64, in blocks of a fixed size, rounded once.

A sum is what broadcasting does on the way back, so it uses the same loop; and on the way back the
gradient of a sum is broadcast.
"""

import math
from functools import cache
from typing import Any

import numpy as np

from ..arrays import DOUBLE, HALF, Array, rounded
from ..broadcasting import sum_all, sum_rows
from ..kernels.kernel import Kernel
from ..kernels.loops import gradient_features
from ..tensor import Node, Tensor, elsewhere, record
from .axes import Axis, axes_of
from .shapes import tensor


def dsum_dx() -> float:
    """The slope of a sum with respect to each of its terms."""
    return 1.0


@cache
def kernel_of_sums(dtype: np.dtype[Any]) -> Kernel:
    """The kernel of sum and mean for a dtype."""
    return Kernel(gradient_features, dsum_dx)


class Sum:
    """y = x_1 + x_2 + ..., or that divided by their number."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Add up over the given axes, or over all; mean: divide by the number of terms.

        >>> sum([[1.0, 2.0], [3.0, 4.0]], axis=0)
        Tensor([4., 6.])
        >>> mean([[1.0, 2.0], [3.0, 4.0]])
        Tensor(2.5)
        """
        if elsewhere(x):
            return x.run(self, x, axis, keepdims)
        x = tensor(x, self.name)
        array = x._data
        axes = reduced_axes(self.name, axis, array.shape)
        terms = math.prod(array.shape[k] for k in axes)
        with np.errstate(over="ignore", invalid="ignore"):  # inf and nan speak for themselves
            total = self._total(array, axes)
        if self.name == "mean":
            total = total / terms if terms else np.full(total.shape, np.nan)
        kept = tuple(1 if k in axes else n for k, n in enumerate(array.shape))
        y = rounded(np.asarray(total).reshape(kept), array.dtype)
        if not keepdims:
            y = y.reshape([n for k, n in enumerate(array.shape) if k not in axes])
        return record(self, (x.node,), (array.shape, kept, terms), y)

    def vjp(self, node: Node, gy: Array) -> tuple[Array]:
        """gy, or its share, for every term."""
        shape, kept, terms = node.saved
        if self.name == "mean":
            gy = rounded(gy / np.float64(max(terms, 1)), gy.dtype)
        gx = np.empty(shape, gy.dtype)
        gx[...] = gy.reshape(kept)
        return (gx,)

    def _total(self, array: Array, axes: tuple[int, ...]) -> Array:
        """The float64 sums over `axes`, flat."""
        work = array.astype(DOUBLE) if array.dtype == HALF else array
        kernel = kernel_of_sums(work.dtype)
        if len(axes) == array.ndim:
            return np.asarray(sum_all(kernel, work.reshape(-1), (), ()))
        rest = [k for k in range(array.ndim) if k not in axes]
        rows = np.asarray(work.transpose([*axes, *rest]), order="C")
        features = math.prod(array.shape[k] for k in rest)
        if not array.size:
            return np.zeros(features)
        return sum_rows(kernel, rows.reshape(-1, features), (), (), DOUBLE)


def reduced_axes(op: str, axis: Axis, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes that an op leaves nothing of: None means all, and an empty list none."""
    if axis is None:
        return tuple(range(len(shape)))
    return () if isinstance(axis, list | tuple) and not axis else axes_of(op, axis, shape)


sum, mean = Sum("sum"), Sum("mean")
