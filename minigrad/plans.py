"""Plans: how an elementwise op runs for inputs of given shapes and dtypes, worked out once.

A Plan chooses the loop and the kernel for the way forward.  On the way back each input has a
pullback, gx = df/dx gy, which depends on how the input was laid out (see `broadcasting.py`):

    PassThrough     the slope is the constant 1, as for both inputs of a sum
    EachElement     the input was read element by element
    SumOverRows     one row was shared by all, as a bias
    SumOverAll      a single number was shared by all
    SumOverCopies   the input was stretched by a copy, as a column
"""

import math
from collections.abc import Callable
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np

from .arrays import DOUBLE, HALF, SINGLE, Array, brief, rounded
from .broadcasting import Layout, Operand, Shape, place, sum_all, sum_rows, unbroadcast
from .declaration import Declaration
from .kernels import loops
from .kernels.cache import plain_functions
from .kernels.kernel import Kernel
from .kernels.mathematics.short import shortened
from .memory import FEW, empty
from .tensor import SEEN_SIZE

# How an op with one input reads it, whatever its shape is.
ANY_SHAPE = Layout((-1,), None, "x", (None,), ((-1,),))


class Formula:
    """A scalar formula with its kernels, one for each loop, layout and dtype, and
    one more of each that knows the default numbers of the op.

    `surroundings` are the numbers that it reads from outside its arguments, with their values when
    a kernel was first made; an op and its slopes share them.  `short` as in `elementwise`.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        patience: int,
        surroundings: dict[str, Any] | None = None,
        short: bool = False,
    ) -> None:
        self.function = function
        self.patience = patience
        self.short = short
        self.surroundings = {} if surroundings is None else surroundings
        self._kernels: dict[Any, Kernel] = {}

    def kernel(
        self, factory: Any, roles: str, dtype: np.dtype[Any], known: tuple[float, ...] = ()
    ) -> Kernel:
        """The kernel of a loop from `loops.py` for operands with these roles, of a dtype.

        `known` are its numbers, if they shall be constants in the machine code.
        """
        key = factory, roles, dtype, known
        kernel = self._kernels.get(key)
        if kernel is None:
            if not self.patience:  # a formula of yours
                self._freeze()
            kernel = Kernel(factory, self.for_results_of(dtype), self.patience, known)
            kernel = self._kernels.setdefault(key, kernel)
        return kernel

    def for_results_of(self, dtype: np.dtype[Any]) -> Callable[..., Any]:
        """The formula for loops that write this dtype."""
        return shortened(self.function) if self.short and dtype == SINGLE else self.function

    def _freeze(self) -> None:
        """Compiled code keeps the numbers around a formula: value and slope must see the same."""
        for name, value in numbers_around(self.function).items():
            first = self.surroundings.setdefault(name, value)
            if repr(first) != repr(value):
                raise ValueError(
                    f"{self.function.__name__}: {name} was {first!r} when the formula was first "
                    f"used, and is {value!r} now; what may change must be an argument of it"
                )


class Slope:
    """A partial derivative: its formula, and which operands and numbers of the op it reads.

    `loop` is the one for gx, element by element; `constant` its value where it reads nothing, as in
    a sum.
    """

    def __init__(
        self,
        formula: Formula,
        operands: tuple[int, ...],
        numbers: tuple[int, ...],
        steps: bool = False,
    ) -> None:
        self.formula = formula
        self.operands = operands
        self.numbers = numbers
        self.loop = loops.gradient_of_steps if steps else loops.gradient
        self.constant = None if operands or numbers else constant(formula.function)


def constant(formula: Callable[..., Any]) -> float:
    """The value of a formula without arguments."""
    value = formula()
    if not isinstance(value, int | float | np.number | np.bool):
        raise TypeError(f"{formula.__name__}: {brief(value)} returned; a slope is a number")
    return float(value)


class Plan:
    """How an op runs for one combination of shapes and dtypes, by its default numbers or by others.

    known        the default numbers, if it runs by them: constants for its kernels; else ()
    dtype        of the result
    work         of the arrays that kernels see: float16 is computed as float64, and rounded once
    keeps        whether a slope reads each operand, so that a node keeps it, however large
    selects_from the size from which a node keeps something else than all operands: `saved` then
    as_given     whether the operands are laid out already, with nothing to reshape or convert
    views        where reshaping is all there is to do: each operand's shape for the loop, or None
    laid         the shape that the loop writes, where it is not the result's
    empty        what makes the array for the result
    """

    def __init__(
        self,
        declaration: Declaration,
        formula: Formula,
        slopes: list[Slope | None],
        layout: Layout,
        dtype: np.dtype[Any],
        known: tuple[float, ...],
    ) -> None:
        self.declaration = declaration
        self.known = known
        self.slopes = slopes
        self.layout = layout
        self.dtype = dtype
        self.half = dtype == HALF
        self.work = DOUBLE if self.half else dtype
        inputs = range(len(layout.roles))
        read = {k for slope in slopes if slope is not None for k in slope.operands}
        if declaration.kinks or declaration.jumps:  # conventions.py moves x, and y with it
            first = slopes[0]
            read |= set(inputs) if first and len(inputs) in first.operands else {0}
        self.keeps = tuple(k in read for k in inputs)
        self.keeps_result = len(inputs) in read
        self.selects_from = (
            0 if self.keeps_result else math.inf if all(self.keeps) else SEEN_SIZE + 1
        )
        views = [layout.view(k) for k in inputs]
        numbers = [layout.roles[k] == "n" and layout.inputs[k] is not None for k in inputs]
        reshape_only = not self.half and not any(layout.stretched) and not any(numbers)
        self.views = views if reshape_only else None
        self.as_given = reshape_only and not any(views)
        self.laid = layout.laid
        self.empty = np.empty if math.prod(layout.shape) < FEW else empty
        factory = loops.forward_rows if layout.grid else loops.forward
        self.kernel = formula.kernel(factory, layout.roles, self.work, known)
        # for each input, what makes gx from gy, operands and numbers
        self.pulls: list[Any] = [partial(self._first_pull, k) for k in inputs]

    def lay_out(self, operands: tuple[Any, ...]) -> tuple[Any, ...]:
        """The operands as the loop reads them."""
        if self.views is not None:
            pairs = zip(operands, self.views, strict=True)
            return tuple([a if view is None else a.reshape(view) for a, view in pairs])
        return tuple([place(a, k, self.layout, self.work) for k, a in enumerate(operands)])

    def saved(self, operands: tuple[Any, ...], out: Array) -> tuple[Any, ...]:
        """What a node keeps, from `selects_from` on."""
        kept = zip(operands, self.keeps, strict=True)
        operands = tuple([a if keep or small(a) else None for a, keep in kept])
        if self.keeps_result:
            operands = (*operands, out if self.laid is None else out.reshape(self.laid))
        return operands

    def _first_pull(self, k: int, *arguments: Any) -> Array:
        """The first gradient of input k: now its pullback is needed."""
        return self.pullback(k).gradient(*arguments)

    def pullback(self, k: int) -> "Pullback":
        """The pullback of input k, which takes over its place in `pulls`."""
        slope, role, stretched = self.slopes[k], self.layout.roles[k], self.layout.stretched[k]
        if slope is None:
            op, name = self.declaration.name, self.declaration.inputs[k]
            raise TypeError(
                f"{op}: its slope with respect to {name} is not declared; write it under "
                f"@{op}.partial({name!r})"
            )
        if role == "n":
            kind: Any = SumOverAll
        elif role == "f":
            kind = SumOverRows
        elif stretched is not None:
            kind = SumOverCopies
        elif slope.constant == 1.0:
            kind = PassThrough
        else:
            kind = EachElement
        pull: Pullback = kind(slope, self, k)
        self.pulls[k] = pull.gradient
        return pull


class Pullback:
    """What all pullbacks share: the slope's kernel, and the operands and numbers that it reads."""

    def __init__(self, slope: Slope, plan: Plan, k: int) -> None:
        layout = plan.layout
        self.slope = slope
        self.shape: Shape = layout.inputs[k] or ()
        self.stretched = layout.stretched[k]
        self.grid, self.laid = layout.grid, layout.laid
        self.fits = self.shape == layout.shape
        self.operands, self.numbers = slope.operands, slope.numbers
        all_operands = tuple(range(len(layout.roles) + plan.keeps_result))
        all_numbers = tuple(range(len(plan.declaration.numbers)))
        self.reads_all = (self.operands, self.numbers) == (all_operands, all_numbers)
        self.pick_operands, self.pick_numbers = picker(self.operands), picker(self.numbers)
        roles = "".join((layout.roles + "x")[i] for i in slope.operands)
        factory, work = self.loop(plan)
        known = plan.known and self.pick_numbers(plan.known)
        self.kernel = slope.formula.kernel(factory, roles, work, known)

    def loop(self, plan: Plan) -> tuple[Any, np.dtype[Any]]:
        """The loop from `loops.py`, and the dtype of its arrays."""
        return loops.gradient_features, plan.work

    def gradient(self, gy: Array, operands: Any, numbers: Any) -> Array:
        """gx, from gy and what the node kept; each kind has its own."""
        raise NotImplementedError

    def read(self, operands: Any, numbers: Any) -> tuple[tuple[Operand, ...], tuple[float, ...]]:
        """The operands and numbers that the slope names."""
        return self.pick_operands(operands), self.pick_numbers(numbers)


def picker(places: tuple[int, ...]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """A function that picks what stands at these places out of a tuple.

    >>> picker((1,))(("x", "a", "y")), picker((0, 2))(("x", "a", "y"))
    (('a',), ('x', 'y'))
    """
    if len(places) > 1:
        return itemgetter(*places)
    if not places:
        return lambda given: ()
    (place,) = places
    return lambda given: (given[place],)  # itemgetter of a single place makes no tuple


class PassThrough(Pullback):
    """gx = gy: the slope is 1."""

    def gradient(self, gy: Array, operands: Any, numbers: Any) -> Array:
        return gy if self.fits else gy.reshape(self.shape)


class EachElement(Pullback):
    """gx_i = df(x_i) gy_i."""

    def loop(self, plan: Plan) -> tuple[Any, np.dtype[Any]]:
        """As they lie or row by row, and rounded at once."""
        return loops.gradient_rows if plan.layout.grid else self.slope.loop, plan.work

    def gradient(self, gy: Array, operands: Any, numbers: Any) -> Array:
        size, kernel, laid = gy.size, self.kernel, self.laid
        gx = np.empty(gy.shape, gy.dtype) if size < FEW else empty(gy.shape, gy.dtype)
        run = kernel.run if size < kernel.serial_below else kernel.run_long
        if not self.reads_all:
            operands = self.pick_operands(operands)
            numbers = numbers and self.pick_numbers(numbers)
        if laid is None:
            run(gy, operands, numbers, gx)
        else:
            run(gy.reshape(laid), operands, numbers, gx.reshape(laid))
        return gx if self.fits else gx.reshape(self.shape)


class SumOverCopies(Pullback):
    """gx = the sum of df gy over the axes that were stretched."""

    def loop(self, plan: Plan) -> tuple[Any, np.dtype[Any]]:
        """As they lie or row by row, and rounded after the sum: in float64."""
        return loops.gradient_rows if plan.layout.grid else loops.gradient, DOUBLE

    def gradient(self, gy: Array, operands: Any, numbers: Any) -> Array:
        gx, view, kernel = empty(gy.shape, DOUBLE), self.grid or gy.shape, self.kernel
        operands, numbers = self.read(operands, numbers)
        exact = [a if isinstance(a, float) else a.astype(DOUBLE) for a in operands]
        run = kernel.run if gy.size < kernel.serial_below else kernel.run_long
        run(gy.astype(DOUBLE).reshape(view), tuple(exact), numbers, gx.reshape(view))
        return rounded(unbroadcast(gx, self.shape), gy.dtype)


class SumOverRows(Pullback):
    """ga_j = the sum over rows of df(x_ij, a_j) gy_ij."""

    def gradient(self, gy: Array, operands: Any, numbers: Any) -> Array:
        rows = gy if gy.shape == self.grid else gy.reshape(self.grid)
        read = self.read(operands, numbers)
        if self.stretched is None:
            ga = sum_rows(self.kernel, rows, *read, gy.dtype)
            return ga if self.shape == ga.shape else ga.reshape(self.shape)
        exact = sum_rows(self.kernel, rows, *read, DOUBLE).reshape(self.stretched)
        return rounded(unbroadcast(exact, self.shape), gy.dtype)


class SumOverAll(Pullback):
    """ga = the sum of df(x, a) gy over everything."""

    def gradient(self, gy: Array, operands: Any, numbers: Any) -> Array:
        laid = gy.reshape(self.grid or -1)
        total = sum_all(self.kernel, laid, *self.read(operands, numbers))
        return rounded(np.full(self.shape, total), gy.dtype)


def numbers_around(function: Any) -> dict[str, Any]:
    """The numbers that a formula, and the functions that it calls, read from outside."""
    found: dict[str, Any] = {}
    for reached in (function, *plain_functions(function)):
        names = {name: reached.__globals__.get(name) for name in reached.__code__.co_names}
        cells = zip(reached.__code__.co_freevars, reached.__closure__ or (), strict=True)
        names |= {name: cell.cell_contents for name, cell in cells}
        if not str(reached.__module__).startswith("minigrad."):
            found |= {n: v for n, v in names.items() if isinstance(v, bool | int | float)}
    return found


def small(operand: Operand) -> bool:
    """Whether it is kept to be looked at."""
    return isinstance(operand, float) or operand.size <= SEEN_SIZE
