"""The checkpoint of `fit`: all that decides how training goes on, to the last bit.

Weights, what the optimizer keeps, the random numbers of the layers and of the order of examples,
the epoch, and what the callbacks have seen.  The model itself is not in it: your program makes it.
"""

import os
from typing import Any

import numpy as np

from ..training import Trainer
from .files import read, reading, write
from .models import (
    checked_weights,
    named_weights,
    optimizer_arrays,
    put,
    random_states,
    set_optimizer,
    set_random,
)

HINT = "; to begin afresh, remove the file"


class Checkpoint:
    """Training, kept in a file after each epoch.

    Parameters
    ----------
    path : of the file.
    model : compiled.
    order : draws the order of the examples.
    run : the callbacks, with get_state and set_state.
    """

    def __init__(
        self, path: str | os.PathLike[str], model: Trainer, order: np.random.Generator, run: Any
    ) -> None:
        self.path = os.fsdecode(path)
        self.model, self.order, self.run = model, order, run
        if not os.path.isdir(os.path.dirname(self.path) or "."):  # better now than after an epoch
            raise FileNotFoundError(f"checkpoint: the folder of {self.path!r} does not exist")

    def save(self, epochs: int) -> None:
        """Keep everything, after so many epochs."""
        contents = {
            "kind": "checkpoint",
            "epochs": epochs,
            "optimizer": type(self.model.optimizer).__name__,
            "order": self.order.bit_generator.state,
            "callbacks": self.run.get_state(),
            "random": random_states(self.model),
        }
        weights = {name: weight.data for name, weight in named_weights(self.model).items()}
        write(self.path, contents, weights | optimizer_arrays(self.model))

    def resume(self, initial_epoch: int) -> int:
        """Go on from the file if there is one; the number of the next epoch."""
        if not os.path.exists(self.path):
            return initial_epoch
        contents, arrays = read(self.path)
        with reading(self.path, HINT):
            if contents["kind"] != "checkpoint":
                raise ValueError(f"it holds {contents['kind']}, and is no checkpoint of fit")
            if contents["optimizer"] != type(self.model.optimizer).__name__:
                raise ValueError(
                    f"it was trained with {contents['optimizer']}, now the optimizer is "
                    f"{type(self.model.optimizer).__name__}"
                )
            weights = checked_weights(self.model, arrays)
            set_optimizer(self.model, arrays)
            set_random(self.model, contents["random"])
            self.order.bit_generator.state = contents["order"]
            self.run.set_state(contents["callbacks"])
            put(weights)
            return int(contents["epochs"])
