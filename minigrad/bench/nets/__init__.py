"""The same net in five libraries: Dense layers with PReLU between them, softmax cross-entropy.

Each file has `step(widths, batch, optimizer)`, which returns a function: a call of it is a training
step, and its result the loss of before.  All start from the same weights, on the same examples, so
the losses must agree.
"""

from itertools import pairwise

import numpy as np

from ...arrays import Array

RATES = {"SGD": 0.05, "Adam": 0.001}
SLOPE = 0.25


def examples(widths: tuple[int, ...], batch: int) -> tuple[Array, Array]:
    """A batch: x of (batch, features), and labels of (batch,)."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((batch, widths[0])).astype(np.float32)
    return x, rng.integers(0, widths[-1], batch)


def start(widths: tuple[int, ...]) -> list[list[Array]]:
    """For each layer its W, b and, but for the last, alpha, from which training starts."""
    rng = np.random.default_rng(1)
    layers = []
    for before, units in pairwise(widths):
        w = rng.standard_normal((before, units)) * (2 / before) ** 0.5
        layers.append([w.astype(np.float32), np.zeros(units, np.float32)])
    for (w, _), layer in zip(layers[:-1], layers[:-1], strict=True):
        layer.append(np.full(w.shape[1], SLOPE, np.float32))
    return layers
