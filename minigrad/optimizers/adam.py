"""Adam and its relatives: running means of the gradient and of its size; each weight has its step.

In all of them m is the mean of gradients, s that of their squares, and t counts steps from 1.  The
means start at 0, and are too small by 1 - beta**t: that is made up for.
"""

from typing import Unpack

from ..arrays import Array
from ..kernels.mathematics import over_root, sqrt
from ..schedules import Rate, flag
from .checks import fraction, positive
from .optimizer import Numbers, Optimizer, Shared, over_gradient
from .update import Update, UpdateWithMeans, blended, blended_square

# How fast Nadam's momentum comes up: 0.96**t (Dozat 2016, and Keras).
NADAM_DECAY = 0.96


@UpdateWithMeans
def adam(w, m, s, g, keep, step, beta_1, beta_2, epsilon):
    """Adam: w - step m / (sqrt(s) + epsilon), from the new means m and s."""
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g * g
    return keep * w - step * over_root(m, s, epsilon), m, s


@Update
def amsgrad_step(w, m, s, keep, step, epsilon):
    """Adam's step with the largest s so far: w - step m / (sqrt(s) + epsilon)."""
    return keep * w - step * over_root(m, s, epsilon)


@Update
def larger(a, b):
    """The larger of two numbers."""
    return a if a > b else b


@Update
def larger_size(u, g, beta):
    """A maximum that fades: u := max(beta u, abs(g))."""
    faded, size = beta * u, abs(g)
    return faded if faded > size else size


@Update
def adamax_step(w, m, u, keep, step, epsilon):
    """Adamax: w - step m / (u + epsilon)."""
    return keep * w - step * m / (u + epsilon)


@Update
def nadam_step(w, g, m, s, keep, from_g, from_m, correction, epsilon):
    """Nadam: w - (from_m m + from_g g) / (sqrt(s / correction) + epsilon)."""
    return keep * w - (from_m * m + from_g * g) / (sqrt(s / correction) + epsilon)


class Adam(Optimizer):
    """Adam: running means m of the gradient and s of its square; each weight has its own step.

    m := beta_1 m + (1 - beta_1) g, s := beta_2 s + (1 - beta_2) g**2,
    w := w - r m / (sqrt(s) + epsilon), r = learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t) for
    step t (Kingma and Ba 2015, https://arxiv.org/abs/1412.6980; epsilon as in Keras, PyTorch's is
    larger by 1 / sqrt(1 - beta_2^t)).  With amsgrad the largest s so far stands for s (Reddi et al.
    2018, https://arxiv.org/abs/1904.09237).

    >>> from minigrad import Tensor
    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> w.backward([10.0, 1.0])
    >>> Adam(0.1).step([w])
    >>> w
    Tensor([0.90000004, 1.9000003 ], requires_grad=True)
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        weight_decay: float | None = None,
        **shared: Unpack[Shared],
    ) -> None:
        super().__init__(learning_rate, weight_decay, **shared)
        self.beta_1 = fraction(self, "beta_1", beta_1)
        self.beta_2 = fraction(self, "beta_2", beta_2)
        self.epsilon = positive(self, "epsilon", epsilon)
        self.amsgrad = flag(self, "amsgrad", amsgrad)
        self.states = ("mean", "square", "largest") if self.amsgrad else ("mean", "square")

    def numbers(self, rate: float, keep: float, t: int) -> Numbers:
        step = rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        return keep, step, self.beta_1, self.beta_2, self.epsilon

    @over_gradient
    def update(
        self, w: Array, g: Array, out: Array, old: list[Array], new: list[Array], numbers: Numbers
    ) -> None:
        adam.run((w, old[0], old[1], g), numbers, out, new[0], new[1])
        if self.amsgrad:
            keep, step, *_, epsilon = numbers
            larger.run((old[2], new[1]), (), new[2])
            amsgrad_step.run((w, new[0], new[2]), (keep, step, epsilon), out)


class AdamW(Adam):
    """AdamW: Adam, and weights shrink by learning_rate weight_decay w in each step.

    The decay does not go through the means, as that of an L2 regularizer would (Loshchilov and
    Hutter 2019, https://arxiv.org/abs/1711.05101).

    >>> from minigrad import Tensor
    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> w.backward([10.0, 1.0])
    >>> AdamW(0.1, weight_decay=0.5).step([w])
    >>> w
    Tensor([0.85     , 1.8000003], requires_grad=True)
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **shared: Unpack[Shared],
    ) -> None:
        if weight_decay is None:
            raise ValueError("AdamW: weight_decay=None given; give a number, or use Adam")
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, **shared)


class Adamax(Optimizer):
    """Adamax: Adam with a maximum u that fades, in place of the mean of squares.

    m := beta_1 m + (1 - beta_1) g, u := max(beta_2 u, abs(g)),
    w := w - learning_rate / (1 - beta_1^t) m / (u + epsilon) (Kingma and Ba 2015, section 7.1,
    https://arxiv.org/abs/1412.6980).

    >>> from minigrad import Tensor
    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> w.backward([10.0, 1.0])
    >>> Adamax(0.1).step([w])
    >>> w
    Tensor([0.9, 1.9], requires_grad=True)
    """

    states = ("mean", "largest")

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        **shared: Unpack[Shared],
    ) -> None:
        super().__init__(learning_rate, weight_decay, **shared)
        self.beta_1 = fraction(self, "beta_1", beta_1)
        self.beta_2 = fraction(self, "beta_2", beta_2)
        self.epsilon = positive(self, "epsilon", epsilon)

    def numbers(self, rate: float, keep: float, t: int) -> Numbers:
        return keep, rate / (1 - self.beta_1**t), self.epsilon

    def update(
        self, w: Array, g: Array, out: Array, old: list[Array], new: list[Array], numbers: Numbers
    ) -> None:
        blended.run((old[0], g), (self.beta_1,), new[0])
        larger_size.run((old[1], g), (self.beta_2,), new[1])
        adamax_step.run((w, *new[:2]), numbers, out)


class Nadam(Optimizer):
    """Nadam: Adam that looks ahead as Nesterov's momentum does, with a momentum that comes up.

    The momentum of step t is u_t = beta_1 (1 - 0.96^t / 2), and p_t is the product u_1 ... u_t.
    w := w - learning_rate n / (sqrt(s / (1 - beta_2^t)) + epsilon),
    n = u_(t+1) m / (1 - p_(t+1)) + (1 - u_t) g / (1 - p_t), with Adam's m and s (Dozat 2016,
    https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ; the momentum as in Keras, PyTorch's comes
    up 250 times more slowly).

    >>> from minigrad import Tensor
    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> w.backward([10.0, 1.0])
    >>> Nadam(0.1).step([w])
    >>> w
    Tensor([0.8937212, 1.8937212], requires_grad=True)
    """

    states = ("mean", "square")

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        **shared: Unpack[Shared],
    ) -> None:
        super().__init__(learning_rate, weight_decay, **shared)
        self.beta_1 = fraction(self, "beta_1", beta_1)
        self.beta_2 = fraction(self, "beta_2", beta_2)
        self.epsilon = positive(self, "epsilon", epsilon)
        self._product = 0, 1.0

    def numbers(self, rate: float, keep: float, t: int) -> Numbers:
        here, ahead = self._momentum(t), self._momentum(t + 1)
        product = self._product_until(t)
        from_g = rate * (1 - here) / (1 - product)
        from_m = rate * ahead / (1 - product * ahead)
        return keep, from_g, from_m, 1 - self.beta_2**t, self.epsilon

    def _momentum(self, t: int) -> float:
        return self.beta_1 * (1 - 0.5 * NADAM_DECAY**t)

    def _product_until(self, t: int) -> float:
        """p_t, from that of the step before, or from the start after `set_state`."""
        known, product = self._product if self._product[0] <= t else (0, 1.0)
        for step in range(known + 1, t + 1):
            product *= self._momentum(step)
        self._product = t, product
        return product

    def update(
        self, w: Array, g: Array, out: Array, old: list[Array], new: list[Array], numbers: Numbers
    ) -> None:
        blended.run((old[0], g), (self.beta_1,), new[0])
        blended_square.run((old[1], g), (self.beta_2,), new[1])
        nadam_step.run((w, g, *new[:2]), numbers, out)
