"""Losses: how wrong predictions are, as a single number to differentiate.

    formulas.py      the price of one number and its slope
    targets.py       what is true, in the shape of what is predicted
    loss.py          from one loss for each example to a number
    regression.py    numbers: squared, absolute, Huber, log-cosh, Poisson, cosine
    margins.py       classes without probabilities: hinge, Dice, Tversky
    logits.py        logits found again behind a softmax or sigmoid
    crossentropy.py  probabilities, and `classes.py` their loss objects

Each loss is a function, one loss for each example, and a class with a reduction.  A loss of your
own is a function (y_true, y_pred) -> Tensor.

Two of Keras's losses are left out.  CTC aligns sequences, by a recursion over time that the
feed-forward layers here never need.  Circle compares all pairs of a batch of embeddings: its number
for an example depends on the others, so that weights of examples have no meaning.
"""

from collections.abc import Mapping
from typing import Any

from .. import configs
from ..ops.cross_entropy import softmax_cross_entropy
from .classes import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    KLDivergence,
    SparseCategoricalCrossentropy,
)
from .crossentropy import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    kl_divergence,
    sparse_categorical_crossentropy,
)
from .loss import Loss, LossFunction
from .margins import (
    CategoricalHinge,
    Dice,
    Hinge,
    SquaredHinge,
    Tversky,
    categorical_hinge,
    dice,
    hinge,
    squared_hinge,
    tversky,
)
from .regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
)

CLASSES: tuple[type[Loss], ...] = (
    MeanSquaredError, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredLogarithmicError,
    Huber, LogCosh, Poisson, CosineSimilarity, BinaryCrossentropy, BinaryFocalCrossentropy,
    CategoricalCrossentropy, CategoricalFocalCrossentropy, SparseCategoricalCrossentropy,
    CategoricalGeneralizedCrossEntropy, KLDivergence, Hinge, SquaredHinge, CategoricalHinge, Dice,
    Tversky,
)  # fmt: skip
SHORT = {
    "mse": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
    "bce": BinaryCrossentropy,
    "kld": KLDivergence,
}
ALL: dict[str, type[Loss]] = {**SHORT, **{kind.__name__: kind for kind in CLASSES}}


def get(loss: Any) -> Loss:
    """A loss by name, class or config, or of a function of yours.

    >>> get("mse")
    MeanSquaredError(reduction='sum_over_batch_size', name='mean_squared_error')
    >>> get({"class_name": "Huber", "config": {"delta": 2.0}}).delta
    2.0
    """
    if isinstance(loss, Mapping) and loss.get("class_name") == "LossFunction":
        return LossFunction(**loss["config"])
    found = configs.find("loss", loss, ALL, Loss)
    return found if isinstance(found, Loss) else LossFunction(found)


mse, mae, mape = mean_squared_error, mean_absolute_error, mean_absolute_percentage_error
msle, bce, kld = mean_squared_logarithmic_error, binary_crossentropy, kl_divergence

__all__ = [
    "BinaryCrossentropy", "BinaryFocalCrossentropy", "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy", "CategoricalGeneralizedCrossEntropy", "CategoricalHinge",
    "CosineSimilarity", "Dice", "Hinge", "Huber", "KLDivergence", "LogCosh", "Loss",
    "LossFunction", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "Poisson", "SparseCategoricalCrossentropy", "SquaredHinge",
    "Tversky", "bce", "binary_crossentropy", "binary_focal_crossentropy",
    "categorical_crossentropy", "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy", "categorical_hinge", "cosine_similarity", "dice",
    "get", "hinge", "huber", "kl_divergence", "kld", "log_cosh", "mae", "mape",
    "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error",
    "mean_squared_logarithmic_error", "mse", "msle", "poisson", "softmax_cross_entropy",
    "sparse_categorical_crossentropy", "squared_hinge", "tversky",
]  # fmt: skip
