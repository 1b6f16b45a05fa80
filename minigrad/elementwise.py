"""Elementwise ops: a scalar formula, declared once, joined to kernels and graph.

    @elementwise(kinks=[0.0], source="Clevert et al. 2016, https://arxiv.org/abs/1511.07289")
    def elu(x, alpha=1.0):
        '''ELU: x for x > 0, alpha (exp(x) - 1) otherwise.'''
        return x if x > 0 else scaled(alpha, expm1(x))

    @elu.partial("x")
    def delu_dx(x, alpha):
        return 1 if x > 0 else scaled(alpha, exp(x))

The first argument, or the first few with `inputs=`, are tensors and want a partial derivative each;
the others are numbers.
A partial names the arguments that it reads, and what no partial names is not kept for backward.
It is an op itself: it can be called, plotted, checked, and given partials of its own.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .arrays import DEFAULT_FLOAT, Array, brief, canonical, rounded
from .broadcasting import Layout, arrange
from .casting import cast
from .conventions import convention, gradient_by
from .declaration import Declaration, Points, checked_names, checked_points, parameters_of
from .kernels.kernel import PATIENCE
from .memory import FEW, empty
from .plans import ANY_SHAPE, Formula, Plan, Slope
from .receipts import summary
from .tensor import Node, Tensor, adopt, elsewhere, record

# Plans kept for each op; a program with more combinations of shapes makes them again.
PLANS = 4096
# The nodes of the inputs; None where no gradient flows through any.
Nodes = tuple[Node | None, ...] | None
# Types whose repr says all there is to say of a number.
PLAIN = {float, int, bool, type(None)}


def elementwise(
    inputs: int = 1,
    kinks: Points = (),
    jumps: Points = (),
    aliases: Mapping[str, str] | None = None,
    none: Mapping[str, float] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    order: tuple[str, ...] = (),
    also: tuple[str, ...] = (),
    layer: str = "",
    short: bool = False,
    source: str = "",
) -> Callable[[Callable[..., Any]], "Elementwise"]:
    """Declare an op: `@elementwise(...)` above its scalar formula.

    Parameters
    ----------
    inputs : how many of the formula's first arguments are tensors.
    kinks, jumps : where the slope, or the value, jumps: inputs, or a function of number arguments.
    aliases : other names of number arguments, {"negative_slope": "alpha"}.
    none : what None means, {"max_value": math.inf}.
    ranges : allowed values of number arguments, {"alpha": (0, math.inf)}.
    order : two number arguments of which the first must not be larger.
    also : other names of the op, ("swish",).
    layer : the name of its layer, if camel case of the op's name is not it.
    short : whether errors of 2**-33 in exp and its kin will do for float32, as no terms cancel.
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
    if callable(inputs):
        name = getattr(inputs, "__name__", "f")
        raise TypeError(f"elementwise: write @elementwise() above {name}, with parentheses")
    if not isinstance(inputs, int) or isinstance(inputs, bool) or inputs < 1:
        raise ValueError(f"elementwise: inputs={brief(inputs)} given; give 1 or more, the tensors")

    def declare(formula: Callable[..., Any]) -> Elementwise:
        parameters = parameters_of(formula)
        checked_points(formula.__name__, kinks=kinks, jumps=jumps)
        checked_names(
            formula.__name__, [p.name for p in parameters],
            aliases=(aliases or {}).values(), none=none or (), ranges=ranges or (), order=order,
        )  # fmt: skip
        if len(parameters) < inputs:
            raise TypeError(f"{formula.__name__}: inputs={inputs}, but it has {len(parameters)}")
        learned = parameters[1:inputs]
        return of_inputs(inputs)(
            Declaration(
                formula,
                inputs=tuple(p.name for p in parameters[:inputs]),
                numbers={p.name: p.default for p in parameters[inputs:]},
                kinks=kinks,
                jumps=jumps,
                aliases=aliases or {},
                none=none or {},
                ranges=ranges or {},
                order=order,
                also=also,
                layer=layer,
                short=short,
                source=source,
                starts={p.name: p.default for p in learned if p.default is not p.empty},
            )
        )

    return declare


class ElementwiseNode(Node):
    """The node of an elementwise op, whose `saved` are the operands.

    plan     how it ran, see `plans.py`
    numbers  the other arguments of the formula

    In one tuple with the operands they would be one more object for each node, and Python's garbage
    collector goes over all of them again and again: a million nodes took a seventh longer.
    """

    __slots__ = ("numbers", "plan")

    plan: Plan
    numbers: tuple[float, ...]


class Same:
    """Equal to one object only, where 0.0 and -0.0, or True and 1, are equal as numbers."""

    __slots__ = ("one",)

    def __init__(self, one: Any) -> None:
        self.one = one

    def __eq__(self, other: object) -> bool:
        return other is self.one


class Elementwise:
    """y = f(x, ...) for every element: a declaration with kernels, a graph node and partials."""

    changes = 0  # partials declared, for any op: programs that were written before are out of date

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        self.name = self.__name__ = declaration.name
        self.__module__ = declaration.formula.__module__
        self.partials: dict[str, Elementwise] = {}
        self._arity = len(declaration.inputs)
        self._numbers = declaration.default_numbers()
        # minigrad's own formulas are known to compile, so their first elements may be run as they
        # stand; a formula of yours is compiled at once, to show at once if it cannot be.
        patience = PATIENCE if str(self.__module__).startswith("minigrad.") else 0
        self.formula = Formula(declaration.formula, patience, short=declaration.short)
        self.slopes: list[Slope | None] = [None] * self._arity
        # For calls by the default numbers, which kernels know as constants, and by others.
        # `numbers is self._numbers` tells which: `_bound` hands out that very tuple for defaults.
        self._plans: dict[Any, Plan] = {}
        self._plans_for_others: dict[Any, Plan] = {}
        self._bindings: dict[tuple[Any, ...], tuple[float, ...]] = {}
        # the numbers given last, without and with a name, and what they were bound to
        self._last_binding: tuple[Any, Any, tuple[float, ...]] = None, None, ()

    def partial(
        self, name: str, short: bool = False, steps: bool = False
    ) -> Callable[[Callable[..., Any]], "Elementwise"]:
        """Declare the derivative with respect to the tensor argument `name`.

        Its arguments are those that it reads: tensor arguments of the op, or its result `y`, then
        number arguments.  `short` as in `elementwise`; `steps` if it is 0 or 1 nearly everywhere,
        which takes no product.
        """
        if name not in self.declaration.inputs:
            raise TypeError(
                f"{self.name}: no tensor argument {brief(name)}; partials are for "
                f"{', '.join(self.declaration.inputs)}"
            )

        def declare(formula: Callable[..., Any]) -> Elementwise:
            mine = self.declaration
            reads = [p.name for p in parameters_of(formula)]
            known = (*mine.inputs, "y", *mine.numbers)
            tensors = tuple(r for r in reads if r not in mine.numbers)
            if any(r not in known for r in reads) or reads[: len(tensors)] != list(tensors):
                raise TypeError(
                    f"{formula.__name__}: reads {', '.join(reads)}; a partial of {self.name} may "
                    f"read {', '.join(known)}, tensors first"
                )
            numbers = {r: mine.numbers[r] for r in reads if r in mine.numbers}
            df = of_inputs(len(tensors))(
                Declaration(
                    formula, tensors, numbers,
                    aliases={a: n for a, n in mine.aliases.items() if n in numbers},
                    none=mine.none, ranges=mine.ranges, short=short, source=mine.source,
                )
            )  # fmt: skip
            df.formula.surroundings = self.formula.surroundings
            self.partials[name] = df
            self.slopes[mine.inputs.index(name)] = Slope(
                df.formula,
                tuple((*mine.inputs, "y").index(t) for t in tensors),
                tuple(list(mine.numbers).index(n) for n in numbers),
                steps,
            )
            self._plans.clear()
            self._plans_for_others.clear()
            Elementwise.changes += 1
            return df

        return declare

    def __call__(self, *arguments: Any, **options: Any) -> Tensor:
        inputs, numbers = arguments, self._numbers
        if options or len(arguments) != self._arity or numbers is None:
            inputs, numbers = self._bound(arguments, options)
        return self._run(inputs, numbers)

    def _bound(
        self, arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> tuple[tuple[Any, ...], tuple[float, ...]]:
        """Inputs and numbers of a call; numbers that were given before are not checked again."""
        arity = self._arity
        inputs, given = arguments[:arity], arguments[arity:]
        last_given, last_options, last = self._last_binding
        if last_options == options and last_given == given and len(inputs) == arity:
            return inputs, last  # what is written in a program is one object, call after call
        values = (*given, *options.values())
        if len(inputs) < arity or not PLAIN.issuperset(map(type, values)):
            return self.declaration.bind(arguments, options)
        key = (len(given), *options, *map(repr, values))
        numbers = self._bindings.get(key)
        if numbers is None:
            inputs, numbers = self.declaration.bind(arguments, options)
            # by repr, as -0.0 is not 0.0
            if self._numbers is not None and repr(numbers) == repr(self._numbers):
                numbers = self._numbers
            if self.declaration.names_an_input(options):
                return inputs, numbers
            if len(self._bindings) < PLANS:
                self._bindings[key] = numbers
        same_options = {name: Same(value) for name, value in options.items()}
        self._last_binding = tuple(map(Same, given)), same_options, numbers
        return inputs, numbers

    def _run(self, inputs: tuple[Any, ...], numbers: tuple[float, ...]) -> Tensor:
        """y for inputs of any shapes and dtypes."""
        operands, nodes, key = self._read(inputs)
        # a plan is worked out once for each combination of shapes and dtypes, twice with numbers
        plans = self._plans if numbers is self._numbers else self._plans_for_others
        plan = plans.get(key)
        if plan is None:
            for x in inputs:
                if elsewhere(x):
                    return x.run(self, inputs, numbers)
            dtypes = [a.dtype for a in operands if not isinstance(a, float)] or [DEFAULT_FLOAT]
            dtype = np.result_type(*dtypes)
            if dtypes.count(dtype) != len(dtypes):
                return self._run(tuple(self._cast(x, dtype) for x in inputs), numbers)
            if len(plans) >= PLANS:
                plans.clear()
            plan = plans[key] = self._plan(self._layout(operands), dtype, numbers)
        return self._run_by(plan, operands, nodes, numbers)

    def _run_by(
        self, plan: Plan, operands: tuple[Any, ...], nodes: Nodes, numbers: tuple[float, ...]
    ) -> Tensor:
        """y by the plan for what these operands are."""
        if not plan.as_given:
            operands = plan.lay_out(operands)
        out = plan.empty(plan.layout.shape, plan.work)
        kernel = plan.kernel
        run = kernel.run if out.size < kernel.serial_below else kernel.run_long
        run(operands, numbers, out if plan.laid is None else out.reshape(plan.laid))
        result = rounded(out, plan.dtype) if plan.half else out
        if nodes is None:  # nothing to keep for a way back
            return adopt(result)
        if out.size >= plan.selects_from:
            operands = plan.saved(operands, out)
        y = record(self, nodes, operands, result, 0, ElementwiseNode)
        if y.node is not None:
            y.node.plan, y.node.numbers = plan, numbers  # type: ignore[attr-defined]
        return y

    def _read(self, inputs: tuple[Any, ...]) -> tuple[tuple[Any, ...], Nodes, Any]:
        """Arrays and numbers, nodes, and what a plan depends on, of all inputs."""
        tensors = [x if type(x) is Tensor else self._operand(x) for x in inputs]
        operands = tuple([t if isinstance(t, float) else t._data for t in tensors])
        nodes = tuple([None if isinstance(t, float) else t.node for t in tensors])
        key: list[Any] = []
        for a in operands:
            key += (None, None) if isinstance(a, float) else (a.shape, a.dtype)
        return operands, nodes if any(nodes) else None, tuple(key)

    def vjp(self, node: Any, gy: Array) -> Sequence[Array | None]:
        """gx = df/dx gy for each input x, summed over its copies where x was stretched."""
        operands, numbers, plan = node.saved, node.numbers, node.plan
        exact_gy = gy.astype(plan.work) if plan.half else gy
        pulled: list[Array | None] = []
        for k, parent in enumerate(node.parents):
            pulled.append(None if parent is None else plan.pulls[k](exact_gy, operands, numbers))
        if plan.half:
            pulled = [None if gx is None else rounded(gx, plan.dtype) for gx in pulled]
        if convention() and (gx := gradient_by(convention(), self, node, gy)) is not None:
            pulled[0] = gx
        return pulled

    def _plan(self, layout: Layout, dtype: np.dtype[Any], numbers: tuple[float, ...]) -> Plan:
        known = numbers if numbers is self._numbers else ()
        return Plan(self.declaration, self.formula, self.slopes, layout, dtype, known)

    def _layout(self, operands: tuple[Any, ...]) -> Layout:
        shapes = [None if isinstance(a, float) else a.shape for a in operands]
        try:
            return arrange(tuple(shapes))
        except ValueError:
            named = zip(self.declaration.inputs, shapes, strict=True)
            raise ValueError(
                f"{self.name}: {' and '.join(f'{n} of shape {s or ()}' for n, s in named)} do not "
                "broadcast; compared from the last axis, lengths must be equal or 1"
            ) from None

    def _cast(self, x: Any, dtype: np.dtype[Any]) -> Any:
        x = x if type(x) is Tensor else self._operand(x)
        return x if isinstance(x, float) else cast(x, dtype)

    def _tensor(self, value: Any) -> Tensor:
        try:
            return adopt(canonical(value, copy=True))
        except (TypeError, ValueError) as error:
            raise type(error)(f"{self.name}: {error}") from None

    def _operand(self, value: Any) -> Tensor | float:
        """An array becomes a constant tensor; a Python or NumPy number takes the others' dtype."""
        if isinstance(value, int | float | np.floating | np.integer | np.bool):
            try:
                return float(value)
            except OverflowError:
                raise ValueError(f"{self.name}: {brief(value)} is too large for a float") from None
        if isinstance(value, Tensor):  # one that is elsewhere
            return value
        return self._tensor(value)

    @property
    def __signature__(self) -> inspect.Signature:
        return self.declaration.signature()

    def takes_one(self) -> bool:
        """Whether f(x) is a call: one tensor, and a default for every number."""
        return self._arity == 1 and self._numbers is not None

    def layer_name(self) -> str:
        """The class name of its layer, "SoftShrink" for soft_shrink."""
        declared = self.declaration.layer
        return declared or "".join(part.capitalize() for part in self.name.split("_"))

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        """What `help` shows, made from the declaration and one call."""
        swept = summary(*self.formulas_for_float32())
        return self.declaration.help(self.partials, self._example(), swept)

    def formulas_for_float32(self) -> list[Callable[..., Any]]:
        """What float32 results are computed by: its formula, and those of its partials."""
        parts = [self, *self.partials.values()]
        return [part.formula.for_results_of(DEFAULT_FLOAT) for part in parts]

    def _example(self) -> str:
        inputs = [[-2.0, 0.0, 3.0], [0.25], *[[1.0]] * self._arity][: self._arity]
        if self._numbers is None:
            return ""
        call = f"{self.name}({', '.join(str(i if len(i) > 1 else i[0]) for i in inputs)})"
        return f">>> {call}\n{self(*inputs)}"

    def __reduce__(self) -> str:
        return self.name  # a copy is the op itself: machine code cannot be copied

    def __repr__(self) -> str:
        return f"<op {self.name}{self.__signature__}>"


class OneInput(Elementwise):  # noqa: D101
    # An op with one input has nothing to broadcast with, and one plan for all shapes.  Most calls
    # of most programs are of this kind, and for a small array all that surrounds the kernel counts:
    # this is the shortest way through.

    __doc__ = Elementwise.__doc__

    def __call__(self, *arguments: Any, **options: Any) -> Tensor:
        numbers = self._numbers
        if options or len(arguments) != 1 or numbers is None:
            arguments, numbers = self._bound(arguments, options)
        x = arguments[0]
        if type(x) is not Tensor:
            if elsewhere(x):
                return x.run(self, (x,), numbers)
            x = self._tensor(x)
        array, node = x._data, x.node
        shape, dtype, size = array.shape, array.dtype, array.size
        plans = self._plans if numbers is self._numbers else self._plans_for_others
        plan = plans.get(dtype)
        if plan is None:
            plan = plans[dtype] = self._plan(ANY_SHAPE, dtype, numbers)
        work = plan.work
        operands = (array,) if work is dtype else (array.astype(work),)
        out = np.empty(shape, work) if size < FEW else empty(shape, work)
        kernel = plan.kernel
        run = kernel.run if size < kernel.serial_below else kernel.run_long
        run(operands, numbers, out)
        result = rounded(out, dtype) if plan.half else out
        if node is None:  # nothing to keep for a way back
            return adopt(result)
        if size >= plan.selects_from:
            operands = plan.saved(operands, out)
        y = record(self, (node,), operands, result, 0, ElementwiseNode)
        if y.node is not None:
            y.node.plan, y.node.numbers = plan, numbers  # type: ignore[attr-defined]
        return y

    def vjp(self, node: Any, gy: Array) -> Sequence[Array | None]:
        """gx = df/dx gy."""
        plan = node.plan
        if plan.half or convention():
            return super().vjp(node, gy)
        return (plan.pulls[0](gy, node.saved, node.numbers),)


class TwoInputs(Elementwise):  # noqa: D101
    # Of two tensors a plan is found at once.

    __doc__ = Elementwise.__doc__

    def __call__(self, *arguments: Any, **options: Any) -> Tensor:
        numbers = self._numbers
        if options or len(arguments) != 2 or numbers is None:
            arguments, numbers = self._bound(arguments, options)
        a, b = arguments
        if type(a) is Tensor and type(b) is Tensor:
            x, w = a._data, b._data
            plans = self._plans if numbers is self._numbers else self._plans_for_others
            plan = plans.get((x.shape, x.dtype, w.shape, w.dtype))
            if plan is not None:
                nodes = (a.node, b.node) if a.node or b.node else None
                return self._run_by(plan, (x, w), nodes, numbers)
        return self._run(arguments, numbers)

    def vjp(self, node: Any, gy: Array) -> Sequence[Array | None]:
        """ga = df/da gy, gb = df/db gy."""
        operands, numbers, plan = node.saved, node.numbers, node.plan
        if plan.half or convention():
            return super().vjp(node, gy)
        (parent_a, parent_b), (pull_a, pull_b) = node.parents, plan.pulls
        return (
            None if parent_a is None else pull_a(gy, operands, numbers),
            None if parent_b is None else pull_b(gy, operands, numbers),
        )


def of_inputs(count: int) -> type[Elementwise]:
    """The class of ops with so many tensor arguments."""
    return {1: OneInput, 2: TwoInputs}.get(count, Elementwise)
