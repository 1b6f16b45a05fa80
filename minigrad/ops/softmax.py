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
from ..memory import empty
from ..tensor import Node, Tensor, elsewhere, record
from .axes import Axis, as_rows, axes_of, from_rows
from .shapes import anywhere, tensor

# Exponentials that a block has at a time: 32 KB of float64, which a core's cache can hold.
AT_ONCE = 4096
# Blocks are what cores share out: with more cores than that, some have none.
BLOCKS = 16


class Rows:
    """An op over rows: a kernel for the result, and one for the gradient.

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
        self._forward = forward, part
        self._gradient = gradient, divide

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
        axes = axes_of(self.name, axis, x.shape)
        work = as_rows(x._data, axes)
        work = work.astype(DOUBLE) if work.dtype == HALF else work
        work = -work if self.negated else work
        keep = None if mask is None else as_rows(whole_mask(self.name, mask, x.shape), axes)
        if keep is not None:
            work = np.where(keep, work, -INFINITY)
        y = self._computed(self._forward, work, work)
        if keep is not None:
            y[~keep] = self.nothing
        result = from_rows(rounded(y, x.dtype), x.shape, axes)
        return record(self, (x.node,), (work, (axes, keep)), result)

    def vjp(self, node: Node, gy: Array) -> tuple[Array]:
        """The gradient of each row, from x: the rounded result is too coarse in the tails."""
        work, (axes, keep) = node.saved
        g = as_rows(gy, axes).astype(work.dtype, copy=False)
        g = -g if self.negated else g
        if keep is not None:
            g = np.where(keep, g, 0.0)
        gx = self._computed(self._gradient, work, g)
        if keep is not None:
            gx[~keep] = 0.0
        return (from_rows(rounded(gx, gy.dtype), gy.shape, axes),)

    def _computed(self, loop_and_formula: Any, work: Array, given: Array) -> Array:
        """What a loop makes of the rows of x, `work`, and of `given`."""
        rows, features = work.shape
        out = empty(work.shape, work.dtype)
        if out.size:
            height = min(rows, max(1, AT_ONCE // features))
            blocks = min(BLOCKS, -(-rows // height))
            e, statistics = np.empty((blocks * height, features)), np.empty((rows, 2))
            kernel = kernel_of_rows(*loop_and_formula, work.dtype)
            run(kernel, given, work, statistics, height, e, out)
        return out


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
    if x.ndim < 2:
        raise ValueError(
            f"softmax: x of shape {x.shape} given; it needs an axis for the batch too: "
            f"reshape it to {(1, x.size)}"
        )
    shape = x.shape
    # to look for a 1 is quicker than to find the axes
    if 1 in shape and math.prod(shape[k] for k in axes_of(softmax.name, axis, shape)) == 1:
        warnings.warn(
            f"softmax: over an axis of size 1 (shape {shape}, axis={axis}) every result is 1; "
            "did you mean sigmoid?",
            stacklevel=2,
        )
    return softmax(x, axis, mask)
