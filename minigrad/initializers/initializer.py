"""What an initializer is, and how a layer asks it for the numbers that a weight starts from."""

import inspect
from collections.abc import Callable
from operator import index
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..arrays import DEFAULT_FLOAT, Array, brief, canonical
from ..configs import Configured
from ..random import Seed, checked, generator


class Initializer(Configured):
    """Subclass it: `__call__` makes an array of a given shape and dtype."""

    def __call__(self, shape: Any, dtype: DTypeLike | None = None) -> Array:
        """The numbers that a weight starts from; float32 unless dtype says otherwise."""
        raise TypeError(
            f"{type(self).__name__}: an initializer must define __call__(self, shape, dtype=None)"
        )


class RandomInitializer(Initializer):
    """Subclass it: `draw` takes the numbers from a generator.

    With a seed every call gives the same numbers.  Without one they come from the generator of the
    layer that asks, else from `minigrad.random`, and are others each time.
    """

    seed: Seed = None

    def __init__(self, seed: Seed = None) -> None:
        self.seed = None if seed is None else checked(seed)

    def __call__(self, shape: Any, dtype: DTypeLike | None = None) -> Array:
        """Random numbers, computed in float64 and rounded once."""
        return stored(self.draw(lengths(shape), generator(self.seed)), dtype)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Numbers from rng, in float64."""
        raise TypeError(f"{type(self).__name__}: it must define draw(self, shape, rng)")


def start(
    initializer: Callable[..., Any],
    shape: tuple[int, ...],
    dtype: DTypeLike | None,
    rng: np.random.Generator,
) -> Array:
    """The numbers that a layer's weight starts from, checked.

    initializer   what `get` gave
    rng           the layer's own generator, for initializers without a seed
    """
    shape = lengths(shape)
    dtype = DEFAULT_FLOAT if dtype is None else np.dtype(dtype)
    if isinstance(initializer, RandomInitializer) and initializer.seed is None:
        values: Any = initializer.draw(shape, rng)
    elif isinstance(initializer, Initializer):
        values = initializer(shape, dtype)
    else:
        values = called(initializer, shape, dtype)
    name = getattr(initializer, "__name__", type(initializer).__name__)
    return finite(fitting(stored(values, dtype), shape, name), name)


def called(function: Callable[..., Any], shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """What a function of (shape, dtype), or of the shape alone, makes."""
    try:
        signature = inspect.signature(function)
    except ValueError:  # some that are written in C do not tell
        return function(shape, dtype=dtype)
    for options in ({"dtype": dtype}, {}):
        try:
            signature.bind(shape, **options)
        except TypeError:
            continue
        return function(shape, **options)
    raise TypeError(
        f"initializer: a function of {signature} given; it is called as f(shape, dtype=dtype), or "
        "as f(shape)"
    )


def lengths(shape: Any) -> tuple[int, ...]:
    """A shape as a tuple of known lengths."""
    try:
        found = tuple(index(n) for n in (shape if isinstance(shape, list | tuple) else [shape]))
    except TypeError:
        found = (-1,)
    if any(n < 0 for n in found):
        raise ValueError(
            f"initializer: shape {brief(shape)} given; each length must be known, a whole number, "
            "0 or more"
        )
    return found


def stored(values: Any, dtype: DTypeLike | None) -> Array:
    """Numbers as a weight holds them, float32 if nothing else is asked for."""
    try:
        return canonical(values, DEFAULT_FLOAT if dtype is None else dtype)
    except (TypeError, ValueError) as error:
        raise type(error)(f"initializer: {error}") from None


def fitting(values: Array, shape: tuple[int, ...], name: str) -> Array:
    """Numbers that have the shape of the weight."""
    if values.shape != shape:
        raise ValueError(
            f"{name}: numbers of shape {values.shape} given for a weight of shape {shape}; give "
            "that shape, or one number"
        )
    return values


def finite(values: Array, name: str) -> Array:
    """Numbers without nan and inf."""
    if not np.isfinite(values).all():
        raise ValueError(
            f"{name}: {np.sum(~np.isfinite(values))} of the numbers for a weight of shape "
            f"{values.shape} and dtype {values.dtype} are nan or inf; a weight must start finite"
        )
    return values
