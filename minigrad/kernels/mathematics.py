"""Scalar mathematics that kernels are made of: float64 in, float64 out, the same in every build.

`math.exp` in a compiled loop is a call into the C library for each element.  These functions are
plain arithmetic without a branch, so the compiler turns a loop over them into vector code, and the
same lines run unchanged in plain Python.  Each docstring states the largest error seen against
mpmath, in units in the last place (ulp) of float64: `tests/test_mathematics.py` measures it.

Method of `exp` and `log`: split off a power of two, then a series around 0 for what is left
(W. J. Cody and W. Waite, Software Manual for the Elementary Functions, 1980).
"""

import math

INFINITY = math.inf
NAN = math.nan

LOG2_E = 1.4426950408889634
# ln 2 in two parts: n * LN2_HIGH is exact for every |n| < 2**20, LN2_LOW is the rest.
LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
# Adding 1.5 * 2**52 pushes the fraction of a float64 out of its 53 bits: the sum is rounded.
ROUNDER = 6755399441055744.0
# 2**27 + 1 cuts a float64 into two halves of 26 bits (T. J. Dekker 1971).
SPLITTER = 134217729.0
# 2 / 3, and in two parts: the first has 26 bits.
TWO_THIRDS = 2 / 3
TWO_THIRDS_HIGH = 44739243 / 2**26
TWO_THIRDS_LOW = -1 / 3 / 2**26
SMALLEST_NORMAL = 2.2250738585072014e-308
TWO_52 = 4503599627370496.0
TWO_54 = 18014398509481984.0


def scaled(slope, x):
    """slope x, and exactly +0 where the slope is 0 (also for an infinite x).

    >>> scaled(0.0, float("-inf"))
    0.0
    """
    return 0.0 if slope == 0.0 else slope * x + 0.0


def pow2(n):
    """2 to the power n, for a whole number n from -1022 to 1023.  Exact.

    >>> pow2(-3.0)
    0.125
    """
    return math.ldexp(1.0, int(n)) if n == n else n


def exponent(x):
    """The e of |x| = m 2**e with 1 <= m < 2, for a normal x.  Exact.

    >>> exponent(10.0)
    3.0
    """
    return float(math.frexp(x)[1] - 1) if abs(x) < INFINITY else 1024.0


def significand(x):
    """The m of |x| = m 2**e with 1 <= m < 2, for a normal x.  Exact.

    >>> significand(-10.0)
    1.25
    """
    return 2.0 * abs(math.frexp(x)[0]) if abs(x) < INFINITY else 1.0


def nearest(x):
    """The whole number nearest to x, for |x| < 2**51; halves go to the even neighbour.

    >>> nearest(2.5)
    2.0
    """
    return (x + ROUNDER) - ROUNDER


def exp_reduced(n, high, low):
    """(r, tail, 2**half, 2**rest) with exp(high + low) = 1 + r + tail and n = half + rest.

    |high + low| < 0.35.  r is their sum, and what its rounding lost is in the tail.  Two powers,
    because 2**1024 and 2**-1075 are outside float64 while exp(709.7) and exp(-745) are inside.
    Coefficients: 1 / k!, up to the term below half an ulp.
    """
    r = high + low
    lost = (high - r) + low
    p = 1 / 6227020800
    p = p * r + 1 / 479001600
    p = p * r + 1 / 39916800
    p = p * r + 1 / 3628800
    p = p * r + 1 / 362880
    p = p * r + 1 / 40320
    p = p * r + 1 / 5040
    p = p * r + 1 / 720
    p = p * r + 1 / 120
    p = p * r + 1 / 24
    p = p * r + 1 / 6
    p = p * r + 1 / 2
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


def expm1(x):
    """exp(x) - 1 without cancellation near 0.  Below 2 ulp.

    >>> expm1(1e-10)
    1.00000000005e-10
    """
    x = clamp_exponent(x)
    n = nearest(x * LOG2_E)
    r, tail, half, rest = exp_reduced(n, x - n * LN2_HIGH, -n * LN2_LOW)
    return (half * (r + tail) + (half - pow2(nearest(0.5 * n) - n))) * rest


def log_reduced(f):
    """log(1 + f) - f for -0.3 < f < 0.42, by 2 artanh(f / (2 + f)).

    Coefficients: 2 / (2k + 1), up to the term below half an ulp.
    """
    s = f / (2.0 + f)
    z = s * s
    p = 2 / 23
    p = p * z + 2 / 21
    p = p * z + 2 / 19
    p = p * z + 2 / 17
    p = p * z + 2 / 15
    p = p * z + 2 / 13
    p = p * z + 2 / 11
    p = p * z + 2 / 9
    p = p * z + 2 / 7
    p = p * z + 2 / 5
    p = p * z + 2 / 3
    half_square = 0.5 * f * f
    return s * (half_square + z * p) - half_square


def log(x):
    """The natural logarithm; -inf at 0, nan below.  Below 1 ulp.

    >>> log(10.0)
    2.302585092994046
    """
    tiny = x < SMALLEST_NORMAL
    normal = x * TWO_54 if tiny else x
    m = significand(normal)
    e = exponent(normal) - (54.0 if tiny else 0.0)
    high = m > 1.4142135623730951
    f = (0.5 * m if high else m) - 1.0
    e = e + (1.0 if high else 0.0)
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


def tanh(x):
    """The hyperbolic tangent.  Below 3 ulp.

    >>> tanh(1.0)
    0.7615941559557649
    """
    e = expm1(-2.0 * abs(x))
    y = (0.0 - e) / (2.0 + e)
    return y if x >= 0.0 else -y


def sqrt(x):
    """The square root; nan below 0.  Correctly rounded.

    >>> sqrt(2.0)
    1.4142135623730951
    """
    root = math.sqrt(x if x >= 0.0 else 0.0)  # math.sqrt raises below 0
    return root if x >= 0.0 else NAN


def upper(x):
    """The first 26 bits of x: products of two such numbers are exact (T. J. Dekker 1971).

    >>> upper(1.0 + 2.0**-40)
    1.0
    """
    c = SPLITTER * x
    return c - (c - x)


def product_error(a, b, product):
    """a b - product, exactly: what rounding took from `product = a * b` (T. J. Dekker 1971)."""
    a_high, b_high = upper(a), upper(b)
    a_low, b_low = a - a_high, b - b_high
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def power(x, y):
    """x to the power y, as IEEE 754 has it; nan for a negative x and a broken y.  Below 2 ulp.

    The logarithm is carried as a sum of two float64, because an error of one part in 2**53 in
    y log(x) would be up to 745 parts in the result.

    >>> power(-3.0, 3.0)
    -27.0
    """
    a = abs(x)
    tiny = a < SMALLEST_NORMAL
    normal = a * TWO_54 if tiny else a
    m = significand(normal)
    e = exponent(normal) - (54.0 if tiny else 0.0)
    high = m > 1.4142135623730951
    f = (0.5 * m if high else m) - 1.0
    e = e + (1.0 if high else 0.0)
    # log(m) = 2 artanh(s) = 2/3 s t with s = f / (2 + f) and t = 3 + s**2 + 3/5 s**4 + ...; of
    # each factor the upper bits, whose products are exact, and the rest (as in fdlibm's e_pow.c).
    d = 2.0 + f
    d_high = upper(d)
    d_low = f - (d_high - 2.0)
    s = f / d
    s_high = upper(s)
    s_low = ((f - s_high * d_high) - s_high * d_low) / d
    z = s * s
    p = 3 / 25
    p = p * z + 3 / 23
    p = p * z + 3 / 21
    p = p * z + 3 / 19
    p = p * z + 3 / 17
    p = p * z + 3 / 15
    p = p * z + 3 / 13
    p = p * z + 3 / 11
    p = p * z + 3 / 9
    p = p * z + 3 / 7
    p = p * z + 3 / 5
    square = s_high * s_high
    t_rest = z * z * p + s_low * (s_high + s)
    t_high = upper(3.0 + (square + t_rest))
    t_low = t_rest - ((t_high - 3.0) - square)
    exact = s_high * t_high
    rest = s_low * t_high + t_low * s
    log_high = upper(exact + rest)
    log_low = rest - (log_high - exact)
    log_low = TWO_THIRDS_LOW * log_high + TWO_THIRDS * log_low
    log_high = TWO_THIRDS_HIGH * log_high
    big = e * LN2_HIGH
    total = big + log_high
    log_low = ((big - total) + log_high) + (log_low + e * LN2_LOW)
    log_high = total + log_low
    log_low = (total - log_high) + log_low

    whole = abs(y) >= TWO_52 or (abs(y) + TWO_52) - TWO_52 == abs(y)
    odd = whole and abs(y) < 2.0 * TWO_52 and (0.5 * abs(y) + TWO_52) - TWO_52 != 0.5 * abs(y)
    y = 1e300 if y > 1e300 else -1e300 if y < -1e300 else y
    t = y * log_high
    overflow = not abs(t) < 746.0
    t_low = 0.0 if overflow else product_error(y, log_high, t) + y * log_low
    t = clamp_exponent(t)
    n = nearest(t * LOG2_E)
    r, tail, half, rest = exp_reduced(n, t - n * LN2_HIGH, t_low - n * LN2_LOW)
    result = one_plus(r, tail) * half * rest
    result = (0.0 if y > 0.0 else INFINITY) if a == 0.0 else result
    result = (INFINITY if y > 0.0 else 0.0) if a == INFINITY else result
    result = 1.0 if a == 1.0 or y == 0.0 else result
    result = -result if x < 0.0 and odd else result
    broken = x < 0.0 and a < INFINITY and not whole
    return NAN if broken or x != x or y != y else result
