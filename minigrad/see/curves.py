"""Curves: how the loss and the metrics went from epoch to epoch; what `fit` returns shows them."""

from collections.abc import Mapping
from math import isfinite, isnan, nan
from typing import Any

from ..arrays import brief
from ..callbacks import History
from .figures import figure
from .image import Image
from .panels import Points, Quantity, panels

Logs = Mapping[str, list[float]]


def curves(history: Any = None, /, **named: Any) -> Image:
    """Curves of a training, or of several trainings in the same frames.

    Parameters
    ----------
    history : what `fit` returns, or its dict of lists.
    named : several of them, by the names that they shall have.

    >>> curves({"loss": [0.5, 0.25, 0.125]})
    <curves of loss over 3 epochs; .save('picture.svg') to see it>
    """
    if (history is None) == (not named):
        raise TypeError("curves: give what fit returned, or several by name: curves(relu=a, elu=b)")
    if history is not None:
        given = logs_of("history", history)
        found, notes = of_one(given), remarks(given)
    else:
        several = {name: logs_of(name, one) for name, one in named.items()}
        found = of_several(several)
        notes = [f"{name}: {note}" for name, logs in several.items() for note in remarks(logs)]
    epochs = max(len(line) for quantity in found for line in quantity.lines.values())
    names = ", ".join(quantity.title for quantity in found)
    title = f"curves of {names} over {epochs} epoch{'s' if epochs > 1 else ''}"
    return Image(title, lambda rules: panels(title, found, rules, notes))


def logs_of(name: str, given: Any) -> dict[str, list[float]]:
    """Lists of numbers by name; metrics that are lists themselves are left out."""
    logs = given.history if isinstance(given, History) else given
    if not isinstance(logs, Mapping):
        raise TypeError(f"curves: {name}={brief(given)} given; give what fit returned")
    found = {}
    for key, values in logs.items():
        numbers = [number(value) for value in values] if isinstance(values, list | tuple) else []
        if any(value is not None for value in numbers):
            found[str(key)] = [nan if value is None else value for value in numbers]
    if not found:
        raise ValueError(f"curves: {name} holds no epoch; train first, as in model.fit(x, y)")
    return found


def number(value: Any) -> float | None:
    """A value as a number, if it is one."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def points(values: list[float]) -> Points:
    """Values of the epochs 1, 2, ..."""
    return [(k, value) for k, value in enumerate(values, 1)]


def of_one(logs: Logs) -> list[Quantity]:
    """A frame for each quantity; what is of validation joins it."""
    found = []
    for name, values in logs.items():
        if f"val_{name}" in logs:
            lines = {"training": points(values), "validation": points(logs[f"val_{name}"])}
            found.append(Quantity(name, lines))
        elif not (name.startswith("val_") and name.removeprefix("val_") in logs):
            found.append(Quantity(name, {"": points(values)}))
    return found


def of_several(several: Mapping[str, Logs]) -> list[Quantity]:
    """A frame for each quantity, a line for each training."""
    names = dict.fromkeys(name for logs in several.values() for name in logs)
    return [
        Quantity(name, {of: points(logs[name]) for of, logs in several.items() if name in logs})
        for name in names
    ]


def remarks(logs: Logs) -> list[str]:
    """What the loss came to, where it was lowest, and where it was lost."""
    notes = []
    for name in ("loss", "val_loss"):
        values = logs.get(name, [])
        kept = [(value, k) for k, value in enumerate(values, 1) if isfinite(value)]
        if len(kept) > 1:
            low, best = min(kept)
            ends = f"from {figure(kept[0][0])} to {figure(kept[-1][0])}"
            notes.append(f"{name} {ends}, lowest {figure(low)} in epoch {best}")
        lost = [k for k, value in enumerate(values, 1) if isnan(value)]
        if lost:
            notes.append(f"{name} is nan from epoch {lost[0]} on")
    return notes
