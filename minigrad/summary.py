"""The summary: the layers of a model as a table, with what they give and how much they own.

    layer (type)      output shape    Param #    connected to
    dense (Dense)     (None, 8)            40    input

"?" stands for what is not known before the first call.
"""

import io
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from .layers import Layer, Symbol
from .tensor import Tensor

if TYPE_CHECKING:
    from .model import Model


def show(model: "Model", print_fn: Callable[[str], Any] | None = None) -> None:
    """Print the table, or give its lines to `print_fn`.

    >>> from minigrad.layers import Dense, Input
    >>> from minigrad.model import Sequential
    >>> show(Sequential([Input((3,)), Dense(2), Dense(1, trainable=False)]), print)
    Sequential: sequential
    ┏━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━┓
    ┃ layer (type)    ┃ output shape ┃ Param # ┃
    ┡━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━┩
    │ dense (Dense)   │ (None, 2)    │       8 │
    │ dense_1 (Dense) │ (None, 1)    │       3 │
    └─────────────────┴──────────────┴─────────┘
    total: 11 (44 bytes)
    trainable: 8 (32 bytes)
    non-trainable: 3 (12 bytes)
    """
    lines = [f"{name}: {counted(weights)}" for name, weights in totals(model)]
    if print_fn is None:
        console = Console()
        console.print(table(model))
        console.print("\n".join(lines), highlight=False)
        return
    text = io.StringIO()
    Console(file=text, width=120, color_system=None).print(table(model))
    for line in [*text.getvalue().splitlines(), *lines]:
        print_fn(line.rstrip())


def table(model: "Model") -> Table:
    """A row for each layer; of a model of Symbols, a row for each use of a layer."""
    functional = model.inputs is not None
    made = Table(title=f"{type(model).__name__}: {model.name}", title_justify="left")
    for heading in ("layer (type)", "output shape"):
        made.add_column(heading, overflow="fold")
    made.add_column("Param #", justify="right")
    if functional:
        made.add_column("connected to", overflow="fold")
        for row in joined_rows(model):
            made.add_row(*row)
        return made
    shape: Any = model.built_for
    straight = hasattr(model, "stack")
    for layer in model.layers:
        if straight:
            shape = shape_after(layer, shape)
        made.add_row(titled(layer), written(shape if straight else None), owned(layer))
    return made


def joined_rows(model: "Model") -> Iterable[tuple[str, str, str, str]]:
    """For each Symbol its layer, shape and weights, and the layers that it comes from."""
    seen: set[int] = set()
    for symbol, below in model.uses():
        if symbol.layer is None:
            yield f"{symbol.name} (Input)", written(symbol.shape), "0", ""
            continue
        again = id(symbol.layer) in seen  # its weights are shared, and counted once
        seen.add(id(symbol.layer))
        yield (
            titled(symbol.layer), written(symbol.shape), "shared" if again else owned(symbol.layer),
            ", ".join(called(part) for part in below),
        )  # fmt: skip


def called(symbol: Symbol) -> str:
    """The name of the layer that makes a Symbol, or of an input."""
    return symbol.name if symbol.layer is None else symbol.layer.name


def titled(layer: Layer) -> str:
    """The layer's name and class."""
    return f"{layer.name} ({type(layer).__name__})"


def owned(layer: Layer) -> str:
    """How many numbers the layer owns."""
    makes_none = Layer.build  # a layer that keeps this build has no weights of its own
    waits = any(p.built_for is None and type(p).build is not makes_none for p in layer.each())
    return "0 (unbuilt)" if waits else f"{layer.count_params():,}"


def shape_after(layer: Layer, shape: Any) -> Any:
    """The output shape of a layer that is built already; None if it cannot be known."""
    if shape is None or layer.built_for is None:
        return None
    return layer.compute_output_shape((None, *shape[1:]) if isinstance(shape, tuple) else shape)


def written(shape: Any) -> str:
    """A shape in a table."""
    return "?" if shape is None else str(shape)


def totals(model: "Model") -> list[tuple[str, list[Tensor]]]:
    """The weights by what training does to them."""
    return [
        ("total", model.weights),
        ("trainable", model.trainable_weights),
        ("non-trainable", model.non_trainable_weights),
    ]


def counted(weights: list[Tensor]) -> str:
    """How many numbers there are, and how much memory they take.

    >>> counted([Tensor([1.0, 2.0])])
    '2 (8 bytes)'
    """
    numbers = sum(weight.size for weight in weights)
    return f"{numbers:,} ({memory(sum(weight.data.nbytes for weight in weights))})"


def memory(size: float) -> str:
    """Bytes in the largest unit that leaves a number from 1."""
    for unit in ("bytes", "KB", "MB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} GB"
