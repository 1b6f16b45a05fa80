"""CUDA: the same formulas on a GPU, for what a Dense + PReLU model needs.

    array.py     numbers in the memory of a GPU
    tensor.py    tensors of them, and the way there and back
    ops.py       the ops that there are, forward and backward
    check.py     every activation on the GPU against the CPU

The kernels are in `kernels/cuda.py`.
"""

from .array import gpu

__all__ = ["is_available"]


def is_available() -> bool:
    """Whether kernels can run here, be it in the simulator."""
    try:
        gpu()
    except (ImportError, RuntimeError):
        return False
    return True
