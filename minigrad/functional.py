"""Gradients of functions: `grad(f)` is a function too.

`backward` writes into tensors; `grad` returns what it finds and touches nothing.
"""

from collections.abc import Callable
from typing import Any

from .grad_mode import enable_grad
from .tensor import Node, Tensor, adopt, gradients, seed_gradient


def grad(f: Callable[..., Tensor], argument: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """Gradient: the function x -> df/dx, for an f that returns a single number.

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
    positions = (argument,) if isinstance(argument, int) else tuple(argument)

    def gradient_of_f(*arguments: Any, **options: Any) -> Any:
        if not all(-len(arguments) <= k < len(arguments) for k in positions):
            raise IndexError(
                f"grad: argument={argument} asked of a call with {len(arguments)} arguments"
            )
        inputs = list(arguments)
        leaves: list[Tensor] = []
        with enable_grad():
            for k in positions:
                inputs[k] = Tensor(arguments[k], requires_grad=True)
                leaves.append(inputs[k])
            y = f(*inputs, **options)
            if not isinstance(y, Tensor):
                raise TypeError(f"grad: f returned a {type(y).__name__}, not a Tensor")
            seed = seed_gradient(None, y)
        found: dict[Node, Any] = {} if y.node is None else gradients(y.node, seed)[0]
        slopes = tuple(
            adopt(found[leaf.node]) if leaf.node in found else Tensor(0 * leaf.data)
            for leaf in leaves
        )
        return slopes[0] if isinstance(argument, int) else slopes

    return gradient_of_f
