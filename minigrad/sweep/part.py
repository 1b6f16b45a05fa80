"""A part: one formula of an activation, compiled with given numbers, beside its textbook's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from mpmath import mpf

from .. import receipts
from ..arrays import Array
from ..elementwise import Elementwise
from ..kernels import loops
from ..kernels.kernel import Kernel
from ..kernels.mathematics import INFINITY
from . import textbook

# How many settings of its numbers an activation is swept with: its defaults and two others.
SETTINGS = 3


@dataclass(frozen=True)
class Setting:
    """Values for the learned inputs of an op and for its numbers."""

    learned: tuple[float, ...]
    numbers: tuple[float, ...]

    def named(self, op: Elementwise) -> receipts.Settings:
        """As a receipt has them: what None means is None."""
        names = (*op.declaration.inputs[1:], *op.declaration.numbers)
        values = zip(names, (*self.learned, *self.numbers), strict=True)
        return {n: None if v == op.declaration.none.get(n) else v for n, v in values}


def settings(op: Elementwise) -> list[Setting]:
    """Its defaults first, then some of those that the textbook's tests use.

    >>> from minigrad import activations
    >>> [s.named(activations.elu) for s in settings(activations.elu)]
    [{'alpha': 1.0}, {'alpha': 0.3}, {'alpha': -0.5}]
    """
    declaration = op.declaration
    starts = tuple(float(np.float32(declaration.starts[n])) for n in declaration.inputs[1:])
    learned = dict.fromkeys((starts, *textbook.LEARNED.get(op.name, ())))
    given = textbook.NUMBERS.get(op.name, [()])
    names = list(declaration.numbers)
    numbers = [
        tuple(declaration.number(n, v) for n, v in zip(names, values, strict=True))
        for values in given
        if len(values) == len(names)
    ]
    if (default := declaration.default_numbers()) is not None:
        numbers = list(dict.fromkeys((default, *numbers)))
    return [Setting(a, n) for a in learned for n in numbers][:SETTINGS]


@dataclass(frozen=True)
class Part:
    """One formula to sweep.

    run        float32 numbers in, the formula's results out
    reference  the same from float64 numbers, by the textbook; exact, for one of mpmath's numbers
    term       where the textbook's formula is 0 as a sum of two terms: the larger one; or None
    bound      what that term never exceeds
    limits     whether it has limits at infinity
    """

    name: str
    run: Callable[[Array, Array], None]
    reference: Callable[[Array], Array]
    exact: Callable[[mpf], mpf]
    term: Callable[[Array], Array] | None = None
    bound: float = INFINITY
    limits: bool = True


def parts(op: Elementwise, setting: Setting) -> Iterator[Part]:
    """The value of an activation and each of its slopes."""
    fixed = (*setting.learned, *setting.numbers)
    exact = tuple(mpf(v) for v in fixed)
    for name, run in kernels(op, setting):
        formula, term = textbook.FORMULAS[name], textbook.LARGEST_TERM.get(name)
        yield Part(
            name,
            run,
            reference=partial(given, partial(formula, textbook.FAST), fixed),
            exact=partial(given, partial(formula, textbook.EXACT), exact),
            term=term and partial(given, term, fixed),
            bound=textbook.LARGEST_TERM_BELOW.get(name, INFINITY),
            limits=op.name not in textbook.PERIODIC,
        )


def given(formula: Callable[..., Any], fixed: tuple[Any, ...], x: Any) -> Any:
    """The formula of x, with its other arguments fixed."""
    return formula(x, *fixed)


def kernels(op: Elementwise, setting: Setting) -> Iterator[tuple[str, Callable[..., None]]]:
    """The names of an op's formulas, and what runs the loops that forward and backward use."""
    formula, *slopes = op.formulas_for_float32()
    yield op.name, forward(formula, setting.learned, setting.numbers)
    for slope, df in zip(op.slopes, slopes, strict=True):
        assert slope is not None
        read = [k for k in slope.operands if k > 0]
        assert slope.operands == (0, *read) and max(read, default=0) <= len(setting.learned)
        learned = tuple(setting.learned[k - 1] for k in read)
        numbers = tuple(setting.numbers[k] for k in slope.numbers)
        yield df.__name__, gradient(df, learned, numbers)


def forward(
    formula: Any, learned: tuple[float, ...], numbers: tuple[float, ...]
) -> Callable[..., None]:
    """y = f(x)."""
    kernel = Kernel(loops.forward, formula)
    return lambda x, out: kernel.run((x, *learned), numbers, out)


def gradient(
    formula: Any, learned: tuple[float, ...], numbers: tuple[float, ...]
) -> Callable[..., None]:
    """gx = df(x) 1."""
    kernel = Kernel(loops.gradient, formula)
    return lambda x, out: kernel.run(np.ones_like(x), (x, *learned), numbers, out)


def digests(op: Elementwise) -> dict[str, str]:
    """Of its value and slopes, as receipts have them."""
    return receipts.digests(*op.formulas_for_float32())
