"""The net in MyGrad, which has no optimizers: they are written in NumPy."""

from collections.abc import Callable
from typing import Any

import mygrad
import numpy as np
from mygrad.nnet.losses import softmax_crossentropy

from . import RATES, examples, start


def step(widths: tuple[int, ...], batch: int, optimizer: str) -> Callable[[], Any]:
    """Forward, loss, backward, step, each written out."""
    x, labels = examples(widths, batch)
    layers = [[mygrad.tensor(array) for array in layer] for layer in start(widths)]
    weights = [weight for layer in layers for weight in layer]
    rate = RATES[optimizer]
    means = [(np.zeros_like(w.data), np.zeros_like(w.data)) for w in weights]
    t = 0

    def once() -> Any:
        nonlocal t
        t += 1
        y: Any = x
        for w, b, *alpha in layers:
            y = mygrad.matmul(y, w) + b
            y = mygrad.maximum(y, 0) + alpha[0] * mygrad.minimum(y, 0) if alpha else y
        loss = softmax_crossentropy(y, labels)
        loss.backward()
        for weight, (m, s) in zip(weights, means, strict=True):
            g = weight.grad
            if optimizer == "Adam":
                m += 0.1 * (g - m)
                s += 0.001 * (g * g - s)
                now = rate * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t)
                weight.data -= now * m / (np.sqrt(s) + 1e-7)
            else:
                weight.data -= rate * g
        value = loss.item()
        loss.null_grad()
        return value

    return once
