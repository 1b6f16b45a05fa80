"""Kink conventions: another slope at the kinks, to see what the choice does.

At a kink every slope between that from the left and that from the right is legal.  Each activation
has one, which `help` states; inside `with kinks("right")` backward takes another.  Training hardly
notices, unless many inputs are exactly at a kink, as zeros after a ReLU or a quantised image are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from .arrays import Array, rounded
from .broadcasting import unbroadcast
from .kernels.kernel import flat

CONVENTIONS = "left", "right", "zero", "middle"
_convention: ContextVar[str] = ContextVar("kinks", default="")
convention = _convention.get  # empty: each activation's own


@contextmanager
def kinks(which: str) -> Iterator[None]:
    """Inside, backward takes the slope from the "left" or "right" of a kink, "zero", or "middle".

    >>> import minigrad as mg
    >>> x = mg.Tensor([-1.0, 0.0, 1.0], requires_grad=True)
    >>> y = mg.activations.relu(x).sum()
    >>> with mg.kinks("middle"):
    ...     y.backward()
    >>> x.grad
    array([0. , 0.5, 1. ], dtype=float32)
    """
    if which not in CONVENTIONS:
        raise ValueError(f"kinks: {which!r} given; it must be one of {', '.join(CONVENTIONS)}")
    token = _convention.set(which)
    try:
        yield
    finally:
        _convention.reset(token)


def gradient_by(which: str, op: Any, node: Any, gy: Array) -> Array | None:
    """gx of the first input x under a convention; None if the op has no kink that x could be at."""
    operands, numbers, plan = node.saved, node.numbers, node.plan
    points = [p for kind in ("kinks", "jumps") for p in op.declaration.points(kind, numbers)]
    points = [p for p in points if np.isfinite(p)]  # relu's max_value=None is a kink at infinity
    if node.parents[0] is None or not points or operands[0] is None:
        return None
    view = plan.layout.grid or (gy.size,)
    full: list[Any] = [
        a if a is None else np.broadcast_to(np.asarray(a, np.float64), view)
        for a in (operands if plan.layout.grid else map(flat, operands))
    ]
    x = full[0]
    here = np.isin(x, points)
    name, count = op.declaration.inputs[0], len(op.declaration.inputs)
    slope, read = op.slopes[0], [numbers[k] for k in op.slopes[0].numbers]

    def slopes(at: Array) -> Array:
        """df/dx with x at other places."""
        if not slope.operands:
            return np.full(view, float(slope.formula.function(*read)))
        moved = [at, *full[1:count]]
        if count in slope.operands:  # it reads the result y, which moves with x
            moved.append(op(*moved, *numbers).data)
        found = op.partials[name](*(moved[k] for k in slope.operands), *read).data
        return np.broadcast_to(found, view)

    sides = [slopes(np.where(here, np.nextafter(x, end), x)) for end in (-np.inf, np.inf)]
    at_kinks = dict(zip(CONVENTIONS, (*sides, np.zeros(view), sum(sides) / 2), strict=True))
    chosen = np.where(here, at_kinks[which], slopes(x))
    with np.errstate(invalid="ignore"):
        gx = np.where(chosen == 0, 0.0, chosen * gy.reshape(view))
    shape = gy.shape if plan.layout.inputs[0] == (-1,) else plan.layout.inputs[0]
    return rounded(unbroadcast(gx.reshape(gy.shape), shape), gy.dtype)
