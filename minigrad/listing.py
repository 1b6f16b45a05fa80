"""The list of activations, and a check of each: read from the declarations.

`minigrad list` and `minigrad check` show it; a module of yours is shown the same way.
"""

import importlib
import importlib.util
import math
import sys
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from . import activations
from .cuda.array import gpu
from .cuda.check import allowed, compare
from .elementwise import Elementwise
from .gradcheck import GradientError, gradcheck

# The columns of the list, and how wide they are beside each other.
COLUMNS = {"name": 5, "formula": 9, "learns": 3, "numbers": 5, "kinks": 3, "source": 6}


def ops_of(module: str | None) -> dict[str, Elementwise]:
    """The declared activations of minigrad, or the ops of a module or .py file."""
    if module is None:
        return activations.every()
    path = Path(module)
    try:
        if path.suffix == ".py":
            spec = importlib.util.spec_from_file_location(path.stem, path)
            if spec is None or spec.loader is None or not path.is_file():
                raise ImportError(f"there is no file {module}")
            loaded = importlib.util.module_from_spec(spec)
            sys.modules[path.stem] = loaded
            spec.loader.exec_module(loaded)
        else:
            if str(Path.cwd()) not in sys.path:
                sys.path.insert(0, str(Path.cwd()))
            loaded = importlib.import_module(module)
    except ImportError as error:
        raise ImportError(f"--import {module}: {error}") from None
    except Exception as error:  # whatever the module's own code raises
        raise ImportError(f"--import {module}: {type(error).__name__}: {error}") from None
    found = activations.declared(loaded)
    if not found:
        raise ValueError(f"--import {module}: it declares no op with @elementwise")
    return found


def show(console: Console, module: str | None) -> None:
    """A table of all activations: formula, numbers, kinks, source."""
    table = Table(expand=True)
    for column, share in COLUMNS.items():
        table.add_column(column, ratio=share, overflow="fold")
    for op in ops_of(module).values():
        table.add_row(*(Text(cell) for cell in row(op)))
    console.print(table)
    if module is None:
        rest = sorted(activations.named().keys() - activations.every().keys())
        console.print(f"also by name: {', '.join(rest)}")


def where(op: Elementwise, which: str) -> str:
    """Where kinks or jumps are with the default numbers, or what sets them."""
    points, numbers = getattr(op.declaration, which), op.declaration.default_numbers()
    found = [] if numbers is None else op.declaration.points(which, numbers)
    if which == "kinks" and numbers is not None:  # a jump is said to be one, not a kink as well
        found = [p for p in found if p not in op.declaration.points("jumps", numbers)]
    text = ", ".join(f"{p:g}" for p in found if math.isfinite(p))
    learned = callable(points) and bool(op.declaration.inputs[1:])
    words = text or (", ".join(signature(points).parameters) if learned else "")
    return f"jump at {words}" if words and which == "jumps" else words


def row(op: Elementwise) -> list[str]:
    """What a declaration says, in a few cells."""
    declaration = op.declaration
    parameters = op.__signature__.parameters
    numbers = [str(parameters[name]) for name in declaration.numbers]
    places = [where(op, which) for which in ("kinks", "jumps")]
    names = ", ".join((op.name, *declaration.also))
    formula = (declaration.formula.__doc__ or "").strip().split("\n")[0]
    learned = ", ".join(declaration.inputs[1:])
    author = declaration.source.split(", http")[0]
    return [names, formula, learned, ", ".join(numbers), " ".join(filter(None, places)), author]


def check(
    console: Console, name: str | None, module: str | None, device: str | None = None
) -> None:
    """Check the slopes of one activation, or of all, against differences; ValueError if one fails.

    Slopes at kinks are checked too: they must lie between those from the left and the right.  With
    device="cuda", values and slopes on the GPU are compared with those on the CPU instead.
    """
    ops = ops_of(module)
    if name is not None:
        if name not in ops:
            raise ValueError(f"check: {name!r} is not among {', '.join(ops)}")
        ops = {name: ops[name]}
    if device == "cuda":
        gpu()  # what is missing is said before anything is compared
    table, failed = Table("activation", "slopes"), []
    for op in ops.values():
        numbers = op.declaration.numbers.items()
        # a number without a default has to be given, and any will do
        missing: Any = {name: 0.75 for name, default in numbers if default is Parameter.empty}
        try:
            if device == "cuda":
                report: Any = same_on_gpu(op)
            else:
                report = gradcheck(op, **missing)
            table.add_row(op.name, Text(str(report) or "right", style="green"))
        except (GradientError, TypeError, ValueError) as error:
            failed.append(op.name)
            table.add_row(op.name, Text(str(error), style="red"))
    console.print(table)
    if failed:
        raise ValueError(
            f"check: {len(failed)} of {len(ops)} have wrong slopes: {', '.join(failed)}"
        )


def same_on_gpu(op: Elementwise) -> str:
    """How far apart GPU and CPU are, in a line; GradientError if that is too far."""
    apart = compare(op)
    far = [part for part, distance in apart.items() if distance > allowed(part)]
    text = ", ".join(f"{part} {distance}" for part, distance in apart.items() if distance)
    if far:
        raise GradientError(f"{op.name}: cuda and cpu differ in ulp: {text}")
    return f"ulp: {text}" if text else f"the bits of the cpu: {', '.join(apart)}"
