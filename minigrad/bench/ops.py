"""Ops: what one costs by itself, in a chain of 100 on 16 numbers, forward and backward."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .figures import Cell, Figures
from .machine import cores
from .sides import JAX, MINIGRAD, MYGRAD, NUMPY, TORCH
from .worker import Make

SIDES = MINIGRAD, TORCH, MYGRAD, JAX, NUMPY
SECONDS, ROUNDS = 0.1, 5
CHAIN, ELEMENTS = 100, 16
NAMES = "relu", "elu", "sigmoid", "tanh", "gelu", "softplus", "add", "mul"
# The second argument of add and mul: the chain neither vanishes nor grows.
OTHER = 0.999
GOAL = 0.4


def figures(quick: bool) -> Figures:
    """What is measured; `quick` has two ops."""
    ratio = f"{MINIGRAD.name} / {TORCH.name}"
    return Figures(
        "ops", f"an op in a chain of {CHAIN}, {ELEMENTS} elements, forward and backward", ("op",),
        tuple(side.name for side in SIDES), (ratio,), "us", 1e6 / CHAIN, (),
        [Cell((name,), goals={ratio: GOAL}) for name in (NAMES[:2] if quick else NAMES)],
    )  # fmt: skip


def maker(library: str) -> Make:
    """How a library makes a chain of a case; None where it has no such op."""
    made: dict[str, Make] = {
        "minigrad": with_minigrad, "torch": with_torch, "mygrad": with_mygrad, "jax": with_jax,
        "numpy": with_numpy,
    }  # fmt: skip
    return made[library]


def given() -> Any:
    """x: a few numbers around 0."""
    return np.linspace(-1, 1, ELEMENTS, dtype=np.float32)


def chained(op: Callable[[Any], Any], x: Any, seed: Any) -> Callable[[], Any]:
    """What is timed: the same lines for all eager libraries."""

    def once() -> None:
        y = x
        for _ in range(CHAIN):
            y = op(y)
        y.backward(seed)
        x.grad = None

    return once


def with_minigrad(name: str) -> Callable[[], Any]:
    """A chain in minigrad."""
    from .. import Tensor, activations, ops

    x = Tensor(given(), requires_grad=True)
    other = Tensor(np.full(ELEMENTS, OTHER, np.float32))
    f: Any = getattr(activations, name, None) or getattr(ops, name)
    op = (lambda y: f(y, other)) if name in ("add", "mul") else f
    return chained(op, x, np.ones(ELEMENTS, np.float32))


def with_torch(name: str) -> Callable[[], Any]:
    """A chain in PyTorch."""
    import torch

    torch.set_num_threads(cores())
    x = torch.from_numpy(given()).requires_grad_()
    other = torch.full((ELEMENTS,), OTHER)
    f: Any = getattr(torch, name, None) or getattr(torch.nn.functional, name)
    op = (lambda y: f(y, other)) if name in ("add", "mul") else f
    return chained(op, x, torch.ones(ELEMENTS))


def with_mygrad(name: str) -> Callable[[], Any] | None:
    """A chain in MyGrad; its gradients are dropped by `null_grad`, x.grad cannot be written."""
    import mygrad
    from mygrad.nnet import activations

    x = mygrad.tensor(given())
    other = mygrad.tensor(np.full(ELEMENTS, OTHER, np.float32), constant=True)
    known: dict[str, Any] = {
        "relu": activations.relu, "sigmoid": activations.sigmoid, "tanh": mygrad.tanh,
        "elu": lambda y: activations.elu(y, 1.0),
        "add": lambda y: y + other, "mul": lambda y: y * other,
    }  # fmt: skip
    op, seed = known.get(name), np.ones(ELEMENTS, np.float32)

    def once() -> None:
        y = x
        for _ in range(CHAIN):
            y = op(y)  # type: ignore[misc]
        y.backward(seed)
        x.null_grad()

    return once if op else None


def with_jax(name: str) -> Callable[[], Any]:
    """In JAX the whole chain and its gradient are one compiled program: no op has a cost left."""
    import jax
    import jax.numpy as jnp

    x, other = jnp.asarray(given()), jnp.full(ELEMENTS, OTHER)
    f: Any = getattr(jax.nn, name, None) or (lambda y: {"add": y + other, "mul": y * other}[name])

    def chain(y: Any) -> Any:
        for _ in range(CHAIN):
            y = f(y)
        return y.sum()

    gradient = jax.jit(jax.value_and_grad(chain))
    return lambda: jax.block_until_ready(gradient(x))


def with_numpy(name: str) -> Callable[[], Any] | None:
    """In NumPy, forward only: what calling into an array library costs in any case."""
    x, other = given(), np.full(ELEMENTS, OTHER, np.float32)
    known: dict[str, Any] = {
        "relu": lambda y: np.maximum(y, 0), "tanh": np.tanh,
        "sigmoid": lambda y: 1 / (1 + np.exp(-y)), "softplus": lambda y: np.logaddexp(y, 0),
        "add": lambda y: y + other, "mul": lambda y: y * other,
    }  # fmt: skip
    op = known.get(name)

    def once() -> None:
        y = x
        for _ in range(CHAIN):
            y = op(y)  # type: ignore[misc]

    return once if op else None
