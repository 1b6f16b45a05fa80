"""Losses and metrics of several outputs, each by its name."""

import numpy as np
import pytest

from minigrad import ops
from minigrad.layers import Add, Dense, Input
from minigrad.model import Model, Sequential


def squares(y_true, y_pred):
    return ops.mean(ops.square(y_pred - y_true), axis=-1)


def line():
    model = Sequential([Input((3,)), Dense(1, seed=0)])
    model.compile("sgd", squares)
    return model


def test_several_inputs_and_outputs_have_losses_metrics_and_names():
    left, right = Input((3,), name="left"), Input((3,), name="right")
    joined = Add()([Dense(2, seed=0)(left), Dense(2, seed=1)(right)])
    outputs = [Dense(1, seed=2, name="near")(joined), Dense(1, seed=3, name="far")(joined)]
    model = Model([left, right], outputs)
    model.compile(
        "sgd", {"far": squares, "near": squares}, loss_weights=[1.0, 0.5], metrics={"far": "mae"}
    )
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, 20, 3)).astype(np.float32)
    y = x[:, :1]
    found = model.evaluate({"right": z, "left": x}, {"far": y, "near": 2 * y}, return_dict=True)
    near, far = (p.astype(np.float64) for p in model.predict([x, z]))
    expected = {"near_loss": np.mean((near - 2 * y) ** 2), "far_loss": np.mean((far - y) ** 2)}
    expected["loss"] = expected["near_loss"] + 0.5 * expected["far_loss"]
    expected["far_mae"] = np.mean(abs(far - y))
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5)
    history = model.fit([x, z], [2 * y, y], epochs=20, verbose=0)
    assert history.losses[-1] < history.losses[0]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"loss": "mean_squared"}, "did you mean"),
        ({"metrics": ["acuracy"]}, "did you mean"),
        ({"optimizer": "adm"}, "did you mean"),
        ({"optimiser": "adam"}, "did you mean 'optimizer'"),
    ],
)
def test_wrong_names_are_named_by_compile(options, says):
    with pytest.raises((ValueError, TypeError), match=says):
        line().compile(**options)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"loss": [squares, squares]}, "loss of length 2 given for 1"),
        ({"loss": {"nowhere": squares}}, "its outputs are called 'near', 'far'"),
        ({"loss": lambda y_true, y_pred: 1.0}, "must return a Tensor"),
        ({"loss": None}, "none given"),
        ({"loss": squares, "loss_weights": "a"}, "loss_weights='a'"),
    ],
)
def test_what_does_not_fit_the_outputs_is_named(given, says):
    model = line()
    if isinstance(given["loss"], dict):
        x = Input((3,))
        model = Model(x, [Dense(1, name="near")(x), Dense(1, name="far")(x)])
    model.compile("sgd", **given)
    with pytest.raises((ValueError, TypeError), match=says):
        model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
