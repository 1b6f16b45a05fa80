"""Constraints: what a weight must satisfy; after each update it is put back to where it does.

A constraint is a function from an array to a new array.  No gradient flows through it.
"""

from collections.abc import Callable
from operator import index
from typing import Any

import numpy as np

from . import settings
from .arrays import DOUBLE, Array, brief, canonical
from .configs import Configured, find, other_spelling

# Keeps a vector of zeros as it is; the value is Keras's.
EPSILON = 1e-7

Axis = int | list[int] | tuple[int, ...]


class Constraint(Configured):
    """Subclass it: `__call__` takes an array, and gives one of the same shape that is allowed."""

    def __call__(self, w: Any) -> Array:
        """What w becomes."""
        raise TypeError(f"{type(self).__name__}: a constraint must define __call__(self, w)")


class NonNeg(Constraint):
    """NonNeg: max(w, 0).

    >>> NonNeg()([-1.0, 2.0])
    array([0., 2.], dtype=float32)
    """

    def __call__(self, w: Any) -> Array:
        """max(w, 0); nan stays nan."""
        return np.asarray(np.maximum(canonical(w), 0))


class Norm(Constraint):
    """A constraint on n = sqrt(sum(w**2)): w wanted(n) / (n + 1e-7) has the direction of w.

    Subclass it: `wanted` says how long a vector of length n shall be.

    The sum is over `axis`, one or several.  A Dense kernel is (inputs, units), and axis 0 takes the
    weights of each unit together.  The 1e-7, as in Keras, shortens even what is allowed a little.
    """

    def __init__(self, axis: Axis = 0) -> None:
        axes = axis if isinstance(axis, list | tuple) else [axis]
        whole = [isinstance(k, int | np.integer) and not isinstance(k, bool) for k in axes]
        if not axes or not all(whole):
            raise ValueError(
                f"{type(self).__name__}: axis={brief(axis)} given; it must be a whole number, or a "
                "list of them"
            )
        self.axis = axis

    def __call__(self, w: Any) -> Array:
        """w with the wanted norm; nan where the norm is nan."""
        w = canonical(w)
        with np.errstate(over="ignore", invalid="ignore"):  # inf and nan speak for themselves
            norm = np.sqrt(np.sum(np.square(w, dtype=DOUBLE), axis=self._axes(w), keepdims=True))
            return canonical(w * (self.wanted(norm) / (norm + EPSILON)), w.dtype)

    def wanted(self, norm: Array) -> Array:
        """The length that a vector of length `norm` shall have."""
        raise TypeError(f"{type(self).__name__}: a Norm must define wanted(self, norm)")

    def _axes(self, w: Array) -> tuple[int, ...]:
        given = self.axis if isinstance(self.axis, list | tuple) else [self.axis]
        axes = {index(k) % w.ndim for k in given if -w.ndim <= k < w.ndim}
        if len(axes) != len(given):
            raise np.exceptions.AxisError(
                f"{type(self).__name__}: axis={self.axis!r} asked of a weight of shape {w.shape}; "
                f"it has {w.ndim} axes; give each axis once"
            )
        return tuple(sorted(axes))


class MaxNorm(Norm):
    """MaxNorm: vectors longer than max_value are cut to it.

    Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html.

    >>> MaxNorm(2.0)([[3.0, 0.3], [4.0, 0.4]])
    array([[1.1999999 , 0.29999995],
           [1.6       , 0.39999992]], dtype=float32)
    """

    def __init__(self, max_value: float = 2.0, axis: Axis = 0) -> None:
        super().__init__(axis)
        self.max_value = settings.number(self, "max_value", max_value, low=0)

    def wanted(self, norm: Array) -> Array:
        """min(n, max_value)."""
        return np.minimum(norm, self.max_value)


class UnitNorm(Norm):
    """UnitNorm: every vector has length 1.

    >>> UnitNorm()([[3.0, 0.0], [4.0, 0.0]])
    array([[0.59999996, 0.        ],
           [0.8       , 0.        ]], dtype=float32)
    """

    def wanted(self, norm: Array) -> Array:
        """1."""
        return np.ones_like(norm)


class MinMaxNorm(Norm):
    """MinMaxNorm: vectors shorter than min_value or longer than max_value are pulled there.

    Parameters
    ----------
    min_value, max_value : the lengths that are allowed.
    rate : how much of the way is gone each time, from 0 to 1, all of it.
    axis : see `Norm`.

    >>> MinMaxNorm(min_value=1.0, max_value=2.0, rate=0.5)([[3.0], [4.0]])
    array([[2.1],
           [2.8]], dtype=float32)
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: Axis = 0,
    ) -> None:
        super().__init__(axis)
        self.min_value = settings.number(self, "min_value", min_value, low=0)
        self.max_value = settings.number(self, "max_value", max_value, low=0)
        self.rate = settings.number(self, "rate", rate, low=0, high=1)
        if self.min_value > self.max_value:
            raise ValueError(
                f"MinMaxNorm: min_value={min_value!r} and max_value={max_value!r} given; "
                "min_value must be at most max_value"
            )

    def wanted(self, norm: Array) -> Array:
        """Rate times the nearest allowed length, and (1 - rate) n."""
        nearest = np.clip(norm, self.min_value, self.max_value)
        return np.asarray(self.rate * nearest + (1 - self.rate) * norm)


ALL = {kind.__name__: kind for kind in (MaxNorm, NonNeg, UnitNorm, MinMaxNorm)}


def __getattr__(name: str) -> Any:
    """The same by the lower-case names that Keras has too."""
    return other_spelling(__name__, name, ALL)


def get(constraint: Any) -> Callable[[Any], Array] | None:
    """A constraint by name, class or config, or the function itself; None means none.

    >>> get("max_norm")
    MaxNorm(max_value=2.0, axis=0)
    """
    if constraint is None:
        return None
    found: Callable[[Any], Array] = find("constraint", constraint, ALL, Constraint)
    return found
