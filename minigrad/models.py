"""Models, by the names that Keras has for where they are."""

from .layers import Input
from .model import Model, Sequential, clone_model
from .saving import load_model, model_from_json, save_model

__all__ = [
    "Input", "Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model",
]  # fmt: skip
