"""PReLU as a layer: the slope of the negative part is learned, one for each feature."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import activations, initializers
from ..tensor import Tensor
from .layer import Layer, Seed


class PReLU(Layer):
    """PReLU: x for x > 0, alpha x otherwise (He et al. 2015, https://arxiv.org/abs/1502.01852).

    `activations.prelu(x, alpha)` is the function; this layer owns alpha.

    Parameters
    ----------
    alpha_initializer : what the slopes start from: a name in `minigrad.initializers`, a function,
        or a number such as the paper's 0.25.  Zeros, the default, make a fresh layer a ReLU.

    Input and output (batch, ...), alpha of the input's shape without the batch.

    >>> layer = PReLU(alpha_initializer=0.25)
    >>> layer([[-4.0, 0.0, 2.0]])
    Tensor([[-1.,  0.,  2.]], op=prelu)
    """

    def __init__(
        self,
        alpha_initializer: str | float | Callable[..., Any] = "zeros",
        name: str = "",
        seed: Seed = None,
    ) -> None:
        super().__init__(name, seed)
        self.alpha_initializer = initializers.get(alpha_initializer)

    def build(self, shape: tuple[int, ...]) -> None:
        """One alpha for each feature."""
        values = np.asarray(self.alpha_initializer(shape[1:], self.rng))
        self.alpha = self.add_weight("alpha", values)

    def call(self, x: Tensor) -> Tensor:
        """prelu(x, alpha)."""
        return activations.prelu(x, self.alpha)
