"""Sine and cosine in short form: how many half turns x has, and the part w of one that is left.

A float32 comes as close to a multiple of pi / 2 as 2**-29, and of what is left 33 bits are needed,
so 1 / pi is needed to 159 bits for x up to 2**91, and to 197 for all.  But for the larger ones the
first 38 only add whole turns.  So there are two sets of 159 bits, and a choice between them: to
look up those for the exponent of x took twice as long.  Sine and cosine share the series for
sin(pi w), for a cosine is a sine half of a half turn later.
"""

from .exact import NAN, fma, nearest

# The first 200 bits of 1 / pi after the point.
ONE_OVER_PI = 0x517CC1B727220A94FE13ABE8FA9A6EE06DB14ACC9E21C820FF
FAR, TOO_FAR = 2.0**91, 2.0**128
# As with ROUNDER: to multiples of 1 / 2, of 2 and of 4.
ROUND_TO_HALF = 1.5 * 2.0**51
ROUND_TO_TWO = 1.5 * 2.0**53
ROUND_TO_FOUR = 1.5 * 2.0**54


def parts(skipped):
    """The 159 bits of 1 / pi after those skipped, as a sum of three float64."""
    bits = ONE_OVER_PI >> (200 - 159 - skipped)
    return [(bits >> (159 - k)) % 2**53 / 2.0 ** (skipped + k) for k in (53, 106, 159)]


# A float64 from 2**91 on is a multiple of 2**39: times one of the first 38 bits, that is even.
(A0, B0, C0), (A1, B1, C1) = parts(0), parts(38)


def sin(x):
    """The sine of a float32 x in radians; nan for an infinite x.  Below 2**-35.

    So it is for other float64, products of two float32 as well, but next to a root: below 2**-50
    in all.  (For a few with 53 bits from 2**127 on, 2**-14.)  nan from 2**128 on, where float32 is
    infinite.

    >>> round(sin(1e22), 9)
    -0.85220085
    """
    return sin_after(0.0, x)


def cos(x):
    """The cosine of a float32 x in radians; nan for an infinite x.  Below 2**-35.

    Other float64 as in `sin`.

    >>> round(cos(1e22), 9)
    0.523214785
    """
    return sin_after(0.5, x)


def sin_after(turned, x):
    """sin(turned pi + x), where turned + x / pi = half_turns + w, and p = sin(pi w) / w."""
    size = abs(x)
    far = size >= FAR
    a, b, c = A1 if far else A0, B1 if far else B0, C1 if far else C0
    a = NAN if size >= TOO_FAR else a
    product = x * a
    near = (product + ROUND_TO_HALF) - ROUND_TO_HALF
    left = fma(x, a, -near)  # what is next to a root has all its digits
    start = near - ((near + ROUND_TO_FOUR) - ROUND_TO_FOUR) + turned
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
    even = (half_turns + ROUND_TO_TWO) - ROUND_TO_TWO
    return -y if half_turns != even else y
