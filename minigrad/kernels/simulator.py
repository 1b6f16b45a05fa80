"""Numba's CUDA simulator, where threads are Python's: two things that it leaves to chance."""

import sys
from typing import Any

import numpy as np


def mend() -> None:
    """Let threads take turns soon, and agree on their shared memory."""
    from numba.cuda.simulator.kernelapi import FakeCUDAShared

    sys.setswitchinterval(1e-4)  # they wait for each other, and Python's turns take 5 ms
    FakeCUDAShared.array = shared_array


def shared_array(self: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """The array of a block's threads that belongs to the line which asks for it.

    Numba's own looks whether there is one, and then makes one: two threads that look at the same
    time get one each, and now and then a matrix product is wrong.
    """
    asks = sys._getframe(1)
    return self._allocations.setdefault((asks.f_code, asks.f_lineno), np.empty(shape, dtype))
