"""The optimizer: from gradients to new weights, all of them computed before the first one changes.

A step has four parts, and the first two are left out where nobody asked for them:

    accumulate   add this gradient to earlier ones, and go on only after so many steps
    clip         shorten gradients that are too long
    update       compute the new values of each weight and of what is kept for it
    swap         put them in the place of the old ones, in one short loop
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from itertools import repeat
from typing import Any, Self, TypedDict

import numpy as np

from .. import schedules, settings
from ..arrays import HALF, Array, brief, canonical, rounded
from ..configs import Configured, argument_names, lookup, plain
from ..schedules import LearningRateSchedule, Rate, flag
from ..tensor import Tensor
from .checks import at_most_one, optional, takes_nothing, text, unused, whole
from .gradients import (
    Gradients,
    clip_all_together,
    clip_each_norm,
    clip_each_value,
    divided,
    exact,
    plus,
)
from .memory import Memories, Memory, count, load, saved, take
from .update import blended

Numbers = tuple[float, ...]
Constraints = Mapping[Tensor, Callable[[Array], Array]]
NO_CONSTRAINTS: Constraints = {}


class Shared(TypedDict, total=False):
    """The keywords that every optimizer takes, see `Optimizer`."""

    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: None
    gradient_accumulation_steps: int | None
    name: str | None


def over_gradient(update: Callable[..., None]) -> Callable[..., None]:
    """Mark an `update` that may get one array as g and as out.

    It reads each g[i] for the last time before it writes out[i].
    """
    # itself, not True, which functools.wraps would copy to an update of yours
    update.over_gradient = update  # type: ignore[attr-defined]
    return update


class Optimizer(Configured):
    """Subclass it: `numbers` prepares a step, and `update` computes one weight's new values.

    Parameters
    ----------
    learning_rate : a number, a schedule, which is called with the number of updates so far, or a
        function without arguments; it can be assigned to at any time.
    weight_decay : each update also takes learning_rate weight_decay w off a weight w (Loshchilov
        and Hutter 2019, https://arxiv.org/abs/1711.05101).
    clipnorm, clipvalue, global_clipnorm : the largest norm of a weight's gradient; of an element of
        it; of all gradients taken together.  At most one of them.
    use_ema, ema_momentum : keep a running mean of each weight, average := ema_momentum average +
        (1 - ema_momentum) w after each update, which begins with the first w (Polyak and Juditsky
        1992, https://doi.org/10.1137/0330046).
    ema_overwrite_frequency : after every so many updates the weights become their averages.
    loss_scale_factor : for Keras's sake, None: a loss can be scaled where it is computed.
    gradient_accumulation_steps : update every so many steps, with the mean of their gradients.
    name : what the optimizer is called.

    What was handed out never changes: new values go into a second array, and the old one is used
    for the next step only if nobody, such as a graph or a caller of `weight.data`, still holds it.
    All arrays that `update` gets have one axis; small weights share them, see `memory.py`.  Unless
    `update` is marked by `over_gradient`, g and out are never the same array.

    >>> from minigrad.optimizers.update import descended
    >>> class Descent(Optimizer):
    ...     def numbers(self, rate, keep, t):
    ...         return keep, rate
    ...     def update(self, w, g, out, old, new, numbers):
    ...         descended.run((w, g), numbers, out)
    >>> w = Tensor([1.0], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> Descent(0.25).step([w])
    >>> w
    Tensor([0.5], requires_grad=True)
    """

    # Names for the arrays of the weight's size that `update` needs, and what they begin with.
    states: tuple[str, ...] = ()
    start = 0.0

    def __init__(
        self,
        learning_rate: Rate,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
    ) -> None:
        self.learning_rate = learning_rate
        self.weight_decay = optional(self, "weight_decay", weight_decay, low=0)
        self.clipnorm = optional(self, "clipnorm", clipnorm, above=0)
        self.clipvalue = optional(self, "clipvalue", clipvalue, above=0)
        self.global_clipnorm = optional(self, "global_clipnorm", global_clipnorm, above=0)
        clips = at_most_one(self, "clipnorm", "clipvalue", "global_clipnorm")
        self.use_ema = flag(self, "use_ema", use_ema)
        self.ema_momentum = settings.number(self, "ema_momentum", ema_momentum, low=0, high=1)
        self.ema_overwrite_frequency = whole(
            self, "ema_overwrite_frequency", ema_overwrite_frequency
        )
        unused(self, "loss_scale_factor", loss_scale_factor)
        self.loss_scale_factor = None
        self.gradient_accumulation_steps = whole(
            self, "gradient_accumulation_steps", gradient_accumulation_steps
        )
        self._prepares = clips or gradient_accumulation_steps is not None
        self.name = type(self).__name__.lower() if name is None else text(self, "name", name)
        self.steps = 0  # updates made
        self.waiting = 0  # steps whose gradients wait for the next update
        self._stepping = False
        self._memories = Memories(self._begin)
        self._totals: dict[Tensor, Array] = {}  # of gradients that wait for the next update

    @property
    def learning_rate(self) -> float:
        """The rate of the next update; assign a number, a schedule or a function."""
        given = self._rate
        if isinstance(given, float):
            return given
        try:
            rate = given(self.steps) if isinstance(given, LearningRateSchedule) else given()
        except OverflowError:  # of a power, in a schedule that grows
            rate = math.inf
        return settings.number(self, f"learning_rate after {self.steps} updates", rate, low=0)

    @learning_rate.setter
    def learning_rate(self, given: Rate) -> None:
        if isinstance(given, LearningRateSchedule):
            self._rate: Rate = given
        elif callable(given) and not isinstance(given, type):
            if not takes_nothing(given):
                raise ValueError(
                    f"{type(self).__name__}: learning_rate={brief(given)} given; a function is "
                    "called without arguments, for one of the step use a LearningRateSchedule"
                )
            self._rate = given
        else:
            self._rate = settings.number(self, "learning_rate", given, low=0)

    def numbers(self, rate: float, keep: float, t: int) -> Numbers:
        """What formulas read in update t, from 1: `rate`, and `keep`, the share that decay keeps.

        It may be called again for the same t, if the update does not come to its end.
        """
        raise TypeError(f"{type(self).__name__}: an optimizer must define numbers(rate, keep, t)")

    def update(
        self, w: Array, g: Array, out: Array, old: list[Array], new: list[Array], numbers: Numbers
    ) -> None:
        """Write the new values of w, whose gradient is g, into `out`, and of `old` into `new`.

        All arrays have one axis; `old` and `new` begin with those that `states` names.
        """
        raise TypeError(f"{type(self).__name__}: an optimizer must define update")

    def step(self, weights: Iterable[Tensor], constraints: Constraints = NO_CONSTRAINTS) -> None:
        """Update every weight that has a gradient, and forget the gradients.

        weights       leaves; one that comes twice is updated once
        constraints   for some weights a function of their new values, see `constraints.py`

        Whatever goes wrong on the way, the weights stay as they were; gradients may be gone.
        """
        if self._stepping:
            raise RuntimeError(
                f"{type(self).__name__}: another thread is in the middle of a step; a model is "
                "trained by one thread at a time"
            )
        self._stepping = True
        try:
            gradients = self._gradients(weights)
            if self._prepares:
                prepared = self._prepare(gradients)
                if prepared is None:
                    return
                gradients = prepared
            self._swap(self._compute(gradients, constraints))
        finally:
            self._stepping = False

    def _gradients(self, weights: Iterable[Tensor]) -> Gradients:
        """The gradient of every weight that has one."""
        try:
            found = {w: w.node.gradient for w in weights if w.node and w.node.gradient is not None}
        except (AttributeError, TypeError):
            raise TypeError(
                f"{type(self).__name__}: step was given {brief(weights)}; give a list of the "
                "tensors that learn"
            ) from None
        if found:
            return found
        if isinstance(weights, Tensor):  # what was looked at are its rows
            return self._gradients([weights])
        if any(w.node for w in weights):
            raise ValueError(
                f"{type(self).__name__}: no weight has a gradient; call loss.backward() before "
                "each step"
            )
        return found

    def _prepare(self, gradients: Gradients) -> Gradients | None:
        """What to update with, accumulated and clipped; None if it is not yet time."""
        gradients = {weight: exact(g) for weight, g in gradients.items()}
        if self.gradient_accumulation_steps is not None:
            gradients = self._added(gradients)
            if self.waiting + 1 < self.gradient_accumulation_steps:
                for weight in gradients:
                    weight.grad = None
                self._totals, self.waiting = gradients, self.waiting + 1
                return None
            steps = (float(self.gradient_accumulation_steps),)
            gradients = {weight: divided.made((g,), steps) for weight, g in gradients.items()}
        if self.clipvalue is not None:
            return clip_each_value(gradients, self.clipvalue)
        if self.clipnorm is not None:
            return clip_each_norm(gradients, self.clipnorm)
        if self.global_clipnorm is not None:
            return clip_all_together(gradients, self.global_clipnorm)
        return gradients

    def _added(self, gradients: Gradients) -> Gradients:
        """For every weight that has had a gradient since the last update, the sum of them."""
        totals = dict(self._totals)
        for weight, g in gradients.items():
            totals[weight] = plus.made((totals[weight], g)) if weight in totals else g
        return totals

    def _compute(self, gradients: Gradients, constraints: Constraints) -> list[Memory]:
        """Compute all new values, into `spare` and `next` of the weights' memories."""
        rate = self.learning_rate
        keep = 1.0 if self.weight_decay is None else 1.0 - rate * self.weight_decay
        numbers = self.numbers(rate, keep, self.steps + 1)
        memories = self._memories.of(gradients)
        now = [memory.values() for memory in memories]
        update: Any = getattr(self.update, "__func__", None)
        marked = update is not None and getattr(update, "over_gradient", None) is update
        if marked and not (self._prepares or constraints or self.use_ema):
            take(memories, gradients)
        for memory, values in zip(memories, now, strict=True):
            self._update(memory, values, gradients, numbers)
            if constraints or self.use_ema:
                self._finish(memory, constraints)
        return memories

    def _update(
        self, memory: Memory, values: Array, gradients: Gradients, numbers: Numbers
    ) -> None:
        """`update` for all weights of a memory, or piece by piece."""
        if memory.spare is None:
            memory.spare = memory.fresh()
        out, before, after, weights = memory.spare.array, memory.state, memory.next, memory.weights
        if memory.spare.taken:
            g = out
        elif len(weights) == 1:
            g = gradients[weights[0]].reshape(-1)
        else:
            g = np.concatenate([gradients[weight] for weight in weights], axis=None)
        if memory.half:
            wide = np.empty(out.size)
            self.update(exact(values), exact(g), wide, before, after, numbers)
            out[...] = rounded(wide, HALF)
        elif memory.pieces:
            for piece in memory.pieces:
                old, new, into = [a[piece] for a in before], [a[piece] for a in after], out[piece]
                from_g = into if g is out else g[piece]
                self.update(values[piece], from_g, into, old, new, numbers)
        else:
            self.update(values, g, out, before, after, numbers)

    def _finish(self, memory: Memory, constraints: Constraints) -> None:
        """Constrain the new values of weights, and go on with their average."""
        assert memory.spare is not None
        for weight, new in zip(memory.weights, memory.spare.views, strict=True):
            constraint = constraints.get(weight)
            if constraint is not None:
                allowed = canonical(constraint(new), weight.dtype)
                if allowed.shape != weight.shape:
                    raise ValueError(
                        f"{type(self).__name__}: the constraint {brief(constraint)} made shape "
                        f"{allowed.shape} of a weight of shape {weight.shape}; it must keep the "
                        "shape"
                    )
                new[...] = allowed
        if self.use_ema:
            new, average = memory.spare.array, memory.next[-1]
            momentum = self.ema_momentum if self.steps else 0.0
            blended.run((memory.state[-1], exact(new)), (momentum,), average)
            every = self.ema_overwrite_frequency
            if every is not None and (self.steps + 1) % every == 0:
                new[...] = rounded(average, new.dtype)

    def _swap(self, memories: list[Memory]) -> None:
        """Put the new values in the place of the old ones."""
        weights = [weight for memory in memories for weight in memory.weights]
        new = [array for memory in memories if memory.spare for array in memory.spare.views]
        # one call into C: no Ctrl-C comes between the first weight and the last
        deque(map(setattr, weights, repeat("_data"), new), 0)
        for memory in memories:
            memory.swap()
        self.steps += 1
        if self.waiting:
            self.waiting = 0
            self._totals = {}

    def _begin(self, weight: Tensor) -> list[Array]:
        """What is kept for a weight that is seen for the first time."""
        if weight.node is not None and weight.node.op is not None:
            raise ValueError(
                f"step: a tensor is the output of {weight.node.op.name}; give the leaves that it "
                "was computed from"
            )
        flat = exact(weight._data).ravel()
        state = [np.full_like(flat, self.start) for _ in self.states]
        return [*state, flat] if self.use_ema else state

    @property
    def kept(self) -> tuple[str, ...]:
        """The names of what is kept for each weight."""
        return (*self.states, "average") if self.use_ema else self.states

    def finalize_variable_values(self, weights: Iterable[Tensor]) -> None:
        """With use_ema the weights become their averages, as at the end of training."""
        for weight in weights if self.use_ema else ():
            state = self._memories.state(weight)
            if state is not None:
                average = state[-1].reshape(weight.shape)
                weight.replace(canonical(average, weight.dtype, copy=True))

    def get_state(self, weights: Iterable[Tensor]) -> dict[str, Array]:
        """Copies of all that an equal optimizer needs to go on with these weights, bit for bit.

        "steps" and "waiting" count; "learning_rate" is there if it is a number; "3.mean" is what
        `kept` calls "mean" for the weight at place 3 of `weights`, and "3.total" what accumulates
        for it.  A weight that was never updated has none.
        """
        state = {"steps": np.array(self.steps), "waiting": np.array(self.waiting)}
        if isinstance(self._rate, float):
            state["learning_rate"] = np.array(self._rate)
        return state | saved(self.kept, self._memories, self._totals, weights)

    def set_state(self, weights: Iterable[Tensor], state: Mapping[str, Any]) -> None:
        """Go on from what `get_state` gave, with the same weights in the same order.

        Nothing changes unless all of it fits.
        """
        left = dict(state)
        steps, waiting = (count(self, name, left.pop(name, None)) for name in ("steps", "waiting"))
        rate = self._rate
        given = left.pop("learning_rate", rate)
        if isinstance(rate, float):
            rate = settings.number(self, "learning_rate", given, low=0)
        memories = Memories(self._begin)
        totals = load(self, self.kept, memories, weights, left)
        self.steps, self.waiting, self._rate = steps, waiting, rate
        self._memories, self._totals = memories, totals

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer, as JSON has them, without its state."""
        names = dict.fromkeys([*argument_names(type(self)), *argument_names(Optimizer)])
        values = {name: getattr(self, name) for name in names} | {"learning_rate": self._rate}
        return {name: plain(value) for name, value in values.items()}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The optimizer that `get_config` was called on, without its state."""
        rate = config.get("learning_rate")
        if isinstance(rate, Mapping):
            config = {**config, "learning_rate": schedules.deserialize(rate)}
        elif isinstance(rate, str):
            config = {**config, "learning_rate": lookup("learning_rate", rate, schedules.ALL)}
        return cls(**config)
