"""The page: figures as tables, for a terminal and in Markdown."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .figures import OVER, Cell, Figures
from .machine import LOAD

INTRODUCTION = """\
# Benchmarks

This page is made by `minigrad bench`: nothing on it is typed in. Every library runs in a process of
its own, they take turns, and each figure is a median. **The speed of a machine drifts: read the
ratios.** What exceeds its goal is bold.
"""
# Shown for each cell of the activations, in place of rows with a word for each.
ACROSS = "activations"
# Columns that fit into a terminal.
MOST = 7


def show(figures: Figures, console: Console) -> None:
    """A table in the terminal; what exceeds its goal is red."""
    header, *rows = list(table(figures))
    shown = Table(*(words for words, _ in header), title=figures.title)
    for row in rows:
        shown.add_row(*(Text(words, style="red" if bad else "") for words, bad in row))
    console.print(shown)
    for line in summary(figures):
        console.print(Text(line))


Words = tuple[str, bool]


def table(figures: Figures) -> Iterator[list[Words]]:
    """The header and the rows: words, and whether they say that a goal was exceeded."""
    if figures.what == ACROSS:
        yield from across(figures)
        return
    sides, ratios = figures.measured(), figures.compared()
    units = [f"{side}, {figures.unit}" for side in sides]
    rows = [[(words, False) for words in (", ".join(figures.columns), *units, *ratios)]]
    for cell in figures.cells:
        row = [(", ".join(cell.case), False)]
        row += [(number(cell.value(side), figures.scale), cell.missed(side)) for side in sides]
        row += [(number(cell.value(ratio)), cell.missed(ratio)) for ratio in ratios]
        rows.append(row)
    # many libraries stand below each other
    yield from map(list, zip(*rows, strict=True)) if len(rows[0]) > MOST else rows


def across(figures: Figures) -> Iterator[list[Words]]:
    """A row for each activation, a column for each way and size, with the only ratio there is."""
    (ratio,) = figures.compared() or [figures.sides[0]]
    columns = list(dict.fromkeys(cell.case[1:] for cell in figures.cells))
    heading = figures.columns[0] if OVER in ratio else f"{figures.columns[0]}, {figures.unit}"
    yield [(heading, False), *((", ".join(words), False) for words in columns)]
    found: Mapping[tuple[str, ...], Cell] = {cell.case: cell for cell in figures.cells}
    for name in dict.fromkeys(cell.case[0] for cell in figures.cells):
        cells = [found[(name, *words)] for words in columns]
        values = [
            (number(cell.value(ratio), scale(figures, ratio)), cell.missed(ratio)) for cell in cells
        ]
        yield [(name, False), *values]


def number(value: float | None, scale: float = 1.0) -> str:
    """Three digits.

    >>> number(0.00012345, 1e6), number(12345.6), number(None)
    ('123', '12,346', '')
    """
    if value is None:
        return ""
    value *= scale
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def summary(figures: Figures) -> list[str]:
    """Geometric means, cells above their goal, and what went wrong."""
    lines = [
        f"{', '.join((ratio, *group))}: geometric mean {mean:.2f}"
        for group, ratio, mean in figures.means()
    ]
    total = sum(1 for c in figures.cells for name in c.goals if c.value(name) is not None)
    several = len({name for cell in figures.cells for name in cell.goals}) > 1
    missed = [
        f"{', '.join(cell.case)}{f', {name}' if several else ''} "
        f"{number(cell.value(name), scale(figures, name))} ({cell.goals[name]:g})"
        for cell, name in figures.missed()
    ]
    lines.append(f"above their goal: {len(missed)} of {total}" + "".join(f"; {m}" for m in missed))
    return lines + figures.notes


def scale(figures: Figures, name: str) -> float:
    """Ratios have no unit."""
    return 1.0 if OVER in name else figures.scale


def markdown(found: Mapping[str, Figures], picture: str | None = None) -> str:
    """The whole page; `picture` is where the chart is, seen from the page."""
    parts = [INTRODUCTION]
    if picture:
        parts.append(f"![The figures of this page]({picture})\n")
    machines: dict[str, list[str]] = {}
    for what, figures in found.items():
        header, *rows = list(table(figures))
        load = figures.machine.get(LOAD, "not known")
        facts = f"rounds: {figures.rounds}, load of the machine before: {load}"
        lines = [f"## {figures.title[0].upper()}{figures.title[1:]}", ""]
        lines += [f"{figures.date}, `{figures.command}`, {facts}.", ""]
        lines += [line(words for words, _ in header), line("---" for _ in header)]
        lines += [line(f"**{w}**" if bad else w for w, bad in row) for row in rows]
        parts.append("\n".join([*lines, "", *(f"- {text}" for text in summary(figures)), ""]))
        known = "; ".join(f"{k}: {text}" for k, text in figures.machine.items() if k != LOAD)
        machines.setdefault(known, []).append(what)
    lines = [f"- {', '.join(whats)}: {known}" for known, whats in machines.items()]
    return "\n".join([*parts, "## Measured on", "", *lines, ""])


def line(cells: Iterable[str]) -> str:
    """A row of a Markdown table."""
    return "| " + " | ".join(cells) + " |"


def write(path: str, found: Mapping[str, Figures], picture: str | None) -> None:
    """Write the page, with a link to the picture if there is one."""
    link = None if picture is None else os.path.relpath(picture, Path(path).absolute().parent)
    text = markdown(found, None if link is None else Path(link).as_posix())
    Path(path).write_text(text, encoding="utf-8")
