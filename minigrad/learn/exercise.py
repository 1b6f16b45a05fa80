"""An exercise: a right answer, the arguments to try answers with, and the mistakes one can make.

An answer is judged by what it does, never by how it is written.  A mistake is written as the wrong
answer that makes it: an answer that does the same, where it is wrong, has made it.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from ..arrays import Array
from .diagnosis import Comparison, Row, close, compared, diagnosed, flat, kink, with_example
from .hints import HINTS, PARTS, PLACE, SINGLE, Finding, finding
from .observing import (
    UNFINISHED,
    Parts,
    Unfit,
    arguments_of,
    call,
    check_callable,
    counted,
    described,
    holds_dots,
    is_open,
    numbers,
    run,
    shown,
)
from .words import Words, same

STEP = 1e-5  # of differences
WORD = Words("a word in quotes", "引用符で囲んだ語")

Judge = Callable[[Any], "Finding | None"]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong answer that students give, and what to say to it.

    hint     what kind of mistake it is: a name of its own, or one of `hints.HINTS`
    answer   a function like the right one, or a value
    text     `{where}` in it becomes " for x < 0" where that is known, or nothing
    """

    hint: str
    answer: Any
    text: Words


@dataclass(frozen=True, slots=True, eq=False)
class Exercise:
    """What a student is asked for.

    name       of the function or the value
    start      how to begin, said as long as nothing is written
    right      a right answer: a function, or a value (a number, a tuple of numbers, a word)
    probes     the arguments of each call that answers are tried with
    mistakes   wrong answers with a hint of their own
    slope_of   the function whose slope is asked for: its value is a mistake that gets a hint, and
               its differences stand in for an answer that is not right yet
    observe    (answer, *arguments) -> numbers, where calling the answer is not enough
    shows      how that reads, with {0}, {1} for the arguments: "backward with slopes {0}"
    judge      another way to find what is wrong, in place of all this
    instead    (answer) -> what the lesson goes on with until the answer is right
    knee       of the first argument: a rule may change there
    rtol       of numbers
    atol       below which differences do not count; 0 where tiny numbers do
    """

    name: str
    start: Words
    right: Any
    probes: Sequence[tuple[Any, ...]] = ()
    mistakes: Sequence[Mistake] = ()
    slope_of: Callable[..., Any] | None = None
    observe: Callable[..., Any] | None = None
    shows: Words | None = None
    judge: Judge | None = None
    instead: Callable[[Any], Any] | None = None
    knee: float = 0.0
    rtol: float = 1e-5
    atol: float = 1e-7

    def finding(self, answer: Any) -> Finding | None:
        """What is wrong with an answer; None if it is right.  No answer makes it raise."""
        try:
            found: Finding | None = run(self._found, (answer,), self.name)
        except Unfit as unfit:
            return unfit.found
        return found

    def _found(self, answer: Any) -> Finding | None:
        if is_open(answer) or holds_dots(answer):
            return UNFINISHED
        if self.judge is not None:
            return self.judge(answer)
        return self._word(answer) if isinstance(self.right, str) else self._numbers(answer)

    def stand_in(self, answer: Any) -> Any:
        """What the lesson goes on with until the answer is right."""
        if self.instead is not None:
            return self.instead(answer)
        return self.right if self.slope_of is None else by_differences(self.slope_of, self.right)

    def _word(self, answer: Any) -> Finding | None:
        """What is wrong with a word."""
        if not isinstance(answer, str):
            return finding("type", call=self.name, given=shown(answer), wanted=WORD)
        word = answer.strip().casefold()
        if word == self.right.casefold():
            return None
        for mistake in self.mistakes:
            if word == mistake.answer.casefold():
                return Finding(mistake.hint, mistake.text)
        return finding("wrong", where=Words(f": {shown(answer)}", f"{shown(answer)} では"))

    def _numbers(self, answer: Any) -> Finding | None:
        """What is wrong with the numbers of an answer, or of what it returns."""
        if callable(self.right) and self.observe is None:
            check_callable(self.name, answer, self.right, len(self.probes[0]))
        rows = [
            Row(said, probe, self._seen(answer, probe, said, len(wanted)), wanted)
            for said, probe, wanted in self._expected()
        ]
        if unfit := next(filter(None, map(shape_of, rows)), None):
            return self._made_alike(rows) or unfit
        c = compared(rows, self._names(), self.knee, self.rtol, self.atol)
        return self._mistake(c) if c.wrong.any() else None

    def _names(self) -> list[str]:
        """What the arguments are called that vary from call to call; none for a value."""
        if not callable(self.right):
            return []
        return arguments_of(self.right) if self.observe is None else arguments_of(self.observe)[1:]

    def _expected(self) -> list[tuple[str | Words, tuple[Any, ...], Parts]]:
        """Each call: how it reads, its arguments, and the right numbers."""
        if not callable(self.right):
            return [(self.name, (), numbers(self.right, self.name))]
        calls = [(self._reads(probe), probe) for probe in self.probes]
        return [(said, probe, self._seen(self.right, probe, said)) for said, probe in calls]

    def _reads(self, probe: tuple[Any, ...]) -> str | Words:
        """How a call reads."""
        if self.shows is None:
            return described(self.name, probe)
        return Words(*(text.format(*map(shown, probe)) for text in self.shows))

    def _seen(
        self, answer: Any, probe: tuple[Any, ...], said: str | Words, count: int = 1
    ) -> Parts:
        """The numbers of an answer for one call; a list of `count` parts is as good as a tuple."""
        if not callable(self.right):
            result = answer
        elif self.observe is not None:
            result = run(self.observe, (answer, *probe), said)
        else:
            result = call(answer, probe, said)
        if holds_dots(result):
            raise Unfit(UNFINISHED)
        listed = count > 1 and isinstance(result, list) and len(result) == count
        return numbers(tuple(result) if listed else result, said)

    def _mistake(self, c: Comparison) -> Finding:
        """The mistake that an answer made.

        First one that explains all its numbers, then a kink, then one that explains the wrong ones.
        """
        known = [*self.mistakes]
        if self.slope_of is not None:
            known.append(
                Mistake("value", valued(self.slope_of, len(c.rows[0].wanted)), HINTS["value"])
            )
        everywhere = np.ones_like(c.wrong)
        found = self._made(known, c, everywhere)
        if not (found or c.yes_or_no):
            found = kink(c) or self._made(known, c, c.wrong)
        return with_example(found or diagnosed(c), c)

    def _made(self, known: Sequence[Mistake], c: Comparison, at: Array) -> Finding | None:
        """The first of the mistakes that gives the same numbers at these places."""
        for mistake in known:
            if self._same(mistake.answer, c, at):
                return Finding(mistake.hint, mistake.text.filled(where=c.where))
        return None

    def _same(self, mistaken: Any, c: Comparison, at: Array) -> bool:
        """Whether a mistaken answer gives the same numbers at these places."""
        other = [part for parts in self._of(mistaken, c.rows) for part in parts]
        if sum(part.size for part in other) != c.given.size:
            return False
        return bool(close(flat(iter([other])), c.given, self.rtol, self.atol)[at].all())

    def _made_alike(self, rows: list[Row]) -> Finding | None:
        """The mistake whose numbers have the same wrong shapes as those given."""
        for mistake in self.mistakes:
            seen = self._of(mistake.answer, rows)
            pairs = [
                (mine, other)
                for row, parts in zip(rows, seen, strict=False)
                for mine, other in zip_longest(row.given, parts)
            ]
            if seen and all(alike(mine, other, self.rtol) for mine, other in pairs):
                return Finding(mistake.hint, mistake.text.filled(where=""))
        return None

    def _of(self, mistaken: Any, rows: list[Row]) -> list[Parts]:
        """The numbers of a mistaken answer for each call; none if it fails."""
        try:
            if not callable(self.right):
                return [numbers(mistaken, "")]
            return [self._seen(mistaken, row.probe, row.said) for row in rows]
        except Unfit:
            return []


def shape_of(row: Row) -> Finding | None:
    """What to say unless there are as many numbers as expected, in the same shapes."""
    if len(row.given) != len(row.wanted):
        return finding("count", call=row.said, given=counted(row.given), wanted=counted(row.wanted))
    for k, (mine, right) in enumerate(zip(row.given, row.wanted, strict=True)):
        if mine.shape != right.shape:
            several = len(row.wanted) > 1 and k < len(PARTS)
            where = PLACE.filled(part=PARTS[k]) if several else same("")
            given, wanted = form(mine), form(right)
            return finding("shape", call=row.said, given=given, where=where, wanted=wanted)
    return None


def form(part: Array) -> Words:
    """What an array is: `shape (3,)`, or a single number."""
    return SINGLE if part.ndim == 0 else Words(f"shape {part.shape}", f"形 {part.shape} ")


def alike(a: Array | None, b: Array | None, rtol: float) -> bool:
    """Whether two parts have the same shape and the same numbers."""
    return a is not None and b is not None and a.shape == b.shape and bool(close(a, b, rtol).all())


def valued(f: Callable[..., Any], count: int) -> Callable[..., Any]:
    """The function's value in place of each of its slopes, for the arguments of its slope."""
    taken = len(arguments_of(f))
    return lambda *arguments: (f(*arguments[:taken]),) * count


def by_differences(f: Callable[..., Any], slope: Callable[..., Any]) -> Callable[..., Any]:
    """The slopes of f by differences, called like `slope`, which may take gy after f's arguments.

    >>> print(by_differences(lambda x: x * x, lambda x, gy: 2 * x * gy)(3.0, 10.0))
    60.0
    """
    count = len(arguments_of(f))

    def stand_in(*given: Any, **named: Any) -> Any:
        arguments = inspect.signature(slope).bind(*given, **named).args
        gy = arguments[count] if len(arguments) > count else 1.0
        found = []
        for k in range(count):
            ends = []
            for step in (-STEP, STEP):
                moved = [a + step if j == k else a for j, a in enumerate(arguments[:count])]
                ends.append(f(*moved))
            found.append(gy * np.round((ends[1] - ends[0]) / (2 * STEP), 9))
        return found[0] if count == 1 else tuple(found)

    stand_in.__name__ = getattr(slope, "__name__", "slope")
    return stand_in
