"""Matrix products, and with a bias: NumPy's, that is BLAS.

Bits may differ between machines and batch sizes.
"""

from time import perf_counter
from typing import Any

import numpy as np

from ..arrays import HALF, Array, rounded
from ..broadcasting import sum_rows, unbroadcast
from ..casting import cast
from ..kernels.kernel import Kernel, products
from ..kernels.loops import forward_rows, gradient_features
from ..tensor import Node, Tensor, elsewhere, record
from .arithmetic import add, dadd_db
from .shapes import tensor

# From about this many elements on BLAS uses several threads.
LARGE = 10_000


class MatMul:
    """Y = A B.

    With G = dL/dY the chain rule, written for each element and put together again, says
    dL/dA = G B^T and dL/dB = A^T G.
    """

    name = "matmul"

    def __call__(self, a: Any, b: Any) -> Tensor:
        """Matrix product: A B, over the last two axes; the axes before them broadcast.

        Parameters
        ----------
        a : (..., m, k), or (k,)
        b : (..., k, n), or (k,)

        Returns
        -------
        (..., m, n), without m where a is (k,) and without n where b is (k,)

        >>> matmul([[1.0, 2.0], [3.0, 4.0]], [1.0, 10.0])
        Tensor([21., 43.])
        """
        if not (type(a) is type(b) is Tensor):
            for t in (a, b):
                if elsewhere(t):
                    return t.run(self, a, b)
            a, b = tensor(a, self.name), tensor(b, self.name)
        x, w = a._data, b._data
        if x.dtype != w.dtype:
            dtype = np.result_type(x.dtype, w.dtype)
            return self(cast(a, dtype), cast(b, dtype))
        if x.size + w.size > LARGE:
            products.last = perf_counter()
        if x.ndim == 2 == w.ndim and x.shape[1] == w.shape[0]:
            y = x.dot(w)
        else:
            y = general_product(x, w)
        saved = (x if b.node else None, w if a.node else None, x.shape, w.shape)
        return record(self, (a.node, b.node), saved, y, max(x.size, w.size))

    def vjp(self, node: Node, gy: Array) -> tuple[Array | None, Array | None]:
        """(G B^T, A^T G); a vector is a matrix with one row, or one column."""
        x, w, x_shape, w_shape = node.saved
        if gy.size > LARGE:
            products.last = perf_counter()
        if len(x_shape) == 2 and len(w_shape) == 2:
            a_node, b_node = node.parents
            return (gy.dot(w.T) if a_node else None, x.T.dot(gy) if b_node else None)
        g = gy[..., None, :] if len(x_shape) == 1 and len(w_shape) > 1 else gy
        if len(w_shape) == 1:
            g = g.reshape((*g.shape, 1) if len(x_shape) > 1 else (1, 1))
        gx = gw = None
        if node.parents[0] is not None:
            w_matrix = w[:, None] if w.ndim == 1 else w
            gx = returned(g @ w_matrix.swapaxes(-1, -2), x_shape, gy.dtype, row=True)
        if node.parents[1] is not None:
            x_matrix = x[None, :] if x.ndim == 1 else x
            gw = returned(x_matrix.swapaxes(-1, -2) @ g, w_shape, gy.dtype, row=False)
        return gx, gw


def general_product(x: Array, w: Array) -> Array:
    """The product of stacks of matrices, or of vectors."""
    if x.ndim == 0 or w.ndim == 0 or x.shape[-1] != w.shape[-2 if w.ndim > 1 else 0]:
        raise ValueError(
            f"matmul: shapes {x.shape} and {w.shape} do not fit; the last axis of the first must "
            "be as long as the last but one of the second"
        )
    try:
        return np.asarray(np.matmul(x, w), order="C")
    except ValueError:
        raise ValueError(
            f"matmul: the axes before the last two of {x.shape} and {w.shape} do not broadcast"
        ) from None


def returned(gradient: Array, shape: tuple[int, ...], dtype: Any, row: bool) -> Array:
    """A gradient in the shape that the input had before it was broadcast or made a matrix."""
    matrix = shape if len(shape) > 1 else (1, *shape) if row else (*shape, 1)
    if gradient.shape != matrix:
        gradient = rounded(unbroadcast(gradient, matrix), dtype)
    return np.asarray(gradient.reshape(shape), order="C")


class Affine:
    """Y = X W + b, what a Dense layer computes, as one node of the graph.

    The rows of Y share b, so their gradients add up: db = the sum over rows of G.
    """

    name = "affine"

    def __init__(self) -> None:
        self._kernels: dict[np.dtype[Any], tuple[Kernel, Kernel]] = {}

    def __call__(self, x: Any, w: Any, b: Any) -> Tensor:
        """Affine: X W + b.

        Parameters
        ----------
        x : (rows, k)
        w : (k, n)
        b : (n,)

        Returns
        -------
        (rows, n)

        >>> affine([[1.0, 2.0]], [[3.0], [4.0]], [0.5])
        Tensor([[11.5]])
        """
        if not (type(x) is type(w) is type(b) is Tensor):
            for t in (x, w, b):
                if elsewhere(t):
                    return t.run(self, x, w, b)
            x, w, b = (tensor(t, self.name) for t in (x, w, b))
        a, matrix, bias = x._data, w._data, b._data
        dtype = a.dtype
        shape = matrix.shape
        plain = dtype is matrix.dtype is bias.dtype is not HALF and a.ndim == 2 == len(shape)
        if not (plain and a.shape[1] == shape[0] and bias.shape == shape[1:]):
            return add(matmul(x, w), b)
        if a.size + matrix.size > LARGE:
            products.last = perf_counter()
        kernel = (self._kernels.get(dtype) or self.kernels(dtype))[0]
        product = a.dot(matrix)
        y = np.empty(product.shape, dtype)
        run = kernel.run if y.size < kernel.serial_below else kernel.run_long
        run((product, bias), (), y)
        saved = (a if w.node else None, matrix if x.node else None)
        return record(self, (x.node, w.node, b.node), saved, y, max(a.size, matrix.size))

    def vjp(self, node: Node, gy: Array) -> tuple[Array | None, Array | None, Array | None]:
        """(G W^T, X^T G, the sum of the rows of G)."""
        a, matrix = node.saved
        if gy.size > LARGE:
            products.last = perf_counter()
        gx = None if matrix is None else gy.dot(matrix.T)
        gw = None if a is None else a.T.dot(gy)
        if node.parents[2] is None:
            return gx, gw, None
        return gx, gw, sum_rows(self._kernels[gy.dtype][1], gy, (), (), gy.dtype)

    def kernels(self, dtype: np.dtype[Any]) -> tuple[Kernel, Kernel]:
        """The kernels of adding a row, and of its gradient: those that `add` has."""
        forward = add.formula.kernel(forward_rows, "xf", dtype)
        backward = dadd_db.formula.kernel(gradient_features, "", dtype)
        self._kernels[dtype] = forward, backward
        return forward, backward


matmul, affine = MatMul(), Affine()
