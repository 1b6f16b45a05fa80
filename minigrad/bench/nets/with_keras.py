"""The net in Keras; KERAS_BACKEND says on which library it runs."""

from collections.abc import Callable
from typing import Any

import keras

from . import RATES, examples, start


def step(widths: tuple[int, ...], batch: int, optimizer: str) -> Callable[[], Any]:
    """What `fit` does with each batch, compiled by Keras where its backend can."""
    x, labels = examples(widths, batch)
    layers: list[Any] = [keras.Input((widths[0],))]
    for units in widths[1:]:
        layers += [keras.layers.Dense(units), keras.layers.PReLU()]
    net = keras.Sequential(layers[:-1])
    net.set_weights([array for layer in start(widths) for array in layer])
    net.compile(
        optimizer=getattr(keras.optimizers, optimizer)(RATES[optimizer]),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return lambda: float(net.train_on_batch(x, labels))
