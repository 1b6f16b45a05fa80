"""`minigrad bench cuda`: the GPU beside the CPU; for the day that there is one."""

from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from .. import Tensor, activations, losses, optimizers
from ..cuda.array import gpu, inside
from ..layers import Dense, PReLU
from ..model import Sequential

OPS, COUNT = ("relu", "gelu", "exponential"), 10_000_000
NETS = ((64, 128, 64, 10), 64), ((784, 512, 512, 10), 128)
ROUNDS = 20


def show(console: Console) -> None:
    """Ops on ten million numbers, and training steps; in the simulator an error."""
    device = gpu()
    if device.SIMULATED:
        raise RuntimeError("bench: the simulator is on, whose speed says nothing; unset it first")
    table = Table("what", "cuda us", "cpu us", "ratio")
    table.title = f"{device.device_name()}, {inside()} inside"
    x = np.linspace(-3, 3, COUNT, dtype=np.float32)
    tensors = Tensor(x, device="cuda"), Tensor(x)
    for name in OPS:
        sides = [partial(activations.every()[name], tensor) for tensor in tensors]
        table.add_row(f"{name}, 10 M float32", *row(sides))
    for widths, batch in NETS:
        steps = [step(widths, batch, side) for side in ("cuda", "cpu")]
        table.add_row(f"step of {'-'.join(map(str, widths))}, batch {batch}", *row(steps))
    console.print(table)


def step(widths: tuple[int, ...], batch: int, device: str) -> Callable[[], Any]:
    """A training step of a PReLU net."""
    layers = [layer for n in widths[1:-1] for layer in (Dense(n, seed=n), PReLU(0.25))]
    model = Sequential([*layers, Dense(widths[-1], seed=0)])
    rng = np.random.default_rng(0)
    x = rng.standard_normal((batch, widths[0])).astype(np.float32)
    labels, sgd = rng.integers(0, widths[-1], batch), optimizers.SGD(0.05)
    model(x)
    model.to(device)
    inputs = Tensor(x).to(device)

    def once() -> None:
        losses.softmax_cross_entropy(model(inputs), labels).backward()
        sgd.step(model.weights)

    return once


def row(sides: Sequence[Callable[[], Any]]) -> tuple[str, str, str]:
    """Median microseconds of each side, measured in turns after a first round, and their ratio."""
    seconds: list[list[float]] = [[] for _ in sides]
    for k in range(ROUNDS + 1):
        for once, found in zip(sides, seconds, strict=True):
            start = perf_counter()
            once()
            gpu().synchronize()
            if k:
                found.append(perf_counter() - start)
    cuda, cpu = (float(np.median(found)) * 1e6 for found in seconds)
    return f"{cuda:.1f}", f"{cpu:.1f}", f"{cuda / cpu:.2f}"
