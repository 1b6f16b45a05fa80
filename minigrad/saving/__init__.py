"""Saving: a model in one file, that can be trusted to be whole, and to run no code when loaded.

    notation.py      JSON that can be trusted to end
    files.py         arrays and JSON in a safetensors file, replaced in one step
    models.py        what of a model is in it
    checkpoint.py    what of its training is in it

Whatever is wrong with a file is a ModelFileError of one line.
"""

from .checkpoint import Checkpoint
from .files import ModelFileError
from .models import (
    load_model,
    load_weights,
    model_from_json,
    save_model,
    save_weights,
    to_json,
)

__all__ = [
    "Checkpoint", "ModelFileError", "load_model", "load_weights", "model_from_json", "save_model",
    "save_weights", "to_json",
]  # fmt: skip
