"""Metrics: what a model is judged by, besides its loss.

    metric.py      the object that adds up over batches
    accuracy.py    how often an answer is right
    means.py       losses as metrics, and correlation
    confusion.py   true and false positives, precision, recall, AUC
    scores.py      F scores and R2

A metric of your own is a function of y_true and y_pred that gives a number for each example.
"""

from typing import Any

from .. import configs
from .accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    accuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from .confusion import (
    AUC,
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from .means import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    PearsonCorrelation,
    Poisson,
    RootMeanSquaredError,
    SparseCategoricalCrossentropy,
    SquaredHinge,
    cosine_similarity,
    pearson_correlation,
)
from .metric import Mean, MeanMetricWrapper, Metric, Sum
from .scores import F1Score, FBetaScore, R2Score

CLASSES: tuple[type[Metric], ...] = (
    Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy,
    TopKCategoricalAccuracy, SparseTopKCategoricalAccuracy, TruePositives, TrueNegatives,
    FalsePositives, FalseNegatives, Precision, Recall, AUC, F1Score, FBetaScore, MeanSquaredError,
    RootMeanSquaredError, MeanAbsoluteError, MeanAbsolutePercentageError,
    MeanSquaredLogarithmicError, CosineSimilarity, LogCoshError, R2Score, PearsonCorrelation,
    BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy, KLDivergence,
    Poisson, Hinge, SquaredHinge, CategoricalHinge, Mean, Sum, MeanMetricWrapper,
)  # fmt: skip
SHORT = {
    "mse": MeanSquaredError,
    "rmse": RootMeanSquaredError,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
    "bce": BinaryCrossentropy,
    "kld": KLDivergence,
}
ALL: dict[str, type[Metric]] = {**SHORT, **{kind.__name__: kind for kind in CLASSES}}
# What a short name means for a single output, for class numbers, and for one-hot rows.
BY_SHAPE: dict[str, tuple[type[Metric], ...]] = {
    **dict.fromkeys(
        ("accuracy", "acc"), (BinaryAccuracy, SparseCategoricalAccuracy, CategoricalAccuracy)
    ),
    **dict.fromkeys(
        ("crossentropy", "ce"),
        (BinaryCrossentropy, SparseCategoricalCrossentropy, CategoricalCrossentropy),
    ),
}


def get(metric: Any, y_true_shape: Any = None, y_pred_shape: Any = None) -> Metric:
    """A metric by name, class or config, or of a function of yours; a name stays its name.

    Parameters
    ----------
    metric : "accuracy" and "crossentropy", "acc" and "ce", mean what fits the shapes.
    y_true_shape, y_pred_shape : of a batch; only these four names need them.

    >>> get("accuracy", (32,), (32, 10))
    SparseCategoricalAccuracy(name='accuracy')
    >>> get("mse")
    MeanSquaredError(name='mse')
    """
    if isinstance(metric, str) and configs.squashed(metric) in BY_SHAPE:
        return fitting(metric, y_true_shape, y_pred_shape)(name=metric)
    found = configs.find("metric", metric, ALL, Metric)
    if not isinstance(found, Metric):
        return MeanMetricWrapper(found)
    if isinstance(metric, str):
        found.name = metric
    return found


def fitting(name: str, t: Any, p: Any) -> type[Metric]:
    """The metric that a short name means for y_true and y_pred of shapes t and p."""
    if t is None or p is None:
        raise ValueError(
            f"metric: {name!r} depends on the shapes of y_true and y_pred, and they are not given; "
            f"name it in full, such as {BY_SHAPE[configs.squashed(name)][1].__name__}"
        )
    t, p = tuple(t), tuple(p)
    binary, sparse, categorical = BY_SHAPE[configs.squashed(name)]
    if len(p) < 2 or p[-1] == 1:
        return binary
    return sparse if len(t) < len(p) or t[-1] == 1 else categorical


__all__ = [
    "AUC", "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "CategoricalAccuracy",
    "CategoricalCrossentropy", "CategoricalHinge", "CosineSimilarity", "F1Score", "FBetaScore",
    "FalseNegatives", "FalsePositives", "Hinge", "KLDivergence", "LogCoshError", "Mean",
    "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanMetricWrapper", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "Metric", "PearsonCorrelation", "Poisson", "Precision",
    "R2Score", "Recall", "RootMeanSquaredError", "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy", "SquaredHinge", "Sum",
    "TopKCategoricalAccuracy", "TrueNegatives", "TruePositives", "accuracy", "binary_accuracy",
    "categorical_accuracy", "cosine_similarity", "get", "pearson_correlation",
    "sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
]  # fmt: skip
