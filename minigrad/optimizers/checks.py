"""Checks of settings that optimizers share, beyond those in `settings.py`."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import settings
from ..arrays import brief


def takes_nothing(function: Callable[..., Any]) -> bool:
    """Whether a function can be called without arguments, as far as Python can tell."""
    try:
        inspect.signature(function).bind()
    except TypeError:
        return False
    except ValueError:  # some that are written in C do not tell
        return True
    return True


def positive(owner: object, name: str, value: Any) -> float:
    """A setting that is more than 0."""
    return settings.number(owner, name, value, above=0)


def optional(owner: object, name: str, value: Any, **bounds: float) -> float | None:
    """A setting that is a number, or None."""
    return None if value is None else settings.number(owner, name, value, **bounds)


def at_most_one(owner: object, *names: str) -> bool:
    """Whether one of some settings is there; two would contradict each other."""
    given = [name for name in names if getattr(owner, name) is not None]
    if len(given) > 1:
        raise ValueError(
            f"{type(owner).__name__}: {' and '.join(given)} given; give at most one of them"
        )
    return bool(given)


def unused(owner: object, name: str, value: Any) -> None:
    """A setting of Keras's that can only be None here."""
    if value is not None:
        raise ValueError(
            f"{type(owner).__name__}: {name}={brief(value)} given; it must be None: float32 needs "
            "no such factor"
        )


def text(owner: object, name: str, value: Any) -> str:
    """A setting that is a string."""
    if not isinstance(value, str):
        raise ValueError(
            f"{type(owner).__name__}: {name}={brief(value)} given; it must be a string"
        )
    return value


def fraction(owner: object, name: str, value: Any) -> float:
    """A setting that is 0 or more, and less than 1."""
    found = settings.number(owner, name, value, low=0, high=1)
    if found == 1:
        raise ValueError(f"{type(owner).__name__}: {name}={value!r} given; it must be less than 1")
    return found


def whole(owner: object, name: str, value: Any) -> int | None:
    """A setting that is a whole number from 1, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(
            f"{type(owner).__name__}: {name}={brief(value)} given; it must be a whole number from "
            "1, or None"
        )
    return int(value)
