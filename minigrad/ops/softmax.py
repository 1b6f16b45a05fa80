"""Softmax, softmin and log_softmax: each result depends on a whole row, so not elementwise.

Their loops are in `kernels/rows.py`.  An element that `mask` leaves out is read as -inf, whose
exponential is 0: it gets no probability, and no gradient.
"""

import math
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..arrays import DOUBLE, HALF, SINGLE, Array, brief, rounded
from ..kernels.kernel import Kernel
from ..kernels.mathematics import INFINITY, divide, exp, log1p
from ..kernels.mathematics.short import FORMS, shortened
from ..kernels.rows import (
    after_exponentials,
    log_softmax_forward,
    log_softmax_gradient,
    softmax_forward,
    softmax_gradient,
)
from ..memory import FEW, empty
from ..tensor import Node, Tensor, elsewhere, record
from .axes import Axis, as_rows, axes_of, from_rows
from .shapes import anywhere, tensor

# Exponentials that a block has at a time: 32 KB of float64, which a core's cache can hold.
AT_ONCE = 4096
# Blocks are what cores share out: with more cores than that, some have none.
BLOCKS = 16
# Plans kept for each op; a program with more combinations of shapes makes them again.
PLANS = 4096


class RowPlan:
    """How an op runs for one shape, dtype and axes, worked out once.

    as_given     whether x is rows x features already, with nothing to move, convert or negate
    forward      the kernel for the result; `gradient` the one for the way back
    height       the rows that a block has at a time, with room for their exponentials in `powers`
    statistics   the shape of what the kernel finds out of each row
    empty        what makes the array for the result
    """

    def __init__(
        self, op: "Rows", shape: tuple[int, ...], axes: tuple[int, ...], dtype: np.dtype[Any]
    ) -> None:
        self.axes, self.shape, self.dtype, self.negated = axes, shape, dtype, op.negated
        self.work = DOUBLE if dtype == HALF else dtype
        self.as_given = (len(shape), axes, op.negated, self.work) == (2, (1,), False, dtype)
        features = math.prod(shape[k] for k in axes)
        rows = math.prod(shape) // max(1, features)
        self.height = max(1, min(rows, AT_ONCE // max(1, features)))
        blocks = min(BLOCKS, -(-rows // self.height))
        self.powers, self.statistics = (blocks * self.height, features), (rows, 2)
        self.empty = np.empty if math.prod(shape) < FEW else empty
        self.forward, self.gradient = (kernel_of_rows(*loop, self.work) for loop in op.loops)

    def lay_out(self, array: Array) -> Array:
        """x, or a gradient, as rows x features for a kernel."""
        rows = as_rows(array, self.axes).astype(self.work, copy=False)
        return -rows if self.negated else rows

    def put_back(self, rows: Array) -> Array:
        """Rows x features in the shape and dtype of x."""
        return from_rows(rounded(rows, self.dtype), self.shape, self.axes)

    def run(self, kernel: Kernel, given: Array, rows: Array) -> Array:
        """What a kernel makes of the rows of x and of `given`."""
        out = self.empty(rows.shape, self.work)
        size = out.size
        if size:
            run = kernel.run if size < kernel.serial_below else kernel.run_long
            run(given, rows, np.empty(self.statistics), self.height, np.empty(self.powers), out)
        return out


class Rows:
    """An op over rows.

    loops     for the result and for the gradient: a loop from `rows.py`, and its formula
    nothing   the result where `mask` leaves an element out
    negated   whether the op reads -x
    """

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        gradient: Callable[..., Any],
        part: Any,
        nothing: float = 0.0,
        negated: bool = False,
    ) -> None:
        self.name = name
        self.nothing = nothing
        self.negated = negated
        self.loops = (forward, part), (gradient, divide)
        self._plans: dict[Any, RowPlan] = {}

    def __call__(self, x: Any, axis: Axis = -1, mask: Any = None) -> Tensor:
        """Softmax: exp(x) / sum of exp(x); softmin: that of -x; log_softmax: log of softmax.

        Parameters
        ----------
        x : numbers of any shape but ().
        axis : the axis that the sum is over; several are summed over jointly, None means all.
        mask : booleans that broadcast to x, True where an element takes part.  The others may be
            anything, nan too: they get probability 0 and gradient 0, even if a whole row is out.

        Returns
        -------
        Tensor of the shape of x, from 0 to 1 (log_softmax: from -inf to 0)

        >>> softmax([1.0, 2.0, 3.0])
        Tensor([0.09003057, 0.24472848, 0.66524094])
        >>> softmax([1.0, 2.0, 3.0], mask=[True, True, False])
        Tensor([0.26894143, 0.7310586 , 0.        ])
        >>> softmin([1.0, 2.0])
        Tensor([0.7310586 , 0.26894143])
        >>> log_softmax([0.0, -30.0])
        Tensor([-9.357623e-14, -3.000000e+01])
        """
        if elsewhere(x):
            return x.run(self, x, axis, mask)
        x = tensor(x, self.name)
        data = x._data
        key = data.shape, axes_of(self.name, axis, data.shape), data.dtype
        plan = self._plans.get(key) or self._planned(*key)
        rows = data if plan.as_given else plan.lay_out(data)
        keep = None
        if mask is not None:
            keep = as_rows(whole_mask(self.name, mask, data.shape), plan.axes)
            rows = np.where(keep, rows, -INFINITY)
        y = plan.run(plan.forward, rows, rows)
        if keep is not None:
            y[~keep] = self.nothing
        result = y if plan.as_given else plan.put_back(y)
        return record(self, (x.node,), (rows, plan, keep), result)

    def vjp(self, node: Node, gy: Array) -> tuple[Array]:
        """The gradient of each row, from x: the rounded result is too coarse in the tails."""
        rows, plan, keep = node.saved
        g = gy if plan.as_given else plan.lay_out(gy)
        if keep is not None:
            g = np.where(keep, g, 0.0)
        gx = plan.run(plan.gradient, g, rows)
        if keep is not None:
            gx[~keep] = 0.0
        return (gx if plan.as_given else plan.put_back(gx),)

    def _planned(
        self, shape: tuple[int, ...], axes: tuple[int, ...], dtype: np.dtype[Any]
    ) -> RowPlan:
        """The plan for what is new here."""
        if len(self._plans) >= PLANS:
            self._plans.clear()
        plan = self._plans[shape, axes, dtype] = RowPlan(self, shape, axes, dtype)
        return plan


@cache
def kernel_of_rows(factory: Callable[..., Any], formula: Any, dtype: np.dtype[Any]) -> Kernel:
    """The kernel of a loop from `rows.py`, with exponentials before it, for rows of a dtype."""
    return Kernel(after_exponentials(factory(fitting(formula, dtype))), fitting(exp, dtype))


def fitting(formula: Any, dtype: np.dtype[Any]) -> Any:
    """A formula for results of this dtype: its terms do not cancel, so float32 has short forms."""
    return FORMS.get(formula) or shortened(formula) if dtype == SINGLE else formula


def run(kernel: Kernel, *arguments: Any) -> None:
    """Run a kernel on one core or all, as its size and history tell."""
    (kernel.run if arguments[-1].size < kernel.serial_below else kernel.run_long)(*arguments)


def whole_mask(op: str, mask: Any, shape: tuple[int, ...]) -> Array:
    """A mask as booleans of the whole shape, which nobody else can change."""
    try:
        given = np.asarray(mask)
    except ValueError:  # lists of different lengths
        given = np.empty(0)
    if given.dtype != np.bool_:
        raise ValueError(
            f"{op}: mask={brief(mask)} given; it must be booleans, True where x takes part"
        )
    try:
        return np.array(np.broadcast_to(given, shape))
    except ValueError:
        raise ValueError(
            f"{op}: mask of shape {given.shape} does not broadcast to x of shape {shape}"
        ) from None


softmax = Rows("softmax", softmax_forward, softmax_gradient, divide)
softmin = Rows("softmin", softmax_forward, softmax_gradient, divide, negated=True)
log_softmax = Rows("log_softmax", log_softmax_forward, log_softmax_gradient, log1p, -INFINITY)


def softmax_of_rows(x: Any, axis: Axis = -1, mask: Any = None) -> Tensor:
    """Softmax as an activation: x needs an axis for the batch, besides that of the classes.

    As Keras 2 has it: a vector is refused, since its only axis may be meant as either.  Arguments
    are those of `softmax`.

    >>> softmax_of_rows([[1.0, 2.0, 3.0]])
    Tensor([[0.09003057, 0.24472848, 0.66524094]])
    """
    x = anywhere(x, softmax.name)
    shape = x.shape
    if len(shape) < 2:
        raise ValueError(
            f"softmax: x of shape {shape} given; it needs an axis for the batch too: "
            f"reshape it to {(1, x.size)}"
        )
    if 1 in shape:  # quicker to look for than the axes
        warn_of_one_class(shape, axis)
    return softmax(x, axis, mask)


def warn_of_one_class(shape: tuple[int, ...], axis: Axis) -> None:
    """The advice to take sigmoid, where a softmax has nothing to choose from."""
    if math.prod(shape[k] for k in axes_of(softmax.name, axis, shape)) == 1:
        warnings.warn(
            f"softmax: over an axis of size 1 (shape {shape}, axis={axis}) every result is 1; "
            "did you mean sigmoid?",
            stacklevel=3,
        )
