"""Shaping layers: the same numbers in another shape.  The batch stays the first axis."""

import math
from typing import Any

import numpy as np

from ..arrays import brief
from ..ops import mul, reshape, transpose
from ..tensor import Tensor, adopt
from .given import whole
from .layer import Layer, Shape
from .modes import steady


class Flatten(Layer):
    """Flatten: each example becomes a single row of numbers.

    Input (batch, ...), output (batch, features).

    >>> Flatten()([[[1.0, 2.0], [3.0, 4.0]]])
    Tensor([[1., 2., 3., 4.]])
    """

    @steady
    def call(self, x: Tensor) -> Tensor:
        """The numbers of each example in a row."""
        return reshape(x, self.compute_output_shape(x.shape))

    def compute_output_shape(self, shape: Shape) -> Shape:
        """(batch, features)."""
        return (one_example_at_least(self, shape)[0], length_of(shape[1:]))


class Reshape(Layer):
    """Reshape: each example in another shape.

    Parameters
    ----------
    target_shape : the lengths of an example's axes, without the batch; -1 in one place is found
        out from the others.

    >>> Reshape((2, -1))([[1.0, 2.0, 3.0, 4.0]])
    Tensor([[[1., 2.],
             [3., 4.]]])
    """

    def __init__(self, target_shape: Any, **shared: Any) -> None:
        super().__init__(**shared)
        given = target_shape if isinstance(target_shape, list | tuple) else [target_shape]
        self.target_shape = tuple(whole(self.name, "target_shape", n, low=-1) for n in given)
        if self.target_shape.count(-1) > 1:
            raise ValueError(
                f"{self.name}: target_shape={brief(target_shape)} given; only one length can be -1"
            )

    @steady
    def call(self, x: Tensor) -> Tensor:
        """The same numbers in the target shape."""
        return reshape(x, self.compute_output_shape(x.shape))

    def compute_output_shape(self, shape: Shape) -> Shape:
        """(batch, *target_shape), with the length that -1 stands for."""
        batch = one_example_at_least(self, shape)[0]
        features, known = length_of(shape[1:]), math.prod(n for n in self.target_shape if n != -1)
        if features is None:
            return (batch, *(None if n == -1 else n for n in self.target_shape))
        free = features // known if -1 in self.target_shape and known else 1
        if known * free != features:
            raise ValueError(
                f"{self.name}: input of shape {shape} given, whose examples have {features} "
                f"numbers; they do not fill target_shape={self.target_shape}"
            )
        return (batch, *(free if n == -1 else n for n in self.target_shape))


class Permute(Layer):
    """Permute: the axes of each example in another order.

    Parameters
    ----------
    dims : for each axis of the output which axis of the input it is; 1 is the first after the
        batch.

    >>> Permute((2, 1))([[[1.0, 2.0], [3.0, 4.0]]])
    Tensor([[[1., 3.],
             [2., 4.]]])
    """

    def __init__(self, dims: Any, **shared: Any) -> None:
        super().__init__(**shared)
        given = dims if isinstance(dims, list | tuple) else [dims]
        self.dims = tuple(whole(self.name, "dims", k) for k in given)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                f"{self.name}: dims={brief(dims)} given; name each axis from 1 to "
                f"{max(1, len(self.dims))} once, axis 0 is the batch"
            )

    def call(self, x: Tensor) -> Tensor:
        """The axes in the order of `dims`."""
        self.compute_output_shape(x.shape)
        return transpose(x, (0, *self.dims))

    def compute_output_shape(self, shape: Shape) -> Shape:
        """The lengths in the order of `dims`."""
        if len(shape) != len(self.dims) + 1:
            raise ValueError(
                f"{self.name}: input of shape {shape} given for dims={self.dims}; it must have "
                f"{len(self.dims) + 1} axes, the batch included"
            )
        return (shape[0], *(shape[k] for k in self.dims))


class RepeatVector(Layer):
    """Repeat: each example n times, one after the other.

    Input (batch, features), output (batch, n, features).

    >>> RepeatVector(2)([[1.0, 2.0]])
    Tensor([[[1., 2.],
             [1., 2.]]])
    """

    def __init__(self, n: int, **shared: Any) -> None:
        super().__init__(**shared)
        self.n = whole(self.name, "n", n)

    def call(self, x: Tensor) -> Tensor:
        """Each example n times."""
        self.compute_output_shape(x.shape)
        ones = adopt(np.ones((1, self.n, 1), x.dtype))
        return mul(reshape(x, (x.shape[0], 1, x.shape[1])), ones)

    def compute_output_shape(self, shape: Shape) -> Shape:
        """(batch, n, features)."""
        if len(shape) != 2:
            raise ValueError(
                f"{self.name}: input of shape {shape} given; it must be (batch, features)"
            )
        return (shape[0], self.n, shape[1])


def one_example_at_least(layer: Layer, shape: Shape) -> Shape:
    """The shape, if it has an axis for the batch."""
    if not shape:
        raise ValueError(f"{layer.name}: input of shape () given; it needs an axis for the batch")
    return shape


def length_of(lengths: Shape) -> int | None:
    """The number of elements, None where it is not known."""
    known = [n for n in lengths if n is not None]
    return math.prod(known) if len(known) == len(lengths) else None
