"""Shrinking and sparse activations: exactly 0, or exactly 1, on a whole stretch."""

from ..declaration import NOT_NEGATIVE
from ..elementwise import elementwise
from ..kernels.mathematics import tanh, x_minus_tanh

DONOHO = "Donoho 1995, https://doi.org/10.1109/18.382009"
MARTINS = "Martins and Astudillo 2016, https://arxiv.org/abs/1602.02068"


@elementwise(
    jumps=lambda threshold: [-threshold, threshold] if threshold else [],
    ranges={"threshold": NOT_NEGATIVE},
    aliases={"lambd": "threshold"},
    source=DONOHO,
)
def hard_shrink(x, threshold=0.5):
    """Hard shrink: x where |x| > threshold, 0 in between."""
    return x if abs(x) > threshold else 0


@hard_shrink.partial("x", steps=True)
def dhard_shrink_dx(x, threshold):
    return 1 if abs(x) > threshold else 0


@elementwise(
    kinks=lambda threshold: [-threshold, threshold] if threshold else [],
    ranges={"threshold": NOT_NEGATIVE},
    aliases={"lambd": "threshold"},
    source=DONOHO,
)
def soft_shrink(x, threshold=0.5):
    """Soft shrink: x moved towards 0 by threshold, 0 in between."""
    return x - threshold if x > threshold else x + threshold if x < -threshold else 0


@soft_shrink.partial("x", steps=True)
def dsoft_shrink_dx(x, threshold):
    return 1 if abs(x) > threshold else 0


@elementwise(
    short=True, source="PyTorch, https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanhshrink"
)
def tanh_shrink(x):
    """Tanh shrink: x - tanh(x)."""
    return x_minus_tanh(x)


@tanh_shrink.partial("x", short=True)
def dtanh_shrink_dx(x):
    return tanh(x) * tanh(x)


@elementwise(source=MARTINS)
def sparse_plus(x):
    """Sparse plus: 0 up to -1, x from 1 on, (x + 1)**2 / 4 in between; no kink."""
    return x if x >= 1 else (x + 1) * (x + 1) / 4 if x > -1 else 0


@sparse_plus.partial("x")
def dsparse_plus_dx(x):
    return 1 if x >= 1 else (x + 1) / 2 if x > -1 else 0


@elementwise(kinks=[-1.0, 1.0], source=MARTINS)
def sparse_sigmoid(x):
    """Sparse sigmoid: 0 up to -1, 1 from 1 on, (x + 1) / 2 in between."""
    return 1 if x >= 1 else (x + 1) / 2 if x > -1 else 0


@sparse_sigmoid.partial("x")
def dsparse_sigmoid_dx(x):
    return 0.5 if -1 < x < 1 else 0
