"""Start-up: the first seconds of a process, with the disk cache cold and warm.

Cold is a folder of compiled kernels that is empty, warm one that the same lines have filled.
Python's own compiled files are there in both cases.
"""

import importlib.util
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from rich.console import Console

from .figures import Cell, Figures
from .sides import JAX, MINIGRAD, TORCH, Side, environment_of, python_of
from .turns import one_by_one, run

SIDES = MINIGRAD, TORCH, JAX
ROUNDS = 5

# The import and what follows it, beyond Python and NumPy.
SCRIPT = """
import numpy as np, time
start = time.perf_counter()
{code}
print(time.perf_counter() - start)
"""
FEW, MANY = "np.linspace(-1, 1, 10)", "np.zeros(1_000_000, np.float32)"
IMPORT, FIRST, LARGE = "import", "first relu, 10 elements", "first relu, 1 M elements"
TRAIN = "minigrad train --epochs 1, the whole process"
CODE = {
    MINIGRAD.name: {
        IMPORT: "import minigrad",
        FIRST: f"import minigrad; minigrad.activations.relu({FEW})",
        LARGE: f"import minigrad; minigrad.activations.relu({MANY})",
    },
    TORCH.name: {
        IMPORT: "import torch",
        FIRST: f"import torch; torch.relu(torch.from_numpy({FEW}))",
        LARGE: f"import torch; torch.relu(torch.from_numpy({MANY}))",
    },
    JAX.name: {
        IMPORT: "import jax",
        FIRST: f"import jax; jax.nn.relu({FEW}).block_until_ready()",
        LARGE: f"import jax; jax.nn.relu({MANY}).block_until_ready()",
    },
}
# What a user should not wait longer for, in seconds.
GOALS = {
    (IMPORT, "warm"): 0.15, (FIRST, "cold"): 0.6, (LARGE, "cold"): 0.6, (LARGE, "warm"): 0.45,
    (TRAIN, "cold"): 6.0, (TRAIN, "warm"): 1.5,
}  # fmt: skip


def figures(quick: bool) -> Figures:
    """What is measured; `quick` leaves out the training."""
    cells = [
        Cell(case, goals={MINIGRAD.name: goal})
        for case, goal in GOALS.items()
        if case[0] != TRAIN or (not quick and importlib.util.find_spec("sklearn"))
    ]
    return Figures(
        "startup", "start-up, seconds beyond Python and NumPy", ("what", "kernels on disk"),
        tuple(side.name for side in SIDES), (), "s", 1.0, (), cells,
    )  # fmt: skip


def measure(
    found: Figures, sides: Sequence[Side], python: str, rounds: int, console: Console
) -> None:
    """Fresh processes in turns, after some that fill the warm folder and are not counted."""
    with tempfile.TemporaryDirectory() as folder:
        for cell in found.cells:
            if cell.case[1] == "warm":
                first(cell.case[0], MINIGRAD, python, Path(folder) / "warm")

        def one(cell: Cell, side: Side, k: int) -> float | None:
            what, cache = cell.case
            kernels = Path(folder) / (cache if cache == "warm" else f"{what} {k}")
            if side is not MINIGRAD and cache == "cold":
                return None
            return first(what, side, python, kernels)

        one_by_one(found, sides, rounds, one, console)


def first(what: str, side: Side, python: str, kernels: Path) -> float | None:
    """The seconds of one process; None where a side has no such thing."""
    environment = {**environment_of(side), "MINIGRAD_CACHE_DIR": str(kernels)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # which would compile all modules each time
    if what == TRAIN and side is MINIGRAD:
        start = perf_counter()
        run([sys.executable, "-m", "minigrad", "train", "--epochs", "1"], environment)
        return perf_counter() - start
    code = CODE[side.name].get(what)
    if code is None:
        return None
    return float(run([python_of(side, python), "-c", SCRIPT.format(code=code)], environment))
