"""Examples to learn from, and examples to test with that were never learned from."""

from typing import NamedTuple

import numpy as np

from ..arrays import Array


class Split(NamedTuple):
    """Inputs (n, features), and labels or targets (n,), to learn from and to test with."""

    x_train: Array
    y_train: Array
    x_test: Array
    y_test: Array


def split(x: Array, y: Array, test_share: float, rng: np.random.Generator) -> Split:
    """A random split; stratified for classes: each gives the same share to the test set."""
    if not 0 < test_share < 1:
        raise ValueError(f"split: test_share={test_share!r} given; it must be between 0 and 1")
    test = np.zeros(len(x), bool)
    groups = np.unique(y) if y.dtype.kind in "iu" else [None]
    for label in groups:
        members = np.arange(len(x)) if label is None else np.flatnonzero(y == label)
        members = rng.permutation(members)
        test[members[: round(test_share * len(members))]] = True
    order = rng.permutation(len(x))
    train, held_out = order[~test[order]], order[test[order]]
    return Split(x[train], y[train], x[held_out], y[held_out])


def standardised(data: Split) -> Split:
    """Each feature with mean 0 and deviation 1 in the training examples; these decide, not all."""
    mean, deviation = data.x_train.mean(axis=0), data.x_train.std(axis=0)
    scale = np.where(deviation == 0, 1, deviation)
    x_train, x_test = ((x - mean) / scale for x in (data.x_train, data.x_test))
    return data._replace(x_train=x_train.astype(np.float32), x_test=x_test.astype(np.float32))
