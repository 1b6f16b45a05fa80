"""Settings: what a constructor is given is checked once, so that nothing else has to."""

import math
from typing import Any

from .arrays import brief


def number(
    owner: object,
    name: str,
    value: Any,
    low: float = -math.inf,
    high: float = math.inf,
    above: float = -math.inf,
) -> float:
    """A setting as a float, if it is finite, from `low` to `high`, and more than `above`.

    >>> class L2: ...
    >>> number(L2(), "l2", 1)
    1.0
    >>> number(L2(), "l2", -1, low=0)
    Traceback (most recent call last):
    ValueError: L2: l2=-1 given; it must be a finite number, 0 or more
    """
    try:
        found = math.nan if isinstance(value, bool | str | bytes) else float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if math.isfinite(found) and low <= found <= high and found > above:
        return found
    words = "a finite number"
    if high < math.inf:
        words = f"a number from {low:g} to {high:g}"
    elif low > -math.inf:
        words += f", {low:g} or more"
    elif above > -math.inf:
        words += f", more than {above:g}"
    raise ValueError(f"{type(owner).__name__}: {name}={brief(value)} given; it must be {words}")


def choice(owner: object, name: str, value: Any, choices: tuple[str, ...]) -> str:
    """A setting that is one of a few words.

    >>> class Bridge: ...
    >>> choice(Bridge(), "side", "left", ("left", "right"))
    'left'
    """
    if isinstance(value, str) and value in choices:
        return value
    known = " or ".join(map(repr, choices))
    raise ValueError(f"{type(owner).__name__}: {name}={brief(value)} given; it must be {known}")
