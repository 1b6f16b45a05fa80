"""Softmax and log_softmax: each result depends on a whole row, so they are not elementwise.

Their loops are in `kernels/rows.py`.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import DOUBLE, HALF, Array
from ..kernels.kernel import Kernel
from ..kernels.mathematics import exp, log1p, scaled
from ..kernels.rows import (
    divide,
    exponentials,
    log_softmax_forward,
    log_softmax_gradient,
    softmax_forward,
    softmax_gradient,
)
from ..plans import rounded
from ..tensor import Node, Tensor, record
from .shapes import tensor


class Rows:
    """An op over the rows that one axis makes: kernels for e, the result and the gradient."""

    def __init__(
        self, name: str, forward: Callable[..., Any], gradient: Callable[..., Any], part: Any
    ) -> None:
        self.name = name
        self._factories = (exponentials, exp), (forward, part), (gradient, scaled)
        self._kernels: dict[np.dtype[Any], list[Kernel]] = {}

    def __call__(self, x: Any, axis: int = -1) -> Tensor:
        """Softmax: exp(x) / sum of exp(x) along the axis; log_softmax: its logarithm.

        >>> softmax([1.0, 2.0, 3.0])
        Tensor([0.09003057, 0.24472848, 0.66524094])
        >>> log_softmax([0.0, -30.0])
        Tensor([-9.357623e-14, -3.000000e+01])
        """
        x = tensor(x, self.name)
        if not hasattr(axis, "__index__") or not -x.ndim <= axis < x.ndim:
            raise np.exceptions.AxisError(
                f"{self.name}: axis={axis!r} asked of a tensor of shape {x.shape}"
            )
        axis = int(axis)
        rows = as_rows(x._data, axis)
        work = rows.astype(DOUBLE) if rows.dtype == HALF else rows
        e, statistics, y = np.empty(work.shape), np.empty((len(work), 2)), np.empty_like(work)
        if work.size:
            first, second, _ = self._of(work.dtype)
            run(first, work, statistics, e)
            run(second, work, e, statistics, y)
        result = from_rows(rounded(y, x.dtype), x.shape, axis)
        return record(self, (x.node,), (work, axis), result)

    def vjp(self, node: Node, gy: Array) -> tuple[Array]:
        """The gradient of each row, from x: the rounded result is too coarse in the tails."""
        work, axis = node.saved
        g = as_rows(gy, axis).astype(work.dtype, copy=False)
        e, statistics, gx = np.empty(work.shape), np.empty((len(work), 2)), np.empty_like(work)
        if work.size:
            first, _, third = self._of(work.dtype)
            run(first, work, statistics, e)
            run(third, g, e, statistics, gx)
        return (from_rows(rounded(gx, gy.dtype), gy.shape, axis),)

    def _of(self, dtype: np.dtype[Any]) -> list[Kernel]:
        if dtype not in self._kernels:
            self._kernels[dtype] = [Kernel(factory, part) for factory, part in self._factories]
        return self._kernels[dtype]


def run(kernel: Kernel, *arguments: Any) -> None:
    """Run a kernel on one core or all, as its size and history tell."""
    (kernel.run if arguments[-1].size < kernel.serial_below else kernel.run_long)(*arguments)


def as_rows(array: Array, axis: int) -> Array:
    """The array as rows x features, where `axis` is the features."""
    last = np.moveaxis(array, axis, -1)
    rows = math.prod(last.shape[:-1])
    return np.asarray(last, order="C").reshape(rows, last.shape[-1])


def from_rows(rows: Array, shape: tuple[int, ...], axis: int) -> Array:
    """Rows x features back in the shape that `as_rows` was given."""
    moved = [*shape]
    moved.append(moved.pop(axis))
    return np.asarray(np.moveaxis(rows.reshape(moved), -1, axis), order="C")


softmax = Rows("softmax", softmax_forward, softmax_gradient, divide)
log_softmax = Rows("log_softmax", log_softmax_forward, log_softmax_gradient, log1p)
