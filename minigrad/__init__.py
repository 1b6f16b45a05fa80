"""minigrad: gradients and activations to read, in Python and Numba.

Reading order:

    tensor.py               the graph: a Tensor, its Node, backward
    activations.py          every activation: formula, slope, kinks, source
    kernels/loops.py        the loops that formulas run in
    kernels/mathematics.py  exp, log, tanh: what formulas are made of
    kernels/kernel.py       one loop in Python, on one core, on all cores
    declaration.py          what an op says of itself
    elementwise.py          how a declared formula becomes an op in the graph
    broadcasting.py         inputs of different shapes
    plans.py                how an op runs for given shapes, forward and back
    ops/                    what is not elementwise: matrix products, sums, shapes, softmax
    gradcheck.py            gradients against differences, kinks included
    losses.py, optimizers.py, layers/, model.py   Dense and PReLU, and the loop that trains them
"""

from . import activations, operators, ops
from .elementwise import elementwise
from .functional import grad
from .grad_mode import enable_grad, is_grad_enabled, no_grad
from .gradcheck import GradientError, gradcheck
from .tensor import Tensor, trace

__version__ = "0.1.0"

assert operators  # gives Tensor its operators
__all__ = [
    "GradientError",
    "Tensor",
    "activations",
    "elementwise",
    "enable_grad",
    "grad",
    "gradcheck",
    "is_grad_enabled",
    "no_grad",
    "ops",
    "trace",
]
