"""Activations: forward, and recorded forward with backward, each that PyTorch has too.

x is of (rows, features), and all of it fits into a cache or none does: 64, 4,096, a million and
ten million float32.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .figures import Cell, Figures
from .machine import cores
from .sides import MINIGRAD, TORCH
from .worker import Make

SIDES = MINIGRAD, TORCH
SECONDS, ROUNDS = 0.02, 4
SHAPES = {
    "64": (8, 8), "4,096": (64, 64), "1 M": (1000, 1000), "10 M": (10_000, 1000),
}  # fmt: skip
WAYS = "forward", "forward + backward"

# Ours, with its numbers, and PyTorch's.
NAMES: dict[str, tuple[tuple[float, ...], str, tuple[float, ...]]] = {
    "relu": ((), "relu", ()),
    "leaky_relu": ((0.2,), "nn.functional.leaky_relu", (0.2,)),
    "prelu": ((), "prelu", ()),
    "relu6": ((), "nn.functional.relu6", ()),
    "thresholded_relu": ((1.0,), "nn.functional.threshold", (1.0, 0.0)),
    "hard_tanh": ((), "nn.functional.hardtanh", ()),
    "hard_sigmoid": ((), "nn.functional.hardsigmoid", ()),
    "hard_silu": ((), "nn.functional.hardswish", ()),
    "elu": ((), "nn.functional.elu", ()),
    "selu": ((), "selu", ()),
    "celu": ((), "celu", ()),
    "exponential": ((), "exp", ()),
    "sigmoid": ((), "sigmoid", ()),
    "tanh": ((), "tanh", ()),
    "softplus": ((), "nn.functional.softplus", ()),
    "log_sigmoid": ((), "nn.functional.logsigmoid", ()),
    "softsign": ((), "nn.functional.softsign", ()),
    "silu": ((), "nn.functional.silu", ()),
    "gelu": ((), "nn.functional.gelu", ()),
    "gelu by tanh": ((), "nn.functional.gelu", ()),
    "mish": ((), "nn.functional.mish", ()),
    "sine": ((), "sin", ()),
    "cosine": ((), "cos", ()),
    "hard_shrink": ((), "nn.functional.hardshrink", ()),
    "soft_shrink": ((), "nn.functional.softshrink", ()),
    "tanh_shrink": ((), "nn.functional.tanhshrink", ()),
    "softmax": ((), "softmax", (-1,)),
    "log_softmax": ((), "log_softmax", (-1,)),
    "glu": ((), "nn.functional.glu", ()),
}
# PyTorch computes these in float32 in a handful of vector instructions.
HARD = "sigmoid", "silu", "gelu"


def figures(quick: bool) -> Figures:
    """What is measured; `quick` has four activations, and no 10 M."""
    names = ["relu", "elu", "sigmoid", "prelu"] if quick else list(NAMES)
    ratio = f"{MINIGRAD.name} / {TORCH.name}"
    return Figures(
        "activations", "activations, float32", ("activation", "way", "elements"),
        (MINIGRAD.name, TORCH.name), (ratio,), "us", 1e6, (1, 2),
        [
            Cell((name, way, size), goals={ratio: goal(name, size)})
            for name in names
            for way in WAYS
            for size in list(SHAPES)[: 3 if quick else 4]
        ],
    )  # fmt: skip


def goal(name: str, size: str) -> float:
    """Never slower than PyTorch, but for three in the middle."""
    return 1.3 if name in HARD and size in ("4,096", "1 M") else 1.05


def maker(library: str) -> Make:
    """How a library makes a call of a case."""
    return {"minigrad": with_minigrad, "torch": with_torch}[library]


def given(size: str) -> Any:
    """x, from a normal distribution."""
    return np.random.default_rng(0).standard_normal(SHAPES[size]).astype(np.float32) * 2


def with_minigrad(name: str, way: str, size: str) -> Callable[[], Any]:
    """f(x), or f(x) and its gradient."""
    from .. import Tensor, activations

    numbers: tuple[Any, ...] = NAMES[name][0]
    op = getattr(activations, name.removesuffix(" by tanh"))
    options = {"approximate": True} if name.endswith("by tanh") else {}
    back = way == WAYS[1]
    x = Tensor(given(size), requires_grad=back)
    if name == "prelu":
        numbers = (Tensor(np.full(x.shape[-1], 0.25, np.float32), requires_grad=back),)
    if not back:
        return lambda: op(x, *numbers, **options)
    gy = np.ones(op(x, *numbers, **options).shape, np.float32)

    def once() -> None:
        op(x, *numbers, **options).backward(gy)
        x.grad = None

    return once


def with_torch(name: str, way: str, size: str) -> Callable[[], Any]:
    """The same with PyTorch."""
    import torch

    torch.set_num_threads(cores())
    numbers: tuple[Any, ...] = NAMES[name][2]
    op: Any = torch
    for part in NAMES[name][1].split("."):
        op = getattr(op, part)
    options = {"approximate": "tanh"} if name.endswith("by tanh") else {}
    back = way == WAYS[1]
    x = torch.from_numpy(given(size)).requires_grad_(back)
    if name == "prelu":
        numbers = (torch.full((x.shape[-1],), 0.25, requires_grad=back),)
    if not back:
        return lambda: op(x, *numbers, **options)
    gy = torch.ones(op(x, *numbers, **options).shape)

    def once() -> None:
        op(x, *numbers, **options).backward(gy)
        x.grad = None

    return once
