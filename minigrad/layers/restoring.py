"""Restoring: while a model is made again from a file, its weights may not outgrow the file.

A config of a few letters can ask for a weight of a million million numbers.  So each weight asks
for room before it is made, and shapes are read from the file, not found by running layers.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
from numpy.typing import DTypeLike


class Room:
    """How many weights there may still be, and how many bytes of them."""

    def __init__(self, weights: int, size: int) -> None:
        self.weights, self.size = weights, size

    def take(self, owner: str, shape: Sequence[int], dtype: DTypeLike) -> None:
        """Take the room for a weight, or raise ValueError."""
        self.weights -= 1
        self.size -= math.prod(shape) * np.dtype(dtype).itemsize
        if self.weights < 0 or self.size < 0:
            raise ValueError(
                f"{owner}: a weight of shape {shape} is asked for, and not in the file"
            )


_room: ContextVar[Room | None] = ContextVar("room", default=None)
room = _room.get


@contextmanager
def restoring(weights: int, size: int) -> Iterator[None]:
    """Inside, at most so many weights can be made, of so many bytes in all.

    >>> with restoring(1, 16):
    ...     room().take("dense", (2, 4), "float32")
    Traceback (most recent call last):
    ValueError: dense: a weight of shape (2, 4) is asked for, and not in the file
    """
    token = _room.set(Room(weights, size))
    try:
        yield
    finally:
        _room.reset(token)
