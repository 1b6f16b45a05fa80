"""Ops that move numbers and compute nothing: reshape, transpose, indexing.

On the way back each gradient goes where its number came from.
"""

from types import EllipsisType
from typing import Any

import numpy as np

from ..arrays import Array, canonical
from ..plans import rounded
from ..tensor import Node, Tensor, adopt, record


def tensor(x: Any, op: str) -> Tensor:
    """x, or a constant tensor of it, for an op that errors name."""
    if isinstance(x, Tensor):
        return x
    try:
        return adopt(canonical(x, copy=True))
    except (TypeError, ValueError) as error:
        raise type(error)(f"{op}: {error}") from None


class Reshape:
    """The same numbers in another shape."""

    name = "reshape"

    def __call__(self, x: Any, *shape: Any) -> Tensor:
        """Reshape: the same numbers, in order, with axes of other lengths; -1 is found out.

        >>> reshape([1.0, 2.0, 3.0, 4.0], (2, -1))
        Tensor([[1., 2.],
                [3., 4.]])
        """
        x = tensor(x, self.name)
        wanted = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape
        try:
            y = x._data.reshape(wanted)
        except (ValueError, TypeError):
            raise ValueError(
                f"reshape: shape {tuple(wanted)} asked of a tensor of shape {x.shape} with "
                f"{x.size} elements"
            ) from None
        return record(self, (x.node,), x.shape, y)

    def vjp(self, node: Node, gy: Array) -> tuple[Array]:
        """gy in the shape of x."""
        return (gy.reshape(node.saved),)


class Transpose:
    """The same numbers with the axes in another order."""

    name = "transpose"

    def __call__(self, x: Any, *axes: Any) -> Tensor:
        """Transpose: the axes in the given order, or all reversed.

        >>> transpose([[1.0, 2.0], [3.0, 4.0]])
        Tensor([[1., 3.],
                [2., 4.]])
        """
        x = tensor(x, self.name)
        order = axes[0] if len(axes) == 1 and isinstance(axes[0], tuple | list) else axes
        try:
            y = x._data.transpose(order or None)
        except (ValueError, TypeError):
            raise ValueError(
                f"transpose: axes {tuple(order)} asked of a tensor of shape {x.shape}; name each "
                "of its axes once"
            ) from None
        return record(self, (x.node,), tuple(order) or None, np.asarray(y, order="C"))

    def vjp(self, node: Node, gy: Array) -> tuple[Array]:
        """gy with the axes put back."""
        order = None if node.saved is None else np.argsort(np.mod(node.saved, gy.ndim))
        return (np.asarray(gy.transpose(order), order="C"),)


class Index:
    """Some of the numbers."""

    name = "index"

    def __call__(self, x: Any, where: Any) -> Tensor:
        """Indexing: x[where], as NumPy has it; an element taken twice gets both gradients.

        >>> index([1.0, 2.0, 3.0], [0, 0, 2])
        Tensor([1., 1., 3.])
        """
        x = tensor(x, self.name)
        where = tuple(map(plain, where)) if isinstance(where, tuple) else plain(where)
        try:
            y = np.array(x._data[where], order="C")
        except (IndexError, TypeError, ValueError) as error:
            raise IndexError(f"index: on a tensor of shape {x.shape}: {error}") from None
        return record(self, (x.node,), (where, x.shape), y)

    def vjp(self, node: Node, gy: Array) -> tuple[Array]:
        """Zeros in the shape of x, with gy added where it came from."""
        where, shape = node.saved
        gx = np.zeros(shape, np.float64)
        if is_view(where):
            gx[where] = gy
        else:
            np.add.at(gx, where, gy)
        return (rounded(gx, gy.dtype),)


VIEWING = int | np.integer | slice | EllipsisType | None


def plain(where: Any) -> Any:
    """An index that NumPy understands, and that nobody else can change later."""
    if isinstance(where, Tensor):
        raise IndexError(f"index: a Tensor of {where.dtype} is no index; use integers or booleans")
    if isinstance(where, VIEWING):
        return where
    picked = np.array(where)
    empty = not picked.size and not isinstance(where, np.ndarray)
    return picked.astype(np.intp) if empty else picked


def is_view(where: Any) -> bool:
    """Whether an index picks each element at most once: slices and whole numbers only."""
    parts = where if isinstance(where, tuple) else (where,)
    return all(isinstance(part, VIEWING) and not isinstance(part, bool) for part in parts)


reshape, transpose, index = Reshape(), Transpose(), Index()
