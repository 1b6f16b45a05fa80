"""Models: layers joined to one function, which `training.py` can train.

Sequential([Dense(8, "relu"), Dense(2)])     one layer after the other
Model(inputs, outputs)                       any way from Symbols to Symbols, see layers/symbol.py
class Mine(Model): def call(self, x): ...    any Python
"""

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any, Self

from .arrays import brief
from .configs import custom_objects, serialize
from .layers import Layer, Symbol
from .layers import get as get_layer
from .layers.modes import steady
from .layers.restoring import room
from .layers.symbol import Input, example_shape, shapes
from .layers.ways import between, filled, in_order, listed, numbered, renumbered, symbols_in
from .training import History, Trainer

__all__ = ["History", "Model", "Sequential", "clone_model"]


class Model(Trainer):
    """Model: what computes `outputs` from `inputs`; subclass it to write `call` yourself.

    Parameters
    ----------
    inputs, outputs : a Symbol each, or a list of them; none for a subclass with its own `call`.
    **shared : what every `Layer` takes.

    >>> from minigrad.layers import Add, Dense, Input
    >>> x = Input((4,))
    >>> hidden = Dense(4, "tanh")(x)
    >>> model = Model(x, Dense(1)(Add()([x, hidden])))
    >>> model([[1.0, 2.0, 3.0, 4.0]]).shape
    (1, 1)
    """

    def __init__(self, inputs: Any = None, outputs: Any = None, **shared: Any) -> None:
        super().__init__(**shared)
        if isinstance(inputs, Mapping):
            inputs = in_order(self.name, list(inputs.values()), inputs)
        if (inputs is None) != (outputs is None):
            raise ValueError(f"{self.name}: give both inputs and outputs, or write call(self, x)")
        self.inputs, self.outputs = inputs, outputs
        self._steps: list[Symbol] = []
        if inputs is not None:
            for symbol in (given := listed(inputs)):
                if not isinstance(symbol, Symbol) or sum(s is symbol for s in given) > 1:
                    raise ValueError(
                        f"{self.name}: {brief(symbol)} given as an input; give each Input once, "
                        "and the data when calling the model"
                    )
            self._steps = between(self.name, listed(inputs), listed(outputs))
            self.functional_layers = list(dict.fromkeys(s.layer for s in self._steps))
            name_apart(self.functional_layers)
            self.build_for(shapes(inputs))

    @property
    def layers(self) -> list[Layer]:
        """The layers right below this model, in the order of their first use."""
        return [layer for layer in self.sublayers if not isinstance(layer, Symbol)]

    @property
    def output_names(self) -> list[str]:
        """The names of the layers that the outputs come from."""
        if isinstance(self.outputs, Mapping):
            return list(self.outputs)
        outputs = [] if self.outputs is None else listed(self.outputs)
        names = [s.name if s.layer is None else s.layer.name for s in outputs]
        return [f"{n}_{k}" if names.index(n) < k else n for k, n in enumerate(names)]

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs."""
        return [] if self.inputs is None else [symbol.name for symbol in listed(self.inputs)]

    def uses(self) -> list[tuple[Symbol, list[Symbol]]]:
        """The inputs, and each use of a layer; with the Symbols that each is made of."""
        symbols = [*listed(self.inputs), *self._steps]
        return [(s, symbols_in((s.inputs, s.others, s.options))) for s in symbols]

    @steady
    def call(self, x: Any) -> Any:
        """The outputs for these inputs."""
        if not self._steps and self.inputs is None:
            raise TypeError(
                f"{self.name}: a subclass of Model must define call(self, x), or give inputs and "
                "outputs to super().__init__"
            )
        given = x if isinstance(x, list) else [x]
        wanted = listed(self.inputs)
        if len(given) != len(wanted):
            raise ValueError(f"{self.name}: {len(given)} inputs given; it takes {len(wanted)}")
        values: dict[Symbol, Any] = dict(zip(wanted, given, strict=True))
        for step in self._steps:
            assert step.layer is not None
            values[step] = step.layer(
                filled(step.inputs, values),
                *filled(step.others, values),
                **filled(step.options, values),
            )
        return filled(self.outputs, values)

    def _given(self, x: Any) -> Any:
        named = isinstance(x, Mapping) and self.inputs is not None
        return super()._given(in_order(self.name, self.inputs, x) if named else x)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by its name or its place."""
        layers = self.layers
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(f"{self.name}: layer {index} asked for; it has {len(layers)}")
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        known = ", ".join(layer.name for layer in layers)
        raise ValueError(f"{self.name}: no layer {name!r}; there are {known or 'none yet'}")

    def to(self, device: str) -> Self:
        """Move all weights, and what the optimizer keeps for them, to "cpu" or "cuda".

        From then on `fit` and the like move each batch there.  See docs/cuda.md.
        """
        if self.built_for is None:
            raise ValueError(
                f"{self.name}: it has no weights yet; call it once, or give it an input shape, "
                f"before .to({device!r})"
            )
        learned = None if self.optimizer is None else self.optimizer.get_state(self.weights)
        for weight in self.weights:
            weight._move(device)
        for layer in self.each():
            layer.device = device
        if self.optimizer is not None and learned is not None:
            self.optimizer.set_state(self.weights, learned)
        return self

    def summary(self, print_fn: Any = None) -> None:
        """Print the layers as a table: output shapes and numbers of weights."""
        from .summary import show

        show(self, print_fn)

    def _repr_html_(self) -> str:
        from .see.reprs import model_html  # only when a notebook asks

        return model_html(self)

    def save(self, filepath: str | PathLike[str], include_optimizer: bool = True) -> None:
        """Save all of it in one file, for `load_model`; see `minigrad.saving`.

        Parameters
        ----------
        include_optimizer : whether to keep what `compile` was given, and what the optimizer has
            learned.
        """
        from .saving import save_model

        save_model(self, filepath, include_optimizer)

    def save_weights(self, filepath: str | PathLike[str]) -> None:
        """Save the weights alone, also of a model that has no config."""
        from .saving import save_weights

        save_weights(self, filepath)

    def load_weights(self, filepath: str | PathLike[str]) -> None:
        """Take the weights from a file: all of them, or, if one does not fit, none."""
        from .saving import load_weights

        load_weights(self, filepath)

    def to_json(self, **options: Any) -> str:
        """How the model is made, for `model_from_json`; options are those of `json.dumps`."""
        from .saving import to_json

        return to_json(self, **options)

    def get_config(self) -> dict[str, Any]:
        """The layers and how they are joined; only for a model of Symbols."""
        if self.inputs is None:
            return super().get_config()
        number = {symbol: k for k, symbol in enumerate([*listed(self.inputs), *self._steps])}
        config = self.shared_config()
        places = {id(layer): k for k, layer in enumerate(self.functional_layers)}
        config["layers"] = [serialize(layer) for layer in self.functional_layers]
        config["inputs"] = [
            {"shape": list(s.shape), "dtype": s.dtype.name, "name": s.name}
            for s in listed(self.inputs)
        ]
        config["steps"] = [
            {
                "layer": places[id(s.layer)],
                "inputs": numbered(s.inputs, number),
                "others": numbered(list(s.others), number),
                "options": numbered(s.options, number),
                "shape": list(s.shape),
            }
            for s in self._steps
        ]
        config["outputs"] = numbered(self.outputs, number)
        config["one_input"] = isinstance(self.inputs, Symbol)
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Model":
        """The model that `get_config` was called on, with fresh weights."""
        if "steps" not in config:
            return cls(**config)
        with custom_objects(MODELS):  # a layer may be a model
            layers = [get_layer(layer) for layer in config["layers"]]
        symbols: list[Any] = []
        for given in config["inputs"]:
            first = Input(given["shape"][1:], given["shape"][0], given["dtype"], given["name"])
            symbols.append(first)
        count = len(symbols)
        for step in config["steps"]:
            parts = [renumbered(step[k], symbols) for k in ("inputs", "others", "options")]
            # a file may lie about lengths: nothing is computed with them
            shape = None if room() is None else example_shape("step", step["shape"])
            layer = layers[step["layer"]]
            symbols.append(Symbol.of(layer, parts[0], tuple(parts[1]), parts[2], shape))
        shared = {k: v for k, v in config.items() if k in ("name", "trainable", "dtype")}
        inputs: Any = symbols[0] if config["one_input"] else symbols[:count]
        return cls(inputs, renumbered(config["outputs"], symbols), **shared)


class Sequential(Model):
    """Sequential: each layer's output is the next one's input.

    >>> from minigrad.layers import Dense
    >>> model = Sequential([Dense(8, "relu", seed=0), Dense(2, seed=1)])
    >>> model([[0.0, 1.0]]).shape
    (1, 2)
    >>> model.compile("sgd", "mean_squared_error")
    >>> history = model.fit([[0.0, 1.0]], [[1.0, 2.0]], epochs=3, verbose=0)
    >>> history.losses[2] < history.losses[0]
    True
    """

    def __init__(self, layers: Iterable[Any] = (), **shared: Any) -> None:
        super().__init__(**shared)
        self.stack: tuple[Layer, ...] = ()  # a list could change unseen, see `Layer.changes`
        self.begin: Symbol | None = None
        self._end: Any = None  # the output shape so far, where the input shape is known
        if not isinstance(layers, Iterable):
            raise TypeError(f"{self.name}: {brief(layers)} given; give a list of layers")
        for layer in layers:
            self.add(layer)

    @property
    def layers(self) -> list[Layer]:
        """The layers in order."""
        return list(self.stack)

    @property
    def output_names(self) -> list[str]:
        """The name of the last layer."""
        return [layer.name for layer in self.stack[-1:]]

    @property
    def input_names(self) -> list[str]:
        """The name of the Input."""
        return [] if self.begin is None else [self.begin.name]

    def add(self, layer: Any) -> None:
        """Put a layer at the end; an `Input` at the beginning fixes the shape of the examples."""
        if isinstance(layer, Symbol):
            if self.stack or self.begin is not None:
                raise ValueError(f"{self.name}: an Input stands first, and only once")
            self.begin = layer
            return
        if not isinstance(layer, Layer):
            raise TypeError(
                f"{self.name}: {brief(layer)} is not a layer; for an activation add "
                "layers.Activation(...), for a function layers.Lambda(...)"
            )
        if any(inside is self for inside in layer.each()):
            raise ValueError(f"{self.name}: a model cannot be a layer of itself")
        if any(known is layer for known in self.stack):
            raise ValueError(f"{self.name}: the layer {layer.name} is in this model already")
        if not self.stack and self.begin is None and layer.input_shape is not None:
            self.begin = Input(tuple(layer.input_shape))
        name_apart([*self.stack, layer])
        self.stack = (*self.stack, layer)
        self.forget()
        if self.begin is not None:
            self._find_end(self.begin.shape)

    def pop(self) -> Layer:
        """Take the last layer away."""
        if not self.stack:
            raise ValueError(f"{self.name}: it has no layer to take away")
        self.forget()
        removed, self.stack = self.stack[-1], self.stack[:-1]
        self._end = None
        if self.begin is not None:
            self._find_end(self.begin.shape)
        return removed

    def _find_end(self, begin: Any) -> None:
        """Build the last layer, or all if the output shape so far is not known."""
        shape, new = (begin, self.stack) if self._end is None else (self._end, self.stack[-1:])
        for layer in new:
            shape = layer.compute_output_shape(shape)
        self._end, self.built_for = shape, begin

    def build(self, input_shape: Any) -> None:
        """Make all weights for inputs of this shape, the batch first."""
        shape = input_shape
        if not self.stack:
            raise ValueError(f"{self.name}: it has no layers; add some with model.add(layer)")
        known = self.begin.shape if self.begin is not None else None
        if known is not None and tuple(shape[1:]) != tuple(known[1:]):
            raise ValueError(f"{self.name}: its Input has shape {known}, now {shape} is given")
        for layer in self.stack:
            shape = layer.compute_output_shape(tuple(shape))

    def build_for(self, shape: Any) -> None:
        """Nothing is made ahead of a call: each layer builds itself when data comes by."""
        if not self.stack:
            self.build(shape)
        self.built_for = shape

    @steady
    def call(self, x: Any) -> Any:
        """The last layer's output."""
        for layer in self.stack:
            x = layer(x)
        return x

    def get_config(self) -> dict[str, Any]:
        """The layers' configs, in order."""
        config = self.shared_config()
        config["layers"] = [serialize(layer) for layer in self.stack]
        if self.begin is not None:
            config["input_shape"] = list(self.begin.shape[1:])
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Sequential":
        """The model that `get_config` was called on, with fresh weights."""
        given = dict(config)
        shape, layers = given.pop("input_shape", None), given.pop("layers", [])
        begin = [] if shape is None else [Input(tuple(shape))]
        with custom_objects(MODELS):  # a layer may be a model
            found = [get_layer(layer) for layer in layers]
        if room() is None:
            return cls([*begin, *found], **given)
        made = cls(begin, **given)
        made.stack = tuple(found)  # a file may lie about lengths: nothing is computed with them
        name_apart(found)
        return made


def clone_model(model: Model) -> Model:
    """A model of the same layers and settings, with fresh weights.

    >>> from minigrad.layers import Dense
    >>> clone_model(Sequential([Dense(2)])).layers
    [<Dense dense>]
    """
    inside = {type(layer).__name__: type(layer) for layer in model.each()}
    with custom_objects(MODELS | inside):
        return type(model).from_config(model.get_config())


# Models that a config may name.
MODELS = {"Model": Model, "Sequential": Sequential}


def name_apart(layers: list[Any]) -> None:
    """Number the names that minigrad made: dense, dense_1, ...; two names of yours must differ."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for layer in layers:
        if layer.named and layer.name in taken:
            raise ValueError(
                f"the layer name {layer.name!r} is given twice; names in a model must differ"
            )
        name = layer.name
        while layer.name in taken:
            counts[name] = counts.get(name, 0) + 1
            layer.name = f"{name}_{counts[name]}"
        taken.add(layer.name)
