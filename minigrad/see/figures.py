"""Figures: numbers, arrays and counts as short text."""

import math
import unicodedata
from typing import Any

import numpy as np

from ..arrays import Array

SHORT = 4  # arrays of up to this many elements are written out


def figure(value: float, digits: int = 4) -> str:
    """A number: 4, 0.3333, 1.5e-07."""
    return f"{value:.{digits}g}"


def brief(array: Array, digits: int = 4) -> str:
    """An array: its numbers if they are few, else its shape.

    >>> brief(np.array(4.0)), brief(np.array([1.0, 0.5])), brief(np.zeros((8, 4)))
    ('4', '[1, 0.5]', '(8, 4)')
    """
    if array.ndim == 0:
        return figure(float(array), digits)
    if not 0 < array.size <= SHORT:
        return str(array.shape)
    return written(array.tolist(), digits)


def equals(name: str, value: str) -> str:
    """What stands between a name and its value: a shape is not what it equals."""
    return "" if not (name and value) else " " if value[0] == "(" else " = "


def sized(array: Array, digits: int = 4) -> str:
    """An array: its numbers if they are few, else its length as a vector, which tells how large.

    >>> sized(np.array([1.0, 0.5])), sized(np.ones((4, 4)))
    ('[1, 0.5]', 'norm 4')
    """
    if array.ndim == 0 or 0 < array.size <= SHORT:
        return brief(array, digits)
    with np.errstate(all="ignore"):
        return f"norm {figure(float(np.linalg.norm(array.astype(np.float64))), digits)}"


def written(numbers: object, digits: int) -> str:
    """Nested lists of numbers."""
    if isinstance(numbers, list):
        return f"[{', '.join(written(n, digits) for n in numbers)}]"
    return figure(float(numbers), digits)  # type: ignore[arg-type]


def at_length(array: Array) -> str:
    """An array of a few hundred letters at most.

    >>> at_length(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    '[1, 2, 3, 4, 5]'
    """
    with np.printoptions(threshold=24, edgeitems=3):
        return np.array2string(array, separator=", ", formatter={"float_kind": six_digits})


def six_digits(value: Any) -> str:
    """A number in an array."""
    return figure(float(value), 6)


def count(number: int) -> str:
    """A whole number, however large.

    >>> count(12345), count(2**5000)
    ('12,345', 'about 1.412e+1505')
    """
    if number < 10**15:
        return f"{number:,}"
    power, exponent = math.modf(math.log10(number))
    return f"about {10**power:.3f}e+{int(exponent)}"


def columns(text: str) -> int:
    """How many letters wide a text is: Chinese, Japanese and Korean ones count twice."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def cut(text: str, most: int) -> str:
    """A text of at most that many columns, in one line that can be printed and put into XML."""
    text = "".join(c if c.isprintable() else " " for c in text)
    if columns(text) <= most:
        return text
    while columns(text) > most - 1:
        text = text[:-1]
    return text + "…"
