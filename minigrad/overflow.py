"""Overflow in training: once the loss is nan or infinite, which layer it began in, and why.

It began in a layer whose output is not finite while its input is.  That is looked for only after
such a loss, on the batch and with the weights of that moment.
"""

import warnings
from contextlib import ExitStack
from typing import Any

import numpy as np

from .callbacks.monitor import Calls, heard
from .grad_mode import no_grad
from .layers import Layer
from .layers.modes import training

HELP = "a smaller learning rate or clipnorm=1 may help"


def tell(model: Layer, x: Any, loss: float) -> None:
    """Warn, at the line that called `fit`."""
    words = f"{model.name}: the loss is {loss}; {origin(model, x)}"
    warnings.warn(words, UserWarning, stacklevel=5)  # tell, _step, _epoch, fit, who called it


def origin(model: Layer, x: Any) -> str:
    """Where numbers ceased to be finite, in words.

    >>> from minigrad.layers import Dense
    >>> from minigrad.model import Sequential
    >>> model = Sequential([Dense(2, seed=0), Dense(1, kernel_initializer=3e38)])
    >>> origin(model, np.array([[9.0, 9.0]]))  # doctest: +ELLIPSIS
    'it began in dense_1 (Dense): its numbers are too large; ...'
    """
    losses = [(layer, layer.added_losses.copy()) for layer in model.each()]
    calls: list[tuple[Layer, Calls]] = [
        (layer, []) for layer in model.each() if layer is not model and not layer.sublayers
    ]
    try:
        with ExitStack() as stack, no_grad(), training(False), np.errstate(all="ignore"):
            for layer, kept in calls:
                stack.enter_context(heard(layer, "call", kept))
            model(x)
    finally:
        for layer, known in losses:
            layer.added_losses = known
    spoilt = [(layer, given) for layer, kept in calls for given, y in kept if not finite(y.data)]
    for layer, given in spoilt:
        if finite(given.data):
            bad = [w for w in layer.own_weights if not finite(w.data)]
            names = ", ".join((w.name or "weight").rpartition(".")[2] for w in bad)
            why = f"its {names} is not finite" if bad else f"its numbers are too large; {HELP}"
            return f"it began in {layer.name} ({type(layer).__name__}): {why}"
    if spoilt:
        return "the data are not finite, or what a model computes outside of its layers"
    return f"all layers give finite numbers, of which the loss is too large; {HELP}"


def finite(array: Any) -> bool:
    """Whether no number is nan or infinite."""
    return bool(np.isfinite(array).all())
