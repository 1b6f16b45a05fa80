"""A change of dtype, as an op of the graph."""

from typing import Any

import numpy as np

from .arrays import Array, rounded
from .tensor import Node, Tensor, elsewhere, record


class Cast:
    """A change of dtype on the way forward, and back again on the way back."""

    name = "cast"

    def __call__(self, x: Tensor, dtype: np.dtype[Any]) -> Tensor:
        if x.dtype == dtype:
            return x
        if elsewhere(x):
            raise TypeError(f"cast: {x.dtype} to {dtype} asked on cuda; do it on the cpu first")
        return record(self, (x.node,), x.dtype, rounded(x._data, dtype))

    def vjp(self, node: Node, gy: Array) -> tuple[Array]:
        """gx = gy, in the dtype of x."""
        return (rounded(gy, node.saved),)


cast = Cast()
