"""Data sets that need no download: made by NumPy, brought by scikit-learn, or from your files."""

from collections.abc import Callable

from .bundled import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from .idx import load_fashion_mnist, load_idx, load_mnist
from .made import blobs, circles, digits_1d, moons, sine, spirals, xor
from .split import Split, split, standardised

__all__ = [
    "CLASSES", "NUMBERS", "Split", "blobs", "circles", "digits_1d", "load_breast_cancer",
    "load_diabetes", "load_digits", "load_fashion_mnist", "load_idx", "load_iris", "load_mnist",
    "load_wine", "moons", "sine", "spirals", "split", "standardised", "xor",
]  # fmt: skip

# By what is to be predicted: a class, or a number.
CLASSES: dict[str, Callable[..., Split]] = {
    "digits": load_digits, "moons": moons, "spirals": spirals, "circles": circles, "xor": xor,
    "blobs": blobs, "digits_1d": digits_1d, "iris": load_iris, "wine": load_wine,
    "breast_cancer": load_breast_cancer,
}  # fmt: skip
NUMBERS: dict[str, Callable[..., Split]] = {"sine": sine, "diabetes": load_diabetes}
