"""Faults that an attack found, one test each, so that they stay away."""

import os
import threading
from contextlib import suppress

import numpy as np
import pytest

import minigrad as mg
from minigrad import Model, Sequential, Tensor, activations, elementwise, layers, metrics
from minigrad.__main__ import main
from minigrad.model import MODELS

X = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
Y = X[:, :1] * 2


def small(optimizer="sgd", loss="mse", **options):
    model = Sequential([layers.Input((3,)), layers.Dense(4, seed=0), layers.Dense(1, seed=1)])
    model.compile(optimizer, loss, **options)
    return model


def refuses_and_keeps_weights(model, message, **options):
    before = model.get_weights()
    with pytest.raises((ValueError, TypeError), match=message):
        model.fit(X, Y, verbose=0, **options)
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def slope_by(convention, op, x):
    x = Tensor(x, requires_grad=True)
    y = op(x).sum()
    with mg.kinks(convention):
        y.backward()
    return x.grad


# declarations


def test_the_decorator_without_parentheses_says_so():
    with pytest.raises(TypeError, match=r"elementwise: write @elementwise\(\) above f"):

        @elementwise
        def f(x):
            return x


@pytest.mark.parametrize(
    "formula", [abs, int, "x", lambda *x: x, lambda x, **k: x, lambda x, *, a=1.0: x]
)
def test_a_formula_that_cannot_be_compiled_is_refused_where_it_is_declared(formula):
    with pytest.raises(TypeError, match=r"a formula is a function|without \* and \*\*"):
        elementwise()(formula)
    op = elementwise()(lambda x: x)
    with pytest.raises(TypeError, match=r"a formula is a function|without \* and \*\*"):
        op.partial("x")(formula)


@pytest.mark.parametrize("inputs", [0, -1, "a", True, 1.5])
def test_a_wrong_number_of_inputs_is_refused(inputs):
    with pytest.raises(ValueError, match="elementwise: inputs="):
        elementwise(inputs=inputs)


@pytest.mark.parametrize("kinks", [0.0, "a", None, ["a"], [float("nan")], [None, "x"]])
def test_kinks_that_are_no_list_of_numbers_are_refused(kinks):
    with pytest.raises(ValueError, match=r"kinks=.* given; give a list of numbers"):
        elementwise(kinks=kinks)(lambda x: x)


@pytest.mark.parametrize(
    "facts", [{"ranges": {"q": (0, 1)}}, {"aliases": {"z": "q"}}, {"none": {"q": 1}},
              {"order": ("q", "x")}],
)  # fmt: skip
def test_facts_of_an_argument_that_is_not_there_are_refused(facts):
    with pytest.raises(ValueError, match=r"of 'q' given; its arguments are x"):
        elementwise(**facts)(lambda x: x)


def test_a_slope_without_arguments_must_be_a_number():
    op = elementwise()(lambda x: x)
    with pytest.raises(TypeError, match="a slope is a number"):
        op.partial("x")(lambda: None)


# kinks


def test_infinity_is_no_kink_of_relu_without_a_maximum():
    for convention in ("left", "right", "zero", "middle"):
        assert slope_by(convention, activations.relu, [np.inf]) == 1


@elementwise(kinks=[0.0])
def from_result(x):
    return x if x > 0 else 0.0


@from_result.partial("x")
def dfrom_result_dx(y):
    return 1.0 if y > 0 else 0.0


@elementwise(kinks=[0.0])
def doubled(x, a=2.0):
    return a * x


@doubled.partial("x")
def ddoubled_dx(a):
    return a


@pytest.mark.parametrize("size", [2, 5000])
def test_another_slope_at_kinks_reaches_partials_that_do_not_read_x(size):
    x = np.zeros(size)
    assert (slope_by("right", from_result, x) == 1).all()
    assert (slope_by("left", from_result, x) == 0).all()
    assert (slope_by("middle", doubled, x) == 2).all()
    assert (slope_by("zero", doubled, x) == 0).all()


# gradients


def test_an_empty_batch_gives_weights_the_gradient_0():
    for layer in (layers.Dense(2), layers.PReLU()):
        y = layer(np.zeros((0, 3)))
        y.backward(np.ones(y.shape))
        assert all((w.grad == 0).all() for w in layer.weights)


@pytest.mark.parametrize(("f", "argument"), [(None, 0), (abs, "x"), (abs, ()), (abs, True)])
def test_grad_says_what_is_wrong_with_its_arguments(f, argument):
    with pytest.raises(TypeError, match="grad: "):
        mg.grad(f, argument)


def test_an_unknown_argument_of_a_method_names_the_method():
    with pytest.raises(TypeError, match=r"^sum\(\) got an unexpected"):
        Tensor([1.0]).sum(dim=0)


# training


def test_wrong_validation_data_is_refused_before_any_training():
    for validation, message in (
        ((X[:, :2], Y), "now given"),
        ((X, None), "y is missing"),
        ((X, np.ones((20, 2))), "y_true of shape"),
    ):
        refuses_and_keeps_weights(small(), message, validation_data=validation)


def test_a_validation_batch_size_of_0_is_refused():
    refuses_and_keeps_weights(small(), "validation_batch_size=0", validation_batch_size=0)


def test_wrong_metrics_leave_the_weights_alone():
    refuses_and_keeps_weights(small(metrics={"nosuch": "mae"}), "metrics for 'nosuch'")
    refuses_and_keeps_weights(small(metrics=["auc"]), "probabilities")


@pytest.mark.parametrize("weight", [float("nan"), float("inf")])
def test_a_class_weight_that_is_not_finite_names_itself(weight):
    refuses_and_keeps_weights(small(), "class_weight=", class_weight={0: weight})


def test_metrics_of_one_name_do_not_hide_each_other():
    model = small(
        metrics=["mae", "mae", metrics.MeanSquaredError(name="loss")], weighted_metrics=["mae"]
    )
    logs = model.fit(X, Y, verbose=0, sample_weight=np.arange(20.0)).history
    assert list(logs) == ["loss", "mae", "mae_1", "loss_1", "weighted_mae"]
    assert logs["mae"] == logs["mae_1"] != logs["weighted_mae"]


def test_a_layer_frozen_between_batches_is_not_trained():
    model = small()
    model.train_on_batch(X, Y)
    first = model.layers[0]
    first.trainable, before = False, first.get_weights()
    model.train_on_batch(X, Y)
    assert all((a == b).all() for a, b in zip(before, first.get_weights(), strict=True))


def test_a_layer_frozen_by_a_callback_is_not_trained_from_the_next_epoch():
    model, seen = small(), []
    first = model.layers[0]

    def freeze(epoch, logs):
        first.trainable = False
        seen.append(first.get_weights()[0])

    callback = mg.callbacks.LambdaCallback(on_epoch_end=freeze)
    model.fit(X, Y, epochs=3, verbose=0, callbacks=[callback])
    assert (seen[0] == seen[2]).all()


def test_two_threads_that_train_one_model_do_not_ruin_it():
    model = small("adam")
    model.fit(X, Y, verbose=0)

    def train():
        with suppress(Exception):  # another thread is in a step, or took the gradients
            model.fit(X, Y, epochs=10, verbose=0)

    threads = [threading.Thread(target=train) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.isfinite(model.predict(X)).all()
    model.fit(X, Y, verbose=0)


# layers and models


class Forgetful(layers.Layer):
    """Its call forgets to return."""

    def call(self, x):
        x * 2


class Numbers(layers.Layer):
    """Its call leaves the graph."""

    def call(self, x):
        return x.data * 2


def test_a_star_import_of_layers_has_those_that_follow_from_declarations():
    names = {}
    exec("from minigrad.layers import *", names)
    assert {"ELU", "ThresholdedReLU", "Dense", "add", "concatenate"} <= names.keys()


@pytest.mark.parametrize("kind", [Forgetful, Numbers])
def test_a_layer_that_returns_no_tensor_is_refused(kind):
    model = Sequential([layers.Dense(3), kind(), layers.Dense(1)])
    with pytest.raises(TypeError, match=r"call returned .*; it must return a Tensor"):
        model(X)


def test_a_layer_may_know_the_model_it_belongs_to():
    model = small()
    model.layers[0].owner = model
    assert len(model.trainable_weights) == 4
    model.fit(X, Y, verbose=0)


def test_a_model_is_no_layer_of_itself():
    model = Sequential(name="outer")
    with pytest.raises(ValueError, match="cannot be a layer of itself"):
        model.add(model)
    inner = Sequential([model])
    with pytest.raises(ValueError, match="cannot be a layer of itself"):
        model.add(inner)


def test_inputs_of_a_model_are_symbols_each_once():
    x = layers.Input((3,))
    for inputs in (X, [x, x], [x, X]):
        with pytest.raises(ValueError, match="given as an input; give each Input once"):
            Model(inputs, layers.Dense(1)(x))


def test_a_model_in_a_model_comes_back_from_its_config():
    assert MODELS
    x = layers.Input((3,))
    inner = Sequential([layers.Dense(2, name="in")], name="inner")
    for model in (Model(x, inner(x)), Sequential([x, inner, layers.Dense(1)])):
        again = type(model).from_config(model.get_config())
        again.set_weights(model.get_weights())
        assert (again.predict(X) == model.predict(X)).all()


@pytest.mark.parametrize(
    "compute", [lambda s: s + s, lambda s: 2 * s, lambda s: -s, lambda s: s[0], lambda s: s < 1]
)
def test_computing_with_a_symbol_says_what_to_do_instead(compute):
    with pytest.raises(TypeError, match=r"use a layer, as layers.add\(\[a, b\]\)"):
        compute(layers.Input((3,)))


def test_a_dense_layer_given_a_list_names_itself():
    with pytest.raises(ValueError, match="dense: input of shape"):
        layers.Dense(2)([Tensor([1.0]), Tensor([2.0])])


def test_a_sequential_of_something_else_than_a_list_names_itself():
    with pytest.raises(TypeError, match="sequential: .* give a list of layers"):
        Sequential(layers.Dense(3))


@pytest.mark.parametrize("arrays", [3, None, ["a", "b"], [None, None]])
def test_set_weights_names_the_layer(arrays):
    layer = layers.Dense(2)
    layer(X)
    with pytest.raises(TypeError, match="dense: set_weights: "):
        layer.set_weights(arrays)


@pytest.mark.parametrize(
    ("kind", "option", "meant"),
    [(mg.optimizers.SGD, "momentm", "momentum"), (mg.losses.Huber, "dleta", "delta"),
     (mg.callbacks.EarlyStopping, "patiance", "patience"), (metrics.AUC, "thresholds",
     "num_thresholds"), (mg.regularizers.L1, "l", "l1")],
)  # fmt: skip
def test_an_unknown_option_is_named_with_the_nearest_one(kind, option, meant):
    with pytest.raises(TypeError, match=rf"^{kind.__name__}: no argument '{option}'; .*{meant}"):
        kind(**{option: 1})


def test_an_optimizer_of_ones_own_may_keep_options_for_itself():
    class Mine(mg.optimizers.SGD):
        def __init__(self, **options):
            self.mine = options.pop("mine")
            super().__init__(**options)

    assert Mine(mine=3, learning_rate=0.5).learning_rate == 0.5


# the command line


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--save nosuch/x", "--save"),
        ("--save .", "--save"),
        ("--resume nosuch/x", "--resume"),
        ("--curves x.png", "needs --compare"),
        ("--compare relu --curves nosuch/x.png", "--curves"),
        ("--compare relu --save x", "is not for --compare"),
        ("--compare=", "--compare ''"),
    ],
)
def test_files_are_checked_before_training(options, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *options.split()]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not os.listdir(tmp_path)


def test_a_number_around_a_formula_may_not_change_between_value_and_slope():
    namespace = {"elementwise": mg.elementwise, "K": 2.0}
    exec("def f(x):\n    return K * x\ndef df():\n    return K", namespace)
    op = mg.elementwise()(namespace["f"])
    op.partial("x")(namespace["df"])
    x = mg.Tensor([1.0], requires_grad=True)
    assert op(x).item() == 2.0
    namespace["K"] = 7.0
    with pytest.raises(ValueError, match=r"K was 2.0 when .* and is 7.0 now"):
        op(np.ones(3))


def test_add_weight_in_call_is_refused():
    class Grows(mg.layers.Layer):
        def call(self, x):
            return x * self.add_weight(shape=(1,), initializer="ones")

    with pytest.raises(ValueError, match="would make a new weight each time"):
        Grows()([[1.0]])


def test_a_layer_without_super_init_says_what_is_missing():
    class Forgetful(mg.layers.Layer):
        def __init__(self):
            self.size = 3

        def call(self, x):
            return x

    with pytest.raises(AttributeError, match=r"Forgetful: call super\(\).__init__\(\)"):
        Forgetful()([[1.0]])


def test_a_list_of_tensors_does_not_lose_its_gradients_in_silence():
    x = mg.Tensor(1.0, requires_grad=True)
    with pytest.raises(TypeError, match="ops.stack"):
        mg.activations.relu([x, x])
