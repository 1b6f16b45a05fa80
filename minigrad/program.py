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
from .conventions import convention
from .elementwise import Elementwise
from .examples import Examples
from .grad_mode import enable_grad, tracing
from .layers import Layer
from .layers.modes import training
from .ops.linear_algebra import LARGE
from .parts import Parts
from .tensor import Node, Tensor, adopt, record
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
    """

    name = "program"

    def __init__(
        self,
        source: str,
        scope: dict[str, Any],
        weights: list[Tensor],
        shared: tuple[Node, ...],
        last: Any,
    ) -> None:
        self.source, self.weights, self.shared, self.last = source, weights, shared, last
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

    def __repr__(self) -> str:
        return self.source


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
        return Program(source, writer.scope, weights, shared, last)
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

    def output(self, model: Layer, data: Examples, parts: Parts) -> Any:
        """The model's output for a batch: by a program, where there is one."""
        x, here, weights = data.x, model.device == "cpu", parts.weights
        if type(x) is np.ndarray and here and not convention() and not tracing():
            calls = [type(layer).call for layer in parts.layers]
            of = Layer.changes, Elementwise.changes, [*map(id, weights)], calls
            if of != self._of or len(self._seen) > SHAPES:
                self._start_for(of)
            if x.shape not in self._seen:
                self._seen.add(x.shape)
                return model(adopt(x))
            if x.shape not in self._known:
                self._known[x.shape] = program_of(model, x, weights)
            program = self._known[x.shape]
            if program is not None:
                return program(x)
        return model(data.inputs(model.device))
