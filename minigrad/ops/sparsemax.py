"""Sparsemax: as softmax, but what is far below the largest gets exactly 0.

Each result depends on a whole row, so it is not elementwise; the loops are in
`kernels/projections.py`.
"""

from typing import Any

import numpy as np

from ..arrays import DOUBLE, HALF, Array, rounded
from ..kernels.kernel import Kernel
from ..kernels.projections import below, sparsemax_forward, sparsemax_gradient
from ..tensor import Node, Tensor, record
from .axes import Axis, as_rows, axes_of, from_rows
from .shapes import tensor
from .softmax import run


class Sparsemax:
    """The Euclidean projection of each row onto the probabilities."""

    name = "sparsemax"

    def __init__(self) -> None:
        self._kernels: dict[np.dtype[Any], tuple[Kernel, Kernel]] = {}

    def __call__(self, x: Any, axis: Axis = -1) -> Tensor:
        """Sparsemax: the p with p >= 0 and sum 1 that is nearest to x, by sum of (p - x)**2.

        That is max(x - tau, 0) with the tau that makes the sum 1.  Where x - tau is exactly 0
        there is a kink; the gradient there is that of the 0.

        Parameters
        ----------
        x : numbers of any shape but ().
        axis : the axis that the sum is over; several are taken jointly, None means all.

        Returns
        -------
        Tensor of the shape of x, from 0 to 1

        Source
        ------
        Martins and Astudillo 2016, https://arxiv.org/abs/1602.02068

        >>> sparsemax([0.5, 0.2, 0.1])
        Tensor([0.56666666, 0.26666668, 0.16666667])
        >>> sparsemax([2.0, 1.5, 0.0])
        Tensor([0.75, 0.25, 0.  ])
        """
        x = tensor(x, self.name)
        axes = axes_of(self.name, axis, x.shape)
        work = as_rows(x._data, axes)
        work = work.astype(DOUBLE) if work.dtype == HALF else work
        if work.dtype not in self._kernels:
            factories = sparsemax_forward, sparsemax_gradient
            self._kernels[work.dtype] = Kernel(factories[0], below), Kernel(factories[1], below)
        statistics, y = np.empty((len(work), 2)), np.empty_like(work)
        if work.size:
            run(self._kernels[work.dtype][0], work, statistics, y)
        result = from_rows(rounded(y, x.dtype), x.shape, axes)
        return record(self, (x.node,), (work, statistics, axes), result)

    def vjp(self, node: Node, gy: Array) -> tuple[Array]:
        """gx = g - mean of g over the support, where p > 0; 0 elsewhere."""
        work, statistics, axes = node.saved
        g = as_rows(gy, axes).astype(work.dtype, copy=False)
        gx = np.empty_like(work)
        if work.size:
            run(self._kernels[work.dtype][1], g, work, statistics, gx)
        return (from_rows(rounded(gx, gy.dtype), gy.shape, axes),)


sparsemax = Sparsemax()
