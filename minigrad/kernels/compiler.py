"""The compiler: a Python loop becomes machine code.  How Numba compiles is decided here.

What it decides, and why:

- `error_model="numpy"`: 1 / 0 is inf, as in the Python loop; the test for zero would also keep the
  loop from becoming vector code.
- No `fastmath`: it lets the compiler reorder sums and forget nan, and the bits would differ
  between builds.
- `nogil=True` for all cores: other Python threads go on meanwhile.  A serial kernel sees to that
  itself, with the type of its result (`borrowed.py`).
- `forceinline`: a formula and what it calls become part of the loop, else there is nothing to
  vectorise.
"""

import ast
import inspect
import linecache
import re
import sys
import textwrap
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType
from typing import Any

import llvmlite
import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import serialize
from numba.core.compiler import CompileResult
from numba.core.errors import NumbaError, UnsupportedBytecodeError
from numba.core.runtime import rtsys
from numba.extending import intrinsic, overload, register_jitable

from . import cache, loops, mathematics, threads  # threads: its fork hooks must be in place
from .borrowed import DEPENDS_ON, Borrowed, Written

REFUSALS = (NumbaError, UnsupportedBytecodeError)
FLAGS = {"error_model": "numpy"}
assert threads


class FormulaError(TypeError):
    """A formula uses something that cannot be compiled; the message names it in one line."""


def build(
    loop: Callable[..., None],
    formula: Any,
    name: str,
    arguments: tuple[Any, ...],
    parallel: bool = False,
) -> Callable[..., None]:
    """The entry point of `loop` compiled for these arguments: from the disk cache, or anew."""
    dispatcher, signature = prepare(loop, name, arguments, parallel)
    if not str(formula.__module__).startswith("minigrad."):
        dispatcher._cache.check = lambda: wrong_result(formula)
    try:
        return dispatcher.compile(signature)  # type: ignore[no-any-return]
    except REFUSALS as error:
        raise FormulaError(explain(formula, error)) from None


def prepare(
    loop: Callable[..., None], name: str, arguments: tuple[Any, ...], parallel: bool
) -> tuple[Any, tuple[types.Type, ...]]:
    """A Numba dispatcher for one build of `loop`, with our disk cache, and its only signature."""
    assert isinstance(loop, FunctionType)
    for function in cache.plain_functions(loop):
        make_jitable(function)
    *others, last = arguments
    assert isinstance(last, np.ndarray)  # the result
    signature = (*map(numba_type, others), numba_type(last, Borrowed if parallel else Written))
    flags = {**FLAGS, "parallel": parallel, "nogil": parallel}
    key = cache.fingerprint(
        loop, COMPILED_FORMS, repr((signature, sorted(flags.items()))), VERSIONS
    )
    # Numba names machine code after the function: two kernels must never have the same name.
    twin = FunctionType(
        loop.__code__,
        {**loop.__globals__, "prange": numba.prange if parallel else range},
        f"{name}_{key[:16]}",
        loop.__defaults__,
        loop.__closure__,
    )
    twin.__qualname__ = twin.__name__
    dispatcher = numba.njit(**flags)(twin)
    dispatcher._cache = DiskCache(key)
    return dispatcher, signature


def numba_type(value: Any, of_array: type[Borrowed] = Borrowed) -> types.Type:
    """The Numba type of an argument."""
    if isinstance(value, np.ndarray):
        return of_array(numba.from_dtype(value.dtype), value.ndim)
    if isinstance(value, tuple):
        return types.Tuple([numba_type(v) for v in value])
    return numba.typeof(value)


class DiskCache:
    """What a Numba dispatcher asks of a cache, answered by `cache.py`: one file, one kernel."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.check: Callable[[], str | None] = lambda: None

    def load_overload(self, signature: Any, context: Any) -> CompileResult | None:
        """The compiled kernel, or None."""
        parts = cache.read(self.entry(context.codegen()))
        if parts is None:
            without_scipy()
            return None
        # Machine code needs Numba's runtime only; `context.refresh()`, which compiling needs, would
        # take as long as importing all of Numba.
        rtsys.initialize(context)
        try:
            return CompileResult._rebuild(context, *parts)
        except Exception:  # written by something else: compile again
            return None

    def save_overload(self, signature: Any, compiled: CompileResult) -> None:
        """Keep a compiled kernel, unless something is wrong, or it holds an address of ours."""
        if wrong := self.check():
            raise FormulaError(wrong)
        if not compiled.library.has_dynamic_globals:
            content = serialize.dumps(compiled._reduce())
            cache.write(self.entry(compiled.codegen), content)

    def entry(self, codegen: Any) -> str:
        """The file's name: the kernel's key, the processor and Numba's own settings."""
        config = numba.config
        settings = (
            config.OPT, config.BOUNDSCHECK, config.LOOP_VECTORIZE, config.SLP_VECTORIZE,
            config.FULL_TRACEBACKS, config.DEBUGINFO_DEFAULT, config.ENABLE_AVX, config.CPU_NAME,
            config.CPU_FEATURES,
        )  # fmt: skip
        return cache.fingerprint(self.key, repr(settings), repr(codegen.magic_tuple()))


def without_scipy() -> None:
    """Import Numba's array functions, which compiling needs, without all of scipy.linalg.

    When they are imported they look for BLAS, by importing it: a third of the time to the first
    kernel.  It is for matrix products in compiled code, which ask again; we have none.
    """
    if "numba.np.arraymath" in sys.modules:
        return
    with suppress(ImportError, AttributeError):  # a Numba that looks elsewhere
        from numba.np import linalg

        ensure, linalg.ensure_blas = linalg.ensure_blas, there_is_scipy
        try:
            import_module("numba.np.arraymath")
        finally:
            linalg.ensure_blas = ensure


def there_is_scipy() -> None:
    """What Numba asks, answered without an import."""
    if find_spec("scipy") is None:
        raise ImportError("scipy is not installed")


_jitable: set[FunctionType] = set()


def make_jitable(function: FunctionType) -> None:
    """Let compiled code call a plain Python function, which stays as it is for everybody else."""
    if function not in _jitable and function not in PRIMITIVES:
        _jitable.add(function)
        register_jitable(forceinline=True, no_cfunc_wrapper=True)(function)


# The bits of a float64: 1 for the sign, 11 for the exponent plus 1023, 52 for the significand.
BITS, DOUBLE = ir.IntType(64), ir.DoubleType()


@intrinsic  # type: ignore[untyped-decorator]
def pow2_bits(context: Any, n: Any) -> Any:
    """n + 1023 moved to where the exponent stands.  In n + ROUNDER the lowest bits are n."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = builder.fadd(arguments[0], ir.Constant(DOUBLE, mathematics.ROUNDER))
        shifted = builder.shl(builder.bitcast(whole, BITS), ir.Constant(BITS, 52))
        return builder.bitcast(builder.add(shifted, ir.Constant(BITS, 1023 << 52)), DOUBLE)

    return types.float64(types.float64), generate


@intrinsic  # type: ignore[untyped-decorator]
def exponent_bits(context: Any, x: Any) -> Any:
    """The 11 bits of the exponent as a number: put below 2**52, then 2**52 + 1023 taken off."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        moved = builder.lshr(builder.bitcast(arguments[0], BITS), ir.Constant(BITS, 52))
        biased = builder.and_(moved, ir.Constant(BITS, 0x7FF))
        above = builder.or_(biased, ir.Constant(BITS, 0x433 << 52))
        return builder.fsub(builder.bitcast(above, DOUBLE), ir.Constant(DOUBLE, 2.0**52 + 1023))

    return types.float64(types.float64), generate


@intrinsic  # type: ignore[untyped-decorator]
def significand_bits(context: Any, x: Any) -> Any:
    """The 52 bits of the significand under the exponent of 1."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        fraction = builder.and_(
            builder.bitcast(arguments[0], BITS), ir.Constant(BITS, (1 << 52) - 1)
        )
        return builder.bitcast(builder.or_(fraction, ir.Constant(BITS, 1023 << 52)), DOUBLE)

    return types.float64(types.float64), generate


@intrinsic  # type: ignore[untyped-decorator]
def fma_instruction(context: Any, a: Any, b: Any, c: Any) -> Any:
    """a b + c in one instruction; LLVM calls the C library where a processor has none."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), generate


# Numba compares these parameters with those of the lambda, annotations included: none here.
def compiled_pow2(n):  # type: ignore[no-untyped-def]
    """pow2 by moving bits."""
    return lambda n: pow2_bits(np.float64(n))


def compiled_exponent(x):  # type: ignore[no-untyped-def]
    """exponent by moving bits."""
    return lambda x: exponent_bits(np.float64(x))


def compiled_significand(x):  # type: ignore[no-untyped-def]
    """significand by moving bits."""
    return lambda x: significand_bits(np.float64(x))


def compiled_fma(a, b, c):  # type: ignore[no-untyped-def]
    """fma by the processor."""
    return lambda a, b, c: fma_instruction(np.float64(a), np.float64(b), np.float64(c))


def compiled_at(inputs, i):  # type: ignore[no-untyped-def]
    """at, written out for these inputs."""
    return splice("inputs, i", [element(k, t, "i") for k, t in enumerate(inputs)])


def compiled_at_row(inputs, i, j):  # type: ignore[no-untyped-def]
    """at_row, written out for these inputs."""
    indices = {1: "j", 2: "i, j"}
    items = [element(k, t, indices.get(getattr(t, "ndim", 0), "")) for k, t in enumerate(inputs)]
    return splice("inputs, i, j", items)


def compiled_any_nan(values):  # type: ignore[no-untyped-def]
    """any_nan, written out for this many values."""
    tests = [f"(values[{k}] != values[{k}])" for k in range(len(values))]
    return eval(f"lambda values: {' | '.join(tests) or 'False'}")


def element(k: int, kind: types.Type, index: str) -> str:
    """The source text of one element of `inputs[k]`; a number stands for itself."""
    return f"inputs[{k}]" if isinstance(kind, types.Float) else f"float64(inputs[{k}][{index}])"


def splice(parameters: str, items: list[str]) -> Any:
    """A function that returns the items as a tuple.  Numba cannot loop over a mixed tuple."""
    text = f"lambda {parameters}: ({''.join(item + ', ' for item in items)})"
    return eval(text, {"float64": np.float64, "float32": np.float32})


# Plain functions that Numba cannot compile, or not well, and what it compiles in their place.
PRIMITIVES: dict[Any, Callable[..., Any]] = {
    mathematics.pow2: compiled_pow2,
    mathematics.exponent: compiled_exponent,
    mathematics.significand: compiled_significand,
    mathematics.fma: compiled_fma,
    loops.at: compiled_at,
    loops.at_row: compiled_at_row,
    loops.any_nan: compiled_any_nan,
}
for plain, compiled in PRIMITIVES.items():
    overload(plain, jit_options={"forceinline": True, "no_cfunc_wrapper": True})(compiled)

INTRINSICS = pow2_bits, exponent_bits, significand_bits, fma_instruction
COMPILED_FORMS = (*PRIMITIVES.values(), *(form._defn for form in INTRINSICS), *DEPENDS_ON)
VERSIONS = (sys.version, np.__version__, numba.__version__, llvmlite.__version__)


def explain(formula: Any, error: Exception) -> str:
    """One line for a formula that Numba refuses: the expression, where it stands, and why."""
    alone = refused_alone(formula)
    if alone is None:
        return wrong_result(formula) or f"{formula.__name__}: {first_line(str(error))}"
    text = str(alone)
    reason = first_line(text)
    file, line = (re.findall(r'File "(.+?)", line (\d+)', text) or [("", "0")])[0]
    expression = guilty_expression(formula, reason) or linecache.getline(file, int(line)).strip()
    expression = expression or "its code"
    where = f" in line {line} of {Path(file).name}" if file and not file.startswith("<") else ""
    return (
        f"{formula.__name__}: the formula cannot be compiled, because of `{expression}`{where}: "
        f"{reason}. Use plain arithmetic on numbers, comparisons, and the functions of "
        "minigrad.kernels.mathematics"
    )


def first_line(text: str) -> str:
    """The reason in one of Numba's long messages, without addresses."""
    skipped = r"Failed in|During|\[\d+\]|- |File|There are|Overload|With arg|Rejected|\s*$"
    reasons = [s for s in map(str.strip, text.splitlines()) if not re.match(skipped, s)]
    reason = reasons[0].rstrip(":. ") if reasons else "Numba gives no reason"
    reason = re.sub(r"<(?:built-in )?function (\S+)(?: at 0x\w+)?>", r"\1", reason)
    reason = re.sub(r"<module '([\w.]+)' from [^>]*>", r"\1", reason)
    return re.sub(r"(,? for '\$.*|[. ]*Raised from None.*)$", "", reason)


def refused_alone(formula: FunctionType) -> Exception | None:
    """What Numba says of the formula without the loop around it, which says where it went wrong."""
    try:
        alone(formula)
    except REFUSALS as error:
        return error
    return None


def wrong_result(formula: FunctionType) -> str | None:
    """What is wrong with a formula that compiles, but does not return a real number; or None."""
    found = alone(formula).nopython_signatures[0].return_type
    if isinstance(found, types.Float | types.Integer | types.Boolean):
        return None
    return (
        f"{formula.__name__}: the formula returns {found}, for some numbers at least; it must "
        "return one real number, whatever it is given"
    )


def alone(formula: FunctionType) -> Any:
    """The formula itself, compiled for float64."""
    dispatcher = numba.njit(**FLAGS)(formula)
    dispatcher.compile((types.float64,) * formula.__code__.co_argcount)
    return dispatcher


def guilty_expression(formula: Any, reason: str) -> str:
    """The smallest expression of the formula that holds a name which the reason quotes."""
    quoted = set(re.findall(r"[\w.]+", " ".join(re.findall(r"['\"`<]([^'\"`>]+)", reason))))
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(formula)))
    except (OSError, SyntaxError, TypeError):
        return ""
    found = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call | ast.Attribute | ast.BinOp)
        and quoted
        & {getattr(n, "id", getattr(n, "attr", "")) for n in ast.walk(node)}
        - {a.arg for a in ast.walk(tree) if isinstance(a, ast.arg)}
    ]
    calls = [text for text in found if text.endswith(")")]
    return min(calls or found, key=len, default="")
