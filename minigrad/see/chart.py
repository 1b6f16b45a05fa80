"""A chart: curves as SVG, the values above and the slopes below, over the same x.

At a kink a filled dot is what the op takes, an open one the other side.  Shaded is where the slope
is next to 0.  One curve is blue with an orange slope, as in drawings; of several each has a colour
and a dash pattern of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import Any

import numpy as np

from ..arrays import Array
from .curve import SATURATED, Corner, Curve, Window
from .picture import LETTER, LINE
from .svg import DARK, FONT, LIGHT, PLACES, folded, safe

WIDTH, LEFT, RIGHT = 520, 52, 14
TOP, GAP = 26, 48  # above the first panel, and between the two
HEIGHTS = 200, 130
LETTERS = int((WIDTH - 28) / LETTER)
NARROW = 0.05  # px that a point may be off the line of others and be left out
FAR = 4000.0  # px beyond which nothing is drawn
LIGHT_CURVES = (
    "#1d4ed8", "#c2410c", "#047857", "#a21caf", "#0e7490", "#854d0e", "#be123c", "#475569",
)  # fmt: skip
DARK_CURVES = (
    "#7cb3ff", "#ffa366", "#4ade80", "#f0abfc", "#22d3ee", "#facc15", "#fb7185", "#cbd5e1",
)  # fmt: skip
DASHES = ("none", "9 4", "2 4", "12 4 2 4", "5 3", "14 6", "2 2 8 2", "1 6")
RULES = """
.mgp text{font:12px FONT;fill:INK}
.mgp .paper{fill:PAPER}
.mgp .panel{fill:none;stroke:BORDER}
.mgp .grid{stroke:BORDER;stroke-width:.5;opacity:.45}
.mgp .zero{stroke:BORDER;stroke-width:1.2}
.mgp .tick{fill:FAINT}
.mgp .note{fill:FAINT}
.mgp .curve{fill:none;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.mgp circle{stroke-width:1.5}
.mgp .mark{stroke-width:1;paint-order:stroke}
.mgp .ring{fill:none;stroke:INK;stroke-width:1.2}
"""


@dataclass(frozen=True, slots=True)
class Axes:
    """What a chart shows of x, of y and of the slope; no third panel where no slope is known."""

    x: Window
    y: Window
    slope: Window | None


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the two frames: numbers become places in it."""

    x: Window
    y: Window
    top: float
    height: float

    def across(self, x: Array | float) -> Any:
        """The place of x from the left of the frame."""
        return (x - self.x[0]) / (self.x[1] - self.x[0]) * (WIDTH - LEFT - RIGHT)

    def down(self, y: Array | float) -> Any:
        """The place of y from the top of the frame, as far as anybody can see."""
        with np.errstate(all="ignore"):
            place = (self.y[1] - y) / (self.y[1] - self.y[0]) * self.height
        return np.clip(place, -FAR, FAR)


def axes(curves: Sequence[Curve], window: Window) -> Axes:
    """Axes that all of the curves fit into."""
    slopes = [c.slope for c in curves if c.slope is not None]
    y = fitting([c.y for c in curves], window)
    return Axes(window, y, fitting(slopes, window) if slopes else None)


def fitting(rows: Sequence[Array], window: Window) -> Window:
    """From the lowest to the highest, but for what outgrows x by far while most does not."""
    heights = np.concatenate(rows)
    heights = heights[np.isfinite(heights)]
    if not heights.size:
        return (-1.0, 1.0)
    reach = 2 * max(map(abs, window))
    near = heights[np.abs(heights) <= reach]
    if near.size > heights.size / 2 and np.abs(heights).max() > 3 * reach:
        heights = near
    low, high = float(heights.min()), float(heights.max())
    if low > 0 and low <= 2 * (high - low):
        low = 0.0
    if high < 0 and -high <= 2 * (high - low):
        high = 0.0
    room = 0.07 * (high - low) or max(abs(low), 1.0)
    return max(low - room, -1e300), min(high + room, 1e300)


def chart(curves: Sequence[Curve], axes: Axes, rules: str, notes: Iterable[str] = ()) -> str:
    """The curves as SVG, with style rules in it unless the page has them, and notes below."""
    legend = [] if len(curves) == 1 else legend_of(curves)
    top = TOP + LINE * len({y for y, _ in legend}) + (8 if legend else 0)
    first = Panel(axes.x, axes.y, top, HEIGHTS[0])
    parts = drawn_panel(first, title_of(curves, slope=False), curves, slope=False)
    bottom = top + HEIGHTS[0]
    if axes.slope is not None:
        second = Panel(axes.x, axes.slope, bottom + GAP, HEIGHTS[1])
        parts += drawn_panel(second, title_of(curves, slope=True), curves, slope=True)
        bottom += GAP + HEIGHTS[1]
    told = [row for note in notes for row in folded(note, LETTERS)]
    height = bottom + 28 + LINE * len(told) + (8 if told else 0)
    y = bottom + 38
    parts += [words(14, y + k * LINE, row, "note") for k, row in enumerate(told)]
    title = " and ".join(c.label for c in curves)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="mgp" role="img" width="{WIDTH}" '
            f'height="{height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}">',
            f"<title>{safe(title)}</title><desc>{safe(' '.join(told) or title)}</desc>",
            f"<style>{rules}</style>" if rules else "",
            f'<rect class="paper" width="{WIDTH}" height="{height:.0f}" rx="6"/>',
            *(line for _, line in legend),
            *parts,
            "</svg>",
        ]
    )


def style(dark: bool = True) -> str:
    """The rules, and once more for readers who have asked for dark."""
    rules = coloured(LIGHT, LIGHT_CURVES)
    if not dark:
        return rules
    return f"{rules}@media (prefers-color-scheme:dark){{{coloured(DARK, DARK_CURVES)}}}"


def coloured(colours: Sequence[str], curves: Sequence[str]) -> str:
    """The rules in these colours."""
    rules = RULES.replace("FONT", FONT)
    for place, colour in zip(PLACES, colours, strict=True):
        rules = rules.replace(place.upper(), colour)
    for k, (colour, dash) in enumerate(zip(curves, DASHES, strict=True)):
        rules += f".mgp .c{k}{{stroke:{colour};fill:{colour}}}\n"
        rules += f".mgp .curve.c{k}{{stroke-dasharray:{dash};fill:none}}\n"
    backward = colours[PLACES.index("backward")]
    rules += f".mgp .slope{{stroke:{backward};fill:{backward}}}\n.mgp .curve.slope{{fill:none}}\n"
    rules += f".mgp circle.open{{fill:{colours[0]}}}\n.mgp path.mark{{stroke:{colours[0]}}}\n"
    return f"{rules}.mgp rect.flat{{stroke:none;opacity:.15}}\n"


def title_of(curves: Sequence[Curve], slope: bool) -> str:
    """What a panel shows: `elu(alpha=0.3)` and `d elu / dx`, or `f` and `df / dx` of several."""
    names = {c.op.declaration.inputs[0] for c in curves}
    x = names.pop() if len(names) == 1 else "x"
    if len(curves) > 1:
        return f"df / d{x}" if slope else f"f({x})"
    return f"d {curves[0].op.name} / d{x}" if slope else curves[0].label


def said(curves: Sequence[Curve]) -> list[str]:
    """Kinks, and what shading means."""
    lines = []
    for curve in curves:
        of = f"{curve.label}: " if len(curves) > 1 else ""
        lines += [f"{of}{corner}" for corner in curve.corners]
        if curve.slope is None:
            x = curve.op.declaration.inputs[0]
            lines.append(f"{of}no slope is declared with respect to {x}")
    if len(lines) > 8:
        lines[7:] = [f"and {len(lines) - 7} more kinks and jumps"]
    if any(curve.saturated() for curve in curves):
        lines.append(f"shaded: the slope is below {SATURATED:g}, next to nothing flows back")
    return lines


def legend_of(curves: Sequence[Curve]) -> list[tuple[float, str]]:
    """A sample of each line with its label, in rows."""
    x, y = 14.0, 8.0
    found: list[tuple[float, str]] = []
    for k, curve in enumerate(curves):
        wide = 34 + len(curve.label) * LETTER + 18
        if x > 14 and x + wide > WIDTH:
            x, y = 14.0, y + LINE
        sample = f'<path class="curve c{k}" d="M{x:.0f},{y + 8:.0f}h26"/>'
        found.append((y, sample + words(x + 34, y + 12, curve.label)))
        x += wide
    return found


def drawn_panel(panel: Panel, title: str, curves: Sequence[Curve], slope: bool) -> list[str]:
    """A frame with its ticks, and all that is in it."""
    wide = WIDTH - LEFT - RIGHT
    frame = f'x="{LEFT}" y="{panel.top}" width="{wide}" height="{panel.height}"'
    inside: list[str] = []
    dots: list[str] = []
    for k, curve in enumerate(curves):
        heights = curve.slope if slope else curve.y
        if heights is None:
            continue
        kind = "slope" if slope and len(curves) == 1 else f"c{k}"
        if slope:
            band = panel.height / len(curves)
            inside[:0] = [zone(panel, e, k * band, band, kind) for e in curve.saturated()]
        line = path(panel.across(curve.x), panel.down(curve.line(heights)))
        hint = f"<title>{safe(curve.label)}</title>"
        inside.append(f'<path class="curve {kind}" d="{line}">{hint}</path>')
        dots += [dot for corner in curve.corners for dot in dots_of(panel, corner, slope, kind)]
    return [
        words(LEFT, panel.top - 8, title),
        *ticks_of(panel),
        f'<svg {frame} viewBox="0 0 {wide} {panel.height}">',
        *inside,
        "</svg>",
        f'<rect class="panel" {frame}/>',
        *dots,
    ]


def ticks_of(panel: Panel) -> list[str]:
    """Lines and numbers at a few round places."""
    parts = []
    for x in ticks(panel.x, 7):
        at = LEFT + panel.across(x)
        kind = "zero" if x == 0 else "grid"
        parts.append(f'<path class="{kind}" d="M{at:.1f},{panel.top}v{panel.height}"/>')
        parts.append(words(at, panel.top + panel.height + 16, f"{x:.6g}", "tick", "middle"))
    for y in ticks(panel.y, 5 if panel.height > 150 else 4):
        at = panel.top + panel.down(y)
        kind = "zero" if y == 0 else "grid"
        parts.append(f'<path class="{kind}" d="M{LEFT},{at:.1f}h{WIDTH - LEFT - RIGHT}"/>')
        parts.append(words(LEFT - 6, at + 4, f"{y:.4g}", "tick", "end"))
    return parts


def ticks(window: Window, most: int) -> list[float]:
    """At most so many round numbers in a window.

    >>> ticks((-6.0, 6.0), 7), ticks((0.0, 1.1), 4)
    ([-6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0], [0.0, 0.5, 1.0])
    """
    low, high = window
    power = 10.0 ** floor(log10((high - low) / most))
    for step in (power, 2 * power, 2.5 * power, 5 * power, 10 * power):
        first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
        if last - first < most:
            break
    return [float(f"{k * step:.12g}") for k in range(first, last + 1)]


def zone(panel: Panel, ends: Window, top: float, height: float, kind: str) -> str:
    """Shade what is between two values of x; each of several curves has a band of its own."""
    a, b = panel.across(np.array(ends))
    return (
        f'<rect class="flat {kind}" x="{a:.1f}" y="{top:.1f}" width="{b - a:.1f}" '
        f'height="{height:.1f}"/>'
    )


def dots_of(panel: Panel, corner: Corner, slope: bool, kind: str) -> list[str]:
    """Open dots for the sides of a corner that differ from what is taken, a filled one for that."""
    before, at, after = corner.slopes if slope else corner.values
    sides = {side for side in (before, after) if abs(side - at) > 1e-9 * max(1.0, abs(at))}
    x = LEFT + panel.across(corner.x)
    parts = []
    for name, height in [*(("open", side) for side in sorted(sides)), ("taken", at)]:
        if isfinite(height) and panel.y[0] <= height <= panel.y[1]:
            y = panel.top + panel.down(height)
            parts.append(
                f'<circle class="{name} {kind}" cx="{x:.2f}" cy="{y:.2f}" r="4">'
                f"<title>{safe(str(corner))}</title></circle>"
            )
    return parts


def path(x: Array, y: Array) -> str:
    """A line through the points, broken where one is not finite; none that a ruler would add."""
    text, last = [], -1
    for k in range(len(x)):
        if not isfinite(y[k]):
            last = -1
        elif last < 0 or k + 1 == len(x) or not straight(x[last : k + 2], y[last : k + 2]):
            text.append(f"{'M' if last < 0 else 'L'}{x[k]:.2f},{y[k]:.2f}")
            last = k
    return "".join(text)


def straight(x: Array, y: Array) -> bool:
    """Whether all points are, as far as anybody can see, on the line from the first to the last."""
    if not isfinite(y[-1]) or x[-1] <= x[0]:
        return False
    line = y[0] + (x - x[0]) / (x[-1] - x[0]) * (y[-1] - y[0])
    return bool(np.abs(line - y).max() <= NARROW)


def words(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    """A line of text."""
    of = f' class="{kind}"' if kind else ""
    return f'<text{of} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{safe(text)}</text>'
