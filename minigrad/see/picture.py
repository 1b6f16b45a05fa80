"""The picture: what is written on each box of a graph, and what lines are between them."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..tensor import SEEN_SIZE
from .figures import at_length, brief, columns, cut, equals, sized
from .graph import Graph, Value, notes_on
from .groups import grouped, summary
from .layout import Layout, arrange

SIGNS = {
    "add": "+", "sub": "−", "mul": "×", "div": "÷", "matmul": "@", "sum": "Σ", "neg": "−",
    "pow": "^", "affine": "xW+b",
}  # fmt: skip
LETTER, LINE, PADDING = 7.3, 17.0, 8.0
STALK = 8.0  # from an op to its value
LONGEST = 26  # letters of a name


@dataclass(frozen=True, slots=True)
class Box:
    """A value with the op that made it, or a group of them.

    kind      leaf, constant, result or group
    sign      what is written on the op; "" for leaf and constant
    name      and value, gradient: the lines on the box; "" for none
    hint      what is shown when one points at it
    members   positions in `Graph.values`
    """

    kind: str
    sign: str
    name: str
    value: str
    gradient: str
    hint: str
    members: tuple[int, ...]

    @property
    def sign_width(self) -> float:
        """Of the round op, with its stalk: 0 without."""
        return max(26.0, columns(self.sign) * LETTER + 14) + STALK if self.sign else 0.0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of all of it."""
        letters = max(map(columns, self.lines), default=0)
        height = max(len(self.lines) * LINE + 9, 26.0)
        return self.sign_width + letters * LETTER + 2 * PADDING, height

    @property
    def equals(self) -> str:
        """What stands between name and value."""
        return equals(self.name, self.value)

    @property
    def lines(self) -> list[str]:
        """What is written on it, line by line."""
        first = f"{self.name}{self.equals}{self.value}"
        if self.kind == "group":
            return [self.name, *self.value.split("\n")] if self.value else [self.name]
        return [line for line in (first, self.gradient) if line]


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes, oldest first, and lines (from box, to box); several between two if used so."""

    title: str
    boxes: list[Box]
    edges: list[tuple[int, int]]
    notes: list[str]

    def layout(self) -> Layout:
        """Where all of it goes."""
        return arrange([box.size for box in self.boxes], self.edges)

    @property
    def description(self) -> str:
        """In words, for those who cannot see it."""
        said = [
            ", ".join(
                filter(None, (f"{box.name or 'a constant'}{box.equals}{box.value}", box.gradient))
            )
            for box in reversed(self.boxes)
            if box.kind != "group"
        ]
        more = f"; and {len(self.boxes) - 20} more" if len(said) > 20 else ""
        return f"From the last to the first: {'; '.join(said[:20])}{more}.".replace("\n", " ")


def picture(graph: Graph, gradients: Mapping[int, str] | None = None) -> Picture:
    """The picture of a graph; `gradients` are written on boxes in place of those in the graph."""
    groups = grouped(graph)
    boxes = [
        single(graph, members[0], gradients) if len(members) == 1 else group(graph, members)
        for members in groups
    ]
    home = {k: b for b, members in enumerate(groups) for k in members}
    edges = [
        (home[place], b)
        for b, members in enumerate(groups)
        for k in members
        for place in graph.values[k].inputs
        if home[place] != b
    ]
    if len(groups) < len(graph.values):
        edges = list(dict.fromkeys(edges))
    title = f"Graph of {cut(graph.root.name or 'a constant', LONGEST)}"
    return Picture(title, boxes, edges, remarks(graph, len(groups), gradients is not None))


def single(graph: Graph, k: int, gradients: Mapping[int, str] | None) -> Box:
    """The box of one value."""
    value = graph.values[k]
    if gradients is not None:
        gradient = gradients.get(k, "")
    elif value.gradient is not None:
        gradient = f"grad {sized(value.gradient)}"
    else:
        gradient = "grad not kept" if graph.called and value.kind == "result" else ""
    sign = SIGNS.get(value.op, value.op)
    name = cut(value.name, LONGEST)
    return Box(value.kind, cut(sign, LONGEST), name, written(value), gradient, hint(value), (k,))


def written(value: Value) -> str:
    """The numbers of a value, or its shape."""
    if value.data is not None:
        return brief(value.data)
    return "constant" if value.shape is None else str(value.shape)


def hint(value: Value) -> str:
    """All that fits about a value."""
    options = "".join(f", {name} = {number:g}" for name, number in value.options.items())
    lines = [f"{value.name or 'constant'}{f': {value.op}{options}' if value.op else ''}"]
    if value.data is not None:
        size = value.data.size
        lines.append(f"{value.data.dtype} of shape {value.data.shape}")
        lines.append(at_length(value.data) if size <= SEEN_SIZE else "")
    if value.gradient is not None and value.gradient.size <= SEEN_SIZE:
        lines.append(f"gradient: {at_length(value.gradient)}")
    return "\n".join(filter(None, lines))


def group(graph: Graph, members: list[int]) -> Box:
    """The box of many values."""
    title, contents = summary(graph, members)
    names = [graph.values[k].name for k in members if graph.values[k].kind == "leaf"]
    hint = f"leaves: {', '.join(names[:20])}{', …' if len(names) > 20 else ''}" if names else title
    return Box("group", "", cut(title, 60), "\n".join(contents), "", hint, tuple(members))


def remarks(graph: Graph, boxes: int, given: bool) -> list[str]:
    """What one must know to read the picture right."""
    notes = notes_on(graph)
    if graph.root.node is None:
        notes.append("No graph: nothing here requires a gradient.")
    elif not graph.called and graph.root.op and not given:
        notes.append("Backward has not been called: there are no gradients yet.")
    results = [value for value in graph.values if value.kind == "result"]
    if graph.called and not given and any(value.gradient is None for value in results):
        notes.append("Of large arrays only the shape is kept; mg.trace() keeps all.")
    if boxes < len(graph.values):
        notes.append(f"{len(graph.values):,} values are drawn as {boxes} boxes.")
    return notes
