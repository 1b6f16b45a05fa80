"""Every kernel compiled for real GPUs, without one: PTX by NVVM, machine code by NVIDIA's linker.

    python -m minigrad.ptx                 a table of registers and spills, all targets
    python -m minigrad.ptx 7.5 gelu relu   one target, some activations, as JSON: each kernel

A kernel that needs more registers than a thread may have spills them into memory, which is slow.
A fused multiply-add rounds once where the CPU rounds twice, so there must be none but those that a
formula asks for by its name.  Needs the extra `cuda`; a process compiles for one target only.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from . import activations
from .arrays import SINGLE
from .kernels import loops, rows
from .kernels.cross_entropy import cross_entropy_gradient
from .kernels.mathematics import divide, exp, log1p
from .kernels.mathematics.short import shortened
from .kernels.single import single
from .kernels.updates import means
from .ops import mul
from .ops.softmax import fitting
from .optimizers.adam import adam
from .optimizers.update import blended, blended_square, descended, moved
from .plans import Formula

TARGETS = "7.5", "8.0", "9.0", "12.0"
# What `mathematics.fma` and `cuda.fma` are called in the program that NVVM is given.
ASKED = re.compile(r'@"?(?:llvm\.fma\.f64|__nv_fma)"?(?=\()')
# The second is for the assembler to fuse or not: only what says how it rounds is left alone.
FUSED = re.compile(r"\bfma\.rn\.f64|\b(?:add|sub|mul)\.f64")


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
            formula = single(f.function) if inside else f.for_results_of(SINGLE)
            loop = cuda.on_device(loops.forward(formula), bool(inside))
            yield f"{name}{inside}", loop, (*given, x)

    def gradient(name: str, df: Any, tensors: int, numbers: int, learned: bool) -> Iterator[Any]:
        for inside, number in (("", double), (" in float32", real)):
            given = x, types.Tuple([x] * tensors), types.Tuple([number] * numbers)
            formula = single(df.function) if inside else df.for_results_of(SINGLE)
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
                           (blended_square, (2, 1))):  # fmt: skip
        name = f"update {update.formula.__name__}"
        yield from elementwise(name, Formula(update.formula, 0), *counts)
    given = types.Tuple([x] * 4), types.Tuple([double] * 5)
    yield "update adam", cuda.on_device(means(shortened(adam.formula))), (*given, x, x, x)
    multiply, share = mul.declaration.formula, fitting(divide, SINGLE)
    for name, loop, signature in (
        ("add_blocks", cuda.add_blocks(divide), (d, double, x)),
        ("spread", cuda.spread(divide), (x, whole, double, x)),
        ("product", cuda.product(np.float32), (x, whole, whole, x, whole, whole, whole, xx)),
        ("product in float64", cuda.product(np.float64), (d, whole, whole, d, *[whole] * 3, dd)),
        ("exponentials", rows.exponentials(fitting(exp, SINGLE)), (xx, dd, dd)),
        ("softmax", rows.softmax_forward(share), (xx, dd, dd, xx)),
        ("softmax gradient", rows.softmax_gradient(share), (xx, dd, dd, xx)),
        ("log_softmax", rows.log_softmax_forward(fitting(log1p, SINGLE)), (xx, dd, dd, xx)),
        (
            "log_softmax gradient",
            rows.log_softmax_gradient(share),
            (xx, dd, dd, xx),
        ),
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


@contextmanager
def contractions() -> Iterator[list[int]]:
    """Inside, for each program compiled: the fused multiply-adds that no formula has asked for.

    It is compiled once more with all that were asked for as calls of a function from elsewhere,
    which nobody can fuse: those that are still there are the compiler's own.
    """
    from numba.cuda.cudadrv import nvvm

    found: list[int] = []
    compile_ir = nvvm.compile_ir

    def compiled_twice(program: list[str], **options: Any) -> bytes:
        elsewhere = [ASKED.sub("@fma_from_elsewhere", part) for part in program]
        text: bytes = compile_ir(elsewhere, **options)
        found.append(len(FUSED.findall(text.decode())))
        compiled: bytes = compile_ir(program, **options)
        return compiled

    nvvm.compile_ir = compiled_twice
    try:
        yield found
    finally:
        nvvm.compile_ir = compile_ir


def compiled(target: str, names: list[str]) -> dict[str, dict[str, int]]:
    """What each kernel becomes for one target.

    float64      instructions on float64 for each result, whichever branch they are in
    asked        fused multiply-adds of float64 that formulas ask for
    contracted   others, which the compiler made
    """
    from .kernels import cuda

    every = activations.every()
    if target not in TARGETS or any(name not in every for name in names):
        given = " ".join([target, *names])
        raise ValueError(
            f"ptx: {given!r} given; give one of {', '.join(TARGETS)}, and names of activations"
        )
    if wrong := cuda.missing_toolkit():
        raise RuntimeError(f"ptx: nothing can be compiled here: {wrong}")
    major, minor = map(int, target.split("."))
    found = {}
    for name, loop, signature in jobs(names):
        with contractions() as own:
            text = cuda.ptx(loop, signature, (major, minor))
        assert f".target sm_{major}{minor}" in text
        fused = len(FUSED.findall(text))
        # the compiler has copied the loop: each copy stores a result
        copies = max(1, len(re.findall(r"\bst\.global", text)))
        found[name] = assemble(text, target) | {
            "float64": round(len(re.findall(r"\.f64\s", text)) / copies),
            "asked": fused - sum(own),
            "contracted": sum(own),
        }
    return found


def table(found: dict[str, dict[str, dict[str, int]]]) -> str:
    """Registers of a thread, and spilled bytes where there are some, for each target.

    One line for all kernels of an activation, with the most that any needs; after the slash with
    float32 inside.
    """
    lines = [f"| kernels | {' | '.join('sm_' + target.replace('.', '') for target in found)} |"]
    lines.append("|---" * (len(found) + 1) + "|")
    kinds: dict[str, dict[bool, list[str]]] = {}
    for name in found[TARGETS[0]]:
        of = name.removesuffix(" in float32").removeprefix("sum of ").split(" d/d")[0]
        kinds.setdefault(of, {}).setdefault(name.endswith(" in float32"), []).append(name)
    for of, kind in kinds.items():
        cells = [" / ".join(most(one, names) for names in kind.values()) for one in found.values()]
        lines.append(f"| {of} | {' | '.join(cells)} |")
    every = [kernel for one in found.values() for kernel in one.values()]
    total = {what: sum(kernel[what] for kernel in every) for what in ("spilled", "contracted")}
    lines.append(
        f"\n{len(found[TARGETS[0]])} kernels for each target: at most "
        f"{max(kernel['registers'] for kernel in every)} registers, {total['spilled']} bytes "
        f"spilled, {total['contracted']} multiply-adds fused unasked."
    )
    return "\n".join(lines)


def most(kernels: dict[str, dict[str, int]], names: list[str]) -> str:
    """The registers of the kernel that needs most, and what is spilled."""
    spilled = sum(kernels[name]["spilled"] for name in names)
    registers = max(kernels[name]["registers"] for name in names)
    return f"{registers} + {spilled} B" if spilled else f"{registers}"


def for_all_targets() -> dict[str, dict[str, dict[str, int]]]:
    """What each kernel becomes for each target, with a process for each."""
    found = {}
    for target in TARGETS:
        command = [sys.executable, "-m", "minigrad.ptx", target]
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE)
        if done.returncode:  # it has said why
            sys.exit(done.returncode)
        found[target] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    target, *names = sys.argv[1:] or [""]
    try:
        print(json.dumps(compiled(target, names)) if target else table(for_all_targets()))
    except (RuntimeError, ValueError) as error:
        sys.exit(str(error))
