"""What there is to see: the values below a tensor, oldest first, with a name for each.

Everything in `see/` reads the graph through this file, and nothing in `see/` writes to it.
"""

import inspect
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from heapq import heappop, heappush
from typing import Any

import numpy as np

from ..arrays import Array
from ..elementwise import Elementwise
from ..ops.linear_algebra import affine, matmul
from ..tensor import Node, Tensor
from .figures import brief, cut

# A graph with more ops than this is seen only in part: its newest ones.
MOST_OPS = 20_000
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One value of a graph.

    name       given, or x1, x2, ... for leaves and v1, v2, ... for results; "" for a constant
    op         the name of the op that made it; "" for a leaf or a constant
    inputs     positions of the op's inputs in `Graph.values`
    arguments  what the op calls them
    options    the numbers that the op was given, such as alpha
    node       its node; None for a constant
    data       the numbers, if the graph has them
    shape      None for a constant that the graph has not kept
    """

    name: str
    op: str
    inputs: tuple[int, ...]
    arguments: tuple[str, ...]
    options: dict[str, float]
    node: Node | None
    data: Array | None
    shape: tuple[int, ...] | None

    @property
    def kind(self) -> str:
        """What it is: leaf, constant or result."""
        return "constant" if self.node is None else "result" if self.op else "leaf"

    @property
    def traced(self) -> bool:
        """Whether the inputs are in the graph too, as they are not where it was cut."""
        return bool(self.inputs)

    @property
    def gradient(self) -> Array | None:
        """What backward has left here, if it has."""
        return None if self.node is None else self.node.gradient


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """The values below a tensor; each stands after its inputs, and the tensor itself is last.

    called   whether backward has been called
    cut      whether there are older values than these
    changed  the names of leaves with other numbers now than the ops have computed with
    """

    values: list[Value]
    called: bool = False
    cut: bool = False
    changed: tuple[str, ...] = ()

    @property
    def root(self) -> Value:
        """The tensor that was asked about."""
        return self.values[-1]

    def call(self, k: int) -> str:
        """A value with the op that made it: b = add(a, a)."""
        value = self.values[k]
        inputs = [self.values[i] for i in value.inputs]
        named = [i.name or ("…" if i.data is None else brief(i.data)) for i in inputs]
        return f"{value.name} = {value.op}({', '.join(named)})" if value.op else value.name


def look(tensor: Any, asked: str, names: Mapping[str, Tensor], most: int = MOST_OPS) -> Graph:
    """The graph below `tensor`, for the function called `asked`; `names` come first.

    >>> a = Tensor(1.0, requires_grad=True, name="a")
    >>> [(value.name, value.op) for value in look(a + a, "look", {}).values]
    [('a', ''), ('L', 'add')]
    """
    check(tensor, asked, names)
    given = {id(t.node or t._data): name for name, t in names.items()}
    if tensor.node is None:
        name = given.get(id(tensor._data), "x")
        return Graph([Value(name, "", (), (), {}, None, tensor._data, tensor.shape)])
    root = tensor.node
    ops, cut = newest_ops(root, most)
    values = list_values(ops or [root], Names(given, root, tensor.size))
    known = {id(value.node) for value in values}
    for name, named in names.items():
        if named.node is not None and id(named.node) not in known and not cut:
            raise ValueError(f"{asked}: {name} is not in the graph of the first tensor")
    called = root.spent or root.gradient is not None
    return Graph(values, called, cut, tuple(dict.fromkeys(changed(values))))


def notes_on(graph: Graph) -> list[str]:
    """What one must know to read a graph right, a sentence each."""
    notes = []
    if graph.cut:
        ops = sum(value.traced for value in graph.values)
        notes.append(f"The graph is larger: only its newest {ops:,} ops are here.")
    if graph.changed:
        several = f" and {len(graph.changed) - 1} more have" if graph.changed[1:] else " has"
        notes.append(
            f"{graph.changed[0]}{several} been updated since this was computed: values are the new "
            "ones, gradients the old."
        )
    return notes


def check(tensor: Any, asked: str, names: Mapping[str, Any]) -> None:
    """Errors for what is no tensor."""
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"{asked}: {type(tensor).__name__} given; it needs a minigrad Tensor, such as a loss"
        )
    for name, named in names.items():
        if not isinstance(named, Tensor):
            raise TypeError(
                f"{asked}: {name} is a {type(named).__name__}; keywords give names to tensors, "
                f"as in {asked}(loss, hidden=h)"
            )


def newest_ops(root: Node, most: int) -> tuple[list[Node], bool]:
    """The nodes below `root` that have an op, newest first as in backward; and if there are more.

    A node is newer than its parents, so the newest one left is next.
    """
    newest = [(-root.number, root)] if root.op is not None else []
    found, seen = list[Node](), {root}
    while newest and len(found) < most:
        node = heappop(newest)[1]
        found.append(node)
        for parent in node.parents:
            if parent is not None and parent.op is not None and parent not in seen:
                seen.add(parent)
                heappush(newest, (-parent.number, parent))
    return found, bool(newest)


class Names:
    """Names for values: those given, those of leaves, and numbers for the others; each once."""

    def __init__(self, given: dict[int, str], root: Node, size: int) -> None:
        self.given = given
        self.root = root
        self.root_name = "L" if size == 1 else "y"  # L as in dL/dy
        self.taken = set(given.values())
        self.counts = {"x": 0, "v": 0}

    def of(self, node: Node) -> str:
        """The name of a node, to be asked for once."""
        if id(node) in self.given:
            return self.given[id(node)]
        own = cut(str(getattr(node, "name", "")), LONGEST_NAME).strip()
        if not own and node is self.root:
            own = self.root_name
        if not own:
            return self.numbered("v" if node.op is not None else "x")
        name, copies = own, 1
        while name in self.taken:
            copies += 1
            name = f"{own} ({copies})"
        self.taken.add(name)
        return name

    def of_array(self, array: Array | None) -> str:
        """The name given to a constant; "" if none was."""
        if array is None:
            return ""
        return self.given.get(id(array)) or self.given.get(id(array.base), "")

    def numbered(self, letter: str) -> str:
        """The next name of that letter."""
        while True:
            self.counts[letter] += 1
            name = f"{letter}{self.counts[letter]}"
            if name not in self.taken:
                self.taken.add(name)
                return name


def list_values(ops: list[Node], names: Names) -> list[Value]:
    """Values for all ops, oldest first, each after its inputs; a leaf stands where first used."""
    values: list[Value] = []
    places: dict[Node | str, int] = {}

    def place(key: Node | str, value: Value) -> int:
        values.append(value)
        if key:
            places[key] = len(values) - 1
        return len(values) - 1

    def input_of(node: Node, k: int) -> int:
        parent = node.parents[k]
        if parent is not None:
            return places[parent] if parent in places else place(parent, made(parent, names, ()))
        array = operand_of(node, k)
        name = names.of_array(array)
        if name in places:
            return places[name]
        shape = None if array is None else array.shape
        return place(name, Value(name, "", (), (), {}, None, array, shape))

    for node in reversed(ops):
        inputs = tuple(input_of(node, k) for k in range(len(node.parents)))
        place(node, made(node, names, inputs))
    return values


def changed(values: list[Value]) -> Iterator[str]:
    """The names of leaves that have been updated since, as optimizers do."""
    for value in values:
        for k, place in enumerate(value.inputs):
            leaf = values[place]
            if leaf.kind == "leaf" and leaf.data is not None and value.node is not None:
                used = operand_of(value.node, k)
                same = used is None or used.base is leaf.data or used.size != leaf.data.size
                if not same and not np.array_equal(used.ravel(), leaf.data.ravel(), equal_nan=True):  # type: ignore[union-attr]
                    yield leaf.name


def made(node: Node, names: Names, inputs: tuple[int, ...]) -> Value:
    """The Value of a node."""
    arguments, options = signature(node)
    return Value(
        names.of(node), op_name(node), inputs, arguments, options, node, node.value, node.shape
    )


def op_name(node: Node) -> str:
    """The name of a node's op, or of its class where it has forgotten to have one."""
    if node.op is None:
        return ""
    return cut(str(getattr(node.op, "name", "") or type(node.op).__name__), LONGEST_NAME)


def signature(node: Any) -> tuple[tuple[str, ...], dict[str, float]]:
    """What an op calls its tensors, and the numbers that it was given."""
    if isinstance(node.op, Elementwise):
        declaration = node.op.declaration
        return declaration.inputs, dict(zip(declaration.numbers, node.numbers, strict=True))
    kind: Any = type(node.op)
    names = called(kind)
    inputs = len(node.parents)
    return names[:inputs] if len(names) >= inputs else tuple(map(str, range(inputs))), {}


@lru_cache
def called(op: type) -> tuple[str, ...]:
    """What the parameters of an op are called, those of its own class."""
    if "__call__" not in vars(op):
        return ()
    parameters = list(inspect.signature(vars(op)["__call__"]).parameters.values())[1:]
    return tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)


def operand_of(node: Any, k: int) -> Array | None:
    """The numbers of an op's input k, from what the op has saved; None if it has not."""
    if node.saved is None:
        return None
    if node.op is matmul or node.op is affine:
        return node.saved[k] if k < 2 else None
    if not isinstance(node.op, Elementwise):
        return None
    operand, shape = node.saved[k], node.plan.layout.inputs[k]
    if isinstance(operand, float):
        return np.asarray(operand)
    if operand is None or operand.shape == shape or operand.size != math.prod(shape):
        return operand  # type: ignore[no-any-return]
    return operand.reshape(shape)  # type: ignore[no-any-return]
