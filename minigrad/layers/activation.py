"""Activations as layers: any function, and one class for every declared activation.

The classes follow from the declarations, as all else does: `SoftShrink(threshold=0.5)` is a layer
because `soft_shrink(x, threshold=0.5)` is declared.  Where tensors of a declaration are learned,
the layer owns them: one for each feature.
"""

import inspect
import warnings
from collections.abc import Callable
from inspect import Parameter
from typing import Any

import numpy as np

from .. import activations
from ..activations import applied
from ..arrays import brief
from ..elementwise import Elementwise
from ..tensor import Tensor
from .layer import Layer, SameShape, Shape
from .modes import steady


class Activation(Layer):
    """Activation: f(x).

    Parameters
    ----------
    activation : a name in `minigrad.activations`, or a function of a Tensor that keeps its shape.

    >>> Activation("relu")([[-1.0, 2.0]])
    Tensor([[0., 2.]])
    """

    def __init__(self, activation: Any, **shared: Any) -> None:
        super().__init__(**shared)
        self.activation = activation_of(activation, self)

    @steady
    def call(self, x: Tensor) -> Tensor:
        """f(x)."""
        return applied(self.activation, x)


def activation_of(given: Any, owner: Layer) -> Callable[[Any], Any]:
    """An activation from what a layer was given; a warning if that is a layer itself."""
    found = activations.get(given)
    if isinstance(given, Layer):
        learns = "what it learns is shared by all layers that it is given to"
        warnings.warn(
            f"{owner.name}: the layer {given.name} is given as an activation; {learns}, so add it "
            "to the model as a layer of its own",
            UserWarning,
            stacklevel=3,
        )
    return found


class DeclaredActivation(SameShape):
    """What `layer_of` makes subclasses of: f(x) for a declared f, with the layer's numbers."""

    op: Elementwise
    settings: dict[str, Any]

    def __init__(self, *numbers: Any, **options: Any) -> None:
        declaration, settings = self.op.declaration, self.settings
        declared = {declaration.aliases.get(name, name): name for name in settings}
        own = {k: v for k, v in options.items() if declaration.aliases.get(k, k) in declared}
        super().__init__(**{k: v for k, v in options.items() if k not in own})
        given = dict(zip(settings, numbers, strict=False))
        if len(numbers) > len(settings) or given.keys() & own.keys():
            raise TypeError(f"{self.name}: {brief(numbers)} given; it takes {', '.join(settings)}")
        named = {declaration.aliases.get(k, k) for k in [*given, *own]}
        defaults = {
            name: value
            for name, value in settings.items()
            if declaration.aliases.get(name, name) not in named and value is not Parameter.empty
        }
        # what is missing, wrong or given twice under two names is an error of the declaration
        _, self.numbers = declaration.bind((None,), given | own | defaults)
        values = given | defaults
        values |= {declared[declaration.aliases.get(k, k)]: v for k, v in own.items()}
        for name, value in values.items():
            setattr(self, name, value if value is None or isinstance(value, bool) else float(value))

    @steady
    def call(self, x: Tensor) -> Tensor:
        """f(x)."""
        return self.op(x, *self.numbers)


class LearnedActivation(SameShape):
    """What `layer_of` makes subclasses of: f(x, a, ...) for a declared f that learns a, ...

    Each is a weight with one number for each feature, or fewer: see `shared_axes` of `PReLU`.
    """

    op: Elementwise

    def __init__(self, shared_axes: Any = None, **shared: Any) -> None:
        super().__init__(**shared)
        self.shared_axes = listed(shared_axes, self)

    def build(self, shape: Shape) -> None:
        """A weight for each learned tensor, starting from what the declaration says."""
        size = shared_shape(shape, self.shared_axes, self)
        starts = self.op.declaration.starts
        self.learned = tuple([self.add_weight(size, starts[k], name=k) for k in starts])

    @steady
    def call(self, x: Tensor) -> Tensor:
        """f(x, a, ...)."""
        return self.op(x, *self.learned)

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Whether each feature has its number; along shared axes any length will do."""
        if len(shape) != len(self.built_for or ()):
            return False
        return shared_shape(shape, self.shared_axes, self) == self.learned[0].shape


def layer_of(op: Elementwise, **settings: Any) -> type[Layer]:
    """The layer class of a declared activation; `settings`: its numbers, if not as declared.

    >>> from minigrad import activations
    >>> layer_of(activations.soft_shrink)(threshold=1.0)([-3.0, 0.5, 2.0])
    Tensor([-2.,  0.,  1.])
    """
    declaration, name = op.declaration, op.layer_name()
    text = inspect.cleandoc(declaration.formula.__doc__ or name)
    body: dict[str, Any] = {"op": op, "__doc__": text, "__module__": __name__}
    if len(declaration.inputs) > 1:
        return type(name, (LearnedActivation,), body)
    body["settings"] = settings or dict(declaration.numbers)
    parameters = [
        Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=value)
        for name, value in body["settings"].items()
    ]
    parameters.append(Parameter("shared", Parameter.VAR_KEYWORD))
    body["__signature__"] = inspect.Signature(parameters)
    return type(name, (DeclaredActivation,), body)


def listed(axes: Any, owner: Layer) -> list[int] | None:
    """`shared_axes` as a list of whole numbers, or None."""
    if axes is None:
        return None
    found = list(axes) if isinstance(axes, list | tuple) else [axes]
    if not all(isinstance(k, int | np.integer) and not isinstance(k, bool) for k in found):
        raise ValueError(
            f"{owner.name}: shared_axes={brief(axes)} given; it must be a whole number or a list "
            "of them, the axes along which one number is learned for all"
        )
    return [int(k) for k in found]


def shared_shape(shape: Shape, axes: list[int] | None, owner: Layer) -> Shape:
    """The shape of what is learned for inputs of `shape`: no batch, and 1 along shared axes."""
    lengths = list(shape[1:])
    places = [k % len(shape) if -len(shape) <= k < len(shape) else 0 for k in axes or []]
    if 0 in places or len(set(places)) != len(places):
        raise ValueError(
            f"{owner.name}: shared_axes={axes} given for inputs of shape {shape}; name axes from "
            f"1 to {len(shape) - 1}, each once: axis 0 is the batch"
        )
    for k in places:
        lengths[k - 1] = 1
    return tuple(lengths)


# As in Keras: its numbers come in another order than the function's, and the function takes
# thresholds below 0 too.
class ReLU(layer_of(activations.relu, max_value=None, negative_slope=0.0, threshold=0.0)):  # type: ignore[misc]
    """ReLU: min(x, max_value) for x > threshold, negative_slope (x - threshold) otherwise."""

    def __init__(self, *numbers: Any, **options: Any) -> None:
        super().__init__(*numbers, **options)
        if self.threshold < 0:
            raise ValueError(
                f"{self.name}: threshold={self.threshold!r} given; a layer's must be 0 or more, "
                "the function activations.relu takes others"
            )


class Softmax(SameShape):
    """Softmax: exp(x) / sum of exp(x) along the axis.

    Parameters
    ----------
    axis : the axis, or a list of axes that are normalised together.

    Called with `mask=`, an array of booleans, it gives 0 where the mask is False.

    >>> Softmax()([[1.0, 2.0, 3.0]], mask=[[True, True, False]])
    Tensor([[0.26894143, 0.7310586 , 0.        ]])
    """

    def __init__(self, axis: Any = -1, **shared: Any) -> None:
        super().__init__(**shared)
        self.axis = axis

    @steady
    def call(self, x: Tensor, mask: Any = None) -> Tensor:
        """Probabilities."""
        return activations.softmax(x, self.axis, mask)


# The layer's slope is that of Keras from its beginning; the function's, 0.2, that of Keras 3.
LeakyReLU = layer_of(activations.leaky_relu, negative_slope=0.3)
FROM_DECLARATIONS: dict[str, type[Layer]] = {
    op.layer_name(): layer_of(op)
    for op in activations.every().values()
    if op is not activations.prelu  # which has a layer with more to choose
} | {"ReLU": ReLU, "LeakyReLU": LeakyReLU}
