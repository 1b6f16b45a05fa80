"""Elementwise ops: a scalar formula, declared once, joined to kernels and graph.

    @elementwise(kinks=[0.0], source="Clevert et al. 2016, https://arxiv.org/abs/1511.07289")
    def elu(x, alpha=1.0):
        '''ELU: x for x > 0, alpha (exp(x) - 1) otherwise.'''
        return x if x > 0 else alpha * expm1(x)

    @elu.partial("x")
    def delu_dx(x, alpha):
        return 1 if x > 0 else alpha * exp(x)

The first `inputs` arguments are tensors and want a partial derivative each; the others are numbers.
A partial names the arguments that it reads, and what no partial names is not kept for backward.
It is an op itself: it can be called, plotted, checked, and given partials of its own.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .broadcasting import Layout, Operand, arrange, place, sum_all, sum_rows, unbroadcast
from .declaration import Declaration, Formula, Points
from .kernels import loops
from .kernels.kernel import PATIENCE, Kernel
from .tensor import DEFAULT_FLOAT, SEEN_SIZE, Array, Node, Tensor, adopt, canonical, record

HALF, DOUBLE = np.dtype(np.float16), np.dtype(np.float64)
# The layout of every op with one input, whatever its shape.
ONE = Layout((), None, "x", (None,), ((),))


def elementwise(
    inputs: int = 1,
    kinks: Points = (),
    jumps: Points = (),
    aliases: Mapping[str, str] | None = None,
    none: Mapping[str, float] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    source: str = "",
) -> Callable[[Formula], "Elementwise"]:
    """Declare an op: `@elementwise(...)` above its scalar formula.

    Parameters
    ----------
    inputs : how many of the formula's first arguments are tensors.
    kinks, jumps : where the slope, or the value, jumps: inputs, or a function of number arguments.
    aliases : other names of number arguments, {"negative_slope": "alpha"}.
    none : what None means, {"max_value": math.inf}.
    ranges : allowed values of number arguments, {"alpha": (0, math.inf)}.
    source : author, year, link.

    >>> @elementwise()
    ... def cube(x):
    ...     '''Cube: x**3.'''
    ...     return x * x * x
    >>> @cube.partial("x")
    ... def dcube_dx(x):
    ...     return 3 * x * x
    >>> cube([1.0, 2.0])
    Tensor([1., 8.])
    """

    def declare(formula: Formula) -> Elementwise:
        parameters = list(inspect.signature(formula).parameters.values())
        if len(parameters) < inputs:
            raise TypeError(f"{formula.__name__}: inputs={inputs}, but it has {len(parameters)}")
        return Elementwise(
            Declaration(
                formula,
                tuple(p.name for p in parameters[:inputs]),
                {p.name: p.default for p in parameters[inputs:]},
                kinks,
                jumps,
                aliases or {},
                none or {},
                ranges or {},
                source,
            )
        )

    return declare


class Elementwise:
    """y = f(x, ...) for every element: a declaration with kernels, a graph node and partials."""

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        self.name = self.__name__ = declaration.name
        self.__module__ = declaration.formula.__module__
        self.__signature__ = declaration.signature()
        self.partials: dict[str, Elementwise] = {}
        self._arity = len(declaration.inputs)
        self._numbers = declaration.default_numbers()
        # minigrad's own formulas are known to compile, so their first elements may be run as they
        # stand; a formula of yours is compiled at once, to show at once if it cannot be.
        self._patience = PATIENCE if self.__module__.startswith("minigrad.") else 0
        self._kernels: dict[Any, Kernel] = {}
        self._slopes: list[Slope | None] = [None] * self._arity
        self._reads = [False] * (self._arity + 1)  # by a partial: each input, and the result y
        # For the shortest way, one input and a slope that reads just that:
        self._saves_x = False
        self._vjp_kernels: dict[np.dtype[Any], Kernel] = {}

    def partial(self, name: str) -> Callable[[Formula], "Elementwise"]:
        """Declare the derivative with respect to the tensor argument `name`.

        Its arguments are those that it reads: tensor arguments of the op, or its result `y`, then
        number arguments.
        """
        if name not in self.declaration.inputs:
            raise TypeError(
                f"{self.name}: no tensor argument {name!r}; partials are for "
                f"{', '.join(self.declaration.inputs)}"
            )

        def declare(formula: Formula) -> Elementwise:
            mine = self.declaration
            reads = list(inspect.signature(formula).parameters)
            known = (*mine.inputs, "y", *mine.numbers)
            tensors = tuple(r for r in reads if r not in mine.numbers)
            if any(r not in known for r in reads) or reads[: len(tensors)] != list(tensors):
                raise TypeError(
                    f"{formula.__name__}: reads {', '.join(reads)}; a partial of {self.name} may "
                    f"read {', '.join(known)}, tensors first"
                )
            numbers = {r: mine.numbers[r] for r in reads if r in mine.numbers}
            df = Elementwise(
                Declaration(
                    formula, tensors, numbers,
                    aliases={a: n for a, n in mine.aliases.items() if n in numbers},
                    none=mine.none, ranges=mine.ranges, source=mine.source,
                )
            )  # fmt: skip
            self.partials[name] = df
            slope = self._slopes[mine.inputs.index(name)] = Slope(df, mine)
            for k in slope.operands:
                self._reads[k] = True
            if self._arity == 1 and slope.reads_all:
                self._saves_x, self._vjp_kernels = True, slope.flat
            return df

        return declare

    def __call__(self, *arguments: Any, **options: Any) -> Tensor:
        inputs, numbers = arguments, self._numbers
        if options or len(arguments) != self._arity or numbers is None:
            inputs, numbers = self.declaration.bind(arguments, options)
        if self._arity > 1:
            return self._broadcast(inputs, numbers)
        # One input has nothing to broadcast with: the shortest way, for the most frequent call.
        x = inputs[0]
        if type(x) is not Tensor:
            x = self._tensor(x)
        array = x._data
        dtype, shape = array.dtype, array.shape
        kernel = self._kernels.get(dtype)
        if kernel is None:
            if dtype == HALF:
                return self._broadcast((x,), numbers)
            kernel = self._kernel(dtype, loops.forward)
        out = np.empty(shape, dtype)
        run = kernel.run if array.size < kernel.serial_below else kernel.run_long
        if len(shape) == 1:
            run((array,), numbers, out)
        else:
            run((array.reshape(-1),), numbers, out.reshape(-1))
        if self._saves_x:
            return record(self, (x.node,), ((array,), numbers, ONE), out)
        return record(self, (x.node,), self._saved((array,), numbers, ONE, out), out)

    def _broadcast(self, inputs: tuple[Any, ...], numbers: tuple[float, ...]) -> Tensor:
        tensors = [x if type(x) is Tensor else self._operand(x) for x in inputs]
        dtypes = [t._data.dtype for t in tensors if isinstance(t, Tensor)] or [DEFAULT_FLOAT]
        dtype = np.result_type(*dtypes)
        work = DOUBLE if dtype == HALF else dtype
        if dtypes.count(dtype) != len(dtypes):
            tensors = [t if isinstance(t, float) else cast(t, dtype) for t in tensors]
        try:
            layout = arrange(tuple(t.shape if isinstance(t, Tensor) else None for t in tensors))
        except ValueError:
            raise ValueError(self._mismatch(tensors)) from None
        operands = tuple(
            place(t._data.astype(work, copy=False) if isinstance(t, Tensor) else t, k, layout)
            for k, t in enumerate(tensors)
        )
        out = np.empty(layout.shape, work)
        kernel = self._kernels.get((layout.roles, work)) or self._kernel(
            (layout.roles, work), loops.forward_rows if layout.grid else loops.forward
        )
        run = kernel.run if out.size < kernel.serial_below else kernel.run_long
        run(operands, numbers, out.reshape(layout.grid or -1))
        y = rounded(out, dtype)
        parents = tuple(t.node if isinstance(t, Tensor) else None for t in tensors)
        return record(self, parents, self._saved(operands, numbers, layout, out), y)

    def _kernel(self, key: Any, factory: Any) -> Kernel:
        kernel = Kernel(factory, self.declaration.formula, self._patience)
        return self._kernels.setdefault(key, kernel)

    def _saved(
        self, operands: tuple[Operand, ...], numbers: tuple[float, ...], layout: Layout, out: Array
    ) -> tuple[Any, ...]:
        """What backward needs: the operands that a partial reads, and small ones to look at."""
        if not all(self._reads[:-1]):
            operands = tuple(
                a if read or isinstance(a, float) or a.size <= SEEN_SIZE else None
                for a, read in zip(operands, self._reads, strict=False)
            )
        if self._reads[-1]:
            operands = (*operands, out.reshape(layout.grid or -1))
        return operands, numbers, layout

    def vjp(self, node: Node, gy: Array) -> tuple[Array | None, ...]:
        """gx = df/dx gy for each input x, summed over the copies where x was stretched."""
        operands, numbers, layout = node.saved
        kernel = self._vjp_kernels.get(gy.dtype)
        if kernel is not None:
            gx = np.empty(gy.shape, gy.dtype)
            run = kernel.run if gy.size < kernel.serial_below else kernel.run_long
            if gy.ndim == 1:
                run(gy, operands, numbers, gx)
            else:
                run(gy.reshape(-1), (operands[0].reshape(-1),), numbers, gx.reshape(-1))
            return (gx,)
        return tuple(
            None if parent is None else self._gradient(k, operands, numbers, layout, gy)
            for k, parent in enumerate(node.parents)
        )

    def _gradient(
        self, k: int, operands: Any, numbers: tuple[float, ...], layout: Layout, gy: Array
    ) -> Array:
        slope = self._slopes[k]
        if slope is None:
            name = self.declaration.inputs[k]
            raise TypeError(
                f"{self.name}: its slope with respect to {name} is not declared; "
                f"write it under @{self.name}.partial({name!r})"
            )
        shape = gy.shape if layout is ONE else layout.inputs[k]
        full = layout.roles[k] == "x" and layout.stretched[k] is None
        if full and slope.constant == 1.0:
            return gy if gy.shape == shape else gy.reshape(shape)
        operands = tuple(operands[i] for i in slope.operands)
        if layout is ONE:
            operands = tuple(a.reshape(-1) for a in operands)
        if not slope.reads_all:
            numbers = tuple(numbers[i] for i in slope.numbers)
        work = DOUBLE if gy.dtype == HALF else gy.dtype
        gy_laid = gy.astype(work, copy=False).reshape(layout.grid or -1)
        if full:
            gx = np.empty(shape, work)
            slope.run(gy_laid, operands, numbers, gx.reshape(layout.grid or -1))
        else:
            gx = slope.sum_of_copies(gy_laid, operands, numbers, layout, k)
        return rounded(gx, gy.dtype)

    def _tensor(self, value: Any) -> Tensor:
        try:
            return adopt(canonical(value, copy=True))
        except (TypeError, ValueError) as error:
            raise type(error)(f"{self.name}: {error}") from None

    def _operand(self, value: Any) -> Tensor | float:
        """An array becomes a constant tensor; a Python or NumPy number takes the others' dtype."""
        if isinstance(value, int | float | np.number | np.bool) and not isinstance(
            value, complex | np.complexfloating
        ):
            return float(value)
        return self._tensor(value)

    def _mismatch(self, tensors: list[Tensor | float]) -> str:
        shapes = [t.shape if isinstance(t, Tensor) else () for t in tensors]
        named = [f"{n} of shape {s}" for n, s in zip(self.declaration.inputs, shapes, strict=True)]
        return (
            f"{self.name}: {' and '.join(named)} do not broadcast; compared from the last axis, "
            "lengths must be equal or 1"
        )

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        """What `help` shows, made from the declaration and one call."""
        return self.declaration.help(self.partials, self._example())

    def _example(self) -> str:
        inputs = [[-2.0, 0.0, 3.0], [0.25], *[[1.0]] * self._arity][: self._arity]
        if self._numbers is None:
            return ""
        call = f"{self.name}({', '.join(str(i if len(i) > 1 else i[0]) for i in inputs)})"
        return f">>> {call}\n{self(*inputs)}"

    def __repr__(self) -> str:
        return f"<op {self.name}{self.__signature__}>"


class Slope:
    """A partial derivative in use: which operands and numbers it reads, and its kernels.

    `constant` is its value where it reads nothing, as in a sum.
    """

    def __init__(self, df: Elementwise, op: Declaration) -> None:
        tensors, numbers = df.declaration.inputs, tuple(df.declaration.numbers)
        self.df = df
        self.operands = tuple((*op.inputs, "y").index(t) for t in tensors)
        self.numbers = tuple(list(op.numbers).index(n) for n in numbers)
        self.reads_all = tensors == op.inputs and numbers == tuple(op.numbers)
        self.constant = None if tensors or numbers else float(df.declaration.formula())
        self.flat: dict[np.dtype[Any], Kernel] = {}
        self._kernels: dict[Any, Kernel] = {}

    def run(self, gy: Array, operands: tuple[Operand, ...], numbers: Any, gx: Array) -> None:
        """gx = df gy, element by element."""
        factory = loops.gradient if gy.ndim == 1 else loops.gradient_rows
        kernel = self._kernel(factory, operands, gy, gx)
        run = kernel.run if gx.size < kernel.serial_below else kernel.run_long
        run(gy, operands, numbers, gx)

    def sum_of_copies(
        self, gy: Array, operands: tuple[Operand, ...], numbers: Any, layout: Layout, k: int
    ) -> Array:
        """The float64 gradient of an input k that was stretched: the sum over its copies."""
        shape, stretched = layout.inputs[k], layout.stretched[k]
        if layout.roles[k] == "x":
            gx = np.empty(gy.shape)
            self.run(gy, operands, numbers, gx)
            return unbroadcast(gx.reshape(layout.shape), shape)
        kernel = self._kernel(loops.gradient_features, operands, gy, None)
        if layout.roles[k] == "f":
            gx = sum_rows(kernel, gy, operands, numbers)
            return unbroadcast(gx.reshape(stretched or shape), shape)
        if gy.ndim == 1:
            return np.full(shape, sum_all(kernel, gy, operands, numbers))
        return np.full(shape, np.add.reduce(sum_rows(kernel, gy, operands, numbers)))

    def _kernel(
        self, factory: Any, operands: tuple[Operand, ...], gy: Array, gx: Array | None
    ) -> Kernel:
        ranks = tuple(0 if isinstance(a, float) else a.ndim for a in operands)
        key = (factory, ranks, gy.dtype, gx is None or gx.dtype)
        kernel = self._kernels.get(key)
        if kernel is None:
            kernel = Kernel(factory, self.df.declaration.formula, self.df._patience)
            kernel = self._kernels.setdefault(key, kernel)
            if factory is loops.gradient and gx is not None and gx.dtype == gy.dtype:
                self.flat[gy.dtype] = kernel
        return kernel


class Cast:
    """A change of dtype on the way forward, and back again on the way back."""

    name = "cast"

    def __call__(self, x: Tensor, dtype: np.dtype[Any]) -> Tensor:
        return record(self, (x.node,), x.dtype, rounded(x._data, dtype))

    def vjp(self, node: Node, gy: Array) -> tuple[Array]:
        """gx = gy, in the dtype of x."""
        return (rounded(gy, node.saved),)


cast = Cast()


def rounded(array: Array, dtype: np.dtype[Any]) -> Array:
    """`array` in another dtype; what is too large becomes infinite, without a warning."""
    if array.dtype == dtype:
        return array
    with np.errstate(over="ignore"):
        return array.astype(dtype)
