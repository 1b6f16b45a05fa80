"""Gradients on their way to an update: added up, and shortened where they are too long.

Where a loss is as steep as a cliff, one step along the gradient leads far away; one of limited
length in the same direction does not (Pascanu et al. 2013, https://arxiv.org/abs/1211.5063).
"""

import math

import numpy as np

from ..arrays import DOUBLE, HALF, Array
from ..tensor import Tensor
from .update import Update

Gradients = dict[Tensor, Array]


@Update
def plus(total, g):
    """A sum: total + g."""
    return total + g


@Update
def divided(total, count):
    """A mean: total / count."""
    return total / count


@Update
def limited(g, limit):
    """No less than -limit, no more than limit."""
    return limit if g > limit else -limit if g < -limit else g


@Update
def multiplied(g, factor):
    """Factor g."""
    return factor * g


def clip_each_value(gradients: Gradients, limit: float) -> Gradients:
    """Every element between -limit and limit."""
    return {weight: limited.made((g,), (limit,)) for weight, g in gradients.items()}


def clip_each_norm(gradients: Gradients, limit: float) -> Gradients:
    """Every gradient of norm n > limit becomes limit / n times itself; inf / inf is nan."""
    return {weight: shortened(g, norm(g), limit) for weight, g in gradients.items()}


def clip_all_together(gradients: Gradients, limit: float) -> Gradients:
    """As `clip_each_norm`, with the norm of all of them; all are nan if it is not finite.

    Their directions and relative lengths stay the same.
    """
    total = math.hypot(*map(norm, gradients.values()))
    total = total if total < math.inf else math.nan
    return {weight: shortened(g, total, limit) for weight, g in gradients.items()}


def shortened(g: Array, length: float, limit: float) -> Array:
    """g where its length is within the limit, else limit / length times g."""
    return g if length <= limit else multiplied.made((g,), (limit / length,))


def norm(g: Array) -> float:
    """The root of the sum of squares, in float64."""
    if not isinstance(g, np.ndarray):
        raise TypeError(
            f"clipnorm: a gradient of shape {g.shape} on cuda given, where there are no norms; "
            "clip it with clipvalue=, or train on the cpu"
        )
    with np.errstate(over="ignore", invalid="ignore"):  # inf and nan speak for themselves
        root = float(np.sqrt(np.sum(np.square(g, dtype=DOUBLE))))
        largest = float(np.max(np.abs(g), initial=0.0)) if root == math.inf else math.inf
        return root if largest == math.inf else largest * norm(g / largest)  # squares overflowed


def exact(array: Array) -> Array:
    """An array as updates compute with it: float16 as float64."""
    return array.astype(DOUBLE) if array.dtype == HALF else array
