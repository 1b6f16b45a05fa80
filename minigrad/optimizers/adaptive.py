"""Steps of a size that earlier gradients set: Adagrad and Adadelta; or that is always one: Lion."""

from typing import Unpack

from .. import settings
from ..arrays import Array
from ..kernels.mathematics import sqrt
from ..schedules import Rate
from .checks import fraction, positive
from .optimizer import Numbers, Optimizer, Shared
from .update import Update, blended, blended_square, root_step


@Update
def summed_square(a, g):
    """A sum of squares: a := a + g**2."""
    return a + g * g


@Update
def adadelta_step(w, g, a, d, keep, rate, epsilon):
    """Adadelta: w - rate delta, delta = sqrt((d + epsilon) / (a + epsilon)) g."""
    return keep * w - rate * (sqrt((d + epsilon) / (a + epsilon)) * g)


@Update
def blended_delta(d, g, a, rho, epsilon):
    """A running mean of Adadelta's own steps, squared: d := rho d + (1 - rho) delta**2."""
    return rho * d + (1 - rho) * ((d + epsilon) / (a + epsilon) * g * g)


@Update
def lion_step(w, g, m, keep, rate, beta):
    """Lion: w - rate sign(beta m + (1 - beta) g), where the sign of 0 is 0."""
    c = beta * m + (1 - beta) * g
    return keep * w - (rate if c > 0 else -rate if c < 0 else 0.0)


class Adagrad(Optimizer):
    """Adagrad: the gradient is divided by the root of the sum a of all its squares so far.

    a := a + g**2, w := w - learning_rate g / sqrt(a + epsilon), where a starts at
    initial_accumulator_value (Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html).

    >>> from minigrad import Tensor
    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> w.backward([10.0, 1.0])
    >>> Adagrad(0.1).step([w])
    >>> w
    Tensor([0.90005  , 1.9046538], requires_grad=True)
    """

    states = ("squares",)

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        **shared: Unpack[Shared],
    ) -> None:
        super().__init__(learning_rate, weight_decay, **shared)
        self.initial_accumulator_value = self.start = settings.number(
            self, "initial_accumulator_value", initial_accumulator_value, low=0
        )
        self.epsilon = positive(self, "epsilon", epsilon)

    def numbers(self, rate: float, keep: float, t: int) -> Numbers:
        return keep, rate, self.epsilon

    def update(
        self, w: Array, g: Array, out: Array, old: list[Array], new: list[Array], numbers: Numbers
    ) -> None:
        summed_square.run((old[0], g), (), new[0])
        root_step.run((w, g, new[0]), numbers, out)


class Adadelta(Optimizer):
    """Adadelta: steps as large as earlier steps were, compared with earlier gradients.

    a := rho a + (1 - rho) g**2, delta = sqrt((d + epsilon) / (a + epsilon)) g,
    d := rho d + (1 - rho) delta**2, w := w - learning_rate delta (Zeiler 2012,
    https://arxiv.org/abs/1212.5701, where learning_rate is 1).

    >>> from minigrad import Tensor
    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> w.backward([10.0, 1.0])
    >>> Adadelta(1.0).step([w])
    >>> w
    Tensor([0.99858576, 1.9985858 ], requires_grad=True)
    """

    states = ("square", "delta")

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        **shared: Unpack[Shared],
    ) -> None:
        super().__init__(learning_rate, weight_decay, **shared)
        self.rho = fraction(self, "rho", rho)
        self.epsilon = positive(self, "epsilon", epsilon)

    def numbers(self, rate: float, keep: float, t: int) -> Numbers:
        return keep, rate, self.epsilon

    def update(
        self, w: Array, g: Array, out: Array, old: list[Array], new: list[Array], numbers: Numbers
    ) -> None:
        blended_square.run((old[0], g), (self.rho,), new[0])
        blended_delta.run((old[1], g, new[0]), (self.rho, self.epsilon), new[1])
        adadelta_step.run((w, g, new[0], old[1]), numbers, out)


class Lion(Optimizer):
    """Lion: every weight moves by learning_rate, up or down; only the sign is learned.

    w := w - learning_rate sign(beta_1 m + (1 - beta_1) g), then m := beta_2 m + (1 - beta_2) g
    (Chen et al. 2023, https://arxiv.org/abs/2302.06675, who take a tenth of Adam's rate).

    >>> from minigrad import Tensor
    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> w.backward([10.0, -1.0])
    >>> Lion(0.1).step([w])
    >>> w
    Tensor([0.9, 2.1], requires_grad=True)
    """

    states = ("mean",)

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        weight_decay: float | None = None,
        **shared: Unpack[Shared],
    ) -> None:
        super().__init__(learning_rate, weight_decay, **shared)
        self.beta_1 = fraction(self, "beta_1", beta_1)
        self.beta_2 = fraction(self, "beta_2", beta_2)

    def numbers(self, rate: float, keep: float, t: int) -> Numbers:
        return keep, rate, self.beta_1

    def update(
        self, w: Array, g: Array, out: Array, old: list[Array], new: list[Array], numbers: Numbers
    ) -> None:
        lion_step.run((w, g, old[0]), numbers, out)
        blended.run((old[0], g), (self.beta_2,), new[0])
