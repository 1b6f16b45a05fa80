"""Watching: what goes on in each layer while it is trained, to see where learning gets stuck.

dead          share of units (along the last axis) whose output is the same for all examples
saturated     share of outputs at which |df/dx| < 0.001, where f is a declared activation
update_ratio  |w - v| / max(|w|, |v|) of each weight: w after an epoch, v before it
gradient      |dL/dw| of each weight after an epoch, where labels are given
slopes        the mean of what a PReLU has learned
"""

import csv
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from ..activations import linear
from ..arrays import Array
from ..elementwise import Elementwise
from ..examples import Examples
from ..grad_mode import no_grad
from ..layers import Layer, PReLU
from ..layers.given import whole
from ..layers.modes import training
from ..tensor import Tensor
from .callback import Callback, Logs

if TYPE_CHECKING:
    from rich.table import Table

    from ..see.image import Image

EXAMPLES = 256
FLAT = 1e-3  # a slope below this hardly passes a gradient on
DEAD, STILL, WILD = 0.3, 1e-6, 0.1  # shares of units, and update ratios, that are told
QUANTITIES = "dead", "saturated", "update_ratio", "gradient", "slopes"
OF_WEIGHTS = "update_ratio", "gradient"
Calls = list[tuple[Tensor, Tensor]]


class Monitor(Callback):
    """Monitor: watch each layer of a model, epoch by epoch; training is not changed by it.

    Parameters
    ----------
    data : inputs, (examples, ...), at least 2, of which the first 256 are looked at.
    every : look at the end of each so many epochs.
    labels : what the outputs should be, to see the norms of the gradients too.

    records : a dict for each epoch and layer, with None for what a layer does not have.
    warnings : what went wrong, in words, once for each layer and kind.

    >>> from minigrad.layers import Dense
    >>> from minigrad.model import Sequential
    >>> x = [[1.0], [2.0]]
    >>> model = Sequential([Dense(4, "sigmoid", seed=0), Dense(1, seed=1)])
    >>> model.compile("sgd", "mean_squared_error")
    >>> monitor = Monitor(x)
    >>> history = model.fit(x, x, verbose=0, callbacks=monitor)
    >>> [(record["layer"], record["dead"]) for record in monitor.records]
    [('dense', 0.0), ('dense_1', None)]
    """

    remembered = "records", "warnings", "told"

    def __init__(self, data: Any = None, every: int = 1, labels: Any = None) -> None:
        if data is None:
            raise ValueError(
                "Monitor: data is missing; give examples to watch the layers on, such as x[:256]"
            )
        self.data, self.labels = data, labels
        self.every = whole("Monitor", "every", every)
        examples = Examples.of("Monitor", data, labels)
        if examples.count < 2:
            raise ValueError(
                "Monitor: data of 1 example given; give 2 or more, to see which units always do "
                "the same"
            )
        self.count = min(EXAMPLES, examples.count)
        self.watched = examples.at(np.arange(self.count))
        self.inputs = self.watched.x
        self._begin()

    def _begin(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.warnings: list[str] = []
        self.told: list[str] = []
        self.before: dict[Tensor, Array] = {}
        self.shown: Any = None  # the picture in a notebook

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._begin()
        try:  # what is wrong with the data shows before any training
            calls_of(self.model, self.inputs)
        except ValueError as error:
            raise ValueError(f"Monitor: data: {error}") from error

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        if (epoch + 1) % self.every == 0:
            self.before = {w: w.data.copy() for w in self.model.trainable_weights}

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if (epoch + 1) % self.every:
            return
        news: list[tuple[str, str]] = []
        norms = gradient_norms(self.model, self.watched) if self.labels is not None else {}
        for layer, calls in calls_of(self.model, self.inputs):
            ratios = {w: update_ratio(w, self.before) for w in layer.weights if w in self.before}
            found = seen(layer, calls)
            for quantity, numbers in zip(OF_WEIGHTS, (ratios, norms), strict=True):
                if named := by_name(layer, numbers):
                    found[quantity] = named
            if found:
                blank = {"epoch": epoch, "layer": layer.name} | dict.fromkeys(QUANTITIES)
                self.records.append(blank | found)
            news += [*dead_news(layer, calls, self.count), *update_news(layer, self.before)]
        self.before = {}
        self._show(news)

    def _show(self, news: list[tuple[str, str]]) -> None:
        """Say what is new; in a notebook, renew the picture."""
        for kind, sentence in news:
            if kind not in self.told:
                self.told.append(kind)
                self.warnings.append(sentence)
                # at the line that called fit, which called epoch_end, which called this, by _show
                warnings.warn(sentence, UserWarning, stacklevel=5)
        display = notebook()
        if self.shown is not None:
            self.shown.update(self)
        elif display is not None and self.records:
            self.shown = display(self, display_id=True)

    def table(self) -> "Table":
        """The last epoch that was looked at, as a table of rich."""
        from rich.table import Table  # only when there is something to show: rich takes time
        from rich.text import Text

        last = self._rows()[-1]["epoch"]
        rows = [row for row in self._rows() if row["epoch"] == last]
        table = Table(title=f"epoch {last + 1}")
        table.add_column("layer")
        names = [name for name in self._columns()[2:] if any(name in row for row in rows)]
        for name in names:
            table.add_column(name.replace("_", " "), justify="right")
        for row in rows:
            numbers = [f"{row[name]:.3g}" if name in row else "" for name in names]
            table.add_row(Text(row["layer"]), *numbers)
        return table

    def to_csv(self, path: str | PathLike[str]) -> None:
        """A line for each epoch and layer; empty where a layer does not have a quantity."""
        rows = self._rows()
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self._columns(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    @property
    def picture(self) -> "Image":
        """A frame for each quantity, a line for each layer or weight, and the warnings."""
        from ..see.image import Image  # only when there is something to draw
        from ..see.panels import Quantity, panels

        frames: dict[str, dict[str, list[tuple[int, float]]]] = {}
        for row in self._rows():
            for name, value in row.items():
                quantity, *weight = name.split()
                if quantity in QUANTITIES:
                    lines = frames.setdefault(quantity, {})
                    label = " ".join([row["layer"], *weight])
                    lines.setdefault(label, []).append((row["epoch"] + 1, value))
        drawn = [Quantity(n.replace("_", " "), frames[n]) for n in QUANTITIES if n in frames]
        title = f"what Monitor saw in {len({row['epoch'] for row in self._rows()})} epochs"
        return Image(title, lambda rules: panels(title, drawn, rules, self.warnings))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the picture to a file whose name ends in .svg, .png or .html."""
        self.picture.save(path)  # type: ignore[arg-type]

    def _repr_html_(self) -> str:
        return self.picture.svg if self.records else "<p>Monitor: nothing seen yet</p>"

    def _columns(self) -> list[str]:
        """The names of all numbers, each quantity's together."""
        names = dict.fromkeys(name for row in self._rows() for name in row)
        order = ("epoch", "layer", *QUANTITIES)
        return sorted(names, key=lambda name: order.index(name.split()[0]))

    def _rows(self) -> list[dict[str, Any]]:
        """The records without None; what weights have by itself, as "update_ratio kernel"."""
        if not self.records:
            raise ValueError(
                f"Monitor: nothing recorded yet; give it to fit(callbacks=...) for {self.every} or "
                "more epochs of a model whose layers have weights or activations"
            )
        rows = []
        for record in self.records:
            row = {k: v for k, v in record.items() if v is not None and k not in OF_WEIGHTS}
            for quantity in OF_WEIGHTS:
                of_weights = record[quantity] or {}
                row |= {f"{quantity} {label}": of_weights[label] for label in of_weights}
            rows.append(row)
        return rows


def calls_of(model: Any, inputs: Any) -> list[tuple[Layer, Calls]]:
    """Each layer, with inputs and outputs of its activation while the model runs on `inputs`."""
    found: list[tuple[Layer, Calls]] = [(layer, []) for layer in model.layers]
    losses = [(layer, layer.added_losses.copy()) for layer in model.each()]
    try:
        with ExitStack() as stack, no_grad(), training(False):
            for layer, calls in found:
                if (place := activation_of(layer)) is not None:
                    stack.enter_context(heard(*place, calls))
            model(inputs)
    finally:
        for layer, known in losses:
            layer.added_losses = known
    return found


def activation_of(layer: Any) -> tuple[Any, str] | None:
    """Whose attribute computes a layer's activation, and its name; None if there is none."""
    if isinstance(getattr(layer, "op", None), Elementwise):
        return layer, "call"
    function = getattr(layer, "activation", None)
    if isinstance(function, Layer):
        return function, "call"
    return None if function is linear or not callable(function) else (layer, "activation")


@contextmanager
def heard(owner: Any, attribute: str, calls: Calls) -> Iterator[None]:
    """Inside, what goes into this function of the owner, and comes out of it, is kept."""
    function, own = getattr(owner, attribute), attribute in vars(owner)

    def listening(x: Any, *others: Any, **options: Any) -> Any:
        y = function(x, *others, **options)
        if isinstance(x, Tensor) and isinstance(y, Tensor):
            calls.append((x, y))
        return y

    vars(owner)[attribute] = listening
    try:
        yield
    finally:
        if own:
            vars(owner)[attribute] = function
        else:
            del vars(owner)[attribute]


def seen(layer: Layer, calls: Calls) -> dict[str, Any]:
    """The quantities of a layer's activation, those that it has."""
    found: dict[str, Any] = {}
    owner, attribute = activation_of(layer) or (layer, "")
    if calls:
        found["dead"] = float(stuck(outputs(calls)).mean())
        op = getattr(owner, "op" if attribute == "call" else attribute, None)
        if isinstance(op, Elementwise) and op.declaration.inputs[0] in op.partials:
            others = getattr(owner, "learned", ())
            numbers = getattr(owner, "numbers", None) if attribute == "call" else None
            slopes = [slope(op, (x, *others), y, numbers).reshape(-1) for x, y in calls]
            found["saturated"] = float((abs(np.concatenate(slopes)) < FLAT).mean())
    if isinstance(owner, PReLU):
        found["slopes"] = float(owner.alpha.data.mean(dtype=np.float64))
    return found


def slope(
    op: Elementwise, tensors: tuple[Tensor, ...], y: Tensor, numbers: tuple[float, ...] | None
) -> Array:
    """dy/dx of a declared activation, by the partial that is declared."""
    declaration = op.declaration
    given = declaration.default_numbers() if numbers is None else numbers
    values: dict[str, Any] = dict(zip(declaration.numbers, given or (), strict=True))
    values |= dict(zip((*declaration.inputs, "y"), (*tensors, y), strict=True))
    df = op.partials[declaration.inputs[0]]
    with no_grad():
        found = df(*(values[n] for n in (*df.declaration.inputs, *df.declaration.numbers)))
    return np.broadcast_to(found.data, y.shape)


def outputs(calls: Calls) -> Array:
    """All outputs, (examples and all other axes, units)."""
    return np.concatenate([y.data.reshape(-1, y.shape[-1] if y.ndim > 1 else 1) for _, y in calls])


def stuck(y: Array) -> Array:
    """Which units give the same for all examples."""
    same: Array = (y == y[0]).all(axis=0)
    return same


def by_name(layer: Layer, numbers: dict[Tensor, float]) -> dict[str, float]:
    """The numbers of a layer's weights, by the weight's name."""
    found: dict[str, float] = {}
    for weight in layer.weights:
        if weight in numbers:
            label = (weight.name or "weight").rpartition(".")[2]
            label = label if label not in found else f"{label}_{len(found)}"
            found[label] = numbers[weight]
    return found


def gradient_norms(model: Any, examples: Examples) -> dict[Tensor, float]:
    """|dL/dw| of each trained weight, of the loss of these examples without penalties."""
    losses = [(layer, layer.added_losses.copy()) for layer in model.each()]
    try:
        with training(False):
            loss = model._compiled.loss(examples.y, model(examples.inputs()), None)
        loss.backward()
        weights = [w for w in model.trainable_weights if w.grad is not None]
        return {w: float(np.linalg.norm(w.grad.astype(np.float64))) for w in weights}
    finally:
        for layer, known in losses:
            layer.added_losses = known
        for weight in model.weights:
            if weight.requires_grad:
                weight.grad = None  # as the optimizer left it


def update_ratio(weight: Tensor, before: dict[Tensor, Array]) -> float:
    """|w - v| / max(|w|, |v|), which a bias that begins at 0 has too."""
    w, v = (array.astype(np.float64) for array in (weight.data, before[weight]))
    with np.errstate(over="ignore", invalid="ignore"):  # weights may be infinite by now
        largest = max(np.linalg.norm(w), np.linalg.norm(v))
        return float(np.linalg.norm(w - v) / largest) if largest else 0.0


def dead_news(layer: Layer, calls: Calls, count: int) -> Iterator[tuple[str, str]]:
    """Which kind of trouble there is with dead units, and the sentence to say."""
    if calls:
        y = outputs(calls)
        dead = stuck(y)
        if dead.mean() > DEAD:
            what = "the same" if y[:, dead].any() else "0"
            share = f"{100 * dead.mean():.0f} % of its units gave {what} for all {count} examples"
            yield f"{layer.name} dead", f"{layer.name}: {share}"


def update_news(layer: Layer, before: dict[Tensor, Array]) -> Iterator[tuple[str, str]]:
    """The same for matrices that hardly change, or too fast; a bias often does, from 0."""
    for weight in layer.weights:
        if weight in before and weight.ndim > 1:
            ratio, name = update_ratio(weight, before), (weight.name or "").rpartition(".")[2]
            change = f"an epoch changed its {name or 'weight'} by {ratio:.2g} of its norm"
            start = f"{layer.name}: {change}"
            if ratio < STILL:
                yield f"{layer.name} still", f"{start}; it hardly learns"
            elif ratio > WILD:
                yield f"{layer.name} wild", f"{start}; a smaller learning rate may help"


def notebook() -> Any:
    """IPython's `display` inside of a notebook, else None."""
    ipython = sys.modules.get("IPython")  # a notebook has imported it
    shell = None if ipython is None else ipython.get_ipython()
    return ipython.display.display if hasattr(shell, "kernel") else None  # type: ignore[union-attr]
