"""Short forms for float32 results: functions of the same names, with errors of 2**-33 and less.

A result that is rounded to 24 bits needs 33 of them, not 53, unless terms cancel; so a declaration
says whether they will do (`elementwise(short=True)`), and `shortened` puts them in place.  Series
end sooner, with coefficients that spread what is left over evenly: Chebyshev interpolation, by
mpmath's chebyfit with 40 digits, as `tests/test_short.py` does it again.  Products of float32
numbers are exact in float64, and one power of two is enough: below 2**-1022 all results are 0.
"""

import math
from functools import cache
from types import FunctionType
from typing import Any

import numpy as np

from . import error_function, exponential, powers, trigonometry
from .error_function import FLAT, FLAT_REST
from .exact import INFINITY, NAN, exponent, fma, nearest, pow2, scaled, significand
from .half_turns import cos, sin

LN2 = 0.6931471805599453
LOG2_E = 1.4426950408889634
ROOT_TWO = 1.4142135623730951
SMALLEST = 2.0**-149  # of the positive float32
# The slope of x sigmoid(x) is 0 at -SILU_FLAT, a float64 and what is left over, 1 + SILU_E.
SILU_FLAT, SILU_FLAT_REST = 1.2784645427610737, 1.0946994183093437e-16
SILU_E = 0.2784645427610738  # exp(-SILU_FLAT)


def reduced(x):
    """(2**n, r, p) with exp(x) = 2**n (1 + r p) and |r| < 0.35; 2**n is infinite from x = 709.5 on.

    p = (exp(r) - 1) / r = 1 + r (1/2 + r/6 + ...).
    """
    x = 709.8 if x > 709.8 else -709.4 if x < -709.4 else x
    n = nearest(x * LOG2_E)
    r = fma(n, -LN2, x)
    p = 2.4859578222625295e-05
    p = fma(p, r, 0.0001989927395864936)
    p = fma(p, r, 0.001388885404961482)
    p = fma(p, r, 0.008333298483754886)
    p = fma(p, r, 0.041666666718980845)
    p = fma(p, r, 0.16666666718997508)
    p = fma(p, r, 0.5)
    return pow2(n), r, fma(p, r, 1.0)


def exp(x):
    """The exponential: e to the power x.  Below 2**-37.

    >>> round(exp(1.0), 9)
    2.718281828
    """
    power, r, p = reduced(x)
    return fma(p, r, 1.0) * power


def exp_sum(high, low):
    """exp(high + low), where `low` is what float64 has lost: it does not matter here."""
    return exp(high)


def expm1(x):
    """exp(x) - 1 without cancellation near 0.  Below 2**-35.

    >>> round(expm1(1.0), 9)
    1.718281828
    """
    power, r, p = reduced(709.0 if x > 709.0 else x)  # float32 is infinite there anyway
    return fma(power, r * p, power - 1.0)


def expm1_sum(high, low):
    """exp(high + low) - 1, where `low` is what float64 has lost: it does not matter here."""
    return expm1(high)


def log1p(x):
    """log(1 + x) without cancellation near 0; -inf at -1, nan below.  Below 2**-34.

    1 + x = (1 + f) 2**e, and f = (x + 1 - 2**e) / 2**e is made without rounding 1 + x; for x
    below 2**1000.
    """
    u = 1.0 + x
    e = exponent(u) + (1.0 if significand(u) > ROOT_TWO else 0.0)
    scale = pow2(-e)
    f = fma(x, scale, scale - 1.0)
    p = 0.053931296078182256
    p = fma(p, f, -0.09771449356382762)
    p = fma(p, f, 0.09923879802924102)
    p = fma(p, f, -0.0993614137651327)
    p = fma(p, f, 0.11028403306854524)
    p = fma(p, f, -0.1249823881958088)
    p = fma(p, f, 0.14289164800185855)
    p = fma(p, f, -0.16666823826926574)
    p = fma(p, f, 0.19999941130866822)
    p = fma(p, f, -0.24999997692993609)
    p = fma(p, f, 0.33333333619653827)
    p = fma(p, f, -0.5000000000445634)
    y = fma(e, LN2, fma(f * f, p, f))
    y = x if u == INFINITY else -INFINITY if u == 0.0 else y
    return NAN if u < 0.0 or x != x else y


def log1p_up_to_1(x):
    """log(1 + x) for x from 0 to 1, by one series for all of them.  Below 2**-34.

    >>> round(log1p_up_to_1(0.5), 9)
    0.405465108
    """
    p = 0.0007950132275741071
    p = fma(p, x, -0.0060543815118333415)
    p = fma(p, x, 0.02162277662889297)
    p = fma(p, x, -0.049102420489767325)
    p = fma(p, x, 0.08212817261992637)
    p = fma(p, x, -0.11270121772120155)
    p = fma(p, x, 0.13909859913312295)
    p = fma(p, x, -0.16587094998578766)
    p = fma(p, x, 0.19988934638908445)
    p = fma(p, x, -0.24999068541803812)
    p = fma(p, x, 0.3333329204467681)
    p = fma(p, x, -0.499999992726098)
    p = fma(p, x, 0.9999999999785376)
    return p * x


def slope_of_x_sigmoid(x, error=0.0):
    """The slope of x sigmoid(x), whatever the rounding of x has lost.  Below 2**-34.

    At -a it is e (1 + e - a) / (1 + e)**2 with e = exp(-a), and at a what that lacks of 1.  Next to
    SILU_FLAT, where 1 + e = a, terms would cancel; with d = a - SILU_FLAT the sum in the middle is
    SILU_E (exp(-d) - 1) - d, whose terms have one sign.
    """
    a = abs(x)
    d = (a - SILU_FLAT) - SILU_FLAT_REST
    power, r, p = reduced(-d)
    e = SILU_E * (fma(p, r, 1.0) * power)
    top = SILU_E * fma(power, r * p, power - 1.0) - d
    left = scaled(e, top / ((1.0 + e) * (1.0 + e)))
    return 1.0 - left if x > 0.0 else left


def normal_cdf(x, factor=1.0):
    """Phi(x), the chance that a normal number is below x, times a factor.  Below 2**-34.

    Phi(-a) exp(a**2 / 2) is p / (a + 4), where a polynomial p in t = (a - 4) / (a + 4) is between
    0.5 and 2.1 for every a from 0 to 15; beyond, factor Phi(-a) is 0 in float32.
    """
    a = min(abs(x), 40.0)
    far = min(a, 15.0)
    inverse = 1.0 / (far + 4.0)
    t = (far - 4.0) * inverse
    p = 7.986636466484679e-06
    p = fma(p, t, 3.473079499654104e-05)
    p = fma(p, t, -8.212023890843143e-06)
    p = fma(p, t, -0.00023379210965677032)
    p = fma(p, t, 0.00013511199485466383)
    p = fma(p, t, 0.0016320924414412392)
    p = fma(p, t, -0.003479855423990667)
    p = fma(p, t, -0.0075404106992170185)
    p = fma(p, t, 0.06039657247824439)
    p = fma(p, t, -0.18652184268767402)
    p = fma(p, t, 0.3871374013959195)
    p = fma(p, t, -0.6078966422697328)
    p = fma(p, t, 0.7552851304091687)
    tail = exp(-0.5 * a * a) * (p * inverse)
    return factor * (1.0 - tail if x > 0.0 else tail)


def slope_of_x_cdf(x):
    """Phi(x) + x phi(x), the slope of x times `normal_cdf`.  Below 2**-34.

    At -a it is exp(-a**2 / 2) (-FLAT - a) p, where a polynomial p in t = (a - 4) / (a + 4) is
    between 0.4 and 0.7 for every a from 0 to 15; beyond, it is 0 in float32.  At a it is what that
    lacks of 1.
    """
    a = min(abs(x), 40.0)
    far = min(a, 15.0)
    t = (far - 4.0) / (far + 4.0)
    p = 2.7533935411078896e-07
    p = fma(p, t, 2.4760299043221145e-06)
    p = fma(p, t, 2.964377407077843e-06)
    p = fma(p, t, -1.8467435635298578e-05)
    p = fma(p, t, -1.7345164047537287e-05)
    p = fma(p, t, 0.00018594911322390953)
    p = fma(p, t, -0.00015461753956677075)
    p = fma(p, t, -0.0017882895821492567)
    p = fma(p, t, 0.009504948803026157)
    p = fma(p, t, -0.028083357946288467)
    p = fma(p, t, 0.060462936881926006)
    p = fma(p, t, -0.10336589856200427)
    p = fma(p, t, 0.4622112440486778)
    left = exp(-0.5 * a * a) * (((-FLAT - a) - FLAT_REST) * p)
    return 1.0 - left if x > 0.0 else left


def divide(a, b):
    """a / b, for many a and one b, whose inverse a compiler computes once.  Up to 2**-52.

    >>> divide(1.0, 3.0)
    0.3333333333333333
    """
    return a * (1.0 / b)


def over_root(x, s, epsilon):
    """x / (sqrt(s) + epsilon), in float32, where a root and a quotient take a third of the time.

    It is for steps, which are small beside what they are added to.  Below 2**-21.

    >>> float(over_root(3.0, 4.0, 1.0))
    1.0
    """
    root = np.float32(math.sqrt(np.float32(s if s >= 0.0 else NAN)))  # of a negative it raises
    above_0 = np.float32(epsilon if epsilon > SMALLEST else SMALLEST)
    return np.float64(np.float32(x) / (root + above_0))


# What is put in place of what.
FORMS: dict[Any, Any] = {
    exponential.exp: exp,
    exponential.exp_sum: exp_sum,
    exponential.expm1: expm1,
    exponential.expm1_sum: expm1_sum,
    exponential.log1p: log1p,
    exponential.log1p_up_to_1: log1p_up_to_1,
    error_function.normal_cdf: normal_cdf,
    exponential.slope_of_x_sigmoid: slope_of_x_sigmoid,
    error_function.slope_of_x_cdf: slope_of_x_cdf,
    powers.divide: divide,
    powers.over_root: over_root,
    trigonometry.cos: cos,
    trigonometry.sin: sin,
}


@cache
def shortened(formula):
    """The same formula, and the functions that it calls, with short forms where there are some."""
    around = formula.__globals__
    changed = {}
    for name in formula.__code__.co_names:
        used = around.get(name)
        if isinstance(used, FunctionType) and used is not formula:  # as powers.sqrt in math.sqrt
            short = FORMS.get(used) or shortened(used)
            if short is not used:
                changed[name] = short
    if not changed:
        return formula
    return FunctionType(
        formula.__code__, {**around, **changed}, formula.__name__, formula.__defaults__,
        formula.__closure__,
    )  # fmt: skip
