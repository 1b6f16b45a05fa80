"""`minigrad bench`: measure, show, and keep what was measured as JSON, picture and page."""

import datetime
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console

from . import IDEAS, chart, page, turns
from .figures import Figures, load, save
from .machine import describe
from .sides import present


@dataclass(frozen=True)
class Options:
    """What to measure and what to write.

    what     an idea, "all", or "page", which measures nothing and writes from `json` again
    rounds   how often; without it, as often as fits into a few minutes
    quick    a few cases once, to see that it works
    python   another Python, in which the other libraries are installed
    """

    what: str = "all"
    rounds: int | None = None
    quick: bool = False
    python: str = sys.executable
    json: str | None = None
    png: str | None = None
    page: str | None = None


def bench(options: Options, console: Console) -> None:
    """Measure one idea or all; each is written as soon as it is done."""
    check(options)
    found = load(options.json) if options.json else {}
    if options.what == "page":
        write(options, found)
        return
    versions = turns.installed(options.python)
    for what in IDEAS:
        if options.what in (what, "all"):
            figures = measured(what, options, versions, console)
            page.show(figures, console)
            found = {k: figures if k == what else found.get(k) for k in IDEAS}  # type: ignore[misc]
            found = {k: v for k, v in found.items() if v is not None}
            write(options, found)


def check(options: Options) -> None:
    """Refuse what cannot be written before minutes of measuring."""
    if options.rounds is not None and options.rounds < 1:
        raise ValueError(f"bench: --rounds {options.rounds} given; it must be 1 or more")
    for name in ("json", "png", "page"):
        path = getattr(options, name)
        if path is not None and (Path(path).is_dir() or not Path(path).absolute().parent.is_dir()):
            raise ValueError(f"bench: --{name} {path} given; it must be a file in a folder that is")
    if options.png:
        chart.figure_class()
    if options.what == "page" and not (options.json and Path(options.json).exists()):
        raise ValueError(f"bench: page needs --json FILE with figures; {options.json} given")


def measured(what: str, options: Options, versions: dict[str, str], console: Console) -> Figures:
    """The figures of one idea."""
    idea: Any = import_module(f"{__package__}.{what}")
    sides = present(idea.SIDES, versions)
    figures: Figures = idea.figures(options.quick)
    rounds = options.rounds or (1 if options.quick else idea.ROUNDS)
    figures.machine = describe(versions)
    figures.date = datetime.date.today().isoformat()
    figures.command = f"minigrad bench {what}{' --quick' if options.quick else ''}"
    if hasattr(idea, "measure"):
        idea.measure(figures, sides, options.python, rounds, console)
    else:
        turns.in_turns(figures, sides, options.python, rounds, idea.SECONDS, console)
    return figures


def write(options: Options, found: dict[str, Figures]) -> None:
    """The files that were asked for."""
    if options.json and options.what != "page":
        save(options.json, found)
    if options.png:
        chart.draw(found, options.png)
    if options.page:
        page.write(options.page, found, options.png)
