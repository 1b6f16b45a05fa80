"""Exponential and logarithm, and what is made of them.

Split off a power of two, then a series around 0 for what is left (W. J. Cody and W. Waite, Software
Manual for the Elementary Functions, 1980).
"""

from .exact import (
    INFINITY,
    NAN,
    SMALLEST_NORMAL,
    TWO_54,
    exponent,
    fma,
    nearest,
    pow2,
    scaled,
    significand,
)

LOG2_E = 1.4426950408889634
# ln 2 in two parts: n * LN2_HIGH is exact for every |n| < 2**20, LN2_LOW is the rest.
LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10


def exp_reduced(n, high, low):
    """(r, tail, 2**half, 2**rest) with exp(high + low) = 1 + r + tail and n = half + rest.

    |high + low| < 0.35.  r is their sum, and what its rounding lost is in the tail.  Two powers,
    because 2**1024 and 2**-1075 are outside float64 while exp(709.7) and exp(-745) are inside.
    Coefficients: 1 / k!, up to the term below half an ulp.
    """
    r = high + low
    lost = (high - r) + low
    p = 1 / 6227020800
    p = fma(p, r, 1 / 479001600)
    p = fma(p, r, 1 / 39916800)
    p = fma(p, r, 1 / 3628800)
    p = fma(p, r, 1 / 362880)
    p = fma(p, r, 1 / 40320)
    p = fma(p, r, 1 / 5040)
    p = fma(p, r, 1 / 720)
    p = fma(p, r, 1 / 120)
    p = fma(p, r, 1 / 24)
    p = fma(p, r, 1 / 6)
    p = fma(p, r, 1 / 2)
    half = nearest(0.5 * n)
    return r, r * r * p + lost, pow2(half), pow2(n - half)


def one_plus(r, tail):
    """1 + r + tail, rounded once: what 1 + r loses is added to the tail."""
    y = 1.0 + r
    return y + (((1.0 - y) + r) + tail)


def clamp_exponent(x):
    """x within -746 .. 710: beyond, exp(x) is 0 or infinite anyway.  nan stays nan."""
    return 710.0 if x > 710.0 else -746.0 if x < -746.0 else x


def exp(x):
    """The exponential: e to the power x.  Below 1 ulp.

    >>> exp(1.0)
    2.718281828459045
    """
    x = clamp_exponent(x)
    n = nearest(x * LOG2_E)
    r, tail, half, rest = exp_reduced(n, x - n * LN2_HIGH, -n * LN2_LOW)
    return one_plus(r, tail) * half * rest


def exp_of_sum(high, low, factor):
    """factor exp(high + low) for |high| < 2000, where `low` is what `high` has no room for.

    An error of one part in 2**53 in the exponent 745 would be up to 745 parts in the result.
    """
    n = nearest(high * LOG2_E)
    r, tail, half, rest = exp_reduced(n, high - n * LN2_HIGH, low - n * LN2_LOW)
    return one_plus(r, tail) * factor * half * rest


def expm1(x):
    """exp(x) - 1 without cancellation near 0.  Below 2 ulp.

    >>> expm1(1e-10)
    1.00000000005e-10
    """
    x = clamp_exponent(x)
    n = nearest(x * LOG2_E)
    r, tail, half, rest = exp_reduced(n, x - n * LN2_HIGH, -n * LN2_LOW)
    return (half * (r + tail) + (half - pow2(nearest(0.5 * n) - n))) * rest


def exp_sum(high, low):
    """exp(high + low), where `low` is what the rounding of `high` has lost.  Below 1 ulp.

    Any numbers: where exp(high) is 0 or infinite, low does not matter, and it may be nan.

    >>> exp_sum(1.0, 0.0)
    2.718281828459045
    """
    low = low if abs(high) < 746.0 and low == low else 0.0
    return exp_of_sum(clamp_exponent(high), low, 1.0)


def expm1_sum(high, low):
    """exp(high + low) - 1, where `low` is what the rounding of `high` has lost.  Below 2 ulp.

    >>> expm1_sum(1e-10, 0.0)
    1.00000000005e-10
    """
    low = low if abs(high) < 746.0 and low == low else 0.0
    x = clamp_exponent(high)
    n = nearest(x * LOG2_E)
    r, tail, half, rest = exp_reduced(n, x - n * LN2_HIGH, low - n * LN2_LOW)
    return (half * (r + tail) + (half - pow2(nearest(0.5 * n) - n))) * rest


def normalised(x):
    """(f, e) with |x| = (1 + f) 2**e and -0.3 < f < 0.42, also for denormals.  Exact."""
    tiny = abs(x) < SMALLEST_NORMAL
    normal = x * TWO_54 if tiny else x
    m = significand(normal)
    e = exponent(normal) - (54.0 if tiny else 0.0)
    high = m > 1.4142135623730951
    return (0.5 * m if high else m) - 1.0, e + (1.0 if high else 0.0)


def log_reduced(f):
    """log(1 + f) - f for -0.3 < f < 0.42, by 2 artanh(f / (2 + f)).

    Coefficients: 2 / (2k + 1), up to the term below half an ulp.
    """
    s = f / (2.0 + f)
    z = s * s
    p = 2 / 23
    p = fma(p, z, 2 / 21)
    p = fma(p, z, 2 / 19)
    p = fma(p, z, 2 / 17)
    p = fma(p, z, 2 / 15)
    p = fma(p, z, 2 / 13)
    p = fma(p, z, 2 / 11)
    p = fma(p, z, 2 / 9)
    p = fma(p, z, 2 / 7)
    p = fma(p, z, 2 / 5)
    p = fma(p, z, 2 / 3)
    half_square = 0.5 * f * f
    return s * (half_square + z * p) - half_square


def log(x):
    """The natural logarithm; -inf at 0, nan below.  Below 1 ulp.

    >>> log(10.0)
    2.302585092994046
    """
    f, e = normalised(x)
    y = e * LN2_HIGH + (f + (log_reduced(f) + e * LN2_LOW))
    y = -INFINITY if x == 0.0 else y
    y = x if x == INFINITY else y
    return NAN if x < 0.0 or x != x else y


def log1p(x):
    """log(1 + x) without cancellation near 0; -inf at -1, nan below.  Below 2 ulp.

    >>> log1p(-0.5)
    -0.6931471805599453
    """
    u = 1.0 + x
    lost = x - (u - 1.0)
    return log(u) + (lost / u if 0.0 < u < INFINITY else 0.0)


def log1p_up_to_1(x):
    """log(1 + x) for x from 0 to 1, which is easier for `short.py`.

    >>> log1p_up_to_1(1.0)
    0.6931471805599453
    """
    return log1p(x)


def tanh(x):
    """The hyperbolic tangent.  Below 3 ulp.

    >>> tanh(1.0)
    0.7615941559557649
    """
    e = expm1(-2.0 * abs(x))
    y = (0.0 - e) / (2.0 + e)
    return y if x >= 0.0 else -y


def slope_of_x_sigmoid(x, error=0.0):
    """The slope of s sigmoid(s) at s = x + error, where `error` is what the rounding of x has lost.

    Far out on the left exp(s) is 0 before s exp(s) is, so half of it is multiplied in last.

    >>> slope_of_x_sigmoid(0.0)
    0.5
    """
    half = exp_sum(-0.5 * abs(x), 0.5 * (error if x < 0.0 else -error))
    e = half * half
    slope = (1 + e + scaled(e, x) if x > 0.0 else half * ((1 + x) + e)) / ((1 + e) * (1 + e))
    return slope if x > 0.0 else scaled(half, slope)


def x_minus_tanh(x):
    """x - tanh(x) without cancellation near 0, where it is x**3 / 3.  Below 4 ulp.

    From |x| = 1 on it is |x| - 1 + 2 e / (1 + e) with e = exp(-2 |x|).  Below, it is x q / (1 + q),
    as tanh(x) = x / (1 + q) with q = z / (3 + z / (5 + ...)) and z = x**2 (J. H. Lambert 1768).
    Cut after 19, q / (1 + q) = z (1 / 3 - z p / d), where p and d have whole coefficients.

    >>> x_minus_tanh(1e-3)
    3.33333200000054e-10
    """
    a = abs(x)
    e = exp(-2.0 * a)
    far = (a - 1.0) + 2.0 * e / (1.0 + e)
    z = a * a if a < 1.0 else 0.0
    p = 1.0
    p = fma(p, z, 1482.0)
    p = fma(p, z, 311025.0)
    p = fma(p, z, 18050175.0)
    p = fma(p, z, 261891630.0)
    d = 3.0
    d = fma(d, z, 4455.0)
    d = fma(d, z, 945945.0)
    d = fma(d, z, 56756700.0)
    d = fma(d, z, 930404475.0)
    d = fma(d, z, 1964187225.0)
    near = a * z * (1 / 3 - z * p / d)
    y = near if a < 1.0 else far
    return y if x >= 0.0 else -y
