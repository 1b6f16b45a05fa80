"""The activations as textbooks have them, for any kind of number: an oracle for minigrad.

It shares no line with the formulas and the mathematics that it judges.  `VALUES` and `SLOPES` have
one line for each formula and each partial derivative of `minigrad.activations`, with the inputs and
numbers in the op's order.  Their first argument says what kind of number they are for:

    EXACT     mpmath, as many digits as one asks for
    FAST      float64 arrays, for millions of inputs; 500 ulp of float64 are 1e-6 of float32
    COMPLEX   complex128 arrays that branch on the real part: their imaginary part is a derivative

At a kink the slope is that of the left side, at an upper bound that of the flat side.
"""

import math
from types import SimpleNamespace
from typing import Any

import numba
import numpy as np
from mpmath import mp, mpf

SELU_SCALE = "1.0507009873554804934193349852946"
SELU_ALPHA = "1.6732632423543772848170429916717"


def exact_x_minus_tanh(x):
    with mp.extraprec(2 * max(0, -mp.mag(x)) if x else 0):
        return x - mp.tanh(x)


def exact_normal(x):
    return mp.ncdf(x) if abs(x) < 2**60 else mpf(x > 0)


def by_libm(f):
    """One of C's functions, element by element: NumPy has no erfc, and a sine of 4 ulp."""

    @numba.njit(nogil=True)
    def loop(x, out):
        for i in range(x.size):
            out[i] = f(x[i])

    def whole(x):
        x = np.asarray(x, np.float64, order="C")
        out = np.empty_like(x)
        loop(x.ravel(), out.ravel())
        return out

    return whole


erfc = by_libm(math.erfc)


def fast_exp(x):
    """exp(x) within what float32 can tell from 0 and infinity; NumPy is slow outside of float64."""
    return np.exp(np.minimum(np.maximum(x, -700.0), 709.0))


def fraction_x_minus_tanh(x):
    """By Lambert's fraction tanh(x) = x / (1 + q), q = x**2 / (3 + x**2 / (5 + ...))."""
    q = 0.0
    for odd in range(31, 1, -2):
        q = x * x / (odd + q)
    return np.where(np.abs(np.real(x)) < 1, x * q / (1 + q), x - np.tanh(x))


def complex_normal(z):
    """The normal distribution a tiny step from the real axis: the first two terms of Taylor."""
    x = np.real(z)
    return FAST.normal(x) + 1j * np.imag(z) * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


EXACT = SimpleNamespace(
    number=mpf, real=lambda x: x, where=lambda c, a, b: a if c else b, abs=abs, exp=mp.exp,
    expm1=mp.expm1, log1p=mp.log1p, tanh=mp.tanh, sqrt=mp.sqrt, sin=mp.sin, cos=mp.cos,
    normal=exact_normal, x_minus_tanh=exact_x_minus_tanh,
    root_minus_1=lambda x: mp.sqrt(1 + x) - 1,
)  # fmt: skip
FAST = SimpleNamespace(
    number=float, real=lambda x: x, where=np.where, abs=np.abs, exp=fast_exp,
    expm1=np.expm1, log1p=np.log1p, tanh=np.tanh, sqrt=np.sqrt,
    sin=by_libm(math.sin), cos=by_libm(math.cos),
    normal=lambda x: erfc(-x / math.sqrt(2)) / 2, x_minus_tanh=fraction_x_minus_tanh,
    root_minus_1=lambda x: x / (np.sqrt(1 + x) + 1),
)  # fmt: skip
COMPLEX = SimpleNamespace(
    number=float, real=np.real, where=np.where, abs=lambda x: np.where(np.real(x) > 0, x, -x),
    exp=np.exp, expm1=np.expm1, log1p=np.log1p, tanh=np.tanh, sqrt=np.sqrt, sin=np.sin, cos=np.cos,
    normal=complex_normal, x_minus_tanh=fraction_x_minus_tanh,
    root_minus_1=lambda x: x / (np.sqrt(1 + x) + 1),
)  # fmt: skip


def positive(m, x, yes, no):
    return m.where(m.real(x) > 0, yes, no)


def between(m, x, low, high, below, inside, above):
    """Three pieces; a bound belongs to the piece beyond it."""
    x = m.real(x)
    return m.where(x >= high, above, m.where(x > low, inside, below))


def sigma(m, x):
    e = m.exp(-m.abs(x))
    return positive(m, x, 1, e) / (1 + e)


def softplus(m, x):
    return positive(m, x, x, 0) + m.log1p(m.exp(-m.abs(x)))


def bell(m, x):
    """The density of the normal distribution."""
    return m.exp(-x * x / 2) / m.sqrt(2 * m.number(mp.pi))


def relu(m, x, alpha, max_value, threshold):
    capped = m.where(m.real(x) < max_value, x, max_value)
    return m.where(m.real(x) > threshold, capped, alpha * (x - threshold))


def drelu_dx(m, x, alpha, max_value, threshold):
    return m.where(x > threshold, m.where(x < max_value, 1, 0), alpha)


def selu_alpha(m):
    return m.number(SELU_SCALE) * m.number(SELU_ALPHA)


def gelu_argument(m, x):
    """(1 + tanh(u)) / 2 is the sigmoid of 2 u, which does not cancel; 2 u and its slope."""
    c = 2 * m.sqrt(2 / m.number(mp.pi))
    cubic = m.number("0.044715")
    return c * (x + cubic * x * x * x), c * (1 + 3 * cubic * x * x)


def gelu(m, x, approximate):
    return x * (sigma(m, gelu_argument(m, x)[0]) if approximate else m.normal(x))


def dgelu_dx(m, x, approximate):
    if not approximate:
        return m.normal(x) + x * bell(m, x)
    t, slope = gelu_argument(m, x)
    return sigma(m, t) * (1 + x * slope * sigma(m, -t))


def larger(a, b):
    return np.maximum(np.abs(a), np.abs(b))


def largest_term_of_dgelu_dx(x, approximate):
    if not approximate:
        return larger(FAST.normal(x), x * bell(FAST, x))
    t, slope = gelu_argument(FAST, x)
    return sigma(FAST, t) * larger(1, x * slope * sigma(FAST, -t))


def dmish_dx(m, x):
    t = m.tanh(softplus(m, x))
    return t + x * sigma(m, x) * (1 - t * t)


def squareplus(m, x, b):
    root = m.sqrt(x * x + b)
    return positive(m, x, (x + root) / 2, b / (root + m.abs(x)) / 2)


def swish_slope(m, t):
    return sigma(m, t) * (1 + t * sigma(m, -t))


def srelu(m, x, t_left, a_left, t_right, a_right):
    left, right = t_left + a_left * (x - t_left), t_right + a_right * (x - t_right)
    return between(m, x, m.real(t_left), m.real(t_right), left, x, right)


def shrunk(m, x, threshold, right, left):
    """Something for x beyond the threshold to the right and to the left, 0 in between."""
    return m.where(m.real(x) > threshold, right, m.where(m.real(x) < -threshold, left, 0))


VALUES = {
    "relu": relu,
    "leaky_relu": lambda m, x, slope: positive(m, x, x, slope * x),
    "prelu": lambda m, x, alpha: positive(m, x, x, alpha * x),
    "srelu": srelu,
    "relu6": lambda m, x: between(m, x, 0, 6, 0, x, 6),
    "thresholded_relu": lambda m, x, theta: m.where(m.real(x) > theta, x, 0),
    "threshold": lambda m, x, threshold, value: m.where(m.real(x) > threshold, x, value),
    "hard_tanh": lambda m, x, low, high: between(m, x, low, high, low, x, high),
    "hard_sigmoid": lambda m, x, c: between(m, x, -c, c, 0, (x + c) / (2 * c), 1),
    "hard_silu": lambda m, x: between(m, x, -3, 3, 0, x * (x + 3) / 6, x),
    "elu": lambda m, x, alpha: positive(m, x, x, alpha * m.expm1(x)),
    "selu": lambda m, x: positive(m, x, m.number(SELU_SCALE) * x, selu_alpha(m) * m.expm1(x)),
    "celu": lambda m, x, alpha: positive(m, x, x, alpha * m.expm1(x / alpha)),
    "exponential": lambda m, x: m.exp(x),
    "pelu": lambda m, x, a, b: positive(m, x, a * (x / b), a * m.expm1(x / b)),
    "learned_elu": lambda m, x, alpha, s: positive(m, x, s * x, s * alpha * m.expm1(x)),
    "sigmoid": sigma,
    "tanh": lambda m, x: m.tanh(x),
    "softplus": lambda m, x, beta: softplus(m, beta * x) / beta,
    "log_sigmoid": lambda m, x: -softplus(m, -x),
    "softsign": lambda m, x: x / (1 + m.abs(x)),
    "silu": lambda m, x: x * sigma(m, x),
    "learned_swish": lambda m, x, beta: x * sigma(m, beta * x),
    "gelu": gelu,
    "mish": lambda m, x: x * m.tanh(softplus(m, x)),
    "squareplus": squareplus,
    "sine": lambda m, x: m.sin(x),
    "gaussian": lambda m, x: m.exp(-x * x),
    "bent_identity": lambda m, x: m.root_minus_1(x * x) / 2 + x,
    "hard_shrink": lambda m, x, threshold: shrunk(m, x, threshold, x, x),
    "soft_shrink": lambda m, x, threshold: shrunk(m, x, threshold, x - threshold, x + threshold),
    "tanh_shrink": lambda m, x: m.x_minus_tanh(x),
    "sparse_plus": lambda m, x: between(m, x, -1, 1, 0, (x + 1) * (x + 1) / 4, x),
    "sparse_sigmoid": lambda m, x: between(m, x, -1, 1, 0, (x + 1) / 2, 1),
    "squared_relu": lambda m, x: positive(m, x, x * x, 0),
    "cosine": lambda m, x: m.cos(x),
    "lisht": lambda m, x: x * m.tanh(x),
    "isru": lambda m, x, alpha: x / m.sqrt(1 + alpha * x * x),
    "isrlu": lambda m, x, alpha: positive(m, x, x, x / m.sqrt(1 + alpha * x * x)),
}

SLOPES = {
    "drelu_dx": drelu_dx,
    "dleaky_relu_dx": lambda m, x, slope: positive(m, x, 1, slope),
    "dprelu_dx": lambda m, x, alpha: positive(m, x, 1, alpha),
    "dprelu_dalpha": lambda m, x, alpha: positive(m, x, 0, x),
    "dsrelu_dx": lambda m, x, tl, al, tr, ar: between(m, x, tl, tr, al, 1, ar),
    "dsrelu_dt_left": lambda m, x, tl, al, tr, ar: between(m, x, tl, tr, 1 - al, 0, 0),
    "dsrelu_da_left": lambda m, x, tl, al, tr, ar: between(m, x, tl, tr, x - tl, 0, 0),
    "dsrelu_dt_right": lambda m, x, tl, al, tr, ar: between(m, x, tl, tr, 0, 0, 1 - ar),
    "dsrelu_da_right": lambda m, x, tl, al, tr, ar: between(m, x, tl, tr, 0, 0, x - tr),
    "drelu6_dx": lambda m, x: between(m, x, 0, 6, 0, 1, 0),
    "dthresholded_relu_dx": lambda m, x, theta: m.where(x > theta, 1, 0),
    "dthreshold_dx": lambda m, x, threshold, value: m.where(x > threshold, 1, 0),
    "dhard_tanh_dx": lambda m, x, low, high: between(m, x, low, high, 0, 1, 0),
    "dhard_sigmoid_dx": lambda m, x, c: between(m, x, -c, c, 0, 1 / (2 * m.number(c)), 0),
    "dhard_silu_dx": lambda m, x: between(m, x, -3, 3, 0, (2 * x + 3) / 6, 1),
    "delu_dx": lambda m, x, alpha: positive(m, x, 1, alpha * m.exp(x)),
    "dselu_dx": lambda m, x: positive(m, x, m.number(SELU_SCALE), selu_alpha(m) * m.exp(x)),
    "dcelu_dx": lambda m, x, alpha: positive(m, x, 1, m.exp(x / alpha)),
    "dexponential_dx": lambda m, x: m.exp(x),
    "dpelu_dx": lambda m, x, a, b: positive(m, x, a / b, a / b * m.exp(x / b)),
    "dpelu_da": lambda m, x, a, b: positive(m, x, x / b, m.expm1(x / b)),
    "dpelu_db": lambda m, x, a, b: -a * x / (b * b) * positive(m, x, 1, m.exp(x / b)),
    "dlearned_elu_dx": lambda m, x, alpha, s: positive(m, x, s, s * alpha * m.exp(x)),
    "dlearned_elu_dalpha": lambda m, x, alpha, s: positive(m, x, 0, s * m.expm1(x)),
    "dlearned_elu_dscale": lambda m, x, alpha, s: positive(m, x, x, alpha * m.expm1(x)),
    "dsigmoid_dx": lambda m, x: sigma(m, x) * sigma(m, -x),
    "dtanh_dx": lambda m, x: 4 * sigma(m, 2 * x) * sigma(m, -2 * x),
    "dsoftplus_dx": lambda m, x, beta: sigma(m, beta * x),
    "dlog_sigmoid_dx": lambda m, x: sigma(m, -x),
    "dsoftsign_dx": lambda m, x: 1 / ((1 + m.abs(x)) * (1 + m.abs(x))),
    "dsilu_dx": swish_slope,
    "dlearned_swish_dx": lambda m, x, beta: swish_slope(m, beta * x),
    "dlearned_swish_dbeta": lambda m, x, beta: x * x * sigma(m, beta * x) * sigma(m, -beta * x),
    "dgelu_dx": dgelu_dx,
    "dmish_dx": dmish_dx,
    "dsquareplus_dx": lambda m, x, b: squareplus(m, x, b) / m.sqrt(x * x + b),
    "dsine_dx": lambda m, x: m.cos(x),
    "dgaussian_dx": lambda m, x: -2 * x * m.exp(-x * x),
    "dbent_identity_dx": lambda m, x: x / m.sqrt(x * x + 1) / 2 + 1,
    "dhard_shrink_dx": lambda m, x, threshold: shrunk(m, x, threshold, 1, 1),
    "dsoft_shrink_dx": lambda m, x, threshold: shrunk(m, x, threshold, 1, 1),
    "dtanh_shrink_dx": lambda m, x: m.tanh(x) * m.tanh(x),
    "dsparse_plus_dx": lambda m, x: between(m, x, -1, 1, 0, (x + 1) / 2, 1),
    "dsparse_sigmoid_dx": lambda m, x: between(m, x, -1, 1, 0, m.number(0.5), 0),
    "dsquared_relu_dx": lambda m, x: positive(m, x, 2 * x, 0),
    "dcosine_dx": lambda m, x: -m.sin(x),
    "dlisht_dx": lambda m, x: m.tanh(x) + 4 * x * sigma(m, 2 * x) * sigma(m, -2 * x),
    "disru_dx": lambda m, x, alpha: (1 / m.sqrt(1 + alpha * x * x)) ** 3,
    "disrlu_dx": lambda m, x, alpha: positive(m, x, 1, (1 / m.sqrt(1 + alpha * x * x)) ** 3),
}

FORMULAS: dict[str, Any] = VALUES | SLOPES

# Where a formula is 0 as a sum of two terms: the larger one, in float64.  No float64 computation
# can have more than 53 bits of it.
LARGEST_TERM: dict[str, Any] = {
    "bent_identity": lambda x: np.abs(x),
    "srelu": lambda x, tl, al, tr, ar: between(
        FAST, x, tl, tr, larger(tl, al * (x - tl)), np.abs(x), larger(tr, ar * (x - tr))
    ),
    "dsilu_dx": lambda x: sigma(FAST, x) * np.maximum(1, np.abs(x) * sigma(FAST, -x)),
    "dlearned_swish_dx": lambda x, beta: LARGEST_TERM["dsilu_dx"](beta * x),
    "dgelu_dx": largest_term_of_dgelu_dx,
    "dmish_dx": lambda x: np.tanh(softplus(FAST, x)),
}
# What their terms never exceed: where a result is larger than any such term could make doubtful,
# nothing need be computed to know it.
LARGEST_TERM_BELOW = {"dsilu_dx": 1.0, "dlearned_swish_dx": 1.0, "dgelu_dx": 1.0, "dmish_dx": 1.0}
# What goes up and down for ever has no limit at infinity.
PERIODIC = {"sine", "cosine"}
# The numbers with which an op is tested besides its defaults, and the learned inputs.
NUMBERS: dict[str, list[tuple[Any, ...]]] = {
    "relu": [(0.1, 6.0, 0.0), (0.5, 2.0, 1.0), (1.5, None, -0.7)],
    "leaky_relu": [(0.0,), (1.7,)],
    "thresholded_relu": [(0.0,), (0.3,)],
    "threshold": [(0.0, 0.0), (0.1, 20.0), (-1.5, -0.3)],
    "hard_tanh": [(0.0, 1.0), (-2.1, 0.7)],
    "hard_sigmoid": [(2.5,), (0.7,)],
    "elu": [(0.3,), (-0.5,), (0.0,), (2.0,)],
    "celu": [(0.3,), (2.5,)],
    "softplus": [(0.3,), (7.5,)],
    "gelu": [(1.0,)],
    "squareplus": [(1e-3,), (50.1,)],
    "hard_shrink": [(0.0,), (1.3,)],
    "soft_shrink": [(0.0,), (1.3,)],
    "isru": [(0.3,), (7.5,)],
    "isrlu": [(0.3,), (7.5,)],
}
LEARNED: dict[str, list[tuple[float, ...]]] = {
    "prelu": [(0.25,), (0.0,), (-1.5,)],
    "srelu": [
        (-1.0, 0.25, 1.0, 0.5),
        (0.0, 0.0, 2.5, -0.75),
        (0.5, 1.5, 0.75, 0.0),
        (1.0, 0.25, -1.0, 0.5),
    ],  # fmt: skip
    "pelu": [(1.0, 1.0), (0.75, 2.5), (3.0, 0.375)],
    "learned_elu": [(1.0, 1.0), (1.6875, 1.0625), (-0.375, 1.5), (0.0, -0.5), (2.0, 0.0)],
    "learned_swish": [(1.0,), (0.3125,), (-2.5,), (0.0,)],
}
