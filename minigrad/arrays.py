"""Arrays as tensors hold them: C-contiguous, of a float dtype, in the machine's byte order."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]

FLOATS = HALF, SINGLE, DOUBLE = tuple(np.dtype(f) for f in ("float16", "float32", "float64"))
DEFAULT_FLOAT = SINGLE


def canonical(data: Any, dtype: DTypeLike | None = None, copy: bool = False) -> Array:
    """`data` as a C-contiguous, aligned float array in the machine's byte order."""
    if (
        type(data) is np.ndarray
        and data.dtype is dtype in FLOATS
        and data.flags.carray
        and not copy
    ):
        return data
    data = getattr(data, "_data", data)  # a Tensor's own array
    if isinstance(data, list | tuple) and any(getattr(a, "requires_grad", False) for a in data[:9]):
        raise TypeError(
            "tensor: a list of Tensors that want gradients given; ops.stack makes one Tensor of "
            "them that gradients flow through"
        )
    try:
        given = np.asarray(data)
    except (ValueError, TypeError) as error:
        raise ValueError(f"tensor: cannot make an array of {brief(data)}: {error}") from None
    if given.dtype.kind not in "fiub" or given.dtype.itemsize > 8:
        raise TypeError(
            f"tensor: dtype {given.dtype} of {brief(data)} is not a real number type; give "
            "float16, float32, float64, integers or booleans"
        )
    if dtype is None:
        keeps = isinstance(data, np.ndarray | np.generic) and given.dtype.kind == "f"
        # the one object that NumPy has for this dtype: comparing it costs nothing
        wanted = np.dtype(given.dtype.type) if keeps else DEFAULT_FLOAT
    else:
        try:
            wanted = np.dtype(dtype)
        except TypeError:
            wanted = np.dtype(object)
        if wanted not in FLOATS:
            raise TypeError(f"tensor: dtype {dtype!r} asked for; give float16, float32 or float64")
    if given.dtype is not wanted and given.dtype == wanted:
        given = given.view(wanted)  # an equal dtype that NumPy would carry along
    with np.errstate(over="ignore"):  # what is too large for the dtype is infinite
        if copy:
            return np.array(given, wanted, order="C")
        return np.require(given, wanted, ["C", "A"])


def rounded(array: Array, dtype: np.dtype[Any]) -> Array:
    """`array` in another dtype; what is too large becomes infinite, without a warning."""
    if array.dtype == dtype:
        return array
    with np.errstate(over="ignore"):
        return array.astype(dtype)


def read_only(array: Array) -> Array:
    """A view that cannot be written to, nor unlocked: whoever owns the memory is locked too."""
    owner = array if array.base is None else array.base
    owner.flags.writeable = array.flags.writeable = False
    return array.view()


def brief(data: Any) -> str:
    """A value in an error message: short."""
    text = repr(data).replace("\n", " ")
    return text if len(text) <= 60 else f"{text[:57]}..."
