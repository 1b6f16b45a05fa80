"""Observing: call an answer with chosen arguments, and have numbers or a hint, whatever it is.

An answer is whatever a student wrote: it may return nothing, raise, print, or change what it was
given.  None of that may end in a traceback of ours.
"""

import copy
import inspect
import io
import warnings
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from fractions import Fraction
from typing import Any

import numpy as np

from ..arrays import Array
from ..tensor import Tensor
from .hints import Finding, finding
from .words import Words

Parts = list[Array]  # the numbers of one answer to one call: several if it returns a tuple
NUMBER = Words("a number", "数")
FLOAT = Words("a float yet: round it with float(...)", "float(...) で丸めた数")
ARRAY = Words("numbers in an array", "数の配列")
UNFINISHED = Finding("open", Words("", ""))  # a part of the answer is still `...`


class Unfit(Exception):
    """An answer that has no numbers to compare: it carries what to say of it."""

    def __init__(self, found: Finding) -> None:
        self.found = found


def is_open(answer: Any) -> bool:
    """Whether nothing is written yet: `...`, or a function whose body is no more than that."""
    if answer is ... or answer is None:
        return True
    code = getattr(answer, "__code__", None)
    if code is None or code.co_code not in EMPTY:
        return False
    return all(c is None or c is ... or c == answer.__doc__ for c in code.co_consts)


def _nothing() -> None: ...


def _described() -> None:
    """Nothing."""


def _dots() -> Any:
    return ...


def _described_dots() -> Any:
    """Nothing."""
    return ...


EMPTY = {f.__code__.co_code for f in (_nothing, _described, _dots, _described_dots)}


def holds_dots(result: Any) -> bool:
    """Whether a part of the result is still `...`."""
    return result is ... or (isinstance(result, tuple | list) and any(r is ... for r in result))


def arguments_of(function: Callable[..., Any]) -> list[str]:
    """The names of a function's arguments."""
    return list(inspect.signature(function).parameters)


def call(answer: Any, probe: Sequence[Any], said: str | Words) -> Any:
    """The answer called with copies of these arguments, in silence; Unfit if that raises."""
    given = copy.deepcopy(tuple(probe))
    result = run(answer, given, said)
    for k, (before, after) in enumerate(zip(probe, given, strict=True)):
        if isinstance(before, np.ndarray) and not np.array_equal(before, after, equal_nan=True):
            names = arguments_of(answer)
            name = names[k] if k < len(names) else str(k + 1)
            raise Unfit(finding("changes_input", argument=name))
    return result


def run(action: Callable[..., Any], given: Sequence[Any], said: str | Words) -> Any:
    """action(*given), with what it prints and warns of dropped; Unfit if it raises."""
    try:
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return action(*given)
    except Unfit:
        raise
    except (Exception, SystemExit) as error:  # whatever a student's code raises
        if "ellipsis" in str(error):  # computing with `...`
            raise Unfit(UNFINISHED) from None
        lines = str(error).strip().splitlines()
        text = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
        raise Unfit(finding("raises", call=said, error=text)) from None


def check_callable(name: str, answer: Any, right: Callable[..., Any], count: int) -> None:
    """Unfit unless the answer can be called with so many arguments."""
    arguments = ", ".join(arguments_of(right))
    if not callable(answer):
        raise Unfit(finding("not_a_function", given=shown(answer), name=name, arguments=arguments))
    try:
        inspect.signature(answer).bind(*range(count))
    except TypeError:
        raise Unfit(finding("arguments", arguments=arguments, count=count)) from None
    except ValueError:  # a builtin without a signature: calling it will show
        pass


def numbers(result: Any, said: str | Words) -> Parts:
    """The numbers of a result, part by part; Unfit if there are none."""
    if result is None:
        raise Unfit(finding("none", call=said))
    parts = result if isinstance(result, tuple) else (result,)
    return [one(part, said) for part in parts]


def one(part: Any, said: str | Words) -> Array:
    """A number or an array in float64; True and False stay what they are."""
    if isinstance(part, Tensor):
        part = part.numpy()
    if isinstance(part, Fraction):
        raise Unfit(finding("type", call=said, given=shown(part), wanted=FLOAT))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            array = np.asarray(part)
            if array.dtype.kind in "bifu":
                return array if array.dtype == bool else array.astype(np.float64)
    except Exception:  # ragged lists, objects with an __array__ of their own
        pass
    wanted = ARRAY if isinstance(part, list | tuple) else NUMBER
    raise Unfit(finding("type", call=said, given=shown(part), wanted=wanted))


def described(name: str, probe: Sequence[Any]) -> str:
    """The call as a reader would write it: `slope(-1, 0.5)`."""
    return f"{name}({', '.join(map(shown, probe))})"


def shown(thing: Any, digits: int = 6) -> str:
    """A value in a few letters; never an error, whatever it is."""
    try:
        if isinstance(thing, Tensor):
            thing = thing.numpy()
        if isinstance(thing, np.ndarray):
            thing = thing.tolist()
        if isinstance(thing, float | np.floating):
            return f"{float(thing):.{digits}g}"
        if isinstance(thing, tuple | list):
            inside = ", ".join(shown(part, digits) for part in thing)
            text = f"({inside})" if isinstance(thing, tuple) else f"[{inside}]"
        elif callable(thing):
            text = getattr(thing, "__name__", type(thing).__name__)
        else:
            text = repr(thing)
    except Exception:  # a repr of the student's own
        text = f"a {type(thing).__name__}"
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def counted(parts: Parts) -> Words:
    """`1 number`, `2 numbers`."""
    count = len(parts)
    return Words(f"{count} number{'s' if count != 1 else ''}", f"{count} 個の数")
