"""Gradients of functions: `grad(f)` is a function too.

`backward` writes into tensors; `grad` returns what it finds and touches nothing.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .arrays import brief
from .grad_mode import enable_grad
from .tensor import Tensor, adopt, gradients, seed_gradient


def grad(f: Callable[..., Tensor], argument: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """Gradient: the function x -> df/dx, for an f that returns a single number.  Once, not twice.

    Parameters
    ----------
    f : a function of Tensors or arrays.
    argument : the position of the argument to differentiate by, or several.

    Returns
    -------
    A function of the same arguments.  It returns a Tensor of the argument's shape, or a tuple of
    them; zeros where f does not depend on it.

    >>> grad(lambda x: x * x)(3.0)
    Tensor(6.)
    >>> grad(lambda w, x: (w * x).sum(), argument=(0, 1))([1.0, 2.0], [3.0, 4.0])
    (Tensor([3., 4.]), Tensor([1., 2.]))
    """
    if not callable(f):
        raise TypeError(f"grad: {brief(f)} given; it must be a function that returns a Tensor")
    positions = (argument,) if isinstance(argument, int) else tuple(argument)
    if not positions or not all(type(k) is int for k in positions):
        raise TypeError(f"grad: argument={argument!r} given; it must be a position, or several")

    def gradient_of_f(*arguments: Any, **options: Any) -> Any:
        count, inputs = len(arguments), list(arguments)
        if not all(-count <= k < count for k in positions):
            raise IndexError(f"grad: argument={argument} asked of a call with {count} arguments")
        leaves: dict[int, Tensor] = {}
        for k in {k % count for k in positions}:
            if getattr(arguments[k], "requires_grad", False):
                raise ValueError(
                    "grad: the argument requires a gradient already; second derivatives are not "
                    "recorded, so pass x.detach(), or differentiate a partial such as delu_dx"
                )
            inputs[k] = leaves[k] = Tensor(arguments[k], requires_grad=True)
        with enable_grad(), np.errstate(over="ignore", invalid="ignore"):
            y = f(*inputs, **options)
            if not isinstance(y, Tensor):
                raise TypeError(f"grad: f returned {type(y).__name__}, not a Tensor")
            seed = seed_gradient(None, y)
            # f may use tensors of a graph that others still need: retain it
            found = {} if y.node is None else gradients(y.node, seed, retain_graph=True)[0]
        slopes = []
        for k in positions:
            leaf = leaves[k % count]
            gx = found.get(leaf.node) if leaf.node is not None else None
            slopes.append(adopt(np.zeros(leaf.shape, leaf.dtype) if gx is None else gx))
        return slopes[0] if isinstance(argument, int) else tuple(slopes)

    return gradient_of_f
