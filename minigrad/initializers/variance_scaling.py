"""Variance scaling: random numbers whose spread depends on how many terms a sum will have, its fan.

Signals must neither die out nor explode on their way through many layers.  A sum of n terms has n
times the variance of one, so the weights get a variance of about 1 / n.
"""

import math

import numpy as np

from .. import settings
from ..arrays import Array
from ..random import Seed
from .distributions import cut_normal
from .initializer import RandomInitializer

# The standard deviation of a standard normal distribution that is cut at -2 and 2:
# sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)) with its density phi and distribution Phi.
CUT_DEVIATION = 0.87962566103423978

MODES = "fan_in", "fan_out", "fan_avg"
DISTRIBUTIONS = "truncated_normal", "untruncated_normal", "uniform"


class VarianceScaling(RandomInitializer):
    """Variance scaling: mean 0, variance scale / fan.

    With fan_in the values keep their size from layer to layer, with fan_out the gradients do, and
    fan_avg is between the two.

    Parameters
    ----------
    scale : more than 0; 2 makes up for the half of the signal that a ReLU takes.
    mode : "fan_in", "fan_out" or "fan_avg", see `fans`.
    distribution : "truncated_normal", "untruncated_normal" or "uniform".
    seed : see `RandomInitializer`.

    >>> VarianceScaling(seed=1)((3, 1))
    array([[0.22682731],
           [0.5392765 ],
           [0.21688537]], dtype=float32)
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Seed = None,
    ) -> None:
        super().__init__(seed)
        self.scale = settings.number(self, "scale", scale, above=0)
        self.mode = settings.choice(self, "mode", mode, MODES)
        self.distribution = settings.choice(self, "distribution", distribution, DISTRIBUTIONS)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Numbers whose variance is scale / fan."""
        fan_in, fan_out = fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        fan = max(fan, 1)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * self.scale / fan)  # between -L and L the variance is L**2 / 3
            return np.asarray(rng.uniform(-limit, limit, shape))
        deviation = math.sqrt(self.scale / fan)
        if self.distribution == "untruncated_normal":
            return np.asarray(deviation * rng.standard_normal(shape))
        return np.asarray(deviation / CUT_DEVIATION * cut_normal(shape, rng))


class GlorotUniform(VarianceScaling):
    """Glorot uniform: between -L and L with L = sqrt(6 / (fan_in + fan_out)).

    Keeps the variance of values and gradients alike from layer to layer (Glorot and Bengio 2010,
    https://proceedings.mlr.press/v9/glorot10a.html).

    >>> GlorotUniform(seed=1)((2, 2))
    array([[ 0.02895695,  1.1034062 ],
           [-0.8716274 ,  1.0989622 ]], dtype=float32)
    """

    def __init__(self, seed: Seed = None) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed)


class GlorotNormal(VarianceScaling):
    """Glorot normal: variance 2 / (fan_in + fan_out), cut at two standard deviations of z.

    Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html.
    """

    def __init__(self, seed: Seed = None) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed)


class HeNormal(VarianceScaling):
    """He normal: variance 2 / fan_in, cut at two standard deviations of z.

    Makes up for the half that a rectifier takes (He et al. 2015, https://arxiv.org/abs/1502.01852).
    """

    def __init__(self, seed: Seed = None) -> None:
        super().__init__(2.0, "fan_in", "truncated_normal", seed)


class HeUniform(VarianceScaling):
    """He uniform: between -L and L with L = sqrt(6 / fan_in).

    He et al. 2015, https://arxiv.org/abs/1502.01852.
    """

    def __init__(self, seed: Seed = None) -> None:
        super().__init__(2.0, "fan_in", "uniform", seed)


class LecunNormal(VarianceScaling):
    """LeCun normal: variance 1 / fan_in, cut at two standard deviations of z; for SELU.

    LeCun et al. 1998, http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf; Klambauer et al. 2017,
    https://arxiv.org/abs/1706.02515.
    """

    def __init__(self, seed: Seed = None) -> None:
        super().__init__(1.0, "fan_in", "truncated_normal", seed)


class LecunUniform(VarianceScaling):
    """LeCun uniform: between -L and L with L = sqrt(3 / fan_in).

    LeCun et al. 1998, http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf.
    """

    def __init__(self, seed: Seed = None) -> None:
        super().__init__(1.0, "fan_in", "uniform", seed)


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many terms each output sums, and each input's gradient: fan_in and fan_out.

    A kernel of a convolution is (..., inputs, outputs), and its other axes count for both.

    >>> fans((3, 5)), fans((3, 3, 8, 16)), fans((7,)), fans(())
    ((3, 5), (72, 144), (7, 7), (1, 1))
    """
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    field = math.prod(shape[:-2])
    return field * shape[-2], field * shape[-1]
