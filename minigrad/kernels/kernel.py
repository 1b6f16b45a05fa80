"""A kernel: one loop around one formula, run in the way that is fastest for the work at hand.

    as it stands   the Python loop of `loops.py`, for the first few elements: nothing to start up
    serial         the same loop compiled for one thread, once there is enough to do
    parallel       the same loop compiled for all cores, once a single call takes long

All three give the same bits, so nobody can tell which one ran, except by the clock.
"""

import os
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from .forks import compiling
from .loops import FLAT
from .progress import told

# Importing Numba and compiling takes half a second; a Python loop takes a few us for each element.
PATIENCE = 256
# A call goes parallel when it has this much work for one thread.  Entering a parallel region costs
# 2 us, and up to 30 where the threads have to wake up first.
WORTH_THREADS = 50e-6
# After a parallel region its threads spin for a while, and so do those of a matrix product.  In
# turns they fight for the cores: a 784-512-512-10 training step took 14 ms instead of 5.  So there
# is no parallel region within this many seconds of a large matrix product.
QUIET = 0.05
# Other libraries have threads too, and those cannot be seen, only felt: if parallel calls take this
# many times as long as one thread would, three in a row, one thread does the work for so many
# seconds.  The first call after a pause always takes long: threads have to wake up.  And new ones
# wait for a core that is free, some 8 ms each time, until the system has moved them there.
DISAPPOINTING, CALLS, REST, NEW = 1.5, 3, 0.25, 5
# Smaller calls are never timed: perf_counter would cost more than it could save.
TIMED_FROM = 16_384
TIMINGS = 3


class Products:
    """When the last large matrix product began; whoever runs one says so here."""

    last = -QUIET


products = Products()


class Kernel:
    """`factory(formula)` from `loops.py`; `run` and `run_long` take that loop's arguments.

    Call `run` below `serial_below` elements and `run_long` from there on.  `known` are numbers that
    the formula is always called with.
    """

    __slots__ = (
        "_disappointments", "_is_flat", "_parallel", "_patience", "_rest_until", "_timings",
        "formula", "loop", "name", "run", "serial_below",
    )  # fmt: skip

    def __init__(
        self,
        factory: Callable[..., Callable[..., None]],
        formula: Any,
        patience: int = PATIENCE,
        known: tuple[float, ...] = (),
    ) -> None:
        self.formula = formula
        self.loop = factory(knowing(formula, known) if known else formula)
        self.name = f"{formula.__name__}_{factory.__name__}"
        self.run: Callable[..., None] = self._run_as_it_stands
        self.serial_below: float = TIMED_FROM
        self._patience = float("inf") if jit_is_off() else patience
        self._parallel: Callable[..., None] | None = None
        self._is_flat = factory in FLAT
        self._timings: list[float] = []
        self._disappointments = -NEW
        self._rest_until = -REST

    def _run_as_it_stands(self, *arguments: Any) -> None:
        self._patience -= work(arguments)
        if self._patience < 0:
            self.run = self.compile(arguments)
            self.run(*arguments)
            return
        try:
            with np.errstate(all="ignore"):
                self.loop(*map(as_float64, self._laid(arguments)))
        except ArithmeticError as error:  # plain Python raises where IEEE 754 has inf or nan
            if jit_is_off():
                raise ArithmeticError(
                    f"{self.name}: {error}; plain Python raises where compiled code has inf or "
                    "nan, so unset NUMBA_DISABLE_JIT, or avoid the division by 0"
                ) from None
            self.run = self.compile(arguments)
            self.run(*arguments)

    def compile(self, arguments: tuple[Any, ...], parallel: bool = False) -> Callable[..., None]:
        """The loop as machine code for arguments of these dtypes."""
        with compiling, told(self.name):
            from . import compiler

            return compiler.build(
                self.loop, self.formula, self.name, self._laid(arguments), parallel
            )

    def run_long(self, *arguments: Any) -> None:
        """As `run`, and on all cores where this kernel has been seen to take long."""
        if self.run == self._run_as_it_stands:
            self.run(*arguments)
        elif len(self._timings) < TIMINGS:
            start = perf_counter()
            self.run(*arguments)
            self._timings.append((perf_counter() - start) / work(arguments))
            if len(self._timings) >= TIMINGS:  # more, if threads came at once
                self.serial_below = max(TIMED_FROM, WORTH_THREADS / min(self._timings))
        else:
            self._run_on_all_cores(*arguments)

    def _run_on_all_cores(self, *arguments: Any) -> None:
        from . import threads

        now = perf_counter()
        busy = now < self._rest_until or now - products.last < QUIET
        team = 1 if busy else threads.team()
        if team == 1:
            self.run(*arguments)
            return
        if self._parallel is None:
            self._parallel = self.compile(arguments, parallel=True)
            now = perf_counter()
        threads.run_alone(team, self._parallel, self.run, arguments)
        took = perf_counter() - now
        helped = took <= DISAPPOINTING * min(self._timings) * work(arguments)
        self._disappointments = 0 if helped else self._disappointments + 1
        if self._disappointments == CALLS:
            self._disappointments, self._rest_until = 0, now + took + REST

    def _laid(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """Arrays with one axis, if the loop has one index; compiled code sees them so by itself."""
        return tuple(map(flat, arguments)) if self._is_flat else arguments


def knowing(f: Callable[..., Any], known: tuple[float, ...]) -> Callable[..., Any]:
    """f with `known` for its last arguments, whatever numbers it is called with.

    To the compiler they are constants, and it leaves out what they make needless: the slope of a
    relu that is flat below 0, or the alpha of elu if that is 1.
    """
    count, numbers = f.__code__.co_argcount - len(known), as_float64(known)

    def formula(*arguments: Any) -> Any:
        inputs = arguments[:count]
        return f(*inputs, *numbers)

    return formula


def as_float64(argument: Any) -> Any:
    """A tuple of numbers as NumPy's float64, whose 1 / 0 is inf as in compiled code."""
    if isinstance(argument, tuple):
        return tuple(np.float64(a) if isinstance(a, float) else a for a in argument)
    return argument


def flat(argument: Any) -> Any:
    """An array with one axis, as its numbers lie in memory."""
    if isinstance(argument, tuple):
        return tuple(map(flat, argument))
    if not isinstance(argument, np.ndarray):
        return argument
    if not argument.flags.c_contiguous:  # the result would go into a copy
        raise TypeError(f"kernel: an array with strides {argument.strides} given, with gaps")
    return argument.reshape(-1)


def work(arguments: tuple[Any, ...]) -> int:
    """How many elements a call goes over: those of its first or last array."""
    return max(a.size for a in (arguments[0], arguments[-1]) if isinstance(a, np.ndarray))


def jit_is_off() -> bool:
    """Whether NUMBA_DISABLE_JIT asks for plain Python, to step through a formula in a debugger."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")
