"""Sine and cosine of every float64: how many quarter turns x has, and the angle that is left.

The angle left of x = 1e300 is in digits 300 to 320 of x 2 / pi, so 2 / pi is needed to 1100 bits,
but only the 200 of them that stand where x does: those before only add whole turns (M. H. Payne and
R. N. Hanek, Radian reduction for trigonometric functions, 1983).
"""

import numpy as np

from .exact import exponent, fma, nearest, pow2, product_error, upper

# 2 / pi = DIGITS[1] + DIGITS[2] / 2**27 + DIGITS[3] / 2**54 + ..., computed with mpmath.  Rounded,
# not cut: each is within -1 .. 1 and has 26 bits, so that its product with 26 bits of x is exact.
DIGITS = (
    np.array([
        0, 42722830, -37107581, -47580121, 46043050, -46698441, -20632782, 63191300, 16722098,
        -22054161, 11286245, -59884990, 40802048, 26364859, -65821916, 30400991, -41002859,
        -23266398, 4636326, -21281659, -11738239, 28121056, -58559708, -43804619, 27064910,
        34700847, -4250361, 52426904, -69587, -33293364, -31254860, 10932727, -23380120,
        -56677337, -18224952, -10052000, -11441239, 32420347, -3415306, 63992735, 63252809,
        61452269, 66462706, -44234666,
    ])
    / 2**26
)  # fmt: skip
HALF_PI_HIGH = 1.5707963267948966
HALF_PI_LOW = 6.123233995736766e-17
QUARTER_PI = 0.7853981633974483
# As with ROUNDER: to multiples of 8, of 2**-24 and of 2**-75.
ROUND_TO_8 = 1.5 * 2.0**55
ROUND_TO_COARSE = 1.5 * 2.0**28
ROUND_TO_FINE = 1.5 * 2.0**-23


def sin(x):
    """The sine of x in radians; nan for an infinite x.  Below 1 ulp.

    >>> print(sin(1e22))
    -0.8522008497671888
    """
    n, r, low = quarter_turns(x)
    return sin_after(n, r, low)


def cos(x):
    """The cosine of x in radians; nan for an infinite x.  Below 1 ulp.

    >>> print(cos(1e22))
    0.523214785395139
    """
    n, r, low = quarter_turns(x)
    return sin_after(n + 1.0, r, low)


def sin_after(n, r, low):
    """sin(n pi / 2 + r + low)."""
    quarter = n - 4.0 * nearest(0.25 * n)
    sine, cosine = sin_near(r, low), cos_near(r, low)
    y = cosine if abs(quarter) == 1.0 else sine
    return -y if quarter == -1.0 or abs(quarter) == 2.0 else y


def sin_near(r, low):
    """sin(r + low) for |r| < 0.8.  Coefficients: 1 / k!, up to the term below half an ulp."""
    z = r * r
    p = 1 / 355687428096000
    p = fma(p, z, -1 / 1307674368000)
    p = fma(p, z, 1 / 6227020800)
    p = fma(p, z, -1 / 39916800)
    p = fma(p, z, 1 / 362880)
    p = fma(p, z, -1 / 5040)
    p = fma(p, z, 1 / 120)
    p = fma(p, z, -1 / 6)
    return r + (r * z * p + low * (1.0 - 0.5 * z))


def cos_near(r, low):
    """cos(r + low) for |r| < 0.8.  Coefficients: 1 / k!, up to the term below half an ulp."""
    z = r * r
    p = -1 / 6402373705728000
    p = fma(p, z, 1 / 20922789888000)
    p = fma(p, z, -1 / 87178291200)
    p = fma(p, z, 1 / 479001600)
    p = fma(p, z, -1 / 3628800)
    p = fma(p, z, 1 / 40320)
    p = fma(p, z, -1 / 720)
    p = fma(p, z, 1 / 24)
    half = 0.5 * z
    y = 1.0 - half
    return y + (((1.0 - y) - half) + (z * z * p - r * low))


def quarter_turns(x):
    """(n, r, low) with x = n pi / 2 + r + low, up to whole turns, and |r| < 0.8.

    A float64 comes as close to a multiple of pi / 2 as 2**-61, so r has its digits from 2**-124.
    The sum of products is split at 2**-24 and 2**-75: above, it is exact.
    """
    skipped = nearest((exponent(x) - 39.0) / 27.0)
    skipped = skipped if skipped > 0.0 else 0.0
    k = int(skipped)
    scaled = x * pow2(-27.0 * skipped)
    high = upper(scaled)
    low = (scaled - high) * 2.0**27
    p0 = high * DIGITS[k + 1] + low * DIGITS[k]
    p1 = (high * DIGITS[k + 2] + low * DIGITS[k + 1]) * 2.0**-27
    p2 = (high * DIGITS[k + 3] + low * DIGITS[k + 2]) * 2.0**-54
    p3 = (high * DIGITS[k + 4] + low * DIGITS[k + 3]) * 2.0**-81
    p4 = (high * DIGITS[k + 5] + low * DIGITS[k + 4]) * 2.0**-108
    p5 = (high * DIGITS[k + 6] + low * DIGITS[k + 5]) * 2.0**-135
    p6 = (high * DIGITS[k + 7] + low * DIGITS[k + 6]) * 2.0**-162
    p0 = p0 - ((p0 + ROUND_TO_8) - ROUND_TO_8)
    a0, b0, c0 = in_three(p0)
    a1, b1, c1 = in_three(p1)
    a2, b2, c2 = in_three(p2)
    _, b3, c3 = in_three(p3)
    _, b4, c4 = in_three(p4)
    coarse, fine = a0 + a1 + a2, b0 + b1 + b2 + b3 + b4
    n = nearest(coarse)
    coarse = coarse - n
    total = coarse + fine
    rest = ((coarse - total) + fine) + (c0 + c1 + c2 + c3 + c4 + p5 + p6)
    f = total + rest
    f_low = (total - f) + rest
    r = f * HALF_PI_HIGH
    low = product_error(f, HALF_PI_HIGH, r) + (f * HALF_PI_LOW + f_low * HALF_PI_HIGH)
    small = abs(x) <= QUARTER_PI
    return 0.0 if small else n, x if small else r, 0.0 if small else low


def in_three(p):
    """p as a multiple of 2**-24, one of 2**-75, and the rest; for |p| <= 2**27.  Exact."""
    coarse = (p + ROUND_TO_COARSE) - ROUND_TO_COARSE
    rest = p - coarse
    fine = (rest + ROUND_TO_FINE) - ROUND_TO_FINE
    return coarse, fine, rest - fine
