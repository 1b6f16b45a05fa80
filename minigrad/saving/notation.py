"""JSON that can be trusted to end: what is written is plain, and what is read is checked first.

    {"$float": "nan"}           a number that JSON has no word for
    {"$array": ".data.0"}       an array, kept beside the text under that name
    {"$floats": ".data.1"}      a long list of floats
    {"$text": ".data.2"}        a long text

Nobody else's names begin with $.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..arrays import Array, brief

# Enough for some 5,000 arrays; what a text of this size says fills less than 64 MB.
LONGEST = 2**21
DEEPEST = 32
MOST = 40_000
# Lists of floats and texts up to these lengths stay readable.
FLOATS, LETTERS = 16, 1000


def parsed(text: str) -> Any:
    """The value of a JSON text; ValueError for whatever two readers could take differently.

    >>> parsed('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ValueError: the name 'a' is given twice
    """
    if len(text) > LONGEST:
        raise ValueError(f"a text of {len(text):,} letters; at most {LONGEST:,} are read")
    check_nesting(text)
    return json.loads(text, object_pairs_hook=once, parse_constant=not_a_number, parse_float=finite)


def check_nesting(text: str) -> None:
    """ValueError if brackets are nested too deeply, or are too many."""
    depth = count = 0
    quoted = False
    for found in re.finditer(r'\\.|["\[{\]}]', text, re.DOTALL):
        mark = found[0]
        if mark == '"':
            quoted = not quoted
        elif not quoted and mark in "[{":
            depth, count = depth + 1, count + 1
            if depth > DEEPEST or count > MOST:
                raise ValueError(f"more than {DEEPEST} brackets in each other, or {MOST} in all")
        elif not quoted and mark in "]}":
            depth -= 1


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's names and values; each name must come once."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {brief(name)} is given twice")
        found[name] = value
    return found


def not_a_number(word: str) -> Any:
    """NaN and Infinity are no JSON."""
    raise ValueError(f"{word} is not JSON")


def finite(digits: str) -> float:
    """A float that is one: 1e999 is not."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{brief(digits)} is too large for a float")
    return number


def written(value: Any) -> str:
    """The JSON text of a value, if `parsed` can read it again."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    parsed(text)
    return text


def packed(value: Any, arrays: dict[str, Array]) -> Any:
    """A value as JSON has it; what JSON has no word for goes into `arrays`.

    >>> packed([1, float("inf")], {})
    [1, {'$float': 'inf'}]
    """

    def kept(mark: str, array: Array) -> dict[str, str]:
        name = f".data.{len(arrays)}"
        arrays[name] = array
        return {mark: name}

    if isinstance(value, np.ndarray):
        return kept("$array", value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": repr(value)}
    if isinstance(value, str) and len(value) > LETTERS:
        return kept("$text", np.frombuffer(value.encode(), np.uint8))
    if isinstance(value, list | tuple):
        if len(value) > FLOATS and all(type(item) is float for item in value):
            return kept("$floats", np.array(value))
        return [packed(item, arrays) for item in value]
    if isinstance(value, Mapping):
        if any(not isinstance(name, str) or name.startswith("$") for name in value):
            raise ValueError(f"{brief(value)} cannot be saved: names must be texts without $")
        return {name: packed(item, arrays) for name, item in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ValueError(f"{brief(value)} cannot be saved; give numbers, texts, arrays, lists, dicts")


def unpacked(value: Any, arrays: dict[str, Array]) -> Any:
    """The value that `packed` was called on; each array is taken out of `arrays`."""
    if isinstance(value, list):
        return [unpacked(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    mark = next(iter(value), "")
    if not mark.startswith("$"):
        return {name: unpacked(item, arrays) for name, item in value.items()}
    (content,) = value.values()
    if mark == "$float" and content in ("nan", "inf", "-inf"):
        return float(content)
    array = arrays.pop(content)  # once: many names for one array would fill the memory
    if mark == "$array":
        return array
    if mark == "$floats" and array.dtype == np.float64 and array.ndim == 1:
        return array.tolist()
    if mark == "$text" and array.dtype == np.uint8:
        return array.tobytes().decode()
    raise ValueError(f"{brief(value)} has no meaning")
