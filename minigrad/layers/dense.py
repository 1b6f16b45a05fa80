"""Dense: every output is a weighted sum of all inputs, plus a bias, then an activation."""

from typing import Any

from .. import activations, constraints, initializers, regularizers
from ..activations import applied
from ..ops.linear_algebra import affine, matmul
from ..tensor import Tensor
from .activation import activation_of
from .given import whole
from .layer import Layer, Shape
from .modes import steady


class Dense(Layer):
    """Dense: activation(x W + b).

    Parameters
    ----------
    units : how many outputs.
    activation : a name in `minigrad.activations`, a function of a Tensor, or None.
    use_bias : whether to add b.
    kernel_initializer, bias_initializer : what W and b start from, see `minigrad.initializers`.
    kernel_regularizer, bias_regularizer : penalties, see `minigrad.regularizers`.
    kernel_constraint, bias_constraint : what holds after an update, see `minigrad.constraints`.
    **shared : what every `Layer` takes: name, trainable, dtype, seed, input_shape.

    Input (batch, ..., features), output (batch, ..., units).

    >>> layer = Dense(2, kernel_initializer=[[1.0, 2.0], [3.0, 4.0]])
    >>> layer([[1.0, 1.0]])
    Tensor([[4., 6.]], op=affine)
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **shared: Any,
    ) -> None:
        super().__init__(**shared)
        self.units = whole(self.name, "units", units)
        self.activation = activation_of(activation, self)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, shape: Shape) -> None:
        """W of (features, units) and b of (units,)."""
        if isinstance(shape, list) or len(shape) < 2:
            raise ValueError(
                f"{self.name}: input of shape {shape} given; it must be (batch, features)"
            )
        self.kernel = self.add_weight(
            (shape[-1], self.units), self.kernel_initializer, None, True,
            self.kernel_regularizer, self.kernel_constraint, "kernel",
        )  # fmt: skip
        if self.use_bias:
            self.bias = self.add_weight(
                (self.units,), self.bias_initializer, None, True,
                self.bias_regularizer, self.bias_constraint, "bias",
            )  # fmt: skip

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Whether the last axis has as many features as W has rows."""
        return self.built_for is None or (len(shape) > 1 and shape[-1] == self.built_for[-1])

    @steady
    def call(self, x: Tensor) -> Tensor:
        """activation(x W + b)."""
        y = affine(x, self.kernel, self.bias) if self.use_bias else matmul(x, self.kernel)
        return y if self.activation is activations.linear else applied(self.activation, y)

    def compute_output_shape(self, shape: Shape) -> Shape:
        """The input's shape with `units` in the place of the features."""
        if self.activation is not activations.linear:
            return super().compute_output_shape(shape)
        if self.built_for is None:
            self.build_for(shape)
        return (*shape[:-1], self.units)
