"""minigrad: gradients and activations to read, in Python and Numba.

Reading order:

    tensor.py               the graph: a Tensor, its Node, backward
    activations/            every activation: formula, slope, kinks, source
    kernels/loops.py        the loops that formulas run in
    kernels/mathematics/    exp, log, tanh: what formulas are made of
    kernels/kernel.py       one loop in Python, on one core, on all cores
    declaration.py          what an op says of itself
    elementwise.py          how a declared formula becomes an op in the graph
    broadcasting.py         inputs of different shapes
    plans.py                how an op runs for given shapes, forward and back
    conventions.py          other slopes at kinks, to see what the choice does
    ops/                    what is not elementwise: matrix products, sums, shapes, softmax
    gradcheck.py            gradients against differences, kinks included
    losses/, optimizers/, layers/     what a model is made of
    model.py, training.py             layers joined, and the loop that trains them
    cuda/, kernels/cuda.py            the same on a GPU
    see/                    the backward pass, drawn, explained, step by step; training, drawn
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import activations, operators, ops
from .conventions import kinks
from .elementwise import elementwise
from .functional import grad
from .grad_mode import enable_grad, is_grad_enabled, no_grad, trace
from .gradcheck import GradientError, gradcheck
from .tensor import Tensor

if TYPE_CHECKING:
    from . import (
        callbacks,
        constraints,
        cuda,
        datasets,
        initializers,
        layers,
        losses,
        metrics,
        models,
        optimizers,
        regularizers,
        saving,
        schedules,
        utils,
    )
    from .layers import Input, Layer
    from .losses import Loss
    from .metrics import Metric
    from .model import Model, Sequential
    from .optimizers import Optimizer
    from .see.boundary import boundary
    from .see.curves import curves
    from .see.diagram import diagram
    from .see.draw import draw
    from .see.explain import explain
    from .see.kernel import kernel
    from .see.plot import plot
    from .see.record import record
    from .see.step import step

__version__ = "0.1.0"

assert operators  # gives Tensor its operators

# What a first look at gradients does not need is imported when it is asked for.
LATER = {
    "Input": "layers", "Layer": "layers", "Loss": "losses", "Metric": "metrics", "Model": "model",
    "Optimizer": "optimizers", "Sequential": "model",
    "boundary": "see", "curves": "see", "diagram": "see", "draw": "see", "explain": "see",
    "kernel": "see", "plot": "see", "record": "see", "step": "see",
}  # fmt: skip
MODULES = (
    "callbacks", "constraints", "cuda", "datasets", "initializers", "layers", "losses", "metrics",
    "models", "optimizers", "regularizers", "saving", "schedules", "utils",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in LATER:
        return getattr(import_module(f".{LATER[name]}", __name__), name)
    if name in MODULES:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module 'minigrad' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


__all__ = [
    "GradientError", "Input", "Layer", "Loss", "Metric", "Model", "Optimizer", "Sequential",
    "Tensor", "activations", "boundary", "callbacks", "constraints", "cuda", "curves", "datasets",
    "diagram", "draw", "elementwise", "enable_grad", "explain", "grad", "gradcheck",
    "initializers", "is_grad_enabled", "kernel", "kinks", "layers", "losses", "metrics", "models",
    "no_grad", "ops", "optimizers", "plot", "record", "regularizers", "saving",
    "schedules", "step", "trace", "utils",
]  # fmt: skip
