"""Formulas of losses: the price of one prediction p where t is true, and its slope for p.

Like activations they are scalar formulas, computed in float64, from which kernels and gradients
follow.  The target t is given, so no slope for it is declared.  A probability is kept away from 0
and 1 by EPSILON, where its logarithm ends; a logit x needs no such thing, since from x the
logarithm of its sigmoid is exact.
"""

from ..declaration import POSITIVE
from ..elementwise import elementwise
from ..kernels.mathematics import INFINITY, exp, expm1, log, log1p, power, scaled
from ..kernels.mathematics import tanh as tanh_of

# Keras's epsilon.
EPSILON = 1e-7
LN2 = 0.6931471805599453
# exp(-FAR) is still above 0: what it multiplies may be divided by it.
FAR = 700.0


@elementwise(inputs=2)
def weighted(w, loss):
    """Weighted: w loss; where w is 0 that is 0, even for an infinite loss."""
    return scaled(w, loss)


@weighted.partial("loss")
def dweighted_dloss(w):
    return w


@elementwise(inputs=2)
def squared_error(t, p):
    """Squared error: (p - t)**2."""
    return (p - t) * (p - t)


@squared_error.partial("p")
def dsquared_error_dp(t, p):
    return 2 * (p - t)


@elementwise(inputs=2, kinks=lambda t: [t])
def absolute_error(t, p):
    """Absolute error: |p - t|.  At p = t the slope is 0."""
    return abs(p - t)


@absolute_error.partial("p")
def dabsolute_error_dp(t, p):
    return 1 if p > t else -1 if p < t else 0


@elementwise(inputs=2, kinks=lambda t: [t])
def percentage_error(t, p):
    """Percentage error: 100 |p - t| / |t|, with |t| at least 1e-7."""
    return 100 * abs(p - t) / max(abs(t), EPSILON)


@percentage_error.partial("p")
def dpercentage_error_dp(t, p):
    side = 1 if p > t else -1 if p < t else 0
    return 100 * side / max(abs(t), EPSILON)


@elementwise(inputs=2, kinks=lambda: [EPSILON])
def squared_logarithmic_error(t, p):
    """Squared logarithmic error: (log(1 + p) - log(1 + t))**2, with p and t at least 1e-7."""
    e = log1p(max(p, EPSILON)) - log1p(max(t, EPSILON))
    return e * e


@squared_logarithmic_error.partial("p")
def dsquared_logarithmic_error_dp(t, p):
    e = log1p(max(p, EPSILON)) - log1p(max(t, EPSILON))
    return 2 * e / (1 + p) if p > EPSILON else 0


@elementwise(
    inputs=2, ranges={"delta": POSITIVE}, source="Huber 1964, https://www.jstor.org/stable/2238020"
)
def huber_error(t, p, delta=1.0):
    """Huber: e**2 / 2 for |e| <= delta, delta (|e| - delta / 2) otherwise; e = p - t."""
    e = abs(p - t)
    return 0.5 * e * e if e <= delta else delta * (e - 0.5 * delta)


@huber_error.partial("p")
def dhuber_error_dp(t, p, delta):
    return max(-delta, min(p - t, delta))


@elementwise(inputs=2)
def log_cosh_error(t, p):
    """Log-cosh: log(cosh(p - t))."""
    e = abs(p - t)
    m = expm1(-e)  # cosh(e) - 1 is m**2 / (2 (1 + m)): exact where e is small
    far = e + (log1p(exp(-2 * e)) - LN2)
    return log1p(m * m / (2 * (1 + m))) if e < 1 else far


@log_cosh_error.partial("p")
def dlog_cosh_error_dp(t, p):
    return tanh_of(p - t)


@elementwise(inputs=2)
def poisson_error(t, p):
    """Poisson: p - t log(p + 1e-7), p the expected count and t the one seen."""
    return p - scaled(t, log(p + EPSILON))


@poisson_error.partial("p")
def dpoisson_error_dp(t, p):
    return 1 - t / (p + EPSILON)


@elementwise(inputs=2)
def hinge_error(t, p):
    """Hinge: max(1 - t p, 0), t being 1 or -1.  At t p = 1 the slope is 0."""
    return max(1 - t * p, 0.0)


@hinge_error.partial("p")
def dhinge_error_dp(t, p):
    return -t if t * p < 1 else 0


@elementwise(inputs=2)
def squared_hinge_error(t, p):
    """Squared hinge: max(1 - t p, 0)**2, t being 1 or -1."""
    m = max(1 - t * p, 0.0)
    return m * m


@squared_hinge_error.partial("p")
def dsquared_hinge_error_dp(t, p):
    return -2 * t * max(1 - t * p, 0.0)


@elementwise(inputs=2)
def surprise(t, log_p):
    """Surprise: -t log(p), given log(p); 0 where t is, even for p = 0."""
    return scaled(-t, log_p)


@surprise.partial("log_p")
def dsurprise_dlog_p(t):
    return -t


@elementwise(inputs=2, source="Kullback and Leibler 1951, https://www.jstor.org/stable/2236703")
def divergence(t, p):
    """Divergence: t log(t / p), with t and p from 1e-7 to 1."""
    t = min(max(t, EPSILON), 1.0)
    return t * (log(t) - log(min(max(p, EPSILON), 1.0)))


@divergence.partial("p")
def ddivergence_dp(t, p):
    return -min(max(t, EPSILON), 1.0) / p if EPSILON < p < 1 else 0


@elementwise(inputs=2)
def crossentropy_of_logit(t, x):
    """Binary cross-entropy of a logit: -t log(s) - (1 - t) log(1 - s), s = sigmoid(x)."""
    return price(t, x, exp(-abs(x)))


@crossentropy_of_logit.partial("x")
def dcrossentropy_of_logit_dx(t, x):
    return sigmoid_minus(t, x, exp(-abs(x)))


@elementwise(inputs=2)
def crossentropy_of_probability(t, p):
    """Binary cross-entropy: -t log(p) - (1 - t) log(1 - p), with p from 1e-7 to 1 - 1e-7."""
    return price_of_probability(t, inside(p))


@crossentropy_of_probability.partial("p")
def dcrossentropy_of_probability_dp(t, p):
    return (p - t) / (p * (1 - p)) if EPSILON < p < 1 - EPSILON else 0


LIN = "Lin et al. 2017, https://arxiv.org/abs/1708.02002"


@elementwise(inputs=2, ranges={"gamma": (0, INFINITY)}, source=LIN)
def focal_of_logit(t, x, gamma=2.0):
    """Focal loss of a logit: u**gamma times the cross-entropy, u = t (1 - s) + (1 - t) s."""
    e = exp(-min(abs(x), FAR))
    return scaled(power(share(t, x, e) / (1 + e), gamma), price(t, x, e))


@focal_of_logit.partial("x")
def dfocal_of_logit_dx(t, x, gamma):
    e = exp(-min(abs(x), FAR))
    u = share(t, x, e)
    # s (1 - s) / u, where s (1 - s) = e / (1 + e)**2 and u is still to be divided by 1 + e
    steep = gamma * (1 - 2 * t) * (e / u) / (1 + e)
    slope = scaled(steep, price(t, x, e)) + sigmoid_minus(t, x, e)
    return scaled(power(u / (1 + e), gamma), slope)


@elementwise(inputs=2, ranges={"gamma": (0, INFINITY)}, source=LIN)
def focal_of_probability(t, p, gamma=2.0):
    """Focal loss: u**gamma times the cross-entropy, u = t (1 - p) + (1 - t) p."""
    p = inside(p)
    return power(t * (1 - p) + (1 - t) * p, gamma) * price_of_probability(t, p)


@focal_of_probability.partial("p")
def dfocal_of_probability_dp(t, p, gamma):
    q = inside(p)
    u = t * (1 - q) + (1 - t) * q
    steep = gamma * (1 - 2 * t) / u * price_of_probability(t, q)
    slope = power(u, gamma) * (steep + (q - t) / (q * (1 - q)))
    return slope if EPSILON < p < 1 - EPSILON else 0


@elementwise(inputs=2, ranges={"gamma": (0, INFINITY)}, source=LIN)
def focal_surprise(t, log_p, gamma=2.0):
    """Focal surprise: -t (1 - p)**gamma log(p), given log(p)."""
    return scaled(-t, scaled(power(-expm1(log_p), gamma), log_p))


@focal_surprise.partial("log_p")
def dfocal_surprise_dlog_p(t, log_p, gamma):
    u = -expm1(log_p)
    # p log(p) / (1 - p) goes to -1 where p goes to 1
    ratio = scaled(exp(log_p), log_p) / u if u > 0 else -1
    return scaled(-t, power(u, gamma) * (1 - gamma * ratio))


@elementwise(
    ranges={"q": (POSITIVE[0], 1)},
    source="Zhang and Sabuncu 2018, https://arxiv.org/abs/1805.07836",
)
def generalized_crossentropy(p, q=0.5):
    """Generalized cross-entropy: (1 - p**q) / q, with 1e-7 added to p."""
    return -expm1(q * log(p + EPSILON)) / q


@generalized_crossentropy.partial("p")
def dgeneralized_crossentropy_dp(p, q):
    return -power(p + EPSILON, q - 1)


def inside(p):
    """A probability that has a logarithm, and so has 1 - p."""
    return min(max(p, EPSILON), 1 - EPSILON)


def price_of_probability(t, p):
    """-t log(p) - (1 - t) log(1 - p)."""
    return -t * log(p) - (1 - t) * log1p(-p)


def price(t, x, e):
    """-t log(s) - (1 - t) log(1 - s) for s = sigmoid(x); e = exp(-|x|)."""
    return (scaled(1 - t, x) if x > 0 else scaled(-t, x)) + log1p(e)


def sigmoid_minus(t, x, e):
    """sigmoid(x) - t; e = exp(-|x|)."""
    return ((1 - t) - t * e if x > 0 else (1 - t) * e - t) / (1 + e)


def share(t, x, e):
    """t (1 - s) + (1 - t) s for s = sigmoid(x), times 1 + e; e = exp(-|x|)."""
    return t * e + (1 - t) if x > 0 else t + (1 - t) * e
