"""How exact activations are with float32 inside, as MINIGRAD_CUDA_INSIDE=float32 has them on a GPU.

    python docs/float32_inside.py               all of them
    python docs/float32_inside.py gelu pelu     some

The float32 formulas are compiled for the CPU, whose expf and the like stand for those of the GPU,
and compared with the exact way, float64 inside: the table of docs/cuda.md.
"""

import sys
from collections.abc import Callable
from inspect import Parameter
from typing import Any

import numba
import numpy as np

from minigrad import activations
from minigrad.cuda.check import ulps
from minigrad.elementwise import Elementwise
from minigrad.kernels import cache, compiler
from minigrad.kernels.single import FUNCTIONS, overload_functions, power, single

COUNT = 100_000


def inputs_of(op: Elementwise) -> list[np.ndarray]:
    """Numbers of all sizes up to 20 for x, and some between -1 and 1 for what is learned."""
    rng = np.random.default_rng(0)
    sizes = 10 ** rng.uniform(-6, np.log10(20), COUNT // 2) * rng.choice([-1, 1], COUNT // 2)
    x = np.concatenate([rng.uniform(-20, 20, COUNT - COUNT // 2), sizes]).astype(np.float32)
    learned = [rng.uniform(0.1, 1, COUNT) for _ in op.declaration.inputs[1:]]
    return [x, *(a.astype(np.float32) for a in learned)]


def in_single(formula: Callable[..., Any]) -> Callable[..., Any]:
    """A formula in float32, compiled, over whole arrays."""
    overload_functions()
    f = single(formula)
    for function in cache.plain_functions(f):
        if function not in (f, power, *FUNCTIONS.values()):
            compiler.make_jitable(function)
    return numba.vectorize(f)


def errors(op: Elementwise) -> dict[str, tuple[int, float]]:
    """For the value and each slope: the worst error in ulp, and relative to 1 or the result."""
    inputs, declared = inputs_of(op), op.declaration
    given = {k: 0.75 for k, v in declared.numbers.items() if v is Parameter.empty}
    numbers = dict(zip(declared.numbers, declared.bind(tuple(inputs), given)[1], strict=True))
    read = dict(zip(declared.inputs, inputs, strict=True))
    found = {}
    for name, part in {"value": op, **{f"d/d{k}": df for k, df in op.partials.items()}}.items():
        tensors = [read[k] for k in part.declaration.inputs]
        chosen = [numbers[k] for k in part.declaration.numbers]
        exact = part(*tensors, *chosen).data
        with np.errstate(all="ignore"):
            fast = in_single(part.declaration.formula)(*tensors, *map(np.float32, chosen))
            fast = np.asarray(fast, np.float32)
            error = np.abs(fast.astype(float) - exact) / np.maximum(1.0, np.abs(exact))
        found[name] = ulps(fast, exact), float(np.nanmax(error))
    return found


if __name__ == "__main__":
    print("| activation | part | worst ulp | worst error / max(1, abs(y)) |\n|---|---|---|---|")
    every = activations.every()
    for op in (every[name] for name in sys.argv[1:] or every):
        for part, (ulp, error) in errors(op).items():
            print(f"| {op.name} | {part} | {ulp} | {error:.1e} |")
