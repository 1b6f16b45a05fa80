"""Tensors on the GPU: the same graph, with the numbers in another memory.

A `Tensor` is on the CPU.  `CudaTensor` is one whose `_data` is a `DeviceArray`; ops, which look
for plain Tensors first, hand what they are given to its `run`.  `.data`, `.grad` and `.numpy()`
copy to the CPU; nothing else does.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array, canonical
from ..elementwise import Elementwise
from ..tensor import Leaf, Node, Tensor, adopt, record
from .array import DeviceArray, gpu

DEVICES = "cpu", "cuda"


class CudaTensor(Tensor):
    """A Tensor on the GPU; make it with `Tensor(numbers, device="cuda")` or `x.to("cuda")`."""

    __slots__ = ()

    device = "cuda"

    @property
    def data(self) -> Array:
        """The numbers, copied to the CPU.  Assign to replace them all."""
        return host(self._data)

    @data.setter
    def data(self, values: Any) -> None:
        Tensor.data.fset(self, values)  # type: ignore[attr-defined]

    @property
    def grad(self) -> Array | None:
        """dL/d(self) after `backward`, copied to the CPU; None before."""
        gradient = None if self.node is None else self.node.gradient
        return None if gradient is None else host(gradient)

    @grad.setter
    def grad(self, gradient: ArrayLike | None) -> None:
        Tensor.grad.fset(self, gradient)  # type: ignore[attr-defined]

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32 or float64."""
        return self._data.dtype.number  # type: ignore[attr-defined, no-any-return]

    def replace(self, array: Any) -> None:
        """Take over `array`, from wherever it is."""
        super().replace(self._placed(array))

    def item(self) -> float:
        """The only element as a Python float, copied to the CPU."""
        return adopt(self.data).item()

    def backward(self, gradient: ArrayLike | None = None, retain_graph: bool = False) -> None:
        """As on the CPU; `gradient` may be on either device."""
        given = gradient.data if isinstance(gradient, CudaTensor) else gradient
        super().backward(given, retain_graph)

    def detach(self) -> Tensor:
        """The same numbers, outside of the graph."""
        return on_gpu(adopt(self._data))

    def run(self, op: Any, *arguments: Any) -> Any:
        """What `op` computes of these arguments, this tensor among them."""
        from .ops import RULES, elementwise

        if isinstance(op, Elementwise):
            return elementwise(op, *arguments)
        if op.name not in RULES:
            raise TypeError(
                f"{op.name}: not available on cuda; bring its inputs back with .cpu(), there are "
                f"the declared activations, {', '.join(RULES)}"
            )
        return RULES[op.name](*arguments)

    def _placed(self, array: Any) -> Any:
        return array if isinstance(array, DeviceArray) else DeviceArray.of(array)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return adopt(self.data).__array__(dtype, copy)

    def __repr__(self) -> str:
        shown = adopt(self.data)
        shown.node = self.node
        return f"{shown!r}"[:-1] + ", device='cuda')"


class Move:
    """The way to another device; on the way back the gradient goes the other way."""

    def __init__(self, device: str) -> None:
        self.name = f"to_{device}"
        self.device = device

    def __call__(self, x: Tensor) -> Tensor:
        if x.device == self.device:
            return x
        if self.device == "cpu":
            return record(self, (x.node,), None, host(x._data))
        return on_gpu(record(self, (x.node,), None, DeviceArray.of(x._data)))  # type: ignore[arg-type]

    def vjp(self, node: Node, gy: Any) -> Sequence[Any]:
        """gx = gy."""
        return (DeviceArray.of(gy) if self.device == "cpu" else host(gy),)


MOVES = {device: Move(device) for device in DEVICES}


def to(x: Tensor, device: str) -> Tensor:
    """The same numbers on another device; gradients flow back.

    >>> to(Tensor([1.0]), "cpu")
    Tensor([1.])
    """
    return MOVES[known(device)](x)


def move(x: Tensor, device: str) -> None:
    """Move a leaf itself, with its gradient: whoever knows it finds it where it is now."""
    if known(device) == x.device:
        return
    node = x.node
    if node is not None and not isinstance(node, Leaf):
        raise ValueError(f"to: the output of {node.op.name} given; only leaves can be moved")  # type: ignore[union-attr]
    put: Any = DeviceArray.of if device == "cuda" else host
    array = put(x._data)
    gradient = None if node is None or node.gradient is None else put(node.gradient)
    x._data = array
    x.__class__ = CudaTensor if device == "cuda" else Tensor
    if node is not None:
        node.gradient = gradient
        node.value = None if node.value is None else array


def known(device: str) -> str:
    """A device that there is; where cuda cannot run, an error says what is missing."""
    if device not in DEVICES:
        raise ValueError(f"device: {device!r} given; it must be 'cpu' or 'cuda'")
    if device == "cuda":
        gpu()
    return device


def host(array: Any) -> Array:
    """An array on the CPU, canonical."""
    return canonical(array.host())


def on_gpu(tensor: Tensor) -> Tensor:
    """A tensor whose array is on the GPU, as one that knows it."""
    tensor.__class__ = CudaTensor
    return tensor
