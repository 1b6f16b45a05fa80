"""Softmax and its family: each result depends on a whole row, so they are not elementwise.

For a row x with largest element m, let e_j = exp(x_j - m), which is 1 for the winner and cannot
overflow.  With rest = the sum of the other e_j, the total is 1 + rest, and what is close to 0 is
never computed as the difference of two numbers close to 1.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..plans import DOUBLE, HALF, rounded
from ..kernels.kernel import Kernel
from ..kernels.loops import prange
from ..kernels.mathematics import INFINITY, NAN, exp, log1p, scaled
from ..tensor import Array, Node, Tensor, record
from .shapes import tensor


def winner(x, i):
    """The column of the largest element in row i; the first of equals."""
    k = 0
    for j in range(x.shape[1]):
        if x[i, j] > x[i, k]:
            k = j
    return k


def rest_of(e, i, k):
    """The sum of e over row i without column k."""
    rest = 0.0
    for j in range(e.shape[1]):
        rest += 0.0 if j == k else e[i, j]
    return rest


def exponentials(exp):
    """e = exp(x - m), and the statistics of each row: its winner, and the rest.

    An infinite winner is 1 and leaves 0 for the others; two of them, or a row of -inf, have no
    limit: nan.
    """

    def loop(x, statistics, e):
        for i in prange(x.shape[0]):
            k = winner(x, i)
            m = np.float64(x[i, k])
            for j in range(x.shape[1]):
                v = np.float64(x[i, j])
                e[i, j] = 1.0 if v == m else exp(v - m)
            rest = rest_of(e, i, k)
            lost = m == -INFINITY or (m == INFINITY and rest > 0.0)
            statistics[i, 0] = k
            statistics[i, 1] = NAN if lost or m != m else rest

    return loop


def softmax_forward(divide):
    """y = e / total."""

    def loop(x, e, statistics, y):
        for i in prange(y.shape[0]):
            total = 1.0 + statistics[i, 1]
            for j in range(y.shape[1]):
                y[i, j] = divide(e[i, j], total)

    return loop


def softmax_gradient(scaled):
    """gx_i = p_i (g_i - g_k - c) with c = sum of p_j (g_j - g_k), for the winner k."""

    def loop(gy, e, statistics, gx):
        for i in prange(gx.shape[0]):
            k, total = int(statistics[i, 0]), 1.0 + statistics[i, 1]
            g = np.float64(gy[i, k])
            c = 0.0
            for j in range(gx.shape[1]):
                c += scaled(e[i, j] / total, np.float64(gy[i, j]) - g)
            for j in range(gx.shape[1]):
                gx[i, j] = scaled(e[i, j] / total, np.float64(gy[i, j]) - g - c)

    return loop


def log_softmax_forward(log1p):
    """y = x - m - log(1 + rest)."""

    def loop(x, e, statistics, y):
        for i in prange(y.shape[0]):
            m, lost = np.float64(x[i, int(statistics[i, 0])]), log1p(statistics[i, 1])
            for j in range(y.shape[1]):
                v = np.float64(x[i, j])
                y[i, j] = (0.0 if v == m else v - m) - lost

    return loop


def log_softmax_gradient(scaled):
    """gx_i = g_i (1 - p_i) - p_i (sum of the other g); 1 - p_k of the winner k is rest / total."""

    def loop(gy, e, statistics, gx):
        for i in prange(gx.shape[0]):
            k, rest = int(statistics[i, 0]), statistics[i, 1]
            total = 1.0 + rest
            others = 0.0
            for j in range(gx.shape[1]):
                others += 0.0 if j == k else np.float64(gy[i, j])
            g = np.float64(gy[i, k])
            for j in range(gx.shape[1]):
                v, p = np.float64(gy[i, j]), e[i, j] / total
                gx[i, j] = scaled((total - e[i, j]) / total, v) - scaled(p, others - v + g)
            gx[i, k] = scaled(rest / total, g) - scaled(1.0 / total, others)

    return loop


def divide(a, b):
    return a / b


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
        >>> log_softmax([0.0, -100.0])
        Tensor([-3.783506e-44, -1.000000e+02])
        """
        x = tensor(x)
        if not isinstance(axis, int) or not -x.ndim <= axis < x.ndim:
            raise np.exceptions.AxisError(
                f"{self.name}: axis={axis!r} asked of a tensor of shape {x.shape}"
            )
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
    return np.ascontiguousarray(last).reshape(rows, last.shape[-1])


def from_rows(rows: Array, shape: tuple[int, ...], axis: int) -> Array:
    """Rows x features back in the shape that `as_rows` was given."""
    moved = [*shape]
    moved.append(moved.pop(axis))
    return np.ascontiguousarray(np.moveaxis(rows.reshape(moved), -1, axis))


softmax = Rows("softmax", softmax_forward, softmax_gradient, divide)
log_softmax = Rows("log_softmax", log_softmax_forward, log_softmax_gradient, log1p)
