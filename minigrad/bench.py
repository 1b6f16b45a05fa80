"""The benchmark: minigrad against PyTorch, on this machine, in turns.

Medians and ratios only: the machine's own speed drifts.  PyTorch is measured if it is installed;
`pip install torch` is up to you.
"""

import importlib.util
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

NETS: dict[str, tuple[tuple[int, ...], int]] = {
    "2-16-16-2, batch 32": ((2, 16, 16, 2), 32),
    "64-128-64-10, batch 64": ((64, 128, 64, 10), 64),
    "784-512-512-10, batch 128": ((784, 512, 512, 10), 128),
}
LARGEST = "784-512-512-10, batch 128"
CHAIN, ELEMENTS = 100, 16
ROUNDS, PROCESSES = 7, 5


def chain(console: Console) -> None:
    """One op after another, forward and backward, on 16 elements: the cost of an op itself."""
    table = Table("op", "minigrad us", "PyTorch us", "ratio", title=f"per op, chain of {CHAIN}")
    for name in ("relu", "elu", "sigmoid", "tanh"):
        sides = {"minigrad": minigrad_chain(name)}
        if has_torch():
            sides["torch"] = torch_chain(name)
        table.add_row(name, *row(in_turns(sides, rounds=80), 1e6 / CHAIN))
    console.print(table)


def train(console: Console) -> None:
    """A training step of a PReLU net with SGD, each library in processes of its own, in turns.

    In one process the threads of one library would spin on while the other is measured.
    """
    table = Table("net", "minigrad us", "PyTorch us", "ratio", title="per training step")
    libraries = ["minigrad", "torch"] if has_torch() else ["minigrad"]
    rounds = [(net, library) for _ in range(ROUNDS) for net in NETS for library in libraries]
    seconds: dict[tuple[str, str], list[float]] = {}
    for net, library in track(rounds, "training steps", console=console):
        seconds.setdefault((net, library), []).append(alone(library, net))
    for net in NETS:
        medians = {library: statistics.median(seconds[net, library]) for library in libraries}
        table.add_row(net, *row(medians, 1e6))
    console.print(table)


def startup(console: Console) -> None:
    """The first relu of a fresh process, and the import, beyond what importing NumPy takes."""
    import os
    import tempfile

    table = Table("what", "seconds", title=f"start-up, median of {PROCESSES}")
    few, many = "np.linspace(-1, 1, 10)", "np.zeros(1_000_000, np.float32)"
    with tempfile.TemporaryDirectory() as folder:
        for label, code, cold in (
            ("import minigrad", "", False),
            ("first relu of 10 elements", f"minigrad.activations.relu({few})", True),
            ("first relu of 1,000,000, cold cache", f"minigrad.activations.relu({many})", True),
            ("first relu of 1,000,000, warm cache", f"minigrad.activations.relu({many})", False),
        ):
            times = []
            for k in range(PROCESSES + 1):
                used = os.path.join(folder, str(k) if cold else "warm")
                environment = {**os.environ, "MINIGRAD_CACHE_DIR": used}
                script = STARTUP.format(code=code or "pass")
                times.append(float(run([sys.executable, "-c", script], environment)))
            table.add_row(label, f"{statistics.median(times[1:]):.3f}")
    console.print(table)


STARTUP = """
import numpy as np, time
start = time.perf_counter()
import minigrad
{code}
print(time.perf_counter() - start)
"""

ALL: dict[str, Callable[[Console], None]] = {"chain": chain, "train": train, "startup": startup}


def minigrad_chain(name: str) -> Callable[[], Any]:
    """CHAIN times one op on ELEMENTS numbers, then backward."""
    from . import Tensor, activations

    x = Tensor(np.linspace(-1, 1, ELEMENTS, dtype=np.float32), requires_grad=True)
    return chained(activations.every()[name], x, np.ones(ELEMENTS, np.float32))


def torch_chain(name: str) -> Callable[[], Any]:
    """The same with PyTorch."""
    import torch

    op = getattr(torch.nn.functional, name) if name == "elu" else getattr(torch, name)
    x = torch.linspace(-1, 1, ELEMENTS, requires_grad=True)
    return chained(op, x, torch.ones(ELEMENTS))


def cuda(console: Console) -> None:
    """The GPU beside the CPU: ops on ten million numbers, and training steps."""
    from .cuda.array import gpu, inside

    device = gpu()
    if device.SIMULATED:
        raise RuntimeError("bench: the simulator is on, whose speed says nothing; unset it first")
    table = Table("what", "cuda us", "cpu us", "ratio")
    table.title = f"{device.device_name()}, {inside()} inside"
    for name in ("relu", "gelu", "exp"):
        table.add_row(f"{name}, 10 M float32", *row(in_turns(on_both(name, 10_000_000), 20), 1e6))
    for net, (widths, batch) in NETS.items():
        step = minigrad_step(widths, batch, "cuda")
        sides = {"cuda": waited(step), "cpu": minigrad_step(widths, batch)}
        table.add_row(f"step of {net}", *row(in_turns(sides, 60), 1e6))
    console.print(table)


def on_both(name: str, count: int) -> dict[str, Callable[[], Any]]:
    """One op on many numbers, on the GPU and on the CPU."""
    from . import Tensor, activations, ops

    op = getattr(ops, name, None) or activations.every()[name]
    x = np.linspace(-3, 3, count, dtype=np.float32)
    here, there = Tensor(x), Tensor(x, device="cuda")
    return {"cuda": waited(lambda: op(there)), "cpu": lambda: op(here)}


def waited(launch: Callable[[], Any]) -> Callable[[], Any]:
    """What launches kernels, until they are done."""
    from .cuda.array import gpu

    return lambda: (launch(), gpu().synchronize())


def chained(op: Callable[[Any], Any], x: Any, seed: Any) -> Callable[[], Any]:
    """What is timed: the same lines for both libraries."""

    def once() -> None:
        y = x
        for _ in range(CHAIN):
            y = op(y)
        y.backward(seed)
        x.grad = None

    return once


def minigrad_step(widths: tuple[int, ...], batch: int, device: str = "cpu") -> Callable[[], Any]:
    """A step of a net with PReLU between its layers."""
    from . import Tensor, losses, optimizers
    from .layers import Dense, PReLU
    from .model import Sequential

    layers = [layer for n in widths[1:-1] for layer in (Dense(n, seed=n), PReLU(0.25))]
    model = Sequential([*layers, Dense(widths[-1], seed=0)])
    x, labels = data(widths, batch)
    inputs, sgd = Tensor(x), optimizers.SGD(0.05)
    model(inputs)  # makes the weights
    if device != "cpu":
        model.to(device)
        inputs = inputs.to(device)
    weights = model.weights

    def once() -> None:
        losses.softmax_cross_entropy(model(inputs), labels).backward()
        sgd.step(weights)

    return once


def torch_step(widths: tuple[int, ...], batch: int) -> Callable[[], Any]:
    """The same with PyTorch."""
    import torch

    layers: list[Any] = []
    for before, n in zip(widths[:-2], widths[1:-1], strict=True):
        layers += [torch.nn.Linear(before, n), torch.nn.PReLU(n)]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(widths[-2], widths[-1]))
    x, labels = (torch.from_numpy(a) for a in data(widths, batch))
    sgd = torch.optim.SGD(model.parameters(), 0.05)

    def once() -> None:
        sgd.zero_grad()
        torch.nn.functional.cross_entropy(model(x), labels).backward()
        sgd.step()

    return once


def data(widths: tuple[int, ...], batch: int) -> tuple[Any, Any]:
    """A batch of random examples."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((batch, widths[0])).astype(np.float32)
    return x, rng.integers(0, widths[-1], batch)


def in_turns(sides: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The median seconds of each side, measured A B A B ..., after a warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for k in range(rounds + 20):
        for name, once in sides.items():
            start = perf_counter()
            once()
            if k >= 20:
                seconds[name].append(perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def alone(library: str, net: str) -> float:
    """The median seconds of a step of one library in a fresh process."""
    return float(run([sys.executable, "-m", "minigrad.bench", library, net]))


def run(command: list[str], environment: dict[str, str] | None = None) -> str:
    """What a command prints."""
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RuntimeError(f"bench: {' '.join(command[2:])} failed: {reason}")
    return done.stdout


def row(seconds: dict[str, float], scale: float) -> list[str]:
    """The cells of a table row: both sides in microseconds, and their ratio."""
    ours, *others = seconds.values()
    if not others:
        return [f"{ours * scale:.1f}", "not installed", ""]
    return [f"{ours * scale:.1f}", f"{others[0] * scale:.1f}", f"{ours / others[0]:.2f}"]


def has_torch() -> bool:
    """Whether PyTorch is installed here."""
    return importlib.util.find_spec("torch") is not None


def machine() -> str:
    """The machine in a line, for quoting figures."""
    import os

    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def main(library: str, net: str) -> None:
    """What `alone` runs: the steps of one library."""
    make = {"minigrad": minigrad_step, "torch": torch_step}[library]
    count = 60 if net == LARGEST else 400
    print(in_turns({library: make(*NETS[net])}, count)[library])


if __name__ == "__main__":
    main(*sys.argv[1:])
