"""Noise layers: random numbers disturb training, so that no unit relies on another one too much.

Outside of training all of them give back what they are given.  With a seed they repeat themselves.
"""

from typing import Any

from .. import settings
from ..activations.exponentials import SELU_ALPHA, SELU_SCALE
from ..arrays import Array, brief
from ..ops import add, mul, where
from ..random import Seed
from ..regularizers import L1L2
from ..tensor import Tensor
from .given import whole
from .layer import SameShape, activity_loss


class Dropout(SameShape):
    """Dropout: 0 with probability rate, x / (1 - rate) otherwise; the mean stays x.

    Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html.

    Parameters
    ----------
    rate : from 0, which changes nothing, to 1, which leaves nothing.
    noise_shape : of the random numbers, if not one for each input: 1 along axes that are dropped
        together, None for the input's own length.
    seed : of the random numbers.

    >>> Dropout(0.5, seed=1)([[1.0, 2.0, 3.0, 4.0]], training=True)
    Tensor([[2., 4., 0., 8.]])
    """

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: Seed = None, **shared: Any
    ) -> None:
        super().__init__(seed=seed, **shared)
        self.rate = settings.number(self, "rate", rate, low=0, high=1)
        self.noise_shape = None
        if noise_shape is not None:
            given = noise_shape if isinstance(noise_shape, list | tuple) else [noise_shape]
            self.noise_shape = tuple(
                None if n is None else whole(self.name, "noise_shape", n) for n in given
            )

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """What is not dropped, larger."""
        if not training or not self.rate:
            return x
        scale = 1 / (1 - self.rate) if self.rate < 1 else 1.0
        return where(self.kept(x.shape), mul(x, scale), 0.0)

    def kept(self, shape: tuple[int, ...]) -> Array:
        """True with probability 1 - rate."""
        return self.rng.random(self.noise_shape_for(shape)) >= self.rate

    def noise_shape_for(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of the random numbers for an input of this shape."""
        if self.noise_shape is None:
            return shape
        noise = self.noise_shape
        if len(noise) != len(shape) or any(
            n not in (None, 1, length) for n, length in zip(noise, shape, strict=True)
        ):
            raise ValueError(
                f"{self.name}: noise_shape={noise} given for an input of shape {shape}; name each "
                "axis, with its own length, 1 or None"
            )
        return tuple(length if n is None else n for n, length in zip(noise, shape, strict=True))


class AlphaDropout(Dropout):
    """Alpha dropout: what SELU comes near to for very small x, in the place of 0; then a x + b.

    a and b are such that mean 0 and variance 1, which SELU keeps up, stay so.

    Klambauer et al. 2017, https://arxiv.org/abs/1706.02515.

    Parameters
    ----------
    rate : from 0 to less than 1.
    noise_shape, seed : see `Dropout`.

    >>> AlphaDropout(0.5, seed=1)([[0.0, 1.0, 2.0, 3.0]], training=True)
    Tensor([[ 0.77919394,  1.6655988 , -0.77919394,  3.4384086 ]])
    """

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: Seed = None, **shared: Any
    ) -> None:
        super().__init__(rate, noise_shape, seed, **shared)
        below_one(self, rate)

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """a x + b, x being -1.758 where it was dropped."""
        if not training or not self.rate:
            return x
        lowest = -SELU_SCALE * SELU_ALPHA
        a = ((1 - self.rate) * (1 + self.rate * lowest**2)) ** -0.5
        b = -a * self.rate * lowest
        return add(mul(where(self.kept(x.shape), x, lowest), a), b)


class SpatialDropout(Dropout):
    """What SpatialDropout1D, 2D and 3D have in common: a channel is dropped as a whole."""

    axes: int

    def __init__(self, rate: float, seed: Seed = None, **shared: Any) -> None:
        super().__init__(rate, (None, *[1] * self.axes, None), seed, **shared)


class SpatialDropout1D(SpatialDropout):
    """Spatial dropout: whole channels are dropped, in inputs (batch, steps, channels).

    Neighbours in space are so alike that dropping one of them changes little.

    Tompson et al. 2015, https://arxiv.org/abs/1411.4280.

    >>> SpatialDropout1D(0.5, seed=2)([[[1.0, 2.0], [3.0, 4.0]]], training=True)
    Tensor([[[0., 0.],
             [0., 0.]]])
    """

    axes = 1


class SpatialDropout2D(SpatialDropout):
    """Spatial dropout: as `SpatialDropout1D`, for inputs (batch, height, width, channels)."""

    axes = 2


class SpatialDropout3D(SpatialDropout):
    """Spatial dropout: as `SpatialDropout1D`, for (batch, depth, height, width, channels)."""

    axes = 3


class GaussianDropout(SameShape):
    """Gaussian dropout: x times a random number of mean 1 and variance rate / (1 - rate).

    That is the variance of the factor in `Dropout`.  Srivastava et al. 2014, section 10.

    >>> GaussianDropout(0.5, seed=0)([[1.0, 1.0, 1.0]], training=True)
    Tensor([[1.1257303, 0.8678951, 1.6404227]])
    """

    def __init__(self, rate: float, seed: Seed = None, **shared: Any) -> None:
        super().__init__(seed=seed, **shared)
        self.rate = below_one(self, rate)

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """x times the noise."""
        if not training or not self.rate:
            return x
        spread = (self.rate / (1 - self.rate)) ** 0.5
        return mul(x, self.rng.normal(1.0, spread, x.shape).astype(x.dtype))


class GaussianNoise(SameShape):
    """Gaussian noise: x plus a random number of mean 0 and standard deviation stddev.

    >>> GaussianNoise(0.1, seed=0)([[1.0, 1.0, 1.0]], training=True)
    Tensor([[1.012573 , 0.9867895, 1.0640422]])
    """

    def __init__(self, stddev: float, seed: Seed = None, **shared: Any) -> None:
        super().__init__(seed=seed, **shared)
        self.stddev = settings.number(self, "stddev", stddev, low=0, high=1)

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """x plus the noise."""
        if not training or not self.stddev:
            return x
        return add(x, self.rng.normal(0.0, self.stddev, x.shape).astype(x.dtype))


class ActivityRegularization(SameShape):
    """Activity regularization: x, and l1 sum(abs(x)) + l2 sum(x**2) for each example as a loss.

    >>> layer = ActivityRegularization(l1=0.1)
    >>> layer([[1.0, -2.0], [0.0, 1.0]]).shape, layer.losses
    ((2, 2), [Tensor(0.2)])
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **shared: Any) -> None:
        super().__init__(**shared)
        self.penalty = L1L2(l1, l2)
        self.l1, self.l2 = self.penalty.l1, self.penalty.l2

    def call(self, x: Tensor) -> Tensor:
        """x itself."""
        self.add_loss(activity_loss(self.penalty, x))
        return x


def below_one(layer: SameShape, rate: Any) -> float:
    """A rate that leaves something: from 0 to less than 1."""
    number = settings.number(layer, "rate", rate, low=0, high=1)
    if number == 1:
        raise ValueError(
            f"{type(layer).__name__}: rate={brief(rate)} given; it must be less than 1, of which "
            "nothing would be left to scale up"
        )
    return number
