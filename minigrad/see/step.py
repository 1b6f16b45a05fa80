"""Stepping: `step(loss)` walks through backward, one op at a time, forwards and backwards.

What it shows depends on the position alone, so a step back undoes a step forward exactly.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from ..arrays import Array
from ..tensor import Tensor
from .figures import columns, sized
from .graph import look
from .page import page
from .picture import picture
from .record import MOST_STEPS, Record, Step, replay, seen
from .svg import svg
from .widget import available, widget

MOST_PRINTED = 100
KEYS = "n or Enter: forward, p: back, q: quit"


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What there is to see at one position.

    position   0 is where backward starts; each op is one further
    of         the last position
    text       what the op at this position has just done
    gradients  all gradients so far, by name
    """

    position: int
    of: int
    text: str
    gradients: dict[str, Array]

    def __str__(self) -> str:
        known = ", ".join(f"{name}: {sized(g, 6)}" for name, g in [*self.gradients.items()][-12:])
        return f"[{self.position}/{self.of}] {self.text}\n  gradients: {known or 'none'}"


class Stepper:
    """A walk through the steps of backward; made by `step(loss)`."""

    def __init__(self, found: Record) -> None:
        self.record = found
        self._position = 0
        self._widget: Any = None

    @property
    def position(self) -> int:
        """Where it is: 0 before the first op.  A widget that shows it moves with it."""
        return self._position

    @position.setter
    def position(self, position: int) -> None:
        self._position = max(0, min(position, len(self.record.steps)))
        if self._widget is not None:
            self._widget.position = self._position

    def __len__(self) -> int:
        """How many positions there are."""
        return len(self.record.steps) + 1

    @property
    def state(self) -> State:
        """What there is to see now."""
        return self.at(self.position)

    def at(self, position: int) -> State:
        """What there is to see at a position."""
        steps = self.record.steps[:position]
        values = self.record.graph.values
        last = len(values) - 1
        totals: dict[int, Array | None] = {last: self.record.seed}
        for step in steps:
            totals.update({use.of: use.total for use in step.uses})
        gradients = {values[k].name: g for k, g in totals.items() if g is not None}
        text = self.told(steps[-1]) if steps else self.start()
        return State(position, len(self.record.steps), text, gradients)

    def forward(self) -> State:
        """One op further towards the leaves; at the end, nothing."""
        self.position += 1
        return self.state

    def back(self) -> State:
        """One op less; at the start, nothing."""
        self.position -= 1
        return self.state

    def start(self) -> str:
        """What there is to say before the first op."""
        name, seed = self.record.graph.root.name, self.record.seed
        notes = " ".join(self.record.notes)
        if seed is None:
            return notes
        of = f"d{self.record.symbol}/d{name}"
        return f"Backward starts at {name} with {of} = {sized(seed, 6)}. {notes}".rstrip()

    def told(self, step: Step) -> str:
        """What an op does: takes gy, and adds to the gradient of each input."""
        values = self.record.graph.values
        lines = [f"{self.record.graph.call(step.output)} receives gy = {seen(step.gy)}"]
        for use in step.uses:
            how = use.rule if use.slope is None else f"gy * slope, slope = {sized(use.slope, 6)}"
            lines.append(
                f"  to {values[use.of].name} (input {use.input}): {how}; adds {seen(use.share)}, "
                f"so far {seen(use.total)}"
            )
        return "\n".join(lines)

    def run(self, ask: Callable[[str], str] | None = None) -> None:
        """Walk by keys; where nobody is there to press them, print all."""
        if ask is None and not sys.stdin.isatty():
            print("\n".join(str(self.at(k)) for k in range(len(self))[:MOST_PRINTED]))
            if len(self) > MOST_PRINTED:
                print(f"and {len(self) - MOST_PRINTED:,} more; .save('steps.html') has them all")
            return
        key = ""
        while key != "q":
            print(self.state)
            try:
                key = (ask or input)(f"({KEYS}) ").strip().lower()[:1]
            except (EOFError, KeyboardInterrupt):
                return
            if key == "p":
                self.back()
            elif key in ("", "n"):
                self.forward()

    @property
    def html(self) -> str:
        """A page with buttons and keys that needs nothing but a browser."""
        return page(f"Backward from {self.record.graph.root.name}, step by step", *self._shown())

    @property
    def widget(self) -> Any:
        """The page as a widget of anywidget: `forward` and `back` move it, it moves `position`."""
        if self._widget is None:
            self._widget = widget(*self._shown(), self.position)
            self._widget.observe(self._moved, names="position")
        return self._widget

    def _moved(self, change: Any) -> None:
        self._position = change["new"]

    def _shown(self) -> tuple[str, list[dict[str, Any]]]:
        """The picture, and at each position the words and the gradients that are new."""
        drawn = picture(self.record.graph, self._widest())
        home = {k: b for b, box in enumerate(drawn.boxes) for k in box.members}
        singles = {box.members[0] for box in drawn.boxes if box.kind != "group"}

        def sets(totals: dict[int, Array | None]) -> list[tuple[int, str]]:
            return [(home[k], written(total)) for k, total in totals.items() if k in singles]

        last = len(self.record.graph.values) - 1
        seed = {} if self.record.seed is None else {last: self.record.seed}
        states: list[dict[str, Any]] = [
            {"text": self.start(), "box": home[last], "from": [], "sets": sets({**seed})}
        ]
        for step in self.record.steps:
            totals = {use.of: use.total for use in step.uses}
            states.append(
                {
                    "text": self.told(step),
                    "box": home[step.output],
                    "from": sorted({home[use.of] for use in step.uses}),
                    "sets": sets(totals),
                }
            )
        return svg(drawn), states

    def _widest(self) -> dict[int, str]:
        """For each value the longest text that its gradient will have, to leave room for it."""
        widest: dict[int, str] = {}
        last = len(self.record.graph.values) - 1
        totals = [(last, self.record.seed)] if self.record.seed is not None else []
        for k, total in [*totals, *((u.of, u.total) for s in self.record.steps for u in s.uses)]:
            widest[k] = max(widest.get(k, ""), written(total), key=columns)
        return widest

    def save(self, file: str | Path) -> Path:
        """Write the page to a file that ends in .html."""
        target = Path(file)
        if target.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"save: {str(file)!r} given; its name must end in .html")
        target.write_text(self.html, encoding="utf-8")
        return target

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{escape(self.html)}" width="100%" height="480" '
            'style="border:0" title="backward, step by step"></iframe>'
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        shown = self.widget._repr_mimebundle_() if available() else {}
        # programs that have no widgets take the page; anywidget answers with metadata too
        bundle = shown[0] if isinstance(shown, tuple) else shown
        return {**(bundle or {}), "text/html": self._repr_html_(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return str(self.state)


def step(tensor: Tensor, /, **names: Tensor) -> Stepper:
    """Walk through backward from a tensor: `.forward()`, `.back()`, `.state`, `.save("x.html")`.

    Parameters
    ----------
    tensor : where backward starts, such as a loss.
    names : names for other tensors of the graph.

    >>> a = Tensor(3.0, requires_grad=True, name="a")
    >>> walk = step(a * a)
    >>> print(walk.forward())
    [1/1] L = mul(a, a) receives gy = 1
      to a (input 1): gy * slope, slope = 3; adds 3, so far 3
      to a (input 2): gy * slope, slope = 3; adds 3, so far 6
      gradients: L: 1, a: 6
    """
    return Stepper(replay(look(tensor, "step", names, MOST_STEPS), tensor))


def written(total: Array | None) -> str:
    """A gradient as boxes show it."""
    return "grad not kept" if total is None else f"grad {sized(total)}"
