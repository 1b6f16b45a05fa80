"""Diagnosis: from numbers that differ to the mistake behind them.

`Comparison` holds what an answer gave and what was expected, element by element, with the calls
they come from.  Each diagnoser looks at the wrong elements alone, and either recognises its mistake
or passes; the first that does not pass has the word.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import Array
from .hints import EXAMPLE, PARTS, Finding, finding
from .observing import Parts, shown
from .words import Words

NOWHERE = Words("", "")
FINITE = Words("a finite number", "有限の数")
# The sides of the knee that are wrong, as one would write them.
SIGNS = {
    frozenset([-1.0]): "<", frozenset([0.0]): "=", frozenset([1.0]): ">",
    frozenset([-1.0, 0.0]): "<=", frozenset([0.0, 1.0]): ">=",
}  # fmt: skip


@dataclass(slots=True, eq=False)
class Comparison:
    """What was given and expected, as flat arrays over all calls and parts; what differs.

    rows        for each call: how it reads, its arguments, the parts given and expected
    names       the arguments' names; the first is the x that `side` looks at
    knee        of x, where a rule may change
    """

    given: Array
    wanted: Array
    wrong: Array
    call: Array
    part: Array
    side: Array
    rows: "list[Row]"
    names: list[str]
    knee: float

    @property
    def where(self) -> Words:
        """Where it is wrong, if not everywhere: ` for x < 0`, ` in the second number`."""
        return joined([self._side(), self._part()])

    def _side(self) -> Words:
        wrong = frozenset(self.side[self.wrong].tolist())
        if wrong not in SIGNS or set(self.side.tolist()) <= wrong:
            return NOWHERE
        place = f"{self.names[0]} {SIGNS[wrong]} {self.knee:g}"
        return Words(f" for {place}", f"{place} のとき、")

    def _part(self) -> Words:
        wrong = set(self.part[self.wrong].tolist())
        if int(self.part.max()) == 0 or len(wrong) > 1 or (k := int(wrong.pop())) >= len(PARTS):
            return NOWHERE
        return Words(f" in the {PARTS[k].en} number", f"{PARTS[k].ja}の数で、")

    @property
    def example(self) -> Words:
        """One call that shows it, the plainest one."""
        first = int(np.flatnonzero(self.wrong)[0])
        row = self.rows[int(self.call[first])]
        given, wanted = plain(row.given), plain(row.wanted)
        if given == wanted:  # they differ further on
            given, wanted = plain(row.given, 17), plain(row.wanted, 17)
        return EXAMPLE.filled(call=row.said, given=given, wanted=wanted)

    @property
    def yes_or_no(self) -> bool:
        """Whether all answers are True or False: where one is wrong, all wrong ones are alike."""
        return all(part.dtype == bool for row in self.rows for part in row.wanted)

    def argument(self, k: int) -> Array | None:
        """Argument k for each element, if it is a number or has the shape of the result."""
        found: list[Array] = []
        for row in self.rows:
            if k >= len(row.probe):
                return None
            value = row.probe[k]
            if not isinstance(value, int | float | np.ndarray) or isinstance(value, bool):
                return None
            for part in row.wanted:
                if np.ndim(value) and np.shape(value) != part.shape:
                    return None
                found.append(np.broadcast_to(np.asarray(value, float), part.shape).ravel())
        return np.concatenate(found)


@dataclass(slots=True, eq=False)
class Row:
    """One call: how it reads, its arguments, what it gave, and what was expected."""

    said: str | Words
    probe: tuple[Any, ...]
    given: Parts
    wanted: Parts


def compared(
    rows: list[Row], names: list[str], knee: float, rtol: float, atol: float
) -> Comparison:
    """All calls together, element by element; counts and shapes agree already."""
    given, wanted = (flat(row.given for row in rows), flat(row.wanted for row in rows))
    calls = [np.full(p.size, k) for k, row in enumerate(rows) for p in row.wanted]
    parts = [np.full(p.size, k) for row in rows for k, p in enumerate(row.wanted)]
    sides = [side_of(row.probe, p, knee) for row in rows for p in row.wanted]
    wrong = ~close(given, wanted, rtol, atol)
    return Comparison(
        given, wanted, wrong, np.concatenate(calls), np.concatenate(parts),
        np.concatenate(sides), rows, names, knee,
    )  # fmt: skip


def flat(results: "Iterator[Parts]") -> Array:
    """All numbers of all parts, one after the other."""
    return np.concatenate([part.ravel().astype(np.float64) for parts in results for part in parts])


def close(a: Array, b: Array, rtol: float, atol: float | None = None) -> Array:
    """Where two arrays agree, infinities and nan included."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    with np.errstate(all="ignore"):
        return np.isclose(a, b, rtol, rtol * 1e-2 if atol is None else atol, equal_nan=True)


def side_of(probe: Sequence[Any], part: Array, knee: float) -> Array:
    """-1, 0 or 1 for each element: below the knee, on it, above; nan if x is no such number."""
    x = probe[0] if probe else None
    fits = isinstance(x, int | float) or (isinstance(x, np.ndarray) and x.shape == part.shape)
    known = np.asarray(x if fits else np.nan, float)
    return np.asarray(np.sign(np.broadcast_to(known, part.shape).ravel() - knee))


def plain(parts: Parts, digits: int = 6) -> str:
    """The parts as they would be written: a number, or several in parentheses."""
    return shown(parts[0] if len(parts) == 1 else tuple(parts), digits)


def joined(places: list[Words]) -> Words:
    """Several places, one after the other."""
    return Words("".join(p.en for p in places), "".join(p.ja for p in places))


def ratio(c: Comparison) -> float | None:
    """given / wanted, if that is the same number for all wrong elements."""
    with np.errstate(all="ignore"):
        ratios = c.given[c.wrong] / c.wanted[c.wrong]
    first = float(ratios[0])
    return first if np.isfinite(ratios).all() and np.allclose(ratios, first, 1e-4, 0) else None


def not_finite(c: Comparison) -> Finding | None:
    """Infinite or nan where it should not be."""
    lost = c.wrong & ~np.isfinite(c.given) & np.isfinite(c.wanted)
    if not lost.any():
        return None
    row = c.rows[int(c.call[np.flatnonzero(lost)[0]])]
    if not c.names:  # the answer is not to be told
        return finding("type", call=row.said, given=plain(row.given), wanted=FINITE)
    return finding("not_finite", call=row.said, given=plain(row.given), wanted=plain(row.wanted))


def swapped(c: Comparison) -> Finding | None:
    """Two numbers, each in the other's place."""
    pairs = [(row.given, row.wanted) for row in c.rows]
    if not all(len(w) == 2 and w[0].shape == w[1].shape for _, w in pairs):
        return None
    alike = all(close(np.stack(g), np.stack(w[::-1]), 1e-6).all() for g, w in pairs)
    return finding("swapped") if alike else None


def kink(c: Comparison) -> Finding | None:
    """All right but at the knee itself."""
    if np.isnan(c.side).any() or (c.side[c.wrong] != 0).any() or (c.side == 0).all():
        return None
    return finding("kink", where=f"{c.names[0]} = {c.knee:g}")


def zero(c: Comparison) -> Finding | None:
    """0 where something should flow."""
    return finding("zero", where=c.where) if not c.given[c.wrong].any() else None


def sign(c: Comparison) -> Finding | None:
    """The right size with the other sign."""
    alike = close(c.given[c.wrong], -c.wanted[c.wrong], 1e-6).all()
    return finding("sign", where=c.where) if alike else None


def factor_of_argument(c: Comparison) -> Finding | None:
    """A factor that is one of the arguments, left out or too much."""
    given, wanted = c.given[c.wrong], c.wanted[c.wrong]
    for k in reversed(range(len(c.names))):  # gy, which stands last, is left out most
        value = c.argument(k)
        if value is None or np.unique(value).size < 2:
            continue
        for hint, product, other in (
            ("forgot_factor", given * value[c.wrong], wanted),
            ("extra_factor", wanted * value[c.wrong], given),
        ):
            if close(product, other, 1e-6).all():
                return finding(hint, argument=c.names[k], where=c.where)
    return None


def constant_factor(c: Comparison) -> Finding | None:
    """The same number of times too large or too small."""
    times = ratio(c)
    if times is None or times <= 0 or np.unique(c.wanted[c.wrong]).size < 2:
        return None
    hint, factor = ("too_large", times) if times > 1 else ("too_small", 1 / times)
    return finding(hint, factor=factor, where=c.where)


def constant(c: Comparison) -> Finding | None:
    """One number, whatever is asked."""
    if np.unique(c.given[c.wrong]).size > 1 or np.unique(c.wanted[c.wrong]).size < 2:
        return None
    return finding("constant", given=c.given[c.wrong][0], argument=c.names[0], where=c.where)


def offset(c: Comparison) -> Finding | None:
    """Off by the same number everywhere."""
    difference = c.given[c.wrong] - c.wanted[c.wrong]
    first = float(difference[0])
    if difference.size < 2 or not np.allclose(difference, first, 1e-4, 1e-9):
        return None
    return finding("offset", given=first, where=c.where)


DIAGNOSERS: tuple[Callable[[Comparison], Finding | None], ...] = (
    not_finite, swapped, zero, sign, factor_of_argument, constant_factor, constant, offset,
)  # fmt: skip


def diagnosed(c: Comparison) -> Finding:
    """The mistake behind the numbers."""
    for diagnoser in () if c.yes_or_no else DIAGNOSERS:
        if found := diagnoser(c):
            return found
    return finding("wrong", where=NOWHERE if c.yes_or_no else c.where)


def with_example(found: Finding, c: Comparison) -> Finding:
    """The hint, and one call that shows it."""
    if found.hint == "not_finite" or not c.names:  # it shows one itself; or a value is asked for,
        return found  # which is not to be told
    en, ja = found.text
    stop = "" if en.endswith(("?", ".")) else "."
    return found._replace(text=Words(f"{en}{stop} {c.example.en}.", f"{ja}{c.example.ja}。"))
