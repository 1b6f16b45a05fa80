"""Embedding: a learned row of numbers for every word, looked up by the word's number."""

from typing import Any

import numpy as np

from .. import constraints, initializers, regularizers
from ..arrays import brief
from ..ops import index
from ..tensor import Tensor
from .given import whole
from .layer import Layer, Shape


class Embedding(Layer):
    """Embedding: row x of a table that is learned.

    Parameters
    ----------
    input_dim : how many rows there are; inputs are whole numbers from 0 to input_dim - 1.
    output_dim : how many numbers a row has.
    embeddings_initializer : what the table starts from.
    embeddings_regularizer, embeddings_constraint : a penalty; what holds after an update.
    mask_zero : not offered, since layers pass on no masks; only False.

    Input of any shape, output (..., output_dim).

    >>> layer = Embedding(3, 2, embeddings_initializer=[[0.0, 0.5], [1.0, 1.5], [2.0, 2.5]])
    >>> layer([[2, 0]])
    Tensor([[[2. , 2.5],
             [0. , 0.5]]], op=index)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        **shared: Any,
    ) -> None:
        super().__init__(**shared)
        self.input_dim = whole(self.name, "input_dim", input_dim)
        self.output_dim = whole(self.name, "output_dim", output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = mask_zero
        if mask_zero:
            raise ValueError(
                f"{self.name}: mask_zero={brief(mask_zero)} is not offered: layers pass on no masks"
            )
        largest = 2 ** (np.finfo(self.dtype).nmant + 1)
        if self.input_dim > largest:
            raise ValueError(
                f"{self.name}: input_dim={input_dim} given; {self.dtype}, in which inputs arrive, "
                f"counts to {largest} only: ask for a wider dtype"
            )

    def build(self, shape: Shape) -> None:
        """The table, (input_dim, output_dim)."""
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim), self.embeddings_initializer, None, True,
            self.embeddings_regularizer, self.embeddings_constraint, "embeddings",
        )  # fmt: skip

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Any shape will do."""
        return True

    def call(self, x: Tensor) -> Tensor:
        """The rows that x names."""
        numbers = x._data
        fine = (numbers >= 0) & (numbers < self.input_dim) & (numbers == np.floor(numbers))
        if not fine.all():
            raise ValueError(
                f"{self.name}: {brief(numbers[~fine][0].item())} given; inputs must be whole "
                f"numbers from 0 to {self.input_dim - 1}"
            )
        return index(self.embeddings, numbers.astype(np.intp))

    def compute_output_shape(self, shape: Shape) -> Shape:
        """(..., output_dim)."""
        if self.built_for is None:
            self.build_for(shape)
        return (*shape, self.output_dim)
