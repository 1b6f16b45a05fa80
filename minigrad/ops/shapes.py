"""Ops that move numbers and compute nothing: reshape, transpose, indexing, where.

On the way back each gradient goes where its number came from.
"""

from collections.abc import Iterable
from types import EllipsisType
from typing import Any

import numpy as np

from ..arrays import DEFAULT_FLOAT, Array, brief, canonical, rounded
from ..broadcasting import unbroadcast
from ..casting import cast
from ..tensor import Node, Tensor, adopt, elsewhere, record
from .axes import Axis, axes_of, only_axis_of

NUMBER = int | float | np.floating | np.integer | np.bool


def tensor(x: Any, op: str, dtype: Any = None) -> Tensor:
    """x, or a constant tensor of it, for an op that errors name; x must be on the CPU."""
    if type(x) is Tensor:
        return x
    if isinstance(x, Tensor):
        raise TypeError(
            f"{op}: not available on {x.device}, where a tensor of shape {x.shape} is; bring it "
            "back with .cpu() first"
        )
    try:
        return adopt(canonical(x, dtype, copy=True))
    except (TypeError, ValueError) as error:
        raise type(error)(f"{op}: {error}") from None


def anywhere(x: Any, op: str, dtype: Any = None) -> Tensor:
    """As `tensor`, for what is made of ops that say themselves where they can compute."""
    return x if isinstance(x, Tensor) else tensor(x, op, dtype)


def alike(inputs: Iterable[Any], op: str) -> list[Tensor]:
    """The inputs as tensors of one dtype; a plain number takes that of the others."""
    given = [x if isinstance(x, NUMBER) else tensor(x, op) for x in inputs]
    dtypes = [x.dtype for x in given if isinstance(x, Tensor)] or [DEFAULT_FLOAT]
    dtype = np.result_type(*dtypes)
    return [cast(x, dtype) if isinstance(x, Tensor) else tensor(x, op, dtype) for x in given]


class Reshape:
    """The same numbers in another shape."""

    name = "reshape"

    def __call__(self, x: Any, *shape: Any) -> Tensor:
        """Reshape: the same numbers, in order, with axes of other lengths; -1 is found out.

        >>> reshape([1.0, 2.0, 3.0, 4.0], (2, -1))
        Tensor([[1., 2.],
                [3., 4.]])
        """
        if elsewhere(x):
            return x.run(self, x, *shape)
        x = tensor(x, self.name)
        wanted = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape
        try:
            if min(wanted, default=0) < -1:  # which NumPy takes for -1
                raise ValueError
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


def flatten(x: Any) -> Tensor:
    """Flatten: the same numbers along a single axis.

    >>> flatten([[1.0, 2.0], [3.0, 4.0]])
    Tensor([1., 2., 3., 4.])
    """
    return reshape(x, (-1,))


def expand_dims(x: Any, axis: int) -> Tensor:
    """Expand: the same numbers with one more axis, of length 1, which becomes number `axis`.

    >>> expand_dims([1.0, 2.0], 1)
    Tensor([[1.],
            [2.]])
    """
    x = tensor(x, "expand_dims")
    k = only_axis_of("expand_dims", axis, (*x.shape, 1))
    return reshape(x, (*x.shape[:k], 1, *x.shape[k:]))


def squeeze(x: Any, axis: Axis = None) -> Tensor:
    """Squeeze: the same numbers without the given axes, or without all axes, of length 1.

    >>> squeeze([[1.0, 2.0]])
    Tensor([1., 2.])
    """
    x = tensor(x, "squeeze")
    ones = [k for k, n in enumerate(x.shape) if n == 1]
    axes = ones if axis is None else axes_of("squeeze", axis, x.shape)
    if not {*axes} <= {*ones}:
        raise ValueError(
            f"squeeze: axis={axis!r} asked of a tensor of shape {x.shape}; only axes of length 1 "
            "can be left out"
        )
    return reshape(x, [n for k, n in enumerate(x.shape) if k not in axes])


class Transpose:
    """The same numbers with the axes in another order."""

    name = "transpose"

    def __call__(self, x: Any, *axes: Any) -> Tensor:
        """Transpose: the axes in the given order, or all reversed.

        >>> transpose([[1.0, 2.0], [3.0, 4.0]])
        Tensor([[1., 3.],
                [2., 4.]])
        """
        if elsewhere(x):
            return x.run(self, x, *axes)
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
        if elsewhere(x):
            return x.run(self, x, where)
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
            np.add.at(gx, where, gy.astype(np.float64))  # NumPy is slow where dtypes differ
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


class Where:
    """One number or another."""

    name = "where"

    def __call__(self, condition: Any, a: Any, b: Any) -> Tensor:
        """Choice: a where the condition holds, b elsewhere; who is not chosen gets gradient 0.

        Parameters
        ----------
        condition : booleans, such as x > 0; no gradient flows to it.
        a, b : numbers; their shapes and that of the condition broadcast.

        >>> where([True, False], [1.0, 2.0], 0.0)
        Tensor([1., 0.])
        """
        a, b = alike((a, b), self.name)
        chosen = np.array(condition.data if isinstance(condition, Tensor) else condition, order="C")
        if chosen.dtype != bool:
            raise TypeError(
                f"where: a condition of dtype {chosen.dtype} given, {brief(condition)}; it must "
                "be booleans, such as x > 0"
            )
        try:
            y = np.asarray(np.where(chosen, a._data, b._data), order="C")
        except ValueError:
            raise ValueError(
                f"where: condition of shape {chosen.shape}, a of shape {a.shape} and b of shape "
                f"{b.shape} do not broadcast"
            ) from None
        return record(self, (a.node, b.node), (chosen, a.shape, b.shape), y)

    def vjp(self, node: Node, gy: Array) -> list[Array | None]:
        """gy where a was chosen, and gy where b was; exactly 0 elsewhere, whatever gy is."""
        chosen, *shapes = node.saved
        pulled: list[Array | None] = []
        for parent, shape, mine in zip(node.parents, shapes, (chosen, ~chosen), strict=True):
            gx = None
            if parent is not None:
                gx = np.asarray(np.where(mine, gy, np.zeros_like(gy, shape=())), order="C")
                gx = gx if gx.shape == shape else rounded(unbroadcast(gx, shape), gy.dtype)
            pulled.append(gx)
        return pulled


reshape, transpose, index, where = Reshape(), Transpose(), Index(), Where()
