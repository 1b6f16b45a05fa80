"""The loss object: one loss for each example, then weights, then a single number.

y_true, y_pred  --function-->  loss of each example  --weights, reduction-->  number
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from .. import configs
from ..arrays import Array
from ..configs import Configured, argument_names
from ..ops import mean, mul, sum
from ..ops.shapes import anywhere
from ..tensor import Tensor, adopt
from .formulas import weighted
from .targets import array_of, beside, weights_of

# From targets and logits to the loss, an array of shape (), and what makes their gradient from its.
FusedLoss = Callable[[Any, Array], tuple[Array, Callable[[float], Array]]]
MEANS = "sum_over_batch_size", "mean"
REDUCTIONS = (*MEANS, "sum", "mean_with_sample_weight", "none", None)


class Loss(Configured):
    """Subclass it: `call(y_true, y_pred)` computes one loss for each example.

    Parameters
    ----------
    reduction : what becomes of the losses of the examples:
        "sum_over_batch_size" or "mean", their sum divided by their number;
        "sum";
        "mean_with_sample_weight", their weighted sum divided by the sum of the weights;
        "none" or None, nothing: they are the result.
    name : what errors and the history call it.

    >>> class Distance(Loss):
    ...     def call(self, y_true, y_pred):
    ...         return abs(y_pred - y_true)
    >>> Distance()([1.0, 2.0], Tensor([1.5, 0.5]))
    Tensor(1.)
    """

    function: ClassVar[Callable[..., Tensor]]

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = None
    ) -> None:
        if reduction not in REDUCTIONS:
            raise ValueError(
                f"{type(self).__name__}: reduction={reduction!r} given; it must be "
                f"{', '.join(map(repr, REDUCTIONS[:-1]))} or None"
            )
        self.reduction = reduction
        self.name = name or getattr(type(self), "function", type(self)).__name__

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """The loss, a single number unless the reduction is "none".

        Parameters
        ----------
        y_true : what is right; no gradient flows to it.
        y_pred : what the model says.
        sample_weight : a number, or one for each example, that its loss is multiplied by.
        """
        p = anywhere(y_pred, self.name)
        if not hasattr(type(self), "function"):  # those of minigrad convert targets themselves
            y_true = in_dtype_of(p, y_true)
        values = self.call(y_true, p)
        return reduced(self.name, values, sample_weight, self.reduction, self.counted(y_true))

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """One loss for each example."""
        kind: Any = type(self)
        options = {name: getattr(self, name) for name in own_settings(kind)}
        return kind.function(y_true, y_pred, **options)  # type: ignore[no-any-return]

    def fused(self, from_logits: bool | None) -> FusedLoss | None:
        """The loss and its gradient as functions of arrays; None if only the graph can.

        `from_logits` says what the model gives: logits (batch, classes), their softmax, or neither.
        """
        return None

    def counted(self, y_true: Any) -> Array | None:
        """Booleans: which losses count at all; None means all."""
        return None


def in_dtype_of(p: Tensor, y_true: Any) -> Any:
    """Targets as an array: floats in the dtype of p, so that the loss has it; labels as given."""
    try:
        given = np.asarray(array_of(y_true))
    except ValueError:  # lists of different lengths; whoever reads them says what is wrong
        return y_true
    return given.astype(p.dtype, copy=False) if given.dtype.kind == "f" else given


@lru_cache
def own_settings(kind: Any) -> list[str]:
    """The settings that a loss hands on to its function."""
    return [name for name in argument_names(kind) if name not in ("reduction", "name")]


def reduced(
    name: str, values: Tensor, sample_weight: Any, reduction: str | None, counted: Array | None
) -> Tensor:
    """Weigh the losses of the examples, and make one number of them."""
    divisor: float = values.size if counted is None else float(np.count_nonzero(counted))
    if sample_weight is not None:
        w = weights_of(name, sample_weight, values.shape)
        w = w if counted is None else w * counted.reshape(w.shape)
        values = weighted(beside(adopt(np.array(w, values.dtype, order="C")), values), values)
        divisor = float(w.sum()) if reduction == "mean_with_sample_weight" else divisor
    if reduction in (None, "none"):
        return values
    if reduction == "sum":
        return sum(values)
    if divisor == values.size:
        return mean(values)
    # the mean, not the sum, is computed first: it is what float16 has room for
    return mul(mean(values), values.size / divisor if divisor else 0.0)


class LossFunction(Loss):
    """A function of yours as a loss: it returns one loss for each example, or a single number.

    Parameters
    ----------
    function : of y_true, an array, and y_pred, a Tensor; made of ops.
    reduction, name : see `Loss`.

    >>> LossFunction(lambda y_true, y_pred: (y_pred - y_true) ** 2, name="square")([1, 2], [3, 2])
    Tensor(2.)
    """

    def __init__(
        self,
        function: Callable[..., Any] | str,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        if isinstance(function, str):  # a config has its name
            function = configs.lookup("loss function", function, {})
        own: Any = function
        super().__init__(reduction, name or getattr(own, "__name__", type(own).__name__))
        self.function = own  # type: ignore[misc, method-assign]  # here it is the object's own

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """What the function returns, if that is a Tensor."""
        values = self.function(y_true, y_pred)
        if not isinstance(values, Tensor):
            raise TypeError(
                f"{self.name}: it returned {configs.brief(values)}; a loss must return a Tensor, "
                "made of y_pred by ops of minigrad"
            )
        return values

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "LossFunction":
        """The loss again, its function found by name among the `custom_objects`."""
        return cls(**config)
