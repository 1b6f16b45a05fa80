"""Data sets that scikit-learn brings along: nothing is fetched."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ..arrays import Array
from .split import Split, split, standardised


def table(file: str, **options: Any) -> Array:
    """The numbers in a file of scikit-learn, which itself would take a second to import."""
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        name, _, _ = file.partition(".")
        raise ImportError(
            f"{name}: scikit-learn is not installed, and it brings the data; in the folder of "
            "minigrad run: pip install -e '.[data]'"
        )
    path = Path(package.origin).parent / "datasets" / "data" / file
    if not path.is_file():
        raise FileNotFoundError(
            f"{file}: the scikit-learn that is installed has no {path}; install another version: "
            "pip install 'scikit-learn<2'"
        )
    return np.loadtxt(path, **{"delimiter": ",", **options})


def labelled(file: str, **options: Any) -> tuple[Array, Array]:
    """Inputs, and the classes in the last column."""
    found = table(file, **options)
    return found[:, :-1], found[:, -1].astype(np.int64)


def load_digits(seed: int = 0, test_share: float = 0.2) -> Split:
    """Digits: 1,797 handwritten digits of 8 x 8 pixels in ten classes, scaled to 0 .. 1.

    UCI "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak 1998,
    https://doi.org/10.24432/C50P49), as scikit-learn brings it: needs the extra `data`.
    """
    x, labels = labelled("digits.csv.gz")
    return split((x / 16).astype(np.float32), labels, test_share, np.random.default_rng(seed))


def load_iris(seed: int = 0, test_share: float = 0.2) -> Split:
    """Iris: 150 flowers, 4 lengths, 3 species (Fisher 1936, https://doi.org/10.24432/C56C76)."""
    return measured(*labelled("iris.csv", skiprows=1), seed, test_share)


def load_wine(seed: int = 0, test_share: float = 0.2) -> Split:
    """Wine: 178 wines, 13 contents, 3 growers (Aeberhard 1991, https://doi.org/10.24432/C5PC7J)."""
    return measured(*labelled("wine_data.csv", skiprows=1), seed, test_share)


def load_breast_cancer(seed: int = 0, test_share: float = 0.2) -> Split:
    """Breast cancer: 569 tumours, 30 measures, 2 kinds (Wolberg 1995, 10.24432/C5DW2B)."""
    return measured(*labelled("breast_cancer.csv", skiprows=1), seed, test_share)


def load_diabetes(seed: int = 0, test_share: float = 0.2) -> Split:
    """Diabetes: 442 patients, 10 measures, and a number to predict (Efron et al. 2004).

    The number says how far the illness went in a year, 25 to 346.
    """
    x = table("diabetes_data_raw.csv.gz", delimiter=None)
    return measured(x, table("diabetes_target.csv.gz").astype(np.float32), seed, test_share)


def measured(x: Array, y: Array, seed: int, test_share: float) -> Split:
    """A table of measurements, each feature brought to mean 0 and deviation 1."""
    return standardised(split(x, y, test_share, np.random.default_rng(seed)))
