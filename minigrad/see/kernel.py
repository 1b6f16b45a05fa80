"""The kernel viewer: `kernel(op)` shows what a formula became, from Python to machine code.

The loop is compiled anew, with the cache off: of a kernel from the disk cache nothing but the
machine code is left.  It is the loop for inputs of one shape, one element after the other.
"""

import inspect
import io
import re
import textwrap
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import cached_property
from importlib.util import find_spec
from typing import Any

import numpy as np

from ..arrays import brief
from ..elementwise import Elementwise
from ..kernels import loops
from ..kernels.forks import compiling
from ..kernels.kernel import Kernel, jit_is_off

DTYPES = ("float32", "float64")
# x86: packed or scalar, single or double; ARM: registers tell, v0.2d or z0.d from d0
ARITHMETIC = r"add|sub|mul|div|sqrt|min|max|cmp\w*|u?comi|cvt\w*|fn?m(?:add|sub)\d*|r(?:ou)?nd\w*"
X86 = re.compile(rf"^\s+v?(?:{ARITHMETIC})(p|s)[sd]\s")
ARM = re.compile(r"^\s+f(?!mov)\w+\s+(?:p\d\S* )*([vzsd])\d+")
# Where the machine code of a function ends, on Linux, macOS and Windows
END = re.compile(r"^\s*\.?(?:Lfunc_end|cfi_endproc|seh_endproc|size\s)")
MARK = ">> "


class KernelView:
    """What an op's loop became; printed as Python, types and a count of instructions."""

    def __init__(self, op: Elementwise, formula: Any, loop: Any, dtype: str) -> None:
        self.op, self.formula, self.dtype = op, formula, dtype
        self._factory = loop
        self._kernel = Kernel(loop, formula, known=tuple(self.known.values()))
        with compiling:
            from ..kernels import compiler

            self._compiler = compiler
            self._compiled, self._signature = self._build(parallel=False)

    @property
    def known(self) -> dict[str, float]:
        """The default numbers that the formula reads, which are constants in this code."""
        declaration, read = self.op.declaration, inspect.signature(self.formula).parameters
        defaults = declaration.default_numbers()
        if defaults is None:
            return {}
        values = dict(zip(declaration.numbers, defaults, strict=True))
        return {name: values[name] for name in read if name in values}

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What the loop is called with, one element of each."""
        declaration = self.op.declaration
        read = [n for n in inspect.signature(self.formula).parameters]
        numbers = tuple(1.0 for name in read if name in declaration.numbers)
        array = np.ones(1, self.dtype)
        inputs = (array,) * (len(read) - len(numbers))
        gy = () if self._factory is loops.forward else (array,)
        return (*gy, inputs, numbers, array)

    def _build(self, parallel: bool) -> tuple[Any, Any]:
        from numba.core.caching import NullCache

        made, arguments = self._kernel, self.arguments
        dispatcher, signature = self._compiler.prepare(made.loop, made.name, arguments, parallel)
        dispatcher._cache = NullCache()
        try:
            dispatcher.compile(signature)
        except self._compiler.REFUSALS as error:
            raise self._compiler.FormulaError(self._compiler.explain(self.formula, error)) from None
        return dispatcher, signature

    @property
    def source(self) -> str:
        """The loop and the formula in it, in Python."""
        return "\n\n".join(source_of(f) for f in (self._factory, self.formula))

    @property
    def types(self) -> dict[str, str]:
        """What Numba found each variable of the loop and of the formula to be."""
        with compiling:
            alone = self._compiler.alone(self.formula)
        (whole,) = self._compiled.overloads.values()
        (part,) = alone.overloads.values()
        found = {f"loop: {n}": t for n, t in named(whole.type_annotation.typemap)}
        found |= {f"formula: {n}": t for n, t in named(part.type_annotation.typemap)}
        return found | {"formula: returns": str(part.signature.return_type)}

    @property
    def llvm(self) -> str:
        """What LLVM made of it, optimised: the last step before machine code."""
        return str(self._compiled.inspect_llvm(self._signature))

    @cached_property
    def _lines(self) -> list[tuple[str, str]]:
        """The machine code of the loop, with a kind for each line: vector, scalar, or neither."""
        text = str(self._compiled.inspect_asm(self._signature))
        return [(kind_of(line), line) for line in body(text, self._kernel.name)]

    @property
    def assembly(self) -> str:
        """The machine code of the loop; `>>` stands before each vector instruction."""
        return "\n".join(
            f"{MARK if kind == 'vector' else '   '}{line}" for kind, line in self._lines
        )

    @property
    def vector_instructions(self) -> int:
        """Instructions of floating-point arithmetic on several numbers at once."""
        return sum(kind == "vector" for kind, _ in self._lines)

    @property
    def scalar_instructions(self) -> int:
        """Those on one number: what is left over at the end, or all of it."""
        return sum(kind == "scalar" for kind, _ in self._lines)

    @property
    def parallel_diagnostics(self) -> str:
        """What Numba says of the build for all cores.  Making it starts its threads."""
        with compiling:
            dispatcher, signature = self._build(parallel=True)
        said = io.StringIO()
        with redirect_stdout(said):
            dispatcher.parallel_diagnostics(signature, level=1)
        return said.getvalue()

    @property
    def ptx(self) -> str:
        """The formula for NVIDIA's GPUs, in their assembly; or how to get it."""
        if find_spec("numba_cuda") is None:
            return "PTX needs numba-cuda: pip install 'minigrad-numba[cuda]'"
        from numba import cuda, types

        arguments = (types.float64,) * len(inspect.signature(self.formula).parameters)
        try:
            return str(cuda.compile_ptx(self.formula, arguments, device=True)[0])
        except Exception as error:  # whatever the driver or the toolkit lacks
            reason = " ".join(str(error).split())
            return f"PTX: numba-cuda is installed, but: {reason or type(error).__name__}"

    @property
    def verdict(self) -> str:
        """One line: vector code, or not."""
        many, one = self.vector_instructions, self.scalar_instructions
        if not many:
            return f"scalar code: {one} floating-point instructions, each on one number"
        return (
            f"vector code: {many} floating-point instructions on several numbers at once; "
            f"{one} on one, for what is left over"
        )

    def __str__(self) -> str:
        types = [f"    {name}: {kind}" for name, kind in self.types.items()]
        more = "more: .llvm, .assembly, .parallel_diagnostics, .ptx"
        known = ", ".join(f"{name}={value:g}" for name, value in self.known.items())
        title = f"{self._kernel.name}, {self.dtype}" + (f", for {known}" if known else "")
        return "\n".join([title, "", self.source, "", "types", *types, "", self.verdict, more])

    __repr__ = __str__


def kernel(op: Any, dtype: Any = "float32", which: str = "forward") -> KernelView:
    """Show the loop that an op runs, its types, LLVM code and machine code.

    Parameters
    ----------
    op : a declared op, such as `activations.relu`.
    dtype : of the arrays, float32 or float64.
    which : "forward", or the name of an input for the gradient with respect to it, such as "x".

    >>> from minigrad.activations import relu
    >>> kernel(relu).verdict[:11]  # doctest: +SKIP
    'vector code'
    """
    if not isinstance(op, Elementwise):
        what = getattr(op, "__name__", None) or brief(op)
        raise TypeError(
            f"kernel: {what} given; it must be an op that is declared with @elementwise, such as "
            "activations.relu"
        )
    if jit_is_off():
        raise RuntimeError(
            "kernel: nothing is compiled while NUMBA_DISABLE_JIT is set; unset it, and start anew"
        )
    name = dtype_name(dtype)
    if which == "forward":
        return KernelView(op, op.formula.for_results_of(np.dtype(name)), loops.forward, name)
    if which not in op.declaration.inputs:
        known = ", ".join(map(repr, ("forward", *op.declaration.inputs)))
        raise ValueError(f"kernel: which={which!r} given; of {op.name} there is {known}")
    if which not in op.partials:
        raise ValueError(
            f"kernel: d{op.name}/d{which} is not declared; write it under "
            f"@{op.name}.partial({which!r})"
        )
    slope = op.slopes[op.declaration.inputs.index(which)]
    assert slope is not None
    return KernelView(op, slope.formula.for_results_of(np.dtype(name)), slope.loop, name)


def dtype_name(dtype: Any) -> str:
    """A dtype that kernels are compiled for."""
    try:
        name = str(np.dtype(dtype))
    except TypeError:
        name = ""
    if name not in DTYPES:
        half = "; float16 is computed as float64, and rounded once" if name == "float16" else ""
        raise ValueError(f"kernel: dtype={brief(dtype)} given; it must be float32 or float64{half}")
    return name


def source_of(function: Any) -> str:
    """A function as it was written."""
    try:
        return textwrap.dedent(inspect.getsource(function)).rstrip()
    except (OSError, TypeError):
        return f"# {function.__name__}: Python did not keep its source"


def named(typemap: Any) -> Iterator[tuple[str, str]]:
    """The variables that a reader has seen, without those of Numba's own making."""
    for name, kind in typemap.items():
        if name.isidentifier():
            yield name, str(kind).replace(", False, aligned=True", "")


def body(text: str, name: str) -> Iterator[str]:
    """The lines of the function itself: Numba adds others, by which Python calls it."""
    inside = False
    for line in text.splitlines():
        label = line[:1] not in ("", " ", "\t", ".", "#") and line.rstrip().endswith(":")
        if label and name in line and "cpython" not in line and "cfunc" not in line:
            inside = True
        elif inside and END.match(line):
            return
        elif inside:
            yield line


def kind_of(line: str) -> str:
    """Whether an instruction is floating-point arithmetic, on several numbers or on one.

    >>> kind_of("  vmulpd zmm0, zmm1"), kind_of("  vmulsd xmm0, xmm1"), kind_of("  jne .LBB0_2")
    ('vector', 'scalar', '')
    >>> kind_of("  fmul v0.2d, v1.2d, v0.2d"), kind_of("  fmul d0, d1, d0")
    ('vector', 'scalar')
    """
    if found := X86.match(line):
        return "vector" if found[1] == "p" else "scalar"
    if found := ARM.match(line):
        return "vector" if found[1] in "vz" else "scalar"
    return ""
