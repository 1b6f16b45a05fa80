"""Explaining: `explain(loss)` says in words and numbers why each gradient is what it is.

The chain rule over all paths: dL/dx is the sum, over all paths from x to L, of the product of the
slopes along the path.  Paths may be more than atoms in the universe, but their sum is found use by
use, from the loss back: dL/dx = sum over the uses y of x of dL/dy dy/dx.  So is their number.
"""

import re
from collections.abc import Iterator
from html import escape

from ..tensor import Tensor
from .figures import brief, count, cut, equals, sized
from .graph import look
from .record import MOST_STEPS, Record, Use, replay

ALL = 30  # so many values are explained one by one; of more, the leaves and those with a name
MOST = 60
MOST_USES = 6  # that are told of one value

Shares = list[tuple[int, Use]]  # with the position of the value that the use helped to make


class Explanation:
    """Why gradients are what they are: printed as text, shown by notebooks as a table."""

    def __init__(self, found: Record, named: set[str]) -> None:
        self.record = found
        self.values = found.graph.values
        self.uses: dict[int, Shares] = {}
        for step in found.steps:
            for use in step.uses:
                self.uses.setdefault(use.of, []).append((step.output, use))
        self.paths = path_counts(found)
        self.chosen, self.notes = self._choose(named)

    def _choose(self, named: set[str]) -> tuple[list[int], list[str]]:
        """Positions of the values to explain, newest first, and what is to be said besides."""
        last = len(self.values) - 1
        known = [k for k in range(last, -1, -1) if k in self.uses or k == last]
        notes = list(self.record.notes)
        chosen = known
        if len(known) > ALL:
            told = [k for k in known if self.values[k].kind == "leaf"]
            chosen = sorted({last, *told}, reverse=True)[:MOST]
            chosen = sorted({*chosen, *(k for k in known if self.values[k].name in named)})[::-1]
            rest = len(known) - len(chosen)
            notes.append(f"{rest:,} other values are left out; name one to see it.")
        return chosen, notes

    @property
    def text(self) -> str:
        """All of it, in lines."""
        lines = [line for k in self.chosen for line in self._lines(k)]
        return "\n".join([*lines, *self.notes])

    def _lines(self, k: int) -> Iterator[str]:
        value = self.values[k]
        call = cut(self.record.graph.call(k), 72)
        numbers = str(value.shape) if value.data is None else brief(value.data, 6)
        equal = f"{equals(call, numbers)}{numbers}"
        if k not in self.uses:
            yield f"{call}{equal}: {self._start(k)}"
            return
        yield f"{call}{equal}: {self._paths(k)}"
        for share in self._shares(k):
            yield f"    {share}"
        yield f"    {self._sum(k)}"

    def _start(self, k: int) -> str:
        seed = self.record.seed
        if seed is None:
            return "a constant."
        return f"backward starts here, {self._symbol(k)} = {sized(seed, 6)}"

    def _paths(self, k: int) -> str:
        paths, uses = self.paths[k], len(self.uses[k])
        ways = "1 path leads" if paths == 1 else f"{count(paths)} paths lead"
        used = "used once" if uses == 1 else f"used {uses:,} times"
        return f"{used}, {ways} to {self.values[-1].name}"

    def _shares(self, k: int) -> Iterator[str]:
        """What each use gives."""
        uses = self.uses[k]
        for output, use in uses[:MOST_USES]:
            call, y = cut(self.record.graph.call(output), 48), self._symbol(output)
            where = f"input {use.input} of {call}"
            given = "not kept" if use.share is None else sized(use.share, 6)
            gy = self._gradient(output)
            if use.slope is None or use.slope.size > 1:
                yield f"{where}: {use.rule}; gives {given}"
            else:
                d = f"d{self.values[output].name}/d{self.values[k].name}"
                yield f"{where}: {y} * {d} = {gy} * {sized(use.slope, 6)} = {given}"
        if len(uses) > MOST_USES:
            yield f"and in {len(uses) - MOST_USES:,} more uses"

    def _sum(self, k: int) -> str:
        uses = [use for _, use in self.uses[k]]
        total = uses[-1].total
        if total is None:
            kept = self.values[k].gradient
            left = "is not known" if kept is None else f"= {sized(kept, 6)}, as backward left it"
            return f"{self._symbol(k)} {left}"
        result = f"{self._symbol(k)} = "
        terms = [sized(use.share, 6) for use in uses if use.share is not None]
        if 1 < len(terms) <= MOST_USES and total.ndim == 0:
            result += " + ".join(f"({t})" if t[0] == "-" else t for t in terms) + " = "
        return (
            result
            + (f"sum of {len(terms):,}, " if total.ndim and terms[1:] else "")
            + sized(total, 6)
        )

    def _gradient(self, k: int) -> str:
        uses = self.uses.get(k)
        gradient = uses[-1][1].total if uses else self.record.seed
        return "not kept" if gradient is None else sized(gradient, 6)

    def _symbol(self, k: int) -> str:
        return f"d{self.record.symbol}/d{self.values[k].name}"

    @property
    def latex(self) -> str:
        """The chain rule for each value, as LaTeX, to be put between $$ and $$."""
        rows = []
        for k in self.chosen:
            if k not in self.uses:
                continue
            uses = self.uses[k][:MOST_USES]
            more = r" + \cdots" if len(self.uses[k]) > MOST_USES else ""
            letters = [self._product(k, output, use) for output, use in uses]
            row = f"{self._fraction(self.record.symbol, k)} &= {' + '.join(letters)}{more}"
            numbers = [self._numbers(output, use) for output, use in uses]
            total = self.uses[k][-1][1].total
            if not more and None not in numbers and total is not None:
                row += f" = {' + '.join(map(str, numbers))} = {tex(sized(total, 6))}"
            rows.append(row)
        body = " \\\\\n".join(rows)
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}" if rows else ""

    def _product(self, k: int, output: int, use: Use) -> str:
        slope = self._fraction(self.values[output].name, k)
        if sum(place == k for place in self.values[output].inputs) > 1:
            slope = rf"\left.{slope}\right|_{{\text{{input {use.input}}}}}"
        return rf"{self._fraction(self.record.symbol, output)}\,{slope}"

    def _numbers(self, output: int, use: Use) -> str | None:
        if use.slope is None or use.slope.size > 1:
            return None
        gy, slope = self._gradient(output), sized(use.slope, 6)
        return " \\cdot ".join(f"({tex(t)})" if t[0] == "-" else tex(t) for t in (gy, slope))

    def _fraction(self, above: str, k: int) -> str:
        return rf"\frac{{\partial {symbol(above)}}}{{\partial {symbol(self.values[k].name)}}}"

    def _repr_html_(self) -> str:
        rows = []
        for k in self.chosen:
            heading, *lines = (escape(line.strip()) for line in self._lines(k))
            told = "".join(f"<div>{line}</div>" for line in lines[:-1])
            total = f"<b>{lines[-1]}</b>" if lines else ""
            inside = f'<div style="margin:2px 0 0 1.5em">{told}{total}</div>' if lines else ""
            rows.append(f'<div style="margin:0 0 10px"><code>{heading}</code>{inside}</div>')
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        # no <dl>: notebooks have styles of their own for it
        return f'<div class="minigrad-explain">{"".join(rows)}{notes}</div>'

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def explain(tensor: Tensor, /, **names: Tensor) -> Explanation:
    """Say why each gradient is what it is: paths, what each use gives, and the sum.

    Parameters
    ----------
    tensor : what was computed, such as a loss.
    names : names for other tensors of the graph.

    >>> a = Tensor(3.0, requires_grad=True, name="a")
    >>> print(explain(a * a))
    L = mul(a, a) = 9: backward starts here, dL/dL = 1
    a = 3: used 2 times, 2 paths lead to L
        input 1 of L = mul(a, a): dL/dL * dL/da = 1 * 3 = 3
        input 2 of L = mul(a, a): dL/dL * dL/da = 1 * 3 = 3
        dL/da = 3 + 3 = 6
    Backward has not been called; this is what it would do.
    """
    graph = look(tensor, "explain", names, MOST_STEPS)
    return Explanation(replay(graph, tensor), set(names))


def path_counts(found: Record) -> dict[int, int]:
    """How many paths lead from each value to the last, without walking them: use by use."""
    paths = {len(found.graph.values) - 1: 1}
    for step in found.steps:
        for use in step.uses:
            paths[use.of] = paths.get(use.of, 0) + paths[step.output]
    return paths


def symbol(name: str) -> str:
    """A name as LaTeX: x12 is x with an index."""
    if match := re.fullmatch(r"([A-Za-z])(\d*)", name):
        letter, index = match.groups()
        return f"{letter}_{{{index}}}" if index else letter
    return rf"\mathit{{{escaped(name)}}}"


def escaped(words: str) -> str:
    """Text that LaTeX does not take for commands."""
    words = words.replace("\\", "/")
    return re.sub(r"[~^]", " ", re.sub(r"([&%$#_{}])", r"\\\1", words))


def tex(number: str) -> str:
    """A number as LaTeX: 1.5e-07 is 1.5 times a power of ten."""
    return re.sub(r"e([+-])0*(\d+)", lambda m: rf"\times 10^{{{m[1].strip('+')}{m[2]}}}", number)
