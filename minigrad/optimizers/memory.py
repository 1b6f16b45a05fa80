"""What an optimizer keeps for each weight between steps, and how that is saved."""

from collections.abc import Iterable, Mapping
from operator import index
from typing import Any

import numpy as np

from ..arrays import DOUBLE, HALF, Array, brief, canonical
from ..tensor import Tensor


class Memory:
    """What is kept for one weight; all that `next` and `spare` hold is overwritten in a step.

    state   arrays with one axis, in the order of the names in `Optimizer.kept`
    next    arrays of the same sizes for their next values
    spare   an array for the next values of the weight
    total   the sum of gradients that wait for the next update
    half    whether the weight is float16: its arrays here are float64, where squares do not vanish
    """

    __slots__ = ("half", "next", "spare", "state", "total")

    def __init__(self, half: bool, state: list[Array]) -> None:
        self.half = half
        self.state = state
        self.next = [np.empty_like(array) for array in state]
        self.spare: Array | None = None
        self.total: Array | None = None


Memories = dict[Tensor, Memory]


def saved(kept: tuple[str, ...], memories: Memories, weights: Iterable[Tensor]) -> dict[str, Array]:
    """Copies of what is kept for some weights, under "place of the weight.name"."""
    state = {}
    for k, weight in enumerate(weights):
        memory = memories.get(weight)
        if memory is None:
            continue
        for name, array in zip(kept, memory.state, strict=True):
            state[f"{k}.{name}"] = on_cpu(array.reshape(weight.shape))
        if memory.total is not None:
            state[f"{k}.total"] = on_cpu(memory.total)
    return state


def on_cpu(array: Any) -> Array:
    """A copy of an array, from wherever it is."""
    return array.host() if hasattr(array, "host") else array.copy()  # type: ignore[no-any-return]


def loaded(
    owner: object, kept: tuple[str, ...], weights: Iterable[Tensor], state: Mapping[str, Any]
) -> Memories:
    """What `saved` was called with; every entry must fit a weight."""
    left, memories = dict(state), {}
    for k, weight in enumerate(weights):
        keys = [f"{k}.{name}" for name in (*kept, "total") if f"{k}.{name}" in left]
        arrays = {key: fitting(owner, key, left.pop(key), weight) for key in keys}
        missing = [f"{k}.{name}" for name in kept if f"{k}.{name}" not in arrays]
        if keys and missing:
            raise ValueError(
                f"{type(owner).__name__}: the state has no {missing[0]!r}; it is that of an "
                "optimizer with other settings"
            )
        if keys:
            placed = {key: weight._placed(array) for key, array in arrays.items()}
            state_of_weight = [placed[f"{k}.{name}"].reshape(-1) for name in kept]
            memories[weight] = Memory(weight.dtype == HALF, state_of_weight)
            memories[weight].total = placed.get(f"{k}.total")
    if left:
        raise ValueError(
            f"{type(owner).__name__}: the state has {next(iter(left))!r}, of a weight that was not "
            f"given, or of another optimizer; this one keeps {', '.join(kept) or 'nothing'}"
        )
    return memories


def fitting(owner: object, key: str, values: Any, weight: Tensor) -> Array:
    """A copy of an array from a state, if it has the shape of its weight."""
    array = canonical(values, DOUBLE if weight.dtype == HALF else weight.dtype, copy=True)
    if array.shape != weight.shape:
        raise ValueError(
            f"{type(owner).__name__}: the state has shape {array.shape} for {key!r}, and the "
            f"weight has {weight.shape}; give the weights in the order that they were saved in"
        )
    return array


def count(owner: object, name: str, value: Any) -> int:
    """A number of steps from a state."""
    try:
        found = index(value.item() if isinstance(value, np.ndarray | np.generic) else value)
    except (TypeError, ValueError):
        found = -1
    if found < 0:
        raise ValueError(
            f"{type(owner).__name__}: the state has {name}={brief(value)}; it must be a whole "
            "number, 0 or more, as get_state gives it"
        )
    return found
