"""Judging what is more than a function of numbers: an op that a student declared."""

from inspect import Parameter
from typing import Any

import numpy as np

from ..elementwise import Elementwise
from ..gradcheck import gradcheck
from .exercise import Exercise, Judge
from .hints import Finding, finding
from .words import Words, same

OP = Words("an op declared with @elementwise", "@elementwise で宣言した演算")
POINTS = np.array([-2.0, -0.5, 0.0, 0.5, 1.5])


def declared(right: Elementwise) -> Judge:
    """A judge of an op that a student declares: its values as those of `right`, its slopes its own.

    It finds a wrong formula by numbers, as in any exercise, and what `gradcheck` finds in partials
    and kinks: hints "partial", "undeclared" (no partial, no kink), and those of numbers.
    """
    name, inputs = right.name, right.declaration.inputs
    arguments = [POINTS, *(np.full_like(POINTS, 0.25 * (k + 1)) for k in range(len(inputs) - 1))]
    numbers = right.declaration.default_numbers()
    assert numbers is not None, f"{name}: declared() needs a default for every number"

    def judge(answer: Any) -> Finding | None:
        if not isinstance(answer, Elementwise):
            return finding("type", call=name, given=type(answer).__name__, wanted=OP)
        if answer.declaration.inputs != inputs:
            wanted, given = ", ".join(inputs), ", ".join(answer.declaration.inputs)
            return finding("tensors", wanted=wanted, given=given)
        if any(d is Parameter.empty for d in answer.declaration.numbers.values()):
            return finding("defaults", given=", ".join(answer.declaration.numbers))
        forward = Exercise(
            name, same(""), right, [tuple(arguments)], observe=lambda op, *given: op(*given)
        )
        if found := forward.finding(answer):
            return found
        report = gradcheck(answer, raises=False)
        if report.ok:
            return None
        line = report.errors[0].split("\n")[0]
        hint = "undeclared" if "declare" in line else "partial"
        return finding(hint, line=line)

    return judge
