"""Smooth activations: no kink, so there is a slope everywhere; what is hard is the tails.

exp(-|x|) never overflows.  Where a product or a square stands inside an exponential, its rounding
error goes along (`exp_sum`): an error of half a unit in 700 would be 700 times as large after exp.
Far out on the left the exponential leaves the range of float64 before x exp(x) does, so there half
of it is multiplied in last.

`short=True` is on what adds no terms that cancel.  Those of the slope of mish do, where it is 0: 33
bits of each would be none of the sum there.  The slopes of silu and gelu are measured from there,
here or in `kernels/mathematics/short.py`: if what a sum is at its root, 0, is subtracted term by
term, what is left has one sign.
"""

from ..declaration import POSITIVE
from ..elementwise import elementwise
from ..kernels.mathematics import (
    INFINITY,
    cos,
    exp,
    exp_sum,
    expm1,
    log1p_up_to_1,
    normal_cdf,
    product_error,
    root_of_square_plus,
    scaled,
    sin,
    slope_of_x_cdf,
    slope_of_x_sigmoid,
    sqrt,
)
from ..kernels.mathematics import tanh as tanh_of

DUGAS = "Dugas et al. 2001, https://papers.nips.cc/paper/1920"
HENDRYCKS = "Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415"


@elementwise(
    short=True, source="Verhulst 1845; Rumelhart et al. 1986, https://doi.org/10.1038/323533a0"
)
def sigmoid(x):
    """Sigmoid: 1 / (1 + exp(-x))."""
    e = exp(-abs(x))  # never overflows
    return (1 if x > 0 else e) / (1 + e)


@sigmoid.partial("x", short=True)
def dsigmoid_dx(x):
    e = exp(-abs(x))
    return e / ((1 + e) * (1 + e))


@elementwise(
    short=True, source="LeCun et al. 1998, http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf"
)
def tanh(x):
    """Tanh: (exp(x) - exp(-x)) / (exp(x) + exp(-x))."""
    return tanh_of(x)


@tanh.partial("x", short=True)
def dtanh_dx(x):
    e = exp(-2 * abs(x))
    return 4 * e / ((1 + e) * (1 + e))


@elementwise(ranges={"beta": POSITIVE}, short=True, source=DUGAS)
def softplus(x, beta=1.0):
    """Softplus: log(1 + exp(beta x)) / beta."""
    t = abs(beta * x)
    e = exp_sum(-t, product_error(-beta, abs(x), -t))
    return max(x, 0.0) + log1p_up_to_1(e) * (1 / beta)


@softplus.partial("x", short=True)
def dsoftplus_dx(x, beta):
    t = abs(beta * x)
    e = exp_sum(-t, product_error(-beta, abs(x), -t))
    return (1 if x > 0 else e) / (1 + e)


@elementwise(also=("logsigmoid",), short=True, source=DUGAS)
def log_sigmoid(x):
    """Log sigmoid: log(1 / (1 + exp(-x))) = -softplus(-x)."""
    return min(x, 0.0) - log1p_up_to_1(exp(-abs(x)))


@log_sigmoid.partial("x", short=True)
def dlog_sigmoid_dx(x):
    e = exp(-abs(x))
    return (e if x > 0 else 1) / (1 + e)


@elementwise(source="Bergstra et al. 2009, https://www.iro.umontreal.ca/~lisa/publications2/")
def softsign(x):
    """Softsign: x / (1 + |x|)."""
    limit = 1 if x > 0 else -1
    return x / (1 + abs(x)) if abs(x) < INFINITY else limit


@softsign.partial("x")
def dsoftsign_dx(x):
    inverse = 1 / (1 + abs(x))  # its square is not 0 where that of 1 + |x| is infinite
    return inverse * inverse


@elementwise(also=("swish",), layer="SiLU", short=True, source=HENDRYCKS)
def silu(x):
    """SiLU, also called Swish: x sigmoid(x)."""
    return gated(x, exp(-0.5 * abs(x)), x > 0)


@silu.partial("x", short=True)
def dsilu_dx(x):
    return slope_of_x_sigmoid(x)


@elementwise(
    inputs=2,
    layer="LearnedSwish",
    source="Ramachandran et al. 2017, https://arxiv.org/abs/1710.05941",
)
def learned_swish(x, beta=1.0):
    """Swish: x sigmoid(beta x), with beta learned."""
    t, half = half_exponential(beta, x)
    return gated(x, half, t > 0)


@learned_swish.partial("x")
def dlearned_swish_dx(x, beta):
    t = scaled(beta, x)
    return slope_of_x_sigmoid(t, product_error(beta, x, t))


@learned_swish.partial("beta")
def dlearned_swish_dbeta(x, beta):
    _, half = half_exponential(beta, x)
    root = scaled(half, x) / (1 + half * half)
    return root * root


@elementwise(ranges={"approximate": (0, 1)}, layer="GELU", short=True, source=HENDRYCKS)
def gelu(x, approximate=False):
    """GELU: x Phi(x), Phi the normal distribution; approximate: by tanh, as the paper has it."""
    if approximate == 0:
        return normal_cdf(x, max(x, PHI_IS_0)) + 0.0
    return gated(x, gelu_exponential(x), x > 0)


@gelu.partial("x", short=True)
def dgelu_dx(x, approximate):
    if approximate == 0:
        return slope_of_x_cdf(x)
    half, a = gelu_exponential(x), abs(x)
    e = half * half
    d = (a - GELU_FLAT) - GELU_FLAT_REST
    # t and its slope times a, less what they are at the root, are d times these
    cubic = GELU_CUBIC * (a * (a + GELU_FLAT) + GELU_FLAT * GELU_FLAT)
    t, slope = GELU_LINEAR + cubic, GELU_LINEAR + 3 * cubic
    top = GELU_E * expm1(-d * t) - d * slope
    left = scaled(half, half * top / ((1 + e) * (1 + e)))
    return 1 - left if x > 0 else left


@elementwise(short=True, source="Misra 2019, https://arxiv.org/abs/1908.08681")
def mish(x):
    """Mish: x tanh(softplus(x))."""
    half = exp(-0.5 * abs(x))
    e = half * half
    top = x * (1 + 2 * e) if x > 0 else half * x * (2 + e)
    y = top / (1 + 2 * e * (1 + e) if x > 0 else 2 + e * (2 + e))
    return y if x > 0 else scaled(half, y)


@mish.partial("x")
def dmish_dx(x):
    half = exp(-0.5 * abs(x))
    e = half * half
    right = 1 + e * (4 + scaled(e, 4 * x + 6 + 4 * e * (x + 1)))
    left = half * (4 * (x + 1) + e * (4 * x + 6 + e * (4 + e)))
    root = 1 + 2 * e * (1 + e) if x > 0 else 2 + e * (2 + e)
    slope = (right if x > 0 else left) / (root * root)
    return slope if x > 0 else scaled(half, slope)


@elementwise(ranges={"b": POSITIVE}, source="Barron 2021, https://arxiv.org/abs/2112.11687")
def squareplus(x, b=4.0):
    """Squareplus: (x + sqrt(x**2 + b)) / 2."""
    root = root_of_square_plus(x, b)
    return 0.5 * x + 0.5 * root if x > 0 else 0.25 * b / (0.5 * root - 0.5 * x)


@squareplus.partial("x")
def dsquareplus_dx(x, b):
    root = root_of_square_plus(x, b)
    left = 0.125 * b / (0.5 * root) / (0.5 * root - 0.5 * x)
    right = 0.5 + 0.5 * (x / root if x < INFINITY else 1)
    return right if x > 0 else left


@elementwise(short=True, source="Sitzmann et al. 2020, https://arxiv.org/abs/2006.09661")
def sine(x):
    """Sine: sin(x); nan at infinity, where it has no limit."""
    return sin(x)


@sine.partial("x", short=True)
def dsine_dx(x):
    return cos(x)


@elementwise(
    source="Broomhead and Lowe 1988, https://www.complex-systems.com/abstracts/v02_i03_a05/"
)
def gaussian(x):
    """Gaussian: exp(-x**2)."""
    t = -x * x
    return exp_sum(t, product_error(-x, x, t))


@gaussian.partial("x")
def dgaussian_dx(x):
    t = -x * x
    half = exp_sum(0.5 * t, 0.5 * product_error(-x, x, t))
    return scaled(half, half * (-2 * x))


@elementwise(source="TensorFlow Playground, https://github.com/tensorflow/playground/pull/22")
def bent_identity(x):
    """Bent identity: (sqrt(x**2 + 1) - 1) / 2 + x."""
    bend = 0.5 * x * (x / (root_of_square_plus(x, 1.0) + 1))
    return x + bend if abs(x) < INFINITY else x


@bent_identity.partial("x")
def dbent_identity_dx(x):
    side = 1 if x > 0 else -1
    return 1 + 0.5 * (x / root_of_square_plus(x, 1.0) if abs(x) < INFINITY else side)


def gated(x, half, right):
    """x sigmoid(t) for half = exp(-|t| / 2), and whether t is to the right of 0."""
    y = (x if right else half * x) / (1 + half * half)
    return y if right else scaled(half, y)


def half_exponential(a, b):
    """a b and exp(-|a b| / 2), whose square times x underflows when it should, and not before."""
    t = scaled(a, b)
    error = product_error(a, b, t)
    return t, exp_sum(-0.5 * abs(t), 0.5 * (error if t < 0 else -error))


PHI_IS_0 = -40.0  # there and below
# Where the slope of gelu by tanh is 0, at -a, as a float64 and what is left over; and there
# exp(-t) for the t of `gelu_exponential`.
GELU_FLAT, GELU_FLAT_REST, GELU_E = 0.7524614220710163, -3.635560509207687e-17, 0.29195521191476714
# 2 sqrt(2 / pi) and that times 0.044715, each as a float64 and what is left over.
GELU_LINEAR, GELU_LINEAR_REST = 1.5957691216057308, -9.96930880911092e-17
GELU_CUBIC, GELU_CUBIC_REST = 0.07135481627260025, -6.175149918155315e-19


def gelu_exponential(x):
    """exp(-|t| / 2) for t = 2 sqrt(2 / pi) (x + 0.044715 x**3), with the rounding error of t."""
    square = x * x
    cubic = GELU_CUBIC * square
    cubic_rest = (
        product_error(GELU_CUBIC, square, cubic)
        + GELU_CUBIC * product_error(x, x, square)
        + GELU_CUBIC_REST * square
    )
    total = GELU_LINEAR + cubic
    rest = ((cubic - total) + GELU_LINEAR) + (GELU_LINEAR_REST + cubic_rest)
    t = x * total
    error = product_error(x, total, t) + x * rest
    return exp_sum(-0.5 * abs(t), 0.5 * (error if t < 0 else -error))


@elementwise(short=True, source="Sopena et al. 1999, https://doi.org/10.1049/cp:19991129")
def cosine(x):
    """Cosine: cos(x); nan at infinity, where it has no limit."""
    return cos(x)


@cosine.partial("x", short=True)
def dcosine_dx(x):
    return -sin(x)


@elementwise(layer="LiSHT", source="Roy et al. 2019, https://arxiv.org/abs/1901.05894")
def lisht(x):
    """LiSHT: x tanh(x)."""
    return x * tanh_of(x)


@lisht.partial("x")
def dlisht_dx(x):
    e = exp(-2 * abs(x))
    return tanh_of(x) + scaled(4 * e / ((1 + e) * (1 + e)), x)


@elementwise(
    ranges={"alpha": POSITIVE},
    layer="ISRU",
    source="Carlile et al. 2017, https://arxiv.org/abs/1710.09967",
)
def isru(x, alpha=1.0):
    """ISRU: x / sqrt(1 + alpha x**2), the inverse square root unit."""
    root = root_of_square_plus(x, 1 / alpha)
    side = 1 if x > 0 else -1
    return (x / root if abs(x) < INFINITY else side) / sqrt(alpha)


@isru.partial("x")
def disru_dx(x, alpha):
    root = sqrt(alpha) * root_of_square_plus(x, 1 / alpha)
    return 1 / root / root / root
