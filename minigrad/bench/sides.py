"""The sides: which libraries are compared, and in which Python and environment each runs."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Side:
    """A library as the tables call it and as `maker` knows it, and the modules that it needs."""

    name: str
    library: str
    needs: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


MINIGRAD = Side("minigrad", "minigrad")
FITTED = Side("minigrad train_on_batch", "fitted")
NUMPY = Side("NumPy, forward only", "numpy")
TORCH = Side("PyTorch", "torch", ("torch",))
JAX = Side("JAX jit", "jax", ("jax",))
MYGRAD = Side("MyGrad", "mygrad", ("mygrad",))
KERAS = tuple(
    Side(f"Keras on {name}", "keras", ("keras", module), {"KERAS_BACKEND": module})
    for name, module in (("JAX", "jax"), ("TensorFlow", "tensorflow"), ("PyTorch", "torch"))
)
# Everybody computes on the same processor.
CPU_ONLY = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"}


def present(sides: Sequence[Side], versions: dict[str, str]) -> list[Side]:
    """The sides whose modules are installed."""
    return [side for side in sides if all(module in versions for module in side.needs)]


def python_of(side: Side, python: str) -> str:
    """minigrad runs where it is asked for; the others perhaps in an environment of their own."""
    return python if side.needs else sys.executable


def environment_of(side: Side) -> dict[str, str]:
    """What its process finds: this minigrad, and no GPU."""
    root = str(Path(__file__).parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, **CPU_ONLY, **side.environment, "PYTHONPATH": os.pathsep.join(paths)}
