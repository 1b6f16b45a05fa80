"""Data sets that need no download: made by NumPy, or brought along by scikit-learn."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .arrays import Array


class Split(NamedTuple):
    """Examples to learn from and examples to test with: inputs (n, features), labels (n,)."""

    x_train: Array
    y_train: Array
    x_test: Array
    y_test: Array


def split(x: Array, labels: Array, test_share: float, rng: np.random.Generator) -> Split:
    """A stratified split: every class gives the same share of its examples to the test set."""
    test = np.zeros(len(x), bool)
    for label in np.unique(labels):
        of_class = rng.permutation(np.flatnonzero(labels == label))
        test[of_class[: round(test_share * len(of_class))]] = True
    order = rng.permutation(len(x))
    train, held_out = order[~test[order]], order[test[order]]
    return Split(x[train], labels[train], x[held_out], labels[held_out])


def load_digits(seed: int = 0, test_share: float = 0.2) -> Split:
    """Digits: 1,797 handwritten digits of 8 x 8 pixels in ten classes, scaled to 0 .. 1.

    UCI "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak 1998,
    https://doi.org/10.24432/C50P49), as scikit-learn brings it: needs the extra `data`.
    """
    try:
        from sklearn.datasets import load_digits as bundled
    except ImportError:
        raise ImportError(
            "digits: scikit-learn is not installed, and it brings the data; in the folder of "
            "minigrad run: pip install -e '.[data]'"
        ) from None
    x, labels = bundled(return_X_y=True)
    return split((x / 16).astype(np.float32), labels, test_share, np.random.default_rng(seed))


def moons(count: int = 1000, noise: float = 0.15, seed: int = 0, test_share: float = 0.2) -> Split:
    """Two moons: half circles that reach into each other; 2 features, 2 classes."""
    rng = np.random.default_rng(seed)
    angle, labels = rng.uniform(0, np.pi, count), np.arange(count) % 2
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    x = np.where(labels[:, None] == 0, upper, [1.0, 0.5] - upper)
    return noisy(x, labels, noise, test_share, rng)


def spirals(
    count: int = 1000, arms: int = 3, noise: float = 0.1, seed: int = 0, test_share: float = 0.2
) -> Split:
    """Spirals: arms that wind around each other; 2 features, one class for each arm."""
    rng = np.random.default_rng(seed)
    radius, labels = rng.uniform(0.1, 1, count), np.arange(count) % arms
    angle = 4 * radius + 2 * np.pi * labels / arms
    x = 2 * radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return noisy(x, labels, noise, test_share, rng)


def noisy(
    x: Array, labels: Array, noise: float, test_share: float, rng: np.random.Generator
) -> Split:
    """The points moved at random, and split."""
    moved = x + noise * rng.standard_normal(x.shape)
    return split(moved.astype(np.float32), labels, test_share, rng)


ALL: dict[str, Callable[..., Split]] = {"digits": load_digits, "moons": moons, "spirals": spirals}
