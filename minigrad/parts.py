"""Parts: what a training step looks at, found once and not at every step."""

from collections.abc import Callable
from dataclasses import dataclass

from .arrays import Array
from .layers import Layer
from .tensor import Tensor


@dataclass(frozen=True, slots=True)
class Parts:
    """What a step looks at.  Not a tuple: a model looks for layers in its tuples."""

    weights: list[Tensor]
    idle: list[Tensor]  # of layers that are not trained: they get gradients that nobody needs
    layers: list[Layer]
    changes: int  # `Layer.changes` when this was found
    identity: tuple[int, ...]  # that number, and the id of each weight, which a Program keeps alive
    penalties: list[tuple[Callable[[Tensor], Tensor], Tensor]]
    limits: dict[Tensor, Callable[[Array], Array]]
