"""The warm-up: compile what a course will need, before it begins.

It runs what is to be fast later, activations and training steps, on arrays that are large enough
for the kernels of one core and of all.  What is compiled on the way stays in the disk cache.
"""

import math
from collections.abc import Callable, Sequence
from inspect import Parameter
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress

from . import activations, losses, optimizers
from .arrays import brief
from .elementwise import Elementwise
from .experiment import START, activation_layer, choices
from .kernels import cache
from .kernels.kernel import TIMINGS, jit_is_off
from .layers import Dense
from .model import Sequential
from .tensor import Tensor

# Enough to be worth compiling, and enough to be worth all cores.
FEATURES, ROWS = 1000, (2, 4000)
TRAINING = "training"
DTYPES = "float32", "float64"


def warm_up(names: Sequence[str], dtype: str, console: Console) -> None:
    """Compile the kernels of activations by name, and of "training"; all, if none is given."""
    if jit_is_off():
        raise ValueError("warmup: NUMBA_DISABLE_JIT is set, so that nothing is compiled; unset it")
    known = every()
    for name in names:
        if name not in known:
            raise ValueError(f"warmup: {brief(name)} given; there are {', '.join(known)}")
    before = kernels()
    with Progress(console=console) as bar:
        task = bar.add_task("warm up", total=len(names or known))
        for name in names or known:
            bar.update(task, description=name)
            known[name](name, np.dtype(dtype))
            bar.advance(task)
    console.print(f"{kernels() - before} kernels compiled, {kernels()} in {cache.folder()}")


def every() -> dict[str, Callable[[str, np.dtype[Any]], None]]:
    """What can be warmed up, and how; each activation once, by its own name."""
    named = {getattr(f, "__name__", name): f for name, f in activations.named().items()}
    found: dict[str, Callable[[str, np.dtype[Any]], None]] = {TRAINING: training}
    return found | {n: activation for n in (activations.every() | named) if n != "linear"}


def kernels() -> int:
    """How many kernels are on disk."""
    folder = cache.folder()
    return len(list(folder.iterdir())) if folder.exists() else 0


def activation(name: str, dtype: np.dtype[Any]) -> None:
    """Run an op forward and backward, on one core and on all, and its layer in a net."""
    op: Any = activations.every().get(name) or activations.named()[name]
    learned: list[Tensor] = []
    calls: list[tuple[float, ...]] = [()]
    if isinstance(op, Elementwise):
        starts = [op.declaration.starts.get(n, START) for n in op.declaration.inputs[1:]]
        learned = [Tensor(np.full(FEATURES, v, dtype), requires_grad=True) for v in starts]
        calls = calls_of(op)
    for rows in ROWS:
        x = Tensor(np.full((rows, FEATURES), 0.5, dtype), requires_grad=True)
        for numbers in calls:
            gy = np.ones(op(x, *learned, *numbers).shape, dtype)
            for _ in range(TIMINGS + 1):  # the first few decide whether it is worth all cores
                op(x, *learned, *numbers).backward(gy)
    if name in choices():
        step([Dense(16), activation_layer(name), Dense(2)], optimizers.SGD(0.01), dtype)


def calls_of(op: Elementwise) -> list[tuple[float, ...]]:
    """The numbers of each call: none, and others than the defaults, which have other kernels."""
    defaults = op.declaration.default_numbers()
    if defaults is None:
        return [tuple(1.0 for v in op.declaration.numbers.values() if v is Parameter.empty)]
    # the least change there is, to numbers that are allowed as well
    others = tuple(v if math.isinf(v) else math.nextafter(v, 1 / 3) for v in defaults)
    return [(), others] if others else [()]


def training(name: str, dtype: np.dtype[Any]) -> None:
    """Train a net of Dense and PReLU for some steps, with each optimizer."""
    for make in optimizers.ALL.values():
        step([Dense(16), activation_layer("prelu"), Dense(2)], make(), dtype)


def step(layers: list[Any], optimizer: Any, dtype: np.dtype[Any]) -> None:
    """A few training steps, and a prediction."""
    model = Sequential(layers, dtype=dtype.name)
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=optimizer, loss=loss)
    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal((64, 8)).astype(dtype), rng.integers(0, 2, 64)
    for _ in range(TIMINGS + 1):
        model.train_on_batch(x, labels)
    model.predict_on_batch(x)
