"""Updates: a scalar formula over whole arrays, in the same loop as an activation.

    @Update
    def blended(m, g, beta):
        return beta * m + (1 - beta) * g

    blended.run((m, g), (0.9,), out)

It is computed in float64, element by element, and rounded once; only `over_root` is in float32 for
float32 weights.  The result may take the place of the last input, `blended.run((m, g), (0.9,), g)`.
The formulas here are those that several optimizers share.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import SINGLE, Array
from ..kernels.kernel import Kernel
from ..kernels.loops import forward
from ..kernels.mathematics import sqrt
from ..kernels.mathematics.short import shortened
from ..kernels.updates import means, means_over, over


class Update:
    """One formula, with a kernel for each dtype; for float16 see `Memory.half`."""

    # how the result goes into an array of its own, and over the last input
    loops: tuple[Callable[..., Any], ...] = forward, over

    def __init__(self, formula: Callable[..., Any]) -> None:
        self.formula = formula
        self._kernels: dict[tuple[np.dtype[Any], bool], Kernel] = {}

    def run(self, inputs: tuple[Array, ...], numbers: tuple[float, ...], *out: Array) -> None:
        """out = formula(inputs, numbers), element by element; all arrays have one axis."""
        first = out[0]
        over_last = first is inputs[-1]
        kernel = self._kernels.get((first.dtype, over_last))
        if kernel is None:
            make = getattr(first.dtype, "kernel", Kernel)  # arrays on a GPU have kernels there
            formula = shortened(self.formula) if first.dtype == SINGLE else self.formula
            kernel = make(self.loops[over_last], formula)
            self._kernels[first.dtype, over_last] = kernel
        if over_last:
            inputs = inputs[:-1]
        run = kernel.run if first.size < kernel.serial_below else kernel.run_long
        run(inputs, numbers, *out)

    def made(self, inputs: tuple[Array, ...], numbers: tuple[float, ...] = ()) -> Array:
        """The result in a new array, of the inputs' shape."""
        out = np.empty_like(inputs[0])
        self.run(tuple([a.reshape(-1) for a in inputs]), numbers, out.reshape(-1))
        return out


class UpdateWithMeans(Update):
    """A formula for the new weight and the new means m and s, computed in one pass."""

    loops = means, means_over


@Update
def descended(x, g, keep, rate):
    """One step down: `keep` times x, less `rate` times g."""
    return keep * x - rate * g


@Update
def moved(w, v, keep):
    """One step by v: `keep` times w, and v."""
    return keep * w + v


@Update
def blended(m, g, beta):
    """A running mean: m := beta m + (1 - beta) g."""
    return beta * m + (1 - beta) * g


@Update
def blended_square(s, g, beta):
    """A running mean of squares: s := beta s + (1 - beta) g**2."""
    return beta * s + (1 - beta) * g * g


@Update
def root_step(x, g, s, keep, rate, epsilon):
    """One step, with g in units of its usual size: `keep` times x - rate g / sqrt(s + epsilon).

    As in Keras epsilon is under the root; PyTorch adds it to the root.
    """
    return keep * x - rate * g / sqrt(s + epsilon)
