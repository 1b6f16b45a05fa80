"""Memory: the most that 12 times (matmul, bias, activation) needs, forward and backward.

x is of (2048, 1024), the matrices of (1024, 1024), float32: what a layer makes has 8 MiB.  Measured
is the peak of resident memory beyond what the process had before, when all libraries were loaded,
kernels compiled and weights made.
"""

import ctypes
import gc
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import Cell, Figures
from .sides import MINIGRAD, TORCH, Side, environment_of, python_of

if TYPE_CHECKING:
    from rich.console import Console

SIDES = MINIGRAD, TORCH
ROUNDS = 3
ROWS, FEATURES, LAYERS = 2048, 1024, 12
# PyTorch's names, and how much of its memory is the goal: what has straight lines keeps less.
NAMES = {
    "relu": ("relu", 1.3), "leaky_relu": ("nn.functional.leaky_relu", 1.3),
    "relu6": ("nn.functional.relu6", 1.3), "elu": ("nn.functional.elu", 1.6),
    "sigmoid": ("sigmoid", 1.6), "tanh": ("tanh", 1.6), "silu": ("nn.functional.silu", 1.6),
    "gelu": ("nn.functional.gelu", 1.6), "softplus": ("nn.functional.softplus", 1.6),
}  # fmt: skip


def figures(quick: bool) -> Figures:
    """What is measured; `quick` has two activations."""
    ratio = f"{MINIGRAD.name} / {TORCH.name}"
    return Figures(
        "memory",
        f"peak memory of {LAYERS} times (matmul, bias, activation), x of ({ROWS}, {FEATURES})",
        ("activation",), (MINIGRAD.name, TORCH.name), (ratio,), "MB", 1e-6, (),
        [
            Cell((name,), goals={ratio: goal})
            for name, (_, goal) in NAMES.items()
            if not quick or name in ("relu", "tanh")
        ],
    )  # fmt: skip


def measure(
    found: Figures, sides: Sequence[Side], python: str, rounds: int, console: "Console"
) -> None:
    """A process for each figure: `python -m minigrad.bench.memory torch relu`."""
    from .turns import one_by_one, run  # the process itself needs neither, nor rich

    def one(cell: Cell, side: Side, k: int) -> float:
        command = [python_of(side, python), "-m", __package__ + ".memory", side.library]
        return float(run([*command, *cell.case], environment_of(side)))

    one_by_one(found, sides, rounds, one, console)


def peak(library: str, name: str) -> float:
    """The bytes that a forward and backward pass added to this process, at most."""
    prepare, once = {"minigrad": with_minigrad, "torch": with_torch}[library](name)
    prepare()
    time.sleep(0.2)
    gc.collect()
    before = restarted()
    once()
    return status("VmHWM") - before


def restarted() -> int:
    """Give back what is free, and forget the peak so far; the resident memory now."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):  # what was freed, but kept by the C library, would be missed
        libc.malloc_trim(0)
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError as error:
        raise OSError(f"memory: needs Linux, which tells a process its peak ({error})") from None
    return status("VmRSS")


def status(name: str) -> int:
    """What Linux says of this process, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (found,) = (line for line in lines if line.startswith(name + ":"))
    return int(found.split()[1]) * 1024


def arrays() -> tuple[Any, list[Any]]:
    """x, and the matrices of all layers."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((ROWS, FEATURES), dtype=np.float32)
    shape = FEATURES, FEATURES
    scale = np.float32((2 / FEATURES) ** 0.5)
    return x, [rng.standard_normal(shape, dtype=np.float32) * scale for _ in range(LAYERS)]


Pair = tuple[Callable[[], Any], Callable[[], Any]]


def with_minigrad(name: str) -> Pair:
    """What loads and compiles, and the pass."""
    from .. import Tensor, activations
    from ..ops.linear_algebra import affine

    op: Any = getattr(activations, name)
    start, matrices = arrays()
    x = Tensor(start)
    weights = [Tensor(w, requires_grad=True) for w in matrices]
    bias = [Tensor(np.zeros(FEATURES, np.float32), requires_grad=True) for _ in weights]
    del matrices
    gy = np.ones(x.shape, np.float32)

    def forward(y: Any, layers: int) -> Any:
        for w, b in zip(weights[:layers], bias, strict=False):
            y = op(affine(y, w, b))
        return y

    def prepare() -> None:
        leaf = Tensor(start, requires_grad=True)
        for _ in range(5):
            op(leaf).backward(gy)
        for _ in range(5):
            forward(Tensor(start[:64]), 2).backward(gy[:64])
        for parameter in (*weights, *bias):
            parameter.grad = None

    return prepare, lambda: forward(x, LAYERS).backward(gy)


def with_torch(name: str) -> Pair:
    """The same with PyTorch."""
    import torch

    op: Any = torch
    for part in NAMES[name][0].split("."):
        op = getattr(op, part)
    start, matrices = arrays()
    x = torch.from_numpy(start)
    weights = [torch.from_numpy(w).requires_grad_() for w in matrices]
    bias = [torch.zeros(FEATURES, requires_grad=True) for _ in weights]
    gy = torch.ones(x.shape)

    def forward(y: Any, layers: int) -> Any:
        for w, b in zip(weights[:layers], bias, strict=False):
            y = op(torch.nn.functional.linear(y, w, b))
        return y

    def prepare() -> None:
        leaf = x.clone().requires_grad_()
        for _ in range(5):
            op(leaf).backward(gy)
        for _ in range(5):
            forward(x[:64], 2).backward(gy[:64])
        for parameter in (*weights, *bias):
            parameter.grad = None

    return prepare, lambda: forward(x, LAYERS).backward(gy)


if __name__ == "__main__":
    print(peak(*sys.argv[1:]))
