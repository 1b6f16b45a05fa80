"""The declaration: what an op says of itself, once, for kernels, layers, tests, plots and `help`.

It knows no kernel and no graph: only the formula, its arguments, and the facts around them.
"""

import ast
import difflib
import inspect
import math
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from .arrays import brief

Formula = Callable[..., Any]
Points = Sequence[float] | Callable[..., Sequence[float]]
POSITIVE = (math.nextafter(0.0, 1.0), math.inf)
NOT_NEGATIVE = (0.0, math.inf)


@dataclass(frozen=True, eq=False)
class Declaration:
    """A scalar formula and the facts that only its author knows.

    formula   scalar in, scalar out
    inputs    names of the tensor arguments; they come first in the formula
    numbers   names of the other arguments, with their defaults (`inspect.Parameter.empty`: none)
    starts    what a layer that learns a tensor argument starts it from: its default in the formula
    kinks     values of the first input at which the slope jumps: numbers, or a function of the
              number arguments; one of tensor arguments is for the reader only
    jumps     likewise, where the value jumps
    aliases   other names for number arguments: {"negative_slope": "alpha"}
    none      what None means for a number argument: {"max_value": inf}
    ranges    allowed values: {"alpha": (0, inf)}; without one: finite; of a tensor argument, where
              the formula means something
    order     two numbers of which the first must not be larger: ("low", "high")
    also      other names of the op itself: ("swish",)
    layer     the name of its layer, where "SoftPlus" would not be made of "soft_plus"
    short     whether float32 results may be made of the short forms of exp and its kin
    source    author, year, link
    """

    formula: Formula
    inputs: tuple[str, ...]
    numbers: Mapping[str, Any]
    kinks: Points = ()
    jumps: Points = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    none: Mapping[str, float] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    layer: str = ""
    short: bool = False
    source: str = ""
    starts: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The formula's name."""
        return self.formula.__name__

    def points(self, which: str, numbers: Sequence[float]) -> list[float]:
        """The `kinks` or `jumps` for the given number arguments."""
        points = getattr(self, which)
        if callable(points):
            named = dict(zip(self.numbers, numbers, strict=True))
            reads = inspect.signature(points).parameters
            points = points(**{p: named[p] for p in reads}) if named.keys() >= set(reads) else []
        return [float(p) for p in points]

    def signature(self) -> inspect.Signature:
        """The public function's arguments: tensors, then numbers with their defaults."""
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Signature(
            [inspect.Parameter(name, kind) for name in self.inputs]
            + [inspect.Parameter(n, kind, default=d) for n, d in self.numbers.items()]
        )

    def bind(
        self, arguments: tuple[Any, ...], options: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], tuple[float, ...]]:
        """The tensor arguments and the numbers of a call such as `elu(x, alpha=0.5)`."""
        names = (*self.inputs, *self.numbers)
        if len(arguments) > len(names):
            raise TypeError(
                f"{self.name}: {len(arguments)} arguments given; it takes {', '.join(names)}"
            )
        given = dict(zip(names, arguments, strict=False))
        for option, value in options.items():
            name = self.aliases.get(option, option)
            if name not in names:
                raise TypeError(f"{self.name}: no argument {option!r}{self.suggestion(option)}")
            if name in given and not same(given[name], value):
                raise TypeError(
                    f"{self.name}: {name} is given twice, {brief(given[name])} and {brief(value)}"
                )
            given[name] = value
        for name in names:
            if name not in given and self.numbers.get(name, inspect.Parameter.empty) is (
                inspect.Parameter.empty
            ):
                raise TypeError(f"{self.name}: {name} is missing")
        numbers = tuple(
            self.number(name, given[name]) if name in given else self.number(name, default)
            for name, default in self.numbers.items()
        )
        named = dict(zip(self.numbers, numbers, strict=True))
        ordered = [named[name] for name in self.order]
        if ordered != sorted(ordered):
            pairs = " and ".join(f"{name}={named[name]:g}" for name in self.order)
            raise ValueError(f"{self.name}: {pairs} given; the first must not be larger")
        return tuple(given[name] for name in self.inputs), numbers

    def names_an_input(self, options: Iterable[str]) -> bool:
        """Whether one of these arguments by name is a tensor."""
        return any(self.aliases.get(option, option) in self.inputs for option in options)

    def default_numbers(self) -> tuple[float, ...] | None:
        """The numbers of a call that gives none; None if some have no default."""
        if any(default is inspect.Parameter.empty for default in self.numbers.values()):
            return None
        return tuple(self.number(name, default) for name, default in self.numbers.items())

    def number(self, name: str, value: Any) -> float:
        """A number argument as a float, if it is one and allowed."""
        if value is None and name in self.none:
            return float(self.none[name])
        if getattr(value, "requires_grad", False):
            raise TypeError(
                f"{self.name}: {name} is a number, and no gradient flows to it; an op that learns "
                f"{name} declares it as a tensor, with elementwise(inputs=...)"
            )
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        low, high = self.ranges.get(name, (-math.inf, math.inf))
        if number == self.none.get(name):
            return number
        if isinstance(value, str | bytes) or not math.isfinite(number) or not low <= number <= high:
            raise ValueError(
                f"{self.name}: {name}={brief(value)} given; it must be {self.allowed(name)}"
            )
        return number

    def allowed(self, name: str) -> str:
        """The values that a number argument may have, in words."""
        low, high = self.ranges.get(name, (-math.inf, math.inf))
        words = "a finite number"
        if high < math.inf:
            words = f"a number from {low:g} to {high:g}" if low > -math.inf else f"at most {high:g}"
        elif low == POSITIVE[0]:
            words = "a finite number above 0"
        elif low > -math.inf:
            words = f"a finite number of at least {low:g}"
        return f"{words}, or None" if name in self.none else words

    def suggestion(self, wrong: str) -> str:
        """`; did you mean 'alpha'?`, or what there is."""
        known = [*self.inputs, *self.numbers, *self.aliases]
        close = difflib.get_close_matches(wrong, known, n=1)
        return f"; did you mean {close[0]!r}?" if close else f"; it takes {', '.join(known)}"

    def help(self, partials: Mapping[str, Any], example: str, swept: str = "") -> str:
        """The text of `help(op)`, generated from the declaration."""
        lines = [
            inspect.cleandoc(self.formula.__doc__ or self.name),
            "",
            "Parameters",
            "----------",
        ]
        also = {name: alias for alias, name in self.aliases.items()}
        lines += [f"{name} : Tensor, or numbers of any shape" for name in self.inputs]
        for name, default in self.numbers.items():
            text = f"{name} : {self.allowed(name)}"
            text += "" if default is inspect.Parameter.empty else f"; default {default}"
            lines.append(text + (f"; also called {also[name]}" if name in also else ""))
        lines += ["", "Returns", "-------", "Tensor of the inputs' common shape and dtype", ""]
        lines += ["Raises", "------", "TypeError, ValueError : one line that names the argument"]
        lines += ["", "Slope", "-----"]
        for name, df in partials.items():
            lines.append(f"d/d{name}: {body_text(df.declaration.formula)}")
        for which in ("kinks", "jumps"):
            if points := getattr(self, which):
                lines.append(f"{which} at {points_text(points)}")
        if self.source:
            lines += ["", "Source", "------", self.source]
        if swept:
            lines += ["", f"Swept: {swept}"]
        return "\n".join([*lines, "", "Examples", "--------", example])


def parameters_of(formula: Any) -> list[inspect.Parameter]:
    """The arguments of a formula, which is a plain function that names each of them."""
    if not inspect.isfunction(formula):
        raise TypeError(
            f"elementwise: {brief(formula)} given; a formula is a function of yours, "
            "def f(x): ..., which may call others"
        )
    parameters = list(inspect.signature(formula).parameters.values())
    for p in parameters:
        if p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            raise TypeError(
                f"{formula.__name__}: argument {p.name} comes with or after a *; name the "
                "arguments of a formula one by one, without * and **"
            )
    return parameters


def checked_names(formula: str, arguments: Sequence[str], **given: Iterable[str]) -> None:
    """Refuse facts about arguments that a formula does not have."""
    for fact, names in given.items():
        for name in names:
            if name not in arguments:
                raise ValueError(
                    f"{formula}: {fact} of {name!r} given; its arguments are {', '.join(arguments)}"
                )


def checked_points(formula: str, **given: Any) -> None:
    """Refuse kinks and jumps that are neither numbers nor a function."""
    for which, points in given.items():
        try:
            fine = callable(points) or not any(isinstance(p, str) or p != p for p in points)
        except TypeError:
            fine = False
        if not fine:
            raise ValueError(
                f"{formula}: {which}={brief(points)} given; give a list of numbers, as [0.0], or a "
                "function of number arguments"
            )


def same(a: Any, b: Any) -> bool:
    """Whether two values given for one argument agree."""
    try:
        return bool(a is b or a == b)
    except (TypeError, ValueError):
        return False


def points_text(points: Points) -> str:
    """Where kinks or jumps are, in words: numbers, or what they depend on."""
    if callable(points):
        return f"places that {' and '.join(inspect.signature(points).parameters)} set"
    return ", ".join(f"{p:g}" for p in points)


@lru_cache
def body_text(formula: Formula) -> str:
    """The lines of a short formula as in its source, `e = exp(x); e / (1 + e)`; or its name."""
    try:
        (function,) = ast.parse(textwrap.dedent(inspect.getsource(formula))).body
    except (OSError, TypeError, SyntaxError, ValueError):  # no source: made in another way
        return formula.__name__
    if not isinstance(function, ast.FunctionDef):
        return formula.__name__
    body = function.body[1:] if ast.get_docstring(function) else function.body
    text = "; ".join(ast.unparse(line) for line in body).replace("return ", "")
    return text if len(body) <= 4 else formula.__name__
