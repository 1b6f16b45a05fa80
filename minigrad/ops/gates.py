"""GLU, maxout and CReLU: activations that change the length of an axis, so not elementwise.

Their loops, in `kernels/gates.py`, see an array as (outer, parts, inner) around that axis.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ..arrays import DOUBLE, HALF, Array, brief, rounded
from ..kernels.gates import (
    crelu_forward,
    crelu_gradient,
    dpositive_dx,
    gate,
    glu_forward,
    glu_gradient,
    larger,
    maxout_forward,
    maxout_gradient,
    positive,
)
from ..kernels.kernel import Kernel
from ..memory import FEW, empty
from ..tensor import Node, Tensor, record
from .axes import only_axis_of
from .shapes import tensor
from .softmax import fitting, run

Shape = tuple[int, ...]
LoopAndFormula = tuple[Callable[..., Any], Callable[..., Any]]


class Parts:
    """What these ops share: a kernel forward, one back, and shapes to see the arrays in."""

    def __init__(self, name: str, forward: LoopAndFormula, gradient: LoopAndFormula) -> None:
        self.name = name
        self._loops = forward, gradient
        self._kernels: dict[np.dtype[Any], list[Kernel]] = {}

    def computed(self, x: Tensor, seen: Shape, y_seen: Shape, shape: Shape) -> Tensor:
        """The result, of `shape`; the kernel sees x as `seen`, and the result as `y_seen`."""
        given = x._data
        work = given.astype(DOUBLE) if given.dtype is HALF else given
        dtype, size = work.dtype, work.size
        y = np.empty(shape, dtype) if 2 * size < FEW else empty(shape, dtype)
        work = work.reshape(seen)
        if size:
            kernels = self._kernels.get(dtype) or self._of(dtype)
            run(kernels[0], work, y if shape == y_seen else y.reshape(y_seen))
        y = rounded(y, given.dtype)
        return record(self, (x.node,), (work, given.shape, y_seen), y, size)

    def vjp(self, node: Node, gy: Array) -> tuple[Array]:
        """gx, from x and gy."""
        work, shape, y_seen = node.saved
        g = gy.astype(work.dtype, copy=False).reshape(y_seen)
        gx = empty(shape, work.dtype)
        if gx.size:
            run(self._kernels[work.dtype][1], g, work, gx.reshape(work.shape))
        return (rounded(gx, gy.dtype),)

    def _of(self, dtype: np.dtype[Any]) -> list[Kernel]:
        fitted = [(loop, fitting(formula, dtype)) for loop, formula in self._loops]
        self._kernels[dtype] = [Kernel(*loop) for loop in fitted]
        return self._kernels[dtype]


def around(shape: Shape, axis: int) -> tuple[int, int, int]:
    """How many numbers stand before an axis, on it, and after it.

    >>> around((2, 3, 4, 5), 1)
    (2, 3, 20)
    """
    return math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])


def resized(shape: Shape, axis: int, length: int) -> Shape:
    """A shape with another length of one axis.

    >>> resized((2, 3, 4), 1, 6)
    (2, 6, 4)
    """
    return (*shape[:axis], length, *shape[axis + 1 :])


class GLU(Parts):
    """Gated linear unit: one half of an axis says how much of the other half passes."""

    def __call__(self, x: Any, axis: int = -1) -> Tensor:
        """GLU: a sigmoid(b), where a and b are the first and second half of x along the axis.

        Parameters
        ----------
        x : numbers of any shape but (), with an even number of them along the axis.

        Returns
        -------
        Tensor of the shape of x, with half the length along the axis

        Source
        ------
        Dauphin et al. 2017, https://arxiv.org/abs/1612.08083

        >>> glu([10.0, 20.0, 0.0, -1.0])
        Tensor([5.       , 5.3788285])
        """
        x = tensor(x, self.name)
        shape = x._data.shape
        k = only_axis_of(self.name, axis, shape)
        if shape[k] % 2:
            raise ValueError(
                f"{self.name}: x of shape {shape} has {shape[k]} elements along axis={axis}, "
                "which have no two halves; give it an even number"
            )
        return self.computed(x, *halved(shape, k))


@lru_cache(maxsize=4096)  # it takes as long as a small kernel
def halved(shape: Shape, k: int) -> tuple[Shape, Shape, Shape]:
    """How the kernel sees x and a half of its axis k, and the shape of a half.

    >>> halved((5, 4, 3), 1)
    ((5, 2, 6), (5, 6), (5, 2, 3))
    """
    outer, length, inner = around(shape, k)
    half = length // 2
    return (outer, 2, half * inner), (outer, half * inner), resized(shape, k, half)


class Maxout(Parts):
    """Maxout: the largest of each group of neighbours."""

    def __call__(self, x: Any, pieces: int, axis: int = -1) -> Tensor:
        """Maxout: max(x_1, ..., x_pieces), for every `pieces` neighbours along the axis.

        Where several are the largest, they share the gradient evenly, as in `maximum`.

        Parameters
        ----------
        x : numbers of any shape but (), with a multiple of `pieces` along the axis.
        pieces : how many linear pieces a unit is made of.

        Returns
        -------
        Tensor of the shape of x, with the length along the axis divided by `pieces`

        Source
        ------
        Goodfellow et al. 2013, https://arxiv.org/abs/1302.4389

        >>> maxout([1.0, 5.0, -2.0, -3.0], pieces=2)
        Tensor([ 5., -2.])
        """
        x = tensor(x, self.name)
        k = only_axis_of(self.name, axis, x.shape)
        outer, length, inner = around(x.shape, k)
        whole = isinstance(pieces, int | np.integer) and not isinstance(pieces, bool)
        if not whole or pieces < 1:
            raise ValueError(
                f"{self.name}: pieces={brief(pieces)} given; it must be a whole number from 1 up"
            )
        if length % pieces:
            raise ValueError(
                f"{self.name}: x of shape {x.shape} has {length} elements along axis={axis}, which "
                f"is no multiple of pieces={pieces}"
            )
        groups = length // int(pieces)
        seen, y_seen = (outer * groups, int(pieces), inner), (outer * groups, inner)
        return self.computed(x, seen, y_seen, resized(x.shape, k, groups))


class CReLU(Parts):
    """Concatenated ReLU: what is positive, and what is negative, each in a half of its own."""

    def __call__(self, x: Any, axis: int = -1) -> Tensor:
        """CReLU: relu(x), and after it relu(-x), along the axis.

        Parameters
        ----------
        x : numbers of any shape but ().

        Returns
        -------
        Tensor of the shape of x, with twice the length along the axis

        Source
        ------
        Shang et al. 2016, https://arxiv.org/abs/1603.05201

        >>> crelu([1.0, -2.0])
        Tensor([1., 0., 0., 2.])
        """
        x = tensor(x, self.name)
        k = only_axis_of(self.name, axis, x.shape)
        outer, length, inner = around(x.shape, k)
        seen, y_seen = (outer, length * inner), (outer, 2, length * inner)
        return self.computed(x, seen, y_seen, resized(x.shape, k, 2 * length))


glu = GLU("glu", (glu_forward, gate), (glu_gradient, gate))
maxout = Maxout("maxout", (maxout_forward, larger), (maxout_gradient, larger))
crelu = CReLU("crelu", (crelu_forward, positive), (crelu_gradient, dpositive_dx))
