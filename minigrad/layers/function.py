"""Functions as layers: Lambda for any of yours, Identity for the one that does nothing."""

from collections.abc import Callable
from typing import Any

from .. import activations, configs, ops
from ..arrays import brief
from ..tensor import Tensor
from .layer import Layer, SameShape


class Lambda(Layer):
    """Lambda: f(x), for a function of a Tensor, or of a list of them, that learns nothing.

    Parameters
    ----------
    function : of Tensors, made of `minigrad.ops`; to save the layer it needs a name, and to load it
        `custom_objects={name: function}`, if it is not one of minigrad's.

    >>> Lambda(lambda x: 2 * x)([1.0, 2.0])
    Tensor([2., 4.])
    """

    def __init__(self, function: Any, **shared: Any) -> None:
        super().__init__(**shared)
        if isinstance(function, str):  # from a config
            function = configs.lookup("function", function, known_functions())
        if not callable(function):
            raise ValueError(
                f"{self.name}: {brief(function)} given; it must be a function of a Tensor"
            )
        self.function = function

    def call(self, x: Any) -> Tensor:
        """f(x)."""
        y = self.function(x)
        if not isinstance(y, Tensor):
            raise TypeError(
                f"{self.name}: the function returned {type(y).__name__}; it must return a Tensor"
            )
        return y


class Identity(SameShape):
    """Identity: x itself.

    >>> Identity()([1.0, 2.0])
    Tensor([1., 2.])
    """

    def call(self, x: Tensor) -> Tensor:
        """x itself."""
        return x


def known_functions() -> dict[str, Callable[..., Any]]:
    """The functions of minigrad that a config may name."""
    return activations.named() | {name: getattr(ops, name) for name in ops.__all__}
