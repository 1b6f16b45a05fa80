"""float32 inside: the same formulas, rewritten to compute in float32 all the way.

A consumer GPU has 64 float32 units for each one of float64, so there the exact way costs.  This one
is fast and less exact.  It is made from the source of a formula: its literals become float32, and
the functions of `mathematics`, which are built on float64, become those of the device.
"""

import ast
import inspect
import math
import textwrap
from functools import cache as remembered
from types import FunctionType
from typing import Any

import numpy as np

from . import mathematics
from .mathematics import error_function

ROOT_HALF = np.float32(error_function.ROOT_HALF)
DENSITY = np.float32(error_function.ONE_OVER_ROOT_TWO_PI)
ONE, HALF = np.float32(1), np.float32(0.5)

# Of NumPy in plain Python, where 1 / 0 is inf; compiled, of the device's library by their names.
NAMES = "exp", "expm1", "log", "log1p", "tanh", "sqrt", "sin", "cos"
FUNCTIONS = {name: eval(f"lambda x: np.{name}(x)", {"np": np}) for name in NAMES}
exp, expm1, tanh, sqrt = (FUNCTIONS[name] for name in ("exp", "expm1", "tanh", "sqrt"))


def power(x, y):
    """x to the power y."""
    return np.power(x, y)


def exp_sum(high, low):
    """exp(high): float32 has no digits for low."""
    return exp(high)


def expm1_sum(high, low):
    """As `exp_sum`."""
    return expm1(high)


def no_error(a, b, result):
    """What rounding took is not made up for."""
    return np.float32(0)


def root_of_square_plus(x, b):
    """sqrt(x**2 + b)."""
    return sqrt(x * x + b)


def x_minus_tanh(x):
    """x - tanh(x), whose digits cancel near 0."""
    return x - tanh(x)


def erf(x):
    """The error function."""
    return np.float32(math.erf(x))


def normal_cdf(x, factor=ONE):
    """Phi(x) factor."""
    return HALF * factor * np.float32(math.erfc(-x * ROOT_HALF))


def normal_pdf(x, factor=ONE):
    """exp(-x**2 / 2) / sqrt(2 pi) factor."""
    return DENSITY * factor * exp(-HALF * x * x)


# What stands for each function of `mathematics` that is built on the bits of float64.
INSTEAD: dict[Any, Any] = {getattr(mathematics, name): f for name, f in FUNCTIONS.items()} | {
    mathematics.power: power,
    mathematics.erf: erf,
    mathematics.normal_cdf: normal_cdf,
    mathematics.normal_pdf: normal_pdf,
    mathematics.exp_sum: exp_sum,
    mathematics.expm1_sum: expm1_sum,
    mathematics.quotient_error: no_error,
    mathematics.product_error: no_error,
    mathematics.root_of_square_plus: root_of_square_plus,
    mathematics.x_minus_tanh: x_minus_tanh,
}


@remembered
def overload_functions() -> None:
    """Tell Numba what to call in compiled code."""
    from numba.extending import overload

    for name, function in FUNCTIONS.items():
        overload(function)(compiled_as(f"math.{name}(x)", "x"))
    overload(power)(compiled_as("math.pow(x, y)", "x, y"))


def compiled_as(text: str, parameters: str) -> Any:
    """A function of types that returns the lambda Numba shall compile."""
    return eval(f"lambda {parameters}: lambda {parameters}: {text}", {"math": math})


class Singles(ast.NodeTransformer):
    """Numbers become np.float32(number)."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """A literal; True and strings stay."""
        if type(node.value) not in (int, float):
            return node
        return ast.parse(f"_np.float32({node.value!r})", mode="eval").body


@remembered
def single(formula: FunctionType) -> Any:
    """The formula in float32, and all that it calls.

    >>> from minigrad.activations import silu
    >>> type(single(silu.declaration.formula)(np.float32(1.0)))
    <class 'numpy.float32'>
    """
    if formula in INSTEAD:
        return INSTEAD[formula]
    try:
        (function,) = ast.parse(textwrap.dedent(inspect.getsource(formula))).body
    except (OSError, TypeError, SyntaxError, ValueError):
        function = None
    if not isinstance(function, ast.FunctionDef):
        raise TypeError(
            f"{formula.__name__}: float32 inside needs the source of a formula, a def in a file; "
            "put it into one, or unset MINIGRAD_CUDA_INSIDE"
        )
    function.decorator_list = []
    tree = ast.fix_missing_locations(Singles().visit(ast.Module([function], [])))
    names = formula.__code__.co_names
    around = {n: formula.__globals__[n] for n in names if n in formula.__globals__}
    captured = inspect.getclosurevars(formula).nonlocals
    world = {name: as_single(value) for name, value in {**around, **captured}.items()}
    world["_np"] = np
    exec(compile(tree, inspect.getfile(formula), "exec"), world)
    made: Any = world[formula.__name__]
    made.__module__ = formula.__module__
    return made


def as_single(value: Any) -> Any:
    """What a formula reads from outside, in float32."""
    if isinstance(value, FunctionType):
        return single(value)
    if type(value) in (int, float):
        return np.float32(value)
    return value
