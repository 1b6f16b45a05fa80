"""Initializers without chance: the same number everywhere, an array, or the identity."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .. import settings
from ..arrays import DOUBLE, Array
from ..tensor import Tensor
from .initializer import Initializer, finite, fitting, lengths, stored


class Constant(Initializer):
    """Constant: every weight is `value`; or the numbers of an array, which has the weight's shape.

    >>> Constant(0.25)((2,))
    array([0.25, 0.25], dtype=float32)
    """

    def __init__(self, value: ArrayLike | Tensor = 0.0) -> None:
        if isinstance(value, Tensor | np.ndarray | list | tuple):
            value = finite(stored(value, DOUBLE).copy(), "Constant")
        self.value: float | Array
        if isinstance(value, np.ndarray) and value.ndim:
            self.value = value
        else:
            self.value = settings.number(self, "value", value)

    def __call__(self, shape: Any, dtype: DTypeLike | None = None) -> Array:
        """The value, as often as there are weights."""
        shape = lengths(shape)
        if isinstance(self.value, float):
            return stored(np.full(shape, self.value), dtype)
        return stored(fitting(self.value, shape, "Constant").copy(), dtype)


class Zeros(Constant):
    """Zeros: 0 everywhere; for biases, not for kernels, whose units would all learn the same.

    >>> Zeros()((2,))
    array([0., 0.], dtype=float32)
    """

    def __init__(self) -> None:
        super().__init__(0.0)


class Ones(Constant):
    """Ones: 1 everywhere.

    >>> Ones()((2,))
    array([1., 1.], dtype=float32)
    """

    def __init__(self) -> None:
        super().__init__(1.0)


class Identity(Initializer):
    """Identity: gain where row and column are equal, 0 elsewhere; matrices only.

    >>> Identity()((2, 3))
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = settings.number(self, "gain", gain)

    def __call__(self, shape: Any, dtype: DTypeLike | None = None) -> Array:
        """A matrix with gain on its diagonal."""
        shape = lengths(shape)
        if len(shape) != 2:
            raise ValueError(
                f"Identity: weight of shape {shape} asked for; it must be a matrix, with two axes"
            )
        return stored(self.gain * np.eye(*shape), dtype)
