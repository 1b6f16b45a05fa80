"""Every kernel compiled for real GPUs, without one: PTX by NVVM, machine code by NVIDIA's linker.

    python -m minigrad.ptx                 a table of registers and spills, all targets
    python -m minigrad.ptx 7.5 gelu relu   one target, some activations, as JSON

A kernel that needs more registers than a thread may have spills them into memory, which is slow.
Needs the extra `cuda`; a process compiles for one target only.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import activations
from .arrays import SINGLE
from .kernels import loops, rows
from .kernels.cross_entropy import cross_entropy_gradient, divide
from .kernels.mathematics import exp, log1p, scaled
from .kernels.single import single
from .ops import mul
from .optimizers.adam import adam_step
from .optimizers.update import blended, blended_square, descended, moved
from .plans import Formula

TARGETS = "7.5", "8.0", "9.0", "12.0"


def jobs(names: list[str]) -> Iterator[tuple[str, Any, tuple[Any, ...]]]:
    """(name, loop for the GPU, its Numba types) of each kernel; of some activations, or all."""
    from numba import types

    from .kernels import cuda

    real, double, whole = types.float32, types.float64, types.int64
    x, xx = types.Array(real, 1, "C"), types.Array(real, 2, "C")
    d, dd, labels = (types.Array(t, n, "C") for t, n in ((double, 1), (double, 2), (whole, 1)))

    def elementwise(name: str, f: Any, tensors: int, numbers: int) -> Iterator[Any]:
        for inside, number in (("", double), (" in float32", real)):
            given = types.Tuple([x] * tensors), types.Tuple([number] * numbers)
            formula = single(f.function) if inside else f.for_results_of((SINGLE,))
            loop = cuda.on_device(loops.forward(formula), bool(inside))
            yield f"{name}{inside}", loop, (*given, x)

    def gradient(name: str, df: Any, tensors: int, numbers: int, learned: bool) -> Iterator[Any]:
        for inside, number in (("", double), (" in float32", real)):
            given = x, types.Tuple([x] * tensors), types.Tuple([number] * numbers)
            formula = single(df.function) if inside else df.for_results_of((SINGLE,))
            loop = cuda.on_device(loops.gradient(formula), bool(inside))
            yield f"{name}{inside}", loop, (*given, x)
            if learned:
                loop = cuda.on_device(cuda.gradient_blocks(formula), bool(inside))
                yield f"sum of {name}{inside}", loop, (*given, *[whole] * 4, d)

    for op in activations.every().values():
        if names and op.name not in names:
            continue
        declared = op.declaration
        yield from elementwise(op.name, op.formula, len(declared.inputs), len(declared.numbers))
        for k, name in enumerate(declared.inputs):
            slope = op.slopes[k]
            assert slope is not None
            counts = len(slope.operands), len(slope.numbers)
            yield from gradient(f"{op.name} d/d{name}", slope.formula, *counts, k > 0)
    if names:
        return
    for update, counts in ((descended, (2, 2)), (moved, (2, 1)), (blended, (2, 1)),
                           (blended_square, (2, 1)), (adam_step, (3, 3))):  # fmt: skip
        name = f"update {update.formula.__name__}"
        yield from elementwise(name, Formula(update.formula, 0), *counts)
    multiply = mul.declaration.formula
    for name, loop, signature in (
        ("add_blocks", cuda.add_blocks(divide), (d, double, x)),
        ("spread", cuda.spread(divide), (x, whole, double, x)),
        ("product", cuda.product(np.float32), (x, whole, whole, x, whole, whole, whole, xx)),
        ("product in float64", cuda.product(np.float64), (d, whole, whole, d, *[whole] * 3, dd)),
        ("exponentials", rows.exponentials(exp), (xx, dd, dd)),
        ("softmax", rows.softmax_forward(divide), (xx, dd, dd, xx)),
        ("softmax gradient", rows.softmax_gradient(scaled), (xx, dd, dd, xx)),
        ("log_softmax", rows.log_softmax_forward(log1p), (xx, dd, dd, xx)),
        ("log_softmax gradient", rows.log_softmax_gradient(scaled), (xx, dd, dd, xx)),
        ("label_losses", cuda.label_losses(log1p), (xx, labels, dd, d)),
        ("cross_entropy gradient", cross_entropy_gradient(divide), (dd, labels, dd, double, xx)),
        ("pick", cuda.pick(multiply), (xx, labels, x)),
        ("put_back", cuda.put_back(multiply), (x, labels, xx)),
    ):
        yield name, cuda.on_device(loop), signature


def assemble(ptx: str, target: str) -> dict[str, int]:
    """PTX as machine code: how many bytes, registers of a thread, and bytes that are spilled."""
    from cuda.bindings import nvjitlink

    options = [f"-arch=sm_{target.replace('.', '')}", "-verbose"]
    linker = nvjitlink.create(len(options), options)
    try:
        text = ptx.encode() + b"\0"
        nvjitlink.add_data(linker, nvjitlink.InputType.PTX, text, len(text), "kernel.ptx")
        nvjitlink.complete(linker)
        cubin = bytearray(nvjitlink.get_linked_cubin_size(linker))
        nvjitlink.get_linked_cubin(linker, cubin)
        log = bytearray(nvjitlink.get_info_log_size(linker))
        nvjitlink.get_info_log(linker, log)
    finally:
        nvjitlink.destroy(linker)
    if cubin[:4] != b"\x7fELF":
        raise RuntimeError(f"ptx: what was linked for {target} is no machine code")
    said = log.decode(errors="replace")
    (registers,) = re.findall(r"ptxas info\s*: Used (\d+) registers", said)
    spilled = sum(map(int, re.findall(r"(\d+) bytes spill", said)))
    return {"bytes": len(cubin), "registers": int(registers), "spilled": spilled}


def compiled(target: str, names: list[str]) -> dict[str, dict[str, int]]:
    """What each kernel becomes for one target."""
    from .kernels import cuda

    if wrong := cuda.missing_toolkit():
        raise RuntimeError(f"ptx: no CUDA toolkit ({wrong}); install it: pip install -e '.[cuda]'")
    major, minor = map(int, target.split("."))
    found = {}
    for name, loop, signature in jobs(names):
        text = cuda.ptx(loop, signature, (major, minor))
        assert f".target sm_{major}{minor}" in text
        found[name] = assemble(text, target) | {
            "float64": len(re.findall(r"\.f64\s", text)),
            "contracted": len(re.findall(r"\bfma\.rn\.f64", text)),
        }
    return found


def table() -> str:
    """All kernels and targets: registers of a thread, and spilled bytes where there are some."""
    found = {}
    for target in TARGETS:
        command = [sys.executable, "-m", "minigrad.ptx", target]
        found[target] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    lines = [f"| kernel | {' | '.join(f'sm_{t.replace(chr(46), str())}' for t in TARGETS)} |"]
    lines.append("|---" * (len(TARGETS) + 1) + "|")
    for name in found[TARGETS[0]]:
        cells = [name]
        for target in TARGETS:
            one = found[target][name]
            cells.append(f"{one['registers']}" + (f" + {one['spilled']} B" * bool(one["spilled"])))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(compiled(sys.argv[1], sys.argv[2:])))
    else:
        print(table())
