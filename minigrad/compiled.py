"""Compiled: what `compile` was given, as functions of labels and outputs.

A model may have several outputs; each has a name, a loss with its weight, and metrics of its own.
"""

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import losses, metrics, settings
from .arrays import Array
from .examples import Examples
from .losses.loss import FusedLoss
from .tensor import Tensor


class Mean:
    """The mean of what batches give, by their numbers of examples."""

    def __init__(self) -> None:
        self.total, self.count = 0.0, 0

    def add(self, value: float, count: int) -> None:
        """One more batch."""
        self.total += value * count
        self.count += count

    @property
    def value(self) -> float:
        """The mean so far."""
        return self.total / self.count if self.count else math.nan


class Compiled:
    """The losses and metrics of a model, whose outputs have names at the first batch."""

    def __init__(
        self, model: Any, loss: Any, loss_weights: Any, given_metrics: Any, weighted: Any
    ) -> None:
        self.model, self.owner = model, model.name
        self.names: list[str] = []
        self.given_loss = each_given(loss, losses.get)
        each_given(given_metrics, known_metric)
        each_given(weighted, known_metric)
        self.given_weights = loss_weights
        self.given_metrics = [(m, w) for m, w in ((given_metrics, False), (weighted, True)) if m]
        self.has_metrics = bool(self.given_metrics)
        self.losses: list[Any] = []
        self.weights: list[float] = []
        self.parts: list[Mean] = []  # the losses of several outputs
        self.metrics: list[list[tuple[str, metrics.Metric, bool]]] | None = None

    def loss(self, y: Any, outputs: Any, weight: Array | None) -> Tensor | None:
        """The loss of a batch, a single number; None if there is none to compute."""
        if not self.losses:
            self._begin(outputs)
        total: Any = None
        values = listed(outputs)
        parts = zip(self.losses, self._targets(y), values, self.weights, strict=True)
        for k, (loss, target, output, share) in enumerate(parts):
            if loss is None:
                continue
            if target is None:
                raise ValueError(f"{self.owner}: y is missing: the loss compares outputs with it")
            value = loss(target, output, weight)
            value = value if value.size == 1 else value.mean()
            if self.parts:
                self.parts[k].add(value.item(), len(output.data))
            value = value if share == 1 else value * share
            total = value if total is None else total + value
        return total  # type: ignore[no-any-return]

    def fused(self, data: Examples, from_logits: bool | None) -> FusedLoss | None:
        """The loss of these examples without a graph, if there is such a way; see `Loss`."""
        if self.weights != [1.0] or data.weight is not None or type(data.y) is not np.ndarray:
            return None  # before the first batch there are no weights
        (loss,) = self.losses
        return None if loss is None else loss.fused(from_logits)

    def reset(self) -> None:
        """Start again, as an epoch does."""
        self.parts = [Mean() for _ in self.parts]
        for of_output in self.metrics or []:
            for _, metric, _ in of_output:
                metric.reset_state()

    def update(self, y: Any, outputs: Any, weight: Array | None) -> None:
        """Count a batch in."""
        if not self.has_metrics:
            return
        targets, predictions = self._targets(y), [output.data for output in listed(outputs)]
        if self.metrics is None:
            shapes = [(np.shape(t), p.shape) for t, p in zip(targets, predictions, strict=True)]
            self.metrics = self._metrics(shapes)
        for of_output, t, p in zip(self.metrics, targets, predictions, strict=True):
            for _, metric, weighted in of_output:
                metric.update_state(t, p, sample_weight=weight if weighted else None)

    def logs(self, loss: float) -> dict[str, Any]:
        """The mean loss, those of several outputs, and the metrics so far."""
        logs: dict[str, Any] = {"loss": loss}
        for name, part, one in zip(self.names, self.parts, self.losses, strict=False):
            if one is not None:
                logs[f"{name}_loss"] = part.value
        for of_output in self.metrics or []:
            for name, metric, _ in of_output:
                value = metric.result()
                logs[name] = float(value) if np.ndim(value) == 0 else np.asarray(value).tolist()
        return logs

    def results(self, loss: float) -> Any:
        """A number, or a list of the loss and the metrics."""
        if not self.has_metrics and not self.parts:
            return loss
        logs = list(self.logs(loss).values())
        return logs[0] if len(logs) == 1 else logs

    def _begin(self, outputs: Any) -> None:
        """Find out how many outputs there are, and which loss belongs to which."""
        count = len(listed(outputs))
        self.names = list(outputs) if isinstance(outputs, dict) else self.model.output_names
        if len(self.names) != count:
            self.names = [f"output_{k}" for k in range(count)] if count > 1 else ["output"]
        self.losses = self._spread("loss", self.given_loss)
        shares = self._spread("loss_weights", self.given_weights)
        shares = [1.0 if share is None else share for share in shares]
        self.weights = [settings.number(self.model, "loss_weights", share) for share in shares]
        self.parts = [Mean() for _ in self.names] if count > 1 else []

    def _spread(self, what: str, given: Any) -> list[Any]:
        """What was given for each output, in their order."""
        if isinstance(given, Mapping) and "class_name" not in given:
            for name in given:
                if name not in self.names:
                    raise ValueError(
                        f"{self.owner}: {what} for {name!r} given; its outputs are called "
                        f"{', '.join(map(repr, self.names))}"
                    )
            return [given.get(name) for name in self.names]
        if isinstance(given, list | tuple):
            if len(given) != len(self.names):
                raise ValueError(
                    f"{self.owner}: {what} of length {len(given)} given for {len(self.names)} "
                    "outputs; give one for each"
                )
            return list(given)
        return [given] * len(self.names)

    def _targets(self, y: Any) -> list[Any]:
        """The labels of each output, in their order."""
        count = len(self.names)
        if y is None:
            return [None] * count
        if isinstance(y, dict):
            return self._spread("y", y)
        several = y if isinstance(y, list) else [y]
        if len(several) != count:
            raise ValueError(
                f"{self.owner}: y holds {len(several)} arrays, and there are {count} outputs; give "
                "one for each"
            )
        return several

    def _metrics(self, shapes: list[tuple[Any, Any]]) -> list[Any]:
        """The metrics of each output, with their names in the logs."""
        found: list[list[Any]] = [[] for _ in shapes]
        taken = {"loss", *(f"{name}_loss" for name in self.names)}
        for given, weighted in self.given_metrics:
            if len(shapes) == 1 and not isinstance(given, Mapping):
                given = [given]
            for k, own in enumerate(self._spread("metrics", given)):
                for one in own if isinstance(own, list | tuple) else [own]:
                    if one is None:
                        continue
                    metric = metrics.get(one, *shapes[k])
                    name = metric.name if len(shapes) == 1 else f"{self.names[k]}_{metric.name}"
                    name = apart(f"weighted_{name}" if weighted and name in taken else name, taken)
                    found[k].append((name, metric, weighted))
        return found


def apart(name: str, taken: set[str]) -> str:
    """The name, numbered if it is taken, as those of two lambdas are; taken from now on."""
    names = itertools.chain([name], (f"{name}_{k}" for k in itertools.count(1)))
    found = next(n for n in names if n not in taken)
    taken.add(found)
    return found


def each_given(given: Any, function: Any) -> Any:
    """The function of what was given, or of each in a list or dict; None stays None."""
    if given is None:
        return None
    if isinstance(given, list | tuple):
        return [each_given(one, function) for one in given]
    if isinstance(given, Mapping) and "class_name" not in given:
        return {name: each_given(one, function) for name, one in given.items()}
    return function(given)


def known_metric(metric: Any) -> None:
    """Refuse a wrong name early; the shapes of the labels are not known yet."""
    if not callable(metric) or isinstance(metric, type):
        metrics.get(metric, (1,), (1,))


def listed(outputs: Any) -> list[Any]:
    """The outputs of a model as a list."""
    if isinstance(outputs, dict):
        return list(outputs.values())
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]
