"""The error function and the normal distribution, exact to the last digits far into the tail.

Near 0 a series; beyond, erfc(x) = exp(-x**2) q(x), where q falls slowly and exp(-x**2) so fast that
x**2 must be carried in two parts: beyond x = 1, its rounding is most of the error of a result.
"""

from .exact import fma, product_error
from .exponential import exp_of_sum

TWO_OVER_ROOT_PI = 1.1283791670955126
ONE_OVER_ROOT_TWO_PI = 0.3989422804014327
ROOT_HALF = 0.7071067811865476
# Below, the series; from here on, the tail.  Here erf and erfc are both about a half, so that
# 1 - erf and 1 - erfc lose nothing (W. J. Cody, Math. Comp. 23, 1969, splits near here too).
SERIES_BELOW = 0.5
PHI_IS_0 = -40.0  # and its slope too, there and below
# Where x Phi(x) is flat, as a float64 and what is left over, and the Taylor series of its slope.
FLAT, FLAT_REST = -0.7517915246935645, 1.4956759177009883e-17
BEND, TWIST = 0.4314939923140469, 0.388284982990552


def erf(x):
    """The error function, 2 / sqrt(pi) times the integral of exp(-t**2) to x.  Below 2 ulp.

    >>> erf(1.0)
    0.8427007929497149
    """
    a = abs(x)
    near, far = erf_series(x), 1.0 - erfc_tail(a)
    far = far if x > 0.0 else -far
    return near if a < SERIES_BELOW else far


def erfc(x):
    """1 - erf(x), with all its digits where that is tiny.  Below 2.5 ulp.

    >>> erfc(10.0)
    2.088487583762545e-45
    """
    a = abs(x)
    near, tail = 1.0 - erf_series(x), erfc_tail(a)
    far = tail if x > 0.0 else 2.0 - tail
    return near if a < SERIES_BELOW else far


def normal_cdf(x, factor=1.0):
    """Phi(x) = erfc(-x / sqrt(2)) / 2, the chance that a normal number is below x.  Below 3.5 ulp.

    exp(-x**2 / 2) is made of x itself: the rounding of x / sqrt(2) would be amplified by x**2.  A
    factor goes in before the result underflows.

    >>> normal_cdf(-10.0)
    7.619853024160525e-24
    """
    a = x * ROOT_HALF
    near = 0.5 + 0.5 * erf_series(a)
    q, lost = scaled_erfc(abs(a))
    tail = exp_of_half_square(x, 0.5 * q * (1.0 if x > 0.0 else factor), lost)
    far = factor * (1.0 - tail) if x > 0.0 else tail
    return factor * near if abs(a) < SERIES_BELOW else far


def normal_pdf(x, factor=1.0):
    """exp(-x**2 / 2) / sqrt(2 pi), the density of normal numbers, times a factor.  Below 2 ulp.

    >>> normal_pdf(10.0)
    7.69459862670642e-23
    """
    return exp_of_half_square(x, ONE_OVER_ROOT_TWO_PI * factor, 0.0)


def slope_of_x_cdf(x):
    """Phi(x) + x phi(x), the slope of x times `normal_cdf`.

    It is 0 at FLAT.  There the sum of the two terms loses so many digits that one float32 number,
    of all, would be off by 0.58 ulp, so it is a Taylor series.

    >>> slope_of_x_cdf(0.0)
    0.5
    """
    d = (x - FLAT) - FLAT_REST
    near = d * (BEND + TWIST * d)
    far = normal_cdf(x) + normal_pdf(x, min(max(x, PHI_IS_0), -PHI_IS_0))
    return near if abs(d) < 1e-6 else far


def exp_of_half_square(x, factor, lost):
    """factor (1 + lost) exp(-x**2 / 2) for a tiny `lost`; it is 0 from |x| = 40 on."""
    a = 40.0 if abs(x) > 40.0 else x
    square = a * a
    return exp_of_sum(-0.5 * square, lost - 0.5 * product_error(a, a, square), factor)


def erfc_tail(a):
    """erfc(a) for a >= 0.5; it is 0 from 28 on."""
    a = 28.0 if a > 28.0 else a
    square = a * a
    q, lost = scaled_erfc(a)
    return exp_of_sum(-square, lost - product_error(a, a, square), q)


def erf_series(x):
    """erf(x) for |x| < 0.5: 2 / sqrt(pi) times the sum of (-1)**k x**(2k + 1) / (k! (2k + 1)).

    Written as x + x (...), where the parenthesis is small: its rounding hardly counts.
    """
    z = x * x
    p = -1 / 918086400
    p = fma(p, z, 1 / 76204800)
    p = fma(p, z, -1 / 6894720)
    p = fma(p, z, 1 / 685440)
    p = fma(p, z, -1 / 75600)
    p = fma(p, z, 1 / 9360)
    p = fma(p, z, -1 / 1320)
    p = fma(p, z, 1 / 216)
    p = fma(p, z, -1 / 42)
    p = fma(p, z, 1 / 10)
    p = fma(p, z, -1 / 3)
    return x + x * (0.12837916709551256 + TWO_OVER_ROOT_PI * z * p)


def scaled_erfc(a):
    """(q, lost) with exp(a**2) erfc(a) = q (1 + lost), for a >= 0.5; constant from 28.5 on.

    (1 + 2a) exp(a**2) erfc(a) is between 1.1 and 1.3, and a polynomial p in t = (a - 3.5) /
    (a + 3.5) follows it closely (M. M. Shepherd and J. G. Laframboise, Math. Comp. 36, 1981).
    Coefficients: Chebyshev interpolation at 22 points for a from 0.46875 to 28.5, by mpmath's
    chebyfit with 40 digits; error 2e-18.
    """
    a = 28.5 if a > 28.5 else a
    t = (a - 3.5) / (a + 3.5)
    p = 1.0464005813644232e-08
    p = fma(p, t, 5.138870118440012e-10)
    p = fma(p, t, -9.327050972182767e-08)
    p = fma(p, t, -7.777160044840866e-09)
    p = fma(p, t, 6.005649820355302e-07)
    p = fma(p, t, -4.4397593369520755e-08)
    p = fma(p, t, -3.814751929044432e-06)
    p = fma(p, t, 2.328395325144463e-06)
    p = fma(p, t, 2.4261132882349588e-05)
    p = fma(p, t, -4.278225714153072e-05)
    p = fma(p, t, -0.00012151248928822796)
    p = fma(p, t, 0.0005643844222330233)
    p = fma(p, t, -0.0003022678634136414)
    p = fma(p, t, -0.004215019908279596)
    p = fma(p, t, 0.019099330940729613)
    p = fma(p, t, -0.048823325827867206)
    p = fma(p, t, 0.08798315382497214)
    p = fma(p, t, -0.11508959816019346)
    p = fma(p, t, 0.09751909515325556)
    p = fma(p, t, -0.01055559633221826)
    p = fma(p, t, -0.1400091801376194)
    p = p * t
    numerator, denominator = 1.2423492448711544 + p, 1.0 + 2.0 * a
    q = numerator / denominator
    # what the two sums lost in rounding, as parts of numerator = 1.2
    numerator_lost = (1.2423492448711544 - numerator) + p
    denominator_lost = (2.0 * a - denominator) + 1.0
    return q, (numerator_lost - q * denominator_lost) / 1.2
