"""Dense: every output is a weighted sum of all inputs, plus a bias, then an activation."""

from collections.abc import Callable
from typing import Any

from .. import activations, initializers
from ..ops.linear_algebra import affine, matmul
from ..tensor import Tensor
from .layer import Layer, Seed


class Dense(Layer):
    """Dense: activation(x W + b).

    Parameters
    ----------
    units : how many outputs.
    activation : a function of a Tensor, its name in `minigrad.activations`, or None.
    use_bias : whether to add b.
    kernel_initializer : what W starts from, a name in `minigrad.initializers` or a function.
    seed : of the random numbers that W starts from.

    Input (batch, features), output (batch, units).

    >>> layer = Dense(2, kernel_initializer=lambda shape, rng: [[1.0, 2.0], [3.0, 4.0]])
    >>> layer([[1.0, 1.0]])
    Tensor([[4., 6.]], op=affine)
    """

    def __init__(
        self,
        units: int,
        activation: str | Callable[[Any], Tensor] | None = None,
        use_bias: bool = True,
        kernel_initializer: str | Callable[..., Any] = "glorot_uniform",
        name: str = "",
        seed: Seed = None,
    ) -> None:
        super().__init__(name, seed)
        if isinstance(units, bool) or not isinstance(units, int) or units < 1:
            raise ValueError(
                f"{self.name}: units={units!r} given; it must be a positive whole number"
            )
        self.units = units
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)

    def build(self, shape: tuple[int, ...]) -> None:
        """W of (features, units) and b of (units,), for inputs of (batch, features)."""
        if len(shape) < 2:
            raise ValueError(
                f"{self.name}: input of shape {shape} given; it must be (batch, features)"
            )
        values = self.kernel_initializer((shape[-1], self.units), self.rng)
        self.kernel = self.add_weight("kernel", values)
        if self.use_bias:
            self.bias = self.add_weight("bias", initializers.zeros((self.units,), self.rng))

    def call(self, x: Tensor) -> Tensor:
        """activation(x W + b)."""
        kernel = self.kernel
        y = affine(x, kernel, self.bias) if self.use_bias else matmul(x, kernel)
        return y if self.activation is None else self.activation(y)
