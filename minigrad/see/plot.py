"""Plotting: `plot(op)` shows an activation and its slope, with kinks, jumps and flat stretches.

The picture is SVG made here, of the same curves whose numbers a test can read: there is no library
to install.  A plot is taken when `plot` is called.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from ..arrays import brief
from ..elementwise import Elementwise
from . import slider
from .chart import Axes, axes, chart, said, style
from .curve import Window, complete, curve
from .draw import png

KINDS = (".svg", ".png", ".html")
MOST = 8  # curves that colours and dashes can tell apart
RANGE = (-6.0, 6.0)
HINT = "a slider for each number: pip install ipywidgets, or .save('plot.html')"


class Plot:
    """Curves of ops: shown by notebooks, saved as a file; `curves` has the numbers."""

    def __init__(self, ops: list[Elementwise], window: Window, given: Mapping[str, Any]) -> None:
        self.ops, self.window, self.given = ops, window, given
        self.curves = [curve(op, one, window) for op in ops for one in choices(op, given)]
        if len(self.curves) > MOST:
            raise ValueError(f"plot: {len(self.curves)} curves asked for; {MOST} can be told apart")

    @property
    def svg(self) -> str:
        """The picture, in light or dark colours as the reader likes."""
        return self.drawn()

    def drawn(
        self, within: Axes | None = None, rules: str | None = None, notes: Iterable[str] = ()
    ) -> str:
        """The picture within given axes, with given style rules."""
        within = axes(self.curves, self.window) if within is None else within
        rules = style() if rules is None else rules
        return chart(self.curves, within, rules, [*said(self.curves), *notes])

    @property
    def stops(self) -> dict[str, tuple[float, list[float]]]:
        """For each number that a slider can move: where it is, and where it may go.

        Not for one of which several values are shown, or that two ops start from different values.
        """
        found: dict[str, tuple[float, list[float]]] = {}
        settings = [(op, complete(op, next(choices(op, self.given)))) for op in self.ops]
        for name in dict.fromkeys(n for _, numbers in settings for n in numbers):
            takers = [(op, n) for op, n in settings if canonical(op, name) in n]
            starts = {numbers[canonical(op, name)] for op, numbers in takers}
            if len(starts) > 1 or any(self._several(op, name) for op, _ in takers):
                continue
            (start,) = starts
            (op, numbers), *others = takers
            values = slider.places(op, canonical(op, name), start, numbers)
            for other, n in others:
                values = [v for v in values if slider.allowed(other, canonical(other, name), v, n)]
            if len(values) > 1:
                found[name] = start, values
        return found

    def _several(self, op: Elementwise, name: str) -> bool:
        """Whether there is a curve for each of several values of a number."""
        mine = (v for k, v in self.given.items() if canonical(op, k) == canonical(op, name))
        return any(isinstance(v, list) for v in mine)

    def moved(self, numbers: Mapping[str, float]) -> "Plot":
        """The plot with other numbers."""
        names = {canonical(op, name) for op in self.ops for name in numbers}
        kept = {
            k: v for k, v in self.given.items() if not names & {canonical(op, k) for op in self.ops}
        }
        return Plot(self.ops, self.window, {**kept, **numbers})

    @property
    def html(self) -> str:
        """A page of its own, with a slider for each number."""
        stops = self.stops
        moved = {n: [(v, self.moved({n: v})) for v in values] for n, (_, values) in stops.items()}
        plots = [self, *(plot for row in moved.values() for _, plot in row)]
        within = axes([c for plot in plots for c in plot.curves], self.window)
        frames = {n: [(v, p.drawn(within, "")) for v, p in row] for n, row in moved.items()}
        starts = {name: start for name, (start, _) in stops.items()}
        title = " and ".join(c.label for c in self.curves)
        return slider.page(title, style(), self.drawn(within, ""), starts, frames)

    def save(self, file: str | Path) -> Path:
        """Write a file of the kind that its name ends in: .svg, .png, .html (with sliders)."""
        target = Path(file)
        kind = target.suffix.lower()
        if kind not in KINDS:
            raise ValueError(f"save: {str(file)!r} given; its name must end in {', '.join(KINDS)}")
        if kind == ".png":
            target.write_bytes(png(self.drawn(rules=style(dark=False))))
        else:
            target.write_text(self.svg if kind == ".svg" else self.html, encoding="utf-8")
        return target

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        stops = self.stops
        if not stops:
            return {"image/svg+xml": self.svg, "text/plain": repr(self)}
        if not slider.available():
            return {"image/svg+xml": self.drawn(notes=[HINT]), "text/plain": repr(self)}
        shown = slider.widget(self.svg, stops, lambda numbers: self.moved(numbers).svg)
        # programs that have no widgets take the picture
        return {**shown._repr_mimebundle_(), "image/svg+xml": self.svg, "text/plain": repr(self)}

    def __repr__(self) -> str:
        corners = [f"{c.label}: {corner}" for c in self.curves for corner in c.corners]
        names = ", ".join(c.label for c in self.curves)
        return "\n".join([f"<plot of {names}; .save('plot.svg') to see it>", *corners])


def plot(op: Any, *more: Any, range: Any = RANGE, **numbers: Any) -> Plot:
    """Plot ops and their slopes over x: kinks and jumps as dots, flat stretches shaded.

    At a kink a filled dot is what the op takes, an open one what it has on the other side.  What
    has no default is 1.

    Parameters
    ----------
    op, more : declared ops, such as `activations.elu`; partials and your own too.
    range : the lowest and the highest x.
    numbers : arguments of the ops; a list shows one curve for each of its values.

    >>> from minigrad.activations import elu
    >>> print(plot(elu, alpha=[0.1, 0.3]).curves[1].corners[0])
    kink at 0: slope 0.3 left, 1 right, taken 0.3
    """
    ops = [checked(f) for f in (op, *more)]
    low, high = window_of(range)
    given = {name: several(name, value) for name, value in numbers.items()}
    for name in given:
        if any(name == f.declaration.inputs[0] for f in ops):
            raise TypeError(f"plot: {name} is what is plotted along; give range=(low, high)")
        if not any(canonical(f, name) in complete(f, {}) for f in ops):
            raise TypeError(f"plot: no argument {name!r}{suggestion(name, ops)}")
    return Plot(ops, (low, high), given)


def checked(op: Any) -> Elementwise:
    """An op that can be plotted."""
    if not isinstance(op, Elementwise):
        what = getattr(op, "__name__", None) or brief(op)
        raise TypeError(
            f"plot: {what} given; it must be an op that is declared with @elementwise, such as "
            "activations.relu"
        )
    complete(op, {})
    return op


def window_of(given: Any) -> Window:
    """Two finite numbers, the smaller first."""
    try:
        low, high = (float(x) for x in given)
    except (TypeError, ValueError, OverflowError):
        low = high = 0.0
    if not (low < high and np.isfinite(high - low)):
        raise ValueError(
            f"plot: range={brief(given)} given; it must be two finite numbers, the smaller first"
        )
    return low, high


def several(name: str, value: Any) -> Any:
    """A list for several values; one value as it is."""
    if isinstance(value, list | tuple | np.ndarray) and np.ndim(value) == 1:
        if not len(value):
            raise ValueError(f"plot: {name}=[] given; it must have a value for each curve")
        return list(value)
    return value


def choices(op: Elementwise, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Of what is given, what the op takes, with one value each: every combination."""
    mine = {k: v for k, v in given.items() if canonical(op, k) in complete(op, {})}
    lists = [v if isinstance(v, list) else [v] for v in mine.values()]
    return (dict(zip(mine, values, strict=True)) for values in product(*lists))


def canonical(op: Elementwise, name: str) -> str:
    """The argument that a name stands for."""
    return op.declaration.aliases.get(name, name)


def suggestion(wrong: str, ops: list[Elementwise]) -> str:
    """`; did you mean 'alpha'?`, or what there is."""
    known = sorted({name for op in ops for name in complete(op, {})})
    close = difflib.get_close_matches(wrong, known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there is {', '.join(known)}" if known else f"; {ops[0].name} has none"
