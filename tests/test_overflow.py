"""A loss that is not finite: the layer in which it began is named, and nothing else is changed."""

import warnings

import numpy as np
import pytest

from minigrad import activations
from minigrad.layers import Dense, Dropout, Input, Lambda
from minigrad.model import Model, Sequential
from minigrad.optimizers import SGD
from minigrad.overflow import origin

RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 3)).astype(np.float32)
Y = X[:, :1]


def fit(model, rate, **options):
    model.compile(SGD(rate), "mean_squared_error")
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "overflow|invalid", RuntimeWarning)
        return model.fit(X, Y, verbose=0, seed=0, **options)


def spoilt(value):
    """Three layers, of whose middle one a weight is not finite."""
    model = Sequential([Dense(4, seed=k, name=f"layer{k}") for k in range(3)])
    model(X)
    kernel = model.layers[1].weights[0]
    array = kernel.data.copy()
    array[1, 2] = value
    kernel.data = array
    return model


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_the_layer_with_a_bad_weight_is_named(value):
    assert origin(spoilt(value), X) == "it began in layer1 (Dense): its kernel is not finite"


def test_the_layer_that_overflows_is_named():
    model = Sequential([Dense(4, seed=0), Dense(2, kernel_initializer=3e38), Dense(1, seed=1)])
    assert origin(model, X).startswith("it began in dense_1 (Dense): its numbers are too large")


def test_a_layer_inside_of_a_model_inside_of_a_model_is_named():
    bad = Lambda(lambda x: activations.exponential(x * 1e4), name="steep")
    inner = Sequential([Dense(3, seed=0), bad], name="inner")
    x = Input((3,))
    model = Model(x, Dense(1, seed=1)(inner(x)))
    assert origin(model, X).startswith("it began in steep (Lambda): its numbers are too large")


def test_the_data_and_the_loss_are_told_apart_from_layers():
    model = Sequential([Dense(4, seed=0)])
    assert origin(model, X * np.inf).startswith("the data are not finite")
    assert origin(model, X).startswith("all layers give finite numbers")


def test_fit_warns_once_at_the_line_that_called_it():
    model = Sequential([Dense(8, seed=0), Dense(8, seed=1), Dense(1, seed=2)])
    with pytest.warns(UserWarning, match="^sequential: the loss is (nan|inf); ") as told:
        fit(model, 1e8, epochs=6)
    assert [w.filename for w in told] == [__file__]


def test_fit_says_nothing_of_a_loss_that_is_finite():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(Sequential([Dense(1, seed=0)]), 0.01, epochs=2)


def test_looking_changes_nothing():
    model = spoilt(np.nan)
    model.add(Dropout(0.5, seed=3))
    weights, drawn = model.get_weights(), model.layers[-1].rng.bit_generator.state
    origin(model, X)
    for a, b in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert model.layers[-1].rng.bit_generator.state == drawn
    assert all("call" not in vars(layer) for layer in model.each())
