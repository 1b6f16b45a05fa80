"""Counts of right and wrong yes-or-no answers, and the rates that are made of them.

An answer is yes where y_pred > threshold.  For many thresholds each prediction is put once into the
interval between the two thresholds around it; the counts are then sums over intervals.
"""

from typing import Any

import numpy as np

from .. import settings
from ..arrays import Array, brief
from ..losses.targets import matched, weights_of, within
from .metric import Metric, Result, numbers

# As in Keras, the outermost thresholds of a curve are this far outside of 0 and 1.
OUTSIDE = 1e-7


class Confusion(Metric):
    """Counts of true and false, positives and negatives, for each threshold.

    Parameters
    ----------
    thresholds : a number from 0 to 1, or several; there is a result for each.
    """

    def __init__(self, thresholds: Any = 0.5, name: str | None = None) -> None:
        several = isinstance(thresholds, list | tuple | np.ndarray)
        given = list(thresholds) if several else [0.5 if thresholds is None else thresholds]
        if not given:
            raise ValueError(f"{type(self).__name__}: thresholds=[] given; it needs one at least")
        self.thresholds = thresholds
        self.levels = np.array(
            [settings.number(self, "thresholds", level, low=0, high=1) for level in given]
        )
        super().__init__(name)

    def reset_state(self) -> None:
        # how much weight lies above each threshold, and in all
        self.yes_above = np.zeros(len(self.levels))
        self.no_above = np.zeros(len(self.levels))
        self.yes = self.no = 0.0

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        p_given = numbers(self.name, y_pred)
        t, p = matched(self.name, y_true, p_given)
        within(self.name, "y_pred", p, 0, 1, "it must be probabilities, from 0 to 1")
        yes = zero_or_one(self.name, t._data)
        w = weights_of(self.name, 1.0 if sample_weight is None else sample_weight, p.shape)
        order = np.argsort(self.levels)
        # nan is above no threshold
        place = np.searchsorted(self.levels[order], np.nan_to_num(p._data, nan=-1.0), side="left")
        yes_above = above(place, w * yes, len(order))
        no_above = above(place, w * ~yes, len(order))
        self.yes_above[order] += yes_above[1:]
        self.no_above[order] += no_above[1:]
        self.yes += yes_above[0]
        self.no += no_above[0]

    def counts(self) -> tuple[Array, Array, Array, Array]:
        """True positives, false positives, false negatives, true negatives."""
        return (
            self.yes_above, self.no_above, self.yes - self.yes_above, self.no - self.no_above
        )  # fmt: skip

    def single(self, results: Array) -> Result:
        """A number for one threshold, an array for a list of them."""
        return (
            results if isinstance(self.thresholds, list | tuple | np.ndarray) else float(results[0])
        )


def above(place: Array, w: Array, levels: int) -> Array:
    """The weight of all, then of what is above threshold 0, 1, ...; `place` counts those below."""
    of_interval = np.bincount(place.reshape(-1), w.reshape(-1), levels + 1)
    return np.cumsum(of_interval[::-1])[::-1]


def zero_or_one(name: str, t: Array) -> Array:
    """Labels as booleans."""
    if not ((t == 0) | (t == 1)).all():
        wrong = t[(t != 0) & (t != 1)]
        raise ValueError(f"{name}: y_true holds {wrong.flat[0]:g}; it must be 0 or 1")
    return np.asarray(t == 1)


def ratio(a: Any, b: Any) -> Array:
    """a / b, and 0 where both are 0."""
    return np.asarray(np.divide(a, b, out=np.zeros(np.shape(a)), where=np.asarray(b) != 0))


class TruePositives(Confusion):
    """TruePositives: how many are 1 and said to be.

    >>> TruePositives()([1, 1, 0], [0.9, 0.2, 0.8])
    1.0
    """

    def result(self) -> Result:
        return self.single(self.counts()[0])


class FalsePositives(Confusion):
    """FalsePositives: how many are 0 and said to be 1."""

    def result(self) -> Result:
        return self.single(self.counts()[1])


class FalseNegatives(Confusion):
    """FalseNegatives: how many are 1 and said to be 0."""

    def result(self) -> Result:
        return self.single(self.counts()[2])


class TrueNegatives(Confusion):
    """TrueNegatives: how many are 0 and said to be."""

    def result(self) -> Result:
        return self.single(self.counts()[3])


class Precision(Confusion):
    """Precision: how many of those said to be 1 are 1; 0 if there are none.

    >>> Precision()([1, 1, 0], [0.9, 0.2, 0.8])
    0.5
    """

    def result(self) -> Result:
        true_positives, false_positives, _, _ = self.counts()
        return self.single(ratio(true_positives, true_positives + false_positives))


class Recall(Confusion):
    """Recall: how many of those that are 1 are said to be; 0 if there are none.

    >>> Recall()([1, 1, 0], [0.9, 0.2, 0.8])
    0.5
    """

    def result(self) -> Result:
        true_positives, _, false_negatives, _ = self.counts()
        return self.single(ratio(true_positives, true_positives + false_negatives))


class AUC(Confusion):
    """AUC: the area under a curve of two rates, as the threshold goes from 1 to 0.

    Parameters
    ----------
    num_thresholds : how many points the curve has; between them it is interpolated.
    curve : "ROC", the rate of true positives over that of false ones; or "PR", precision over
        recall, interpolated as in Davis and Goadrich 2006, https://doi.org/10.1145/1143844.1143874.

    Without a 1, or for ROC without a 0, in y_true it is 0.

    >>> AUC()([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9])
    0.75
    """

    def __init__(
        self, num_thresholds: int = 200, curve: str = "ROC", name: str | None = None
    ) -> None:
        whole = isinstance(num_thresholds, int | np.integer)
        if isinstance(num_thresholds, bool) or not whole or num_thresholds < 2:
            raise ValueError(
                f"AUC: num_thresholds={brief(num_thresholds)} given; it must be a whole number "
                "from 2"
            )
        self.num_thresholds = int(num_thresholds)
        self.curve = settings.choice(self, "curve", curve, ("ROC", "PR"))
        super().__init__(list(np.linspace(0, 1, self.num_thresholds)), name)
        self.levels[[0, -1]] = -OUTSIDE, 1 + OUTSIDE

    def result(self) -> float:
        true_positives, false_positives, _, _ = self.counts()
        if self.curve == "PR":
            return area_under_precision(true_positives, false_positives, self.yes)
        rate = ratio(true_positives, np.full_like(true_positives, self.yes))
        false_rate = ratio(false_positives, np.full_like(false_positives, self.no))
        return float(np.sum(-np.diff(false_rate) * (rate[:-1] + rate[1:]) / 2))


def area_under_precision(true_positives: Array, false_positives: Array, yes: float) -> float:
    """The integral of precision over recall.

    Between two thresholds the true positives are taken to be a straight line in all positives P,
    slope P + start.  Precision is that divided by P, and recall goes with it too, so the area is
    slope (slope P + start log(P)) / yes, taken from one end to the other.
    """
    positives = true_positives + false_positives
    more, more_true = -np.diff(positives), -np.diff(true_positives)
    slope = ratio(more_true, more)
    start = true_positives[1:] - slope * positives[1:]
    both = (positives[:-1] > 0) & (positives[1:] > 0)
    # where no positives are left, start is 0
    quotient = np.divide(positives[:-1], positives[1:], out=np.ones(len(more)), where=both)
    area = float(np.sum(slope * (more_true + start * np.log(quotient))))
    return area / yes if yes else 0.0
