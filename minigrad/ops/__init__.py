"""Ops: what tensors are computed with.  Activations are in `minigrad.activations`."""

from .arithmetic import (
    abs,
    add,
    clip,
    cos,
    div,
    erf,
    exp,
    expm1,
    log,
    log1p,
    maximum,
    minimum,
    mul,
    neg,
    pow,
    sign,
    sin,
    sqrt,
    square,
    sub,
)
from .cross_entropy import softmax_cross_entropy
from .extremes import argmax, max, min
from .gates import crelu, glu, maxout
from .joining import concatenate, stack
from .linear_algebra import affine, matmul
from .reductions import mean, sum
from .shapes import expand_dims, flatten, index, reshape, squeeze, transpose, where
from .softmax import log_softmax, softmax, softmin
from .sparsemax import sparsemax

__all__ = [
    "abs", "add", "affine", "argmax", "clip", "concatenate", "cos", "crelu", "div", "erf",
    "exp", "expand_dims", "expm1", "flatten", "glu", "index", "log", "log1p", "log_softmax",
    "matmul", "max", "maximum", "maxout", "mean", "min", "minimum", "mul", "neg", "pow",
    "reshape", "sign", "sin", "softmax", "softmax_cross_entropy", "softmin", "sparsemax",
    "sqrt", "square", "squeeze", "stack", "sub", "sum", "transpose", "where",
]  # fmt: skip
