"""The boundary: which class a model gives to each point of a plane, and how sure it is.

The plane is an image of one pixel for each point asked about, written as PNG into the SVG.
"""

import base64
import struct
import zlib
from typing import Any

import numpy as np

from ..arrays import Array, brief
from .chart import LEFT, LIGHT_CURVES, RIGHT, TOP, WIDTH, Panel, ticks, words
from .image import Image
from .picture import LETTER, LINE
from .svg import safe

HEIGHT = 360
PIXELS = 140, 110  # points asked about: across, down
FAINT, STRONG = 0.16, 0.55  # how opaque: where two classes are equal, where one is certain
MOST_POINTS = 2000
COLOURS = len(LIGHT_CURVES)
SHAPES = (  # of the points of each class, around (0, 0)
    "M-3.5,0a3.5,3.5 0 1 0 7,0a3.5,3.5 0 1 0-7,0z", "M-3.2,-3.2h6.4v6.4h-6.4z",
    "M0,-4.4L4.2,3.2H-4.2z", "M0,-4.6L4.6,0L0,4.6L-4.6,0z",
)  # fmt: skip


def boundary(model: Any, x: Any, y: Any = None) -> Image:
    """The classes of a plane, with examples on it; those that the model gets wrong are ringed.

    Parameters
    ----------
    model : takes (examples, 2); gives probabilities or logits, one for each class, or one alone.
    x : (examples, 2) points; the picture shows where they are, and a little more.
    y : (examples,) classes as whole numbers, or -1 and 1, or (examples, classes) one-hot.

    >>> print(boundary(lambda x: x[:, :1] > 0, [[-1.0, 0.0], [1.0, 0.0]], [0, 0]))
    <boundary of 2 classes: 1 of 2 examples right; .save('picture.svg') to see it>
    """
    if not callable(model):
        raise TypeError(f"boundary: model={brief(model)} given; give a model or a function of x")
    try:
        points = np.asarray(x, np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"boundary: x={brief(x)} given; it must be numbers") from None
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"boundary: x of shape {points.shape} given; it must be (examples, 2)")
    if not np.isfinite(points).all():
        raise ValueError("boundary: x holds nan or infinity, which have no place in a plane")
    low, high = points.min(axis=0), points.max(axis=0)
    more = np.where(high > low, 0.08 * (high - low), 1.0)
    low, high = low - more, high + more
    across, down = (np.linspace(a, b, n) for a, b, n in zip(low, high, PIXELS, strict=True))
    grid = np.stack(np.meshgrid(across, down[::-1]), axis=-1).reshape(-1, 2)
    names, labels = classes_of(y, len(points))
    signs = names == ["-1", "1"]
    sure = probabilities(model, grid, signs)
    if labels is not None and len(names) > sure.shape[1]:
        raise ValueError(
            f"boundary: y has the classes {', '.join(names)}, and the model {sure.shape[1]}"
        )
    names = names or [str(k) for k in range(sure.shape[1])]
    names += [str(k) for k in range(len(names), sure.shape[1])]
    found = probabilities(model, points, signs).argmax(axis=1)
    right = None if labels is None else found == labels
    said = "" if right is None else f": {right.sum():,} of {len(right):,} examples right"
    title = f"boundary of {sure.shape[1]} classes{said}"
    plane = data_url(pixels(sure))
    frame = Panel((low[0], high[0]), (low[1], high[1]), TOP + LINE, HEIGHT)
    return Image(
        title, lambda rules: drawn(title, plane, frame, points, labels, right, names, rules)
    )


def classes_of(y: Any, count: int) -> tuple[list[str], Array | None]:
    """The names of the classes, and the class of each example by its number."""
    if y is None:
        return [], None
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] > 1:
        labels = labels.argmax(axis=1)
    labels = labels.reshape(-1)
    if len(labels) != count:
        raise ValueError(f"boundary: y of {len(labels)} examples given for {count} of x")
    if labels.dtype.kind not in "biuf" or not np.array_equal(labels, np.round(labels)):
        raise ValueError(f"boundary: y={brief(y)} given; classes are whole numbers")
    labels = labels.astype(np.int64)
    if labels.min() == -1 and set(labels.tolist()) <= {-1, 1}:
        return ["-1", "1"], (labels + 1) // 2
    if labels.min() < 0:
        raise ValueError(f"boundary: class {labels.min()} given; classes are 0, 1, ... or -1 and 1")
    return [str(k) for k in range(int(labels.max()) + 1)], labels


def probabilities(model: Any, x: Array, signs: bool) -> Array:
    """The probability of each class, (examples, classes); logits become such."""
    given = getattr(model, "predict_on_batch", model)(x)
    try:
        outputs = np.asarray(given, np.float64).reshape(len(x), -1)
    except (TypeError, ValueError):
        raise ValueError(
            f"boundary: the model gives {brief(given)}; it must give (examples, classes)"
        ) from None
    logits = bool(getattr(getattr(model, "loss", None), "from_logits", False))
    with np.errstate(over="ignore", invalid="ignore"):
        if outputs.shape[1] == 1:
            inside = ((outputs >= 0) & (outputs <= 1)).all()
            if signs:
                outputs = np.clip((1 + outputs) / 2, 0, 1)
            elif logits or not inside:
                outputs = 1 / (1 + np.exp(-outputs))
            return np.nan_to_num(np.hstack([1 - outputs, outputs]))
        if logits or (outputs < 0).any() or abs(outputs.sum(axis=1) - 1).max() > 1e-3:
            outputs = np.exp(outputs - outputs.max(axis=1, keepdims=True))
            outputs /= outputs.sum(axis=1, keepdims=True)
    return np.nan_to_num(outputs)


def pixels(sure: Array) -> Array:
    """The colour of the most probable class, the more opaque the surer: (down, across, 4)."""
    best, count = sure.argmax(axis=1), sure.shape[1]
    colours = np.array([list(bytes.fromhex(c[1:])) for c in LIGHT_CURVES])
    share = np.clip((sure.max(axis=1) - 1 / count) / (1 - 1 / count), 0, 1)
    alpha = 255 * (FAINT + (STRONG - FAINT) * share)
    flat = np.column_stack([colours[best % COLOURS], alpha]).round().astype(np.uint8)
    return flat.reshape(PIXELS[1], PIXELS[0], 4)


def data_url(image: Array) -> str:
    """The image as PNG inside of an address, so that nothing is fetched.

    PNG is a signature and chunks: length, kind, data, checksum; https://www.w3.org/TR/png/.
    """

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    height, width, _ = image.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)  # 8 bits of red to alpha
    rows = b"".join(b"\0" + row.tobytes() for row in image)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows, 9)), chunk(b"IEND", b"")]
    written = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return f"data:image/png;base64,{written.decode()}"


def drawn(
    title: str,
    plane: str,
    frame: Panel,
    points: Array,
    labels: Array | None,
    right: Array | None,
    names: list[str],
    rules: str,
) -> str:
    """The plane, the points on it, and what the colours mean, as SVG."""
    top, wide = frame.top, WIDTH - LEFT - RIGHT
    place = f'x="{LEFT}" y="{top:.0f}" width="{wide}" height="{HEIGHT}"'
    legend, below = legend_of(names, top + HEIGHT + 26)
    note = title.partition(": ")[2]
    if right is not None and not right.all():
        note += "; wrong ones are ringed"
    if len(points) > MOST_POINTS:
        note += f"; {MOST_POINTS:,} drawn"
    marks = dots(frame, points[:MOST_POINTS], labels, right)
    height = below + 14
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="mgp" role="img" width="{WIDTH}" '
            f'height="{height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}">',
            f"<title>{safe(title)}</title><style>{rules}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{height:.0f}" rx="6"/>',
            words(LEFT, TOP, note),
            f'<image {place} preserveAspectRatio="none" href="{plane}"/>',
            *axes(frame),
            *marks,
            f'<rect class="panel" {place}/>',
            *legend,
            "</svg>",
        ]
    )


def axes(frame: Panel) -> list[str]:
    """Numbers along both inputs."""
    parts = []
    for x in ticks(frame.x, 7):
        at = LEFT + frame.across(x)
        parts.append(words(at, frame.top + HEIGHT + 16, f"{x:.4g}", "tick", "middle"))
    for y in ticks(frame.y, 6):
        parts.append(words(LEFT - 6, frame.top + frame.down(y) + 4, f"{y:.4g}", "tick", "end"))
    return parts


def dots(frame: Panel, points: Array, labels: Array | None, right: Array | None) -> list[str]:
    """A mark for each example: its shape and colour say its class, a ring that it is wrong."""
    parts = []
    for k, (x, y) in enumerate(points):
        a, b = LEFT + frame.across(x), frame.top + frame.down(y)
        label = None if labels is None else int(labels[k])
        kind = "tick" if label is None else f"c{label % COLOURS}"
        shape = SHAPES[0 if label is None else label % len(SHAPES)]
        at = f'transform="translate({a:.1f},{b:.1f})"'
        parts.append(f'<path class="mark {kind}" {at} d="{shape}"/>')
        if right is not None and not right[k]:
            parts.append(f'<circle class="ring" cx="{a:.1f}" cy="{b:.1f}" r="6.5"/>')
    return parts


def legend_of(names: list[str], y: float) -> tuple[list[str], float]:
    """A mark for each class with its name; and where the next line would be."""
    x, parts = float(LEFT), []
    y += 10
    for k, name in enumerate(names):
        wide = 20 + (len(name) + 6) * LETTER + 14
        if x > LEFT and x + wide > WIDTH:
            x, y = float(LEFT), y + LINE
        at = f'transform="translate({x + 5:.0f},{y - 4:.0f})"'
        parts.append(f'<path class="mark c{k % COLOURS}" {at} d="{SHAPES[k % len(SHAPES)]}"/>')
        parts.append(words(x + 16, y, f"class {name}"))
        x += wide
    return parts, y
