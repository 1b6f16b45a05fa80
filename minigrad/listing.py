"""The list of activations, and a check of each: read from the declarations.

`minigrad list` and `minigrad check` show it; a module of yours is shown the same way.
"""

import importlib
import importlib.util
import sys
from inspect import Parameter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from . import activations
from .declaration import points_text
from .elementwise import Elementwise
from .gradcheck import GradientError, gradcheck


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
    table = Table("name", "formula", "learns", "numbers", "kinks and jumps", "source")
    for op in ops_of(module).values():
        table.add_row(*(Text(cell) for cell in row(op)))
    console.print(table)
    if module is None:
        rest = sorted(activations.named().keys() - activations.every().keys())
        console.print(f"also by name: {', '.join(rest)}")


def row(op: Elementwise) -> list[str]:
    """What a declaration says, in a few cells."""
    declaration = op.declaration
    signature = op.__signature__.parameters
    numbers = [str(signature[name]) for name in declaration.numbers]
    places = [points_text(points) for points in (declaration.kinks, declaration.jumps) if points]
    names = ", ".join((op.name, *declaration.also))
    formula = (declaration.formula.__doc__ or "").strip().split("\n")[0]
    learned = ", ".join(declaration.inputs[1:])
    return [names, formula, learned, ", ".join(numbers), "; ".join(places), declaration.source]


def check(console: Console, name: str | None, module: str | None) -> None:
    """Check the slopes of one activation, or of all, against differences; ValueError if one fails.

    Slopes at kinks are checked too: they must lie between those from the left and the right.
    """
    ops = ops_of(module)
    if name is not None:
        if name not in ops:
            raise ValueError(f"check: {name!r} is not among {', '.join(ops)}")
        ops = {name: ops[name]}
    table, failed = Table("activation", "slopes"), []
    for op in ops.values():
        numbers = op.declaration.numbers.items()
        # a number without a default has to be given, and any will do
        missing: Any = {name: 0.75 for name, default in numbers if default is Parameter.empty}
        try:
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
