"""Merging layers: several inputs, one output.

They are called with a list: Add()([a, b]).  Shapes broadcast as in Keras: the batch must be the
same, axes are compared from the last one, and where an input has fewer of them, axes of length 1
are put in after its batch.
"""

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from .. import ops
from ..arrays import brief
from ..elementwise import Elementwise
from ..ops.axes import only_axis_of
from ..tensor import Tensor
from .layer import Layer, Shape
from .normalization import unit


class Merge(Layer):
    """Subclass it: `merged` computes the output from a list of tensors."""

    def call(self, inputs: Any) -> Tensor:
        """One tensor of several, once it is certain that they fit."""
        self.compute_output_shape([x.shape for x in several(self, inputs)])
        return self.merged(inputs)

    def merged(self, inputs: list[Tensor]) -> Tensor:
        """The output, from inputs that fit."""
        raise TypeError(f"{self.name}: a merging layer must define merged(self, inputs)")

    def _given(self, x: Any) -> Any:
        given = super()._given  # a list is always one of inputs here, whatever it holds
        return [given(item) for item in several(self, x)]


class Fold(Merge):
    """What Add, Multiply, ... share: one op of two tensors, from the first input to the last."""

    op: Elementwise

    def merged(self, inputs: list[Tensor]) -> Tensor:
        """f(f(a, b), c) and so on."""
        most = max(x.ndim for x in inputs)
        return reduce(self.op, [with_axes(x, most) for x in inputs])

    def compute_output_shape(self, shape: Any) -> Shape:
        """The common shape."""
        return common_shape(self, several(self, shape))


class Add(Fold):
    """Add: a + b + ...

    >>> Add()([[[1.0, 2.0]], [[10.0, 20.0]]])
    Tensor([[11., 22.]])
    """

    op = ops.add


class Subtract(Fold):
    """Subtract: a - b, of exactly two inputs.

    >>> Subtract()([[[1.0, 2.0]], [[10.0, 20.0]]])
    Tensor([[ -9., -18.]])
    """

    op = ops.sub

    def compute_output_shape(self, shape: Any) -> Shape:
        """The common shape of the two."""
        return common_shape(self, exactly_two(self, shape))


class Multiply(Fold):
    """Multiply: a b ...

    >>> Multiply()([[[1.0, 2.0]], [[10.0, 20.0]]])
    Tensor([[10., 40.]])
    """

    op = ops.mul


class Average(Fold):
    """Average: (a + b + ...) / n, for n inputs.

    >>> Average()([[[1.0, 2.0]], [[10.0, 20.0]]])
    Tensor([[ 5.5, 11. ]])
    """

    op = ops.add

    def merged(self, inputs: list[Tensor]) -> Tensor:
        """The sum, divided by the number of inputs."""
        return ops.div(super().merged(inputs), float(len(inputs)))


class Maximum(Fold):
    """Maximum: the largest of a, b, ... at each place; equal ones share the gradient.

    >>> Maximum()([[[1.0, 20.0]], [[10.0, 2.0]]])
    Tensor([[10., 20.]])
    """

    op = ops.maximum


class Minimum(Fold):
    """Minimum: the smallest of a, b, ... at each place; equal ones share the gradient.

    >>> Minimum()([[[1.0, 20.0]], [[10.0, 2.0]]])
    Tensor([[1., 2.]])
    """

    op = ops.minimum


class Concatenate(Merge):
    """Concatenate: one input after the other, along an axis.

    Parameters
    ----------
    axis : along which the inputs may differ in length; 0 is the batch.

    >>> Concatenate()([[[1.0, 2.0]], [[3.0]]])
    Tensor([[1., 2., 3.]])
    """

    def __init__(self, axis: int = -1, **shared: Any) -> None:
        super().__init__(**shared)
        self.axis = axis

    def merged(self, inputs: list[Tensor]) -> Tensor:
        """One after the other."""
        return ops.concatenate(inputs, self.axis)

    def compute_output_shape(self, shape: Any) -> Shape:
        """The first shape, with the lengths along the axis added up."""
        shapes = several(self, shape)
        k = only_axis_of(self.name, self.axis, shapes[0])
        rests = [(*s[:k], *s[k + 1 :]) for s in shapes]
        if len({len(s) for s in shapes}) > 1 or not all(alike(r, rests[0]) for r in rests):
            raise ValueError(
                f"{self.name}: inputs of shapes {words(shapes)} given; they may differ only along "
                f"axis={self.axis}"
            )
        along = [s[k] for s in shapes]
        total = None if None in along else sum(n for n in along if n is not None)
        return (*shapes[0][:k], total, *shapes[0][k + 1 :])


class Dot(Merge):
    """Dot: the products of a and b, added up along one axis of each, example by example.

    Parameters
    ----------
    axes : the axis of both, or one of a and one of b; 0 is the batch and cannot be meant.
    normalize : whether to bring both to length 1 along their axis first: then it is a cosine.

    Output (batch, other axes of a, other axes of b), or (batch, 1) if there are none.

    >>> Dot(axes=1)([[[1.0, 2.0]], [[10.0, 20.0]]])
    Tensor([[50.]])
    """

    def __init__(self, axes: Any, normalize: bool = False, **shared: Any) -> None:
        super().__init__(**shared)
        pair = list(axes) if isinstance(axes, list | tuple) else [axes, axes]
        if len(pair) != 2 or not all(
            isinstance(k, int | np.integer) and not isinstance(k, bool) and k != 0 for k in pair
        ):
            raise ValueError(
                f"{self.name}: axes={brief(axes)} given; it must be a whole number or two, the "
                "axes that are added up; axis 0 is the batch"
            )
        self.axes = axes
        self.normalize = normalize

    def merged(self, inputs: list[Tensor]) -> Tensor:
        """One matrix product for each example."""
        a, b = inputs
        i, j = self.summed_axes([a.shape, b.shape])
        if self.normalize:
            a, b = unit(a, (i,)), unit(b, (j,))
        rows = [k for k in range(1, a.ndim) if k != i]
        columns = [k for k in range(1, b.ndim) if k != j]
        height, width = (math.prod(x.shape[k] for k in r) for x, r in ((a, rows), (b, columns)))
        left = ops.reshape(ops.transpose(a, (0, *rows, i)), (len(a), height, a.shape[i]))
        right = ops.reshape(ops.transpose(b, (0, j, *columns)), (len(b), b.shape[j], width))
        return ops.reshape(ops.matmul(left, right), self.compute_output_shape([a.shape, b.shape]))

    def compute_output_shape(self, shape: Any) -> Shape:
        """The axes that are not added up, those of a first."""
        a, b = exactly_two(self, shape)
        i, j = self.summed_axes([a, b])
        if not alike((a[0], a[i]), (b[0], b[j])):
            raise ValueError(
                f"{self.name}: inputs of shapes {words([a, b])} given; equally long must be the "
                f"batches, and axis {i} of the first and axis {j} of the second"
            )
        rest = (*a[1:i], *a[i + 1 :], *b[1:j], *b[j + 1 :])
        return (a[0], *(rest or (1,)))

    def summed_axes(self, shapes: list[Shape]) -> list[int]:
        """The axis of each input, counted from 0."""
        pair = self.axes if isinstance(self.axes, list | tuple) else (self.axes, self.axes)
        found = [only_axis_of(self.name, k, s) for k, s in zip(pair, shapes, strict=True)]  # type: ignore[arg-type]
        if 0 in found:
            raise ValueError(
                f"{self.name}: axes={self.axes} asked of shapes {words(shapes)}; axis 0 is the "
                "batch and cannot be added up"
            )
        return found


def function_of(kind: type[Merge]) -> Callable[..., Any]:
    """A merging layer as a function: add([a, b]) is Add()([a, b])."""

    def merge(inputs: Any, *arguments: Any, **shared: Any) -> Any:
        return kind(*arguments, **shared)(inputs)

    name = merge.__name__ = kind.__name__.lower()
    merge.__doc__ = f"{kind.__name__}: {name}([a, b]) is {kind.__name__}()([a, b])."
    return merge


FUNCTIONS = {
    kind.__name__.lower(): function_of(kind)
    for kind in (Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract)
}


def several(layer: Layer, inputs: Any) -> Any:
    """The inputs, or their shapes, if they are a list."""
    if not isinstance(inputs, list | tuple) or not inputs or isinstance(inputs[0], int | None):
        given = getattr(inputs, "shape", inputs)
        raise ValueError(
            f"{layer.name}: {brief(given)} given; it takes a list of inputs, as "
            f"{type(layer).__name__}()([a, b])"
        )
    return inputs


def exactly_two(layer: Layer, inputs: Any) -> Any:
    """The inputs, or their shapes, if they are two."""
    if len(several(layer, inputs)) != 2:
        raise ValueError(f"{layer.name}: {len(inputs)} inputs given; it takes exactly two")
    return inputs


def with_axes(x: Tensor, ndim: int) -> Tensor:
    """x with axes of length 1 after its batch, until there are `ndim`."""
    missing = ndim - x.ndim
    if not missing:
        return x
    return ops.reshape(x, (*x.shape[:1], *[1] * missing, *x.shape[1:]))


def common_shape(layer: Layer, shapes: list[Shape]) -> Shape:
    """What shapes broadcast to, their batches being the same; None where it is not known."""
    most = max(map(len, shapes))
    padded = [(*s[:1], *[1] * (most - len(s)), *s[1:]) for s in shapes]
    common: list[int | None] = []
    fits = all(shapes)
    for axis, lengths in enumerate(zip(*padded, strict=fits)):
        known = set(lengths) - ({None, 1} if axis else {None})
        fits = fits and len(known) <= 1
        # an unknown length must become 1, or what the known ones are
        common.append(known.pop() if known else None if None in lengths else 1)
    if not fits:
        raise ValueError(
            f"{layer.name}: inputs of shapes {words(shapes)} do not fit; the batch must be the "
            "same, and the other lengths, compared from the last axis, equal or 1"
        )
    return tuple(common)


def alike(a: Shape, b: Shape) -> bool:
    """Whether shapes are equal as far as they are known."""
    return all(m is None or n is None or m == n for m, n in zip(a, b, strict=True))


def words(shapes: list[Shape]) -> str:
    """Shapes in an error message."""
    return " and ".join(map(str, dict.fromkeys(shapes)))
