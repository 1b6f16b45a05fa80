"""The net in JAX, the whole step compiled."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.tree_util import tree_map

from . import RATES, examples, start


def step(widths: tuple[int, ...], batch: int, optimizer: str) -> Callable[[], Any]:
    """One compiled function from weights to new weights, which take the place of the old ones."""
    x, labels = (jnp.asarray(a) for a in examples(widths, batch))
    weights = tree_map(jnp.asarray, start(widths))
    update = {"SGD": sgd, "Adam": adam}[optimizer]
    zeros = tree_map(jnp.zeros_like, weights)
    state = (weights, zeros, tree_map(jnp.copy, zeros), jnp.zeros(()))

    @partial(jax.jit, donate_argnums=0)
    def stepped(state: Any, x: Any, labels: Any) -> Any:
        value, gradients = jax.value_and_grad(loss)(state[0], x, labels)
        return update(state, gradients), value

    def once() -> Any:
        nonlocal state
        state, value = jax.block_until_ready(stepped(state, x, labels))
        return float(value)

    return once


def loss(weights: Any, x: Any, labels: Any) -> Any:
    """The mean softmax cross-entropy."""
    for w, b, *alpha in weights:
        x = x @ w + b
        x = jnp.where(x > 0, x, alpha[0] * x) if alpha else x
    return -jnp.take_along_axis(jax.nn.log_softmax(x), labels[:, None], axis=1).mean()


def sgd(state: Any, gradients: Any) -> Any:
    """w - r g."""
    weights, *rest = state
    return (tree_map(lambda w, g: w - RATES["SGD"] * g, weights, gradients), *rest)


def adam(state: Any, gradients: Any) -> Any:
    """w - r m / (sqrt(s) + epsilon), with means that are made up for their start at 0."""
    weights, m, s, t = state
    t = t + 1
    m = tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, gradients)
    s = tree_map(lambda s, g: 0.999 * s + 0.001 * g * g, s, gradients)
    rate = RATES["Adam"] * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    new = tree_map(lambda w, m, s: w - rate * m / (jnp.sqrt(s) + 1e-7), weights, m, s)
    return new, m, s, t
