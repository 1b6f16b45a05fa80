"""Scalar mathematics that kernels are made of: float64 in, float64 out, the same in every build.

`math.exp` in a compiled loop is a call into the C library for each element.  These functions are
plain arithmetic without a branch, so the compiler turns a loop over them into vector code, and the
same lines run unchanged in plain Python.  Each docstring states the largest error seen against
mpmath, in units in the last place (ulp) of float64: `tests/test_mathematics.py` measures it.

    exact.py            what float64 does without an error
    exponential.py      exp, log, tanh and their kin
    powers.py           x**y, roots, quotients
    error_function.py   erf, erfc, the normal distribution
    trigonometry.py     sin, cos
    short.py            exp and some others again, for results with the 24 bits of float32
    half_turns.py       of those, sin and cos
"""

from .error_function import erf, erfc, normal_cdf, normal_pdf, slope_of_x_cdf
from .exact import (
    INFINITY,
    NAN,
    ROUNDER,
    exponent,
    fma,
    nearest,
    pow2,
    product_error,
    quotient_error,
    scaled,
    significand,
    upper,
)
from .exponential import (
    LN2_HIGH,
    LN2_LOW,
    LOG2_E,
    clamp_exponent,
    exp,
    exp_reduced,
    exp_sum,
    expm1,
    expm1_sum,
    log,
    log1p,
    log1p_up_to_1,
    one_plus,
    slope_of_x_sigmoid,
    tanh,
    x_minus_tanh,
)
from .powers import divide, over_root, power, root_of_square_plus, sqrt
from .trigonometry import cos, sin

__all__ = [
    "INFINITY",
    "LN2_HIGH",
    "LN2_LOW",
    "LOG2_E",
    "NAN",
    "ROUNDER",
    "clamp_exponent",
    "cos",
    "divide",
    "erf",
    "erfc",
    "exp",
    "exp_reduced",
    "exp_sum",
    "expm1",
    "expm1_sum",
    "exponent",
    "fma",
    "log",
    "log1p",
    "log1p_up_to_1",
    "nearest",
    "normal_cdf",
    "normal_pdf",
    "one_plus",
    "pow2",
    "over_root",
    "power",
    "product_error",
    "quotient_error",
    "root_of_square_plus",
    "scaled",
    "significand",
    "sin",
    "slope_of_x_cdf",
    "slope_of_x_sigmoid",
    "sqrt",
    "tanh",
    "upper",
    "x_minus_tanh",
]
