"""The scoreboard: what `pytest -m scoreboard` measures at full count, as the table it ends with.

A test of a row is marked `scoreboard(row)`.  It tells what it found by
`record_property("found", ...)`: (how many are wrong, of how many), which add up over the tests of a
row, or a text.  Where the full count takes long, `full(row, count)` is a second value of the test's
parameter, which the suite leaves out.
"""

import datetime
import os
import platform
from importlib.metadata import version
from typing import NamedTuple

import pytest


class Row(NamedTuple):
    """What is measured, what others reach, and what minigrad has to."""

    measure: str
    others: str
    target: str


ROWS = {
    5: Row(
        "mistakes put into a formula or a slope that the tests find",
        "the usual gradient check: 336 of 473",
        "all that change a result",
    ),
    6: Row(
        "sums, gradients of PReLU's alpha, losses and a training of 100 steps whose bits differ: "
        "1, 2, 4 and 8 threads, each threading layer, serial",
        "Numba's prange: 8 results on 1 to 8 threads; torch.sum: 2",
        "0",
    ),
    7: Row(
        "elements of results and gradients whose bits depend on position, length or layout",
        "PyTorch: gelu 35 %, softplus 11 %, sigmoid 4 %",
        "0 of 1,000,000 for each op",
    ),
    8: Row(
        "largest error of a sum of 3,000,000 float32 against math.fsum",
        "Numba's prange: 5.4e-5 of the sum",
        "at most 1 ulp",
    ),
    9: Row(
        "processes aborted, killed or hung by threads, forks, other libraries' kernels",
        "Numba: 6 of 6 on workqueue, every fork on omp",
        "0 of 500",
    ),
    10: Row(
        "kernels on disk: edits, flags, races, damage, full and foreign folders that gave a wrong "
        "result or an error",
        "Numba's cache: 14 of 14 kinds",
        "0 of 16 kinds, 0 of 1,000 bit flips",
    ),
    14: Row(
        "changes between forward and backward that reach a gradient unnoticed",
        "PyTorch: 2 of 4 routes",
        "0, by 8 routes through every op",
    ),
    15: Row(
        "gradients or models left half updated by an error or Ctrl-C",
        "PyTorch: some gradients are written; a plain loop over weights: 285 of 300",
        "0 of 1,000",
    ),
    16: Row(
        "wrong grad modes after random interleavings of generators, tasks and threads",
        "PyTorch: 7,942 of 20,000",
        "0 of 20,000",
    ),
    17: Row(
        "1,000,000 nodes built, differentiated and freed on a stack of 64 kB",
        "PyTorch: 9.6 s",
        "below 10 s",
    ),
    18: Row(
        "memory that 10,000 steps without the garbage collector leave behind",
        "closures as nodes: 403 MB in 300 steps",
        "below 1 MB, 0 objects in cycles",
    ),
    19: Row(
        "wrong calls that are accepted, or answered by more or less than one line",
        "Numba: memory overwritten, SIGSEGV",
        "0 of 50,000",
    ),
    20: Row(
        "builds of a kernel by all ops, dtypes and layouts",
        "Numba: 12 and more",
        "at most 2: one for each dtype",
    ),
}


def full(row, *values):
    """Parameters that only `pytest -m scoreboard` and `pytest -m slow` run."""
    return pytest.param(*values, marks=[pytest.mark.slow, pytest.mark.scoreboard(row)])


def mark_rows(items):
    """Let the reports of marked tests know their row."""
    for item in items:
        if marker := item.get_closest_marker("scoreboard"):
            item.user_properties.append(("row", *marker.args))


def said(reports, name):
    """What these reports say under this name."""
    return [value for r in reports for key, value in r.user_properties if key == name]


def found(reports):
    """What the tests of a row found, put together."""
    counts = [f for f in said(reports, "found") if not isinstance(f, str)]
    texts = [f for f in said(reports, "found") if isinstance(f, str)]
    if counts:
        wrong, count = map(sum, zip(*counts, strict=True))
        texts.insert(0, f"{wrong:,} of {count:,}")
    for outcome in ("failed", "skipped"):
        if number := sum(r.outcome == outcome for r in reports):
            texts.append(f"{number} tests {outcome}")
    return "; ".join(dict.fromkeys(texts))


def verdict(reports):
    """A row is reached if something was measured, and nothing is wrong with it."""
    if any(r.outcome == "failed" for r in reports) or any(said(reports, "missed")):
        return "**missed**"
    return "reached" if any(r.outcome == "passed" for r in reports) else "not measured"


def table(reports):
    """The lines of the table, in Markdown."""
    lines = ["| row | measure | others | target | found | verdict |", "|---|---|---|---|---|---|"]
    for number, row in ROWS.items():
        mine = [r for r in reports if number in said([r], "row")]
        lines.append(f"| {' | '.join((str(number), *row, found(mine), verdict(mine)))} |")
    return lines


def write(terminal):
    """Date, versions and the table at the end of `pytest -m scoreboard`."""
    outcomes = ("passed", "failed", "error", "skipped")
    reports = [r for outcome in outcomes for r in terminal.stats.get(outcome, [])]
    parts = [f"Python {platform.python_version()}"]
    parts += [f"{name} {version(name)}" for name in ("numpy", "numba")]
    parts += [f"{platform.system()} {platform.machine()}", f"{os.cpu_count()} cores"]
    terminal.write_line(f"\n{datetime.date.today()}, `pytest -m scoreboard`, {', '.join(parts)}\n")
    for line in table(reports):
        terminal.write_line(line)
