"""PReLU as a layer: the slope of the negative part is learned, one for each feature."""

from typing import Any

from .. import activations, constraints, initializers, regularizers
from .activation import LearnedActivation, shared_shape
from .layer import Shape


class PReLU(LearnedActivation):
    """PReLU: x for x > 0, alpha x otherwise (He et al. 2015, https://arxiv.org/abs/1502.01852).

    `activations.prelu(x, alpha)` is the function; this layer owns alpha.

    Parameters
    ----------
    alpha_initializer : what the slopes start from: a name in `minigrad.initializers`, an object of
        it, a function of (shape, dtype), an array, or a number such as the paper's 0.25.  Zeros,
        the default, make a fresh layer a ReLU.
    alpha_regularizer, alpha_constraint : a penalty on the slopes; what holds after an update.
    shared_axes : axes along which one slope is learned for all: for images (batch, height, width,
        channels), [1, 2] learns one for each channel.  Negative ones count from the end.
    **shared : what every `Layer` takes.

    Input and output (batch, ...), alpha of the input's shape without the batch.

    >>> layer = PReLU(alpha_initializer=0.25)
    >>> layer([[-4.0, 0.0, 2.0]])
    Tensor([[-1.,  0.,  2.]], op=prelu)
    """

    op = activations.prelu

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **shared: Any,
    ) -> None:
        super().__init__(shared_axes, **shared)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)

    def build(self, shape: Shape) -> None:
        """One alpha for each feature, or for all along the shared axes."""
        self.alpha = self.add_weight(
            shared_shape(shape, self.shared_axes, self), self.alpha_initializer, None, True,
            self.alpha_regularizer, self.alpha_constraint, "alpha",
        )  # fmt: skip
        self.learned = (self.alpha,)
