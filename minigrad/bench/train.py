"""A training step of three nets, with SGD and with Adam, written out and by `train_on_batch`."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from .figures import Cell, Figures
from .machine import cores
from .sides import FITTED, JAX, KERAS, MINIGRAD, MYGRAD, TORCH
from .worker import Make

# widths, batch, and the share of PyTorch's and of JAX's time that is the goal
NETS: dict[str, tuple[tuple[int, ...], int, float]] = {
    "2-16-16-2, batch 32": ((2, 16, 16, 2), 32, 0.2),
    "64-128-64-10, batch 64": ((64, 128, 64, 10), 64, 0.4),
    "784-512-512-10, batch 128": ((784, 512, 512, 10), 128, 0.9),
}
OPTIMIZERS = "SGD", "Adam"
SIDES = (MINIGRAD, FITTED, TORCH, JAX, MYGRAD, *KERAS)
SECONDS, ROUNDS = 0.15, 5
MODULES = {
    "minigrad": "with_minigrad", "fitted": "with_minigrad", "torch": "with_pytorch",
    "jax": "with_jax", "mygrad": "with_mygrad", "keras": "with_keras",
}  # fmt: skip


def figures(quick: bool) -> Figures:
    """What is measured; `quick` leaves out the largest net."""
    ratios = [f"{ours.name} / {TORCH.name}" for ours in (MINIGRAD, FITTED)]
    ratios += [f"{FITTED.name} / {JAX.name}"]
    cells = [
        Cell((net, name), goals={ratios[0]: goal, ratios[1]: goal, ratios[2]: 1.0})
        for net, (_, _, goal) in NETS.items()
        for name in OPTIMIZERS
    ]
    return Figures(
        "train", "a training step of a PReLU net, softmax cross-entropy", ("net", "optimizer"),
        tuple(side.name for side in SIDES), tuple(ratios), "us", 1e6, (0,),
        cells[:4] if quick else cells,
    )  # fmt: skip


def maker(library: str) -> Make:
    """How a library makes a step of a case."""
    module = import_module(f"{__package__}.nets.{MODULES[library]}")
    step = module.fitted if library == "fitted" else module.step
    if library == "torch":
        module.torch.set_num_threads(cores())

    def make(net: str, optimizer: str) -> Callable[[], Any]:
        widths, batch, _ = NETS[net]
        return step(widths, batch, optimizer)  # type: ignore[no-any-return]

    return make
