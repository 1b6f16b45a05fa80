"""Normalisation layers against their formulas, in float64 NumPy, with gradients by hand."""

import numpy as np
import pytest

from minigrad import Tensor, gradcheck
from minigrad.layers import (
    BatchNormalization,
    Dense,
    Input,
    LayerNormalization,
    UnitNormalization,
)
from minigrad.layers.layer import training

SHAPES = [((6, 3), -1), ((6, 3), 1), ((4, 5, 3), -1), ((4, 3, 5), 1), ((2, 3, 4, 5), -2)]


def normalised(x, axes, gamma, beta, epsilon=1e-3):
    """The formula, with the biased variance."""
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def gradient_by_hand(x, g, axes, gamma, epsilon=1e-3):
    """Ioffe and Szegedy 2015, section 3: the mean and the variance depend on x too."""
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    deviation = np.sqrt(variance + epsilon)
    n = x.size / variance.size
    hat, h = (x - mean) / deviation, g * gamma
    sums = h.sum(axes, keepdims=True), (h * hat).sum(axes, keepdims=True)
    return (h - sums[0] / n - hat * sums[1] / n) / deviation


def spread(values, axis, ndim):
    lengths = [1] * ndim
    lengths[axis] = len(values)
    return values.reshape(lengths)


def numbers(shape, axis, seed=0):
    rng = np.random.default_rng(seed)
    x, g = rng.normal(2, 3, shape), rng.normal(size=shape)
    gamma, beta = rng.uniform(0.5, 2, shape[axis]), rng.normal(size=shape[axis])
    return x, g, gamma, beta


@pytest.mark.parametrize(("shape", "axis"), SHAPES)
@pytest.mark.parametrize("kind", [BatchNormalization, LayerNormalization])
@pytest.mark.parametrize(("dtype", "rtol"), [("float32", 2e-5), ("float64", 1e-12)])
def test_values_and_gradients_are_those_of_the_formula(kind, shape, axis, dtype, rtol):
    x, g, gamma, beta = numbers(shape, axis)
    ndim = len(shape)
    batch = kind is BatchNormalization
    axes = tuple(k for k in range(ndim) if (k != axis % ndim) == batch)
    layer = kind(axis, gamma_initializer=gamma, beta_initializer=beta, dtype=dtype)
    given = Tensor(x, requires_grad=True, dtype=dtype)
    y = layer(given, training=True)
    y.backward(g)
    whole_gamma, whole_beta = spread(gamma, axis, ndim), spread(beta, axis, ndim)
    expected = normalised(x, axes, whole_gamma, whole_beta)
    np.testing.assert_allclose(y.data, expected, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(
        given.grad, gradient_by_hand(x, g, axes, whole_gamma), rtol=rtol, atol=10 * rtol
    )
    others = tuple(k for k in range(ndim) if k != axis % ndim)
    hat = (expected - whole_beta) / whole_gamma
    np.testing.assert_allclose(layer.beta.grad, g.sum(others), rtol=rtol, atol=10 * rtol)
    np.testing.assert_allclose(layer.gamma.grad, (g * hat).sum(others), rtol=rtol, atol=20 * rtol)


def test_a_gradient_that_forgets_the_mean_is_noticed():
    x, g, gamma, beta = numbers((6, 3), -1)
    given = Tensor(x, requires_grad=True)
    BatchNormalization(gamma_initializer=gamma, dtype="float64")(given, training=True).backward(g)
    with pytest.raises(AssertionError):
        forgetful = g * gamma / np.sqrt(x.var(0) + 1e-3)
        np.testing.assert_allclose(given.grad, forgetful, rtol=1e-3)


@pytest.mark.parametrize("options", [{}, {"scale": False}, {"center": False}])
@pytest.mark.parametrize("mode", [True, False])
@pytest.mark.parametrize("kind", [BatchNormalization, LayerNormalization])
def test_gradients_pass_the_check(kind, mode, options):
    layer, x = kind(dtype="float64", **options), numbers((4, 3), -1)[0]
    layer(x)
    gradcheck(lambda x: layer(x, training=mode), x)
    assert ("gamma" in dir(layer), "beta" in dir(layer)) == (layer.scale, layer.center)


def test_unit_normalisation_has_length_1_and_passes_the_check():
    x = numbers((4, 3, 2), -1)[0]
    for axis in (-1, 1, [1, 2]):
        layer = UnitNormalization(axis, dtype="float64")
        lengths = np.sqrt(np.sum(np.square(layer(x).data), axis=tuple(np.atleast_1d(axis))))
        np.testing.assert_allclose(lengths, 1, rtol=1e-12)
        gradcheck(lambda x, layer=layer: layer(x), x)
    assert not UnitNormalization()(np.zeros((2, 3))).data.any()


def test_moving_averages_follow_the_batches_in_training_only():
    rng, layer = np.random.default_rng(0), BatchNormalization(momentum=0.9)
    mean, variance = np.zeros(3), np.ones(3)
    for _ in range(20):
        x = rng.normal(5, 2, (50, 3))
        layer(x, training=True)
        mean = 0.9 * mean + 0.1 * x.mean(0)
        variance = 0.9 * variance + 0.1 * x.var(0)
        layer(100 * x)
    np.testing.assert_allclose(layer.moving_mean.data, mean, rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance.data, variance, rtol=1e-5)
    x = rng.normal(size=(2, 3))
    expected = (x - mean) / np.sqrt(variance + 1e-3)
    np.testing.assert_allclose(layer(x).data, expected, rtol=1e-5)
    with training(True):
        assert np.abs(layer(x).data - expected).max() > 0.1


def test_a_layer_that_is_not_trainable_does_not_look_at_the_batch():
    layer, x = BatchNormalization(trainable=False), np.random.default_rng(0).normal(5, 2, (9, 3))
    y = layer(x, training=True)
    np.testing.assert_allclose(y.data, x / np.sqrt(1 + 1e-3), rtol=1e-6)
    assert not layer.moving_mean.data.any()
    assert layer.trainable_weights == [] and len(layer.weights) == 4


def test_moving_averages_are_weights_that_training_does_not_change():
    layer = BatchNormalization()
    layer(np.ones((2, 3)))
    wanted = [layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance]
    assert list(map(id, layer.weights)) == list(map(id, wanted))
    assert list(map(id, layer.trainable_weights)) == list(map(id, wanted[:2]))
    assert list(map(id, layer.non_trainable_weights)) == list(map(id, wanted[2:]))
    assert not any(w.requires_grad for w in layer.non_trainable_weights)
    assert layer.count_params() == 12


def test_describing_and_computing_without_training_leave_the_averages():
    layer = BatchNormalization()
    with training(True):
        assert layer(Input((4, 3))).shape == (None, 4, 3)
        assert Dense(2, layer_as_function)(Input((3,))).shape == (None, 2)
    assert not layer.moving_mean.data.any()


def layer_as_function(x):
    return x * 2.0


def test_other_lengths_may_change_but_not_that_of_the_features():
    layer = BatchNormalization()
    layer(np.ones((2, 4, 3)))
    assert layer(np.ones((5, 7, 3))).shape == (5, 7, 3)
    for shape in [(2, 4, 2), (2, 3)]:
        with pytest.raises(ValueError, match="built for inputs of shape"):
            layer(np.ones(shape))


def test_layer_normalisation_over_several_axes():
    x = numbers((4, 5, 3), -1)[0]
    layer = LayerNormalization([1, 2], dtype="float64")
    expected = normalised(x, (1, 2), np.ones((5, 3)), 0.0)
    np.testing.assert_allclose(layer(x).data, expected, rtol=1e-12)
    assert layer.gamma.shape == (5, 3)
    gamma = np.random.default_rng(1).normal(size=(4, 3))
    layer = LayerNormalization([-1, 1], gamma_initializer=gamma, dtype="float64")
    x = numbers((2, 4, 5, 3), -1)[0]
    expected = normalised(x, (1, 3), gamma[None, :, None, :], 0.0)
    np.testing.assert_allclose(layer(x).data, expected, rtol=1e-12)


def test_a_constant_feature_becomes_beta_and_a_far_mean_costs_little():
    layer = BatchNormalization(beta_initializer=0.5)
    np.testing.assert_array_equal(layer(np.full((4, 2), 7.0), training=True).data, 0.5)
    x = np.random.default_rng(0).normal(size=(100, 2)) + 1e4
    x = x.astype(np.float32).astype(float)
    y = BatchNormalization()(x, training=True).data
    np.testing.assert_allclose(y, normalised(x, 0, 1.0, 0.0), atol=1e-3)


def test_half_precision_is_computed_in_single():
    x = np.random.default_rng(0).normal(0, 3000, (50, 4)).astype(np.float16)
    for layer in (
        BatchNormalization(dtype="float16"),
        LayerNormalization(dtype="float16"),
        UnitNormalization(dtype="float16"),
    ):
        y = layer(x, training=True)
        wide = type(layer)(dtype="float64")(x, training=True)
        np.testing.assert_allclose(y.data, wide.data, atol=2e-3)
        assert y.dtype == np.float16
        assert np.isfinite([w.data.max() for w in layer.weights]).all()
