"""Optimizers: how weights follow their gradients downhill.

An update is a scalar formula too, and runs in the same loop as an activation: element by element,
computed in float64, rounded once.

    update.py      what an update is
    descent.py     SGD, RMSprop
    adam.py        Adam, AdamW, Adamax, Nadam
    adaptive.py    Adagrad, Adadelta, Lion
    gradients.py   gradients added up, and clipped
    optimizer.py   how a step goes, and what is kept between steps
"""

from typing import Any

from ..arrays import brief
from ..configs import find
from . import schedules
from .adam import Adam, Adamax, AdamW, Nadam
from .adaptive import Adadelta, Adagrad, Lion
from .descent import SGD, RMSprop
from .optimizer import Optimizer
from .update import Update

__all__ = [
    "ALL", "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Lion", "Nadam", "Optimizer",
    "RMSprop", "Update", "get", "schedules",
]  # fmt: skip

ALL: dict[str, Any] = {
    kind.__name__.lower(): kind
    for kind in (SGD, RMSprop, Adam, AdamW, Adamax, Nadam, Adagrad, Adadelta, Lion)
}


def get(optimizer: Any) -> Optimizer:
    """An optimizer itself, or by name, class or config.

    >>> get("RMSprop").learning_rate
    0.001
    """
    found = find("optimizer", optimizer, ALL, Optimizer)
    if not isinstance(found, Optimizer):
        raise ValueError(
            f"optimizer: {brief(optimizer)} given; it must be a name such as 'sgd', a config, or "
            "an object of a subclass of Optimizer"
        )
    return found
