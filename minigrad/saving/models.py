"""Models in files: weights by the path of their layer, and a config to make the model again from.

    dense.kernel            the weight `kernel` of the layer `dense`
    block.dense.kernel      the same below a layer `block`
    .optimizer.0.mean       what the optimizer keeps for the first weight

A config names classes, and these are looked up among minigrad's and in `custom_objects`; nothing is
imported, and no code is in the file.
"""

import inspect
import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .. import configs, metrics
from ..arrays import Array, brief, canonical
from ..compiled import each_given
from ..configs import plain, serialize, signature
from ..layers import Layer
from ..layers import get as get_layer
from ..layers.restoring import restoring
from ..model import MODELS, Model
from ..tensor import Tensor
from ..training import Trainer
from .files import read, reading, write
from .notation import parsed

LAYER_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.]{0,99}")
OPTIMIZER = ".optimizer."
METRICS = {configs.squashed(name) for name in (*metrics.BY_SHAPE, *metrics.ALL)}
# What makes an object by a call with all that its config has.
BY_ARGUMENTS = [vars(kind)["from_config"] for kind in (configs.Configured, Model)]
HINT = " (your own classes and functions go into custom_objects={name: class})"


def save_model(model: Model, path: str | os.PathLike[str], include_optimizer: bool = True) -> None:
    """Save a model in one file: how it is made, its weights, and how its training goes on.

    Parameters
    ----------
    include_optimizer : whether to keep what `compile` was given and what the optimizer has learned.
    """
    config = config_of(model)
    check_made_again(model)
    layers = layers_by_path(model)
    trained = include_optimizer and model.optimizer is not None
    contents = {
        "kind": "model",
        "model": config,
        "training": training_config(model) if trained else None,
        "built": {p: plain(k.built_for) for p, k in layers if k.built_for is not None},
        "random": random_states(model),
    }
    arrays: dict[str, Array] = {k: w.data for k, w in named_weights(model).items()}
    write(os.fsdecode(path), contents, arrays | (optimizer_arrays(model) if trained else {}))


def load_model(
    filepath: str | os.PathLike[str],
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
) -> Model:
    """The model that `model.save(path)` was called on; ModelFileError if the file is not right.

    Parameters
    ----------
    custom_objects : your own classes and functions by the names that they have in the file.
    compile : whether to compile it as it was, with what the optimizer has learned.
    """
    path = os.fsdecode(filepath)
    contents, arrays = read(path)
    with reading(path):
        if contents["kind"] != "model":
            raise ValueError(f"it holds {contents['kind']}; make the model, then load_weights")
        config, training = contents["model"], contents["training"]
        kept = weights_in(arrays).values()
        with restoring(len(kept), sum(array.nbytes for array in kept)):
            model = made(config, path, custom_objects)
            build(model, contents["built"])
        put(checked_weights(model, arrays))
        if training is not None and compile:
            compile_again(model, training, path, custom_objects)
            set_optimizer(model, arrays)
        set_random(model, contents["random"])
    return model


def save_weights(model: Layer, path: str | os.PathLike[str]) -> None:
    """Save the weights alone: for models without a config, which you make again yourself."""
    arrays = {name: weight.data for name, weight in named_weights(model).items()}
    write(os.fsdecode(path), {"kind": "weights"}, arrays)


def load_weights(model: Layer, path: str | os.PathLike[str]) -> None:
    """Put the weights of a file into a model that has the same: all of them, or none."""
    path = os.fsdecode(path)
    _, arrays = read(path)
    with reading(path):
        put(checked_weights(model, arrays))


def to_json(model: Model, **options: Any) -> str:
    """How a model is made, as JSON, without its weights.

    >>> from minigrad.layers import ReLU
    >>> from minigrad.model import Sequential
    >>> model_from_json(to_json(Sequential([ReLU()]))).layers
    [<ReLU re_lu>]
    """
    return json.dumps(config_of(model), allow_nan=False, **options)


def model_from_json(text: str, custom_objects: Mapping[str, Any] | None = None) -> Model:
    """The model that `to_json` was called on, with fresh weights."""
    with reading("JSON"):
        return made(parsed(text), "JSON", custom_objects)


def made(config: Any, path: str, custom_objects: Mapping[str, Any] | None) -> Model:
    """A model from its config."""
    with reading(path, HINT), configs.custom_objects(MODELS | dict(custom_objects or {})):
        model = get_layer(config)
        if not isinstance(model, Model):
            raise ValueError(f"{brief(model)} is no model")
    return model


def layers_by_path(model: Layer) -> Iterator[tuple[str, Layer]]:
    """The model itself, as "", and all layers below it, each once, in the order of `each`.

    A layer may be built before the next one is asked for: what it then owns comes too.
    """
    taken: set[str] = set()
    seen: set[int] = set()
    pending = [("", model)]
    while pending:
        wanted, layer = pending.pop()
        if id(layer) in seen:
            continue
        if not LAYER_NAME.fullmatch(layer.name):
            raise ValueError(
                f"a layer is called {brief(layer.name)}; to be saved its name must be 1 to 100 "
                "letters, digits, _ and ., the last of them not at the begin"
            )
        path = apart(wanted, taken)
        seen.add(id(layer))
        yield path, layer
        prefix = f"{path}." if path else ""
        pending += [(prefix + below.name, below) for below in reversed(layer.sublayers)]


def named_weights(model: Layer) -> dict[str, Tensor]:
    """All weights by path and name, in the order of `weights`."""
    taken: set[str] = set()
    found: dict[Tensor, str] = {}
    for path, layer in layers_by_path(model):
        attributes = {id(value): name for name, value in vars(layer).items()}
        for weight in layer.own_weights:
            if weight not in found:
                label = attributes.get(id(weight)) or weight.name.rpartition(".")[2] or "weight"
                found[weight] = apart(f"{path}.{label}" if path else label, taken)
    return {name: weight for weight, name in found.items()}


def apart(name: str, taken: set[str]) -> str:
    """A name that is not taken yet, and now is."""
    free, count = name, 0
    while free in taken:
        count += 1
        free = f"{name}_{count}"
    taken.add(free)
    return free


def config_of(model: Model) -> Any:
    """The model's config, or what to do where there is none."""
    try:
        return serialize(model)
    except ValueError as error:
        raise ValueError(
            f"{model.name}: {error}; save_weights(path) needs no config, and load_weights puts "
            "them into a model that you made again"
        ) from None


def check_made_again(model: Model) -> None:
    """ValueError where a config cannot make the same again: a layer with two owners, for one."""
    owners: dict[int, str] = {}
    for path, layer in layers_by_path(model):
        for below in layer.sublayers:
            if owners.setdefault(id(below), path) != path:
                raise ValueError(
                    f"{model.name}: the layer {below.name} belongs to two others, which no config "
                    "can say; use save_weights(path)"
                )
        kind = type(layer)
        maker = inspect.getattr_static(kind, "from_config")
        if maker in BY_ARGUMENTS:
            joined = getattr(layer, "inputs", None) is not None  # a call with inputs and outputs
            given = dict.fromkeys(("name", "trainable", "dtype")) if joined else layer.get_config()
            try:
                signature(kind).bind(*[None, None] * joined, **given)
            except TypeError as error:
                raise ValueError(
                    f"{kind.__name__}: {error} of __init__; let it take **shared, and pass them on "
                    "to super().__init__, or use save_weights(path)"
                ) from None


def build(model: Layer, shapes: Mapping[str, Any]) -> None:
    """Build all layers that were built when the file was made, and are not yet."""
    for path, layer in layers_by_path(model):
        if path in shapes and layer.built_for is None:
            layer.build_for(shape_from(shapes[path]))


def shape_from(value: Any) -> Any:
    """A shape, or a list of shapes, from JSON."""
    if any(isinstance(item, list) for item in value):
        return [shape_from(item) for item in value]
    if not all(n is None or (type(n) is int and n >= 0) for n in value):
        raise ValueError(f"{brief(value)} is not a shape")
    return tuple(value)


def random_states(model: Layer) -> dict[str, Any]:
    """Where the generator of each layer is in its numbers."""
    return {path: layer.rng.bit_generator.state for path, layer in layers_by_path(model)}


def set_random(model: Layer, states: Mapping[str, Any]) -> None:
    """Put the generators of the layers where they were."""
    layers = dict(layers_by_path(model))
    for path, state in states.items():
        layers[path].rng.bit_generator.state = state


def weights_in(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The weights among the arrays of a file."""
    return {name: array for name, array in arrays.items() if not name.startswith(".")}


def checked_weights(model: Layer, arrays: Mapping[str, Array]) -> list[tuple[Tensor, Array]]:
    """Each weight and its array; ValueError unless names, shapes and dtypes are all the same."""
    weights = named_weights(model)
    given = weights_in(arrays)
    for name in sorted(weights.keys() ^ given.keys()):
        have, miss = ("model", "file") if name in weights else ("file", "model")
        unbuilt = "" if weights else "; call the model once, or give it an input shape, first"
        raise ValueError(f"the {have} has a weight {name}, and the {miss} has none{unbuilt}")
    for name, weight in weights.items():
        array = given[name]
        if array.shape != weight.shape or array.dtype != weight.dtype:
            raise ValueError(
                f"{name} has shape {array.shape} and dtype {array.dtype} in the file, and "
                f"{weight.shape} and {weight.dtype} in the model"
            )
    return [(weight, given[name]) for name, weight in weights.items()]


def put(weights: list[tuple[Tensor, Array]]) -> None:
    """Put arrays in the place of weights."""
    copies = [canonical(array, weight.dtype, copy=True) for weight, array in weights]
    for (weight, _), array in zip(weights, copies, strict=True):
        weight.replace(array)


def optimizer_arrays(model: Trainer) -> dict[str, Array]:
    """What the optimizer keeps, by name."""
    assert model.optimizer is not None
    state = model.optimizer.get_state(named_weights(model).values())
    return {OPTIMIZER + name: np.asarray(value) for name, value in state.items()}


def set_optimizer(model: Trainer, arrays: Mapping[str, Array]) -> None:
    """Give the optimizer back what it kept."""
    assert model.optimizer is not None
    state = {k.removeprefix(OPTIMIZER): a for k, a in arrays.items() if k.startswith(OPTIMIZER)}
    model.optimizer.set_state(named_weights(model).values(), state)


def training_config(model: Model) -> dict[str, Any]:
    """What `compile` was given."""
    assert model._compiled is not None
    try:
        given = {weighted: plain(one) for one, weighted in model._compiled.given_metrics}
        return {
            "optimizer": serialize(model.optimizer),
            "loss": plain(model.loss),
            "loss_weights": plain(model.loss_weights),
            "metrics": given.get(False),
            "weighted_metrics": given.get(True),
        }
    except ValueError as error:
        raise ValueError(
            f"{model.name}: {error}, or save with include_optimizer=False, and compile again"
        ) from None


def compile_again(
    model: Model, config: Mapping[str, Any], path: str, custom_objects: Mapping[str, Any] | None
) -> None:
    """Compile as it was; names are looked up now, while custom objects are known."""
    loss, weights = config["loss"], config["loss_weights"]
    with reading(path, HINT), configs.custom_objects(custom_objects or {}):
        found = {k: each_given(config[k], metric_again) for k in ("metrics", "weighted_metrics")}
        model.compile(config["optimizer"], loss, weights, **found)


def metric_again(config: Any) -> Any:
    """A metric from its config; a name of minigrad's, which may depend on shapes, stays a name."""
    if isinstance(config, str) and configs.squashed(config) in METRICS:
        return config
    return metrics.get(config)
