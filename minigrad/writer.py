"""The writer of programs: each node of a graph becomes lines of Python, see `program.py`.

The names in the lines are those of weights and ops; a gradient has the name of what it is for, with
`d_` before it, and `_laid` after a name means the same numbers in the shape that a loop reads.
"""

import math
import re
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import numpy as np

from .broadcasting import Shape
from .elementwise import Elementwise
from .kernels.kernel import TIMED_FROM, Kernel, products
from .kernels.loops import BLOCK
from .memory import FEW, empty
from .ops.linear_algebra import LARGE, affine, matmul
from .ops.shapes import Reshape
from .plans import EachElement, PassThrough, Plan, SumOverRows
from .tensor import Node, Tensor


class Unwritten(Exception):
    """Something in the graph has no lines here: the model runs as it always does."""


class Writer:
    """The lines so far, and the names in them."""

    def __init__(self, given: Tensor, weights: list[Tensor]) -> None:
        self.weights = weights
        self.scope: dict[str, Any] = {
            "empty": np.empty, "reused": empty, "add": np.add, "chosen": chosen,
            "float32": np.dtype("f4"), "float64": np.dtype("f8"), "products": products,
            "perf_counter": perf_counter,
        }  # fmt: skip
        self.shapes: dict[str, Shape] = {}
        self.dtype = given.dtype.name
        self.names: dict[Node, str] = {}
        self.lines: list[str] = []
        self.views: dict[tuple[str, Shape], str] = {}
        self.gradients: dict[Node, str] = {}
        self.wanted: set[Node] = set()  # nodes that lead to a weight
        # a weight, and the name of a gradient: of one that is used twice there are two, which the
        # graph adds up, with those of penalties
        self.shares: list[tuple[Node, str]] = []
        for tensor, name in [(given, "x"), *[(w, w.name or "weight") for w in weights]]:
            assert tensor.node is not None
            if tensor.dtype != given.dtype:
                raise Unwritten
            self.names[tensor.node] = self.new(name, tensor.shape)
        self.wanted |= {w.node for w in weights if w.node is not None}
        self.given = {*self.shapes}  # not ours to free

    def written(self, root: Node | None) -> str:
        """The lines that compute the output of `root`, and from its gradient those of weights."""
        nodes = in_order(root)
        for node in nodes:
            self.forward(node)
        arguments = [self.names[w.node] for w in self.weights if w.node is not None]
        assert root is not None
        forward, self.lines = self.lines, []
        known = {*self.shapes}
        gy = self.gradients[root] = self.new(f"d_{self.names[root]}", root.shape)
        for node in reversed(nodes):
            if node in self.wanted:
                self.backward(node)
        if {node for node, _ in self.shares} != {w.node for w in self.weights}:
            raise Unwritten  # the output does not depend on one
        found = [name for _, name in self.shares]
        read = set(re.findall(r"\w+", "\n".join(self.lines)))
        saved = [name for name in self.shapes if name in known & read]
        text = (
            f"def forward({', '.join(['x', *arguments])}):",
            *self.freeing(forward, {self.names[root], *saved}),
            f"    return {self.names[root]}, {tupled(saved)}",
            "",
            f"def backward({', '.join([gy, *saved])}):",
            *self.freeing(self.lines, {gy, *saved, *found}),
            f"    return {tupled(found)}",
        )
        return "\n".join(text)

    def freeing(self, lines: list[str], kept: set[str]) -> list[str]:
        """The lines, with `del` after the last use of a large array: the next takes its place."""
        last = {name: k for k, line in enumerate(lines) for name in re.findall(r"\w+", line)}
        found = []
        for k, line in enumerate(lines):
            found.append(line)
            used = dict.fromkeys(re.findall(r"\w+", line))
            large = [n for n in used if n in self.shapes and math.prod(self.shapes[n]) >= FEW]
            if done := [n for n in large if last[n] == k and n not in kept and n not in self.given]:
                found.append(f"    del {', '.join(done)}")
        return found

    def forward(self, node: Node) -> None:
        """The lines that compute a node's output."""
        if any(parent in self.wanted for parent in node.parents):
            self.wanted.add(node)
        if isinstance(node.op, Reshape):
            (x,) = self.inputs(node)
            self.names[node] = self.view(x, node.shape)
        elif isinstance(node.op, Elementwise):
            self.elementwise(node)
        elif node.op is affine or (
            node.op is matmul and len(node.saved[2]) == 2 == len(node.saved[3])
        ):
            self.product(node)
        else:
            raise Unwritten

    def backward(self, node: Node) -> None:
        """The lines that hand a node's gradient on to its parents."""
        gy = self.gradients[node]
        for k, parent in enumerate(node.parents):
            if parent not in self.wanted:
                continue
            if isinstance(node.op, Reshape):
                gx = self.view(gy, parent.shape)
            elif isinstance(node.op, Elementwise):
                gx = self.slope(node, k, gy)
            else:
                gx = self.product_gradient(node, k, gy)
            name = f"d_{self.names[parent]}"
            if parent.op is None:
                self.shares.append((parent, gx))
                continue
            if parent in self.gradients:
                total = self.new(name, parent.shape)
                self.write(f"{total} = add({self.gradients[parent]}, {gx})")
                gx = total
            self.gradients[parent] = gx

    def product(self, node: Node) -> None:
        """Y = X W, and with a bias Y = X W + b."""
        x, w, *b = self.inputs(node)
        self.note(x, w)
        product = self.names[node] = self.dot("product", x, w, node.shape)
        for bias in b:  # if there is one
            y = self.names[node] = self.array("affine", node.shape)
            kernel, _ = affine.kernels(np.dtype(self.dtype))
            self.run(kernel, math.prod(node.shape), f"({product}, {bias})", "()", y)

    def product_gradient(self, node: Node, k: int, gy: str) -> str:
        """dX = G W^T, dW = X^T G, db = the sum of the rows of G."""
        x, w, *b = self.inputs(node)
        if k == 2:
            _, kernel = affine.kernels(np.dtype(self.dtype))
            return self.sum_rows(kernel, gy, "()", "()", f"d_{b[0]}", self.shapes[b[0]])
        self.note(gy)
        if k == 0:
            return self.dot(f"d_{x}", gy, f"{w}.T", self.shapes[x])
        return self.dot(f"d_{w}", f"{x}.T", gy, self.shapes[w])

    def elementwise(self, node: Any) -> None:
        """y = f(x, ...), in the layout of its plan."""
        numbers, plan = node.numbers, node.plan
        y = self.array(plan.declaration.name, node.shape)
        self.names[node] = y
        operands, size = self.operands(node, plan), math.prod(node.shape)
        out = self.view(y, plan.laid)
        self.run(plan.kernel, size, tupled(operands), self.constant("numbers", numbers), out)

    def slope(self, node: Any, k: int, gy: str) -> str:
        """gx = df/dx gy, added up where x was shared by all rows."""
        numbers, plan = node.numbers, node.plan
        if plan.slopes[k] is None:
            raise Unwritten
        pull = plan.pullback(k)
        parent, size = node.parents[k], math.prod(node.shape)
        assert parent is not None
        if isinstance(pull, PassThrough):
            return self.view(gy, parent.shape)
        view = plan.layout.grid
        operands = self.operands(node, plan)
        operands.append(self.view(self.names[node], view))
        read = tupled([operands[i] for i in pull.operands])
        given = self.constant("numbers", tuple(numbers[i] for i in pull.numbers))
        rows, name = self.view(gy, view), f"d_{self.names[parent]}"
        if isinstance(pull, EachElement):
            gx = self.array(name, parent.shape)
            self.run(pull.kernel, size, rows, read, given, self.view(gx, view))
            return gx
        if isinstance(pull, SumOverRows) and pull.stretched is None:
            assert view is not None
            sums = self.sum_rows(pull.kernel, rows, read, given, name, view[-1:])
            return self.view(sums, parent.shape)
        raise Unwritten

    def operands(self, node: Node, plan: Plan) -> list[str]:
        """The inputs of an elementwise op as its loop reads them."""
        layout, found = plan.layout, []
        if plan.half or any(layout.stretched):
            raise Unwritten
        for k, name in enumerate(self.inputs(node)):
            if layout.roles[k] == "n":  # a number, which a program would have to take out of a box
                raise Unwritten
            found.append(self.view(name, layout.view(k)))
        return found

    def sum_rows(
        self, kernel: Kernel, gy: str, read: str, numbers: str, name: str, shape: Shape
    ) -> str:
        """The sums of a `gradient_features` kernel over the rows of gy, block by block."""
        rows, features = self.shapes[gy]
        blocks = self.new("blocks", (-(-rows // BLOCK), features))
        self.write(f"{blocks} = empty({self.shapes[blocks]})")
        sums = self.array(name, shape)
        self.run(kernel, rows * features, gy, read, numbers, sums, blocks)
        return sums

    def inputs(self, node: Node) -> list[str]:
        """The names of a node's inputs."""
        names = [self.names.get(parent) for parent in node.parents if parent is not None]
        if None in names or len(names) != len(node.parents):
            raise Unwritten
        return names  # type: ignore[return-value]

    def run(self, kernel: Kernel, size: int, *arguments: str) -> None:
        """A line that runs a kernel; on all cores where that is faster."""
        name = self.constant(kernel.name, kernel)
        run = f"{name}.run"
        if size >= TIMED_FROM:
            run = f"chosen({name}, {size})"
        self.write(f"{run}({', '.join(arguments)})")

    def note(self, *names: str) -> None:
        """Say that a matrix product comes for which BLAS uses several threads."""
        if sum(math.prod(self.shapes[name]) for name in names) > LARGE:
            self.write("products.last = perf_counter()")

    def array(self, name: str, shape: Shape) -> str:
        """The name of a new array, not yet filled."""
        found = self.new(name, shape)
        self.write(f"{found} = {self.empty(shape)}")
        return found

    def dot(self, name: str, a: str, b: str, shape: Shape) -> str:
        """The name of a matrix product."""
        found = self.new(name, shape)
        self.write(f"{found} = {a}.dot({b})")
        return found

    def empty(self, shape: Shape) -> str:
        """The call that makes an array."""
        return f"{'empty' if math.prod(shape) < FEW else 'reused'}({shape}, {self.dtype})"

    def view(self, name: str, shape: Shape | None) -> str:
        """The name of an array in another shape; None is as good as its own."""
        if shape is None or self.shapes[name] == shape:
            return name
        if (name, shape) not in self.views:
            view = self.views[name, shape] = self.new(f"{name}_laid", shape)
            self.write(f"{view} = {name}.reshape({shape})")
        return self.views[name, shape]

    def constant(self, name: str, value: Any) -> str:
        """A name for something that is the same in every run."""
        if value == ():
            return "()"
        for known, other in self.scope.items():
            if other is value:
                return known
        found = next(n for n in numbered(name) if n not in self.scope and n not in self.shapes)
        self.scope[found] = value
        return found

    def new(self, name: str, shape: Shape) -> str:
        """A name that is free, for an array of this shape."""
        name = re.sub(r"\W", "_", name, flags=re.ASCII)
        name = name if name[:1].isalpha() else f"_{name}"
        found = next(n for n in numbered(name) if n not in self.scope and n not in self.shapes)
        self.shapes[found] = shape
        return found

    def write(self, line: str) -> None:
        """One more line."""
        self.lines.append(f"    {line}")


def chosen(kernel: Kernel, size: int) -> Callable[..., None]:
    """What runs a kernel for so many elements: on one core or all."""
    return kernel.run if size < kernel.serial_below else kernel.run_long


def in_order(root: Node | None) -> list[Node]:
    """The nodes below root, and root, each after its parents; without leaves."""
    if root is None or root.op is None:
        raise Unwritten
    found, pending = {root}, [root]
    while pending:
        for parent in pending.pop().parents:
            if parent is not None and parent.op is not None and parent not in found:
                found.add(parent)
                pending.append(parent)
    return sorted(found, key=lambda node: node.number)


def tupled(names: list[str]) -> str:
    """The text of a tuple."""
    return f"({''.join(f'{name}, ' for name in names)})"


def numbered(name: str) -> Iterator[str]:
    """name, name_2, name_3, ..."""
    yield name
    k = 2
    while True:
        yield f"{name}_{k}"
        k += 1
