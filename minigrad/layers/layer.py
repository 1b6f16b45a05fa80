"""A layer: a function of Tensors that owns weights, made when it first sees an input.

Subclass it: `build` makes the weights for an input shape, `call` computes with them.  A layer may
own other layers, as attributes; their weights are its own too.

    layer(array or Tensor)   computes
    layer(Symbol)            describes: the result is a Symbol for `Model`, see `symbol.py`
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from inspect import Parameter, signature
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .. import constraints, initializers, regularizers
from ..arrays import DEFAULT_FLOAT, Array, brief, canonical
from ..casting import cast
from ..configs import Configured, argument_names, plain
from ..ops import div
from ..random import Seed, generator
from ..tensor import Tensor, adopt
from .given import float_dtype, name_layer, snake_case
from .modes import is_training, training
from .restoring import room
from .symbol import Symbol, example_shape, symbolic, traced_shape

Shape = tuple[int | None, ...]
# Attributes of these types hold no layers.
SIMPLE = {type(None), bool, int, float, str, set, Tensor, np.random.Generator, type(DEFAULT_FLOAT)}


class Layer(Configured):
    """Layer: what all layers share.

    Parameters
    ----------
    name : what summaries, errors and saved files call it; made of the class name if not given.
    trainable : whether training changes its weights.
    dtype : of its weights and results; inputs of other floats are converted.
    seed : of the random numbers that weights start from, and that Dropout draws.
    activity_regularizer : a penalty on its output, averaged over the batch.
    input_shape, input_dim : for the first layer of a model, the shape of an example.

    >>> class Scale(Layer):
    ...     def build(self, shape):
    ...         self.factor = self.add_weight(shape=shape[1:], initializer="ones")
    ...     def call(self, x):
    ...         return self.factor * x
    >>> Scale()([[1.0, 2.0]])
    Tensor([[1., 2.]], op=mul)
    """

    changes = 0  # to what any layer is: programs that were written before are out of date
    device = "cpu"  # see `Model.to`

    def __init__(
        self,
        name: str | None = None,
        trainable: bool = True,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
        activity_regularizer: Any = None,
        input_shape: tuple[int | None, ...] | None = None,
        input_dim: int | None = None,
        **unknown: Any,
    ) -> None:
        if unknown:
            raise TypeError(keyword_error(type(self), unknown))
        self.named = bool(name)  # by the user: a model may not number it
        self.name: str = name or snake_case(type(self).__name__)
        self.trainable = trainable
        self.dtype = float_dtype(self.name, dtype)
        self.seed = seed
        self.rng = generator(seed)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        shape = input_shape if input_dim is None else (input_dim,)
        self.input_shape = None if shape is None else example_shape(self.name, shape)
        self.built_for: Shape | None = None
        self.own_weights: list[Tensor] = []
        self.regularized: dict[Tensor, Callable[[Tensor], Tensor]] = {}
        self.constrained: dict[Tensor, Callable[[Array], Array]] = {}
        self.frozen: set[Tensor] = set()  # weights that training never changes
        self.added_losses: list[Tensor] = []
        self._last: Any = None  # the shape of the last input that was checked
        self._takes_training = "training" in signature(self.call).parameters

    def __getattr__(self, name: str) -> Any:
        if "own_weights" not in vars(self):
            raise AttributeError(
                f"{type(self).__name__}: call super().__init__() at the beginning of __init__; "
                f"without it there is no {name!r}"
            )
        raise AttributeError(f"{self.name}: a {type(self).__name__} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name[0] != "_":
            Layer.changes += 1
        object.__setattr__(self, name, value)

    def build(self, shape: Any) -> None:
        """Make the weights for inputs of this shape; its first axis is the batch."""

    def call(self, x: Any) -> Any:
        """The layer's output."""
        raise TypeError(f"{self.name}: a layer must define call(self, x)")

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Whether weights that were made for `built_for` can be used for this shape."""
        if not self.own_weights or self.built_for is None:
            return True
        known = self.built_for[1:]
        return len(shape) == len(known) + 1 and all(
            a == b or a is None or b is None for a, b in zip(known, shape[1:], strict=True)
        )

    def __call__(self, x: Any, *others: Any, **options: Any) -> Any:
        try:
            special = options or self._takes_training or self.activity_regularizer
            if type(x) is Tensor and not special:  # most often as the last time: the shortest way
                data = x._data
                if data.shape == self._last and data.dtype is self.dtype:
                    return self.call(x, *others)
            if type(x) is not Tensor:
                if symbolic(x):
                    return Symbol.of(self, x, others, options)
                x = self._given(x)
            elif x._data.dtype != self.dtype:
                x = cast(x, self.dtype)
            shape: Any = x.shape if isinstance(x, Tensor) else [t.shape for t in x]
            if self.built_for is None:
                self.build_for(shape)
            elif shape != self._last:
                self.check(shape)
            self._last = shape
            mode = options.pop("training", None) if options else None
            if mode is not None and bool(mode) != is_training():
                with training(bool(mode)):
                    return self(x, *others, **options)
            if self._takes_training:
                options["training"] = is_training()
            y = self.call(x, *others, **options)
            if y is None or isinstance(y, np.ndarray):  # an array would cut the graph, unnoticed
                what = "None" if y is None else "a NumPy array"
                raise TypeError(
                    f"{self.name}: call returned {what}; it must return a Tensor, computed from "
                    "its input by ops"
                )
            if self.activity_regularizer is not None:
                self.add_loss(activity_loss(self.activity_regularizer, y))
            return y
        except Exception as error:  # costs nothing where there is none
            name_layer(error, self, x)
            raise

    def build_for(self, shape: Any) -> None:
        """Build, once, for this input shape."""
        known = self.own_weights.copy()
        try:
            self.build(tuple(shape) if isinstance(shape, tuple) else shape)
        except BaseException:  # a second attempt starts afresh
            for weight in self.own_weights[len(known) :]:
                self.regularized.pop(weight, None)
                self.constrained.pop(weight, None)
                self.frozen.discard(weight)
            self.own_weights = known
            raise
        self.built_for = shape

    def compute_output_shape(self, shape: Any) -> Shape:
        """The shape of the output for an input shape, None where it is not known."""
        if self.built_for is None:
            self.build_for(shape)
        added = [(layer, layer.added_losses.copy()) for layer in self.each()]
        with training(False):
            found = traced_shape(self, shape)
        for layer, losses in added:
            layer.added_losses = losses
        return found

    def add_weight(
        self,
        shape: Any = (),
        initializer: Any = "glorot_uniform",
        dtype: DTypeLike | None = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Tensor:
        """A weight, with its penalty and the constraint that holds after each update.

        Parameters
        ----------
        shape : of the weight, without a batch.
        initializer : what it starts from: a name, an object, a function, a number, an array.
        trainable : False for a state that training does not change by gradients.
        """
        if self.built_for is not None:
            raise ValueError(
                f"{self.name}: add_weight after the layer was built, as in call, would make a new "
                "weight each time; make weights in build or __init__"
            )
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        if None in shape:
            raise ValueError(
                f"{self.name}: a weight of shape {shape} asked for; give the model an input shape "
                "without None on the axes that weights depend on"
            )
        if (left := room()) is not None:  # the model is read from a file, see `restoring.py`
            left.take(self.name, shape, dtype or self.dtype)
        start = initializers.get("glorot_uniform" if initializer is None else initializer)
        values = initializers.start(start, shape, dtype or self.dtype, self.rng)
        number = len(self.own_weights)
        label = name or (f"weight_{number}" if number else "weight")
        weight = Tensor(values, requires_grad=trainable, name=f"{self.name}.{label}")
        self.own_weights.append(weight)
        if not trainable:
            self.frozen.add(weight)
        if (penalty := regularizers.get(regularizer)) is not None:
            self.regularized[weight] = penalty
        if (limit := constraints.get(constraint)) is not None:
            self.constrained[weight] = limit
        return weight

    def add_loss(self, loss: Tensor) -> None:
        """A term for the loss of this call, from inside `call`."""
        self.added_losses.append(loss)

    @property
    def sublayers(self) -> list["Layer"]:
        """The layers that are attributes of this one, also in lists and dicts."""
        found: dict[int, Layer] = {}
        pending = [value for value in vars(self).values() if type(value) not in SIMPLE]
        while pending:
            value = pending.pop(0)
            if isinstance(value, Layer):
                found[id(value)] = value
            elif isinstance(value, list | tuple):
                pending[:0] = value
            elif isinstance(value, dict):
                pending[:0] = value.values()
        return list(found.values())

    def each(self) -> Iterator["Layer"]:
        """The layer itself, and all below it, each once."""
        seen: set[int] = set()
        pending: list[Layer] = [self]
        while pending:
            layer = pending.pop(0)
            if id(layer) not in seen:
                seen.add(id(layer))
                yield layer
                pending[:0] = layer.sublayers

    @property
    def weights(self) -> list[Tensor]:
        """All weights, its own and those of the layers below, each once."""
        return list(dict.fromkeys(w for layer in self.each() for w in layer.own_weights))

    @property
    def trainable_weights(self) -> list[Tensor]:
        """The weights that training changes."""
        found: dict[Tensor, None] = {}
        seen: set[int] = set()  # a layer may know the one that it belongs to
        pending: list[Layer] = [self]
        while pending:
            layer = pending.pop(0)
            if id(layer) not in seen and layer.trainable:
                seen.add(id(layer))
                found |= dict.fromkeys(w for w in layer.own_weights if w not in layer.frozen)
                pending[:0] = layer.sublayers
        return list(found)

    @property
    def non_trainable_weights(self) -> list[Tensor]:
        """The weights that training does not change."""
        changed = set(self.trainable_weights)
        return [w for w in self.weights if w not in changed]

    @property
    def losses(self) -> list[Tensor]:
        """The penalties on weights, and the losses that the last call added."""
        penalties = [f(w) for layer in self.each() for w, f in layer.regularized.items()]
        return penalties + [loss for layer in self.each() for loss in layer.added_losses]

    def get_weights(self) -> list[Array]:
        """Copies of all weights, in the order of `weights`."""
        return [w.data.copy() for w in self.weights]

    def set_weights(self, arrays: Any) -> None:
        """Put arrays in the place of all weights: all of them, or, if one does not fit, none."""
        if not isinstance(arrays, Iterable):
            raise TypeError(f"{self.name}: set_weights: {brief(arrays)} given; give arrays")
        weights, arrays = self.weights, list(arrays)
        if len(arrays) != len(weights):
            raise ValueError(
                f"{self.name}: {len(arrays)} arrays given for {len(weights)} weights"
                + ("" if weights else "; call the model once, or give it an input shape, first")
            )
        try:
            new = [canonical(a, w.dtype, copy=True) for a, w in zip(arrays, weights, strict=True)]
        except (TypeError, ValueError) as error:
            raise type(error)(f"{self.name}: set_weights: {error}") from None
        for array, weight in zip(new, weights, strict=True):
            if array.shape != weight.shape:
                raise ValueError(
                    f"{self.name}: shape {array.shape} given for {weight.name or 'a weight'} of "
                    f"shape {weight.shape}"
                )
        for array, weight in zip(new, weights, strict=True):
            weight.replace(array)

    def count_params(self) -> int:
        """How many numbers the weights have together."""
        return sum(w.size for w in self.weights)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer, with those that all layers have."""
        config = self.shared_config()
        written = type(self).__init__ is not Layer.__init__
        for name in argument_names(type(self)) if written else ():
            if name not in config:
                if not hasattr(self, name):
                    raise ValueError(
                        f"{type(self).__name__}: keep the argument {name!r} as self.{name}, or "
                        "define get_config, so that the layer can be saved"
                    )
                config[name] = plain(getattr(self, name))
        return config

    def shared_config(self) -> dict[str, Any]:
        """The arguments that all layers have."""
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable}
        config["dtype"] = self.dtype.name
        for shared in ("seed", "activity_regularizer", "input_shape"):
            if (value := getattr(self, shared)) is not None:
                config[shared] = plain(value)
        return config

    def __repr__(self) -> str:
        built = "" if self.built_for is None else f", built for {self.built_for}"
        return f"<{type(self).__name__} {self.name}{built}>"

    def _given(self, x: Any) -> Any:
        """The input as a Tensor of the layer's dtype, or a list of them."""
        if isinstance(x, list | tuple) and any(isinstance(item, Tensor) for item in x):
            return [self._given(item) for item in x]
        if isinstance(x, list | tuple) and x and all(isinstance(i, np.ndarray) for i in x):
            return [self._given(item) for item in x]
        if isinstance(x, Tensor):
            return x if x.dtype == self.dtype else cast(x, self.dtype)
        try:
            given = adopt(canonical(x, self.dtype, copy=True))
        except (TypeError, ValueError) as error:
            raise type(error)(f"{self.name}: {error}") from None
        return given if self.device == "cpu" else given.to(self.device)

    def check(self, shape: Any) -> None:
        """ValueError if weights that exist already cannot be used for inputs of this shape."""
        if isinstance(shape, tuple) and not self.fits(shape):
            known = ", ".join("any" if n is None else str(n) for n in (self.built_for or ())[1:])
            raise ValueError(
                f"{self.name}: built for inputs of shape (batch, {known}), now given {shape}"
            )


class SameShape(Layer):
    """Subclass it where the output has the shape of the input, whatever that is."""

    def compute_output_shape(self, shape: Shape) -> Shape:
        """The input's shape."""
        if self.built_for is None:
            self.build_for(shape)
        return shape


def activity_loss(penalty: Callable[[Tensor], Tensor], y: Tensor) -> Tensor:
    """The penalty on a layer's output, for each example of the batch."""
    return div(penalty(y), float(max(1, y.shape[0] if y.ndim else 1)))


# What every layer takes besides its own arguments.
SHARED = [p.name for p in signature(Layer).parameters.values() if p.kind != Parameter.VAR_KEYWORD]


def keyword_error(kind: type, unknown: Mapping[str, Any]) -> str:
    """What to say of an argument that a layer does not have."""
    name = next(iter(unknown))
    known = list(dict.fromkeys([*argument_names(kind), *SHARED]))
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"it takes {', '.join(known)}"
    return f"{kind.__name__}: no argument {brief(name)}; {hint}"
