"""What float64 does without an error: powers of two, whole numbers, what a product loses.

`fma` rounds once where a product and a sum round twice: half the steps of a polynomial, and what a
product loses is one of them.
"""

import math

INFINITY = math.inf
NAN = math.nan

# Adding 1.5 * 2**52 pushes the fraction of a float64 out of its 53 bits: the sum is rounded.
ROUNDER = 6755399441055744.0
# 2**27 + 1 cuts a float64 into two halves of 26 bits (T. J. Dekker 1971).
SPLITTER = 134217729.0
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
    """2 to the power n, for a whole number n from -1022 to 1023; 0 at -1023, infinite at 1024.

    >>> pow2(-3.0)
    0.125
    """
    if n == -1023.0 or n == 1024.0:
        return 0.0 if n < 0.0 else INFINITY
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


def is_whole(x):
    """Whether x is a whole number, as every float64 from 2**52 on is; x is not negative."""
    return x >= TWO_52 or (x + TWO_52) - TWO_52 == x


def fma(a, b, c):
    """a b + c, rounded once: the fused multiply-add, one instruction of most processors.

    >>> fma(0.1, 10.0, -1.0)
    5.551115123125783e-17
    """
    if not (math.isfinite(a) and math.isfinite(b)):
        return a * b + c
    if not math.isfinite(c):
        return c
    (p, q), (r, s), (t, u) = (float(v).as_integer_ratio() for v in (a, b, c))
    top = p * r * u + t * q * s
    try:
        return top / (q * s * u) if top else a * b + c  # the quotient of integers is rounded once
    except OverflowError:
        return a * b + c


def upper(x):
    """The first 26 bits of x: products of two such numbers are exact (T. J. Dekker 1971).

    >>> upper(1.0 + 2.0**-40)
    1.0
    """
    c = SPLITTER * x
    return c - (c - x)


def product_error(a, b, product):
    """a b - product, exactly: what rounding took from `product = a * b`."""
    return fma(a, b, -product)


def quotient_error(a, b, quotient):
    """a / b - quotient, what the rounded quotient has lost, to 53 bits.

    >>> quotient_error(1.0, 3.0, 1.0 / 3.0)
    1.850371707708594e-17
    """
    return fma(-quotient, b, a) / b
