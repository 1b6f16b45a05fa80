"""Arrays in the memory of a GPU: a shape, a dtype, and what only kernels can read.

Nothing comes back to the CPU unless somebody asks for it: NumPy's functions refuse these arrays.
"""

import math
import os
import warnings
from functools import cache
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any, Self

import numpy as np

from ..arrays import DOUBLE, SINGLE, Array
from ..kernels import loops

Shape = tuple[int, ...]


class DeviceType:
    """The dtype of an array on the GPU: what is kept for each dtype, such as kernels, differs.

    number   NumPy's dtype
    """

    def __init__(self, number: np.dtype[Any]) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def kernel(self, factory: Any, formula: Any) -> Any:
        """A loop around a formula, as `Kernel` makes it for the CPU."""
        return kernel(factory, formula, self.number)

    def __repr__(self) -> str:
        return f"{self.number} on cuda"


TYPES = {np.dtype(t): DeviceType(np.dtype(t)) for t in (SINGLE, DOUBLE, np.int64)}


class DeviceArray:
    """Numbers on the GPU, C-contiguous.

    memory   what Numba has for them, flat
    base     the array that this one is a view of, or None
    """

    __slots__ = ("base", "dtype", "memory", "shape", "size")
    flags = SimpleNamespace(writeable=True)  # nobody else ever gets hold of the memory

    def __init__(
        self, memory: Any, shape: Shape, number: np.dtype[Any], base: "DeviceArray | None" = None
    ) -> None:
        self.memory, self.shape, self.base = memory, shape, base
        self.dtype = TYPES[number]
        self.size = math.prod(shape)

    @classmethod
    def empty(cls, shape: Shape, number: np.dtype[Any]) -> Self:
        """Memory that nothing has been written to."""
        return cls(gpu().empty((checked(shape),), number), shape, number)

    @classmethod
    def of(cls, array: Array) -> Self:
        """A copy of a NumPy array."""
        if array.dtype not in TYPES:
            raise TypeError(f"cuda: dtype {array.dtype} given; use float32 or float64")
        checked(array.shape)
        return cls(gpu().to_device(array.reshape(-1)), array.shape, array.dtype)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        return self.size * self.dtype.number.itemsize

    def host(self) -> Array:
        """A copy as a NumPy array, in the memory of the CPU."""
        found: Array = self.memory.copy_to_host().reshape(self.shape)
        return found

    def copy(self) -> "DeviceArray":
        """A copy on the GPU."""
        made = DeviceArray.empty(self.shape, self.dtype.number)
        made.memory.copy_to_device(self.memory.reshape(self.size))
        return made

    def reshape(self, *shape: Any) -> "DeviceArray":
        """A view in another shape; -1 is found out."""
        wanted = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape
        # NumPy knows what fits, and needs no memory to say so
        found = np.broadcast_to(np.zeros((), np.bool), self.shape).reshape(tuple(wanted)).shape
        flat = self.memory if self.memory.ndim == 1 else self.memory.reshape(self.size)
        base = self if self.base is None else self.base
        return DeviceArray(flat, found, self.dtype.number, base)

    def ravel(self) -> "DeviceArray":
        """A view with one axis."""
        return self.reshape(-1)

    def grid(self, rows: int) -> "DeviceArray":
        """A view whose memory has two axes as well, for loops over rows."""
        shape = rows, self.size // rows
        return DeviceArray(self.memory.reshape(shape), shape, self.dtype.number, self)

    def __add__(self, other: "DeviceArray") -> "DeviceArray":
        made = DeviceArray.empty(self.shape, self.dtype.number)
        self.dtype.kernel(loops.forward, total).run((self, other), (), made)
        return made

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        if function is np.empty_like:
            return DeviceArray.empty(self.shape, self.dtype.number)
        if function is np.full_like:
            return DeviceArray.of(np.full(self.shape, arguments[1], self.dtype.number))
        return self._refuse(f"NumPy's {function.__name__}")

    def __array_ufunc__(self, ufunc: Any, *arguments: Any, **options: Any) -> Any:
        return self._refuse(f"NumPy's {ufunc.__name__}")

    def __array__(self, *arguments: Any, **options: Any) -> Any:
        return self._refuse("an array of NumPy")

    def __reduce__(self) -> Any:
        # how copy.deepcopy and pickle make it again: Numba's own arrays they cannot
        return type(self).of, (self.host(),)

    def __getitem__(self, where: Any) -> Any:
        return self._refuse("a part")

    def __setitem__(self, where: Any, values: Any) -> None:
        self._refuse("an assignment to a part")

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(self._text(repr(name)))

    def _refuse(self, what: str) -> Any:
        raise TypeError(self._text(what))

    def _text(self, what: str) -> str:
        return f"cuda: {what} asked of an array on the GPU; bring the tensor back with .cpu() first"

    def __repr__(self) -> str:
        return f"<array of shape {self.shape}, {self.dtype}>"


def total(a, b):  # type: ignore[no-untyped-def]
    """a + b."""
    return a + b


def checked(shape: Shape) -> int:
    """How many numbers an array has; CUDA has no memory without any."""
    if not math.prod(shape):
        raise ValueError(f"cuda: an array of shape {shape} has no numbers; keep it on the cpu")
    return math.prod(shape)


@cache
def gpu() -> Any:
    """The module of kernels for the GPU; an error that says what to install where it cannot run."""
    simulated = simulator_is_on()
    if not simulated and find_spec("numba_cuda") is None:
        raise ImportError(
            "cuda: the package numba-cuda is missing; install it with pip install -e '.[cuda]'"
        )
    from ..kernels import cuda

    if reason := cuda.missing():
        raise RuntimeError(reason)
    inside()  # what is asked for wrongly is said here, once
    if simulated:
        warnings.warn(
            "cuda: NUMBA_ENABLE_CUDASIM is set, so kernels run in Numba's simulator, as plain "
            "Python and not on a GPU; unset it before Python starts to use one",
            RuntimeWarning,
            stacklevel=2,
        )
    return cuda


def simulator_is_on() -> bool:
    """Whether kernels run in Numba's simulator."""
    return os.environ.get("NUMBA_ENABLE_CUDASIM", "0") not in ("", "0")


@cache
def kernel(factory: Any, formula: Any, number: np.dtype[Any] = DOUBLE) -> Any:
    """The kernel of a loop around a formula, made once.

    Where the formula computes numbers of float32, it may do so in float32, if that is asked for.
    """
    return gpu().Launched(factory, formula, number == SINGLE and inside() == "float32")


def inside() -> str:
    """What formulas compute in: float64, or float32 if MINIGRAD_CUDA_INSIDE says so."""
    asked = os.environ.get("MINIGRAD_CUDA_INSIDE", "float64")
    if asked not in ("float32", "float64"):
        raise ValueError(f"cuda: MINIGRAD_CUDA_INSIDE={asked!r} given; use float64 or float32")
    return asked
