"""Initializers: the numbers that weights start from."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..configs import find, other_spelling
from ..tensor import Tensor
from .constants import Constant, Identity, Ones, Zeros
from .distributions import Orthogonal, RandomNormal, RandomUniform, TruncatedNormal
from .initializer import Initializer, RandomInitializer, start
from .variance_scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)

__all__ = [
    "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity", "Initializer",
    "LecunNormal", "LecunUniform", "Ones", "Orthogonal", "RandomInitializer", "RandomNormal",
    "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros", "get", "start",
]  # fmt: skip

ALL: dict[str, type[Initializer]] = {
    kind.__name__: kind
    for kind in (
        Zeros, Ones, Constant, Identity, RandomNormal, TruncatedNormal, RandomUniform,
        VarianceScaling, GlorotUniform, GlorotNormal, HeNormal, HeUniform, LecunNormal,
        LecunUniform, Orthogonal,
    )
}  # fmt: skip
ALIASES: dict[str, type[Initializer]] = {
    "zero": Zeros,
    "one": Ones,
    "normal": RandomNormal,
    "uniform": RandomUniform,
    "IdentityInitializer": Identity,
    "OrthogonalInitializer": Orthogonal,
}


def __getattr__(name: str) -> Any:
    """The same by the lower-case names that Keras has too."""
    return other_spelling(__name__, name, ALL | ALIASES)


def get(initializer: Any) -> Callable[..., Any]:
    """An initializer by name, class or config; a function; a number or an array for `Constant`.

    >>> get("he_normal"), get(0.25)
    (HeNormal(seed=None), Constant(value=0.25))
    """
    numeric = isinstance(initializer, Tensor | np.ndarray | np.generic | int | float | list | tuple)
    if numeric and not isinstance(initializer, bool):
        return Constant(initializer)
    found: Callable[..., Any] = find("initializer", initializer, ALL | ALIASES, Initializer)
    return found
