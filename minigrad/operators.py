"""Operators: the one table that gives Tensor its `+`, `@`, `[...]`, comparisons and methods.

It is the only place that writes into an earlier module: `tensor.py` knows no op, and every op needs
Tensor.
"""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from . import ops
from .cuda.tensor import move, to
from .tensor import Tensor

OPERATORS: dict[str, Callable[..., Any]] = {
    "__add__": lambda a, b: ops.add(a, b),
    "__radd__": lambda a, b: ops.add(b, a),
    "__sub__": lambda a, b: ops.sub(a, b),
    "__rsub__": lambda a, b: ops.sub(b, a),
    "__mul__": lambda a, b: ops.mul(a, b),
    "__rmul__": lambda a, b: ops.mul(b, a),
    "__truediv__": lambda a, b: ops.div(a, b),
    "__rtruediv__": lambda a, b: ops.div(b, a),
    "__pow__": lambda a, b: ops.pow(a, b),
    "__rpow__": lambda a, b: ops.pow(b, a),
    "__matmul__": lambda a, b: ops.matmul(a, b),
    "__rmatmul__": lambda a, b: ops.matmul(b, a),
    "__neg__": lambda a: ops.neg(a),
    "__abs__": lambda a: ops.abs(a),
    "__getitem__": lambda a, where: ops.index(a, where),
    "__iter__": lambda a: iter([ops.index(a, k) for k in range(len(a))]),
}

METHODS: dict[str, Callable[..., Any]] = {
    "exp": lambda a: ops.exp(a),
    "log": lambda a: ops.log(a),
    "sqrt": lambda a: ops.sqrt(a),
    "clip": lambda a, low=None, high=None: ops.clip(a, low, high),
    "sum": lambda a, axis=None, keepdims=False: ops.sum(a, axis, keepdims),
    "mean": lambda a, axis=None, keepdims=False: ops.mean(a, axis, keepdims),
    "max": lambda a, axis=None, keepdims=False: ops.max(a, axis, keepdims),
    "min": lambda a, axis=None, keepdims=False: ops.min(a, axis, keepdims),
    "argmax": lambda a, axis=None: ops.argmax(a, axis),
    "flatten": lambda a: ops.flatten(a),
    "reshape": lambda a, *shape: ops.reshape(a, *shape),
    "transpose": lambda a, *axes: ops.transpose(a, *axes),
    "to": lambda a, device: to(a, device),
    "cpu": lambda a: to(a, "cpu"),
    "_move": lambda a, device: move(a, device),
    "assign": lambda a, values: setattr(a, "data", values),
    "assign_add": lambda a, values: setattr(a, "data", a.data + np.asarray(values)),
    "assign_sub": lambda a, values: setattr(a, "data", a.data - np.asarray(values)),
}
ASSIGNMENTS = {
    "assign": "Take over new numbers, as `x.data = values` does.",
    "assign_add": "Take over x + values, outside of the graph.",
    "assign_sub": "Take over x - values, outside of the graph: a step of gradient descent.",
}


def comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Tensor, Any], Any]:
    """A comparison of numbers: a NumPy array of booleans, with no gradient."""

    def compared(a: Tensor, b: Any) -> Any:
        return compare(a.data, b.data if isinstance(b, Tensor) else np.asarray(b))

    return compared


COMPARISONS = {
    f"__{name}__": comparison(getattr(operator, name))
    for name in ("lt", "le", "gt", "ge", "eq", "ne")
}


def shown(tensor: Tensor) -> str:
    """What a notebook shows."""
    from .see.reprs import tensor_html  # only when it asks

    return tensor_html(tensor)


METHODS["_repr_html_"] = shown

for name, function in {**OPERATORS, **METHODS, **COMPARISONS}.items():
    function.__name__ = function.__qualname__ = name  # what Python's errors call it
    if hasattr(ops, name):
        function.__doc__ = f"`ops.{name}` of this tensor."
    setattr(Tensor, name, function)
Tensor.__hash__ = object.__hash__  # type: ignore[method-assign]  # two tensors are one only if they are the same object
for name, text in ASSIGNMENTS.items():
    getattr(Tensor, name).__doc__ = text
Tensor.T = property(lambda a: ops.transpose(a), doc="The axes in reverse order.")  # type: ignore[attr-defined]
