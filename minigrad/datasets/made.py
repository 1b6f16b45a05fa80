"""Data sets that NumPy makes: small, endless, and hard in a known way."""

import numpy as np

from ..arrays import Array
from .split import Split, split


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


def circles(count: int = 1000, noise: float = 0.1, seed: int = 0, test_share: float = 0.2) -> Split:
    """Circles: a ring around a disc; 2 features, 2 classes that no straight line tells apart."""
    rng = np.random.default_rng(seed)
    angle, labels = rng.uniform(0, 2 * np.pi, count), np.arange(count) % 2
    radius = np.where(labels == 0, 1.0, 0.5)
    return noisy(radius[:, None] * direction(angle), labels, noise, test_share, rng)


def xor(count: int = 1000, noise: float = 0.1, seed: int = 0, test_share: float = 0.2) -> Split:
    """XOR: four corners, opposite ones of the same class (Minsky and Papert 1969); 2 features."""
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 2, (count, 2))
    labels = corners[:, 0] ^ corners[:, 1]
    return noisy(corners - 0.5 + rng.uniform(-0.3, 0.3, (count, 2)), labels, noise, test_share, rng)


def blobs(
    count: int = 1000, classes: int = 3, noise: float = 0.4, seed: int = 0, test_share: float = 0.2
) -> Split:
    """Blobs: a cloud of points for each class, around places on a circle; 2 features."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    centres = 1.5 * direction(2 * np.pi * labels / classes)
    return noisy(centres, labels, noise, test_share, rng)


def sine(count: int = 400, noise: float = 0.1, seed: int = 0, test_share: float = 0.2) -> Split:
    """Sine: a number to predict, sin(x) with noise, for x from -pi to pi."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-np.pi, np.pi, (count, 1))
    y = np.sin(x[:, 0]) + noise * rng.standard_normal(count)
    return split(x.astype(np.float32), y.astype(np.float32), test_share, rng)


# What a pen would draw from left to right for each digit, seen from the side: heights.
STROKES = (
    (5, 8, 9, 8, 5, 2, 1, 2, 5, 8), (2, 4, 7, 9, 1, 9, 1, 9, 1, 1), (6, 9, 8, 5, 2, 0, 0, 2, 2, 1),
    (7, 9, 7, 5, 7, 5, 3, 1, 0, 2), (8, 6, 4, 4, 4, 8, 4, 1, 0, 0), (9, 9, 6, 5, 6, 5, 3, 1, 0, 1),
    (9, 6, 3, 1, 0, 2, 4, 4, 3, 1), (9, 9, 9, 7, 5, 4, 3, 2, 1, 0), (5, 8, 6, 3, 1, 3, 6, 8, 6, 3),
    (6, 9, 8, 6, 8, 7, 5, 3, 1, 0),
)  # fmt: skip


def digits_1d(
    count: int = 2000, length: int = 40, noise: float = 0.15, seed: int = 0, test_share: float = 0.2
) -> Split:
    """1-D digits: ten strokes at random places and sizes in a noisy signal of 40 numbers.

    The idea is that of MNIST-1D (Greydanus 2020, https://arxiv.org/abs/2011.14439): as hard as
    pictures of digits, and a hundred times smaller.
    """
    if length < 30:
        raise ValueError(f"digits_1d: length={length} given; a stroke needs at least 30 numbers")
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % len(STROKES)
    x = np.zeros((count, length))
    for row, label in zip(x, labels, strict=True):
        width = int(rng.integers(18, 28))
        start = int(rng.integers(0, length - width))
        heights = np.array(STROKES[label]) / 4.5 - 1
        places = np.linspace(0, len(heights) - 1, width)
        row[start : start + width] = rng.uniform(0.7, 1.3) * np.interp(
            places, np.arange(len(heights)), heights
        )
    return noisy(x, labels, noise, test_share, rng)


def direction(angle: Array) -> Array:
    """Points on the unit circle."""
    return np.column_stack([np.cos(angle), np.sin(angle)])


def noisy(
    x: Array, labels: Array, noise: float, test_share: float, rng: np.random.Generator
) -> Split:
    """The points moved at random, and split."""
    moved = x + noise * rng.standard_normal(x.shape)
    return split(moved.astype(np.float32), labels, test_share, rng)
