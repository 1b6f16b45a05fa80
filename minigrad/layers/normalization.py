"""Normalisation: numbers are brought to mean 0 and variance 1, or to length 1, wherever they were.

    y = gamma (x - mean) / sqrt(variance + epsilon) + beta

BatchNormalization takes mean and variance of each feature over the batch, LayerNormalization those
of each example over its features.  gamma and beta are learned.
"""

from typing import Any

import numpy as np

from .. import constraints, initializers, regularizers, settings
from ..arrays import HALF, SINGLE, Array, brief, rounded
from ..casting import cast
from ..ops import add, div, maximum, mean, mul, reshape, sqrt, square, sub, sum
from ..ops.axes import axes_of
from ..tensor import Tensor
from .layer import SameShape, Shape


class Normalization(SameShape):
    """What both normalisations share: where they work, and the learned gamma and beta.

    Parameters
    ----------
    axis : the axes that gamma and beta have; negative ones count from the end.
    epsilon : added to the variance, so that a constant is not divided by 0.
    center, scale : whether to add beta, to multiply by gamma.
    beta_initializer, gamma_initializer : what they start from.
    beta_regularizer, gamma_regularizer : penalties.
    beta_constraint, gamma_constraint : what holds after an update.
    """

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **shared: Any,
    ) -> None:
        super().__init__(**shared)
        self.axis = axis
        self.epsilon = settings.number(self, "epsilon", epsilon, low=0)
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    def build(self, shape: Shape) -> None:
        """gamma and beta, one for each place along `axis`."""
        self.axes = axes_of(self.name, self.axis, shape)  # type: ignore[arg-type]
        size = self.along(shape)
        if self.scale:
            self.gamma = self.add_weight(
                size, self.gamma_initializer, None, True,
                self.gamma_regularizer, self.gamma_constraint, "gamma",
            )  # fmt: skip
        if self.center:
            self.beta = self.add_weight(
                size, self.beta_initializer, None, True,
                self.beta_regularizer, self.beta_constraint, "beta",
            )  # fmt: skip

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Whether gamma and beta have the right lengths; the other axes may be of any."""
        known = self.built_for or ()
        return len(shape) == len(known) and self.along(shape) == self.along(known)

    def along(self, shape: Shape) -> Shape:
        """The lengths along `axis`."""
        return tuple(shape[k] for k in self.axes)

    def spread(self, weight: Tensor, ndim: int) -> Tensor:
        """A weight with axes of length 1 where it has none, to be broadcast."""
        if self.axes == tuple(range(ndim - weight.ndim, ndim)):
            return weight
        lengths = dict(zip(self.axes, weight.shape, strict=True))
        return reshape(weight, [lengths.get(k, 1) for k in range(ndim)])

    def normalized(self, x: Tensor, centre: Tensor, variance: Tensor) -> Tensor:
        """gamma (x - centre) / sqrt(variance + epsilon) + beta."""
        y = div(sub(x, centre), sqrt(add(variance, self.epsilon)))
        y = mul(y, self.spread(self.gamma, x.ndim)) if self.scale else y
        y = add(y, self.spread(self.beta, x.ndim)) if self.center else y
        return cast(y, self.dtype)


class BatchNormalization(Normalization):
    """Batch normalization: each feature, over the batch, to mean beta and deviation gamma.

    In training, mean and variance are those of the batch, and moving averages of them are kept:
    moving = momentum moving + (1 - momentum) batch's.  Otherwise the moving averages are used; also
    if `trainable` is False.  The variance is sum((x - mean)**2) / n, in both.

    Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167.

    Parameters
    ----------
    axis : the axis of the features.
    momentum : from 0 to 1, how slowly the moving averages move.
    moving_mean_initializer, moving_variance_initializer : what they start from.
    others : see `Normalization`.

    >>> BatchNormalization()([[1.0], [3.0]], training=True)
    Tensor([[-0.9995004],
            [ 0.9995004]], op=add)
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **shared: Any,
    ) -> None:
        super().__init__(
            axis, epsilon, center, scale, beta_initializer, gamma_initializer,
            beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint, **shared,
        )  # fmt: skip
        self.momentum = settings.number(self, "momentum", momentum, low=0, high=1)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        if isinstance(axis, bool) or not isinstance(axis, int | np.integer):
            raise ValueError(
                f"{self.name}: axis={brief(axis)} given; it must be one whole number, the axis of "
                "the features"
            )

    def build(self, shape: Shape) -> None:
        """gamma, beta, and the moving averages."""
        super().build(shape)
        size, wide = self.along(shape), SINGLE if self.dtype == HALF else self.dtype
        self.moving_mean = self.add_weight(
            size, self.moving_mean_initializer, wide, trainable=False, name="moving_mean"
        )
        self.moving_variance = self.add_weight(
            size, self.moving_variance_initializer, wide, trainable=False, name="moving_variance"
        )

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """The normalised batch."""
        x = widened(x)
        if not (training and self.trainable):
            centre, variance = self.moving_mean, self.moving_variance
            return self.normalized(x, self.spread(centre, x.ndim), self.spread(variance, x.ndim))
        if not x.size:
            raise ValueError(f"{self.name}: an empty batch of shape {x.shape} has no mean")
        others = [k for k in range(x.ndim) if k not in self.axes]
        centre = mean(x, others, keepdims=True)
        variance = mean(square(sub(x, centre)), others, keepdims=True)
        self.follow(self.moving_mean, centre._data)
        self.follow(self.moving_variance, variance._data)
        return self.normalized(x, centre, variance)

    def follow(self, moving: Tensor, batch: Array) -> None:
        """moving = momentum moving + (1 - momentum) batch."""
        old, new = moving._data.astype(np.float64), batch.reshape(moving.shape)
        average = self.momentum * old + (1 - self.momentum) * new
        moving.replace(rounded(average, moving.dtype))


class LayerNormalization(Normalization):
    """Layer normalization: each example, over its features, to mean 0 and variance 1; then gamma
    times that, plus beta, for each feature.

    Ba et al. 2016, https://arxiv.org/abs/1607.06450.

    Parameters
    ----------
    axis : the axis of the features, or a list of axes that are taken together.
    others : see `Normalization`.

    >>> LayerNormalization()([[1.0, 3.0]])
    Tensor([[-0.9995004,  0.9995004]], op=add)
    """

    def call(self, x: Tensor) -> Tensor:
        """The normalised examples."""
        x = widened(x)
        centre = mean(x, self.axes, keepdims=True)
        variance = mean(square(sub(x, centre)), self.axes, keepdims=True)
        return self.normalized(x, centre, variance)


class UnitNormalization(SameShape):
    """Unit normalization: x / sqrt(sum(x**2)), of length 1 along the axis; zeros stay zeros.

    Parameters
    ----------
    axis : the axis, or a list of axes that are taken together.

    Vectors shorter than 1e-6 are divided by that, as in Keras.

    >>> UnitNormalization()([[3.0, 4.0]])
    Tensor([[0.6, 0.8]])
    """

    def __init__(self, axis: Any = -1, **shared: Any) -> None:
        super().__init__(**shared)
        self.axis = axis

    def call(self, x: Tensor) -> Tensor:
        """x / sqrt(sum(x**2))."""
        return cast(unit(widened(x), axes_of(self.name, self.axis, x.shape)), self.dtype)


def unit(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """x / sqrt(sum(x**2)) along the axes."""
    return div(x, sqrt(maximum(sum(square(x), axes, keepdims=True), 1e-12)))


def widened(x: Tensor) -> Tensor:
    """float16 as float32: squares of 256 and more are infinite in float16."""
    return cast(x, SINGLE) if x.dtype == HALF else x
