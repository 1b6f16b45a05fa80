"""Extremes: the largest and the smallest numbers, and where they are.

Only they get a gradient.  Where several are equal, each gets the same share of it.
"""

import math
from typing import Any

import numpy as np

from ..arrays import DOUBLE, Array, rounded
from ..tensor import Node, Tensor, record
from .axes import Axis, only_axis_of
from .reductions import reduced_axes
from .shapes import tensor


class Extreme:
    """y = the largest x_i, or the smallest."""

    def __init__(self, name: str, reduce: np.ufunc) -> None:
        self.name = name
        self._reduce = reduce

    def __call__(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """max: the largest number along the given axes, or of all; min: the smallest.

        >>> max([[1.0, 3.0], [4.0, 2.0]], axis=1)
        Tensor([3., 4.])
        >>> x = Tensor([1.0, 3.0, 3.0], requires_grad=True)
        >>> max(x).backward()
        >>> x.grad
        array([0. , 0.5, 0.5], dtype=float32)
        """
        x = tensor(x, self.name)
        array = x._data
        axes = reduced_axes(self.name, axis, array.shape)
        if not math.prod(array.shape[k] for k in axes):
            raise ValueError(nothing_to_choose(self.name, axis, array.shape))
        # of 0 and -0 it depends on the processor which is found; + 0 makes both 0
        y = np.asarray(self._reduce.reduce(array, axis=axes, keepdims=True) + 0, order="C")
        result = y if keepdims else y.reshape([n for k, n in enumerate(y.shape) if k not in axes])
        return record(self, (x.node,), (array, y, axes), result, array.size)

    def vjp(self, node: Node, gy: Array) -> tuple[Array]:
        """gy in equal shares for those that are equal to y, exactly 0 for the others."""
        x, y, axes = node.saved
        equal = x == y
        count = equal.sum(axes, keepdims=True)
        # nan equals nothing: if y is nan, so is the gradient of all that it was chosen from
        share = np.where(count, gy.reshape(y.shape).astype(DOUBLE) / np.maximum(count, 1), np.nan)
        gx = np.where(equal | (count == 0), rounded(share, gy.dtype), gy.dtype.type(0))
        return (np.asarray(gx, order="C"),)


def argmax(x: Any, axis: int | None = None) -> Array:
    """argmax: the position of the largest number along an axis, or of all; the first if several.

    It is a NumPy array of whole numbers, and no gradient flows through it.

    >>> argmax([[1.0, 3.0], [4.0, 2.0]], axis=1)
    array([1, 0])
    """
    array = tensor(x, "argmax")._data
    k = None if axis is None else only_axis_of("argmax", axis, array.shape)
    if not (array.size if k is None else array.shape[k]):
        raise ValueError(nothing_to_choose("argmax", axis, array.shape))
    return np.asarray(array.argmax(k))


def nothing_to_choose(op: str, axis: Any, shape: tuple[int, ...]) -> str:
    """What to say of an extreme of no numbers."""
    return f"{op}: axis={axis!r} of a tensor of shape {shape} is empty; it needs a number at least"


max, min = Extreme("max", np.maximum), Extreme("min", np.minimum)
