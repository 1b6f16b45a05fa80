"""A layer: a function of a Tensor that owns weights, made when it first sees an input."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import Array, canonical
from ..tensor import Tensor, adopt

Seed = int | Sequence[int] | None


class Layer:
    """Subclass it: `build` makes weights for an input shape, `call` computes with them.

    >>> class Scale(Layer):
    ...     def build(self, shape):
    ...         self.factor = self.add_weight("factor", np.ones(shape[1:]))
    ...     def call(self, x):
    ...         return self.factor * x
    >>> Scale()(np.array([[1.0, 2.0]], np.float32)).shape
    (1, 2)
    """

    def __init__(self, name: str = "", seed: Seed = None) -> None:
        self.name = name or snake_case(type(self).__name__)
        self.weights: list[Tensor] = []
        self.rng = np.random.default_rng(seed)
        self.built_for: tuple[int, ...] | None = None
        self._last: tuple[int, ...] = ()  # the shape of the last input that was checked

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the weights for inputs of this shape; its first axis is the batch."""

    def call(self, x: Tensor) -> Tensor:
        """The layer's output."""
        raise TypeError(f"{self.name}: a layer must define call(self, x)")

    def add_weight(self, name: str, values: Array) -> Tensor:
        """A weight that training changes."""
        weight = Tensor(values, requires_grad=True, name=f"{self.name}.{name}")
        self.weights.append(weight)
        return weight

    def __call__(self, x: Any) -> Tensor:
        if type(x) is not Tensor:
            x = adopt(canonical(x, copy=True))
        if self.built_for is None:
            self.build(x.shape)
            self.built_for = x.shape
            self._last = x.shape
        elif x._data.shape != self._last and x.shape[1:] != self.built_for[1:]:
            raise ValueError(
                f"{self.name}: built for inputs of shape (batch, "
                f"{', '.join(map(str, self.built_for[1:]))}), now given {x.shape}"
            )
        return self.call(x)


def snake_case(name: str) -> str:
    """A class name as layers are called: PReLU is p_re_lu, as in Keras.

    >>> snake_case("Dense"), snake_case("PReLU")
    ('dense', 'p_re_lu')
    """
    parts: list[str] = []
    for before, letter, after in zip(" " + name, name, name[1:] + " ", strict=False):
        starts = letter.isupper() and (before.islower() or (before.isupper() and after.islower()))
        parts.append(("_" if starts and parts else "") + letter.lower())
    return "".join(parts)
