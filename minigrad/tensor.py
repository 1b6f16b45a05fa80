"""The graph: every Tensor that needs a gradient has a Node, and each Node remembers its parents.

    w.node ---.
               mul.node <--- add.node <--- loss.node        built by computing, left to right
    x.node ---'                 /
    b.node --------------------'

`loss.backward()` walks the nodes from right to left.  A node receives gy = dL/dy, the gradient of
the loss L with respect to its output y, and its op turns gy into gx = dL/dx for each parent: the
vector-Jacobian product, `op.vjp(node, gy)`.  That is the chain rule.  A node that was used several
times receives several gradients, which add up; since the walk goes from new nodes to old ones, it
has them all when its turn comes.

This file needs nothing but NumPy.  What the ops compute is in `activations/` and `ops/`;
`operators.py` gives Tensor its `+`, `*`, `@` and methods, in one table.
"""

import itertools
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .arrays import DEFAULT_FLOAT, Array, canonical, read_only
from .grad_mode import is_grad_enabled, tokens, tracing
from .memory import empty, own

new = object.__new__
next_number = itertools.count().__next__

# An array of up to this many elements stays in the graph after backward, to be looked at.
SEEN_SIZE = 1024


class Op(Protocol):
    """What a node needs of the operation that made it."""

    @property
    def name(self) -> str:
        """The name that drawings and errors use."""

    def vjp(self, node: "Node", gy: Array) -> Sequence[Array | None]:
        """gx for each parent, of its shape and dtype; None for a parent that is None.

        Each is `gy` itself, a view of it, or a fresh array, and C-contiguous: kernels rely on it.
        """


class Node:
    """One recorded operation.

    op        the operation; None for a leaf, see `Leaf`
    parents   a Node for each input of the op; None where the input needs no gradient
    saved     what `op.vjp` needs, chosen by the op; freed by backward, unless `value` is kept
    value     y itself, if y and `saved` are small, or traced; for looking at, not for computing
    gradient  dL/dy of the last backward, kept if `value` is
    spent     whether backward has been here: a second time needs retain_graph=True
    number    larger for every newer node
    """

    __slots__ = ("_shape", "gradient", "number", "op", "parents", "saved", "spent", "value")

    op: Op | None
    parents: "tuple[Node | None, ...]"
    saved: Any
    value: Array | None
    gradient: Array | None
    spent: bool
    number: int
    _shape: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the output y."""
        return self._shape if self.value is None else self.value.shape


class Leaf(Node):
    """An input that wants a gradient: where the graph begins.  Its gradients add up."""

    __slots__ = ("name",)

    def __init__(self, value: Array, name: str = "") -> None:
        self.op, self.parents, self.saved, self.spent = None, (), None, False
        self.gradient = None
        self.name = name
        look_at(self, value)


class Tensor:
    """An array of numbers that remembers how it was computed.

    Parameters
    ----------
    data : numbers, nested lists, an array or a Tensor; copied.  float16, float32 and float64
        arrays keep their dtype; everything else that is real becomes float32.
    requires_grad : whether `backward` shall compute a gradient for it.
    dtype : another dtype than the above.
    name : what drawings and errors call it, if it requires a gradient.
    device : "cpu", or "cuda" for the memory of a GPU.

    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    array([2., 4.], dtype=float32)
    """

    __slots__ = ("__weakref__", "_data", "node")
    device = "cpu"  # "cuda" for a tensor of `minigrad.cuda`
    __array_ufunc__ = None  # array + tensor is for Tensor.__radd__, not for NumPy's loops

    def __init__(
        self,
        data: "ArrayLike | Tensor",
        requires_grad: bool = False,
        dtype: DTypeLike | None = None,
        name: str = "",
        device: str = "cpu",
    ) -> None:
        self._data: Array = canonical(data, dtype, copy=True)
        self.node: Node | None = Leaf(self._data, name) if requires_grad else None
        if device != "cpu":
            self._move(device)

    @property
    def data(self) -> Array:
        """The numbers, read-only: a graph may still need them.  Assign to replace them all."""
        return read_only(self._data)

    @data.setter
    def data(self, values: "ArrayLike | Tensor") -> None:
        if self.node is not None and self.node.op is not None:
            raise ValueError(
                f"data: this tensor is the output of {self.node.op.name}, and its graph relies on "
                "it; compute a new tensor, or assign to the data of a leaf"
            )
        array = canonical(values, self.dtype, copy=True)
        if array.shape != self.shape:
            raise ValueError(f"data: shape {array.shape} given for a tensor of shape {self.shape}")
        self.replace(array)

    def replace(self, array: Array) -> None:
        """Take over `array`, canonical and of the same shape and dtype: how optimizers update."""
        self._data = array
        if self.node is not None and self.node.value is not None:
            self.node.value = array

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow through this tensor: whether it has a node."""
        return self.node is not None

    @property
    def grad(self) -> Array | None:
        """dL/d(self) after `backward`, read-only; None before.  Assign None to start again.

        For a leaf it adds up over backward calls.  For a result in between it is the last one,
        kept for small arrays (up to 1,024 elements) and inside `trace()`.
        """
        if self.node is None or self.node.gradient is None:
            return None
        return read_only(self.node.gradient)

    @grad.setter
    def grad(self, gradient: ArrayLike | None) -> None:
        if self.node is None:
            raise ValueError("grad: this tensor was made without requires_grad=True")
        if gradient is not None:
            gradient = seed_gradient(gradient, self).copy()
        self.node.gradient = gradient

    @property
    def name(self) -> str:
        """What drawings and errors call it."""
        return self.node.name if isinstance(self.node, Leaf) else ""

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """float16, float32 or float64."""
        return self._data.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._data.size

    def numpy(self) -> Array:
        """The numbers as a read-only NumPy array; `.copy()` it to change it."""
        return self.data

    def item(self) -> float:
        """The only element as a Python float."""
        if self.size != 1:
            raise ValueError(f"item: a tensor of shape {self.shape} is not a single number")
        return float(self._data.reshape(()))

    def detach(self) -> "Tensor":
        """The same numbers, outside of the graph.

        >>> x = Tensor([1.0, 2.0], requires_grad=True)
        >>> (x * x.detach()).sum().backward()
        >>> x.grad
        array([1., 2.], dtype=float32)
        """
        return adopt(self._data)

    def backward(self, gradient: ArrayLike | None = None, retain_graph: bool = False) -> None:
        """Compute dL/dx for every leaf x that this tensor L depends on, and add it to `x.grad`.

        Parameters
        ----------
        gradient : array of this tensor's shape, where L is not a single number: the gradient of
            something further on with respect to L.
        retain_graph : keep what the graph saved, so that backward can be called again.

        If anything fails, no gradient is written anywhere; the graph is spent as far as it came.
        """
        if self.node is None:
            raise ValueError(
                "backward: nothing here requires a gradient; make a tensor with "
                "requires_grad=True, and compute outside of no_grad()"
            )
        seed = seed_gradient(gradient, self)
        with np.errstate(over="ignore", invalid="ignore"):  # inf and nan speak for themselves
            leaves, between = gradients(self.node, seed, retain_graph)
            for leaf, gy in leaves.items():
                if leaf.gradient is not None:
                    leaves[leaf] = add_up(leaf.gradient, gy)
        for node, gy in itertools.chain(between.items(), leaves.items()):
            node.gradient = gy

    if TYPE_CHECKING:  # what operators.py adds, for those who check types

        def _of_two(self, other: Any) -> "Tensor": ...
        def _of_one(self) -> "Tensor": ...
        def _method(self, *arguments: Any, **options: Any) -> "Tensor": ...

        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = _of_two
        __rtruediv__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = __getitem__ = _of_two
        __neg__ = __abs__ = exp = log = sqrt = flatten = _of_one
        sum = mean = max = min = clip = reshape = transpose = to = cpu = run = _move = _method

    def _placed(self, array: Array) -> Array:
        """An array where this tensor's own numbers are."""
        return array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if copy is False:
            raise ValueError("array: NumPy gets a copy of a tensor, copy=False cannot be had")
        return np.array(self._data, dtype)

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len: a tensor of shape () is a single number")
        return self.shape[0]

    def __float__(self) -> float:
        return self.item()

    def __format__(self, spec: str) -> str:
        """One number as a float has it, in f"{loss:.3f}"; without a format, what print shows."""
        return format(self.item(), spec) if spec else str(self)

    def __bool__(self) -> bool:
        return bool(self.item())

    def __repr__(self) -> str:
        numbers = np.array2string(self._data, separator=", ", prefix="Tensor(", threshold=100)
        dtype = "" if self.dtype == DEFAULT_FLOAT else f", dtype={self.dtype}"
        if self.node is None:
            return f"Tensor({numbers}{dtype})"
        made = "requires_grad=True" if self.node.op is None else f"op={self.node.op.name}"
        return f"Tensor({numbers}{dtype}, {made})"


def gradients(
    root: Node, seed: Array, retain_graph: bool = False
) -> tuple[dict[Node, Array], dict[Node, Array]]:
    """dL/dx for each leaf below `root`, and for each small or traced node in between.

    The newest node comes first: a node is made after its parents, so by the time it is the newest
    one left, all its uses have given their share.  There is no recursion, and a graph may be as
    deep as memory allows.
    """
    if root.op is None:
        return {root: seed}, {}
    pending = {root: seed}
    newest = [(-root.number, root)]
    leaves: dict[Node, Array] = {}
    between: dict[Node, Array] = {}
    while newest:
        node = heappop(newest)[1]
        if node.spent:
            raise ValueError(
                f"backward: it has been through {node.op.name} of shape {node.shape} before, and "  # type: ignore[union-attr]
                "what that saved is gone; compute the loss again, or pass retain_graph=True to the "
                "first backward"
            )
        gy = pending.pop(node)
        pulled = node.op.vjp(node, gy)  # type: ignore[union-attr]  # a leaf is never in the heap
        for k, parent in enumerate(node.parents):
            if parent is None:
                continue
            gx: Array = pulled[k]  # type: ignore[assignment]
            if parent.op is None:
                leaves[parent] = add_up(leaves[parent], gx) if parent in leaves else own(gx, gy)
            elif parent in pending:
                pending[parent] = add_up(pending[parent], gx)
            else:
                pending[parent] = gx
                heappush(newest, (-parent.number, parent))
        node.spent = not retain_graph
        if node.value is not None:
            between[node] = gy
        elif not retain_graph:
            node.saved = None
    return leaves, between


def add_up(total: Array, gradient: Array) -> Array:
    """The sum so far and one more gradient, in a new array."""
    if isinstance(total, np.ndarray | np.generic):
        return np.add(total, gradient, out=empty(total.shape, total.dtype))
    return total + gradient  # on another device


def seed_gradient(gradient: Any, tensor: Tensor) -> Array:
    """Where backward starts: 1 for a loss, or what was given, copied if a node or leaf keeps it."""
    if gradient is None:
        if tensor.size != 1:
            raise ValueError(
                f"backward: a tensor of shape {tensor.shape} is not a single number; take its "
                "sum() or mean(), or pass gradient= of that shape"
            )
        return tensor._placed(np.array(1.0, tensor.dtype).reshape(tensor.shape))
    # a gradient is only read, unless it is kept: in a leaf, or where it can be looked at
    kept = tensor.node is None or tensor.node.op is None or tensor.node.value is not None
    seed = canonical(gradient, tensor.dtype, copy=kept)
    if seed.shape != tensor.shape:
        raise ValueError(f"gradient: shape {seed.shape} given for a tensor of shape {tensor.shape}")
    return tensor._placed(seed)


def record(
    op: Op,
    parents: "tuple[Node | None, ...]",
    saved: Any,
    y: Array,
    size: int = 0,
    kind: Any = Node,
) -> Tensor:
    """The output y of an op as a Tensor, with a Node if gradients can flow through it.

    `size` is that of the largest array in `saved`, if it may be larger than y; `kind` is the class
    of the node, for an op that notes more in it.  This is where every node but a leaf is made, and
    it is on the path of every op: plain stores, and no call that can be spared.
    """
    tensor = new(Tensor)
    tensor._data = y
    if (parents[0] is None and not any(parents)) or (tokens() and not is_grad_enabled()):
        tensor.node = None
        return tensor
    tensor.node = node = kind()
    node.op = op
    node.parents = parents
    node.saved = saved
    node.gradient = None
    node.spent = False
    node.number = next_number()
    if y.size <= SEEN_SIZE and size <= SEEN_SIZE:
        node.value = y
    else:
        look_at(node, y, size)
    return tensor


def look_at(node: Node, y: Array, size: int = 0) -> None:
    """Keep y in the node if all is small or traced; else only its shape."""
    node._shape = y.shape
    node.value = y if max(y.size, size) <= SEEN_SIZE or tracing() else None


def elsewhere(x: Any) -> TypeGuard[Tensor]:
    """Whether x is a tensor on another device: it computes there, by its `run(op, ...)`."""
    return type(x) is not Tensor and isinstance(x, Tensor)


def adopt(array: Array) -> Tensor:
    """A constant Tensor around a canonical array that nobody will change: no copy, no checks."""
    tensor = new(Tensor)
    tensor._data = array
    tensor.node = None
    return tensor
