"""Examples: inputs, labels and weights of the same length, checked once, taken batch by batch."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np

from .arrays import HALF, Array, brief, canonical
from .tensor import Tensor, adopt

# From here on `all_finite` has a quicker way.
MANY = 16_384


class Examples:
    """Inputs x, labels y and weights of some examples; each an array, or a list or dict of them."""

    def __init__(self, x: Any, y: Any, weight: Array | None, count: int) -> None:
        self.x, self.y, self.weight, self.count = x, y, weight, count

    @classmethod
    def of(
        cls,
        owner: str,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        dtype: Any = None,
    ) -> Self:
        """What a user gave, checked."""
        if x is None:
            raise ValueError(f"{owner}: x is missing; give the inputs of the model")
        inputs = each(lambda a: numbers(owner, "x", a, dtype), x)
        labels = None if y is None else each(lambda a: plain_array(owner, a), y)
        found = first(inputs)
        count = len(found) if found.ndim else 0
        for name, arrays in (("x", inputs), ("y", labels)):
            for array in several(arrays):
                if array is not None and (not array.ndim or len(array) != count):
                    raise ValueError(
                        f"{owner}: x of shape {found.shape} and {name} of shape "
                        f"{array.shape} given; they must have the same number of examples"
                    )
        if not count:
            raise ValueError(f"{owner}: no examples given; x has shape {found.shape}")
        weight = weights(owner, sample_weight, class_weight, labels, count)
        return cls(inputs, labels, weight, count)

    def at(self, rows: Array) -> "Examples":
        """The examples of these numbers."""
        weight = None if self.weight is None else self.weight[rows]
        x, y = (each(lambda a: a[rows], of) for of in (self.x, self.y))
        return Examples(x, y, weight, len(rows))

    def steps(self, size: int) -> int:
        """How many batches of this size there are; the last may be smaller."""
        return -(-self.count // size)

    def inputs(self, device: str = "cpu") -> Any:
        """The inputs as Tensors."""
        return each(adopt if device == "cpu" else lambda a: adopt(a).to(device), self.x)


def numbers(owner: str, name: str, given: Any, dtype: Any) -> Array:
    """An array of finite numbers."""
    try:
        array = canonical(given, dtype)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{owner}: {name}: {error}") from None
    if not all_finite(array):
        where = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(
            f"{owner}: {name} holds nan or infinite numbers, the first at {where}; replace or drop "
            "them first"
        )
    return array


def all_finite(array: Array) -> bool:
    """Whether no number is nan or infinite.

    Of many numbers one quick product, the sum of squares, tells, unless they are very large.

    >>> all_finite(np.array([1.0, 1e200])), all_finite(np.array([1.0, np.inf]))
    (True, False)
    """
    if array.size > MANY and array.dtype != HALF:
        flat = array.reshape(-1)
        with np.errstate(over="ignore"):
            if math.isfinite(flat.dot(flat)):
                return True
    # of few numbers in half the time of .all()
    return bool(np.count_nonzero(np.isfinite(array)) == array.size)


def plain_array(owner: str, given: Any) -> Array:
    """Labels as they are: whole numbers stay whole."""
    try:
        array = np.asarray(given.data if isinstance(given, Tensor) else given)
    except ValueError:  # lists of different lengths
        array = np.asarray(None)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{owner}: y of dtype {array.dtype} given, {brief(given)}; use numbers")
    if array.dtype.kind == "f" and not all_finite(array):
        where = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{owner}: y holds nan or infinite numbers, the first at {where}")
    return array


def weights(owner: str, sample: Any, by_class: Any, labels: Any, count: int) -> Array | None:
    """How much each example counts, or None if all count the same."""
    if sample is None and by_class is None:
        return None
    weight = None
    if sample is not None:
        weight = numbers(owner, "sample_weight", sample, np.float32)
        if weight.shape != (count,):
            raise ValueError(
                f"{owner}: sample_weight of shape {weight.shape} given for {count} examples; it "
                f"must be ({count},)"
            )
    if by_class is not None:
        if not isinstance(by_class, Mapping) or not isinstance(labels, np.ndarray):
            raise ValueError(
                f"{owner}: class_weight={brief(by_class)} given; use {{class number: weight}}"
            )
        if labels.ndim > 1 and labels.shape[-1] > 1:
            labels = labels.argmax(axis=-1)
        classes = labels.reshape(count, -1)[:, 0].astype(np.int64)
        try:
            known = {int(k): float(v) for k, v in by_class.items()}
            if not np.isfinite([*known.values()]).all():
                raise ValueError
        except (TypeError, ValueError):
            raise ValueError(
                f"{owner}: class_weight={brief(by_class)} given; use {{class number: weight}}, "
                "finite numbers"
            ) from None
        table = [known.get(int(k), 1.0) for k in classes]
        weight = np.array(table, np.float32) * (1.0 if weight is None else weight)
    return weight


def validating(owner: str, given: Any) -> tuple[Any, ...]:
    """What a user gave to validate with, as (x, y) or (x, y, sample_weight)."""
    if not isinstance(given, tuple | list) or len(given) not in (2, 3):
        raise ValueError(f"{owner}: validation_data must be (x, y) or (x, y, sample_weight)")
    return tuple(given)


def split(owner: str, data: Examples, share: float) -> tuple[Examples, Examples | None]:
    """Examples to learn from, and those at the end to validate with."""
    number = isinstance(share, int | float | np.floating) and not isinstance(share, bool)
    if not number or not 0 <= share < 1:
        raise ValueError(
            f"{owner}: validation_split={share!r} given; it must be from 0 to less than 1"
        )
    kept = int(data.count * (1 - share))
    if not share:
        return data, None
    if not 0 < kept < data.count:
        raise ValueError(
            f"{owner}: validation_split={share:g} of {data.count} examples leaves {kept} to learn "
            f"from and {data.count - kept} to validate with; both need one at least"
        )
    return data.at(np.arange(kept)), data.at(np.arange(kept, data.count))


def batches(order: Array, size: int, steps: int | None) -> Iterator[Array]:
    """The numbers in `order`, `size` at a time, at most `steps` times."""
    for number, start in enumerate(range(0, len(order), size)):
        if steps is not None and number >= steps:
            return
        yield order[start : start + size]


def joined(found: list[Any]) -> Any:
    """The outputs of all batches as one array, or a list or dict of arrays."""
    if isinstance(found[0], dict):
        return {name: joined([part[name] for part in found]) for name in found[0]}
    if isinstance(found[0], list | tuple):
        return [joined(list(parts)) for parts in zip(*found, strict=True)]
    return np.concatenate([y.data for y in found])


def each(function: Any, value: Any) -> Any:
    """The function of an array, or of each in a list or dict; None stays None."""
    if value is None:
        return None
    if type(value) is np.ndarray:
        return function(value)
    if isinstance(value, dict):
        return {key: function(item) for key, item in value.items()}
    if isinstance(value, list | tuple) and value and isinstance(value[0], np.ndarray | Tensor):
        if all(np.ndim(v) > 0 for v in value):
            return [function(item) for item in value]
    return function(value)


def several(value: Any) -> list[Any]:
    """One array, or several, as a list."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else [value]


def first(value: Any) -> Array:
    """The first of several arrays."""
    found: Array = several(value)[0]
    return found
