"""The one place: every activation, with its slopes, kinks and source.

A formula is written as the paper has it, for one number, and made stable where the paper's form
overflows or cancels.  At a kink `x > knee` is false, so value and slope are those of the
"otherwise" branch: the slope of relu at 0 is 0.  Slopes are computed from x, not from the rounded
result, which is too coarse in the tails.  `scaled(a, b)` is a b, but exactly +0 where a is 0, even
for an infinite b.
"""

import difflib
from collections.abc import Callable
from typing import Any

from .elementwise import Elementwise, elementwise
from .kernels.mathematics import exp, expm1, scaled
from .kernels.mathematics import tanh as tanh_of
from .tensor import Tensor


@elementwise(
    kinks=[0.0],
    source="Nair and Hinton 2010, https://www.cs.toronto.edu/~hinton/absps/reluICML.pdf",
)
def relu(x):
    """ReLU: x for x > 0, 0 otherwise."""
    return x if x > 0 else 0.0


@relu.partial("x")
def drelu_dx(x):
    return 1 if x > 0 else 0


@elementwise(kinks=[0.0], source="Clevert et al. 2016, https://arxiv.org/abs/1511.07289")
def elu(x, alpha=1.0):
    """ELU: x for x > 0, alpha (exp(x) - 1) otherwise."""
    return x if x > 0 else scaled(alpha, expm1(x))


@elu.partial("x")
def delu_dx(x, alpha):
    return 1 if x > 0 else scaled(alpha, exp(x))


@elementwise(source="Verhulst 1845; Rumelhart et al. 1986, https://doi.org/10.1038/323533a0")
def sigmoid(x):
    """Sigmoid: 1 / (1 + exp(-x))."""
    e = exp(-abs(x))  # never overflows
    return (1 if x > 0 else e) / (1 + e)


@sigmoid.partial("x")
def dsigmoid_dx(x):
    e = exp(-abs(x))
    return e / ((1 + e) * (1 + e))


@elementwise(source="LeCun et al. 1998, http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf")
def tanh(x):
    """Tanh: (exp(x) - exp(-x)) / (exp(x) + exp(-x))."""
    return tanh_of(x)


@tanh.partial("x")
def dtanh_dx(x):
    e = exp(-2 * abs(x))
    return 4 * e / ((1 + e) * (1 + e))


@elementwise(inputs=2, kinks=[0.0], source="He et al. 2015, https://arxiv.org/abs/1502.01852")
def prelu(x, alpha):
    """PReLU: x for x > 0, alpha x otherwise, with alpha learned."""
    return x if x > 0 else scaled(alpha, x)


@prelu.partial("x")
def dprelu_dx(x, alpha):
    return 1 if x > 0 else alpha


@prelu.partial("alpha")
def dprelu_dalpha(x):
    return 0 if x > 0 else x


def every() -> dict[str, Elementwise]:
    """The activations of this module by name, in the order of declaration."""
    ops = [op for op in globals().values() if isinstance(op, Elementwise)]
    slopes = {df for op in ops for df in op.partials.values()}
    return {op.name: op for op in ops if op not in slopes}


def get(activation: str | Callable[[Any], Tensor] | None) -> Callable[[Any], Tensor] | None:
    """An activation by name, or the function itself; None means none.

    >>> get("relu")
    <op relu(x)>
    """
    if activation is None or callable(activation):
        return activation
    names = [name for name, op in every().items() if len(op.declaration.inputs) == 1]
    if activation not in names:
        close = difflib.get_close_matches(str(activation).lower(), names, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names)}"
        raise ValueError(f"activation: {activation!r} given; {hint}")
    return every()[activation]
