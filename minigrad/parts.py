"""Parts: what a training step looks at, found once instead of at every step."""

from collections.abc import Callable
from dataclasses import dataclass

from .arrays import Array
from .layers import Layer
from .tensor import Tensor


@dataclass(frozen=True, slots=True)
class Parts:
    """What a step looks at; not a tuple, in which the model would find itself as a layer."""

    weights: list[Tensor]
    idle: list[Tensor]  # that have gradients, which nobody needs: of layers that are not trained
    layers: list[Layer]
    trainable: list[bool]  # whether each of them was, by then
    penalties: list[tuple[Callable[[Tensor], Tensor], Tensor]]
    limits: dict[Tensor, Callable[[Array], Array]]


def flags(layers: list[Layer]) -> list[bool]:
    """Which of them training changes."""
    return [layer.trainable for layer in layers]
