"""Scores that no mean over examples gives: they are made of sums that all batches share."""

from typing import Any

import numpy as np

from .. import settings
from ..arrays import Array
from ..losses.targets import matched, matched_columns, weights_of
from .confusion import ratio, zero_or_one
from .metric import Metric, Result, numbers

AVERAGES = "micro", "macro", "weighted"
AGGREGATIONS = "uniform_average", "variance_weighted_average"


class FBetaScore(Metric):
    """FBetaScore: (1 + b) precision recall / (b precision + recall), b = beta**2, of each class.

    Parameters
    ----------
    average : None for one score for each class; "macro" for their mean, "weighted" for that weighed
        by how often a class is right, "micro" for the score of all classes taken together.
    beta : how much more recall counts than precision.
    threshold : y_pred above it says yes; None: the largest of each example does.

    y_true is one-hot, (batch, classes).

    >>> FBetaScore(average="micro", beta=2.0)([[1, 0], [0, 1]], [[0.9, 0.1], [0.8, 0.2]])
    0.5
    """

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = None,
    ) -> None:
        self.average = average and settings.choice(self, "average", average, AVERAGES)
        self.beta = settings.number(self, "beta", beta, above=0)
        self.threshold = threshold
        if threshold is not None:
            self.threshold = settings.number(self, "threshold", threshold)
        super().__init__(name)

    def reset_state(self) -> None:
        self.true_positives = self.said = self.right = np.zeros(())

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        t, p = (x._data for x in matched(self.name, y_true, numbers(self.name, y_pred)))
        if p.ndim != 2 or self.right.shape not in ((), p.shape[1:]):
            before = f" after {self.right.size} classes" if self.right.ndim else ""
            raise ValueError(
                f"{self.name}: y_pred of shape {p.shape} given{before}; it must be (batch, classes)"
            )
        yes = zero_or_one(self.name, t)
        w = weights_of(self.name, 1.0 if sample_weight is None else sample_weight, p.shape[:1])
        if self.threshold is None:
            says = np.arange(p.shape[1]) == p.argmax(axis=1)[:, None]
        else:
            says = p > self.threshold
        self.true_positives = self.true_positives + w @ (yes & says)
        self.said = self.said + w @ says
        self.right = self.right + w @ yes

    def result(self) -> Result:
        """An array, one score for each class, if `average` is None."""
        counts = self.true_positives, self.said, self.right
        if self.average == "micro":
            return float(self.score(*(np.sum(count) for count in counts)))
        scores = self.score(*counts)
        if self.average is None:
            return scores
        weights = self.right if self.average == "weighted" else np.ones(scores.shape)
        return float(ratio(np.sum(weights * scores), np.sum(weights)))

    def score(self, true_positives: Any, said: Any, right: Any) -> Array:
        """The score of counts: (1 + b) true positives / (b right + said)."""
        b = self.beta**2
        return ratio((1 + b) * true_positives, b * right + said)


class F1Score(FBetaScore):
    """F1Score: 2 precision recall / (precision + recall), of each class; see `FBetaScore`.

    >>> F1Score()([[1, 0], [0, 1]], [[0.9, 0.1], [0.8, 0.2]])
    array([0.66666667, 0.        ])
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name)


class R2Score(Metric):
    """R2Score: 1 - sum of (y_true - y_pred)**2 / sum of (y_true - its mean)**2.

    Parameters
    ----------
    class_aggregation : how the scores of several outputs become one: "uniform_average" or
        "variance_weighted_average"; None: they do not.

    Where y_true is constant the score is 1 for no error at all, and else 0, as in scikit-learn.

    >>> R2Score()([[1.0], [2.0], [3.0]], [[1.0], [2.0], [4.0]])
    0.5
    """

    def __init__(
        self, class_aggregation: str | None = "uniform_average", name: str | None = None
    ) -> None:
        self.class_aggregation = class_aggregation and settings.choice(
            self, "class_aggregation", class_aggregation, AGGREGATIONS
        )
        super().__init__(name)

    def reset_state(self) -> None:
        self.weight = 0.0
        self.mean = self.spread = self.error = np.zeros(())

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        pair = matched_columns(self.name, y_true, numbers(self.name, y_pred))
        t, p = (x._data for x in pair)
        if p.ndim != 2 or self.mean.shape not in ((), p.shape[1:]):
            raise ValueError(
                f"{self.name}: y_pred of shape {p.shape} given; it must be (batch, outputs), with "
                "as many outputs each time"
            )
        w = weights_of(self.name, 1.0 if sample_weight is None else sample_weight, t.shape[:1])
        total = float(w.sum())
        if not total:
            return
        # Sums of squares of what is far from 0 cancel.  Spreads around the means of two parts are
        # joined without: Chan et al. 1983, https://doi.org/10.1080/00031305.1983.10483115.
        mean = w @ t / total
        apart = mean - self.mean
        joined = self.weight + total
        spread = w @ (t - mean) ** 2
        self.spread = self.spread + spread + apart**2 * (self.weight * total / joined)
        self.mean = self.mean + apart * (total / joined)
        self.error = self.error + w @ (t - p) ** 2
        self.weight = joined

    def result(self) -> Result:
        """An array, one score for each output, if `class_aggregation` is None."""
        scores = 1 - ratio(self.error, self.spread)
        scores = np.where((self.spread == 0) & (self.error > 0), 0.0, scores)
        if self.class_aggregation is None:
            return scores
        uniform = self.class_aggregation == "uniform_average" or not np.sum(self.spread)
        weights = np.ones(scores.shape) if uniform else self.spread
        return float(np.sum(weights * scores) / np.sum(weights))
