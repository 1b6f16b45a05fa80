"""Regularizers: a price on large weights, added to the loss, so that training keeps them small.

A regularizer is a function of a Tensor, made of ops like any other, and has its gradient from them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from . import settings
from .configs import Configured, find, other_spelling, squashed
from .ops import abs, add, div, matmul, maximum, mul, pow, sum, transpose
from .ops.shapes import tensor
from .tensor import Tensor


class Regularizer(Configured):
    """Subclass it: `__call__` computes the price of a weight, a single number."""

    def __call__(self, x: Any) -> Tensor:
        """The price of the weight x."""
        raise TypeError(f"{type(self).__name__}: a regularizer must define __call__(self, x)")


class L1(Regularizer):
    """L1: l1 sum(abs(x)).  Its slope is the same however small x is, and 0 at 0: many x end there.

    Tibshirani 1996, https://www.jstor.org/stable/2346178.

    >>> L1(0.1)([1.0, -2.0])
    Tensor(0.3)
    """

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = settings.number(self, "l1", l1, low=0)

    def __call__(self, x: Any) -> Tensor:
        """l1 sum(abs(x))."""
        return mul(self.l1, sum(abs(x)))


class L2(Regularizer):
    """L2: l2 sum(x**2), with no factor 1/2.  It pulls at large x most.

    Hoerl and Kennard 1970, https://doi.org/10.1080/00401706.1970.10488634.

    >>> L2(0.1)([1.0, -2.0])
    Tensor(0.5)
    """

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = settings.number(self, "l2", l2, low=0)

    def __call__(self, x: Any) -> Tensor:
        """l2 sum(x**2)."""
        x = tensor(x, "L2")
        return mul(self.l2, sum(mul(x, x)))


class L1L2(Regularizer):
    """L1L2: l1 sum(abs(x)) + l2 sum(x**2), the elastic net.

    Both factors are 0 unless given; the string "l1_l2" means 0.01 for both.

    Zou and Hastie 2005, https://doi.org/10.1111/j.1467-9868.2005.00503.x.

    >>> L1L2(l1=0.1, l2=0.1)([1.0, -2.0])
    Tensor(0.8)
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = settings.number(self, "l1", l1, low=0)
        self.l2 = settings.number(self, "l2", l2, low=0)

    def __call__(self, x: Any) -> Tensor:
        """l1 sum(abs(x)) + l2 sum(x**2)."""
        x = tensor(x, "L1L2")
        if not self.l2:  # 0 times a square that overflows would be nan
            return L1(self.l1)(x)
        return add(L1(self.l1)(x), L2(self.l2)(x))


class OrthogonalRegularizer(Regularizer):
    """Orthogonal: factor times the mean of abs(cos) of the angles between rows, or columns.

    Parameters
    ----------
    factor : 0 or more.
    mode : "rows" or "columns", which of them shall stand at right angles to each other.

    Rows of zeros have no direction, and cost nothing; nor does a single row.

    >>> OrthogonalRegularizer(1.0)([[1.0, 0.0], [1.0, 1.0]])
    Tensor(0.70710677)
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = settings.number(self, "factor", factor, low=0)
        self.mode = settings.choice(self, "mode", mode, ("rows", "columns"))

    def __call__(self, x: Any) -> Tensor:
        """Factor times the mean of abs(cos), over all pairs."""
        x = tensor(x, "OrthogonalRegularizer")
        if x.ndim != 2:
            raise ValueError(
                f"OrthogonalRegularizer: weight of shape {x.shape} given; it must be a matrix, "
                "with two axes"
            )
        rows = x if self.mode == "rows" else transpose(x)
        # the smallest square that is a normal number, so that a row of zeros stays one
        tiny = float(np.finfo(x.dtype).tiny)
        square = maximum(sum(mul(rows, rows), axis=1, keepdims=True), tiny)
        directions = div(rows, pow(square, 0.5))
        cosines = matmul(directions, transpose(directions))
        count = x.shape[0 if self.mode == "rows" else 1]
        others = 1 - np.eye(count, dtype=x.dtype)
        ordered_pairs = max(count * (count - 1), 1)
        return mul(self.factor / ordered_pairs, sum(abs(mul(cosines, others))))


ALL = {kind.__name__: kind for kind in (L1, L2, L1L2, OrthogonalRegularizer)}


def __getattr__(name: str) -> Any:
    """The same by the lower-case names that Keras has too."""
    return other_spelling(__name__, name, ALL)


def get(regularizer: Any) -> Callable[[Any], Tensor] | None:
    """A regularizer by name, class or config, or the function itself; None means none.

    >>> get("l2"), get("l1_l2")
    (L2(l2=0.01), L1L2(l1=0.01, l2=0.01))
    """
    if regularizer is None:
        return None
    if isinstance(regularizer, str) and squashed(regularizer) == "l1l2":
        # whoever asks for it by name wants a price; the class's own factors are 0, as in Keras
        return L1L2(l1=0.01, l2=0.01)
    found: Callable[[Any], Tensor] = find("regularizer", regularizer, ALL, Regularizer)
    return found
