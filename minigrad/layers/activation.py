"""Activation as a layer: any function of a Tensor, by name or as it is."""

from collections.abc import Callable
from typing import Any

from .. import activations
from ..tensor import Tensor
from .layer import Layer


class Activation(Layer):
    """Activation: f(x).

    >>> Activation("relu")([[-1.0, 2.0]])
    Tensor([[0., 2.]])
    """

    def __init__(self, activation: str | Callable[[Any], Tensor], name: str = "") -> None:
        super().__init__(name)
        self.activation = activations.get(activation)

    def call(self, x: Tensor) -> Tensor:
        """f(x)."""
        return x if self.activation is None else self.activation(x)
