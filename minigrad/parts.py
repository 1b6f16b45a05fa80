"""Parts: what a training step looks at, found once and not at every step."""

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
    changes: int  # to any layer, by then
    identity: tuple[int, ...]  # of what a program is written from: those changes, and each weight
    penalties: list[tuple[Callable[[Tensor], Tensor], Tensor]]
    limits: dict[Tensor, Callable[[Array], Array]]
