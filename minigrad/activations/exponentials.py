"""Exponential units: a line above 0, and below it an exponential that levels off.

At 0 value and slope are those of the exponential side.  `expm1(x)` is exp(x) - 1 without
cancellation; of a quotient inside an exponential the rounding error goes along.
"""

from ..declaration import POSITIVE
from ..elementwise import elementwise
from ..kernels.mathematics import exp, exp_sum, expm1, expm1_sum, quotient_error, scaled

# Klambauer et al. 2017, section 2 and appendix: the fixed point of mean 0 and variance 1.
SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717
KLAMBAUER = "Klambauer et al. 2017, https://arxiv.org/abs/1706.02515"


@elementwise(
    kinks=lambda alpha: [0.0] if alpha != 1 else [],
    layer="ELU",
    short=True,
    source="Clevert et al. 2016, https://arxiv.org/abs/1511.07289",
)
def elu(x, alpha=1.0):
    """ELU: x for x > 0, alpha (exp(x) - 1) otherwise."""
    return x if x > 0 else scaled(alpha, expm1(x))


@elu.partial("x", short=True)
def delu_dx(x, alpha):
    return 1 if x > 0 else scaled(alpha, exp(x))


@elementwise(kinks=[0.0], layer="SELU", short=True, source=KLAMBAUER)
def selu(x):
    """SELU: s x for x > 0, s a (exp(x) - 1) otherwise, with s = 1.0507..., a = 1.6732..."""
    return SELU_SCALE * x if x > 0 else SELU_SCALE * SELU_ALPHA * expm1(x)


@selu.partial("x", short=True)
def dselu_dx(x):
    return SELU_SCALE if x > 0 else SELU_SCALE * SELU_ALPHA * exp(x)


@elementwise(
    ranges={"alpha": POSITIVE},
    layer="CELU",
    short=True,
    source="Barron 2017, https://arxiv.org/abs/1704.07483",
)
def celu(x, alpha=1.0):
    """CELU: x for x > 0, alpha (exp(x / alpha) - 1) otherwise; no kink."""
    q = x / alpha
    return x if x > 0 else alpha * expm1_sum(q, quotient_error(x, alpha, q))


@celu.partial("x", short=True)
def dcelu_dx(x, alpha):
    q = x / alpha
    return 1 if x > 0 else exp_sum(q, quotient_error(x, alpha, q))


@elementwise(short=True, source="Keras, https://keras.io/api/layers/activations/")
def exponential(x):
    """Exponential: e to the x."""
    return exp(x)


@exponential.partial("x", short=True)
def dexponential_dx(x):
    return exp(x)


@elementwise(
    inputs=3,
    ranges={"a": POSITIVE, "b": POSITIVE},
    layer="PELU",
    source="Trottier et al. 2017, https://arxiv.org/abs/1605.09332",
)
def pelu(x, a=1.0, b=1.0):
    """PELU: x a / b for x > 0, a (exp(x / b) - 1) otherwise, with a, b > 0 learned; no kink."""
    q = x / b
    return a * q if x > 0 else a * expm1_sum(q, quotient_error(x, b, q))


@pelu.partial("x")
def dpelu_dx(x, a, b):
    q = x / b
    return a / b if x > 0 else a / b * exp_sum(q, quotient_error(x, b, q))


@pelu.partial("a")
def dpelu_da(x, b):
    q = x / b
    return q if x > 0 else expm1_sum(q, quotient_error(x, b, q))


@pelu.partial("b")
def dpelu_db(x, a, b):
    q = x / b
    half = exp_sum(0.5 * q, 0.5 * quotient_error(x, b, q))  # its square underflows too early
    slope = -a * q / b
    return slope if x > 0 else scaled(half, half * slope)


@elementwise(
    inputs=3, kinks=[0.0], layer="LearnedELU", source="as ELU and SELU, with both numbers learned"
)
def learned_elu(x, alpha=1.0, scale=1.0):
    """Learned ELU: scale x for x > 0, scale alpha (exp(x) - 1) otherwise, with both learned."""
    return scaled(scale, x) if x > 0 else scaled(scale, alpha * expm1(x))


@learned_elu.partial("x")
def dlearned_elu_dx(x, alpha, scale):
    return scale if x > 0 else scaled(scale, alpha * exp(x))


@learned_elu.partial("alpha")
def dlearned_elu_dalpha(x, scale):
    return 0 if x > 0 else scaled(scale, expm1(x))


@learned_elu.partial("scale")
def dlearned_elu_dscale(x, alpha):
    return x if x > 0 else scaled(alpha, expm1(x))
