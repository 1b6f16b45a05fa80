"""A program: what a model does to a batch, forward and backward, written out line by line.

For a small model most of a step is not arithmetic but search: which plan fits these shapes, which
node comes next, which gradients add up.  The answers are the same for every batch of one shape.  So
a model is traced once, and each node of its graph becomes lines of Python that call the same
kernels on the same arrays; the chain rule becomes the same lines backwards:

    def forward(x, dense_kernel, dense_bias):
        product = x.dot(dense_kernel)
        affine = empty((32, 16), float32)
        add_forward_rows.run((product, dense_bias), (), affine)
        return affine, (x, )

    def backward(d_affine, x):
        d_dense_kernel = x.T.dot(d_affine)
        ...

The kernels and their order are those of the graph, and so are the bits.  `fit` and its kin run
programs by themselves; `print(model.program(x))` shows one.  A loss that needs no graph either is
taken into the same node.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .activations import linear, sigmoid
from .activations import softmax as softmax_activation
from .arrays import HALF, Array
from .broadcasting import Shape
from .conventions import convention
from .elementwise import Elementwise
from .examples import Examples
from .grad_mode import enable_grad, tracing
from .layers import Layer
from .layers.modes import training
from .losses.loss import FusedLoss
from .ops.softmax import softmax
from .parts import Parts
from .tensor import SEEN_SIZE, Node, Tensor, adopt, record
from .writer import Unwritten, Writer

# Programs that a model keeps; a fit has two, of full batches and of what is left over.
SHAPES = 16
# A cross-entropy looks for the logits before these, so they stay nodes of their own.
LAST: tuple[Any, ...] = softmax, sigmoid
# As a size: what a node of a program has saved is too large to be kept after backward.
TO_BE_FREED = SEEN_SIZE + 1


class Program:
    """An op made of ops: a model's output for inputs of one shape, as one node of the graph.

    source       the lines, to be read
    leaves       for each gradient the node of its weight; of one that is used twice, twice
    last         the softmax or sigmoid that ends the model, run by itself
    from_logits  True if the output is (batch, classes), False if it is the softmax of its rows,
                 and None otherwise
    """

    name = "program"

    def __init__(
        self,
        source: str,
        scope: dict[str, Any],
        weights: list[Tensor],
        leaves: tuple[Node, ...],
        last: Any,
        from_logits: bool | None,
    ) -> None:
        self.source, self.weights, self.leaves = source, weights, leaves
        self.last, self.from_logits = last, from_logits
        self.loss = ProgramWithLoss(self)
        exec(source, scope)  # nothing of a user's is in it but names, of letters and digits
        self.forward: Callable[..., tuple[Array, tuple[Array, ...]]] = scope["forward"]
        self.backward: Callable[..., tuple[Array, ...]] = scope["backward"]

    def __call__(self, x: Array) -> Tensor:
        """The model's output."""
        y, saved = self.forward(x, *[w._data for w in self.weights])
        out = record(self, self.leaves, saved, y, TO_BE_FREED)
        return out if self.last is None else self.last(out)

    def vjp(self, node: Node, gy: Array) -> tuple[Array, ...]:
        """The gradient of each use of a weight."""
        return self.backward(gy, *node.saved)

    def with_loss(self, data: Examples, fused: FusedLoss) -> tuple[Tensor, Tensor]:
        """The model's output, and the loss as a single node: there is none of the output."""
        y, saved = self.forward(data.x, *[w._data for w in self.weights])
        mean, slope = fused(data.y, y)
        loss = record(self.loss, self.leaves, (slope, saved), mean, TO_BE_FREED)
        return adopt(y) if self.last is None else self.last(adopt(y)), loss

    def __repr__(self) -> str:
        return self.source


class ProgramWithLoss:
    """An op made of a program and a fused loss."""

    name = "program with loss"

    def __init__(self, program: Program) -> None:
        self.program = program

    def vjp(self, node: Node, gy: Array) -> tuple[Array, ...]:
        """The gradient of each use of a weight, from that of the loss."""
        slope, saved = node.saved
        return self.program.backward(slope(float(gy)), *saved)


def program_of(model: Layer, x: Array, weights: list[Tensor]) -> Program | None:
    """The program of a model for inputs like x, and gradients of `weights`; None if it has none.

    It has one if its layers are known to do the same ops for every batch, and all of these have
    lines here.
    """
    here = type(x) is np.ndarray and model.device == "cpu"
    if not here or not weights or not all(same_each_batch(layer) for layer in model.each()):
        return None
    given = Tensor(x, requires_grad=True)
    with training(True), enable_grad():  # `evaluate` may be the first to ask
        y = model(given)
    try:
        root, last, from_logits = ending(y)
        writer = Writer(given, weights)
        source = writer.written(root)
        leaves = tuple([node for node, _ in writer.shares])
        return Program(source, writer.scope, weights, leaves, last, from_logits)
    except Unwritten:
        return None


def ending(y: Any) -> tuple[Node, Any, bool | None]:
    """The node that the lines end with; and what Program calls `last` and `from_logits`."""
    if type(y) is not Tensor or y.node is None:
        raise Unwritten
    node, of_rows = y.node, y.ndim == 2
    if node.op not in LAST:
        return node, None, of_rows or None
    (before,) = node.parents
    assert before is not None
    if node.op is sigmoid:
        return before, sigmoid, None
    _, plan, mask = node.saved
    if mask is not None:
        raise Unwritten
    axes = plan.axes
    return before, lambda x: softmax(x, axes), False if of_rows and axes == (1,) else None


def same_each_batch(layer: Any) -> bool:
    """Whether a layer's `call` does the same ops for every batch of one shape."""
    call = type(layer).call
    same = getattr(call, "steady", None) is call and "call" not in vars(layer)
    same = same and type(layer).__call__ is Layer.__call__
    activation = getattr(layer, "activation", linear)
    known = isinstance(activation, Elementwise) or activation in (linear, softmax_activation)
    return same and known and not layer.activity_regularizer and layer.dtype != HALF


class Programs:
    """The programs of a model, one for each shape of a batch, written when that comes again."""

    def __init__(self) -> None:
        self._start_again(None)

    def __reduce__(self) -> Any:
        return Programs, ()  # a copy of a model has weights of its own, and so programs

    def _start_again(self, written_from: Any) -> None:
        self._known: dict[Shape, Program | None] = {}
        self._seen: set[Shape] = set()
        self._written_from = written_from

    def for_batch(self, model: Layer, data: Examples, parts: Parts) -> Program | None:
        """The program for a batch, if there is one, and such a batch has been there before."""
        x, here = data.x, model.device == "cpu"
        if type(x) is not np.ndarray or not here or convention() or tracing():
            return None
        calls = [type(layer).call for layer in parts.layers]
        written_from = parts.identity, Elementwise.changes, calls
        if written_from != self._written_from or len(self._seen) > SHAPES:
            self._start_again(written_from)
        shape = x.shape
        if shape not in self._seen:
            self._seen.add(shape)
            return None
        if shape not in self._known:
            self._known[shape] = program_of(model, x, parts.weights)
        return self._known[shape]
