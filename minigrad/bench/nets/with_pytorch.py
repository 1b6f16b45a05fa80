"""The net in PyTorch, eager."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch

from . import RATES, examples, start


def step(widths: tuple[int, ...], batch: int, optimizer: str) -> Callable[[], Any]:
    """Forward, loss, backward, step, each written out."""
    layers: list[Any] = []
    for before, units in pairwise(widths):
        layers += [torch.nn.Linear(before, units), torch.nn.PReLU(units)]
    net = torch.nn.Sequential(*layers[:-1])
    given = [array for layer in start(widths) for array in layer]
    with torch.no_grad():
        for parameter, array in zip(net.parameters(), given, strict=True):
            parameter.copy_(torch.from_numpy(array.T))
    x, labels = (torch.from_numpy(a) for a in examples(widths, batch))
    steps = getattr(torch.optim, optimizer)(net.parameters(), RATES[optimizer])

    def once() -> Any:
        steps.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(x), labels)
        loss.backward()
        steps.step()
        return loss.item()

    return once
