"""The net in minigrad, as a written-out step and by `train_on_batch`."""

from collections.abc import Callable
from typing import Any

from ... import losses, optimizers
from ...layers import Dense, PReLU
from ...model import Sequential
from ...tensor import Tensor
from . import RATES, examples, start


def model(widths: tuple[int, ...]) -> Sequential:
    """The net with the weights that all libraries start from."""
    hidden = [layer for units in widths[1:-1] for layer in (Dense(units), PReLU())]
    net = Sequential([*hidden, Dense(widths[-1])])
    net.build((None, widths[0]))
    net.set_weights([array for layer in start(widths) for array in layer])
    return net


def step(widths: tuple[int, ...], batch: int, optimizer: str) -> Callable[[], Any]:
    """Forward, loss, backward, step, each written out."""
    net = model(widths)
    x, labels = examples(widths, batch)
    inputs, weights = Tensor(x), net.weights
    steps = getattr(optimizers, optimizer)(RATES[optimizer])

    def once() -> Any:
        loss = losses.softmax_cross_entropy(net(inputs), labels)
        loss.backward()
        steps.step(weights)
        return loss.item()

    return once


def fitted(widths: tuple[int, ...], batch: int, optimizer: str) -> Callable[[], Any]:
    """What `fit` does with each batch."""
    net = model(widths)
    x, labels = examples(widths, batch)
    net.compile(
        optimizer=getattr(optimizers, optimizer)(RATES[optimizer]),
        loss=losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return lambda: net.train_on_batch(x, labels)
