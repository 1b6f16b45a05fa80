"""Down the slope, with momentum or without: SGD, and RMSprop, which first scales the slope."""

from typing import Unpack

from ..arrays import Array
from ..kernels.mathematics import sqrt
from ..schedules import Rate, flag
from .checks import fraction, positive
from .optimizer import Numbers, Optimizer, Shared, over_gradient
from .update import Update, blended, blended_square, descended, moved, root_step


@Update
def looked_ahead(w, v, g, keep, momentum, rate):
    """Nesterov: the step that momentum makes next, from the slope here: w + momentum v - rate g."""
    return keep * w + momentum * v - rate * g


@Update
def centered_step(x, g, s, m, keep, rate, epsilon):
    """As `root_step`, with the variance s - m**2, which is never below 0, whatever is rounded."""
    variance = s - m * m
    return keep * x - rate * g / sqrt((0.0 if variance < 0 else variance) + epsilon)


class SGD(Optimizer):
    """Stochastic gradient descent: w := w - learning_rate g, or with momentum v.

    v := momentum v - learning_rate g, w := w + v (Polyak 1964,
    https://doi.org/10.1016/0041-5553(64)90137-5); with nesterov w := w + momentum v -
    learning_rate g (Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html).

    >>> from minigrad import Tensor
    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> w.backward([10.0, 10.0])
    >>> SGD(0.01).step([w])
    >>> w
    Tensor([0.9, 1.9], requires_grad=True)
    """

    def __init__(
        self,
        learning_rate: Rate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        **shared: Unpack[Shared],
    ) -> None:
        super().__init__(learning_rate, weight_decay, **shared)
        self.momentum = fraction(self, "momentum", momentum)
        self.nesterov = flag(self, "nesterov", nesterov)
        self.states = ("velocity",) if self.momentum else ()

    def numbers(self, rate: float, keep: float, t: int) -> Numbers:
        return keep, rate

    @over_gradient
    def update(
        self, w: Array, g: Array, out: Array, old: list[Array], new: list[Array], numbers: Numbers
    ) -> None:
        if not self.momentum:
            descended.run((w, g), numbers, out)
            return
        keep, rate = numbers
        descended.run((old[0], g), (self.momentum, rate), new[0])
        if self.nesterov:
            looked_ahead.run((w, new[0], g), (keep, self.momentum, rate), out)
        else:
            moved.run((w, new[0]), (keep,), out)


class RMSprop(Optimizer):
    """RMSprop: the gradient is divided by the root of the running mean s of its square.

    s := rho s + (1 - rho) g**2, w := w - learning_rate g / sqrt(s + epsilon) (Tieleman and Hinton
    2012, https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf; epsilon as in
    Keras).  With momentum the step goes into a velocity, as in SGD.  With centered a running mean m
    of the gradient is kept too, and the variance s - m**2 stands for s (Graves 2013,
    https://arxiv.org/abs/1308.0850).

    >>> from minigrad import Tensor
    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> w.backward([10.0, 1.0])
    >>> RMSprop(0.1).step([w])
    >>> w
    Tensor([0.6837722, 1.6837724], requires_grad=True)
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        weight_decay: float | None = None,
        **shared: Unpack[Shared],
    ) -> None:
        super().__init__(learning_rate, weight_decay, **shared)
        self.rho = fraction(self, "rho", rho)
        self.momentum = fraction(self, "momentum", momentum)
        self.epsilon = positive(self, "epsilon", epsilon)
        self.centered = flag(self, "centered", centered)
        self.states = ("square",)
        if self.centered:
            self.states += ("mean",)
        if self.momentum:
            self.states += ("velocity",)

    def numbers(self, rate: float, keep: float, t: int) -> Numbers:
        return keep, rate, self.epsilon

    def update(
        self, w: Array, g: Array, out: Array, old: list[Array], new: list[Array], numbers: Numbers
    ) -> None:
        blended_square.run((old[0], g), (self.rho,), new[0])
        step, scale = root_step, new[:1]
        if self.centered:
            blended.run((old[1], g), (self.rho,), new[1])
            step, scale = centered_step, new[:2]
        if not self.momentum:
            step.run((w, g, *scale), numbers, out)
            return
        keep, *others = numbers
        k = len(scale)
        step.run((old[k], g, *scale), (self.momentum, *others), new[k])
        moved.run((w, new[k]), (keep,), out)
