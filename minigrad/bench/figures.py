"""Figures: what was measured, every turn of it, and what follows: medians, ratios, goals."""

import json
import math
import os
import statistics
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

# Where a goal is for the ratio of two sides, its name is "minigrad / PyTorch".
OVER = " / "


@dataclass
class Cell:
    """One case, such as ("relu", "forward", "64"), and what each side took in each turn.

    `goals` says what should not be exceeded, by a side or by the ratio of two.
    """

    case: tuple[str, ...]
    turns: dict[str, list[float]] = field(default_factory=dict)
    goals: dict[str, float] = field(default_factory=dict)

    def add(self, side: str, value: float) -> None:
        """Keep what a side took in one turn, with four digits."""
        self.turns.setdefault(side, []).append(float(f"{value:.4g}"))

    def value(self, name: str) -> float | None:
        """The median of a side, or the ratio of two medians; None if one was not measured.

        >>> cell = Cell(("relu",), {"minigrad": [2.0, 1.0, 9.0], "PyTorch": [4.0]})
        >>> cell.value("minigrad"), cell.value("minigrad / PyTorch"), cell.value("JAX")
        (2.0, 0.5, None)
        """
        above, _, below = name.partition(OVER)
        medians = [
            statistics.median(self.turns[side]) if self.turns.get(side) else None
            for side in ([above, below] if below else [above])
        ]
        if None in medians:
            return None
        return medians[0] / medians[1] if below else medians[0]  # type: ignore[operator]

    def missed(self, name: str) -> bool:
        """Whether there is a goal for this, and it is exceeded."""
        value = self.value(name)
        return value is not None and value > self.goals.get(name, math.inf)


@dataclass
class Figures:
    """All cells of one idea, and where and when they were measured.

    columns   what the words of a case are
    sides     the libraries, in the order of the table
    ratios    pairs of sides to compare, "minigrad / PyTorch"
    unit      "us", "MB" or "s"; `scale` turns what was measured into it
    groups    the words of a case that cases must share to have a geometric mean in common
    """

    what: str
    title: str
    columns: tuple[str, ...]
    sides: tuple[str, ...]
    ratios: tuple[str, ...]
    unit: str
    scale: float
    groups: tuple[int, ...]
    cells: list[Cell] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rounds: int = 0
    date: str = ""
    command: str = ""
    machine: dict[str, str] = field(default_factory=dict)

    def measured(self) -> list[str]:
        """The sides that have figures."""
        return [s for s in self.sides if any(cell.turns.get(s) for cell in self.cells)]

    def compared(self) -> list[str]:
        """The ratios that there are figures for."""
        return [r for r in self.ratios if any(c.value(r) is not None for c in self.cells)]

    def means(self) -> list[tuple[tuple[str, ...], str, float]]:
        """The geometric mean of each ratio for each group of cases, (group, ratio, mean).

        Where two words make a group, those that share the first have a mean, too.
        """
        found = []
        for n in range(min(1, len(self.groups)), len(self.groups) + 1):
            for group in dict.fromkeys(self.group(cell)[:n] for cell in self.cells):
                cells = [c for c in self.cells if self.group(c)[:n] == group]
                for ratio in self.compared():
                    if known := [v for c in cells if (v := c.value(ratio)) is not None]:
                        found.append((group, ratio, geometric_mean(known)))
        return found

    def group(self, cell: Cell) -> tuple[str, ...]:
        """The words that decide which cells belong together."""
        return tuple(cell.case[k] for k in self.groups)

    def missed(self) -> list[tuple[Cell, str]]:
        """The cells that exceed a goal, and which one."""
        return [(cell, name) for cell in self.cells for name in cell.goals if cell.missed(name)]


def geometric_mean(values: Iterable[float]) -> float:
    """The mean for ratios: twice as fast and half as fast make 1.

    >>> geometric_mean([2.0, 0.5])
    1.0
    """
    return math.exp(statistics.mean(math.log(v) for v in values))


def load(path: str | Path) -> dict[str, Figures]:
    """The figures in a JSON file, by idea; none if there is no such file."""
    file = Path(path)
    if not file.exists():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {what: read(fields) for what, fields in content.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(
            f"bench: {path} is not a file of `minigrad bench --json`: {error}"
        ) from None


def read(fields: Mapping[str, Any]) -> Figures:
    """Figures from the fields of JSON, which knows no tuples."""
    cells = [Cell(tuple(c["case"]), c["turns"], c["goals"]) for c in fields["cells"]]
    tuples = {k: tuple(fields[k]) for k in ("columns", "sides", "ratios", "groups")}
    return Figures(**{**fields, **tuples, "cells": cells})


def save(path: str | Path, figures: Mapping[str, Figures]) -> None:
    """Write all figures as JSON; the old file stays until it is done."""
    content = {what: asdict(found) for what, found in figures.items()}
    folder = Path(path).absolute().parent
    with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
