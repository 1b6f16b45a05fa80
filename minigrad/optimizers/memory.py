"""What an optimizer keeps for weights between steps.

A small model has many short arrays, and calling a loop costs more than running it.  So the numbers
of small weights, and what is kept for them, lie one after the other in long arrays: one loop over
each is a step for all.  A large weight has long arrays of its own, and its next numbers may go to
where its gradient was.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import accumulate, repeat
from operator import index, is_
from sys import getrefcount
from typing import Any

import numpy as np

from ..arrays import DOUBLE, HALF, Array, brief, canonical
from ..tensor import Tensor

# Weights of up to this many elements are small, and go into long arrays of up to as many.
SMALL = 32_768
# Longer arrays than this are updated in pieces, if there is state, and on the CPU.
PIECE = 32_768
# How often other weights than the last time may come together; after that each has its own arrays.
WAYS = 8


class Long:
    """A long array, and the arrays in it: views of several shapes, one after the other.

    `taken` from a gradient, it has its memory from there, and is not written to again.
    """

    __slots__ = ("_references", "array", "taken", "views")

    def __init__(
        self, shapes: list[tuple[int, ...]], new: Callable[[], Array], taken: bool = False
    ) -> None:
        self.taken = taken
        self.array = new()
        if len(shapes) == 1:
            self.views = [self.array.reshape(shapes[0])]
        else:
            ends = accumulate([int(np.prod(shape)) for shape in shapes[:-1]])
            parts = np.split(self.array, list(ends))
            self.views = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
            del parts
        self._references = self._count()

    def is_free(self) -> bool:
        """Whether nobody else holds any of it, nor ever got a view of it to read."""
        mine = not self.taken and self.array.flags.writeable
        return mine and self._count() == self._references

    def _count(self) -> tuple[int, ...]:
        return (getrefcount(self.array), *map(getrefcount, self.views))


class Memory:
    """What is kept for some weights; all that `next` and `spare` hold is overwritten in a step.

    weights  one after the other in each long array
    now      their numbers
    spare    for their next numbers; None if the last `now` is still held by somebody
    state    long arrays in the order of the names in `Optimizer.kept`
    next     for their next values
    large    whether there is a single weight, a large one
    half     whether the weights are float16: the state is float64, where squares do not vanish
    pieces   of long arrays, one update after the other, so that what one formula has written is
             still in the processor's cache for the next; empty where a single update is best
    """

    __slots__ = ("half", "large", "next", "now", "pieces", "shapes", "spare", "state", "weights")

    def __init__(self, weights: list[Tensor], state: list[Array]) -> None:
        self.weights = weights
        self.shapes = [w.shape for w in weights]
        self.large = len(weights) == 1 and weights[0].size > SMALL
        self.half = weights[0].dtype == HALF
        self.now: Long | None = None
        self.spare: Long | None = None
        self.state = state
        self.next = [np.empty_like(array) for array in state]
        size = sum(w.size for w in weights)
        short = not state or size <= PIECE or weights[0].device != "cpu"
        self.pieces = [] if short else [slice(k, k + PIECE) for k in range(0, size, PIECE)]

    def __reduce__(self) -> Any:
        return Memory, (self.weights, self.state)  # copies of views would not be views any more

    def values(self) -> Array:
        """The numbers of all weights, as they are now: a step begins."""
        if self.spare is not None and self.spare.taken:  # the last one broke off
            self.spare = None
        arrays = [weight._data for weight in self.weights]
        now = self.now
        if now is None or not all(map(is_, arrays, now.views)):  # somebody assigned to a weight
            self.now, self.spare = now, _ = Long(self.shapes, lambda: joined(arrays)), None
        return now.array

    def fresh(self) -> Long:
        """A long array for the numbers of the weights, not yet filled."""
        values = self.values()
        return Long(self.shapes, lambda: np.empty_like(values))

    def swap(self) -> None:
        """After `spare` has become the data of the weights: the state goes on too."""
        self.now, self.spare = self.spare, self.now
        self.state, self.next = self.next, self.state
        for weight in self.weights:
            node: Any = weight.node  # a leaf's: it had a gradient
            node.gradient = None
            if node.value is not None:
                node.value = weight._data
        # after a step over a gradient the next will be over one too
        if self.spare and not self.spare.is_free() or self.now and self.now.taken:
            self.spare = None

    def part(self, weight: Tensor) -> slice:
        """Where the numbers of a weight lie in the long arrays."""
        k = next(k for k, own in enumerate(self.weights) if own is weight)
        start = sum(w.size for w in self.weights[:k])
        return slice(start, start + weight.size)


def take(memories: list[Memory], gradients: Mapping[Tensor, Array]) -> None:
    """Let the gradients of large weights, where nobody else holds them, be their `spare`.

    Then a step goes over less memory.  If any weight is large, no gradient is left, of none of
    them, even if the step fails.
    """
    large = [memory for memory in memories if memory.large]
    if not large:
        return
    nodes = [weight.node for weight in gradients]
    # first hide the gradients from other threads, then count who has got hold of them before
    deque(map(setattr, nodes, repeat("gradient"), repeat(None)), 0)
    for memory in large:
        if is_ours(memory.weights[0], gradients):
            g = gradients[memory.weights[0]]
            memory.spare = Long(memory.shapes, partial(g.reshape, -1), taken=True)


def is_ours(weight: Tensor, gradients: Mapping[Tensor, Array]) -> bool:
    """Whether nobody but `gradients` holds the gradient of a weight, and the weight fits there."""
    if holders(weight, gradients) != OURS:
        return False
    g = gradients[weight]
    fits = type(g) is np.ndarray and g.dtype == weight.dtype != HALF
    return fits and g.base is None and g.flags.carray


def holders(weight: Tensor, gradients: Mapping[Tensor, Array]) -> int:
    """How often the gradient of a weight is referred to."""
    return getrefcount(gradients[weight])


LONELY = Tensor(0.0)
OURS = holders(LONELY, {LONELY: np.zeros(())})


class Memories:
    """The memory of every weight; `begin` makes the state of one that has none."""

    def __init__(self, begin: Callable[[Tensor], list[Array]]) -> None:
        self.begin = begin
        self._of: dict[Tensor, Memory] = {}
        self._last: list[Memory] = []
        self._wanted: list[Tensor] = []
        self._ways = 0

    def of(self, weights: Iterable[Tensor]) -> list[Memory]:
        """The memories that have these weights, in their order, and no others."""
        wanted = list(weights)
        if len(wanted) != len(self._wanted) or not all(map(is_, wanted, self._wanted)):
            self._last, self._wanted = self._arranged(wanted), wanted
        return self._last

    def state(self, weight: Tensor) -> list[Array] | None:
        """What is kept for a weight, as arrays with one axis; None if it was never updated."""
        memory = self._of.get(weight)
        if memory is None or len(memory.weights) == 1:
            return None if memory is None else memory.state
        return [array[memory.part(weight)] for array in memory.state]

    def keep(self, weight: Tensor, state: list[Array]) -> None:
        """Go on from this state."""
        self._of[weight] = Memory([weight], state)

    def _arranged(self, wanted: list[Tensor]) -> list[Memory]:
        self._ways += 1
        groups = together(wanted) if self._ways <= WAYS else [[weight] for weight in wanted]
        # who shared a memory with one of them, but does not come along, gets one of its own
        moved = set(wanted)
        for memory in {id(m): m for w in wanted if (m := self._of.get(w))}.values():
            groups += [[w] for w in memory.weights if w not in moved]
        found = []
        for group in groups:
            states = [self.state(weight) or self.begin(weight) for weight in group]
            found.append(Memory(group, [joined(arrays) for arrays in zip(*states, strict=True)]))
        for memory in found:
            self._of |= dict.fromkeys(memory.weights, memory)
        return [memory for memory in found if memory.weights[0] in moved]


def joined(arrays: Sequence[Array]) -> Array:
    """A long array of copies, which owns its memory, so that every view of it refers to it.

    A single array may be on another device.
    """
    one = len(arrays) == 1
    return arrays[0].reshape(-1).copy() if one else np.concatenate(arrays, axis=None)


def together(weights: list[Tensor]) -> list[list[Tensor]]:
    """The weights in their order; small ones of one kind that follow each other in one list."""
    groups: list[list[Tensor]] = []
    room = 0
    for weight in weights:
        kind = weight.dtype, weight.device
        if not groups or weight.size > room or kind != (groups[-1][0].dtype, groups[-1][0].device):
            groups.append([])
            room = SMALL if weight.device == "cpu" else 0
        groups[-1].append(weight)
        room -= weight.size
    return groups


def saved(
    kept: tuple[str, ...],
    memories: Memories,
    totals: Mapping[Tensor, Array],
    weights: Iterable[Tensor],
) -> dict[str, Array]:
    """Copies of what is kept for some weights, under "place of the weight.name"."""
    found = {}
    for k, weight in enumerate(weights):
        for name, array in zip(kept, memories.state(weight) or (), strict=False):
            found[f"{k}.{name}"] = on_cpu(array.reshape(weight.shape))
        if weight in totals:
            found[f"{k}.total"] = on_cpu(totals[weight])
    return found


def on_cpu(array: Any) -> Array:
    """A copy of an array, from wherever it is."""
    return array.host() if hasattr(array, "host") else array.copy()  # type: ignore[no-any-return]


def load(
    owner: object,
    kept: tuple[str, ...],
    memories: Memories,
    weights: Iterable[Tensor],
    given: Mapping[str, Any],
) -> dict[Tensor, Array]:
    """Fill fresh memories with what `saved` was called with; return the totals.

    Every entry must fit a weight.
    """
    left, totals = dict(given), {}
    for k, weight in enumerate(weights):
        keys = [f"{k}.{name}" for name in kept]
        missing = [key for key in keys if key not in left]
        if missing and len(missing) < len(keys):
            raise ValueError(
                f"{type(owner).__name__}: the state has no {missing[0]!r}; it is that of an "
                "optimizer with other settings"
            )
        if not missing:
            arrays = [fitting(owner, key, left.pop(key), weight) for key in keys]
            memories.keep(weight, [weight._placed(array).reshape(-1) for array in arrays])
        if (key := f"{k}.total") in left:
            totals[weight] = weight._placed(fitting(owner, key, left.pop(key), weight))
    if left:
        raise ValueError(
            f"{type(owner).__name__}: the state has {next(iter(left))!r}, of a weight that was not "
            f"given, or of another optimizer; this one keeps {', '.join(kept) or 'nothing'}"
        )
    return totals


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
