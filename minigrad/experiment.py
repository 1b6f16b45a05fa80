"""The experiment of `minigrad train`: a small network on a data set, once or for many activations.

Activations are compared fairly: the same data, the same network, the same order of examples, and
several seeds, so that a difference can be told from luck.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import mean, stdev
from typing import Any

import numpy as np

from . import activations, datasets, optimizers
from .arrays import Array
from .layers import ALL as LAYERS
from .layers import Activation, Dense, Layer, PReLU
from .losses import SparseCategoricalCrossentropy
from .model import Sequential
from .training import History

# The slope that every PReLU unit starts from, as in the paper.
START = 0.25


@dataclass(frozen=True)
class Experiment:
    """Everything that decides how an experiment ends."""

    data: str = "digits"
    activation: str = "prelu"
    layers: tuple[int, ...] = (256, 128)
    epochs: int = 30
    batch_size: int = 16
    optimizer: str = "adam"
    learning_rate: float = 0.002
    seed: int = 0

    def examples(self) -> datasets.Split:
        """The data, split by the seed."""
        if self.seed < 0:
            raise ValueError(f"train: seed {self.seed} given; it must be 0 or more")
        return datasets.CLASSES[self.data](seed=self.seed)

    def network(self, classes: int) -> Sequential:
        """Dense layers with the activation between them; each layer has its own seed."""
        layers: list[Layer] = []
        for k, units in enumerate(self.layers):
            layers.append(Dense(units, kernel_initializer="he_normal", seed=[self.seed, k]))
            layers.append(activation_layer(self.activation))
        last = Dense(classes, seed=[self.seed, len(self.layers)])
        model = Sequential([*layers, last])
        rate = self.learning_rate
        model.compile(
            optimizer=optimizers.ALL[self.optimizer](rate),
            loss=SparseCategoricalCrossentropy(from_logits=True),
        )
        return model

    def run(self, model: Sequential, data: datasets.Split, **options: Any) -> History:
        """Train the model on the data."""
        return model.fit(
            data.x_train,
            data.y_train,
            epochs=self.epochs,
            batch_size=self.batch_size,
            seed=self.seed,
            **options,
        )


def activation_layer(name: str) -> Layer:
    """The layer of an activation: one that learns, if the activation has something to learn."""
    op = activations.every().get(name)
    if op is not None and len(op.declaration.inputs) > 1:
        kind = LAYERS[op.layer_name()]
        return kind(alpha_initializer=START) if name == "prelu" else kind()
    return Activation(name)


def choices() -> list[str]:
    """The activations that a network can be made with."""
    usable = [n for n, op in activations.every().items() if op.takes_one() or op.declaration.starts]
    return ["linear", *usable]


def accuracy(model: Sequential, x: Array, labels: Array) -> float:
    """The share of examples whose largest output is at their label."""
    return float(np.mean(model.predict(x).argmax(axis=1) == labels))


def slopes(model: Sequential) -> dict[str, Array]:
    """The learned slopes of each PReLU layer, by its name."""
    return {layer.name: layer.alpha.data for layer in model.layers if isinstance(layer, PReLU)}


@dataclass(frozen=True)
class Outcome:
    """How an activation did over several seeds: test accuracies, and the losses of each epoch."""

    activation: str
    accuracies: tuple[float, ...]
    losses: tuple[tuple[float, ...], ...]

    @property
    def mean(self) -> float:
        """The mean test accuracy."""
        return mean(self.accuracies)

    @property
    def spread(self) -> float:
        """The standard deviation of the test accuracies; nan for a single seed."""
        return stdev(self.accuracies) if len(self.accuracies) > 1 else float("nan")


def compare(
    base: Experiment, names: Sequence[str], seeds: int, done: Callable[[str, int], None]
) -> list[Outcome]:
    """Train with each activation and each seed; the best mean comes first."""
    outcomes = []
    for name in names:
        accuracies, losses = [], []
        for seed in range(base.seed, base.seed + seeds):
            experiment = replace(base, activation=name, seed=seed)
            data = experiment.examples()
            model = experiment.network(int(data.y_train.max()) + 1)
            history = experiment.run(model, data, verbose=0)
            accuracies.append(accuracy(model, data.x_test, data.y_test))
            losses.append(tuple(history.losses))
            done(name, seed)
        outcomes.append(Outcome(name, tuple(accuracies), tuple(losses)))
    return sorted(outcomes, key=lambda outcome: -outcome.mean)


def figure_class() -> Any:
    """Matplotlib's Figure, if it is installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(
            "train: matplotlib draws the curves; in the folder of minigrad run: pip install -e "
            "'.[plot]'"
        ) from None
    return Figure


def draw_curves(outcomes: Sequence[Outcome], path: str) -> None:
    """A picture of the training loss of each activation: the mean over seeds, and its range."""
    figure = figure_class()(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    for outcome in outcomes:
        curves = np.array(outcome.losses)
        epochs = np.arange(1, curves.shape[1] + 1)
        label = f"{outcome.activation}  {outcome.mean:.2%}"
        (line,) = axes.plot(epochs, curves.mean(axis=0), label=label)
        axes.fill_between(
            epochs, curves.min(axis=0), curves.max(axis=0), color=line.get_color(), alpha=0.15
        )
    axes.set(xlabel="epoch", ylabel="training loss", yscale="log")
    axes.legend(title="activation, test accuracy")
    figure.savefig(path, dpi=150)
