"""What stops a kernel on one core: the arithmetic in its machine code, and what a core can do.

    python docs/floor.py                 activations that are made of exponentials
    python docs/floor.py celu lisht      others
    python docs/floor.py products        the matrix products of the largest net of `minigrad bench`
    python docs/floor.py startup         the first seconds of a process
    python docs/floor.py ops             an op on 16 numbers, in a chain of 100
    python docs/floor.py large           a million numbers, on one core and on all
    python docs/floor.py rows            softmax, kernel by kernel
    python docs/floor.py mean            forward + backward of all activations, as a mean
    python docs/floor.py calls           64 and 4,096 numbers forward, where PyTorch is faster

How many vector instructions for so many numbers comes from the machine code, and how long one
takes from a kernel of nothing but multiply-adds, or of divisions: no loop over the same formula can
take less.  Where PyTorch is installed, it runs in the same process, on one thread beside the
activations, on all beside `ops`, `large`, `mean` and `calls`; of `products` each library has its
own process.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from operator import attrgetter
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

import minigrad
from minigrad import Tensor, activations
from minigrad.bench import activations as activation_bench
from minigrad.bench import ops as chains
from minigrad.bench.activations import NAMES
from minigrad.bench.ops import CHAIN
from minigrad.bench.train import NETS
from minigrad.elementwise import elementwise
from minigrad.kernels import loops
from minigrad.kernels.kernel import Kernel
from minigrad.kernels.mathematics import divide, exp, fma
from minigrad.kernels.rows import exponentials, softmax_forward, softmax_gradient
from minigrad.ops.softmax import fitting
from minigrad.plans import PassThrough
from minigrad.see.kernel import KernelView, kernel
from minigrad.tensor import Node, record

SLOW = "exponential", "tanh", "sigmoid", "silu", "gelu", "elu", "softplus", "mish"
COUNT = 8192  # numbers, in and out, that a core keeps near
ROUNDS, CALLS = 15, 40
WARM = 10  # calls until threads of one library sleep, and those of the other are awake
MANY = 1_000_000
LARGE = (
    "relu", "leaky_relu", "hard_tanh", "hard_sigmoid", "exponential", "tanh", "sigmoid", "gelu",
)  # fmt: skip
FEW = 16  # numbers in the chain of `minigrad bench ops`
OPS = "relu", "elu", "sigmoid", "tanh", "add", "mul"
LABEL = re.compile(r"\W*(\.LBB\w+):")
JUMP = re.compile(r"\bj\w+\s+(\.LBB\w+)")
# A vector to memory, and how many float32 it has.
STORE = re.compile(r"\bvmovup[sd]\s+%(\wmm)\d+, .*\(")
STORED = {"zmm": 16, "ymm": 8, "xmm": 4}


@elementwise()
def multiply_adds(x):
    """32 multiply-adds in eight chains, which do not wait for each other."""
    a, b, c, d = x, x + 1.0, x + 2.0, x + 3.0
    e, f, g, h = x + 4.0, x + 5.0, x + 6.0, x + 7.0
    a, b, c, d = fma(a, x, 0.1), fma(b, x, 0.1), fma(c, x, 0.1), fma(d, x, 0.1)
    e, f, g, h = fma(e, x, 0.1), fma(f, x, 0.1), fma(g, x, 0.1), fma(h, x, 0.1)
    a, b, c, d = fma(a, x, 0.2), fma(b, x, 0.2), fma(c, x, 0.2), fma(d, x, 0.2)
    e, f, g, h = fma(e, x, 0.2), fma(f, x, 0.2), fma(g, x, 0.2), fma(h, x, 0.2)
    a, b, c, d = fma(a, x, 0.3), fma(b, x, 0.3), fma(c, x, 0.3), fma(d, x, 0.3)
    e, f, g, h = fma(e, x, 0.3), fma(f, x, 0.3), fma(g, x, 0.3), fma(h, x, 0.3)
    a, b, c, d = fma(a, x, 0.4), fma(b, x, 0.4), fma(c, x, 0.4), fma(d, x, 0.4)
    e, f, g, h = fma(e, x, 0.4), fma(f, x, 0.4), fma(g, x, 0.4), fma(h, x, 0.4)
    return ((a + b) + (c + d)) + ((e + f) + (g + h))


@elementwise()
def divisions(x):
    """Eight divisions, which do not wait for each other."""
    left = (x / (x + 1.0) + x / (x + 2.0)) + (x / (x + 3.0) + x / (x + 4.0))
    return left + (x / (x + 5.0) + x / (x + 6.0)) + (x / (x + 7.0) + x / (x + 8.0))


class Loop(NamedTuple):
    """A loop in machine code: vector instructions, divisions among them, for so many numbers."""

    arithmetic: int
    divisions: int
    numbers: int


def vector_loops(view: KernelView) -> Iterator[Loop]:
    """The innermost loops that store vectors of float32 results."""
    lines = view.assembly.splitlines()
    labels = {found[1]: k for k, line in enumerate(lines) if (found := LABEL.match(line))}
    for end, line in enumerate(lines):
        jump = JUMP.search(line)
        if jump and labels.get(jump[1], end) < end:
            inside = lines[labels[jump[1]] + 1 : end]
            stored = sum(STORED[found[1]] for one in inside if (found := STORE.search(one)))
            if stored and not any(LABEL.match(one) for one in inside):
                vectors = [one for one in inside if one.startswith(">>")]
                yield Loop(len(vectors), sum("vdiv" in v for v in vectors), stored)


def hot_loop(view: KernelView) -> Loop:
    """The loop with most to do in a turn: others are for what is left over, or shortcuts."""
    return max(vector_loops(view), key=attrgetter("arithmetic"))


def nanoseconds(calls: list[Callable[[], Any]]) -> list[float]:
    """For each number of an array, calls in turns: the median of rounds."""
    found: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, times in zip(calls, found, strict=True):
            call()
            start = perf_counter()
            for _ in range(CALLS):
                call()
            times.append((perf_counter() - start) / CALLS / COUNT * 1e9)
    return [statistics.median(times) for times in found]


def runs(op: Any) -> Callable[[], Any]:
    """A call of an op's kernel, without what is around it."""
    x, out = given(), np.empty(COUNT, np.float32)
    return forward_kernel(op, x, out)


def forward_kernel(op: Any, x: Any, out: Any, parallel: bool = False) -> Callable[[], Any]:
    """The kernel of a call by default numbers, which writes into an array that is there already."""
    formula, *_ = op.formulas_for_float32()
    numbers = op.declaration.default_numbers()
    arguments = (x,), numbers, out
    made = Kernel(loops.forward, formula, known=numbers)
    return partial(made.compile(arguments, parallel), *arguments)


def given() -> Any:
    """Numbers from a normal distribution."""
    return np.random.default_rng(0).normal(0, 2, COUNT).astype(np.float32)


def with_torch(name: str) -> Callable[[], Any] | None:
    """PyTorch's function of the same name on one thread, or None."""
    if find_spec("torch") is None or name not in NAMES:
        return None
    import torch

    torch.set_num_threads(1)
    function: Any = torch
    for part in NAMES[name][1].split("."):
        function = getattr(function, part)
    x, numbers = torch.from_numpy(given()), NAMES[name][2]
    return lambda: function(x, *numbers)


def table(names: list[str]) -> Iterator[str]:
    """Markdown, line by line."""
    yield "| activation | vector instructions, divisions | floor, ns | takes, ns | PyTorch, ns |"
    yield "|---|---|---|---|---|"
    adding, dividing = hot_loop(kernel(multiply_adds)), hot_loop(kernel(divisions))
    for name in names:
        op = activations.every()[name]
        of_torch = with_torch(name)
        calls = [runs(multiply_adds), runs(divisions), runs(op), *([of_torch] if of_torch else [])]
        adds, divides, takes, *theirs = nanoseconds(calls)
        one = adds * adding.numbers / adding.arithmetic
        rest = (dividing.arithmetic - dividing.divisions) * one
        division = (divides * dividing.numbers - rest) / dividing.divisions
        loop = hot_loop(kernel(op))
        # a division keeps one unit busy, and other arithmetic goes on beside it
        least = max((loop.arithmetic - loop.divisions) * one, loop.divisions * division)
        found = f"{loop.arithmetic} for {loop.numbers}, {loop.divisions}"
        other = f"{theirs[0]:.2f}" if theirs else "not here"
        yield f"| {name} | {found} | {least / loop.numbers:.2f} | {takes:.2f} | {other} |"


def products(library: str = "") -> Iterator[str]:
    """The eight products of a training step of 784-512-512-10, batch 128, and nothing else.

    Each library has a process of its own, since their threads would fight for the cores.
    """
    if not library:
        for name in filter(find_spec, ("numpy", "torch")):
            again = [sys.executable, __file__, "products", name]
            yield subprocess.run(again, capture_output=True, text=True, check=True).stdout.strip()
        return
    array = import_module("torch").from_numpy if library == "torch" else np.asarray
    widths, batch, _ = NETS["784-512-512-10, batch 128"]
    rng = np.random.default_rng(0)
    pairs = []
    for k, (before, after) in enumerate(pairwise(widths)):
        shapes = (batch, before), (before, after), (batch, after)
        x, w, gy = (array(rng.standard_normal(s).astype(np.float32)) for s in shapes)
        pairs += [(x, w), (x.T, gy), (gy, w.T)][: 3 if k else 2]
    (ns,) = nanoseconds([lambda: [a @ b for a, b in pairs]])
    yield f"{library}: {ns * COUNT / 1e6:.2f} ms"


# What a process may begin with; TRAIN is what `minigrad train --epochs 1` does.
TRAIN = "from minigrad.__main__ import main; main(['train', '--epochs', '1'])"
FIRSTS = {
    "Python itself": "pass",
    "import numpy": "import numpy",
    "import numba": "import numba",
    "import minigrad": "import minigrad",
    "a relu of 1,000,000": "import minigrad, numpy; minigrad.activations.relu(numpy.ones(10**6))",
    "minigrad train --epochs 1": TRAIN,
    "import sklearn.datasets": "import sklearn.datasets",
    "import torch": "import torch",
}
# Events of Numba: a function that is compiled, perhaps for another one, and a call of LLVM.
COMPILING = f"""
from numba.core import event
import minigrad.kernels.compiler
with event.install_recorder("numba:compile") as functions:
    with event.install_recorder("numba:llvm_lock") as calls:
        {TRAIN}
def seconds(records):
    depth = total = 0
    for time, one in records.buffer:
        total += (time if one.is_end else -time) * (depth == one.is_end)
        depth += -1 if one.is_end else 1
    return total
print(len(functions.buffer) // 2, seconds(functions), seconds(calls))
"""


def process(code: str, kernels: str) -> tuple[float, str]:
    """The processor seconds of a fresh Python on one core, and the last line that it prints."""
    one = {"MINIGRAD_CACHE_DIR": kernels, "OPENBLAS_NUM_THREADS": "1"}
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **one}, capture_output=True, text=True
    )
    after = os.times()
    took = after.children_user + after.children_system
    took -= before.children_user + before.children_system
    return took, (done.stdout.splitlines() or [""])[-1] if done.returncode == 0 else ""


def startup() -> Iterator[str]:
    """Processor seconds of fresh processes, the medians of five in turns."""
    modules = {name: name.removeprefix("import ").partition(".")[0] for name in FIRSTS}
    here = [n for n in FIRSTS if not n.startswith("import ") or find_spec(modules[n])]
    with tempfile.TemporaryDirectory() as warm:
        found: dict[str, list[float]] = {}
        for k in range(-1, 5):  # the first one fills the folder of kernels
            for name in here:
                took, _ = process(FIRSTS[name], warm)
                if k >= 0:
                    found.setdefault(name, []).append(took)
    compiled = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as cold:
            found.setdefault("the same without kernels on disk", []).append(process(TRAIN, cold)[0])
        with tempfile.TemporaryDirectory() as cold:
            compiled.append([float(n) for n in process(COMPILING, cold)[1].split()])
    for name, times in found.items():
        yield f"{name}: {statistics.median(times):.2f} s"
    functions, numba, llvm = map(statistics.median, zip(*compiled, strict=True))
    yield f"functions compiled: {functions:.0f}, in {numba:.2f} s, of which LLVM {llvm:.2f} s"


class Bare:
    """A node and its array, and nothing to find out what to do with them."""

    __slots__ = "array", "before", "inputs"


def bare(op: Any) -> Callable[[], None]:
    """A chain of an op, and back, for which all is decided: the arrays, the kernels, an object."""
    x, others = given_few(), [np.full(FEW, 0.999, np.float32)][: len(op.declaration.inputs) - 1]
    y = op(Tensor(x, requires_grad=True), *map(Tensor, others))
    numbers, plan = y.node.numbers, y.node.plan
    pull = plan.pullback(0)
    forward, backward = plan.kernel, pull.kernel
    slope_is_1 = isinstance(pull, PassThrough)

    def once() -> None:
        last = Bare()
        last.array, last.before = x, None
        for _ in range(CHAIN):
            node = Bare()
            node.array, node.before = np.empty(FEW, np.float32), last
            node.inputs = (last.array, *others)
            forward.run(node.inputs, numbers, node.array)
            last = node
        gy = x
        while last.before is not None:
            if not slope_is_1:
                gx = np.empty(FEW, np.float32)
                read = (*last.inputs, last.array)
                backward.run(gy, pull.pick_operands(read), pull.pick_numbers(numbers), gx)
                gy = gx
            last = last.before

    return once


class Nothing:
    """An op that computes nothing: left are its tensor, its node and its turn in backward."""

    name = "nothing"

    def __call__(self, x: Tensor) -> Tensor:
        return record(self, (x.node,), None, x._data)

    def vjp(self, node: Node, gy: Any) -> tuple[Any]:
        """gx = gy."""
        return (gy,)


def given_few() -> Any:
    """As many numbers as the chain of `minigrad bench ops` has."""
    return np.linspace(-1, 1, FEW, dtype=np.float32)


def small_ops() -> Iterator[str]:
    """Markdown: an op of the chain, forward and backward, in microseconds."""
    yield "| op | bare kernels, arrays and nodes, us | minigrad, us | PyTorch, us |"
    yield "|---|---|---|---|"
    seed = np.ones(FEW, np.float32)
    nothing = chains.chained(Nothing(), Tensor(given_few(), requires_grad=True), seed)
    (ns,) = nanoseconds([nothing])
    yield f"| nothing, but in the graph | | {ns * COUNT / 1e3 / CHAIN:.2f} | |"
    for name in OPS:
        op = getattr(activations, name, None) or getattr(minigrad.ops, name)
        calls: list[Any] = [bare(op), chains.with_minigrad(name)]
        if find_spec("torch"):
            calls.append(chains.with_torch(name))
        times = [ns * COUNT / 1e3 / CHAIN for ns in nanoseconds(calls)]
        yield f"| {name} | {' | '.join(f'{us:.2f}' for us in times)} |"


def milliseconds_each(
    calls: list[Callable[[], Any]], rounds: int = ROUNDS, warm: int = WARM, count: int = CALLS
) -> list[float]:
    """For each call the median, of calls that follow each other as they do in a benchmark."""
    found: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, times in zip(calls, found, strict=True):
            for k in range(warm + count):
                start = perf_counter()
                call()
                if k >= warm:
                    times.append((perf_counter() - start) * 1e3)
    return [statistics.median(times) for times in found]


def large() -> Iterator[str]:
    """Markdown: what a million numbers take in a kernel, in a call of the op, and in PyTorch."""
    yield "| activation | one core, ms | all cores, ms | a call, ms | PyTorch, ms |"
    yield "|---|---|---|---|---|"
    x = np.random.default_rng(0).normal(0, 2, MANY).astype(np.float32)
    out = np.empty_like(x)
    for name in LARGE:
        op, tensor = activations.every()[name], Tensor(x)
        calls = [forward_kernel(op, x, out, parallel) for parallel in (False, True)]
        calls.append(partial(op, tensor))
        if find_spec("torch"):
            torch = import_module("torch")
            path, numbers = NAMES[name][1:]
            calls.append(partial(attrgetter(path)(torch), torch.from_numpy(x), *numbers))
        yield f"| {name} | {' | '.join(f'{ms:.2f}' for ms in milliseconds_each(calls))} |"


def rows() -> Iterator[str]:
    """Markdown: softmax of rows of 1,024 numbers, what each kernel takes for a number."""
    x = given().reshape(-1, 1024)
    e, statistics, y = np.empty(x.shape), np.empty((len(x), 2)), np.empty_like(x)
    apart = (exponentials, exp), (softmax_forward, divide), (softmax_gradient, divide)
    powers, divided, gradient = (Kernel(f, fitting(part, x.dtype), 0) for f, part in apart)
    calls: list[Any] = [
        runs(activations.exponential),
        lambda: powers.run(x, statistics, e),
        lambda: divided.run(x, e, statistics, y),
        lambda: gradient.run(x, e, statistics, y),
    ]
    names = ["exponential, no rows", "e, its largest and its sum", "e / total", "the gradient"]
    if find_spec("torch"):
        torch = import_module("torch")
        torch.set_num_threads(1)
        given_there = torch.from_numpy(x)
        calls.append(lambda: torch.softmax(given_there, -1))
        names.append("PyTorch, forward")
    yield "| kernel | ns |"
    yield "|---|---|"
    for name, ns in zip(names, nanoseconds(calls), strict=True):
        yield f"| {name} | {ns:.2f} |"


class Stored(Nothing):
    """As Nothing, with a result and a gradient that are there already."""

    def __init__(self, y: Any, gx: Any) -> None:
        self.y, self.gx = y, gx

    def __call__(self, x: Tensor) -> Tensor:
        return record(self, (x.node,), None, self.y)

    def vjp(self, node: Node, gy: Any) -> tuple[Any]:
        """gx, whatever gy is."""
        return (self.gx,)


def once_and_back(op: Any, x: Tensor, gy: Any) -> Callable[[], None]:
    """What `minigrad bench activations` times as forward + backward."""

    def once() -> None:
        op(x).backward(gy)
        x.grad = None

    return once


def least_of(name: str, size: str) -> list[Callable[[], Any]]:
    """The least that f(x) and its gradient take here.

    First a node for which nothing is computed; then the kernel of the value, on one core and on
    all, and that of the slope, on one core and on all, into arrays that are there already.
    """
    op, numbers = activations.every()[name], NAMES[name][0]
    x = Tensor(activation_bench.given(size), requires_grad=True)
    y = op(x, *numbers)
    node, gy, gx, out = y.node, np.ones_like(x._data), np.empty_like(x._data), y._data.copy()
    pull = node.plan.pullback(0)
    read = pull.read((*node.saved, out)[: 1 + node.plan.keeps_result], node.numbers)
    kernels = (
        (node.plan.kernel, ((x._data,), node.numbers, out)),
        (pull.kernel, (gy, *read, gx)),
    )
    return [
        once_and_back(Stored(out, gx), x, gy),
        *[partial(k.compile(a, parallel), *a) for k, a in kernels for parallel in (False, True)],
    ]


def mean() -> Iterator[str]:
    """Markdown: geometric means over the activations with one input, forward + backward."""
    way = activation_bench.WAYS[1]
    names = [n for n in NAMES if getattr(activations.every().get(n), "takes_one", bool)()]
    yield f"| elements | least / PyTorch | minigrad / PyTorch | below a third, of {len(names)} |"
    yield "|---|---|---|---|"
    least, ours = {}, {}
    for size in activation_bench.SHAPES:
        for name in names:
            calls = least_of(name, size)
            calls.append(activation_bench.with_minigrad(name, way, size))
            calls.append(activation_bench.with_torch(name, way, size))
            node, one, all_, back_one, back_all, mine, theirs = milliseconds_each(calls, 5, 3, 15)
            least[name, size] = (node + min(one, all_) + min(back_one, back_all)) / theirs
            ours[name, size] = mine / theirs
        found = [
            statistics.geometric_mean(ratios[name, size] for name in names)
            for ratios in (least, ours)
        ]
        fast = sum(least[name, size] < 1 / 3 for name in names)
        yield f"| {size} | {found[0]:.2f} | {found[1]:.2f} | {fast} |"
    found = [statistics.geometric_mean(ratios.values()) for ratios in (least, ours)]
    fast = sum(ratio < 1 / 3 for ratio in least.values())
    yield f"| all | {found[0]:.2f} | {found[1]:.2f} | {fast} of {len(least)} |"


def calls() -> Iterator[str]:
    """Markdown: activations with one input that are above their goal, and what a kernel takes.

    That of a call by default numbers; no call can take less.
    """
    way, left = activation_bench.WAYS[0], 0
    names = [n for n in NAMES if getattr(activations.every().get(n), "takes_one", bool)()]
    yield "| activation | elements | kernel, us | minigrad, us | PyTorch, us |"
    yield "|---|---|---|---|---|"
    for size in list(activation_bench.SHAPES)[:2]:
        for name in names:
            x = activation_bench.given(size)
            op, out = activations.every()[name], np.empty_like(x)
            run = [
                forward_kernel(op, x, out),
                activation_bench.with_minigrad(name, way, size),
                activation_bench.with_torch(name, way, size),
            ]
            kernel_alone, ours, theirs = (ns * COUNT / 1e3 for ns in nanoseconds(run))
            if ours <= theirs * activation_bench.goal(name, size):
                left += 1
                continue
            yield f"| {name} | {size} | {kernel_alone:.2f} | {ours:.2f} | {theirs:.2f} |"
    yield f"{left} of {2 * len(names)} are not above"


WHAT: dict[str, Callable[..., Iterator[str]]] = {
    "large": large,
    "rows": rows,
    "mean": mean,
    "calls": calls,
    "products": products,
    "ops": small_ops,
    "startup": startup,
}

if __name__ == "__main__":
    names = sys.argv[1:] or list(SLOW)
    for line in WHAT[names[0]](*names[1:]) if names[0] in WHAT else table(names):
        print(line, flush=True)
