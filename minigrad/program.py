"""A program: what a model does to a batch, forward and backward, written out line by line.

For a small model most of a step is not arithmetic but search: which plan fits these shapes, which
node comes next, which gradients add up.  The answers are the same for every batch of one shape.  So
a model is traced once, and each node of its graph becomes lines of Python that call the same
kernels on the same arrays; the chain rule becomes the same lines backwards:

    def forward(x, dense_kernel, dense_bias):
        product_1 = x.dot(dense_kernel)
        affine_1 = empty((32, 16), float32)
        add_row(..., affine_1)
        return affine_1, (x, dense_kernel)

    def backward(d_affine_1, x, dense_kernel):
        d_dense_kernel = x.T.dot(d_affine_1)
        ...

The kernels and their order are those of the graph, and so are the bits.  `fit` and its kin run
programs by themselves; `print(model.program(x))` shows one.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .activations import linear, sigmoid, softmax
from .arrays import HALF, Array
from .broadcasting import Shape
from .compiled import Compiled
from .conventions import convention
from .elementwise import Elementwise
from .examples import Examples
from .grad_mode import enable_grad, tracing
from .layers import Layer
from .layers.modes import training
from .memory import own
from .ops.linear_algebra import LARGE
from .parts import Parts
from .tensor import Node, Tensor, add_up, adopt, record
from .writer import Unwritten, Writer

# Programs that a model keeps; a fit has two, of full batches and of what is left over.
SHAPES = 16
# A cross-entropy looks for the logits before these, so they stay nodes of their own.
LAST: tuple[Any, ...] = softmax, sigmoid


class Program:
    """An op made of ops: a model's output for inputs of one shape, as one node of the graph.

    source   the lines, to be read
    shared   the node of the weight that each gradient is for: one that is used twice has two
    last     the softmax or sigmoid that ends the model, run by itself
    rows     whether the lines end with (batch, classes), and `last` is none or their softmax
    """

    name = "program"

    def __init__(
        self,
        source: str,
        scope: dict[str, Any],
        weights: list[Tensor],
        shared: tuple[Node, ...],
        last: Any,
        rows: bool,
    ) -> None:
        self.source, self.weights, self.shared = source, weights, shared
        self.last, self.rows = last, rows
        exec(source, scope)  # nothing of a user's is in it but names, of letters and digits
        self._forward: Callable[..., tuple[Array, tuple[Array, ...]]] = scope["forward"]
        self._backward: Callable[..., tuple[Array, ...]] = scope["backward"]

    def __call__(self, x: Array) -> Tensor:
        """The model's output."""
        y, saved = self._forward(x, *[w._data for w in self.weights])
        out = record(self, self.shared, saved, y, LARGE)
        return out if self.last is None else self.last(out)

    def vjp(self, node: Node, gy: Array) -> tuple[Array, ...]:
        """The gradient of each use of a weight."""
        return self._backward(gy, *node.saved)

    def straight(self, data: Examples, compiled: Compiled) -> tuple[Tensor, "StraightLoss"] | None:
        """Output and loss without a graph, if there is such a way; else None."""
        last = self.last
        way = compiled.straight(data, last is not None) if self.rows else None
        if way is None:
            return None
        y, saved = self._forward(data.x, *[w._data for w in self.weights])
        value, slope = way(data.y, y)
        output = adopt(y) if last is None else last(adopt(y))
        return output, StraightLoss(value, slope, self._backward, saved, self.shared)

    def __repr__(self) -> str:
        return self.source


class StraightLoss:
    """The loss of a program's output, and the way back from it: what a step asks of a Tensor."""

    requires_grad = True

    def __init__(
        self,
        value: float,
        slope: Callable[[], Array],
        back: Callable[..., tuple[Array, ...]],
        saved: tuple[Array, ...],
        weights: tuple[Node, ...],
    ) -> None:
        self._value, self._slope, self._back = value, slope, back
        self._saved, self._weights = saved, weights

    def item(self) -> float:
        """The loss."""
        return self._value

    def backward(self) -> None:
        """Add the gradient of each weight to what it has, once all are computed."""
        gy = self._slope()
        found: dict[Node, Array] = {}
        pulled = self._back(gy, *self._saved)
        self._saved = ()  # weights are among it, and a step wants to write where old ones are
        for node, gx in zip(self._weights, pulled, strict=True):
            known = found.get(node)
            found[node] = own(gx, gy) if known is None else add_up(known, gx)
        for node, gx in found.items():
            if node.gradient is not None:
                found[node] = add_up(node.gradient, gx)
        for node, gx in found.items():
            node.gradient = gx


def program_of(model: Layer, x: Array, weights: list[Tensor]) -> Program | None:
    """The program of a model for inputs like x, and gradients of `weights`; None if it has none.

    It has one if its layers are known to do the same ops for every batch, and all of these have
    lines here.
    """
    here = type(x) is np.ndarray and model.device == "cpu"
    if not here or not weights or not all(steady(layer) for layer in model.each()):
        return None
    given = Tensor(x, requires_grad=True)
    with training(True), enable_grad():  # `evaluate` may be the first to ask
        y = model(given)
    last = None
    if type(y) is Tensor and y.node is not None and y.node.op in LAST:
        last, root = last_of(y.node), y.node.parents[0]
    else:
        root = y.node if type(y) is Tensor else None
    try:
        writer = Writer(given, weights)
        source = writer.written(root)
        shared = tuple([node for node, _ in writer.shares])
        rows = y.ndim == 2 and (last is None or is_softmax_of_rows(y.node))
        return Program(source, writer.scope, weights, shared, last, rows)
    except Unwritten:
        return None


def steady(layer: Any) -> bool:
    """Whether a layer's `call` does the same ops for every batch of one shape."""
    call = type(layer).call
    same = getattr(call, "steady", None) is call and "call" not in vars(layer)
    same = same and type(layer).__call__ is Layer.__call__
    activation = getattr(layer, "activation", linear)
    known = isinstance(activation, Elementwise) or activation in (linear, softmax)
    return same and known and not layer.activity_regularizer and layer.dtype != HALF


def last_of(node: Node) -> Callable[[Tensor], Tensor]:
    """The softmax or sigmoid of a node, to be called again."""
    if node.op is sigmoid:
        return sigmoid
    _, (axes, mask) = node.saved
    if mask is not None:
        raise Unwritten
    return lambda x: softmax(x, list(axes))


def is_softmax_of_rows(node: Node) -> bool:
    """Whether a node is the softmax of each row of a matrix."""
    return node.op in LAST[:1] and node.saved[1] == ((1,), None)


class Programs:
    """The programs of a model, one for each shape of a batch, written when that comes again."""

    def __init__(self) -> None:
        self._start_for(None)

    def __reduce__(self) -> Any:
        return Programs, ()  # a copy of a model has weights of its own, and so programs

    def _start_for(self, of: Any) -> None:
        self._known: dict[Shape, Program | None] = {}
        self._seen: set[Shape] = set()
        self._of = of  # all that a program is written from

    def of(self, model: Layer, data: Examples, parts: Parts) -> Program | None:
        """The program for a batch, if there is one, and such a batch has been there before."""
        x, here = data.x, model.device == "cpu"
        if type(x) is not np.ndarray or not here or convention() or tracing():
            return None
        calls = [type(layer).call for layer in parts.layers]
        of = parts.identity, Elementwise.changes, calls
        if of != self._of or len(self._seen) > SHAPES:
            self._start_for(of)
        shape = x.shape
        if shape not in self._seen:
            self._seen.add(shape)
            return None
        if shape not in self._known:
            self._known[shape] = program_of(model, x, parts.weights)
        return self._known[shape]
