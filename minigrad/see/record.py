"""The record of a backward pass: every number that the chain rule multiplied and added up.

    share = gy * slope               what one use of a value gives to the value's gradient
    total = share + share + ...      in the order of backward, from the newest node to the oldest

The record repeats the arithmetic of `Tensor.backward` on what the graph has kept, with the same ops
in the same order, so its totals are the gradients, bit for bit.  It writes nothing into the graph,
and works before backward too: then it tells what backward would do.
"""

import inspect
import io
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import Array
from ..elementwise import Elementwise
from ..tensor import SEEN_SIZE, Node, Tensor, add_up
from .figures import cut, figure, sized
from .graph import Graph, Value, look, notes_on

if TYPE_CHECKING:
    from rich.table import Table

# A longer pass is recorded only in its first steps, those nearest to the loss.
MOST_STEPS = 10_000
FEW_STEPS = 40  # that `print` shows


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """One use of a value, and what it gives to the value's gradient.

    of        the value's position in `Graph.values`
    input     which input of the op it is, from 1 on
    argument  what the op calls it
    rule      how gy becomes gx, in the words of the op
    slope     the local derivative dy/dx, where it is one number for each element
    share     gx; None if what it needs has been freed
    total     the value's gradient so far, this share included
    """

    of: int
    input: int
    argument: str
    rule: str
    slope: Array | None
    share: Array | None
    total: Array | None


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One node of the pass: its gradient gy comes in, and each use of an input gets its share.

    output  the position of the node's value in `Graph.values`
    gy      the gradient of the loss with respect to it; None if it is not known
    """

    output: int
    gy: Array | None
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A backward pass, step by step; `record(loss)` makes one.

    graph  the values that the steps speak of
    seed   what backward started from
    steps  newest node first
    notes  what a reader must know of it, a sentence each
    """

    graph: Graph
    seed: Array | None
    steps: list[Step]
    notes: list[str]

    @property
    def symbol(self) -> str:
        """What the gradients are of: the tensor asked about, or an L further on."""
        starts = self.seed is not None and bool(np.all(self.seed == 1))
        return self.graph.root.name if starts else "L"

    def totals(self) -> dict[int, Array | None]:
        """The gradient of each value by position, as this pass alone gives it."""
        found: dict[int, Array | None] = {len(self.graph.values) - 1: self.seed}
        for step in self.steps:
            found.update({use.of: use.total for use in step.uses})
        return found

    def to_json(self, indent: int | None = None) -> str:
        """Everything as JSON text.  Arrays beyond 1,024 elements are given by shape and sum."""
        return json.dumps(self._numbers(), indent=indent, allow_nan=False)

    def _numbers(self) -> dict[str, Any]:
        values, totals = self.graph.values, self.totals()
        return {
            "format": "minigrad record 1",
            "gradients of": self.symbol,
            "backward called": self.graph.called,
            "notes": self.notes,
            "seed": exact(self.seed),
            "values": [
                {
                    "id": k,
                    "name": value.name,
                    "kind": value.kind,
                    "op": value.op,
                    "options": {n: plain(v) for n, v in value.options.items()},
                    "inputs": value.inputs,
                    "shape": value.shape,
                    "dtype": dtype_of(value),
                    "value": exact(value.data),
                    "grad": exact(value.gradient),
                    "total": exact(totals.get(k)),
                }
                for k, value in enumerate(values)
            ],
            "steps": [self._step(number) for number in range(len(self.steps))],
        }

    def _step(self, number: int) -> dict[str, Any]:
        step = self.steps[number]
        uses = [
            {
                "of": use.of,
                "input": use.input,
                "argument": use.argument,
                "rule": use.rule,
                "slope": exact(use.slope),
                "share": exact(use.share),
                "total": exact(use.total),
            }
            for use in step.uses
        ]
        op = self.graph.values[step.output].op
        gy = exact(step.gy)
        return {"step": number + 1, "op": op, "output": step.output, "gy": gy, "uses": uses}

    def table(self, most: int | None = None) -> "Table":
        """The steps as a table to be checked by hand, or the first `most` of them."""
        from rich.table import Table  # only when there is something to show: rich takes time
        from rich.text import Text

        title = f"gradients of {self.symbol}"
        caption = Text(" ".join(self.notes)) if self.notes else None
        table = Table(title=Text(title), caption=caption, caption_justify="left")
        table.add_column("step", justify="right")
        for heading in ("op", "gy", "to", "slope", "share", "sum so far"):
            table.add_column(heading)
        for number, step in enumerate(self.steps[:most], 1):
            call = cut(self.graph.call(step.output), 48)
            start = (str(number), call, seen(step.gy))
            for use in step.uses:
                slope = cut(use.rule, 40) if use.slope is None else sized(use.slope, 6)
                name = cut(self.graph.values[use.of].name, 24)
                row = (*start, name, slope, seen(use.share), seen(use.total))
                table.add_row(*map(Text, row))
                start = ("", "", "")
        if most is not None and len(self.steps) > most:
            table.add_row("", f"and {len(self.steps) - most:,} more steps")
        return table

    def __rich__(self) -> "Table":
        return self.table(FEW_STEPS)

    def __str__(self) -> str:
        if not self.steps:
            return " ".join(self.notes)
        from rich.console import Console

        console = Console(file=io.StringIO(), width=120)
        console.print(self.table(FEW_STEPS))
        return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]

    def __repr__(self) -> str:
        return f"<record of {len(self.steps)} backward steps from {self.graph.root.name}>"


def record(tensor: Tensor, /, **names: Tensor) -> Record:
    """The backward pass from a tensor, step by step; nothing in the graph changes.

    Parameters
    ----------
    tensor : where backward starts, such as a loss.
    names : names for other tensors of the graph.

    >>> a = Tensor(1.0, requires_grad=True, name="a")
    >>> b = a + a
    >>> pass_ = record(b + b, b=b)
    >>> [float(use.total) for step in pass_.steps for use in step.uses]
    [1.0, 2.0, 2.0, 4.0]
    """
    graph = look(tensor, "record", names, MOST_STEPS)
    return replay(graph, tensor)


def replay(graph: Graph, tensor: Tensor) -> Record:
    """The pass through `graph`, which is that below `tensor`."""
    if tensor.device != "cpu":
        raise ValueError(
            f"explain: a tensor of shape {tensor.shape} on {tensor.device} given; compute it on "
            "the cpu to see its backward pass"
        )
    seed, notes = starting_gradient(graph, tensor)
    last = len(graph.values) - 1
    totals: dict[int, Array | None] = {last: seed}
    steps = []
    with np.errstate(over="ignore", invalid="ignore"):  # as backward has it
        for k in range(last, -1, -1):
            value = graph.values[k]
            if value.op and value.traced:
                # where the way from the loss is lost, backward may have left its gradient
                gy = totals.get(k) if totals.get(k) is not None else value.gradient
                steps.append(Step(k, gy, tuple(shares(value, gy, totals))))
    found = Record(graph, seed, steps, notes)
    notes += remarks(found)
    return found


def starting_gradient(graph: Graph, tensor: Tensor) -> tuple[Array | None, list[str]]:
    """What backward starts from here, and what there is to say of it."""
    root = graph.root
    if root.node is None:
        return None, [
            "No gradient: nothing here requires one; make a tensor with requires_grad=True, and "
            "compute outside of no_grad()."
        ]
    if not root.op:
        kept = root.gradient
        return kept, ["A leaf: no op made it, so there is nothing to go back through."]
    if root.gradient is not None:
        return root.gradient, []
    notes = [] if graph.called else ["Backward has not been called; this is what it would do."]
    if tensor.size != 1:
        notes.append(f"Started from ones: {root.name} is not a single number but {tensor.shape}.")
    return np.ones(tensor.shape, tensor.dtype), notes


def shares(value: Value, gy: Array | None, totals: dict[int, Array | None]) -> list[Use]:
    """What a node gives to its inputs; adds it to `totals`."""
    node = value.node
    assert node is not None and node.op is not None
    freed = node.spent and node.value is None
    known = gy is not None and not freed
    pulled = node.op.vjp(node, gy) if known else [None] * len(node.parents)  # type: ignore[arg-type]
    slopes = local_slopes(node, gy) if known else [None] * len(node.parents)  # type: ignore[arg-type]
    uses = []
    for k, parent in enumerate(node.parents):
        if parent is None:
            continue
        place, share = value.inputs[k], pulled[k]
        if place in totals:
            so_far = totals[place]
            unknown = so_far is None or share is None
            totals[place] = None if unknown else add_up(so_far, share)  # type: ignore[arg-type]
        else:
            totals[place] = share
        uses.append(
            Use(place, k + 1, value.arguments[k], rule(node, k), slopes[k], share, totals[place])
        )
    return uses


def local_slopes(node: Node, gy: Array) -> list[Array | None]:
    """dy/dx for each input of which every element has one: what a gy of ones becomes."""
    none: list[Array | None] = [None] * len(node.parents)
    if gy.size > SEEN_SIZE or not (gy.size == 1 or isinstance(node.op, Elementwise)):
        return none
    slopes = node.op.vjp(node, np.ones(gy.shape, gy.dtype))  # type: ignore[union-attr]
    return [s if s is not None and (gy.size == 1 or s.shape == gy.shape) else None for s in slopes]


def rule(node: Node, k: int) -> str:
    """How gy becomes the gx of input k, in a line: what the op says of itself."""
    if isinstance(node.op, Elementwise):
        slope = node.op.partials.get(node.op.declaration.inputs[k])
        if slope is None:
            return "the slope is not declared"
        summed = "" if node.parents[k].shape == node.shape else ", summed over its copies"  # type: ignore[union-attr]
        return f"gx = {slope.name}({', '.join(slope.declaration.inputs)}) gy{summed}"
    said = inspect.getdoc(type(node.op).vjp)  # type: ignore[union-attr]
    return (said or "gx = vjp(gy)").split("\n")[0].rstrip(".")


def remarks(found: Record) -> list[str]:
    """What does not show in the numbers."""
    notes = notes_on(found.graph)
    if any(use.share is None for step in found.steps for use in step.uses):
        notes.append(
            "Some shares are unknown: backward has freed large arrays; compute inside mg.trace() "
            "to keep them."
        )
    more = [
        found.graph.values[k].name
        for k, total in found.totals().items()
        if holds_more(found, k, total)
    ]
    if more:
        several = f" and {len(more) - 1:,} others hold" if more[1:] else " holds"
        notes.append(f"{more[0]}.grad{several} more: other backward calls added to it.")
    return notes


def holds_more(found: Record, k: int, total: Array | None) -> bool:
    """Whether the gradient of a leaf is not what this pass alone gives it."""
    value, graph = found.graph.values[k], found.graph
    if value.kind != "leaf" or value.gradient is None or total is None:
        return False
    whole = graph.called and not graph.cut
    return whole and not np.array_equal(value.gradient, total, equal_nan=True)


def seen(array: Array | None) -> str:
    """An array in a table, or that it is not known."""
    return "not kept" if array is None else sized(array, 6)


def exact(array: Array | None) -> Any:
    """An array for JSON: every number as it is, where they are not too many."""
    if array is None:
        return None
    if array.size <= SEEN_SIZE:
        return nested(array.tolist())
    with np.errstate(all="ignore"):
        return {"shape": array.shape, "sum": plain(float(array.sum(dtype=np.float64)))}


def nested(numbers: Any) -> Any:
    """Nested lists of numbers that JSON has a word for."""
    return [nested(n) for n in numbers] if isinstance(numbers, list) else plain(numbers)


def plain(number: float) -> float | str:
    """A number; "nan", "inf" or "-inf" where JSON has none."""
    return number if math.isfinite(number) else figure(number)


def dtype_of(value: Value) -> str | None:
    """The dtype, if the numbers are there."""
    return None if value.data is None else str(value.data.dtype)
