"""Rectifiers: straight lines that meet at kinks.

The active branch is `x > knee`, so at a knee value and slope are those of the branch below it, and
at an upper knee, `x >= bound`, those of the branch above it: the slope of relu is 0 at 0, that of
relu6 is 0 at 6.
"""

from ..declaration import NOT_NEGATIVE, POSITIVE
from ..elementwise import elementwise
from ..kernels.mathematics import INFINITY, root_of_square_plus, scaled, sqrt

NAIR = "Nair and Hinton 2010, https://www.cs.toronto.edu/~hinton/absps/reluICML.pdf"
MAAS = "Maas et al. 2013, https://ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf"
HOWARD = "Howard et al. 2019, https://arxiv.org/abs/1905.02244"


@elementwise(
    kinks=lambda max_value, threshold: [threshold, *([max_value] if max_value > threshold else [])],
    jumps=lambda threshold: [threshold] if threshold else [],
    aliases={"negative_slope": "alpha"},
    none={"max_value": INFINITY},
    ranges={"alpha": NOT_NEGATIVE, "max_value": NOT_NEGATIVE},
    layer="ReLU",
    source=NAIR,
)
def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    """ReLU: min(x, max_value) for x > threshold, alpha (x - threshold) otherwise."""
    return min(x, max_value) if x > threshold else scaled(alpha, x - threshold)


@relu.partial("x", steps=True)
def drelu_dx(x, alpha, max_value, threshold):
    above = 1 if x < max_value or max_value == INFINITY else 0
    return above if x > threshold else alpha


@elementwise(
    kinks=[0.0],
    aliases={"alpha": "negative_slope"},
    ranges={"negative_slope": NOT_NEGATIVE},
    layer="LeakyReLU",
    source=MAAS,
)
def leaky_relu(x, negative_slope=0.2):
    """Leaky ReLU: x for x > 0, negative_slope x otherwise."""
    return x if x > 0 else scaled(negative_slope, x)


@leaky_relu.partial("x")
def dleaky_relu_dx(x, negative_slope):
    return 1 if x > 0 else negative_slope


@elementwise(
    inputs=2,
    kinks=[0.0],
    layer="PReLU",
    source="He et al. 2015, https://arxiv.org/abs/1502.01852",
)
def prelu(x, alpha=0.0):
    """PReLU: x for x > 0, alpha x otherwise, with alpha learned."""
    return x if x > 0 else scaled(alpha, x)


@prelu.partial("x")
def dprelu_dx(x, alpha):
    return 1 if x > 0 else alpha


@prelu.partial("alpha")
def dprelu_dalpha(x):
    return 0 if x > 0 else x


@elementwise(
    inputs=5,
    kinks=lambda t_left, t_right: [t_left, t_right],
    layer="SReLU",
    source="Jin et al. 2016, https://arxiv.org/abs/1512.07030",
)
def srelu(x, t_left=0.0, a_left=0.2, t_right=1.0, a_right=1.0):
    """SReLU: x from t_left to t_right; beyond, lines of slope a_left and a_right; all learned."""
    left = t_left + scaled(a_left, x - t_left)
    right = t_right + scaled(a_right, x - t_right)
    return right if x >= t_right else x if x > t_left else left


@srelu.partial("x")
def dsrelu_dx(x, t_left, a_left, t_right, a_right):
    return a_right if x >= t_right else 1 if x > t_left else a_left


@srelu.partial("t_left")
def dsrelu_dt_left(x, t_left, a_left, t_right):
    return 0 if x >= t_right or x > t_left else 1 - a_left


@srelu.partial("a_left")
def dsrelu_da_left(x, t_left, t_right):
    return 0 if x >= t_right or x > t_left else x - t_left


@srelu.partial("t_right")
def dsrelu_dt_right(x, t_right, a_right):
    return 1 - a_right if x >= t_right else 0


@srelu.partial("a_right")
def dsrelu_da_right(x, t_right):
    return x - t_right if x >= t_right else 0


@elementwise(
    kinks=[0.0, 6.0],
    layer="ReLU6",
    source="Krizhevsky 2010, https://www.cs.toronto.edu/~kriz/conv-cifar10-aug2010.pdf",
)
def relu6(x):
    """ReLU6: x cut off below 0 and above 6."""
    return 6 if x >= 6 else x if x > 0 else 0


@relu6.partial("x", steps=True)
def drelu6_dx(x):
    return 1 if 0 < x < 6 else 0


@elementwise(
    kinks=lambda theta: [theta],
    jumps=lambda theta: [theta] if theta else [],
    ranges={"theta": NOT_NEGATIVE},
    layer="ThresholdedReLU",
    source="Konda et al. 2015, https://arxiv.org/abs/1402.3337",
)
def thresholded_relu(x, theta=1.0):
    """Thresholded ReLU: x for x > theta, 0 otherwise."""
    return x if x > theta else 0


@thresholded_relu.partial("x", steps=True)
def dthresholded_relu_dx(x, theta):
    return 1 if x > theta else 0


@elementwise(
    kinks=lambda threshold: [threshold],
    jumps=lambda threshold, default_value: [threshold] if threshold != default_value else [],
    aliases={"value": "default_value"},
    source="PyTorch and Keras, https://keras.io/api/layers/activations/",
)
def threshold(x, threshold, default_value):
    """Threshold: x for x > threshold, default_value otherwise."""
    return x if x > threshold else default_value


@threshold.partial("x", steps=True)
def dthreshold_dx(x, threshold):
    return 1 if x > threshold else 0


@elementwise(
    kinks=lambda low, high: [low, high],
    aliases={"min_val": "low", "max_val": "high"},
    order=("low", "high"),
    also=("hardtanh",),
    source="Collobert 2004, https://ronan.collobert.com/pub/2004_phdthesis_lip6.pdf",
)
def hard_tanh(x, low=-1.0, high=1.0):
    """Hard tanh: x cut off below low and above high."""
    return high if x >= high else x if x > low else low


@hard_tanh.partial("x", steps=True)
def dhard_tanh_dx(x, low, high):
    return 1 if low < x < high else 0


@elementwise(
    kinks=lambda limit: [-limit, limit],
    ranges={"limit": POSITIVE},
    source="Courbariaux et al. 2015, https://arxiv.org/abs/1511.00363; limit 3: " + HOWARD,
)
def hard_sigmoid(x, limit=3.0):
    """Hard sigmoid: (x + limit) / (2 limit), cut off below 0 and above 1; old Keras: limit 2.5."""
    # 1 / (2 limit) is computed once; a division for each element would take twice as long
    return 1 if x >= limit else (x + limit) * (1 / (2 * limit)) if x > -limit else 0


@hard_sigmoid.partial("x")
def dhard_sigmoid_dx(x, limit):
    return 1 / (2 * limit) if -limit < x < limit else 0


@elementwise(kinks=[-3.0, 3.0], also=("hard_swish",), layer="HardSiLU", source=HOWARD)
def hard_silu(x):
    """Hard SiLU: x hard_sigmoid(x): 0 up to -3, x from 3 on, x (x + 3) / 6 in between."""
    return x if x >= 3 else x * (x + 3) * (1 / 6) if x > -3 else 0


@hard_silu.partial("x")
def dhard_silu_dx(x):
    return 1 if x >= 3 else (2 * x + 3) * (1 / 6) if x > -3 else 0


@elementwise(layer="SquaredReLU", source="So et al. 2021, https://arxiv.org/abs/2109.08668")
def squared_relu(x):
    """Squared ReLU: x**2 for x > 0, 0 otherwise; no kink."""
    return x * x if x > 0 else 0


@squared_relu.partial("x")
def dsquared_relu_dx(x):
    return 2 * x if x > 0 else 0


@elementwise(
    ranges={"alpha": POSITIVE},
    layer="ISRLU",
    source="Carlile et al. 2017, https://arxiv.org/abs/1710.09967",
)
def isrlu(x, alpha=1.0):
    """ISRLU: x for x > 0, x / sqrt(1 + alpha x**2) otherwise; no kink."""
    root = root_of_square_plus(x, 1 / alpha)
    left = (x / root if x > -INFINITY else -1) / sqrt(alpha)
    return x if x > 0 else left


@isrlu.partial("x")
def disrlu_dx(x, alpha):
    root = sqrt(alpha) * root_of_square_plus(x, 1 / alpha)
    return 1 if x > 0 else 1 / root / root / root
