"""Broadcasting: how inputs of different shapes are laid out for a loop, and how gradients return.

An input that NumPy would stretch is seldom copied.  Next to a full array of `rows x features`,

    "x"  an array of the full shape   is read at [i, j], or as it lies if no input is "f"
    "f"  one row for all: (features,) is read at [j], as a bias or PReLU's alpha
    "n"  a single number              is read as it is

Only other shapes, such as a column, are stretched by a copy first.  Stretching repeats an input, so
on the way back the gradients of its copies add up: in float64, in a fixed order, rounded once.
"""

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from .arrays import DOUBLE, Array
from .kernels.kernel import Kernel
from .kernels.loops import BLOCK

Shape = tuple[int, ...]
Given = Shape | None  # None: not an array but a plain number
Operand = Array | float

# A sum over everything is a sum over rows of this many elements, then over what is left of them.
LANES = 64


class Layout(NamedTuple):
    """How a loop reads its inputs.

    shape     of the result
    grid      (rows, features) where an input is "f", else None: arrays are read as they lie
    roles     "x", "f" or "n" for each input
    stretched the shape to copy an input to first, or None
    inputs    the shapes that were given
    """

    shape: Shape
    grid: tuple[int, int] | None
    roles: str
    stretched: tuple[Shape | None, ...]
    inputs: tuple[Given, ...]

    def view(self, k: int) -> Shape | None:
        """The shape in which the loop reads input k; None where its own will do."""
        if self.roles[k] == "n" or not self.grid:
            return None
        given = self.stretched[k] or self.inputs[k] or ()
        laid = self.grid if self.roles[k] == "x" else (math.prod(given),)
        return None if laid == self.inputs[k] else laid

    @property
    def laid(self) -> tuple[int, int] | None:
        """The grid, for the result and its gradient; None where their own shape will do."""
        return None if self.grid == self.shape else self.grid


@lru_cache(maxsize=4096)
def arrange(inputs: tuple[Given, ...]) -> Layout:
    """The layout for inputs of these shapes; ValueError where they do not broadcast.

    >>> arrange(((8, 4), (4,))).roles
    'xf'
    >>> arrange(((8, 4), (8, 1), None)).roles
    'xxn'
    """
    shapes = [given for given in inputs if given is not None]
    shape = np.broadcast_shapes(*shapes)
    size = math.prod(shape)
    shared = [s for s in map(without_ones, shapes) if 1 < math.prod(s) < size and ends(shape, s)]
    row = max(shared, key=math.prod, default=())
    roles, stretched = "", list[Shape | None]()
    for given in inputs:
        if given is None or math.prod(given) == 1 < size:
            role, stretch = "n", None
        elif math.prod(given) == size:
            role, stretch = "x", None
        elif row and ends(row, without_ones(given)):
            added = (1,) * (len(given) - len(row))
            role, stretch = "f", None if without_ones(given) == row else added + row
        else:
            role, stretch = "x", shape
        roles += role
        stretched.append(stretch)
    features = math.prod(row)
    grid = (size // features, features) if "f" in roles else None
    return Layout(shape, grid, roles, tuple(stretched), inputs)


def without_ones(shape: Shape) -> Shape:
    """The shape from its first axis that is longer than 1: leading ones change nothing."""
    first = next((k for k, n in enumerate(shape) if n != 1), len(shape))
    return shape[first:]


def ends(shape: Shape, last: Shape) -> bool:
    """Whether `last` are the last axes of `shape`."""
    return len(last) <= len(shape) and shape[len(shape) - len(last) :] == last


def place(operand: Operand, k: int, layout: Layout, dtype: np.dtype[Any]) -> Operand:
    """Input k as the loop reads it: any shape, rows x features, one row, or a number."""
    if isinstance(operand, float):
        return operand
    if layout.roles[k] == "n":
        return float(operand.reshape(()))
    operand = operand.astype(dtype, copy=False)
    stretch, view = layout.stretched[k], layout.view(k)
    if stretch is not None:
        operand = np.asarray(np.broadcast_to(operand, stretch), order="C")
    return operand if view is None else operand.reshape(view)


def unbroadcast(gradient: Array, shape: Shape) -> Array:
    """The sum of `gradient`, in float64, over the axes that broadcasting `shape` has stretched.

    >>> unbroadcast(np.ones((8, 3)), (8, 1)).ravel()
    array([3., 3., 3., 3., 3., 3., 3., 3.])
    """
    added = gradient.ndim - len(shape)
    axes = [k for k, n in enumerate((1,) * added + shape) if n == 1 and gradient.shape[k] != 1]
    return np.asarray(np.add.reduce(gradient, tuple(axes), dtype=np.float64)).reshape(shape)


def sum_rows(
    kernel: Kernel, gy: Array, operands: tuple[Operand, ...], numbers: Any, dtype: np.dtype[Any]
) -> Array:
    """(features,) sums of a `gradient_features` kernel over rows, in gy's dtype or float64."""
    rows, features = gy.shape
    if not rows:  # there is no block to begin the sum with
        return np.zeros(features, dtype)
    blocks, out = np.empty((-(-rows // BLOCK), features)), np.empty(features, gy.dtype)
    run = kernel.run if gy.size < kernel.serial_below else kernel.run_long
    run(gy, operands, numbers, out, blocks)
    return out if dtype == gy.dtype else blocks[0]  # the sums are there before they are rounded


def sum_all(kernel: Kernel, gy: Array, operands: tuple[Operand, ...], numbers: Any) -> float:
    """The float64 sum of a `gradient_features` kernel over all of gy, flat or rows x features."""
    if gy.ndim == 2:
        return float(np.add.reduce(sum_rows(kernel, gy, operands, numbers, DOUBLE)))
    whole = gy.size - gy.size % LANES
    total = 0.0
    for start, stop, width in ((0, whole, LANES), (whole, gy.size, gy.size - whole)):
        if start < stop:
            piece = tuple(
                a if isinstance(a, float) else a.reshape(-1)[start:stop].reshape(-1, width)
                for a in operands
            )
            rows = gy[start:stop].reshape(-1, width)
            total += float(np.add.reduce(sum_rows(kernel, rows, piece, numbers, DOUBLE)))
    return total
