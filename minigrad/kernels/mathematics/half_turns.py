"""Sine and cosine in short form: x / pi is a number of half turns, and what is left of it.

A float32 comes as close to a multiple of pi / 2 as 2**-31, so what is left has its digits from
2**-65.  That takes 1 / pi to 159 bits, and to 213 for numbers like 1e38; but of these the first
ones only add whole turns.  So there are three sets of 159 bits, each for a range of x, and a choice
between them: looking up the bits for each x took twice as long.  Then one series for sin(pi w)
serves sine and cosine.
"""

from .exact import NAN, fma, nearest

# The first 216 bits of 1 / pi after the point.
ONE_OVER_PI = 0x517cc1b727220a94fe13abe8fa9a6ee06db14acc9e21c820ff28b1
FAR, FURTHER, TOO_FAR = 2.0**80, 2.0**107, 2.0**134
# As with ROUNDER: to multiples of 1 / 2 and of 4.
ROUND_TO_HALF = 1.5 * 2.0**51
ROUND_TO_FOUR = 1.5 * 2.0**54


def parts(skipped):
    """The 159 bits of 1 / pi after those skipped, as a sum of three float64."""
    bits = (ONE_OVER_PI >> (216 - 159 - skipped)) % 2**159
    return [(bits >> (159 - k)) % 2**53 / 2.0 ** (skipped + k) for k in (53, 106, 159)]


# A float64 from 2**80 on is a multiple of 2**28: times the first 27 bits, that is whole turns.
(A0, B0, C0), (A1, B1, C1), (A2, B2, C2) = parts(0), parts(27), parts(54)


def sin(x):
    """The sine of x in radians; nan from 2**134 on.  Below 2**-35 for float32 numbers.

    >>> round(sin(1e22), 9)
    -0.852200850
    """
    return sin_after(0.0, x)


def cos(x):
    """The cosine of x in radians; nan from 2**134 on.  Below 2**-35 for float32 numbers.

    >>> round(cos(1e22), 9)
    0.523214785
    """
    return sin_after(0.5, x)


def sin_after(turned, x):
    """sin(turned pi + x): x / pi + turned = half_turns + w, and p = sin(pi w) / w."""
    size = abs(x)
    a = A0 if size < FAR else A1 if size < FURTHER else A2 if size < TOO_FAR else NAN
    b = B0 if size < FAR else B1 if size < FURTHER else B2
    c = C0 if size < FAR else C1 if size < FURTHER else C2
    product = x * a
    near = (product + ROUND_TO_HALF) - ROUND_TO_HALF
    left = fma(x, a, -near)  # exact where it is close to 0
    start = near - ((near + ROUND_TO_FOUR) - ROUND_TO_FOUR) + turned  # whole turns are off
    half_turns = nearest(fma(x, b, left) + start)
    w = fma(x, b, left - (half_turns - start))
    w = fma(x, c, w)
    z = w * w
    p = -0.007028303855203096
    p = fma(p, z, 0.08205035020147247)
    p = fma(p, z, -0.599252186531583)
    p = fma(p, z, 2.550163317938427)
    p = fma(p, z, -5.167712764593)
    p = fma(p, z, 3.141592653536132)
    y = w * p
    half = 0.5 * half_turns
    return y if nearest(half) == half else -y
