"""Slopes by differences: the derivative of a function that can only be called.

The slope of y(t) at t = 0 is the limit of (y(h) - y(-h)) / 2h.  Its error is a series in h**2, so
the quotients for h, h/2, h/4 ... can be combined until that error is gone: Richardson
extrapolation.  How far the last combinations differ says how far the result can be trusted.  The
same from the left and from the right alone shows a kink.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .arrays import Array

EPSILON = float(np.finfo(float).eps)
# Below this part of a slope no claim is made.
RTOL = 1e-7
# Each window of steps is LEVELS halvings; together they go from 2**-3 to 2**-44.
LEVELS = 6
WINDOWS = range(3, 45, LEVELS)
# A kink is looked for in cells of this width, each halved this many times.
SCAN, CELL, HALVINGS = 10.0, 1 / 16, 20

Line = Callable[[Array], Array]


class Slopes(NamedTuple):
    """The slopes at t = 0 that differences allow: from `low` to `high`, which are equal if smooth.

    `kink` and `jump` say where the slope, or the value, is not continuous, `steep` where quotients
    grow and grow, so that the slope may be infinite.
    """

    low: Array
    high: Array
    error: Array
    kink: Array
    jump: Array
    steep: Array

    def per(self, scale: Any) -> "Slopes":
        """The slopes for steps in units of `scale`."""
        low, high, error = self.low / scale, self.high / scale, self.error / scale
        return self._replace(low=low, high=high, error=error)


def slopes(line: Line, side: Any = 0) -> Slopes:
    """The slopes of y = line(t) at t = 0, for each number of y by itself.

    line : takes steps t, returns the y of each, stacked along a new first axis.
    side : 1 to look only to the right, -1 only to the left, for each number of y.

    Large steps suffer from curvature and from kinks nearby, small ones from rounding: smaller and
    smaller windows of steps are tried until one is good, or else all are compared.
    """
    y = line(np.zeros(1))[0]
    windows, good = [], False
    for first in WINDOWS:
        *found, good = window(line, y, 0.5 ** np.arange(first, first + LEVELS))
        windows.append(found)
        if good:
            break
    values, errors, ends = (np.stack(part) for part in zip(*windows, strict=True))
    blind = np.stack([np.broadcast_to(side, y.shape) > 0, np.broadcast_to(side, y.shape) < 0])
    jump = np.zeros_like(blind)
    if not good:
        with np.errstate(all="ignore"):
            moved = np.abs(ends - y)
        size = np.maximum(np.abs(ends[-1]), np.abs(y))
        jump = ~blind & (moved[-1] > 0.5 * moved[-2]) & (moved[-1] > 1e-9 * size)
        blind |= jump | ~np.isfinite(ends[-1])
    errors[:, :, blind.all(axis=0)] = np.inf
    return chosen(seen(values, blind), seen(errors, blind), np.logical_or(*jump))


def window(line: Line, y: Array, h: Array) -> tuple[Array, Array, Array, bool]:
    """Slopes from the left, the right and both, errors, y at both ends, and if that will do."""
    steps = h.reshape(-1, *[1] * y.ndim)
    down, up = np.split(line(np.concatenate([-h, h])), 2)
    with np.errstate(all="ignore"):
        found = [richardson((y - down) / steps, 1), richardson((up - y) / steps, 1)]
        found.append(richardson((up - down) / (2 * steps), 2))
        values, errors = (np.stack(part) for part in zip(*found, strict=True))
        rounding = 4 * np.max(np.abs([y, *down, *up]), axis=0) + np.abs(values)
        rounding *= EPSILON / h[-1]
        unsettled = errors > 1e-3 * np.abs(values) + 10 * rounding
        errors = np.where(unsettled, 10 * errors, errors) + rounding
    lost = ~(np.isfinite(values) & np.isfinite(errors))
    values, errors = np.where(lost, 0, values), np.where(lost, np.inf, errors)
    smallest = 1e-9 * np.max(np.abs(values), initial=0)
    good = errors[2] <= smallest + 2 * rounding[2]
    good &= errors[0] + errors[1] <= 1e3 * (smallest + rounding[2])
    good &= ~kinked(values, errors)
    return values, errors, np.stack([down[-1], up[-1]]), bool(good.all())


def richardson(quotients: Array, power: int) -> tuple[Array, Array]:
    """The limit of quotients for h, h/2, h/4 ... whose error is a series in h**power; its error."""
    column = previous = quotients
    for k in range(1, len(quotients)):
        previous = column
        column = column[1:] + (column[1:] - column[:-1]) / (2 ** (power * k) - 1)
    return column[0], np.max(np.abs(previous - column), axis=0)


def kinked(values: Array, errors: Array) -> Array:
    """Whether the slopes from the left and from the right differ by more than their errors."""
    left, right = values[0], values[1]
    size = np.maximum(np.abs(left), np.abs(right))
    return np.asarray(np.abs(right - left) > 10 * (errors[0] + errors[1]) + RTOL * size)


def seen(parts: Array, blind: Array) -> Array:
    """What is known of (left, right, both), windows first, where one side cannot be looked at."""
    left, right, both = np.moveaxis(parts, 1, 0)
    one = np.where(blind[0], right, np.where(blind[1], left, both))
    return np.stack([np.where(blind[0], right, left), np.where(blind[1], left, right), one])


def chosen(values: Array, errors: Array, jump: Array) -> Slopes:
    """The most exact window; a kink there, unless a smaller window could show it and does not."""
    left, right, both = values
    kink = kinked(values, errors)
    best = np.argmin(errors[0] + errors[1], axis=0)[None]

    def at_best(part: Array) -> Array:
        return np.asarray(np.take_along_axis(part, best, axis=0)[0])

    gap = np.where(at_best(kink), np.abs(at_best(right - left)), np.inf)
    smooth = ~kink & (40 * (errors[0] + errors[1]) < gap)
    kink = at_best(kink) & ~smooth.any(axis=0)
    centre = np.argmin(np.where(smooth, errors[2], np.inf), axis=0)[None]
    slope = np.take_along_axis(both, centre, axis=0)[0]
    low = np.where(kink, np.minimum(at_best(left), at_best(right)), slope)
    high = np.where(kink, np.maximum(at_best(left), at_best(right)), slope)
    error = np.take_along_axis(errors[2], centre, axis=0)[0]
    error = np.where(kink, np.maximum(at_best(errors[0]), at_best(errors[1])), error)
    steep = np.any(np.abs(values[:, -1]) > 2 * np.abs(values[:, 0]), axis=0)
    return Slopes(low, high, error, kink, jump, np.asarray(steep))


def bends(g: Callable[[Array], Array]) -> tuple[Array, float]:
    """Where g has a kink or a jump: cells are halved towards the largest second difference.

    Divided by the width, that stays as it is at a kink, and is halved where g is smooth.
    """
    start = np.arange(-SCAN + 0.0123, SCAN, CELL / 2)  # overlapping; a kink is inside some cell
    width, largest = CELL, []
    for _ in range(HALVINGS):
        x = start + width * np.linspace(0, 1, 5)[:, None]
        y = g(x)
        with np.errstate(all="ignore"):
            bend = np.abs(y[:-2] - 2 * y[1:-1] + y[2:])
        bend = np.where(np.isfinite(bend), bend, 0)
        largest.append(bend.max(axis=0) / width)
        half = np.argmax(bend, axis=0)[None]
        start = np.take_along_axis(x, half, axis=0)[0]
        width /= 2
    size = 1 + np.max(np.abs(np.nan_to_num(y)), axis=0)
    size += np.abs(np.nan_to_num(y[-1] - y[0], posinf=0, neginf=0)) / width
    found = (largest[-1] > 1e-6 * size) & (largest[-1] > largest[-6] / 4)
    return start[found] + width / 2, width


def power_of_two(x: Array) -> Array:
    """The unit of steps at x: 1, or the power of two above |x|."""
    return np.exp2(np.ceil(np.log2(np.maximum(1.0, np.abs(x)))))


def stacked(found: Sequence[Slopes]) -> Slopes:
    """Many slopes as one."""
    return Slopes(*map(np.stack, zip(*found, strict=True)))
