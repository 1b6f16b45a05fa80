"""Joining: several tensors become one, and the gradient is cut into pieces again."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import Array, brief
from ..tensor import Node, Tensor, record
from .axes import only_axis_of
from .shapes import alike, expand_dims


class Concatenate:
    """Tensors one after the other."""

    name = "concatenate"

    def __call__(self, tensors: Sequence[Any], axis: int = -1) -> Tensor:
        """Concatenate: tensors one after the other along an axis that they have.

        >>> concatenate([[[1.0], [2.0]], [[3.0], [4.0]]])
        Tensor([[1., 3.],
                [2., 4.]])
        """
        parts = listed(tensors, self.name)
        k = only_axis_of(self.name, axis, parts[0].shape)
        if len({(x.ndim, x.shape[:k], x.shape[k + 1 :]) for x in parts}) > 1:
            raise ValueError(
                f"concatenate: shapes {shapes(parts)} do not fit; they may differ only along "
                f"axis={axis}"
            )
        y = np.asarray(np.concatenate([x._data for x in parts], k), order="C")
        saved = (k, [x.shape[k] for x in parts])
        return record(self, tuple([x.node for x in parts]), saved, y)

    def vjp(self, node: Node, gy: Array) -> list[Array | None]:
        """Each piece of gy, for the tensor that was there."""
        axis, lengths = node.saved
        pieces = np.split(gy, np.cumsum(lengths)[:-1], axis)
        pairs = zip(node.parents, pieces, strict=True)
        return [None if parent is None else np.array(g, order="C") for parent, g in pairs]


def stack(tensors: Sequence[Any], axis: int = 0) -> Tensor:
    """Stack: tensors of one shape along a new axis, which becomes number `axis`.

    >>> stack([[1.0, 2.0], [3.0, 4.0]], axis=1)
    Tensor([[1., 3.],
            [2., 4.]])
    """
    parts = listed(tensors, "stack")
    k = only_axis_of("stack", axis, (*parts[0].shape, 1))
    if len({x.shape for x in parts}) > 1:
        raise ValueError(f"stack: shapes {shapes(parts)} given; they must all be the same")
    return concatenate([expand_dims(x, k) for x in parts], k)


def listed(tensors: Any, op: str) -> list[Tensor]:
    """A list of tensors of one dtype; it must have one at least."""
    if not isinstance(tensors, list | tuple):
        raise TypeError(f"{op}: {brief(tensors)} given; it takes a list of tensors")
    if not tensors:
        raise ValueError(f"{op}: an empty list given; it needs one tensor at least")
    return alike(tensors, op)


def shapes(parts: Sequence[Tensor]) -> str:
    """Their shapes in words, but not hundreds of them."""
    different = list(dict.fromkeys(str(x.shape) for x in parts))
    return " and ".join(different[:4]) + (" and others" if len(different) > 4 else "")


concatenate = Concatenate()
