"""The diagram: the layers of a model as boxes, from the input at the top to the output.

Each box says the layer's name and class, its activation, the shape that it gives, and how many
numbers it owns.  Places are those of `layout.py`, turned by a quarter.
"""

from typing import Any

from ..activations import linear
from ..layers import Layer
from ..model import Model, Sequential
from ..summary import called, owned, shape_after, written
from .chart import words
from .figures import columns, cut
from .image import Image
from .layout import Point, arrange
from .picture import LETTER, LINE
from .svg import folded, safe

MOST = 60  # boxes
LONGEST = 36  # letters of a line
RULES = """
.mgp .layer{fill:none;stroke-width:1.5}
.mgp .way{fill:none;stroke-width:1.3}
.mgp .title{font-weight:bold}
"""
Box = tuple[str, list[str]]  # the name, and the lines below it


def diagram(model: Any) -> Image:
    """The layers of a model, with shapes and numbers of weights.

    >>> from minigrad.layers import Dense, Input
    >>> diagram(Sequential([Input((2,)), Dense(8, "relu"), Dense(1)]))
    <diagram of sequential: 2 layers, 33 weights; .save('picture.svg') to see it>
    """
    if not isinstance(model, Model):
        raise TypeError(f"diagram: {type(model).__name__} given; it must be a Model or Sequential")
    boxes, ways, notes = joined(model) if model.inputs is not None else listed(model)
    if len(boxes) > MOST:
        notes.append(f"and {len(boxes) - MOST} more layers")
        boxes, ways = boxes[:MOST], [(a, b) for a, b in ways if b < MOST]
    count = len(model.layers)
    title = (
        f"diagram of {model.name}: {count} layer{'' if count == 1 else 's'}, "
        f"{model.count_params():,} weights"
    )
    return Image(title, lambda rules: drawn(title, boxes, ways, notes, rules))


def joined(model: Model) -> tuple[list[Box], list[tuple[int, int]], list[str]]:
    """A box for each use of a layer in a model of Symbols."""
    boxes: list[Box] = []
    ways, place, seen = [], {}, set()
    for k, (symbol, below) in enumerate(model.uses()):
        place[symbol] = k
        if symbol.layer is None:
            boxes.append(start(symbol.name, symbol.shape))
        else:
            again = id(symbol.layer) in seen
            seen.add(id(symbol.layer))
            boxes.append(box_of(symbol.layer, symbol.shape, again))
        ways += [(place[part], k) for part in below if part in place]
    names = [called(s) for s in (model.outputs if isinstance(model.outputs, list) else [])]
    return boxes, ways, [f"outputs: {', '.join(names)}"] if names else []


def listed(model: Model) -> tuple[list[Box], list[tuple[int, int]], list[str]]:
    """One layer after the other; of a model with its own call only the layers are known."""
    shape: Any = model.built_for
    straight = isinstance(model, Sequential)
    notes = []
    boxes = [start("input", (None, *shape[1:]) if isinstance(shape, tuple) else shape)]
    for layer in model.layers:
        shape = shape_after(layer, shape) if straight else None
        boxes.append(box_of(layer, shape, again=False))
    if not straight:
        boxes = boxes[1:]
        notes.append("It has a call of its own: mg.draw(model(x)) shows how its layers are joined.")
    if any(layer.built_for is None for layer in model.layers):
        notes.append("What is ? is known after the first call.")
    return boxes, [(k, k + 1) for k in range(len(boxes) - 1)] if straight else [], notes


def start(name: str, shape: Any) -> Box:
    """The box of an input."""
    return cut(name, LONGEST), [written(shape)]


def box_of(layer: Layer, shape: Any, again: bool) -> Box:
    """The box of a layer."""
    kind = type(layer).__name__
    activation = getattr(layer, "activation", None)
    if activation is not None and activation is not linear:
        kind += f", {getattr(activation, 'name', None) or getattr(activation, '__name__', '')}"
    has = owned(layer)
    lines = [kind, written(shape)]
    if has == "0 (unbuilt)":
        lines.append("weights ?")
    elif again or has != "0":
        lines.append("weights shared" if again else f"weights {has}")
    return cut(layer.name, LONGEST), [cut(line, LONGEST) for line in lines]


def drawn(
    title: str, boxes: list[Box], ways: list[tuple[int, int]], notes: list[str], rules: str
) -> str:
    """Boxes, lines and notes as SVG."""
    sizes = [size(box) for box in boxes]
    layout = arrange([(height, width) for width, height in sizes], ways) if boxes else None
    width, down = (layout.height, layout.width) if layout else (0.0, 16.0)
    told = [row for note in [title, *notes] for row in folded(note, 60)]
    width = max(width, max(map(columns, told)) * LETTER + 32)
    aside = (width - layout.height) / 2 if layout else 0.0  # the middle, if notes are wider
    parts = []
    for number, (_, target) in enumerate(ways):
        assert layout is not None
        # draw() has its lines end at the left of a box; here that is its top
        corner = layout.corners[target]
        points = [(y + aside, x) for x, y in layout.lines[number]]
        parts.append(way([*points[:-1], (points[-1][0], corner[0])]))
    for box, (y, x), (wide, high) in zip(
        boxes, layout.corners if layout else [], sizes, strict=True
    ):
        parts += drawn_box(box, (x + aside, y), (wide, high))
    parts += [words(16, down + (k + 0.7) * LINE, row, "note") for k, row in enumerate(told)]
    height = down + len(told) * LINE + 10
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="mgp" role="img" width="{width:.0f}" '
            f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">',
            f"<title>{safe(title)}</title><style>{rules}{RULES}</style>",
            f'<rect class="paper" width="{width:.0f}" height="{height:.0f}" rx="6"/>',
            *parts,
            "</svg>",
        ]
    )


def size(box: Box) -> Point:
    """Width and height of a box."""
    name, lines = box
    letters = max(columns(line) for line in [name, *lines])
    return max(letters * LETTER + 24, 110.0), (1 + len(lines)) * LINE + 12


def drawn_box(box: Box, corner: Point, size: Point) -> list[str]:
    """A box with its lines, centred."""
    (x, y), (width, height), (name, lines) = corner, size, box
    middle = x + width / 2
    return [
        f'<rect class="layer panel" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="5"/>',
        words(middle, y + LINE + 2, name, "title", "middle"),
        *(
            words(middle, y + (k + 2) * LINE + 2, line, "note" if k else "", "middle")
            for k, line in enumerate(lines)
        ),
    ]


def way(points: list[Point]) -> str:
    """A line from box to box: straight down through rows, in a curve between them."""
    (x, y), *rest = points
    text = f"M{x:.1f},{y:.1f}"
    for k, (x, y) in enumerate(rest):
        if k % 2 == 0:
            text += f"V{y:.1f}"
        else:
            before = points[k]
            half = (before[1] + y) / 2
            text += f"C{before[0]:.1f},{half:.1f} {x:.1f},{half:.1f} {x:.1f},{y:.1f}"
    x, y = points[-1]
    return f'<path class="way panel" d="{text}M{x - 3.5:.1f},{y - 7:.1f}l3.5,7l3.5-7"/>'
