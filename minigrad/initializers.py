"""Initializers: the numbers that weights start from."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .arrays import Array


def zeros(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Zeros: 0 everywhere."""
    return np.zeros(shape, np.float32)


def glorot_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Glorot uniform: between -L and L with L = sqrt(6 / (inputs + outputs)).

    Keeps the variance of values and gradients alike from layer to layer (Glorot and Bengio 2010,
    https://proceedings.mlr.press/v9/glorot10a.html).
    """
    limit = math.sqrt(6 / (shape[0] + shape[-1]))
    return rng.uniform(-limit, limit, shape).astype(np.float32)


def he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """He normal: mean 0, variance 2 / inputs, cut at two standard deviations.

    Makes up for the half that a rectifier takes (He et al. 2015, https://arxiv.org/abs/1502.01852).
    """
    # A normal distribution cut at two standard deviations has 0.8796 of its standard deviation.
    scale = math.sqrt(2 / shape[0]) / 0.87962566103423978
    values = rng.standard_normal(shape)
    while (far := np.abs(values) > 2).any():
        values[far] = rng.standard_normal(int(far.sum()))
    return (scale * values).astype(np.float32)


ALL = {f.__name__: f for f in (zeros, glorot_uniform, he_normal)}


def get(initializer: str | float | Callable[..., Any]) -> Callable[..., Any]:
    """An initializer by name, a number for every weight, or a function of (shape, rng)."""
    if callable(initializer):
        return initializer
    if isinstance(initializer, str):
        if initializer in ALL:
            return ALL[initializer]
        raise ValueError(f"initializer: {initializer!r} given; there are {', '.join(ALL)}")
    value = float(initializer)
    return lambda shape, rng: np.full(shape, value, np.float32)
