"""The model: layers in a row, and the loop that trains them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from .arrays import Array, canonical
from .grad_mode import no_grad
from .layers import Layer, PReLU
from .losses import softmax_cross_entropy
from .optimizers import Optimizer
from .optimizers import get as get_optimizer
from .tensor import Tensor, adopt


@dataclass
class History:
    """What `fit` saw: the mean loss of each epoch, and the seconds that each part of it took."""

    losses: list[float] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


class Sequential:
    """Sequential: each layer's output is the next one's input.

    >>> from minigrad.layers import Dense
    >>> model = Sequential([Dense(8, "relu", seed=0), Dense(2, seed=1)])
    >>> model([[0.0, 1.0]]).shape
    (1, 2)
    """

    def __init__(self, layers: Iterable[Layer] = ()) -> None:
        self.layers: list[Layer] = []
        for layer in layers:
            self.add(layer)

    def add(self, layer: Layer) -> None:
        """Put a layer at the end."""
        if not isinstance(layer, Layer):
            raise TypeError(
                f"add: {layer!r} is not a layer; for an activation write layers.Activation(...)"
            )
        names = {known.name for known in self.layers}
        if any(known is layer for known in self.layers):
            raise ValueError(f"add: the layer {layer.name} is in this model already")
        name, count = layer.name, 0
        while layer.name in names:
            count += 1
            layer.name = f"{name}_{count}"
        self.layers.append(layer)

    @property
    def weights(self) -> list[Tensor]:
        """All that the model learns."""
        return [weight for layer in self.layers for weight in layer.weights]

    def __call__(self, x: Any) -> Tensor:
        if not self.layers:
            raise ValueError("model: it has no layers; add some with model.add(layer)")
        for layer in self.layers:
            x = layer(x)
        return x  # type: ignore[no-any-return]

    def fit(
        self,
        x: Any,
        labels: Any,
        epochs: int = 1,
        batch_size: int = 32,
        optimizer: str | Optimizer = "adam",
        loss: Callable[[Tensor, Array], Tensor] = softmax_cross_entropy,
        seed: int | None = None,
        progress: Callable[[int, float], None] | None = None,
    ) -> History:
        """Train: for every batch compute the loss, its gradients, and a step downhill.

        Parameters
        ----------
        x : (examples, features)
        labels : (examples,) whole numbers, the right class of each example
        epochs : how often to go through all examples, each time in another order
        batch_size : examples for each step
        optimizer : an `Optimizer`, or "sgd" or "adam"
        loss : a function of the model's output and the labels of a batch
        seed : of the order
        progress : called after every epoch with its number, from 1, and its mean loss

        Returns
        -------
        History, with the mean loss of each epoch and where the time went.
        """
        x, labels = examples("fit", x, labels)
        for name, value in (("epochs", epochs), ("batch_size", batch_size)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"fit: {name}={value!r} given; it must be a whole number from 1")
        optimizer, rng, history = get_optimizer(optimizer), np.random.default_rng(seed), History()
        clock = Clock(history.seconds)
        for weight in self.weights:
            weight.grad = None  # of what was computed before
        for epoch in range(1, epochs + 1):
            total = 0.0
            for rows in batches(len(x), batch_size, rng):
                batch = adopt(x[rows])
                clock.start()
                loss_value = loss(self(batch), labels[rows])
                clock.lap("forward")
                loss_value.backward()
                clock.lap("backward")
                optimizer.step(self.weights)
                clock.lap("optimizer")
                total += loss_value.item() * len(rows)
            history.losses.append(total / len(x))
            if progress is not None:
                progress(epoch, history.losses[-1])
        return history

    def predict(self, x: Any, batch_size: int = 256) -> Array:
        """The model's outputs, (examples, outputs)."""
        x = canonical(x)
        if not x.ndim or not len(x):
            raise ValueError(f"predict: x of shape {x.shape} given; it must hold examples")
        with no_grad():
            parts = [self(x[i : i + batch_size]).data for i in range(0, len(x), batch_size)]
        return np.concatenate(parts)

    def accuracy(self, x: Any, labels: Any) -> float:
        """The share of examples whose largest output is at their label."""
        x, labels = examples("accuracy", x, labels)
        return float(np.mean(self.predict(x).argmax(axis=1) == labels))

    def slopes(self) -> dict[str, Array]:
        """The learned slopes of each PReLU layer, by its name."""
        return {
            layer.name: layer.alpha.data
            for layer in self.layers
            if isinstance(layer, PReLU) and layer.weights
        }


class Clock:
    """Adds up seconds by name; the laps of the first batch include compiling."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds = seconds
        self.since = perf_counter()

    def start(self) -> None:
        """Begin a lap."""
        self.since = perf_counter()

    def lap(self, name: str) -> None:
        """End a lap, and begin the next."""
        now = perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self.since
        self.since = now


def examples(caller: str, x: Any, labels: Any) -> tuple[Array, Array]:
    """Inputs and labels as arrays of the same, not empty, length."""
    x, labels = canonical(x), np.asarray(labels)
    if not x.ndim or labels.shape != x.shape[:1]:
        raise ValueError(
            f"{caller}: x of shape {x.shape} and labels of shape {labels.shape} given; they must "
            "have the same number of examples, with one label each"
        )
    if not len(x):
        raise ValueError(f"{caller}: no examples given; x has shape {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(f"{caller}: x holds nan or infinite numbers; replace or drop them first")
    return x, labels


def batches(count: int, size: int, rng: np.random.Generator) -> Iterator[Array]:
    """The numbers 0 to count - 1 in random order, `size` at a time."""
    order = rng.permutation(count)
    for start in range(0, count, size):
        yield order[start : start + size]
