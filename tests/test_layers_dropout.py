"""Noise layers: their statistics, their gradients, and what self-normalising nets need of them."""

import numpy as np
import pytest

from minigrad import Tensor, activations
from minigrad.layers import (
    ActivityRegularization,
    AlphaDropout,
    Dense,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from minigrad.layers.layer import training

MANY = np.full((400, 500), 2.0)
NOISE = [
    Dropout(0.3, seed=1),
    AlphaDropout(0.3, seed=1),
    GaussianDropout(0.3, seed=1),
    GaussianNoise(0.3, seed=1),
]


def again(layer):
    return type(layer).from_config(layer.get_config())


@pytest.mark.parametrize("layer", NOISE, ids=lambda layer: layer.name)
def test_outside_of_training_nothing_happens(layer):
    x = Tensor(MANY, dtype="float32")
    assert again(layer)(x) is x
    assert again(layer)(x, training=False) is x
    with training(True):
        assert (again(layer)(x).data != MANY).any()
        assert again(layer)(x, training=False) is x


@pytest.mark.parametrize("kind", [Dropout, AlphaDropout, GaussianDropout, GaussianNoise])
def test_rate_0_changes_nothing(kind):
    x = Tensor(MANY, dtype="float32")
    assert kind(0)(x, training=True) is x


@pytest.mark.parametrize("layer", NOISE, ids=lambda layer: layer.name)
def test_the_same_seed_draws_the_same_and_each_call_anew(layer):
    first, second = again(layer), again(layer)
    a, b = first(MANY, training=True).data, first(MANY, training=True).data
    assert (a != b).any()
    np.testing.assert_array_equal(second(MANY, training=True).data, a)
    np.testing.assert_array_equal(second(MANY, training=True).data, b)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_drops_its_rate_and_keeps_the_mean(rate):
    y = Dropout(rate, seed=0)(MANY, training=True).data
    np.testing.assert_allclose(np.unique(y), [0, 2 / (1 - rate)], rtol=1e-6)
    # five standard deviations of the share of 200,000 that are dropped
    np.testing.assert_allclose(np.mean(y == 0), rate, atol=5 * (rate * (1 - rate) / y.size) ** 0.5)


def test_dropout_of_everything_is_zeros_and_infinity_is_dropped_too():
    assert not Dropout(1)(MANY, training=True).data.any()
    x = Tensor(np.full((10, 10), np.inf), requires_grad=True)
    y = Dropout(0.5, seed=0)(x, training=True)
    assert set(np.unique(y.data)) == {0, np.inf}
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, np.where(y.data == 0, 0.0, 2.0))


def test_noise_shape_drops_together():
    y = Dropout(0.5, (None, 1, 3), seed=0)(np.ones((50, 4, 3)), training=True).data
    assert (y == y[:, :1]).all()
    assert 0.3 < np.mean(y == 0) < 0.7
    assert (y[:, 0, 0] != y[:, 0, 1]).any()
    layer = again(Dropout(0.5, [None, 1]))
    assert layer.noise_shape == (None, 1)


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        (SpatialDropout1D, (20, 7, 5)),
        (SpatialDropout2D, (20, 7, 6, 5)),
        (SpatialDropout3D, (20, 3, 4, 2, 5)),
    ],
)
def test_spatial_dropout_drops_whole_channels(kind, shape):
    y = kind(0.5, seed=0)(np.ones(shape), training=True).data.reshape(20, -1, 5)
    assert (y == y[:, :1]).all()
    assert 0.3 < np.mean(y == 0) < 0.7
    with pytest.raises(ValueError, match=r"noise_shape=.* given for an input of shape \(2, 3\)"):
        kind(0.5)(np.ones((2, 3)), training=True)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_gaussian_dropout_has_the_mean_and_variance_of_dropout(rate):
    y = GaussianDropout(rate, seed=0)(MANY, training=True).data.astype(float) / 2
    variance = rate / (1 - rate)
    np.testing.assert_allclose(y.mean(), 1, atol=5 * (variance / y.size) ** 0.5)
    np.testing.assert_allclose(y.var(), variance, rtol=5 * (2 / y.size) ** 0.5)


def test_gaussian_noise_is_added():
    y = GaussianNoise(0.5, seed=0)(MANY, training=True).data.astype(float)
    np.testing.assert_allclose(y.mean(), 2, atol=5 * 0.5 / y.size**0.5)
    np.testing.assert_allclose(y.std(), 0.5, rtol=5 * (0.5 / y.size) ** 0.5)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_alpha_dropout_keeps_mean_0_and_variance_1(rate):
    x = np.random.default_rng(0).normal(size=(400, 500))
    y = AlphaDropout(rate, seed=0)(x, training=True).data.astype(float)
    np.testing.assert_allclose([y.mean(), y.var()], [0, 1], atol=0.02)
    # a x + b for the two values that x can have, with the paper's numbers
    lowest = -1.7580993408473766
    a = ((1 - rate) * (1 + rate * lowest**2)) ** -0.5
    ones = AlphaDropout(rate, seed=0)(np.ones((20, 20)), training=True).data
    values = sorted(a * (np.array([lowest, 1.0]) - rate * lowest))
    np.testing.assert_allclose(np.unique(ones), values, rtol=1e-6)
    assert abs(Dropout(rate, seed=0)(x, training=True).data.var() - 1) > 0.05


def test_gradients_flow_through_what_was_kept():
    for layer in (Dropout(0.5, seed=3), AlphaDropout(0.5, seed=3), GaussianDropout(0.5, seed=3)):
        x = Tensor(np.full((4, 5), 2.0), requires_grad=True)
        y = layer(x, training=True)
        y.sum().backward()
        if layer.name == "alpha_dropout":
            a = (0.5 * (1 + 0.5 * 1.7580993408473766**2)) ** -0.5
            np.testing.assert_allclose(x.grad, np.where(y.data == y.data.max(), a, 0), rtol=1e-6)
        else:
            np.testing.assert_allclose(x.grad, y.data / 2, rtol=1e-6)
    x = Tensor(np.ones((4, 5)), requires_grad=True)
    GaussianNoise(0.5, seed=3)(x, training=True).sum().backward()
    np.testing.assert_array_equal(x.grad, np.ones((4, 5)))


def test_activity_regularization_is_a_loss_for_each_example():
    layer = ActivityRegularization(l1=0.1, l2=0.01)
    x = Tensor([[1.0, -2.0], [3.0, 0.0]], requires_grad=True)
    assert layer(x) is x
    (loss,) = layer.losses
    np.testing.assert_allclose(loss.item(), (0.1 * 6 + 0.01 * 14) / 2, rtol=1e-6)
    loss.backward()
    by_hand = (0.1 * np.sign(x.data) + 0.02 * x.data) / 2
    np.testing.assert_allclose(x.grad, by_hand, rtol=1e-6)


def deep(activation, noise, start="lecun_normal", depth=50, width=256):
    """Mean and variance behind many layers of random weights."""
    x = Tensor(np.random.default_rng(0).normal(size=(512, width)))
    with training(True):
        for k in range(depth):
            x = Dense(width, activation, kernel_initializer=start, seed=k)(x)
            x = noise(k)(x)
    y = x.data.astype(float)
    return y.mean(), y.var()


def normal(mean, variance):
    return abs(mean) < 0.1 and abs(variance - 1) < 0.2


def alpha(k):
    return AlphaDropout(0.05, seed=100 + k)


def test_fifty_layers_of_selu_normalise_themselves():
    mean, variance = deep("selu", alpha)
    assert normal(mean, variance), (mean, variance)


@pytest.mark.parametrize(
    ("activation", "noise", "start"),
    [
        ("relu", alpha, "lecun_normal"),
        ("selu", lambda k: Dropout(0.05, seed=100 + k), "lecun_normal"),
        ("selu", alpha, "he_normal"),
        (activations.elu, alpha, "lecun_normal"),
    ],
)
def test_fifty_layers_of_anything_else_do_not(activation, noise, start):
    mean, variance = deep(activation, noise, start)
    assert not normal(mean, variance), (mean, variance)
