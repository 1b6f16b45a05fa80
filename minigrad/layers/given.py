"""What a layer is given, checked: whole numbers, a dtype; the name it gets if it has none.

An error inside of a layer says which one it was: `name_layer` adds a line to it.
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from inspect import signature
from typing import Any

import numpy as np

from ..arrays import DEFAULT_FLOAT, FLOATS, brief


def whole(owner: str, name: str, value: Any, low: int = 1) -> int:
    """A setting as a whole number, if it is one, `low` or more.

    >>> whole("dense", "units", 2.5)
    Traceback (most recent call last):
    ValueError: dense: units=2.5 given; it must be a whole number, 1 or more
    """
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and value >= low:
        return int(value)
    raise ValueError(
        f"{owner}: {name}={brief(value)} given; it must be a whole number, {low} or more"
    )


def float_dtype(owner: str, dtype: Any) -> np.dtype[Any]:
    """The dtype that a layer computes in; float32 if nothing is asked for."""
    try:
        found = DEFAULT_FLOAT if dtype is None else np.dtype(dtype)
    except TypeError:
        found = np.dtype(object)
    if found not in FLOATS:
        raise TypeError(f"{owner}: dtype={brief(dtype)} given; give float16, float32 or float64")
    return found


def name_layer(error: Exception, layer: Any, x: Any) -> None:
    """Add to an error the layer that it is from, and its input; nothing if it has that already.

    >>> from minigrad.layers import Dense
    >>> error = ValueError("too long")
    >>> name_layer(error, Dense(2), np.zeros(3))
    >>> error.__notes__
    ['in layer dense (Dense), given shape (3,)']
    """
    if not any(note.startswith("in layer ") for note in getattr(error, "__notes__", ())):
        several = isinstance(x, list | tuple) and any(hasattr(one, "shape") for one in x)
        shapes = [getattr(one, "shape", None) for one in (x if several else [x])]
        if None in shapes:
            given = brief(x)
        else:
            given = f"shape{'s' if several else ''} {', '.join(map(str, shapes))}"
        error.add_note(f"in layer {layer.name} ({type(layer).__name__}), given {given}")


def snake_case(name: str) -> str:
    """A class name as layers are called: PReLU is p_re_lu, as in Keras.

    >>> snake_case("Dense"), snake_case("PReLU")
    ('dense', 'p_re_lu')
    """
    parts: list[str] = []
    for before, letter, after in zip(" " + name, name, name[1:] + " ", strict=False):
        starts = letter.isupper() and (before.islower() or after.islower())
        parts.append(("_" if starts and parts else "") + letter.lower())
    return "".join(parts)


def refuse(owner: str, method: Callable[..., Any], unknown: Mapping[str, Any]) -> None:
    """TypeError for arguments that a method does not have."""
    for name in unknown:
        known = [n for n in signature(method).parameters if n not in ("self", "unknown")]
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"it takes {', '.join(known)}"
        raise TypeError(f"{owner}: {method.__name__} has no argument {name!r}; {hint}")
