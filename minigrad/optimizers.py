"""Optimizers: how weights follow their gradients downhill.

An update is a scalar formula too, and runs in the same loop as an activation: element by element,
computed in float64, rounded once.
"""

from collections.abc import Callable, Iterable
from math import inf, nan
from sys import getrefcount
from typing import Any

import numpy as np

from .arrays import HALF, Array
from .kernels.kernel import Kernel
from .kernels.loops import forward
from .kernels.mathematics import sqrt
from .plans import rounded
from .tensor import Node, Tensor


def descended(w, g, rate):
    """SGD: w - rate g."""
    return w - rate * g


def velocity(v, g, momentum, rate):
    """Momentum: v := momentum v - rate g."""
    return momentum * v - rate * g


def moved(w, v):
    """w + v."""
    return w + v


def blended(m, g, beta):
    """A running mean: m := beta m + (1 - beta) g."""
    return beta * m + (1 - beta) * g


def blended_square(s, g, beta):
    """A running mean of squares: s := beta s + (1 - beta) g**2."""
    return beta * s + (1 - beta) * g * g


def adam_step(w, m, s, step, epsilon):
    """Adam: w - step m / (sqrt(s) + epsilon)."""
    return w - step * m / (sqrt(s) + epsilon)


def count_alone() -> int:
    """What getrefcount says of an array that only a local variable holds; it depends on Python."""
    array = np.empty(0)
    return getrefcount(array)


ALONE = count_alone()


class Update:
    """One formula over whole arrays, into an array that nobody else holds."""

    def __init__(self, formula: Callable[..., Any]) -> None:
        self.formula = formula
        self._kernels: dict[np.dtype[Any], Kernel] = {}

    def run(self, inputs: tuple[Array, ...], numbers: tuple[float, ...], out: Array) -> None:
        """out = formula(inputs, numbers), element by element."""
        if out.dtype == HALF:
            exact = np.empty(out.shape)
            self.run(tuple(a.astype(exact.dtype) for a in inputs), numbers, exact)
            out[...] = rounded(exact, HALF)
            return
        kernel = self._kernels.get(out.dtype)
        if kernel is None:
            kernel = self._kernels[out.dtype] = Kernel(forward, self.formula)
        run = kernel.run if out.size < kernel.serial_below else kernel.run_long
        run(inputs, numbers, out)


class Memory:
    """What an optimizer keeps for one weight: an array for its next values, and its own state."""

    __slots__ = ("spare", "state")

    def __init__(self, weight: Tensor, states: int) -> None:
        self.spare: Array | None = None
        self.state = [np.zeros(weight.size, weight.dtype) for _ in range(states)]


class Optimizer:
    """Subclass it: `update` computes one weight's new values.

    What was handed out never changes: new values go into a second array, and the old one is used
    for the next step only if nobody, such as a graph or a caller of `weight.data`, still holds it.
    """

    # Arrays of the weight's size that `update` needs, zeros at first.
    states = 0

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = self.number("learning_rate", learning_rate, above=0)
        self.steps = 0
        self._memory: dict[Tensor, Memory] = {}

    def number(
        self, name: str, value: Any, above: float | None = None, below: float = inf
    ) -> float:
        """A setting as a float: more than `above`, or at least 0, and less than `below`."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = nan
        if not (number > above if above is not None else number >= 0) or not number < below:
            low = "0 or more" if above is None else f"more than {above:g}"
            high = "finite" if below == inf else f"less than {below:g}"
            raise ValueError(
                f"{type(self).__name__}: {name}={value!r} given; it must be {low}, and {high}"
            )
        return number

    def step(self, weights: Iterable[Tensor]) -> None:
        """Update every weight that has a gradient, and forget the gradients."""
        self.steps += 1
        for weight in weights:
            node = weight.node
            if node is None or node.gradient is None:
                continue
            memory = self._memory.get(weight) or self._remember(weight, node)
            old, g, new = weight._data, node.gradient, memory.spare
            if new is None:
                new = np.empty(old.shape, old.dtype)
            if old.ndim == 1:
                self.update(old, g, new, memory.state)
            else:
                self.update(old.reshape(-1), g.reshape(-1), new.reshape(-1), memory.state)
            weight.replace(new)
            node.gradient = None
            # nobody else holds it, and it was never handed out
            alone = getrefcount(old) == ALONE and old.flags.writeable
            memory.spare = old if alone else None

    def _remember(self, weight: Tensor, node: Node) -> Memory:
        """What is kept for a weight that is seen for the first time."""
        if node.op is not None:
            raise ValueError(
                f"step: a tensor is the output of {node.op.name}; give the leaves that it was "
                "computed from"
            )
        memory = self._memory[weight] = Memory(weight, self.states)
        return memory

    def update(self, w: Array, g: Array, out: Array, state: list[Array]) -> None:
        """Write the new values of w, whose gradient is g, into `out`: all with one axis."""
        raise TypeError(f"{type(self).__name__}: an optimizer must define update")


class SGD(Optimizer):
    """Stochastic gradient descent: w := w - learning_rate g, or with momentum v.

    v := momentum v - learning_rate g, w := w + v (Polyak 1964,
    https://doi.org/10.1016/0041-5553(64)90137-5).

    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> w.backward([10.0, 10.0])
    >>> SGD(0.01).step([w])
    >>> w
    Tensor([0.9, 1.9], requires_grad=True)
    """

    plain, faster, move = Update(descended), Update(velocity), Update(moved)

    def __init__(self, learning_rate: float = 0.01, momentum: float = 0.0) -> None:
        super().__init__(learning_rate)
        self.momentum = self.number("momentum", momentum, below=1)
        self.states = 2 if momentum else 0

    def update(self, w: Array, g: Array, out: Array, state: list[Array]) -> None:
        """One step, with or without momentum."""
        if not self.momentum:
            self.plain.run((w, g), (self.learning_rate,), out)
            return
        self.faster.run((state[0], g), (self.momentum, self.learning_rate), state[1])
        state.reverse()
        self.move.run((w, state[0]), (), out)


class Adam(Optimizer):
    """Adam: running means m of the gradient and s of its square; each weight has its own step.

    w := w - r m / (sqrt(s) + epsilon), r = learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t) for
    step t (Kingma and Ba 2015, https://arxiv.org/abs/1412.6980; epsilon as in Keras).

    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> w.backward([10.0, 1.0])
    >>> Adam(0.1).step([w])
    >>> w
    Tensor([0.90000004, 1.9000003 ], requires_grad=True)
    """

    mean, square, move = Update(blended), Update(blended_square), Update(adam_step)
    states = 4

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
    ) -> None:
        super().__init__(learning_rate)
        self.beta_1 = self.number("beta_1", beta_1, below=1)
        self.beta_2 = self.number("beta_2", beta_2, below=1)
        self.epsilon = self.number("epsilon", epsilon, above=0)

    def update(self, w: Array, g: Array, out: Array, state: list[Array]) -> None:
        """One step for one weight."""
        m, s, m_new, s_new = state
        self.mean.run((m, g), (self.beta_1,), m_new)
        self.square.run((s, g), (self.beta_2,), s_new)
        state[:] = m_new, s_new, m, s
        rate = self.learning_rate * (1 - self.beta_2**self.steps) ** 0.5
        rate /= 1 - self.beta_1**self.steps
        self.move.run((w, m_new, s_new), (rate, self.epsilon), out)


ALL: dict[str, type[SGD] | type[Adam]] = {"sgd": SGD, "adam": Adam}


def get(optimizer: str | Optimizer) -> Optimizer:
    """An optimizer, or one by name with its defaults."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    if str(optimizer).lower() not in ALL:
        raise ValueError(f"optimizer: {optimizer!r} given; there are {', '.join(ALL)}")
    return ALL[str(optimizer).lower()]()
