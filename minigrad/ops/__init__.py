"""Ops: what tensors are computed with.  Activations are in `minigrad.activations`."""

from .arithmetic import abs, add, div, exp, log, maximum, mul, neg, pow, sub
from .cross_entropy import softmax_cross_entropy
from .linear_algebra import matmul
from .reductions import mean, sum
from .shapes import index, reshape, transpose
from .softmax import log_softmax, softmax

__all__ = [
    "abs", "add", "div", "exp", "index", "log", "log_softmax", "matmul", "maximum", "mean", "mul",
    "neg", "pow", "reshape", "softmax", "softmax_cross_entropy", "sub", "sum", "transpose",
]  # fmt: skip
