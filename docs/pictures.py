"""The pictures of the README, made by minigrad: run `python docs/pictures.py` after a change."""

from pathlib import Path

import minigrad as mg
from minigrad.see import draw, plot

FOLDER = Path(__file__).parent / "pictures"


def graph() -> object:
    """The gradients of one neuron: tanh(sum(x w) + b), and how far it is from 1."""
    x = mg.Tensor([1.0, 2.0])
    w = mg.Tensor([0.5, -1.0], requires_grad=True, name="w")
    b = mg.Tensor(0.25, requires_grad=True, name="b")
    loss = (mg.activations.tanh((x * w).sum() + b) - 1.0) ** 2
    loss.backward()
    return draw(loss)


def curves() -> object:
    """Three activations and their slopes."""
    return plot(mg.activations.relu, mg.activations.elu, mg.activations.gelu)


PICTURES = {"graph.svg": graph, "curves.svg": curves}

if __name__ == "__main__":
    for name, make in PICTURES.items():
        make().save(FOLDER / name)
        print(FOLDER / name)
