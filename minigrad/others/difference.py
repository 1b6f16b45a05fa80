"""A difference: one question, what others answer, and what minigrad does, found by running it.

The answer of minigrad is never written down as a fact: `run` is Python that is evaluated when the
page is made, and `gives` is what a test requires of it.
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from .. import activations, layers, ops, regularizers
from ..arrays import Array
from ..model import Sequential
from ..tensor import Tensor


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A row of the page.

    id        names the row and its test: "C4", "2.3 elu(alpha=2) at 0"
    asks      the question, in a few words
    others    their answers: {"PyTorch": 0.2, "MyGrad": 0}; numbers, or words
    wrong     those of the others whose answer is not merely another choice
    legal     of a slope at a kink: those from the left and from the right, the smaller one first
    run       an expression that answers it with minigrad, in terms of `NAMES`
    gives     what it must give: a number, a list, or the name of an error or a warning
    because   why, in one sentence
    torch     an expression for what `others` says of PyTorch, evaluated where it is installed
    """

    id: str
    asks: str
    others: Mapping[str, Any] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()
    legal: tuple[float, float] | None = None
    run: str
    gives: Any
    because: str
    torch: str = ""

    def answer(self) -> str:
        """What minigrad gives now."""
        return text(outcome(self.run, NAMES))


def outcome(expression: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression, or else the error it ends with, or the warning it gives.

    >>> outcome("1 + 1", {})
    2
    >>> outcome("elu(1.0, alpha=None)", NAMES)
    ValueError('elu: alpha=None given; it must be a finite number')
    """
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        try:
            value = eval(expression, dict(names))  # only ever what stands in this package
        except Exception as error:  # an error is an answer too
            return error
    return given[0].message if given else value


def text(value: Any) -> str:
    """A value as the page shows it, and as tests compare it: six digits, the sign of zero too.

    >>> text([1 / 3, -0.0]), text(ValueError("no"))
    ('[0.333333, -0]', 'ValueError')
    """
    if isinstance(value, BaseException):
        return type(value).__name__
    if isinstance(value, Tensor):
        value = value.data
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(text, value))}]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def slope(f: Callable[..., Tensor], x: Any, **numbers: Any) -> Array:
    """The slope of f at x, or at each x of a list, by way of backward.

    >>> slope(activations.relu, [-1.0, 0.0, 1.0])
    array([0., 0., 1.], dtype=float32)
    """
    leaf = Tensor(x, requires_grad=True)
    y = f(leaf, **numbers)
    y.backward(np.ones(y.shape, y.dtype))
    return np.asarray(leaf.grad)


NAMES: dict[str, Any] = {
    **{name: getattr(activations, name) for name in activations.__all__},
    "activations": activations, "layers": layers, "ops": ops, "regularizers": regularizers,
    "Sequential": Sequential, "import_module": import_module, "slope": slope,
    "np": np, "inf": np.inf, "nan": np.nan,
}  # fmt: skip
