"""What can be computed on the GPU: every declared formula, and what a Dense + PReLU model needs.

Each rule is an op of its own for the graph, with the name of the op on the CPU: its `vjp` is the
same mathematics on arrays of the GPU.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..arrays import DOUBLE, SINGLE, brief, canonical
from ..conventions import convention
from ..elementwise import Elementwise
from ..kernels import loops
from ..kernels.cross_entropy import cross_entropy_gradient
from ..kernels.mathematics import divide, exp, log1p
from ..kernels.rows import (
    exponentials,
    log_softmax_forward,
    log_softmax_gradient,
    softmax_forward,
    softmax_gradient,
)
from ..ops.arithmetic import add, mul
from ..ops.axes import Axis, axes_of
from ..ops.reductions import dsum_dx, reduced_axes
from ..ops.softmax import fitting
from ..plans import Formula
from ..tensor import Node, Tensor, record
from .array import DeviceArray, gpu, inside, kernel
from .tensor import CudaTensor, on_gpu

plus, times = add.formula.function, mul.formula.function
Pullback = Callable[[Node, DeviceArray], Sequence[Any]]


class Rule:
    """An op of the graph whose arrays are on the GPU."""

    def __init__(self, name: str, vjp: Pullback) -> None:
        self.name = name
        self.vjp = vjp


def recorded(rule: Any, parents: tuple[Node | None, ...], saved: Any, y: DeviceArray) -> Tensor:
    """As `record`, for a result on the GPU."""
    return on_gpu(record(rule, parents, saved, y))  # type: ignore[arg-type]


def on_device(op: str, x: Any, number: np.dtype[Any] | None = None) -> Tensor:
    """x as a tensor on the GPU: numbers of yours are copied there, a Tensor must be there."""
    if isinstance(x, Tensor) and x.device == "cpu":
        raise ValueError(
            f"{op}: one tensor of shape {x.shape} is on the cpu, and others are on cuda; move it "
            "with .to('cuda'), or the others with .cpu()"
        )
    given = x if isinstance(x, Tensor) else canonical(x)
    number = number or given.dtype
    constant = not isinstance(x, Tensor) and np.result_type(given.dtype, number) == number
    if given.dtype != number and not constant:
        raise TypeError(
            f"{op}: {given.dtype} and {number} given on cuda, where both must be the same; make "
            "the one or the other with dtype="
        )
    if isinstance(x, Tensor):
        return x
    array = canonical(given, number)
    return on_gpu(record(None, (None,), None, DeviceArray.of(array)))  # type: ignore[arg-type]


def written(formula: Formula, number: np.dtype[Any]) -> Callable[..., Any]:
    """What a kernel is compiled from; float32 inside is rewritten from the formula itself."""
    rewritten = number == SINGLE and inside() == "float32"
    return formula.function if rewritten else formula.for_results_of(number)


class OnGpu:
    """A declared formula on the GPU: the op's formulas, in the same loops."""

    def __init__(self, op: Elementwise) -> None:
        self.op = op
        self.name = op.name

    def __call__(self, inputs: tuple[Any, ...], numbers: tuple[float, ...]) -> Tensor:
        number = next(x.dtype for x in inputs if isinstance(x, CudaTensor))
        tensors = [self._operand(x, number) for x in inputs]
        operands = tuple(x if isinstance(x, float) else x._data for x in tensors)
        layout = self.op._layout(operands)
        if any(layout.stretched):
            shapes = " and ".join(str(x.shape) for x in operands if not isinstance(x, float))
            raise ValueError(
                f"{self.name}: shapes {shapes} on cuda, where an input must have the full shape, "
                "that of its last axes, or be one number; bring them back with .cpu()"
            )
        y = DeviceArray.empty(layout.shape, number)
        kernel(loops.forward, written(self.op.formula, number), number).run(operands, numbers, y)
        nodes = tuple(None if isinstance(x, float) else x.node for x in tensors)
        return recorded(self, nodes, ((*operands, y), numbers, layout.roles), y)

    def _operand(self, x: Any, number: np.dtype[Any]) -> Any:
        operand = x if isinstance(x, Tensor) else self.op._operand(x)
        if isinstance(operand, float):
            return operand
        return on_device(self.name, operand if isinstance(x, Tensor) else x, number)

    def vjp(self, node: Node, gy: DeviceArray) -> Sequence[Any]:
        """gx = df/dx gy for each input x, summed over its copies where x was shared."""
        if convention():
            raise ValueError(f"{self.name}: kinks() has no effect on cuda; run this on the cpu")
        operands, numbers, roles = node.saved
        pulled: list[Any] = []
        for k, parent in enumerate(node.parents):
            slope = self.op.slopes[k]
            if parent is None:
                pulled.append(None)
                continue
            if slope is None:
                raise TypeError(
                    f"{self.name}: its slope with respect to {self.op.declaration.inputs[k]} is "
                    "not declared"
                )
            x, df = operands[k], written(slope.formula, gy.dtype.number)
            read = tuple(operands[i] for i in slope.operands)
            constants = tuple(numbers[i] for i in slope.numbers)
            if roles[k] == "x":
                gx = DeviceArray.empty(x.shape, x.dtype.number)
                kernel(loops.gradient, df, x.dtype.number).run(gy, read, constants, gx)
            else:
                gx = summed(df, gy, read, constants, x.size).reshape(x.shape)
            pulled.append(gx)
        return pulled


_known: dict[Elementwise, OnGpu] = {}


def elementwise(op: Elementwise, inputs: tuple[Any, ...], numbers: tuple[float, ...]) -> Tensor:
    """A declared op, on the GPU."""
    if op not in _known:
        _known[op] = OnGpu(op)
    return _known[op](inputs, numbers)


def summed(
    df: Any,
    gy: DeviceArray,
    read: Any = (),
    numbers: Any = (),
    features: int = 1,
    last: bool = False,
    terms: float = 1.0,
) -> DeviceArray:
    """(features,) sums of df gy / terms over the rows of gy; with `last`, of its columns.

    In float64, in blocks of a fixed size and a fixed order, rounded once: the bits of the CPU.
    """
    k = gpu()
    number = gy.dtype.number
    columns = features
    if features == 1:  # over everything: first in LANES columns
        columns, last = min(gy.size, k.LANES), False
    rows = -(-gy.size // columns)
    down, across = (1, rows) if last else (columns, 1)
    blocks = DeviceArray.empty((-(-rows // loops.BLOCK) * columns,), DOUBLE)
    kernel(k.gradient_blocks, df, number).run(
        gy, read, numbers, rows, columns, down, across, blocks
    )
    if columns != features:
        lanes = DeviceArray.empty((columns,), DOUBLE)
        kernel(k.add_blocks, divide).run(blocks, 1.0, lanes)
        blocks = lanes
    out = DeviceArray.empty((features,), number)
    kernel(k.add_blocks, divide).run(blocks, terms, out)
    return out


class Reduced:
    """A sum, or a mean, over the first or the last axes, or over all."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
        array = x._data
        shape = array.shape
        axes = reduced_axes(self.name, axis, shape)
        rest = [k for k in range(array.ndim) if k not in axes]
        first, last = sorted(axes) == [*range(len(axes))], sorted(rest) == [*range(len(rest))]
        if (shape and not axes) or not (first or last):
            raise ValueError(
                f"{self.name}: axis={axis} asked on cuda of shape {shape}; it must be the first "
                "axes, the last ones, or all"
            )
        terms = math.prod(shape[k] for k in axes)
        features = array.size // terms
        divisor = float(terms) if self.name == "mean" else 1.0
        y = summed(dsum_dx, array, features=features, last=not first, terms=divisor)
        kept = tuple(1 if k in axes else n for k, n in enumerate(shape))
        y = y.reshape(kept if keepdims else tuple(shape[k] for k in rest))
        saved = (shape, 1 if first else terms, divisor)
        return recorded(self, (x.node,), saved, y)

    def vjp(self, node: Node, gy: DeviceArray) -> Sequence[Any]:
        """gy, or its share, for every term."""
        shape, columns, divisor = node.saved
        gx = DeviceArray.empty(shape, gy.dtype.number)
        kernel(gpu().spread, divide).run(gy, columns, divisor, gx)
        return (gx,)


def product(
    a: DeviceArray, b: DeviceArray, transpose_a: bool = False, transpose_b: bool = False
) -> DeviceArray:
    """A B, of matrices or their transposes."""
    rows, inner = a.shape[::-1] if transpose_a else a.shape
    columns = b.shape[0] if transpose_b else b.shape[1]
    y = DeviceArray.empty((rows, columns), a.dtype.number)
    strides_a = (1, rows) if transpose_a else (inner, 1)
    strides_b = (1, inner) if transpose_b else (columns, 1)
    number: Any = a.dtype.number.type
    kernel(gpu().product, number).run_tiles(
        a.ravel(), *strides_a, b.ravel(), *strides_b, inner, y.grid(rows)
    )
    return y


class Product:
    """Y = A B + bias, with or without the bias; in the dtype of its inputs, as BLAS does."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, a: Any, b: Any, bias: Any = None) -> Tensor:
        number = next(x.dtype for x in (a, b, bias) if isinstance(x, CudaTensor))
        given = [on_device(self.name, x, number) for x in (a, b, bias) if x is not None]
        x: Any = given[0]._data
        w: Any = given[1]._data
        fits = x.ndim == 2 == w.ndim and x.shape[1] == w.shape[0]
        if not fits or any(t.shape != w.shape[1:] for t in given[2:]):
            shapes = " and ".join(str(t.shape) for t in given)
            raise ValueError(f"{self.name}: shapes {shapes} given on cuda; give matrices that fit")
        y = product(x, w)
        if bias is not None:
            shifted = DeviceArray.empty(y.shape, number)
            kernel(loops.forward, plus).run((y, given[2]._data), (), shifted)
            y = shifted
        nodes = tuple(t.node for t in given)
        return recorded(self, nodes, (x if nodes[1] else None, w if nodes[0] else None), y)

    def vjp(self, node: Node, gy: DeviceArray) -> Sequence[Any]:
        """(G B^T, A^T G, the sum of the rows of G)."""
        x, w = node.saved
        gx = None if w is None else product(gy, w, transpose_b=True)
        gw = None if x is None else product(x, gy, transpose_a=True)
        if len(node.parents) == 2:
            return gx, gw
        gb = summed(dsum_dx, gy, features=gy.shape[1]) if node.parents[2] else None
        return gx, gw, gb


def statistics_of(x: DeviceArray, power: Any = exp) -> tuple[DeviceArray, DeviceArray]:
    """exp(x - m) for each row, and its winner and rest, in the words of `kernels/rows.py`."""
    rows = x.shape[0]
    e = DeviceArray.empty(x.shape, DOUBLE).grid(rows)
    statistics = DeviceArray.empty((rows, 2), DOUBLE).grid(rows)
    kernel(exponentials, power).run(x, statistics, e)
    return e, statistics


class RowsOnGpu:
    """Softmax or log_softmax over the last axis, one thread for each row."""

    def __init__(self, name: str, forward: Any, part: Any, gradient: Any) -> None:
        self.name = name
        self.forward, self.part, self.gradient = forward, part, gradient

    def __call__(self, x: Any, axis: Axis = -1, mask: Any = None) -> Tensor:
        axes = axes_of(self.name, axis, x.shape)
        if mask is not None or axes != (x.ndim - 1,):
            raise ValueError(
                f"{self.name}: axis={axis}, mask={brief(mask)} asked on cuda of shape {x.shape}; "
                "it must be the last axis, without a mask"
            )
        array = x._data.grid(x.size // x.shape[-1])
        e, statistics = statistics_of(array, fitting(exp, x.dtype))
        y = DeviceArray.empty(x.shape, x.dtype).grid(array.shape[0])
        kernel(self.forward, fitting(self.part, x.dtype)).run(array, e, statistics, y)
        return recorded(self, (x.node,), (array, e, statistics), y.reshape(x.shape))

    def vjp(self, node: Node, gy: DeviceArray) -> Sequence[Any]:
        """The gradient of each row."""
        array, e, statistics = node.saved
        rows = array.shape[0]
        gx = DeviceArray.empty(array.shape, gy.dtype.number).grid(rows)
        kernel(self.gradient, fitting(divide, gy.dtype.number)).run(
            gy.grid(rows), e, statistics, gx
        )
        return (gx.reshape(gy.shape),)


def cross_entropy(logits: Any, labels: Any) -> Tensor:
    """The mean over the batch of -log softmax(logits)[label]."""
    x: Any = on_device(cross_entropy_rule.name, logits)
    which = labels_of(cross_entropy_rule.name, labels, x.shape)
    array = x._data.grid(x.shape[0])
    e, statistics = statistics_of(array)
    losses = DeviceArray.empty((x.shape[0],), DOUBLE)
    kernel(gpu().label_losses, log1p).run(array, which, statistics, losses)
    mean = summed(dsum_dx, losses, terms=float(losses.size))
    y = DeviceArray.empty((1,), x.dtype)
    kernel(loops.forward, same).run((mean,), (), y)
    return recorded(cross_entropy_rule, (x.node,), (e, statistics, which), y.reshape(()))


def cross_entropy_vjp(node: Node, gy: DeviceArray) -> Sequence[Any]:
    """gx = (p - one-hot of the label) gy / batch."""
    e, statistics, labels = node.saved
    gx = DeviceArray.empty(e.shape, gy.dtype.number)
    kernel(cross_entropy_gradient, divide).run(
        e, labels, statistics, 1.0 / labels.size, gx.grid(e.shape[0])
    )
    scaled_gx = DeviceArray.empty(e.shape, gy.dtype.number)  # gy is on the GPU, and stays there
    kernel(loops.forward, times).run((gx, gy), (), scaled_gx)
    return (scaled_gx,)


def same(x):  # type: ignore[no-untyped-def]
    """x."""
    return x


def labels_of(op: str, labels: Any, shape: tuple[int, ...]) -> DeviceArray:
    """The class of each row, checked and copied to the GPU."""
    given = np.asarray(labels.data if isinstance(labels, Tensor) else labels)
    if len(shape) != 2 or given.shape != shape[:1] or given.dtype.kind not in "iu":
        raise ValueError(
            f"{op}: logits of shape {shape} and labels of shape {given.shape} and {given.dtype} "
            "given; they must be (batch, classes) and (batch,), labels whole numbers"
        )
    if given.min() < 0 or given.max() >= shape[1]:
        raise ValueError(
            f"{op}: labels from {given.min()} to {given.max()} given for {shape[1]} classes; they "
            f"must be from 0 to {shape[1] - 1}"
        )
    return DeviceArray.of(given.astype(np.int64))


def reshape(x: Any, *shape: Any) -> Tensor:
    """The same numbers in another shape."""
    try:
        y = x._data.reshape(*shape)
    except (ValueError, TypeError):
        raise ValueError(f"reshape: shape {shape} asked of a tensor of shape {x.shape}") from None
    return recorded(reshape_rule, (x.node,), x.shape, y)


def transpose(x: Any, *axes: Any) -> Tensor:
    """Axes in the order that they have: others are for the CPU."""
    order = axes[0] if len(axes) == 1 and isinstance(axes[0], tuple | list) else axes
    if [*order] != [*range(x.ndim)]:
        raise ValueError(f"transpose: axes {tuple(order)} asked on cuda; bring it back with .cpu()")
    return x  # type: ignore[no-any-return]


def index(x: Any, where: Any) -> Tensor:
    """One number of each row: x[range(rows), columns]; other indices are for the CPU."""
    rows, columns = where if isinstance(where, tuple) and len(where) == 2 else ((), ())
    if x.ndim != 2 or not np.array_equal(rows, np.arange(x.shape[0])):
        raise IndexError(
            f"index: {brief(where)} asked on cuda of shape {x.shape}; there is only x[range(rows), "
            "columns], for the rest bring it back with .cpu()"
        )
    labels = labels_of("index", columns, x.shape)
    y = DeviceArray.empty(x.shape[:1], x.dtype)
    kernel(gpu().pick, times).run(x._data.grid(x.shape[0]), labels, y)
    return recorded(index_rule, (x.node,), (labels, x.shape), y)


def index_vjp(node: Node, gy: DeviceArray) -> Sequence[Any]:
    """gy where it came from, else 0."""
    labels, shape = node.saved
    gx = DeviceArray.empty(shape, gy.dtype.number)
    kernel(gpu().put_back, times).run(gy, labels, gx.grid(shape[0]))
    return (gx,)


reshape_rule = Rule("reshape", lambda node, gy: (gy.reshape(node.saved),))
index_rule = Rule("index", index_vjp)
cross_entropy_rule = Rule("softmax_cross_entropy", cross_entropy_vjp)
RULES: dict[str, Callable[..., Tensor]] = {
    "matmul": Product("matmul"),
    "affine": Product("affine"),
    "sum": Reduced("sum"),
    "mean": Reduced("mean"),
    "softmax": RowsOnGpu("softmax", softmax_forward, divide, softmax_gradient),
    "log_softmax": RowsOnGpu("log_softmax", log_softmax_forward, log1p, log_softmax_gradient),
    "softmax_cross_entropy": cross_entropy,
    "reshape": reshape,
    "transpose": transpose,
    "index": index,
}
