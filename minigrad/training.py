"""Training: for every batch compute the loss, its gradients, and a step downhill.

`Trainer` gives a model `compile`, `fit`, `evaluate` and `predict`, as in Keras.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from . import optimizers, overflow
from .arrays import Array
from .callbacks import Callbacks, Clock, History, progress_for
from .callbacks.progress import silent_for
from .compiled import Compiled, Mean
from .examples import Examples, batches, joined, split, validating
from .grad_mode import is_grad_enabled, no_grad
from .interrupts import deferred_interrupt
from .layers import Layer
from .layers.given import refuse, whole
from .layers.modes import training
from .parts import Parts
from .program import Program, Programs, program_of
from .random import Seed, generator
from .tensor import Tensor

__all__ = ["History", "Trainer"]


class Trainer(Layer):
    """What a model needs to be trained; subclassed by `Model`."""

    def __init__(self, **shared: Any) -> None:
        super().__init__(**shared)
        self.optimizer: optimizers.Optimizer | None = None
        self.loss: Any = None
        self.loss_weights: Any = None
        self.history: History | None = None
        self.stop_training = False
        self._compiled: Compiled | None = None
        self._parts: Parts | None = None
        self._programs = Programs()
        self._overflown = False

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        **unknown: Any,
    ) -> None:
        """How to train.

        Parameters
        ----------
        optimizer : a name in `minigrad.optimizers`, or an object of it.
        loss : a name in `minigrad.losses`, an object of it, or a function (y_true, y_pred) ->
            Tensor; a list or dict of them for several outputs.
        loss_weights : how much each output's loss counts.
        metrics : a list of names, objects or functions, "accuracy" for the share of right answers;
            a list of lists or a dict for several outputs.
        weighted_metrics : metrics that sample weights count in.
        """
        refuse(self.name, Trainer.compile, unknown)
        self.optimizer = optimizers.get(optimizer)
        self.loss, self.loss_weights = loss, loss_weights
        self._compiled = Compiled(self, loss, loss_weights, metrics, weighted_metrics)
        self.forget()

    @property
    def output_names(self) -> list[str]:
        """What the outputs are called, if that is known before the first call."""
        return []

    @property
    def input_names(self) -> list[str]:
        """What the inputs are called, if there are Symbols for them."""
        return []

    def forget(self) -> None:
        """Look again which weights and layers there are: layers were added, or taken away."""
        self._parts = None

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None
    ) -> Any:
        """One step on one batch; the loss and the metrics from before the step."""
        data = self._examples(x, y, sample_weight, class_weight)
        compiled = self._ready_again(data)
        compiled.reset()
        return compiled.results(self._step(data, Clock({})))

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """The loss and the metrics of one batch."""
        data = self._examples(x, y, sample_weight)
        compiled = self._ready_again(data)
        compiled.reset()
        return compiled.results(self._test(data))

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch, as NumPy arrays."""
        return self.predict(x, batch_size=2**31)  # whatever there is, in one batch

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
        checkpoint: Any = None,
        seed: Seed = None,
        **unknown: Any,
    ) -> History:
        """Train.

        Parameters
        ----------
        x, y : (examples, ...) inputs and what the outputs should be; lists for several.
        batch_size : examples for each step; 32 if not given.
        epochs : how often to go through all examples.
        verbose : 0 for silence, 1 for a progress bar, 2 for a line each epoch; "auto" is 1 in a
            terminal or notebook, else 2.
        callbacks : see `minigrad.callbacks`.
        validation_split : the share of examples, from the end, that is kept for validation.
        validation_data : (x, y) or (x, y, sample_weight) for validation after each epoch.
        shuffle : whether each epoch goes through the examples in another order.
        class_weight : {class: weight}, how much the examples of a class count.
        sample_weight : (examples,) how much each example counts.
        initial_epoch : the number of the first epoch, to go on with an earlier training.
        steps_per_epoch : batches in an epoch; all if not given.
        validation_batch_size : as batch_size, which it is if not given.
        validation_freq : validate after each epoch whose number, from 1, it divides.
        checkpoint : a file in which everything is kept after each epoch; if it exists, training
            goes on from there, to the same bits as without the break.
        seed : of the order.

        Returns
        -------
        History: the loss and the metrics of each epoch, and where the time went.
        """
        refuse(self.name, Trainer.fit, unknown)
        data = self._examples(x, y, sample_weight, class_weight)
        if validation_data is not None:
            validation: Examples | None = self._examples(*validating(self.name, validation_data))
        else:
            data, validation = split(self.name, data, validation_split)
        size = whole(self.name, "batch_size", 32 if batch_size is None else batch_size)
        others = size if validation_batch_size is None else validation_batch_size
        others = whole(self.name, "validation_batch_size", others)
        often = whole(self.name, "validation_freq", validation_freq)
        epochs = whole(self.name, "epochs", epochs)
        initial_epoch = whole(self.name, "initial_epoch", initial_epoch, low=0)
        steps = data.steps(size)
        if steps_per_epoch is not None:
            steps = min(steps, whole(self.name, "steps_per_epoch", steps_per_epoch))
        seen = steps * size if steps * size < data.count else 0  # without all, go on where it was
        rng = generator(seed)
        self._ready(data)
        if validation is not None:  # what is wrong with it shows before any training
            self._test(validation.at(np.arange(1)))
        run = Callbacks(self, callbacks, progress_for(verbose), epochs, steps, validation)
        clock = Clock(run.history.seconds)
        self.history, self.stop_training, self._overflown = run.history, False, False
        with deferred_interrupt() as interrupted, run:
            saved = None
            if checkpoint is not None:
                from .saving import Checkpoint

                saved = Checkpoint(checkpoint, self, rng, run)
                initial_epoch = saved.resume(initial_epoch)
            run.train_begin()
            for epoch in range(initial_epoch, epochs):
                if self.stop_training:
                    break
                run.epoch_begin(epoch)
                self.forget()  # a callback may have put one into a list
                order = np.roll(np.arange(data.count), -epoch * seen)
                if shuffle:
                    order = rng.permutation(data.count)
                logs = self._epoch(data, batches(order, size, steps), run, clock, interrupted)
                if validation is not None and (epoch + 1) % often == 0:
                    found = self._evaluated(validation, others, run, interrupted)
                    logs |= {f"val_{name}": value for name, value in found.items()}
                run.epoch_end(epoch, logs)
                if saved is not None:
                    saved.save(epoch + 1)
                interrupted()
            assert self.optimizer is not None
            self.optimizer.finalize_variable_values(self.trainable_weights)  # with use_ema
            run.train_end()
        return run.history

    def evaluate(
        self,
        x: Any,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss and the metrics of these examples: a number, a list, or a dict.

        It is silent unless `verbose` is 1 for a bar, or 2 for a line.
        """
        data = self._examples(x, y, sample_weight)
        size = whole(self.name, "batch_size", 32 if batch_size is None else batch_size)
        self._ready(data)
        run = Callbacks(self, callbacks, silent_for(verbose), 1, data.steps(size))
        with run:
            logs = self._evaluated(data, size, run)
        if return_dict:
            return logs
        return next(iter(logs.values())) if len(logs) == 1 else list(logs.values())

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        callbacks: Any = None,
    ) -> Any:
        """The outputs, as NumPy arrays, (examples, ...); `verbose` is that of `evaluate`."""
        data = self._examples(x)
        size = whole(self.name, "batch_size", 32 if batch_size is None else batch_size)
        run = Callbacks(self, callbacks, silent_for(verbose), 1, data.steps(size))
        found: list[Any] = []
        with run, no_grad(), training(False):
            run.predict_begin()
            for number, rows in enumerate(batches(np.arange(data.count), size, None)):
                run.batch_begin(number, "predict")
                found.append(self(data.at(rows).inputs(self.device)))
                run.batch_end(number, dict, "predict")  # dict() is empty: no logs
            run.predict_end()
        return joined(found)

    def program(self, x: Any) -> Program | None:
        """What `fit` does to a batch like x, as lines of Python: print it; see `program.py`.

        None for a model that runs op by op: with several inputs, or layers such as Dropout or one
        of yours, whose ops may differ from batch to batch.
        """
        data = self._examples(x)
        self(data.at(np.arange(1)).inputs(self.device))  # makes the weights
        return program_of(self, data.x, self.trainable_weights)

    def _examples(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None
    ) -> Examples:
        """What a user gave, checked; inputs in a dict are put in the order of the model's."""
        if isinstance(x, dict):
            names = self.input_names
            if not names or set(names) != set(x) or len(names) != len(x):
                known = f"the inputs are called {', '.join(names)}" if names else "give a list"
                raise ValueError(f"{self.name}: x has {', '.join(map(str, x))}; {known}")
            x = [x[name] for name in names] if len(names) > 1 else x[names[0]]
        return Examples.of(self.name, x, y, sample_weight, class_weight, self.dtype)

    def _epoch(
        self,
        data: Examples,
        order: Iterable[Array],
        run: Callbacks,
        clock: Clock,
        interrupted: Callable[[], Any],
    ) -> dict[str, Any]:
        """A step for each batch; the mean loss and the metrics, each from before its step."""
        compiled, mean = self._compiled, Mean()
        assert compiled is not None
        compiled.reset()
        for number, rows in enumerate(order):
            run.batch_begin(number)
            mean.add(self._step(data.at(rows), clock), len(rows))
            run.batch_end(number, lambda: compiled.logs(mean.value))
            interrupted()
            if self.stop_training:
                break
        return compiled.logs(mean.value)

    def _step(self, data: Examples, clock: Clock) -> float:
        """One step: loss, gradients, new weights.  Returns the loss from before it."""
        compiled, optimizer = self._compiled, self.optimizer
        assert compiled is not None and optimizer is not None
        clock.start()
        with training(True):
            outputs, loss = self._forward(data)
        value = loss.item()
        if not (self._overflown or math.isfinite(value)):
            self._overflown = True
            overflow.tell(self, data.inputs(), value)
        clock.lap("forward")
        if not loss.requires_grad:
            raise ValueError(
                f"{self.name}: the loss depends on no weight; add a layer that learns, and make "
                "the loss of y_pred by ops of minigrad"
            )
        loss.backward()
        clock.lap("backward")
        if compiled.has_metrics:  # what is wrong with them leaves the weights as they were
            compiled.update(data.y, outputs, data.weight)
            clock.lap("metrics")
        parts = self._known()
        for weight in parts.idle:
            weight.grad = None
        optimizer.step(parts.weights, parts.limits)
        clock.lap("optimizer")
        return value

    def _test(self, data: Examples) -> float:
        compiled = self._compiled
        assert compiled is not None
        with no_grad(), training(False):
            outputs, loss = self._forward(data)
        compiled.update(data.y, outputs, data.weight)
        return loss.item()

    def _forward(self, data: Examples) -> tuple[Any, Tensor]:
        """Outputs and the whole loss, penalties included."""
        assert self._compiled is not None
        parts = self._known()
        for layer in parts.layers:
            layer.added_losses.clear()  # not a new list, which would be a change
        program = self._programs.for_batch(self, data, parts)
        fused = None
        if program is not None and is_grad_enabled():  # without, probabilities have no logits
            fused = self._compiled.fused(data, program.from_logits)
        loss: Any
        if program is not None and fused is not None:
            outputs, loss = program.with_loss(data, fused)
        else:
            outputs = self(data.inputs(self.device)) if program is None else program(data.x)
            loss = self._compiled.loss(data.y, outputs, data.weight)
        extra = [penalty(weight) for penalty, weight in parts.penalties]
        for layer in parts.layers:
            extra += layer.added_losses
        for term in extra:
            loss = term if loss is None else loss + term
        if loss is None:
            raise ValueError(f"{self.name}: compile(loss=...) says what to make small; none given")
        return outputs, loss

    def _evaluated(
        self, data: Examples, size: int, run: Callbacks, interrupted: Callable[[], Any] = int
    ) -> dict[str, Any]:
        """The mean loss and the metrics; by default nobody interrupts: int() does nothing."""
        assert self._compiled is not None
        compiled, mean = self._compiled, Mean()
        compiled.reset()
        run.test_begin()
        for number, rows in enumerate(batches(np.arange(data.count), size, None)):
            run.batch_begin(number, "test")
            mean.add(self._test(data.at(rows)), len(rows))
            run.batch_end(number, lambda: compiled.logs(mean.value), "test")
            interrupted()
        logs = compiled.logs(mean.value)
        run.test_end(logs)
        return logs

    def _known(self) -> Parts:
        """Weights to train, layers, penalties and constraints: looked up again after a change."""
        if self._parts is None or self._parts.changes != Layer.changes:
            layers = list(self.each())
            weights = self.trainable_weights
            changed = set(weights)
            self._parts = Parts(
                weights,
                [w for w in self.weights if w.requires_grad and w not in changed],
                layers,
                Layer.changes,
                (Layer.changes, *map(id, weights)),
                [(f, w) for layer in layers for w, f in layer.regularized.items()],
                {w: f for layer in layers for w, f in layer.constrained.items()},
            )
        return self._parts

    def _ready(self, data: Examples) -> Compiled:
        """See that the model is compiled, that its weights exist, and that no gradient is left."""
        if self._compiled is None or self.optimizer is None:
            raise ValueError(f"{self.name}: call compile(optimizer, loss) first, to say how")
        if any(layer.built_for is None for layer in self.each()):  # or a new one would not learn
            with no_grad(), training(False):
                # two rows, as in a batch: one alone is laid out in another way, by other kernels
                self(data.at(np.array([0, -1])).inputs(self.device))
        self.forget()
        for weight in self.weights:
            if weight.requires_grad:
                weight.grad = None  # of what was computed before
        return self._compiled

    def _ready_again(self, data: Examples) -> Compiled:
        """As `_ready`, without looking through all layers if none has changed."""
        parts = self._parts
        if parts is None or self._compiled is None or parts.changes != Layer.changes:
            return self._ready(data)
        for weight in parts.weights:
            weight.grad = None
        return self._compiled
