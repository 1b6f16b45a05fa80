"""Random numbers of a given spread: normal, uniform, and matrices that turn but do not stretch."""

import math

import numpy as np

from .. import settings
from ..arrays import Array
from ..random import Seed
from .initializer import RandomInitializer


class RandomNormal(RandomInitializer):
    """Normal: mean + stddev z, z from the standard normal distribution.

    >>> RandomNormal(seed=1)((3,))
    array([0.01727921, 0.04108091, 0.01652185], dtype=float32)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Seed = None) -> None:
        super().__init__(seed)
        self.mean = settings.number(self, "mean", mean)
        self.stddev = settings.number(self, "stddev", stddev, low=0)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """mean + stddev z."""
        return np.asarray(self.mean + self.stddev * rng.standard_normal(shape))


class TruncatedNormal(RandomNormal):
    """Truncated normal: mean + stddev z, z drawn again where it is beyond -2 or 2.

    The standard deviation of the result is 0.88 stddev.

    >>> TruncatedNormal(seed=1)((3,))
    array([0.01727921, 0.04108091, 0.01652185], dtype=float32)
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """mean + stddev z, abs(z) <= 2."""
        return np.asarray(self.mean + self.stddev * cut_normal(shape, rng))


class RandomUniform(RandomInitializer):
    """Uniform: every number between minval and maxval is as likely.

    >>> RandomUniform(0.0, 1.0, seed=1)((3,))
    array([0.5118216 , 0.9504637 , 0.14415962], dtype=float32)
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Seed = None) -> None:
        super().__init__(seed)
        self.minval = settings.number(self, "minval", minval)
        self.maxval = settings.number(self, "maxval", maxval)
        if not 0 <= self.maxval - self.minval < math.inf:
            raise ValueError(
                f"RandomUniform: minval={minval!r} and maxval={maxval!r} given; minval must be at "
                "most maxval, and the numbers between them finite"
            )

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Between minval and maxval."""
        return np.asarray(rng.uniform(self.minval, self.maxval, shape))


class Orthogonal(RandomInitializer):
    """Orthogonal: gain Q, where Q turns vectors and keeps their lengths.

    All such Q are as likely.  Axes before the last are taken together: columns have length gain and
    stand at right angles to each other, or rows, if there are fewer of them.

    Saxe et al. 2014, https://arxiv.org/abs/1312.6120; Mezzadri 2007,
    https://arxiv.org/abs/math-ph/0609050.

    >>> q = Orthogonal(seed=1)((2, 2))
    >>> np.round(q.T @ q, 3) + 0.0
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0, seed: Seed = None) -> None:
        super().__init__(seed)
        self.gain = settings.number(self, "gain", gain)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """The Q of A = Q R for a random A, with signs such that R has a positive diagonal."""
        if len(shape) < 2:
            raise ValueError(
                f"Orthogonal: weight of shape {shape} asked for; it must have two axes or more"
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        a = rng.standard_normal((max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(a)
        # without this, Q would depend on how the library chooses its signs
        q *= np.where(np.diag(r) < 0, -1.0, 1.0)
        return self.gain * (q if rows >= columns else q.T).reshape(shape)


def cut_normal(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Standard normal numbers, drawn again until none is beyond -2 or 2."""
    values = np.asarray(rng.standard_normal(shape))
    while (far := np.abs(values) > 2).any():
        values[far] = rng.standard_normal(int(far.sum()))
    return values
