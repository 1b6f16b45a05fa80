"""The layers of the two pages: Activation, the six advanced ones, and PReLU in detail."""

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import Tensor, activations, gradcheck, layers, ops
from minigrad.layers import ALL, Activation, Input, PReLU
from minigrad.layers.activation import FROM_DECLARATIONS

X = [-3.0, -1.0, 0.0, 2.0]
# The pages' layers, at their defaults and elsewhere, with the values of their formulas at X.
VALUES = {
    "LeakyReLU()": (layers.LeakyReLU(), [-0.9, -0.3, 0, 2]),
    "LeakyReLU(alpha=0.1)": (layers.LeakyReLU(alpha=0.1), [-0.3, -0.1, 0, 2]),
    "LeakyReLU(negative_slope=2)": (layers.LeakyReLU(negative_slope=2), [-6, -2, 0, 2]),
    "ELU()": (layers.ELU(), [np.expm1(-3), np.expm1(-1), 0, 2]),
    "ELU(-1)": (layers.ELU(-1), [-np.expm1(-3), -np.expm1(-1), 0, 2]),
    "ThresholdedReLU()": (layers.ThresholdedReLU(), [0, 0, 0, 2]),
    "ThresholdedReLU(2)": (layers.ThresholdedReLU(theta=2), [0, 0, 0, 0]),
    "ReLU()": (layers.ReLU(), [0, 0, 0, 2]),
    "ReLU(1.5)": (layers.ReLU(1.5), [0, 0, 0, 1.5]),
    "ReLU(None, .5, 1)": (layers.ReLU(None, 0.5, 1), [-2, -1, -0.5, 2]),
    "ReLU(alpha=.5)": (layers.ReLU(alpha=0.5), [-1.5, -0.5, 0, 2]),
    "PReLU()": (PReLU(), [0, 0, 0, 2]),
    "Activation('tanh')": (Activation("tanh"), np.tanh(X)),
    "Activation('ELU')": (Activation("ELU"), [np.expm1(-3), np.expm1(-1), 0, 2]),
    "Activation(None)": (Activation(None), X),
}


@pytest.mark.parametrize("case", VALUES)
@pytest.mark.parametrize("shape", [(4,), (1, 4), (2, 2), (1, 2, 2, 1)])
def test_values_are_those_of_the_formula_for_any_rank(case, shape):
    layer, expected = VALUES[case]
    layer = type(layer).from_config(layer.get_config())
    x = np.array(X).reshape(shape)
    np.testing.assert_allclose(layer(x).data, np.reshape(expected, shape), rtol=1e-6)
    assert layer.compute_output_shape(shape) == shape


def test_softmax_along_axes():
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    e = np.exp(x)
    np.testing.assert_allclose(layers.Softmax()(x).data, e / e.sum(-1, keepdims=True), rtol=1e-6)
    for axis in ([1, 2], (1, -1)):
        y = layers.Softmax(axis)(x)
        np.testing.assert_allclose(y.data, e / e.sum((1, 2), keepdims=True), rtol=1e-6)
    mask = np.array([[True, True, False, False]])
    y = layers.Softmax()(x, mask=mask).data
    assert not y[..., 2:].any()
    np.testing.assert_allclose(y.sum(-1), 1, rtol=1e-6)
    assert layers.Softmax([1, 2]).get_config()["axis"] == [1, 2]
    nobody = np.zeros((2, 3, 4), bool)
    assert not layers.Softmax()(x, mask=nobody).data.any()
    with pytest.warns(UserWarning, match="did you mean sigmoid"):
        layers.Softmax()([[1.0], [2.0]])


def test_configs_have_the_names_of_keras():
    assert layers.LeakyReLU(alpha=0.1).get_config()["negative_slope"] == 0.1
    assert layers.ThresholdedReLU(2).get_config()["theta"] == 2.0
    assert layers.ELU().get_config()["alpha"] == 1.0
    config = layers.ReLU(6, alpha=0.1).get_config()
    wanted = {"max_value": 6.0, "negative_slope": 0.1, "threshold": 0.0}
    assert {name: config[name] for name in wanted} == wanted
    config = PReLU(shared_axes=(1, 2)).get_config()
    assert config["alpha_initializer"] == {"class_name": "Zeros", "config": {}}
    assert config["alpha_regularizer"] is config["alpha_constraint"] is None
    assert config["shared_axes"] == [1, 2]
    assert Activation("swish").get_config()["activation"] == "silu"


@pytest.mark.parametrize("name", FROM_DECLARATIONS)
def test_a_layer_computes_what_its_op_does(name):
    kind, x = ALL[name], np.linspace(-4, 4, 9).reshape(3, 3)
    arguments = [0.5, -1.0] if name == "Threshold" else []
    layer = kind(*arguments, dtype="float64")
    y = layer(x)
    starts = [w.data for w in layer.weights]
    op = kind.op
    numbers = [] if starts else layer.numbers
    np.testing.assert_array_equal(y.data, op(x, *starts, *numbers).data)
    assert len(starts) == len(op.declaration.inputs) - 1
    assert layer.weights == [] or all(w.shape == (3,) for w in layer.weights)


def test_only_layers_that_learn_have_weights():
    for name in FROM_DECLARATIONS.keys() - {"Threshold"}:
        layer = ALL[name]()
        assert layer.weights == []
        layer(np.ones((2, 3)))
        assert bool(layer.weights) == hasattr(layer, "learned"), name


IMAGES = (None, 4, 5, 3)


@pytest.mark.parametrize(
    ("axes", "shape"),
    [
        (None, (4, 5, 3)),
        ([1, 2], (1, 1, 3)),
        (1, (1, 5, 3)),
        ((1, 2, 3), (1, 1, 1)),
        ([-1], (4, 5, 1)),
        ([-3, -2], (1, 1, 3)),
        (np.int64(2), (4, 1, 3)),
        ([], (4, 5, 3)),
    ],
)
def test_alpha_has_one_number_for_each_feature_and_one_along_shared_axes(axes, shape):
    layer = PReLU(shared_axes=axes)
    assert layer.compute_output_shape(IMAGES) == IMAGES
    assert layer.alpha.shape == shape
    assert [w.name for w in layer.trainable_weights] == ["p_re_lu.alpha"]
    assert layer.shared_axes is None or isinstance(layer.shared_axes, list)


@pytest.mark.parametrize("axes", [[0], 4, -4, -5, [1, 1], [1, -3], "a", 1.0, True, [True], [[1]]])
def test_wrong_shared_axes_are_refused(axes):
    with pytest.raises(ValueError, match="p_re_lu: shared_axes=") as caught:
        PReLU(shared_axes=axes).build(IMAGES)
    assert "\n" not in str(caught.value)


def test_lengths_that_are_not_known_must_be_shared():
    assert PReLU(shared_axes=1)(Input((None, 3))).shape == (None, None, 3)
    layer = PReLU(shared_axes=1)
    layer.build((None, None, 3))
    assert layer.alpha.shape == (1, 3)
    with pytest.raises(ValueError, match=r"a weight of shape \(None, 3\) asked for.*without None"):
        PReLU()(Input((None, 3)))


def test_once_built_the_shape_is_checked_but_not_along_shared_axes():
    layer = PReLU(0.25, shared_axes=[1, 2])
    layer(np.ones((2, 4, 5, 3)))
    assert layer(-np.ones((1, 8, 2, 3))).shape == (1, 8, 2, 3)
    for shape in [(2, 4, 5, 4), (2, 4, 3), (4, 5, 3, 3, 3), (2, 4, 5, 1)]:
        with pytest.raises(ValueError, match=r"built for inputs of shape \(batch, 4, 5, 3\)"):
            layer(np.ones(shape))
    layer = PReLU()
    layer(np.ones((2, 3)))
    for shape in [(2, 1), (2, 4), (2, 3, 3), (3,)]:
        with pytest.raises(ValueError, match=r"built for inputs of shape \(batch, 3\), now given"):
            layer(np.ones(shape))


def test_a_single_axis_is_the_batch_and_alpha_a_number():
    layer = PReLU(0.25)
    np.testing.assert_array_equal(layer([-2.0, 0.0, 3.0]).data, [-0.5, 0.0, 3.0])
    assert layer.alpha.shape == ()


def test_gradients_that_were_measured_and_the_legal_one_at_0():
    layer, x = PReLU(0.25), Tensor([[-2.0, 0.0, 3.0]], requires_grad=True)
    layer(x).sum().backward()
    np.testing.assert_array_equal(x.grad, [[0.25, 0.25, 1.0]])
    np.testing.assert_array_equal(layer.alpha.grad, [-2.0, 0.0, 0.0])


def test_a_fresh_prelu_is_a_relu():
    x = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_array_equal(PReLU()(x).data, activations.relu(x.astype("float32")).data)


def test_alpha_may_start_from_anything_that_initializers_take():
    start = [0.1, 0.2, 0.3]
    for any_start in (start, np.array(start), Tensor(start), lambda shape: np.array(start)):
        layer = PReLU(any_start)
        np.testing.assert_allclose(layer(-np.ones((1, 3))).data, [[-0.1, -0.2, -0.3]], rtol=1e-6)
    np.testing.assert_array_equal(PReLU("ones")([[-2.0]]).data, [[-2.0]])
    with pytest.raises(ValueError, match=r"of shape \(3,\) given for a weight of shape \(4,\)"):
        PReLU(start)(np.ones((1, 4)))


def test_alpha_has_a_penalty_and_a_constraint():
    layer = PReLU("ones", alpha_regularizer="l2", alpha_constraint="non_neg")
    layer(np.ones((1, 3)))
    np.testing.assert_allclose([loss.item() for loss in layer.losses], [0.03], rtol=1e-6)
    assert list(layer.constrained) == [layer.alpha]
    np.testing.assert_array_equal(layer.constrained[layer.alpha](np.array([-1.0, 2.0])), [0, 2])


def slopes_by_hand(x, target, alpha, steps, rate):
    """Gradient descent on mean((prelu(x) - target)**2) for slopes shared by rows and columns.

    dL/dalpha of a channel is the sum of 2 (y - target) / n x over its negative x.
    """
    alpha = np.asarray(alpha, np.float64).copy()
    for _ in range(steps):
        negative = x < 0
        y = np.where(negative, alpha * x, x)
        gradient = np.where(negative, 2 * (y - target) / y.size * x, 0.0)
        alpha -= rate * gradient.sum(axis=(0, 1, 2), keepdims=True)[0]
    return alpha


def slopes_of_layer(x, target, steps, rate, dtype):
    layer = PReLU(0.25, shared_axes=[1, 2], dtype=dtype)
    for _ in range(steps):
        loss = ops.mean(ops.square(layer(x) - target.astype(dtype)))
        loss.backward()
        layer.alpha.data = layer.alpha.data - rate * layer.alpha.grad
        layer.alpha.grad = None
    return layer.alpha.data


@pytest.mark.parametrize(("dtype", "rtol"), [("float32", 1e-5), ("float64", 1e-12)])
def test_prelu_learns_shared_slopes_on_images(dtype, rtol):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 4, 5, 3)).astype(dtype).astype(np.float64)
    true = np.array([0.9, -0.4, 0.1])
    target = np.where(x < 0, true * x, x)
    expected = slopes_by_hand(x, target, np.full((1, 1, 3), 0.25), 60, 0.5)
    found = slopes_of_layer(x, target, 60, 0.5, dtype)
    assert found.shape == (1, 1, 3)
    np.testing.assert_allclose(found, expected, rtol=rtol)
    before, after = np.abs(0.25 - true), np.abs(found.reshape(3) - true)
    assert (after < 0.1 * before).all()


def test_slopes_of_a_wrong_reference_are_noticed():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 4, 5, 3))
    target = np.where(x < 0, 0.9 * x, x)
    found = slopes_of_layer(x, target, 3, 0.5, "float64")
    unshared = slopes_by_hand(x, target, np.full((4, 5, 3), 0.25), 3, 0.5)
    fewer = slopes_by_hand(x, target, np.full((1, 1, 3), 0.25), 2, 0.5)
    assert unshared.shape != found.shape
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(found, fewer, rtol=1e-5)


@given(
    x=arrays.arrays(np.float64, (2, 2, 3), elements=st.floats(-100, 100)),
    alpha=arrays.arrays(np.float64, (1, 3), elements=st.floats(-2, 2)),
)
def test_prelu_and_its_gradients_are_those_of_the_formula(x, alpha):
    layer = PReLU(alpha, shared_axes=1, dtype="float64")
    given_x = Tensor(x, requires_grad=True, dtype="float64")
    y = layer(given_x)
    y.backward(np.ones(x.shape))
    np.testing.assert_allclose(y.data, np.where(x > 0, x, alpha * x))
    np.testing.assert_allclose(given_x.grad, np.where(x > 0, 1, np.broadcast_to(alpha, x.shape)))
    by_hand = np.where(x > 0, 0, x).sum(axis=(0, 1))[None]
    np.testing.assert_allclose(layer.alpha.grad, by_hand, atol=1e-12)


@pytest.mark.parametrize("name", FROM_DECLARATIONS)
def test_gradients_of_layers_pass_the_check(name):
    arguments = [0.5, -1.0] if name == "Threshold" else []
    layer = ALL[name](*arguments, dtype="float64")
    x = np.array([[-2.7, 0.3], [1.3, -0.2]])
    layer(x)
    gradcheck(lambda x: layer(x), x)
