"""Memory for large arrays, used again: new memory from the system costs more than most kernels.

The system hands out memory page by page, when each is first written to, and clears it: for ten
million numbers that takes twice as long as relu.  So a large array is a view of a block that is
kept here, and as soon as nobody but this file refers to the block, the next array of that size gets
it.  Nothing has to be given back, and an array that somebody holds, in whatever library, is safe.
"""

import math
from collections import deque
from sys import getrefcount
from typing import Any

import numpy as np

from .arrays import Array

# From this many bytes on the C library asks the system each time; below, it keeps memory itself.
LARGE = 1 << 17
# Fewer elements than this are never that many bytes: there np.empty itself is quicker.
FEW = LARGE // 8
# What is kept: at most so many blocks, and together so many bytes.
MOST, LIMIT = 64, 256 << 20

# Taking a block out and putting it back are one step each, also for threads and after a fork.
blocks: deque[Array] = deque()


def references() -> int:
    """How often the first block is referred to; it is the last one afterwards."""
    block = blocks.popleft()
    count = getrefcount(block)
    blocks.append(block)
    return count


blocks.append(np.empty(0, np.uint8))
ALONE = references()
blocks.clear()


def empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """An array of undefined numbers, as np.empty makes it."""
    size = math.prod(shape) * dtype.itemsize
    if size < LARGE:
        return np.empty(shape, dtype)
    for _ in range(len(blocks)):
        try:
            block = blocks.popleft()
        except IndexError:  # other threads have them in their hands
            break
        array = None
        if block.size == size and getrefcount(block) == ALONE:
            block.flags.writeable = True  # `Tensor.data` locks what it shows
            array = np.ndarray(shape, dtype, block)
        blocks.append(block)
        if array is not None:
            return array
    return new(shape, dtype, size)


def new(shape: tuple[int, ...], dtype: np.dtype[Any], size: int) -> Array:
    """An array in a new block, which is kept if there is room, or once others have gone."""
    kept = sum(block.size for block in tuple(blocks))
    for _ in range(len(blocks)):
        if kept + size <= LIMIT and len(blocks) < MOST or size > LIMIT:
            break
        try:
            block = blocks.popleft()
        except IndexError:
            break
        if getrefcount(block) == ALONE:
            kept -= block.size
        else:
            blocks.append(block)
    if kept + size > LIMIT or len(blocks) >= MOST:
        return np.empty(shape, dtype)
    block = np.empty(size, np.uint8)
    blocks.append(block)
    return np.ndarray(shape, dtype, block)


def own(gx: Array, gy: Array) -> Array:
    """gx, or a copy if it is gy, shares its memory, or keeps a larger array alive."""
    base = gx.base
    if gx is gy or (base is not None and (base is gy or base is gy.base)):
        return gx.copy()
    return gx if base is None or base.nbytes == gx.nbytes else gx.copy()
