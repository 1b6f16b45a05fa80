"""Panels: numbers that change from epoch to epoch, a frame for each quantity, a line for each name.

Numbers above 0 that span more than two powers of 10 are drawn by their logarithms.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from ..arrays import Array
from .chart import LEFT, LETTERS, RIGHT, TOP, WIDTH, Panel, path, ticks, words
from .curve import Window
from .picture import LETTER, LINE
from .svg import folded, safe

HEIGHT, GAP = 150, 34
COLOURS = 8
FEW = 30  # epochs of which each gets a dot
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a frame shows: lines by name, each of (epoch, value)."""

    title: str
    lines: Mapping[str, Points]

    @property
    def values(self) -> Array:
        """All finite values."""
        found = np.array([y for line in self.lines.values() for _, y in line], float)
        return np.asarray(found[np.isfinite(found)])

    @property
    def powers(self) -> bool:
        """Whether to draw logarithms."""
        values = self.values
        return bool(values.size and values.min() > 0 and values.max() > 100 * values.min())


def panels(title: str, quantities: Sequence[Quantity], rules: str, notes: Iterable[str]) -> str:
    """The frames below each other as SVG, with notes in words at the end."""
    epochs = [x for q in quantities for line in q.lines.values() for x, _ in line]
    across = (min(epochs), max(epochs)) if len(set(epochs)) > 1 else (0.5, 1.5)
    told = [row for note in notes for row in folded(note, LETTERS)]
    y, parts = float(TOP), []
    for k, quantity in enumerate(quantities):
        alone = list(quantity.lines) == [""]  # a line that needs no name
        legend = [] if alone else legend_of(list(quantity.lines), y + 2)
        heading = f"{quantity.title} (by powers of 10)" if quantity.powers else quantity.title
        parts.append(words(LEFT, y - 8, heading))
        parts += [line for _, line in legend]
        y += LINE * len({row for row, _ in legend}) + (6 if legend else 0)
        parts += frame(quantity, across, y, last=k + 1 == len(quantities))
        y += HEIGHT + GAP
    parts.append(words(WIDTH - RIGHT, y - GAP + 30, "epoch", "note", "end"))
    y += 22
    parts += [words(14, y + k * LINE, row, "note") for k, row in enumerate(told)]
    height = y + LINE * len(told) - (0 if told else 8)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="mgp" role="img" width="{WIDTH}" '
            f'height="{height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}">',
            f"<title>{safe(title)}</title><desc>{safe(' '.join(told) or title)}</desc>",
            f"<style>{rules}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{height:.0f}" rx="6"/>',
            *parts,
            "</svg>",
        ]
    )


def legend_of(names: Sequence[str], top: float) -> list[tuple[float, str]]:
    """A sample of each line with its name, in rows."""
    x, y = float(LEFT), top
    found: list[tuple[float, str]] = []
    for k, name in enumerate(names):
        wide = 34 + len(name) * LETTER + 18
        if x > LEFT and x + wide > WIDTH:
            x, y = float(LEFT), y + LINE
        sample = f'<path class="curve c{k % COLOURS}" d="M{x:.0f},{y + 8:.0f}h26"/>'
        found.append((y, sample + words(x + 34, y + 12, name)))
        x += wide
    return found


def frame(quantity: Quantity, across: Window, top: float, last: bool) -> list[str]:
    """A frame with its ticks and lines; the last one has the numbers of the epochs."""
    scaled = np.log10 if quantity.powers else np.asarray
    y = room(scaled(quantity.values), quantity.powers)
    panel = Panel(across, y, top, HEIGHT)
    wide = WIDTH - LEFT - RIGHT
    parts = marks(panel, quantity.powers, last)
    for k, (name, line) in enumerate(quantity.lines.items()):
        xs, ys = np.array(line, float).reshape(-1, 2).T
        with np.errstate(all="ignore"):
            ys = np.where(np.isfinite(ys), panel.down(scaled(ys)), np.nan)
        places = LEFT + panel.across(xs)
        hint = f"<title>{safe(name)}</title>"
        d = path(places, top + ys)
        parts.append(f'<path class="curve c{k % COLOURS}" d="{d}">{hint}</path>')
        if len(xs) <= FEW:
            parts += [
                f'<circle class="c{k % COLOURS}" cx="{a:.1f}" cy="{top + b:.1f}" r="2"/>'
                for a, b in zip(places, ys, strict=True)
                if np.isfinite(b)
            ]
    inside = f'x="{LEFT}" y="{top:.1f}" width="{wide}" height="{HEIGHT}"'
    return [*parts, f'<rect class="panel" {inside}/>']


def room(values: Array, powers: bool) -> Window:
    """From the lowest to the highest, with some room; from 0 where that is near."""
    if not values.size:
        return (0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    if not powers and 0 <= low <= high / 2:
        low = 0.0
    more = 0.06 * (high - low) or max(abs(low) / 2, 0.5)
    return low if low == 0 and not powers else low - more, high + more


def marks(panel: Panel, powers: bool, last: bool) -> list[str]:
    """Lines and numbers at a few round places."""
    parts = []
    for x in ticks(panel.x, 8):
        if x == round(x):  # there is no epoch 1.5
            at = LEFT + panel.across(x)
            parts.append(f'<path class="grid" d="M{at:.1f},{panel.top:.1f}v{panel.height}"/>')
            if last:
                y = panel.top + panel.height + 16
                parts.append(words(at, y, f"{x:.6g}", "tick", "middle"))
    low, high = panel.y
    step = max(1, ceil((floor(high) - ceil(low)) / 4))
    heights = range(ceil(low), floor(high) + 1, step) if powers else ticks(panel.y, 5)
    for y in heights:
        at = panel.top + panel.down(float(y))
        number = f"{10.0**y:.4g}" if powers else f"{y:.4g}"
        parts.append(f'<path class="grid" d="M{LEFT},{at:.1f}h{WIDTH - LEFT - RIGHT}"/>')
        parts.append(words(LEFT - 6, at + 4, number, "tick", "end"))
    return parts
