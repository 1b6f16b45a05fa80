"""Data sets that scikit-learn brings along: nothing is fetched."""

from typing import Any

import numpy as np

from .split import Split, split, standardised


def bundled(name: str) -> Any:
    """scikit-learn's inputs and targets."""
    try:
        from sklearn import datasets
    except ImportError:
        raise ImportError(
            f"{name}: scikit-learn is not installed, and it brings the data; in the folder of "
            "minigrad run: pip install -e '.[data]'"
        ) from None
    return getattr(datasets, f"load_{name}")(return_X_y=True)


def load_digits(seed: int = 0, test_share: float = 0.2) -> Split:
    """Digits: 1,797 handwritten digits of 8 x 8 pixels in ten classes, scaled to 0 .. 1.

    UCI "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak 1998,
    https://doi.org/10.24432/C50P49), as scikit-learn brings it: needs the extra `data`.
    """
    x, labels = bundled("digits")
    return split((x / 16).astype(np.float32), labels, test_share, np.random.default_rng(seed))


def load_iris(seed: int = 0, test_share: float = 0.2) -> Split:
    """Iris: 150 flowers, 4 lengths, 3 species (Fisher 1936, https://doi.org/10.24432/C56C76)."""
    return measured("iris", seed, test_share)


def load_wine(seed: int = 0, test_share: float = 0.2) -> Split:
    """Wine: 178 wines, 13 contents, 3 growers (Aeberhard 1991, https://doi.org/10.24432/C5PC7J)."""
    return measured("wine", seed, test_share)


def load_breast_cancer(seed: int = 0, test_share: float = 0.2) -> Split:
    """Breast cancer: 569 tumours, 30 measures, 2 kinds (Wolberg 1995, 10.24432/C5DW2B)."""
    return measured("breast_cancer", seed, test_share)


def load_diabetes(seed: int = 0, test_share: float = 0.2) -> Split:
    """Diabetes: 442 patients, 10 measures, and a number to predict (Efron et al. 2004).

    The number says how far the illness went in a year, 25 to 346.
    """
    return measured("diabetes", seed, test_share)


def measured(name: str, seed: int, test_share: float) -> Split:
    """A table of measurements, each feature brought to mean 0 and deviation 1."""
    x, y = bundled(name)
    y = y.astype(np.float32) if y.dtype.kind == "f" else y
    return standardised(split(x, y, test_share, np.random.default_rng(seed)))
