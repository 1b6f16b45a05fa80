"""Powers, roots and quotients: x**y with a logarithm of two float64, roots that do not overflow."""

import math

from .exact import INFINITY, NAN, TWO_52, fma, is_whole, product_error, upper
from .exponential import LN2_HIGH, LN2_LOW, clamp_exponent, exp_of_sum, normalised

# 2 / 3, and in two parts: the first has 26 bits.
TWO_THIRDS = 2 / 3
TWO_THIRDS_HIGH = 44739243 / 2**26
TWO_THIRDS_LOW = -1 / 3 / 2**26


def sqrt(x):
    """The square root; nan below 0.  Correctly rounded.

    >>> sqrt(2.0)
    1.4142135623730951
    """
    root = math.sqrt(x if x >= 0.0 else 0.0)  # math.sqrt raises below 0
    return root if x >= 0.0 else NAN


def divide(a, b):
    """a / b, for many a and one b.

    >>> divide(1.0, 3.0)
    0.3333333333333333
    """
    return a / b


def over_root(x, s, epsilon):
    """x / (sqrt(s) + epsilon): x in units of its usual size, of which s is the square.

    >>> over_root(3.0, 4.0, 1.0)
    1.0
    """
    return x / (sqrt(s) + epsilon)


def root_of_square_plus(x, b):
    """sqrt(x**2 + b), also where x**2 is outside float64; nan where x**2 + b < 0.  Below 1 ulp.

    A large x is made small by a power of two, and a small one large; what x**2 and the sum lose in
    rounding comes back at the end, by Newton's step for the root.

    >>> root_of_square_plus(-3e200, 1.0)
    3e+200
    """
    large = abs(x) > 2.0**500 or abs(b) > 2.0**1000
    small = abs(x) < 2.0**-400 and abs(b) < 2.0**-800
    scale = 2.0**-600 if large else 2.0**600 if small else 1.0
    s, c = x * scale, b * scale * scale
    square = s * s
    total = square + c
    rounded = total - square
    lost = (square - (total - rounded)) + (c - rounded) + product_error(s, s, square)
    root = sqrt(total)
    y = (root + lost / (2.0 * root if root > 0.0 else 1.0)) / scale
    infinite = abs(x) == INFINITY or b == INFINITY
    return INFINITY if infinite and b > -INFINITY else y


def log_in_two(x):
    """(high, low) with log(|x|) = high + low to 1 part in 2**68; not for 0 and infinity.

    log(1 + f) = 2 artanh(s) = 2/3 s t with s = f / (2 + f) and t = 3 + s**2 + 3/5 s**4 + ...; of
    each factor the upper bits, whose products are exact, and the rest (as in fdlibm's e_pow.c).
    """
    f, e = normalised(x)
    d = 2.0 + f
    d_high = upper(d)
    d_low = f - (d_high - 2.0)
    s = f / d
    s_high = upper(s)
    s_low = ((f - s_high * d_high) - s_high * d_low) / d
    square = s_high * s_high
    t_rest = artanh_rest(s * s) + s_low * (s_high + s)
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
    high = total + log_low
    return high, (total - high) + log_low


def artanh_rest(z):
    """3 artanh(s) / s - 3 - s**2 for z = s**2.  Coefficients: 3 / (2k + 1)."""
    p = 3 / 25
    p = fma(p, z, 3 / 23)
    p = fma(p, z, 3 / 21)
    p = fma(p, z, 3 / 19)
    p = fma(p, z, 3 / 17)
    p = fma(p, z, 3 / 15)
    p = fma(p, z, 3 / 13)
    p = fma(p, z, 3 / 11)
    p = fma(p, z, 3 / 9)
    p = fma(p, z, 3 / 7)
    p = fma(p, z, 3 / 5)
    return z * z * p


def power(x, y):
    """x to the power y, as IEEE 754 has it; nan for a negative x and a broken y.  Below 2 ulp.

    The logarithm is carried as a sum of two float64, because an error of one part in 2**53 in
    y log(x) would be up to 745 parts in the result.

    >>> power(-3.0, 3.0)
    -27.0
    """
    a = abs(x)
    log_high, log_low = log_in_two(x)
    size = abs(y)
    whole = is_whole(size)
    odd = whole and size < 2.0 * TWO_52 and not is_whole(0.5 * size)
    t = y * log_high
    overflow = not abs(t) < 746.0
    t_low = 0.0 if overflow else product_error(y, log_high, t) + y * log_low
    result = exp_of_sum(clamp_exponent(t), t_low, 1.0)
    result = (0.0 if y > 0.0 else INFINITY) if a == 0.0 else result
    result = (INFINITY if y > 0.0 else 0.0) if a == INFINITY else result
    result = 1.0 if a == 1.0 or y == 0.0 else result
    result = -result if x < 0.0 and odd else result
    broken = x < 0.0 and a < INFINITY and not whole
    return NAN if broken or x != x or y != y else result
