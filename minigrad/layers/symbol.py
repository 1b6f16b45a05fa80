"""Symbols: the values of a model that has not been given any data yet.

x = Input((4,))         a Symbol of shape (None, 4): None is the batch
y = Dense(2)(x)         a Symbol that remembers the layer and x
model = Model(x, y)     computes, when called with data, what led from x to y
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import DEFAULT_FLOAT, brief
from ..grad_mode import no_grad
from ..tensor import Tensor

if TYPE_CHECKING:
    from .layer import Layer


class Symbol:
    """A value to come: its shape, its dtype, and how it will be computed."""

    __slots__ = ("dtype", "inputs", "layer", "name", "options", "others", "shape")

    def __init__(self, shape: tuple[int | None, ...], dtype: Any = None, name: str = "") -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype or DEFAULT_FLOAT)
        self.name = name
        self.layer: Layer | None = None
        self.inputs: Any = None
        self.others: tuple[Any, ...] = ()
        self.options: dict[str, Any] = {}

    @classmethod
    def of(cls, layer: "Layer", x: Any, others: Any, options: Any, shape: Any = None) -> "Symbol":
        """What a layer will make of symbols; the layer finds the shape, if it is not given."""
        if shape is None:
            given = shapes(x)
            if layer.built_for is not None:
                layer.check(given)
            shape = layer.compute_output_shape(given)
        made = cls(shape, layer.dtype, layer.name)
        made.layer, made.inputs, made.others, made.options = layer, x, others, options
        return made

    @property
    def ndim(self) -> int:
        """The number of axes, the batch included."""
        return len(self.shape)

    def __repr__(self) -> str:
        return f"<Symbol {self.name} {self.shape}>"

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(
            f"{self.name}: a Symbol has no numbers yet; put what computes with it into a layer, "
            "such as layers.Activation or layers.Lambda, and call the model with data"
        )

    def _refused(self, *others: Any) -> Any:
        raise TypeError(
            f"{self.name}: a Symbol has no numbers to compute with yet; use a layer, as "
            "layers.add([a, b]), or layers.Lambda(lambda x: 2 * x)(a)"
        )

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = _refused
    __rtruediv__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = __getitem__ = _refused
    __neg__ = __abs__ = __lt__ = __le__ = __gt__ = __ge__ = _refused


def Input(  # noqa: N802
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    name: str = "input",
) -> Symbol:
    """Input: a Symbol for examples of this shape, where a `Model` begins.

    Parameters
    ----------
    shape : of one example, without the batch; None where a length is not known.

    >>> Input((28, 28))
    <Symbol input (None, 28, 28)>
    """
    return Symbol((batch_size, *example_shape("Input", shape)), dtype, name)


def example_shape(owner: str, shape: Any) -> tuple[int | None, ...]:
    """The shape of one example as a tuple, None where a length is not known."""
    lengths = (shape,) if isinstance(shape, int | np.integer) else shape
    fine = isinstance(lengths, tuple | list) and all(
        n is None or (isinstance(n, int | np.integer) and not isinstance(n, bool) and n > 0)
        for n in lengths
    )
    if not fine:
        raise ValueError(
            f"{owner}: shape={brief(shape)} given; it must be the shape of one example, as (4,)"
        )
    return tuple(None if n is None else int(n) for n in lengths)


def symbolic(x: Any) -> bool:
    """Whether an input is a Symbol, or a list with one."""
    if isinstance(x, list | tuple):
        return any(isinstance(item, Symbol) for item in x)
    return isinstance(x, Symbol)


def shapes(x: Any) -> Any:
    """The shape of an input, or a list of those of several."""
    return [shapes(item) for item in x] if isinstance(x, list | tuple) else tuple(x.shape)


def traced_shape(layer: "Layer", given: Any) -> tuple[int | None, ...]:
    """The output shape of a layer, found by running it on zeros; None where it is not fixed.

    It runs twice, with 2 and with 3 in the place of every None: what differs is not fixed.
    """
    found = []
    for length in (2, 3):
        zeros = [
            Tensor(np.zeros([length if n is None else n for n in shape], layer.dtype))
            for shape in (given if isinstance(given, list) else [given])
        ]
        with no_grad():
            y = layer(zeros if isinstance(given, list) else zeros[0])
        found.append(y.shape)
    first, second = found
    return tuple(a if a == b else None for a, b in zip(first, second, strict=True))
