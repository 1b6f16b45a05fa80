"""A curve: an op and its slope at enough points to draw them, and what happens at each kink.

Values are those of the op itself in float64.  At a kink or jump p the neighbours of p in float64
give the values and slopes on both sides; what the op takes at p is one of them, or neither.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any

import numpy as np

from ..arrays import Array, brief
from ..elementwise import Elementwise
from ..grad_mode import no_grad
from ..kernels import loops
from ..kernels.kernel import Kernel

Window = tuple[float, float]
INTERVALS = 240
# Rounds in which intervals that are not straight yet are halved, and what counts as straight.
ROUNDS, STRAIGHT = 6, 0.002
SATURATED = 1e-3  # slopes below this pass next to nothing back


@dataclass(frozen=True, slots=True)
class Corner:
    """A kink or a jump: (before, at, after) of the value, and of the slope."""

    x: float
    values: tuple[float, float, float]
    slopes: tuple[float, float, float]

    @property
    def jump(self) -> bool:
        """Whether the value jumps."""
        return not same(*self.values)

    def __str__(self) -> str:
        before, at, after = (f"{v:.6g}" for v in self.slopes)
        words = f"slope {before} left, {after} right, taken {at}"
        if not self.jump:
            return f"kink at {self.x:.6g}: {words}"
        before, at, after = (f"{v:.6g}" for v in self.values)
        value = f"value {before} left, {after} right, taken {at}"
        return f"jump at {self.x:.6g}: {value}" + ("" if np.isnan(self.slopes[1]) else f"; {words}")


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """y = f(x) and df/dx at the points x; `slope` is None if it is not declared."""

    op: Elementwise
    label: str
    arguments: Mapping[str, float]
    x: Array
    y: Array
    slope: Array | None
    corners: tuple[Corner, ...]

    def line(self, heights: Array) -> Array:
        """Values or slopes as a line: nan, a gap, at each corner, which dots stand for."""
        return np.where(np.isin(self.x, [c.x for c in self.corners]), np.nan, heights)

    def saturated(self) -> list[Window]:
        """Where |df/dx| < 0.001, if that is wider than a fiftieth of the picture."""
        if self.slope is None:
            return []
        flat = np.abs(self.line(self.slope)) < SATURATED
        edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]])))
        ends = [(float(self.x[a]), float(self.x[b - 1])) for a, b in edges.reshape(-1, 2)]
        return [(a, b) for a, b in ends if b - a > (self.x[-1] - self.x[0]) / 50]


def curve(op: Elementwise, given: Mapping[str, Any], window: Window) -> Curve:
    """The curve of an op over a window of x.

    >>> from minigrad.activations import relu
    >>> print(curve(relu, {"alpha": 0.1}, (-1.0, 1.0)).corners[0])
    kink at 0: slope 0.1 left, 1 right, taken 0.1
    """
    arguments = complete(op, given)
    name = op.declaration.inputs[0]
    df = op.partials.get(name)

    def heights(x: Array) -> Array:
        known = {**{n: np.full(x.shape, v) for n, v in arguments.items()}, name: x}
        y = evaluate(op, known, arguments, x.shape)
        slope = np.full(x.shape, np.nan)
        if df is not None:
            slope = evaluate(df, {**known, "y": y}, arguments, x.shape)
        return np.stack([y, slope])

    places = [p for p in corner_places(op, arguments) if window[0] <= p <= window[1]]
    x = sampled(heights, window, places)
    y, slope = heights(x)
    corners = []
    for p in places:
        sides = heights(np.array([np.nextafter(p, -np.inf), p, np.nextafter(p, np.inf)]))
        values, slopes = (tuple(map(float, row)) for row in sides)
        if not (same(*values) and same(*slopes)):
            corners.append(Corner(p, values, slopes))  # type: ignore[arg-type]
    label = labelled(op, given, arguments)
    return Curve(op, label, arguments, x, y, None if df is None else slope, tuple(corners))


def complete(op: Elementwise, given: Mapping[str, Any]) -> dict[str, float]:
    """All arguments but x: those given, else the default or start, else 1; errors are `op`'s own.

    >>> from minigrad.ops import add
    >>> complete(add, {})
    {'b': 1.0}
    """
    declaration = op.declaration
    if not declaration.inputs:
        raise ValueError(f"plot: {op.name} reads no tensor, so there is nothing to plot it along")
    x, *tensors = declaration.inputs
    names = (*tensors, *declaration.numbers)
    options = {k: v for k, v in given.items() if declaration.aliases.get(k, k) in names}
    known = {declaration.aliases.get(k, k) for k in options}
    defaults = {**declaration.numbers, **(owner(op) or op).declaration.starts}
    for name in names:
        default = defaults.get(name, Parameter.empty)
        if name not in known:
            options[name] = 1.0 if default is Parameter.empty else default
    inputs, numbers = declaration.bind((), {x: 0.0, **options})
    learned = (number(op, *pair) for pair in zip(tensors, inputs[1:], strict=True))
    return dict(zip(names, (*learned, *numbers), strict=True))


def number(op: Elementwise, name: str, value: Any) -> float:
    """A tensor argument other than x, which in a plot is one number."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        found = np.nan
    if isinstance(value, str) or not np.isfinite(found):
        raise ValueError(f"{op.name}: {name}={brief(value)} given; in a plot it is a finite number")
    return found


def labelled(op: Elementwise, given: Mapping[str, Any], arguments: Mapping[str, float]) -> str:
    """`elu(alpha=0.3)`: the name with what was given, or what had to be chosen."""
    declaration = op.declaration
    shown = {declaration.aliases.get(k, k) for k in given}
    defaults = {**declaration.numbers, **(owner(op) or op).declaration.starts}
    shown |= {n for n in arguments if defaults.get(n, Parameter.empty) is Parameter.empty}
    words = ", ".join(f"{n}={v:g}" for n, v in arguments.items() if n in shown)
    return f"{op.name}({words})" if words else op.name


def owner(partial: Elementwise) -> Elementwise | None:
    """The op of the same module that this is a partial of."""
    known = vars(sys.modules.get(partial.__module__, object)).values()
    ops = (op for op in known if isinstance(op, Elementwise))
    return next((op for op in ops if partial in op.partials.values()), None)


def corner_places(op: Elementwise, arguments: Mapping[str, float]) -> list[float]:
    """Where the declaration has kinks and jumps; a partial jumps where its op has a kink."""
    whole = owner(op)
    if whole is not None and whole.declaration.inputs[0] == op.declaration.inputs[0]:
        names = (*whole.declaration.inputs[1:], *whole.declaration.numbers)
        arguments = complete(whole, {k: v for k, v in arguments.items() if k in names})
        op = whole
    found: set[float] = set()
    for points in (op.declaration.kinks, op.declaration.jumps):
        if callable(points):
            points = points(**{name: arguments[name] for name in signature(points).parameters})
        found.update(float(p) for p in points)
    return sorted(p for p in found if np.isfinite(p))


def evaluate(
    op: Elementwise,
    known: Mapping[str, Array],
    numbers: Mapping[str, float],
    shape: tuple[int, ...],
) -> Array:
    """The op in float64.  One of minigrad's own runs as it stands: there is nothing to compile."""
    inputs = tuple(known[name] for name in op.declaration.inputs)
    others = tuple(numbers[name] for name in op.declaration.numbers)
    if inputs and not op.formula.patience:
        with no_grad():
            return op(*inputs, *others).numpy()
    out = np.empty(shape)
    Kernel(loops.forward, op.declaration.formula, sys.maxsize).run(inputs, others, out)
    return out


def sampled(heights: Callable[[Array], Array], window: Window, places: list[float]) -> Array:
    """Points that follow value and slope: evenly spaced, at corners, and dense where they turn."""
    sides = [np.nextafter(p, end) for p in places for end in (-np.inf, np.inf)]
    x = np.union1d(np.linspace(*window, INTERVALS + 1), [*places, *sides])
    x = x[(window[0] <= x) & (x <= window[1])]
    rows = heights(x)
    reach = 2 * max(map(abs, window))
    for _ in range(ROUNDS):
        middle = x[:-1] + np.diff(x) / 2
        between = heights(middle)
        with np.errstate(all="ignore"):
            off = np.abs(between - (rows[:, :-1] + rows[:, 1:]) / 2)
            spread = np.nanmax(np.where(np.abs(rows) < reach, np.abs(rows), 0), axis=1)
            bent = (off > STRAIGHT * spread[:, None]).any(axis=0)
        bent &= (middle > x[:-1]) & (middle < x[1:])
        if not bent.any():
            break
        at = np.flatnonzero(bent) + 1
        x, rows = np.insert(x, at, middle[bent]), np.insert(rows, at, between[:, bent], axis=1)
    return x


def same(before: float, at: float, after: float) -> bool:
    """Whether the three are one number, but for rounding; nan is not known to differ."""
    with np.errstate(invalid="ignore"):
        gap = np.ptp([before, at, after])
    return not gap > 1e-9 * max(1.0, abs(at))
