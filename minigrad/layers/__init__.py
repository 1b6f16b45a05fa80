"""Layers: functions that own what they learn.

Reading order:

    layer.py            what all layers share: weights, building, training or not
    dense.py            a weighted sum of all inputs
    activation.py       any function, and a class for every declared activation
    prelu.py            a learned slope
    dropout.py          noise in training
    normalization.py    mean 0 and variance 1
    shaping.py          flatten, reshape, permute, repeat
    merging.py          several inputs, one output
    embedding.py        a learned table
    function.py         functions of yours
    symbol.py           models that are described before there are data
    ways.py             how Symbols lead from inputs to outputs
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from .. import configs
from ..arrays import brief
from .activation import FROM_DECLARATIONS, Activation, LeakyReLU, ReLU, Softmax
from .dense import Dense
from .dropout import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from .embedding import Embedding
from .function import Identity, Lambda
from .layer import Layer
from .merging import FUNCTIONS, Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract
from .normalization import BatchNormalization, LayerNormalization, UnitNormalization
from .prelu import PReLU
from .shaping import Flatten, Permute, RepeatVector, Reshape
from .symbol import Input, Symbol

WRITTEN: tuple[type[Layer], ...] = (
    Activation, ActivityRegularization, Add, AlphaDropout, Average, BatchNormalization,
    Concatenate, Dense, Dot, Dropout, Embedding, Flatten, GaussianDropout, GaussianNoise, Identity,
    Lambda, LayerNormalization, Maximum, Minimum, Multiply, PReLU, Permute, RepeatVector, Reshape,
    Softmax, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D, Subtract, UnitNormalization,
)  # fmt: skip
ALL: dict[str, type[Layer]] = FROM_DECLARATIONS | {kind.__name__: kind for kind in WRITTEN}
__all__ = [
    "ALL", "Activation", "ActivityRegularization", "Add", "AlphaDropout", "Average",
    "BatchNormalization", "Concatenate", "Dense", "Dot", "Dropout", "Embedding", "Flatten",
    "GaussianDropout", "GaussianNoise", "Identity", "Input", "Lambda", "Layer",
    "LayerNormalization", "LeakyReLU", "Maximum", "Minimum", "Multiply", "PReLU", "Permute",
    "ReLU", "RepeatVector", "Reshape", "Softmax", "SpatialDropout1D", "SpatialDropout2D",
    "SpatialDropout3D", "Subtract", "Symbol", "UnitNormalization", "deserialize", "get",
    "serialize",
]  # fmt: skip
__all__ += sorted({*ALL, *FUNCTIONS} - {*__all__})


def __getattr__(name: str) -> Any:
    """The layers that follow from declarations, such as `layers.ELU`, and functions that merge."""
    if name in ALL:
        return ALL[name]
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    if name == "advanced_activations":  # where old Keras had them
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module 'minigrad.layers' has no layer {name!r}")


def get(layer: Any) -> Layer:
    """A layer by its class name or config, or as it is.

    >>> get("LeakyReLU").negative_slope
    0.3
    """
    kind = isinstance(layer, type) and issubclass(layer, Layer)
    if kind or isinstance(layer, str | Mapping | Layer):
        return configs.find("layer", layer, ALL, Layer)  # type: ignore[no-any-return]
    raise ValueError(
        f"layer: {brief(layer)} given; it must be a layer, its class name, or its config; a "
        "function goes into layers.Lambda or layers.Activation"
    )


def deserialize(config: Mapping[str, Any], custom: Mapping[str, Any] | None = None) -> Layer:
    """The layer that `serialize` was called on, without what it has learned."""
    with configs.custom_objects(custom or {}):
        return get(config)


def serialize(layer: Layer) -> Any:
    """{"class_name", "config"} of a layer."""
    return configs.serialize(layer)
