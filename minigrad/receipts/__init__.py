"""Receipts: what a formula did with all 4,294,967,296 float32 numbers, and whether it still holds.

`minigrad sweep` writes a receipt for an activation's value and for each of its slopes, one line of
relu.json for each and for each setting of its numbers.  A receipt holds for the code that was
swept: the formula, the mathematics that it calls, the loop around them.  Their text is hashed, not
their bytecode, so that it holds for every version of Python; a comment may change, and nothing
else.  What the compiler puts in place of `pow2` and the like has tests of its own.
"""

import ast
import functools
import inspect
import json
import math
import os
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import CodeType
from typing import Any

from ..kernels import cache, loops

FOLDER = Path(__file__).parent
EVERY = 2**32
CURRENT, STALE, MISSING = "current", "stale", "missing"
Settings = dict[str, float | None]


@dataclass(frozen=True)
class Receipt:
    """What a sweep found.

    part           name of the formula, as relu or drelu_dx
    settings       the numbers that were given, learned inputs among them; None is what None means
    digest         of the code that was swept
    inputs         how many
    max_ulp        largest distance from the exact result, in float32 spacings
    worst_input    where that is; None where no input is off at all
    histogram      how many inputs are at most so many ulp off, and more than the number before
    judged         how many inputs mpmath had to judge
    seconds        of processor time
    """

    part: str
    settings: Settings
    digest: str
    inputs: int
    max_ulp: float
    worst_input: float | None
    histogram: dict[str, int]
    judged: int
    date: str
    machine: str
    seconds: float


def read(name: str) -> list[Receipt]:
    """The receipts of an activation, as they are on disk."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        return []
    try:
        return [Receipt(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    except (TypeError, ValueError) as error:
        raise ValueError(f"receipts: {path} is no list of receipts ({error})") from None


def write(name: str, receipts: Iterable[Receipt]) -> None:
    """Put new receipts in the place of those for the same part and settings, all or none."""
    new = list(receipts)
    replaced = [(r.part, r.settings) for r in new]
    kept = [r for r in read(name) if (r.part, r.settings) not in replaced]
    lines = [json.dumps(asdict(r)) for r in (*kept, *new)]
    replace(FOLDER / f"{name}.json", "[\n" + ",\n".join(lines) + "\n]\n")


def replace(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text, encoding="utf-8")
    os.replace(unfinished, path)


def digests(formula: Callable[..., Any], *slopes: Callable[..., Any]) -> dict[str, str]:
    """The digest of a value, and of each slope, by the names of their formulas."""
    found = {formula.__name__: digest(loops.forward(formula))}
    return found | {df.__name__: digest(loops.gradient(df)) for df in slopes}


def digest(loop: Callable[..., None]) -> str:
    """A hash of the text of a loop, of its formula and of what they call.

    >>> from minigrad.kernels.mathematics import exp, expm1
    >>> digest(loops.forward(exp)) == digest(loops.forward(expm1))
    False
    """
    return cache.fingerprint(loop, written=lambda function: text(function.__code__))[:16]


@functools.cache
def text(code: CodeType) -> str:
    """A function's source in one way of writing, without its docstring."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(code))).body
    assert isinstance(tree, ast.FunctionDef)
    tree.decorator_list, tree.returns = [], None
    if ast.get_docstring(tree) is not None:
        tree.body = tree.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def state(name: str, settings: Settings, digests: dict[str, str]) -> tuple[str, list[Receipt]]:
    """Whether an activation's receipts for these settings hold, and the receipts."""
    found = [r for r in read(name) if r.settings == settings and r.part in digests]
    if len(found) < len(digests):
        return MISSING, found
    holds = all(r.digest == digests[r.part] for r in found)
    return CURRENT if holds else STALE, found


def summary(formula: Callable[..., Any], *slopes: Callable[..., Any]) -> str:
    """One line about the receipts that hold, for `help` and the atlas; empty if there are none."""
    name = formula.__name__
    if not formula.__module__.startswith("minigrad."):  # yours, and perhaps of the same name
        return ""
    given: list[Settings] = []
    for receipt in read(name):
        if receipt.settings not in given:
            given.append(receipt.settings)
    now = digests(formula, *slopes) if given else {}
    states = (state(name, settings, now) for settings in given)
    holding = [found for kind, found in states if kind == CURRENT]
    if not holding:
        return ""
    worst = max((r for found in holding for r in found), key=lambda r: r.max_ulp)
    times = "" if len(holding) == 1 else f", with {len(holding)} settings"
    where = "" if worst.worst_input is None else f" (x = {worst.worst_input:.9g} in {worst.part})"
    return (
        f"all {worst.inputs:,} float32 inputs, value and slopes{times}: "
        f"at most {ulp(worst.max_ulp)} ulp{where}, {worst.date}"
    )


def ulp(error: float) -> str:
    """An error in ulp in four digits, never less than it is.

    >>> ulp(0.50000001), ulp(0.0)
    ('0.5001', '0')
    """
    return "0" if error == 0 else f"{math.ceil(error * 1e4) / 1e4:.4f}"
