"""The loops on a GPU: thousands of threads go over one array together.

A loop of `loops.py` or `rows.py` becomes a kernel when two of its words get another meaning:

    prange(n)   range(my number, n, number of threads): a grid stride, so any grid fits any array
    at(x, i)    element i of x, or of x over and over: one row for all, or one number for all

So the formulas are the same, and so are the bits.  Sums are split into the same blocks as on the
CPU, one thread for each, and added up in order by a second kernel: no atomics, whose order would
change from run to run.  Only the matrix product is written for the GPU, with shared memory.

With NUMBA_ENABLE_CUDASIM=1 kernels run in Numba's simulator, as plain Python: slow, but everywhere.
This is the only file that imports numba.cuda.
"""

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache as remembered
from importlib.util import find_spec
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np
from numba import cuda
from numba.core import config

from . import cache, simulator
from .loops import BLOCK, any_nan
from .mathematics import NAN, scaled
from .single import FUNCTIONS, overload_functions, power, single

SIMULATED = bool(config.ENABLE_CUDASIM)
# Of a block, a warp has 32; of the grid, enough to fill a large GPU.  Python threads are dear.
THREADS, BLOCKS = (4, 2) if SIMULATED else (128, 1024)
# A tile of a matrix product is computed by TILE x TILE threads.
TILE = 4 if SIMULATED else 16
if SIMULATED:
    simulator.mend()
# A sum over everything is first made over so many columns.
LANES = 64


def strided(n):
    """What prange is on a GPU."""
    return range(cuda.grid(1), n, cuda.gridsize(1))


def wrapped(inputs, i):
    """What `at` is on a GPU: a shorter input begins again where it ends."""
    return tuple(
        np.float64(a if isinstance(a, float) else a[i if i < a.size else i % a.size])
        for a in inputs
    )


def wrapped_single(inputs, i):
    """As `wrapped`, for float32 inside."""
    return tuple(
        np.float32(a if isinstance(a, float | np.float32) else a[i if i < a.size else i % a.size])
        for a in inputs
    )


def gradient_blocks(df):
    """Partial sums of ga = df(x, a) gy: one for each feature and each BLOCK of rows.

    Row i and feature j meet at element i down + j across.
    """

    def loop(gy, inputs, numbers, rows, features, down, across, blocks):
        for k in strided(blocks.size):
            first, j = k // features * BLOCK, k % features
            total = 0.0
            for i in range(first, min(rows, first + BLOCK)):
                e = i * down + j * across
                if e < gy.size:
                    x = wrapped(inputs, e)
                    ga = scaled(df(*x, *numbers), np.float64(gy[e]))
                    total += NAN if any_nan(x) else ga
            blocks[k] = total

    return loop


def add_blocks(divide):
    """out_j = (block 0 + block 1 + ... of feature j) / divisor, added in this order."""

    def loop(blocks, divisor, out):
        for j in strided(out.size):
            total = blocks[j]
            for k in range(j + out.size, blocks.size, out.size):
                total += blocks[k]
            out[j] = divide(total, divisor)

    return loop


def spread(divide):
    """gx_i = gy / divisor, which `columns` elements in a row share; all of it over and over."""

    def loop(gy, columns, divisor, gx):
        for i in strided(gx.size):
            gx[i] = divide(np.float64(gy[i // columns % gy.size]), divisor)

    return loop


def label_losses(log1p):
    """loss_i = log(1 + rest) + m - x_label of row i, in the words of `rows.py`."""

    def loop(x, labels, statistics, losses):
        for i in strided(losses.size):
            m = np.float64(x[i, int(statistics[i, 0])])
            v = np.float64(x[i, labels[i]])
            losses[i] = log1p(statistics[i, 1]) + (0.0 if v == m else m - v)

    return loop


def pick(multiply):
    """y_i = x[i, label_i]."""

    def loop(x, labels, y):
        for i in strided(y.size):
            y[i] = multiply(np.float64(x[i, labels[i]]), 1.0)

    return loop


def put_back(multiply):
    """gx[i, j] = gy_i where j is label_i, else 0: the gradient of `pick`."""

    def loop(gy, labels, gx):
        for k in strided(gx.size):
            i, j = k // gx.shape[1], k % gx.shape[1]
            gx[i, j] = multiply(np.float64(gy[i]), 1.0) if labels[i] == j else 0.0

    return loop


def product(number):
    """Y = A B, tile by tile.

    Each thread computes one element of Y, and every element of A is needed by a whole row of them.
    So the threads of a block first copy one tile of A and one of B into shared memory, which is a
    hundred times closer, each a single element; wait for each other; and then all read from there.
    Element (i, k) of A is a[i down + k across], so a transposed matrix needs no copy.
    """

    def loop(a, a_down, a_across, b, b_down, b_across, inner, y):
        rows, columns = y.shape
        tile_of_a = cuda.shared.array((TILE, TILE), number)
        tile_of_b = cuda.shared.array((TILE, TILE), number)
        down, across = cuda.threadIdx.y, cuda.threadIdx.x
        i, j = cuda.blockIdx.x * TILE + down, cuda.blockIdx.y * TILE + across
        total = number(0)
        for start in range(0, inner, TILE):
            k, zero = start + across, number(0)
            tile_of_a[down, across] = (
                a[i * a_down + k * a_across] if i < rows and k < inner else zero
            )
            k = start + down
            tile_of_b[down, across] = (
                b[k * b_down + j * b_across] if k < inner and j < columns else zero
            )
            cuda.syncthreads()  # nobody reads before all have written
            for k in range(min(TILE, inner - start)):
                total = cuda.fma(tile_of_a[down, k], tile_of_b[k, across], total)
            cuda.syncthreads()  # nobody writes the next tiles before all have read these
        if i < rows and j < columns:
            y[i, j] = total

    return loop


class Launched:
    """A loop around a formula as a GPU kernel, with the interface of `Kernel`."""

    serial_below = float("inf")

    def __init__(self, factory: Callable[..., Any], formula: Any, inside_single: bool) -> None:
        self.formula = formula
        self.name = f"{formula.__name__}_{factory.__name__}"
        self.single = inside_single
        self.loop = on_device(factory(single(formula) if inside_single else formula), inside_single)
        self._kernel = cuda.jit(quiet(self.loop) if SIMULATED else self.loop)

    def run(self, *arguments: Any) -> None:
        """Run for arguments as the loop has them; those with `memory` are arrays on the device."""
        given = tuple(map(self._in_kernel, arguments))
        blocks = min(BLOCKS, -(-given[-1].size // THREADS))
        launch(self._kernel, (blocks, THREADS), given, self.formula)

    def run_tiles(self, *arguments: Any) -> None:
        """As `run`, with a thread for each element of a matrix, the last argument."""
        given = tuple(map(self._in_kernel, arguments))
        rows, columns = given[-1].shape
        grid = (-(-rows // TILE), -(-columns // TILE))
        if grid[1] > 65535:  # CUDA's limit for the second axis of a grid
            raise ValueError(f"matmul: {columns} columns asked on cuda; at most {65535 * TILE} fit")
        launch(self._kernel, (grid, (TILE, TILE)), given, self.formula)

    def _in_kernel(self, argument: Any) -> Any:
        """An argument as Numba takes it."""
        if isinstance(argument, tuple):
            return tuple(map(self._in_kernel, argument))
        if isinstance(argument, float):
            # in the simulator, NumPy's float64 divides by 0 as a GPU does
            return np.float32(argument) if self.single else np.float64(argument)
        return getattr(argument, "memory", argument)


def on_device(loop: Any, single: bool = False) -> FunctionType:
    """The loop with the words of a GPU, all that it calls made ready to be compiled."""
    read = wrapped_single if single else wrapped
    words = {"prange": strided, "at": read, "wrapped": read}
    world = {**loop.__globals__, **words}
    twin = FunctionType(loop.__code__, world, loop.__name__, None, loop.__closure__)
    if not SIMULATED:
        from . import compiler

        overload_wrapped()
        known = {twin, wrapped, wrapped_single, power, *FUNCTIONS.values()}
        for function in cache.plain_functions(twin):
            if function not in known:
                compiler.make_jitable(function)
    return twin


@remembered
def overload_wrapped() -> None:
    """Tell Numba what `wrapped` is: it cannot loop over a mixed tuple."""
    from numba.core import types
    from numba.extending import overload

    from . import compiler

    def element(k: int, kind: Any, number: str) -> str:
        a = f"inputs[{k}]"
        if isinstance(kind, types.Float):
            return a
        return f"{number}({a}[i if i < {a}.size else i % {a}.size])"

    def spliced(inputs: Any, number: str) -> Any:
        return compiler.splice("inputs, i", [element(k, t, number) for k, t in enumerate(inputs)])

    def compiled_wrapped(inputs, i):
        return spliced(inputs, "float64")

    def compiled_wrapped_single(inputs, i):
        return spliced(inputs, "float32")

    overload_functions()
    overload(wrapped, jit_options={"forceinline": True})(compiled_wrapped)
    overload(wrapped_single, jit_options={"forceinline": True})(compiled_wrapped_single)


def quiet(loop: Any) -> Any:
    """For the simulator, whose threads would each warn of 1 / 0."""

    def simulated(*arguments):
        # the simulator puts its own `cuda` into this file, for the time of a launch
        loop.__globals__["cuda"] = cuda
        with np.errstate(all="ignore"):
            loop(*arguments)

    return simulated


_compiling = threading.RLock()


@contextmanager
def uncontracted() -> Iterator[None]:
    """Inside, a b + c is compiled as two operations, each rounded, as on the CPU.

    NVVM would make one of them, a fused multiply-add, which changes bits; numba.cuda has no option
    for it.
    """
    if SIMULATED:
        yield
        return
    from numba.cuda.cudadrv import nvvm

    with _compiling:
        compile_ir = nvvm.compile_ir
        nvvm.compile_ir = lambda ir, **options: compile_ir(ir, **{**options, "fma": 0})
        try:
            yield
        finally:
            nvvm.compile_ir = compile_ir


def launch(kernel: Any, grid: tuple[Any, Any], arguments: tuple[Any, ...], formula: Any) -> None:
    """Run a kernel; a formula that cannot be compiled gives one line."""
    with uncontracted(), warnings.catch_warnings():
        # a grid of few blocks is what a small array needs
        warnings.filterwarnings("ignore", message="Grid size")
        try:
            kernel[grid](*arguments)
        except Exception as error:
            if SIMULATED or "Typing" not in type(error).__name__:
                raise
            from . import compiler

            raise compiler.FormulaError(compiler.explain(formula, error)) from None


def has_gpu() -> bool:
    """Whether there is a driver and a GPU; Numba says so of its simulator, too."""
    return not SIMULATED and bool(cuda.is_available())


def missing() -> str:
    """What keeps kernels from running here, in a line; empty if nothing does."""
    if SIMULATED:
        return ""
    simulator = "NUMBA_ENABLE_CUDASIM=1, set before Python starts, runs kernels without a GPU"
    if not has_gpu():
        return f"cuda: no NVIDIA driver or no GPU is found; install the driver ({simulator})"
    if wrong := missing_toolkit():
        return f"cuda: {wrong}"
    return ""


def missing_toolkit() -> str:
    """Why kernels cannot be compiled, or nothing; a driver is not needed for that."""
    install = "install it with pip install -e '.[cuda]'"
    if SIMULATED:
        return "the simulator compiles nothing; unset NUMBA_ENABLE_CUDASIM before Python starts"
    if find_spec("numba_cuda") is None:
        return f"the package numba-cuda is missing; {install}"
    try:
        from numba.cuda.cudadrv import nvrtc, nvvm

        nvvm.NVVM()
        nvrtc.get_supported_ccs()
    except Exception as error:  # of whatever kind: the loaders of each version differ
        reason = f"{type(error).__name__}: {str(error).split(':')[0].strip()}"
        return f"the CUDA toolkit is missing ({reason}); {install}"
    return ""


def device_name() -> str:
    """What `doctor` says of the device."""
    if SIMULATED:
        return "Numba's simulator, no GPU (NUMBA_ENABLE_CUDASIM is set)"
    device = cuda.get_current_device()
    name = device.name.decode() if isinstance(device.name, bytes) else device.name
    free, total = cuda.current_context().get_memory_info()
    capability = ".".join(map(str, device.compute_capability))
    return f"{name}, compute capability {capability}, {free >> 20} of {total >> 20} MB free"


def empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """Memory on the device."""
    return allocated(shape, dtype, lambda: cuda.device_array(shape, dtype))


def to_device(array: Any) -> Any:
    """A copy of a NumPy array on the device."""
    return allocated(array.shape, array.dtype, lambda: cuda.to_device(array))


def allocated(shape: tuple[int, ...], dtype: np.dtype[Any], make: Callable[[], Any]) -> Any:
    """Memory on the device, or a line that says how much there is."""
    try:
        return make()
    except Exception as error:  # the driver's own class, which the simulator does not have
        if "OUT_OF_MEMORY" not in str(error):
            raise
    free, total = cuda.current_context().get_memory_info()
    needed = int(np.prod(shape, dtype=object)) * dtype.itemsize
    raise MemoryError(
        f"cuda: an array of shape {shape} and {dtype} needs {needed / 1e6:,.0f} MB; "
        f"{free / 1e6:,.0f} of {total / 1e6:,.0f} MB are free on the device; use smaller batches"
    )


def ptx(loop: FunctionType, arguments: tuple[Any, ...], target: tuple[int, int]) -> str:
    """The kernel of a loop as PTX, NVIDIA's assembler, for a target such as (7, 5); no GPU needed.

    `arguments` are Numba types.  Numba asks the device for its target in one place: it is told.
    A process can have one target only.
    """
    import numba.cuda.dispatcher as dispatcher

    dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=target)
    with uncontracted():
        text, _ = cuda.compile_ptx(loop, arguments, cc=target)
    return str(text)


def synchronize() -> None:
    """Wait until all kernels are done: for clocks."""
    cuda.synchronize()
