"""SVG: a picture as text that every browser and notebook shows, with nothing to install or fetch.

Blue is forward, orange is backward.  The colours follow the reader's light or dark setting.
"""

import re
from collections.abc import Sequence
from html import escape

from .layout import Layout, Point
from .picture import LETTER, LINE, PADDING, STALK, Box, Picture

FONT = "ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,'Courier New',monospace"
# paper, box, border, ink, faint, forward, backward
LIGHT = ("#ffffff", "#f8fafc", "#94a3b8", "#0f172a", "#64748b", "#1d4ed8", "#c2410c")
DARK = ("#0f172a", "#1e293b", "#64748b", "#f1f5f9", "#94a3b8", "#7cb3ff", "#ffa366")
# around a picture on a page of its own
PAGE = """body{margin:16px;background:#f1f5f9;color:#0f172a}
@media (prefers-color-scheme:dark){body{background:#020617;color:#f1f5f9}}"""
PLACES = ("paper", "box", "border", "ink", "faint", "forward", "backward")
RULES = """
.mg text{font:12px FONT;fill:INK}
.mg .paper{fill:PAPER}
.mg .box{fill:BOX;stroke:BORDER}
.mg .constant .box{stroke-dasharray:3 3}
.mg .leaf .box{stroke:FORWARD;stroke-width:1.5}
.mg .group .box{stroke-width:3}
.mg .op{fill:PAPER;stroke:FORWARD;stroke-width:1.5}
.mg .edge{fill:none;stroke:BORDER;stroke-width:1.3}
.mg .tip{fill:BORDER}
.mg .name{font-weight:bold}
.mg .value{fill:FORWARD}
.mg .gradient{fill:BACKWARD}
.mg .note{fill:FAINT}
"""
# What XML 1.0 cannot hold at all
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg(picture: Picture, dark: bool = True) -> str:
    """The picture as SVG; without `dark`, always in light colours."""
    layout = picture.layout()
    backward = "   orange: gradients, backward" if any(b.gradient for b in picture.boxes) else ""
    notes = [f"blue: values, forward{backward}", *picture.notes]
    rows = [row for note in notes for row in folded(note, 100)]
    width = max(layout.width, max(map(len, rows)) * LETTER + 2 * PADDING + 16)
    height = layout.height + len(rows) * LINE + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="mg" role="img" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">',
        f"<title>{safe(picture.title)}</title>",
        f"<desc>{safe(picture.description)}</desc>",
        f"<style>{style(dark)}</style>",
        f'<rect class="paper" width="{width:.0f}" height="{height:.0f}" rx="6"/>',
        *lines(picture, layout),
    ]
    for number, (box, corner) in enumerate(zip(picture.boxes, layout.corners, strict=True)):
        parts.append(drawn(box, corner, number))
    for number, row in enumerate(rows):
        y = layout.height + (number + 0.7) * LINE
        parts.append(text(16, y, [("note", row)]))
    return "\n".join([*parts, "</svg>"])


def style(dark: bool) -> str:
    """The rules, and once more for readers who have asked for dark."""
    rules = coloured(LIGHT)
    return f"{rules}@media (prefers-color-scheme:dark){{{coloured(DARK)}}}" if dark else rules


def coloured(colours: Sequence[str]) -> str:
    """The rules in these colours."""
    rules = RULES.replace("FONT", FONT)
    for place, colour in zip(PLACES, colours, strict=True):
        rules = rules.replace(place.upper(), colour)
    return rules


def lines(picture: Picture, layout: Layout) -> list[str]:
    """The lines with their tips; several into the same box arrive a little apart."""
    arrivals: dict[int, int] = {}
    total = [0] * len(picture.boxes)
    for _, target in picture.edges:
        total[target] += 1
    parts = []
    for (source, target), points in zip(picture.edges, layout.lines, strict=True):
        k = arrivals[target] = arrivals.get(target, -1) + 1
        spread = min(9.0, 18.0 / total[target])
        (x, y), *rest = points[::-1]
        end = (x - 6, y + (k - (total[target] - 1) / 2) * spread)
        curve = path([*rest[::-1][:-1], end])
        tip = f"M{end[0] + 5:.1f},{end[1]:.1f}l-7,-3.5v7z"
        about = f'data-from="{source}" data-to="{target}"'
        parts.append(
            f'<g class="line" {about}><path class="edge" d="{curve}"/>'
            f'<path class="tip" d="{tip}"/></g>'
        )
    return parts


def path(points: list[Point]) -> str:
    """Straight through a column, in a curve through an aisle."""
    x, y = points[0]
    text = f"M{x:.1f},{y:.1f}"
    for k, (x, y) in enumerate(points[1:]):
        if k % 2 == 0:
            text += f"H{x:.1f}"
        else:
            before = points[k]
            half = (before[0] + x) / 2
            text += f"C{half:.1f},{before[1]:.1f} {half:.1f},{y:.1f} {x:.1f},{y:.1f}"
    return text


def drawn(box: Box, corner: Point, number: int) -> str:
    """One box, with its op to the left of it."""
    (x, y), (width, height) = corner, box.size
    left = x + box.sign_width
    middle = y + height / 2
    parts = [f'<g class="{box.kind}" data-box="{number}"><title>{safe(box.hint)}</title>']
    if box.sign:
        wide = box.sign_width - STALK
        parts += [
            f'<path class="edge" d="M{x + wide:.1f},{middle:.1f}h{STALK}"/>',
            f'<rect class="op" x="{x:.1f}" y="{middle - 13:.1f}" width="{wide:.1f}" height="26" '
            'rx="13"/>',
            text(x + wide / 2, middle + 4, [("sign", box.sign)], "middle"),
        ]
    parts.append(
        f'<rect class="box" x="{left:.1f}" y="{y:.1f}" width="{width - box.sign_width:.1f}" '
        f'height="{height:.1f}" rx="4"/>'
    )
    first = middle - (len(box.lines) - 1) * LINE / 2 + 4
    for k, spans in enumerate(written(box)):
        parts.append(text(left + PADDING, first + k * LINE, spans))
    return "".join([*parts, "</g>"])


def written(box: Box) -> list[list[tuple[str, str]]]:
    """The lines on a box, in pieces with the class of each."""
    if box.kind == "group":
        return [[("name" if k == 0 else "note", line)] for k, line in enumerate(box.lines)]
    first = [("name", box.name)] if box.name else []
    first += [("sign", box.equals)] if box.equals else []
    first += [("value", box.value)] if box.value else []
    return [spans for spans in (first, [("gradient", box.gradient)]) if spans and spans[0][1]]


def text(x: float, y: float, spans: list[tuple[str, str]], anchor: str = "start") -> str:
    """A line of text; its spaces are kept."""
    pieces = "".join(f'<tspan class="{kind}">{safe(piece)}</tspan>' for kind, piece in spans)
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" xml:space="preserve">{pieces}</text>'
    )


def folded(note: str, most: int) -> list[str]:
    """A sentence in lines of at most that many letters, broken between words."""
    lines = [""]
    for word in note.split(" "):
        if lines[-1] and len(lines[-1]) + len(word) >= most:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return lines


def safe(words: str) -> str:
    """Text that XML can hold."""
    return escape(FORBIDDEN.sub("\ufffd", words))
