"""Sine and cosine of every float64, in short form: how many half turns x has, and what is left.

x / pi = n + w is found to where a float32 next to a multiple of pi / 2 has digits: 2**-31 is the
closest that one comes.  Of 1 / pi 158 bits do for that; those before only add whole turns, so that
a row of PARTS for each exponent of x is enough.  One series for sin(pi w) follows, for sine and
cosine alike: a quarter of a turn between them is put in before the half turns are taken off.
"""

import numpy as np

from .exact import exponent, fma, nearest
from .trigonometry import DIGITS

FIRST = 52  # the exponent from which on a float64 is a whole number
ROUND_TO_FOUR = 1.5 * 2.0**54
ROUND_TO_HALF = 1.5 * 2.0**51


def parts(e):
    """1 / pi as the sum of three whole numbers of 53 bits, times 2**-e, 2**(-e-53), 2**(-e-106).

    A float64 with the exponent e is a multiple of 2**(e-52): what is left out gives whole turns.
    """
    bits = INVERSE_PI >> (LENGTH - 106 - e)
    bits = (bits + 2**158) % 2**159 - 2**158  # from -1/2 to 1/2 of what is left out
    return bits >> 106, (bits >> 53) % 2**53, bits % 2**53


LENGTH = 27 * (len(DIGITS) - 1)
INVERSE_PI = sum(int(d) << (LENGTH - 27 * k) for k, d in enumerate(DIGITS * 2**26))
EXPONENTS = np.arange(0, 1025)  # 1024: infinity and nan
PARTS = np.ldexp(
    np.array([parts(max(e, FIRST)) for e in EXPONENTS.tolist()], float), -np.maximum(EXPONENTS, FIRST)[:, None] - [0, 53, 106]
)


def sin(x):
    """The sine of x in radians; nan for an infinite x.  Below 2**-35 for float32 numbers.

    >>> round(sin(1e22), 9)
    -0.852200850
    """
    return after(x, 0.0)


def cos(x):
    """The cosine of x in radians; nan for an infinite x.  Below 2**-35 for float32 numbers.

    >>> round(cos(1e22), 9)
    0.523214785
    """
    return after(x, 0.5)


def after(x, shift):
    """sin(x + pi shift)."""
    e = exponent(x)
    k = int(e if e > FIRST else FIRST) & 2047
    p = x * PARTS[k, 0]
    n = (p + ROUND_TO_HALF) - ROUND_TO_HALF
    left = fma(x, PARTS[k, 0], -n)
    n = n - ((n + ROUND_TO_FOUR) - ROUND_TO_FOUR) + shift
    turns = nearest(fma(x, PARTS[k, 1], left) + n)
    w = fma(x, PARTS[k, 1], left - (turns - n))
    w = fma(x, PARTS[k, 2], w)
    z = w * w
    p = -0.007028303855203096
    p = fma(p, z, 0.08205035020147247)
    p = fma(p, z, -0.599252186531583)
    p = fma(p, z, 2.550163317938427)
    p = fma(p, z, -5.167712764593)
    p = fma(p, z, 3.141592653536132)
    y = w * p
    half = 0.5 * turns
    return y if nearest(half) == half else -y
