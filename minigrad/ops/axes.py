"""Axes: the ones that an op works along, moved to the end.

A kernel of the softmax family sees rows x features.  The features are the axes that the op works
along, joined to one; the rows are all the others.
"""

import math

import numpy as np

from ..arrays import Array, brief

Axis = int | list[int] | tuple[int, ...] | None


def axes_of(op: str, axis: Axis, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes that a user means, ascending and counted from 0; None means all.

    >>> axes_of("softmax", (-1, 0), (2, 3, 4))
    (0, 2)
    """
    ndim = len(shape)
    if type(axis) is int and -ndim <= axis < ndim:  # the most frequent case, written out
        return (axis % ndim,)
    given = range(ndim) if axis is None else axis if isinstance(axis, list | tuple) else [axis]
    # True is an int in Python, but nobody means axis 1 by it
    known = [isinstance(k, int | np.integer) and not isinstance(k, bool) for k in given]
    axes = {int(k) % ndim for k in given if -ndim <= k < ndim} if all(known) else set()
    if not axes or len(axes) != len(given):
        wanted = f"give whole numbers from {-ndim} to {ndim - 1}, each axis once"
        raise np.exceptions.AxisError(
            f"{op}: axis={brief(axis)} asked of a tensor of shape {shape}; "
            f"{wanted if ndim else 'a single number has no axes'}"
        )
    return tuple(sorted(axes))


def only_axis_of(op: str, axis: int, shape: tuple[int, ...]) -> int:
    """As `axes_of`, for ops that work along exactly one axis."""
    if type(axis) is not int and (axis is None or isinstance(axis, list | tuple)):
        raise np.exceptions.AxisError(
            f"{op}: axis={brief(axis)} asked of a tensor of shape {shape}; give one whole number"
        )
    return axes_of(op, axis, shape)[0]


def as_rows(array: Array, axes: tuple[int, ...]) -> Array:
    """The array as rows x features, where `axes` are the features."""
    if array.ndim == 2 and axes == (1,):
        return array
    first = array.ndim - len(axes)
    moved = array if axes[0] == first else array.transpose(order_of(axes, array.ndim))
    rows, features = math.prod(moved.shape[:first]), math.prod(moved.shape[first:])
    return np.asarray(moved, order="C").reshape(rows, features)


def from_rows(rows: Array, shape: tuple[int, ...], axes: tuple[int, ...]) -> Array:
    """Rows x features back in the shape that `as_rows` was given."""
    if axes[0] == len(shape) - len(axes):
        return rows if rows.shape == shape else rows.reshape(shape)
    order = order_of(axes, len(shape))
    moved = rows.reshape([shape[k] for k in order])
    return np.asarray(moved.transpose([order.index(k) for k in range(len(order))]), order="C")


def order_of(axes: tuple[int, ...], ndim: int) -> list[int]:
    """All axes, those that an op works along last.

    >>> order_of((0, 2), 4)
    [1, 3, 0, 2]
    """
    return [*(k for k in range(ndim) if k not in axes), *axes]
