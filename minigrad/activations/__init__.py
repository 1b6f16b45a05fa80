"""The one place: every activation, with its slopes, kinks and source.

    rectifiers.py     straight lines that meet at kinks: relu, prelu, hard_sigmoid
    exponentials.py   a line and an exponential: elu, selu, pelu
    smooth.py         no kink at all: sigmoid, tanh, gelu, mish
    shrink.py         exactly 0 on a whole stretch: soft_shrink, sparse_plus

What is not elementwise has kernels of its own, in `ops/`: softmax and its kin look at a whole row,
glu and maxout pair elements up.

A formula is written as the paper has it, for one number, and made stable where the paper's form
overflows or cancels.  Slopes are computed from x, not from the rounded result, which is too coarse
in the tails.  `scaled(a, b)` is a b, but exactly +0 where a is 0, even for an infinite b.
"""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .. import configs
from ..arrays import brief
from ..elementwise import Elementwise
from ..ops.gates import crelu, glu, maxout
from ..ops.softmax import log_softmax, softmax_of_rows, softmin
from ..ops.sparsemax import sparsemax
from ..tensor import Tensor
from . import exponentials, rectifiers, shrink, smooth

FAMILIES = rectifiers, exponentials, smooth, shrink


def linear(x: Any) -> Any:
    """Linear: x itself, unchanged; what `None` means.

    >>> linear(3)
    3
    """
    return x


def softmax(x: Any, axis: Any = -1, mask: Any = None) -> Tensor:
    """Softmax: exp(x) / sum of exp(x) along the axis, or over several axes together.

    ValueError for x with a single axis: a batch of one example is (1, classes).  `ops.softmax`
    takes that too.

    >>> softmax([[1.0, 2.0, 3.0]])
    Tensor([[0.09003057, 0.24472848, 0.66524094]])
    """
    return softmax_of_rows(x, axis, mask)


def declared(module: ModuleType) -> dict[str, Elementwise]:
    """The ops that a module declares by name, in its order; no partials."""
    ops = [op for op in vars(module).values() if isinstance(op, Elementwise)]
    slopes = {df for op in ops for df in op.partials.values()}
    return {op.name: op for op in ops if op not in slopes and op.__module__ == module.__name__}


def every() -> dict[str, Elementwise]:
    """The elementwise activations by name, in the order of declaration."""
    return {name: op for module in FAMILIES for name, op in declared(module).items()}


def named() -> dict[str, Callable[..., Any]]:
    """What an activation's name can be: those of one tensor, also by their other names."""
    found: dict[str, Callable[..., Any]] = {"linear": linear, "softmax": softmax}
    found |= {f.name: f for f in (log_softmax, softmin, sparsemax, glu, crelu)}
    for name, op in every().items():
        if op.takes_one():
            found |= dict.fromkeys((name, *op.declaration.also), op)
    return found


def get(activation: Any) -> Callable[[Any], Any]:
    """An activation by its name, in any case, by its layer's name, by its config, or as it is.

    None means `linear`.  Raises ValueError for what is unknown, with the nearest name.

    >>> get("relu") is get("ReLU") is relu
    True
    >>> get("swish")
    <op silu(x)>
    """
    if activation is None:
        return linear
    if isinstance(activation, str):
        known = named()
        op = every().get(activation.lower())
        if op is not None and op.name not in known:
            raise ValueError(needs_more(op))
        return configs.lookup("activation", activation, known)  # type: ignore[no-any-return]
    if isinstance(activation, Mapping):
        from .. import layers  # a config may be of a layer, and layers need activations

        return layers.deserialize(activation)
    if callable(activation):
        found: Callable[[Any], Any] = activation
        return found
    raise ValueError(
        f"activation: {brief(activation)} given; it must be a name such as 'relu', a "
        "function of a Tensor, a config, or None"
    )


def needs_more(op: Elementwise) -> str:
    """Why an op cannot be an activation by its name alone."""
    learned = op.declaration.inputs[1:]
    if learned:
        needs, instead = f"learns {', '.join(learned)}", f"add layers.{op.layer_name()}()"
    else:
        needs, instead = "needs more than x", f"give a function: lambda x: {op.name}(x, ...)"
    return f"activation: {op.name!r} given, which {needs}; {instead}"


def serialize(activation: Any) -> Any:
    """The name of an activation, its own even if it was given another; a layer's config.

    >>> serialize(get("swish"))
    'silu'
    """
    return configs.serialize(activation)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The activation that `serialize` was called on.

    >>> deserialize("silu") is silu
    True
    """
    if not isinstance(config, str | Mapping):
        raise ValueError(f"activation: config {brief(config)} given; a name or a dict")
    with configs.custom_objects(custom_objects or {}):
        return get(config)


def applied(activation: Callable[[Any], Any], x: Tensor) -> Tensor:
    """activation(x), which must be a Tensor like x if the function is not one of minigrad's."""
    if isinstance(activation, Elementwise) or activation is linear:
        return activation(x)
    name = getattr(activation, "__name__", None) or getattr(activation, "name", repr(activation))
    try:
        y = activation(x)
    except TypeError as error:
        if "ufunc" not in str(error):
            raise
        raise TypeError(
            f"activation: {name} is NumPy's, which records no gradient; use the function of that "
            "kind in minigrad.activations or minigrad.ops"
        ) from None
    if not isinstance(y, Tensor):
        raise TypeError(f"activation: {name} returned {type(y).__name__}; it must return a Tensor")
    if getattr(activation, "__module__", "").startswith("minigrad."):
        return y
    if y.shape != x.shape or y.dtype != x.dtype:
        raise ValueError(
            f"activation: {name} made shape {y.shape} and dtype {y.dtype} of {x.shape} and "
            f"{x.dtype}; an activation keeps both, so write a layer for what does not"
        )
    return y


# What the families declare is here by name, and by its other names: `activations.swish`.
globals().update(every() | {name: op for op in every().values() for name in op.declaration.also})
if TYPE_CHECKING:

    def __getattr__(name: str) -> Elementwise: ...


__all__ = [
    "applied", "crelu", "declared", "deserialize", "every", "get", "glu", "linear", "log_softmax",
    "maxout", "named", "serialize", "softmax", "softmin", "sparsemax",
]  # fmt: skip
__all__ += list(every())
