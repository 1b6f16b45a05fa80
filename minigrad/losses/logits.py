"""Logits: what went into a softmax or a sigmoid, found again in the graph.

A probability close to 1 has lost the digits that its logarithm needs, and one that is rounded to 0
has lost its gradient.  The logit before it has both.  The node of `y = softmax(x)` has kept x, so a
cross-entropy of y can be computed from x.  The gradient then goes to x without passing y: `y.grad`
stays None.  Without a node, as inside `no_grad()`, there is nothing to be found.
"""

from ..activations import sigmoid
from ..arrays import Array, rounded
from ..ops.softmax import softmax
from ..tensor import Node, Tensor, adopt


def before_sigmoid(y: Tensor) -> Tensor | None:
    """The x of y = sigmoid(x), or None if y was made otherwise."""
    node = y.node
    if node is None or node.op is not sigmoid or node.saved is None:
        return None
    x, *_ = node.saved
    return in_graph(x.reshape(y.shape), y, node)


def before_softmax(y: Tensor, axis: int) -> Tensor | None:
    """The x of y = softmax(x) along `axis`, with no mask, or None if y was made otherwise."""
    node = y.node
    if node is None or node.op is not softmax or node.saved is None:
        return None
    rows, plan, mask = node.saved
    if mask is not None or plan.axes != (axis,):
        return None
    return in_graph(plan.put_back(rows), y, node)


def in_graph(x: Array, y: Tensor, node: Node) -> Tensor:
    """The array x as the Tensor that y was computed from."""
    tensor = adopt(rounded(x, y.dtype))
    tensor.node = node.parents[0]
    return tensor
