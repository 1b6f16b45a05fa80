"""What all layers share: weights, building, modes, names, configs, symbols and errors."""

import json
import re
import warnings
from functools import partial

import numpy as np
import pytest

from minigrad import Tensor, configs, layers, no_grad, ops
from minigrad.layers import ALL, Activation, Dense, Dropout, Embedding, Input, Lambda, PReLU
from minigrad.layers.given import snake_case
from minigrad.layers.layer import Layer, is_training, training
from minigrad.regularizers import L2

# What a layer needs besides its defaults: arguments, and an input where (2, 3) will not do.
ARGUMENTS = {
    "Activation": ["relu"],
    "AlphaDropout": [0.25],
    "Dense": [4],
    "Dot": [1],
    "Dropout": [0.25],
    "Embedding": [5, 4],
    "GaussianDropout": [0.25],
    "GaussianNoise": [0.25],
    "Lambda": [ops.square],
    "Permute": [(2, 1)],
    "RepeatVector": [3],
    "Reshape": [(3, 1)],
    "SpatialDropout1D": [0.25],
    "SpatialDropout2D": [0.25],
    "SpatialDropout3D": [0.25],
    "Threshold": [0.5, -1.0],
}
SHAPES = {
    "Permute": (2, 3, 4),
    "SpatialDropout1D": (2, 3, 4),
    "SpatialDropout2D": (2, 3, 3, 4),
    "SpatialDropout3D": (2, 3, 3, 2, 4),
}
MERGING = {"Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"}


def made(name, **shared):
    return ALL[name](*ARGUMENTS.get(name, []), **shared)


def example(name):
    x = np.random.default_rng(0).uniform(-3, 3, SHAPES.get(name, (2, 3)))
    x = np.abs(np.round(x)) if name == "Embedding" else x
    return [x, x + 0.5] if name in MERGING else x


def keras_name(name):
    """Keras's rule: the two regular expressions that its documentation of names comes from."""
    split = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", split).lower()


@pytest.mark.parametrize("name", ALL)
def test_every_layer_is_the_same_again_from_its_config(name):
    layer = made(name, seed=3)
    x = example(name)
    y = layer(x, training=True)
    config = json.loads(json.dumps(layers.serialize(layer)))
    again = layers.deserialize(config)
    assert type(again) is ALL[name]
    assert again.get_config() == layer.get_config()
    np.testing.assert_array_equal(again(x, training=True).data, y.data)


def test_a_config_that_lost_an_argument_is_not_the_same_layer():
    layer = layers.LeakyReLU(0.1)
    config = layer.get_config()
    del config["negative_slope"]
    again = layers.LeakyReLU.from_config(config)
    assert again.get_config() != layer.get_config()
    assert again([-1.0]).item() != layer([-1.0]).item()


@pytest.mark.parametrize("name", ALL)
def test_every_layer_knows_the_shape_of_what_it_gives(name):
    x = example(name)
    shape = [i.shape for i in x] if isinstance(x, list) else x.shape
    layer, fresh = made(name), made(name)
    assert fresh.compute_output_shape(shape) == layer(x).shape
    open_ended = [(None, *s[1:]) for s in shape] if isinstance(x, list) else (None, *shape[1:])
    assert made(name).compute_output_shape(open_ended) == (None, *layer(x).shape[1:])


@pytest.mark.parametrize("name", ALL)
def test_every_layer_describes_and_computes_in_its_dtype(name):
    for dtype in ("float16", "float32", "float64"):
        assert made(name, dtype=dtype)(example(name)).dtype == dtype
    with pytest.raises(TypeError, match="dtype='int32' given; give float16"):
        made(name, dtype="int32")


@pytest.mark.parametrize("name", ALL)
def test_every_layer_refuses_an_unknown_argument_and_suggests_one(name):
    with pytest.raises(TypeError, match="no argument 'traniable'; did you mean 'trainable'"):
        made(name, traniable=False)


@pytest.mark.parametrize("name", ALL)
def test_names_are_those_of_keras(name):
    assert made(name).name == keras_name(name)
    assert ALL[name].__name__ == name


def test_names_that_were_measured_in_keras():
    known = {
        "Dense": "dense",
        "LeakyReLU": "leaky_re_lu",
        "ReLU": "re_lu",
        "PReLU": "p_re_lu",
        "ELU": "elu",
        "BatchNormalization": "batch_normalization",
        "Conv2DTranspose": "conv2d_transpose",
    }
    assert {name: snake_case(name) for name in known} == known


def test_a_layer_is_found_by_name_class_and_config():
    assert isinstance(layers.get("leaky_relu"), layers.LeakyReLU)
    assert isinstance(layers.get("p_re_lu"), PReLU)
    assert isinstance(layers.get(layers.Flatten), layers.Flatten)
    layer = Dense(2)
    assert layers.get(layer) is layer
    with pytest.raises(ValueError, match="layer: 'Dens' given; did you mean 'Dense'"):
        layers.get("Dens")
    with pytest.raises(ValueError, match=r"function goes into layers.Lambda"):
        layers.get(np.tanh)
    with pytest.raises(AttributeError, match="no layer 'Conv9D'"):
        layers.Conv9D  # noqa: B018


def test_a_custom_layer_learns_and_comes_back_from_its_config():
    class Scale(Layer):
        def __init__(self, start=1.0, **shared):
            super().__init__(**shared)
            self.start = start

        def build(self, shape):
            self.factor = self.add_weight(shape[1:], self.start, name="factor")

        def call(self, x):
            return self.factor * x

    layer = Scale(2.0)
    layer([[1.0, 2.0]]).sum().backward()
    np.testing.assert_array_equal(layer.factor.grad, [1.0, 2.0])
    assert layer.factor.name == "scale.factor"
    again = layers.deserialize(layers.serialize(layer), {"Scale": Scale})
    np.testing.assert_array_equal(again([[1.0, 2.0]]).data, [[2.0, 4.0]])
    with pytest.raises(ValueError, match=r"built for inputs of shape \(batch, 2\), now given"):
        layer([[1.0, 2.0, 3.0]])


def test_a_layer_that_forgot_an_argument_says_so():
    class Forgetful(Layer):
        def __init__(self, factor, **shared):
            super().__init__(**shared)

    with pytest.raises(ValueError, match="Forgetful: keep the argument 'factor' as self.factor"):
        Forgetful(2.0).get_config()
    with pytest.raises(TypeError, match="a layer must define call"):
        Forgetful(2.0)([1.0])


class Modes(Layer):
    """Keeps the modes that it was called in."""

    def build(self, shape):
        self.seen = []

    def call(self, x, training=False):
        self.seen.append((training, is_training()))
        return x


class Outer(Layer):
    def __init__(self):
        super().__init__()
        self.inner = Modes()

    def call(self, x):
        return self.inner(x)


def test_the_training_mode_comes_from_the_argument_or_from_around():
    layer = Modes()
    layer([1.0])
    layer([1.0], training=True)
    with training(True):
        layer([1.0])
        layer([1.0], training=False)
        layer([1.0], training=None)
    on, off = (True, True), (False, False)
    assert layer.seen == [off, on, on, off, on]


def test_the_training_mode_reaches_the_layers_below_of_one_that_does_not_take_it():
    layer = Outer()
    layer([1.0], training=True)
    layer([1.0])
    assert layer.inner.seen == [(True, True), (False, False)]


def test_describing_a_layer_draws_no_random_numbers_and_adds_no_losses():
    class Noisy(Layer):
        def __init__(self):
            super().__init__(activity_regularizer="l2")
            self.noise = Dropout(0.5, seed=1)

        def call(self, x):
            return self.noise(x)

    layer, x = Noisy(), np.ones((4, 4))
    with training(True):
        assert layer(Input((4,))).shape == (None, 4)
        assert layer.losses == []
        np.testing.assert_array_equal(layer(x).data, Dropout(0.5, seed=1)(x).data)


def test_a_symbol_that_a_built_layer_cannot_take_is_refused():
    layer = Dense(2)
    layer(np.ones((1, 3)))
    assert layer(Input((3,))).shape == (None, 2)
    with pytest.raises(ValueError, match=r"dense: built for inputs of shape \(batch, 3\)"):
        layer(Input((4,)))


def test_symbols_have_a_shape_and_no_numbers():
    x = Input((4, None), batch_size=2, name="images")
    assert (x.shape, x.ndim, repr(x)) == ((2, 4, None), 3, "<Symbol images (2, 4, None)>")
    assert Input(4).shape == Input([4]).shape == (None, 4)
    with pytest.raises(TypeError, match="a Symbol has no numbers yet"):
        np.asarray(x)
    for wrong in ("4", (0,), (-1,), (2.0,), (True,), None):
        with pytest.raises(ValueError, match="Input: shape="):
            Input(wrong)


@pytest.mark.parametrize("shape", [(4,), [4], 4])
def test_the_first_layer_takes_an_input_shape(shape):
    assert Dense(2, input_shape=shape).input_shape == (4,)
    assert Dense(2, input_dim=4).input_shape == (4,)
    assert Dense.from_config(Dense(2, input_shape=shape).get_config()).input_shape == (4,)


SIX = ["LeakyReLU", "PReLU", "ELU", "ThresholdedReLU", "Softmax", "ReLU"]


@pytest.mark.parametrize("kind", SIX)
def test_every_activation_layer_takes_an_input_shape(kind):
    assert ALL[kind](input_shape=(None, 3)).input_shape == (None, 3)


def test_weights_are_those_of_all_layers_below_each_once():
    class Net(Layer):
        def __init__(self):
            super().__init__()
            self.first = Dense(3)
            self.others = [self.first, Dense(2, trainable=False)]

        def call(self, x):
            return self.others[1](self.first(x))

    net = Net()
    assert net.weights == [] and net.count_params() == 0
    net(np.ones((1, 4)))
    assert [w.shape for w in net.weights] == [(4, 3), (3,), (3, 2), (2,)]
    assert [w.shape for w in net.trainable_weights] == [(4, 3), (3,)]
    assert [w.shape for w in net.non_trainable_weights] == [(3, 2), (2,)]
    assert net.count_params() == 4 * 3 + 3 + 3 * 2 + 2
    kept = net.get_weights()
    net.set_weights([np.zeros_like(w) for w in kept])
    assert not net(np.ones((1, 4))).data.any()
    with pytest.raises(ValueError, match="1 arrays given for 4 weights"):
        net.set_weights(kept[:1])
    with pytest.raises(ValueError, match=r"shape \(4, 3\) given for dense.bias of shape \(3,\)"):
        net.set_weights([kept[0], kept[0], kept[2], kept[3]])
    assert not net(np.ones((1, 4))).data.any()  # nothing was written by those two


def test_penalties_and_activity_are_losses():
    layer = Dense(2, kernel_regularizer=L2(0.5), activity_regularizer="l2", use_bias=False)
    x = np.array([[1.0, 0.0], [0.0, 2.0]], np.float32)
    y = layer(x).data.astype(float)
    penalty, activity = (loss.item() for loss in layer.losses)
    np.testing.assert_allclose(penalty, 0.5 * np.sum(layer.kernel.data.astype(float) ** 2), 1e-6)
    np.testing.assert_allclose(activity, 0.01 * np.sum(y**2) / 2, 1e-6)


def test_the_same_seed_starts_from_the_same_weights():
    x = np.ones((1, 3))
    first, again, other = (Dense(4, seed=s)(x).data for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


@pytest.mark.parametrize("shape", [(5, 3), (5, 4, 3), (2, 5, 4, 3)])
def test_dense_contracts_the_last_axis(shape):
    rng = np.random.default_rng(0)
    x, kernel, bias = rng.normal(size=shape), rng.normal(size=(3, 2)), rng.normal(size=2)
    layer = Dense(2, "tanh", kernel_initializer=kernel, bias_initializer=bias, dtype="float64")
    np.testing.assert_allclose(layer(x).data, np.tanh(x @ kernel + bias), rtol=1e-13)
    assert Dense(2).compute_output_shape((None, *shape[1:])) == (None, *shape[1:-1], 2)


def test_a_layer_that_could_not_be_built_can_be_built_again():
    layer = Dense(2, bias_initializer=[1.0, 2.0, 3.0], kernel_regularizer="l2")
    for _ in range(2):
        with pytest.raises(ValueError, match=r"of shape \(3,\) given for a weight of shape \(2,\)"):
            layer([[1.0]])
        assert layer.weights == [] and layer.losses == []
    with pytest.raises(ValueError, match="features"):
        layer([1.0])
    layer.units = 3
    assert layer([[1.0]]).shape == (1, 3) and len(layer.weights) == 2


def test_dense_without_bias_has_one_weight():
    layer = Dense(np.int64(2), use_bias=False)
    layer([[1.0, 2.0]])
    assert [w.name for w in layer.weights] == ["dense.kernel"]


def test_a_layer_as_activation_warns_and_is_shared():
    slope = PReLU(0.25)
    with pytest.warns(UserWarning, match="dense: the layer p_re_lu is given as an activation"):
        first = Dense(3, slope)
    with pytest.warns(UserWarning, match="what it learns is shared"):
        second = Dense(3, slope)
    second(first(np.ones((1, 2))))
    assert slope.alpha is first.weights[-1] is second.weights[-1]
    assert [w.name for w in first.weights] == ["dense.kernel", "dense.bias", "p_re_lu.alpha"]
    with pytest.warns(UserWarning, match="activation: the layer"):
        Activation(layers.LeakyReLU())
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a plain function is fine, and so is a config
        again = Dense.from_config(json.loads(json.dumps(first.get_config())))
    assert isinstance(again.activation, PReLU)
    again(np.ones((1, 2)))
    assert len(again.weights) == 3


def test_advanced_activations_is_the_module_of_old():
    from minigrad.layers import advanced_activations

    for name in SIX:
        assert getattr(advanced_activations, name) is ALL[name]


def test_a_list_of_lists_and_integers_become_tensors():
    y = Dense(1, kernel_initializer="ones")([[1, 2], [3, 4]])
    np.testing.assert_array_equal(y.data, [[3.0], [7.0]])
    assert Dense(1, dtype="float64")(Tensor([[1.0]])).dtype == np.float64
    with no_grad():
        assert Dense(1)([[1.0]]).node is None


BAD = {
    "Dense(0)": (lambda: Dense(0), ValueError, "dense: units=0 given; it must be a whole number"),
    "Dense('3')": (lambda: Dense("3"), ValueError, "units='3' given"),
    "Dense(2.5)": (lambda: Dense(2.5), ValueError, "units=2.5 given"),
    "Dense(True)": (lambda: Dense(True), ValueError, "units=True given"),
    "Dense on 1-D": (lambda: Dense(2)([1.0]), ValueError, r"shape \(1,\) given; .*features"),
    "Dense on None": (lambda: Dense(2)(Input((None,))), ValueError, "without None"),
    "Dense on words": (lambda: Dense(2)([["a"]]), TypeError, "dense: .*not a real number type"),
    "Dense on ragged": (lambda: Dense(2)([[1.0], [1.0, 2.0]]), ValueError, "dense: "),
    "unknown keyword": (lambda: Dense(2, foo=1), TypeError, "Dense: no argument 'foo'; it takes"),
    "nearly known": (lambda: Dense(2, activaton="relu"), TypeError, "did you mean 'activation'"),
    "unknown activation": (lambda: Dense(2, "rleu"), ValueError, "did you mean 'r?elu'"),
    "Dense of a PReLU's name": (lambda: Dense(2, "prelu"), ValueError, r"layers.PReLU\(\)"),
    "Activation(3)": (lambda: Activation(3), ValueError, "activation: 3 given"),
    "Dense input_shape": (lambda: Dense(2, input_shape="4"), ValueError, "dense: shape='4'"),
    "Dense seed": (lambda: Dense(2, seed=-1), ValueError, "seed: -1 given"),
    "NumPy as activation": (lambda: Activation(np.tanh)([1.0]), TypeError, "tanh is NumPy's"),
    "no shape kept": (lambda: Activation(lambda x: x.sum())([1.0]), ValueError, "keeps both"),
    "no tensor": (lambda: Activation(lambda x: 1)([1.0]), TypeError, "returned int"),
    "Activation of glu on odd": (lambda: Activation("glu")([[1.0]]), ValueError, "glu"),
    "LeakyReLU(None)": (lambda: layers.LeakyReLU(None), ValueError, "negative_slope=None"),
    "LeakyReLU(-1)": (lambda: layers.LeakyReLU(-1), ValueError, "negative_slope=-1"),
    "LeakyReLU('a')": (lambda: layers.LeakyReLU("a"), ValueError, "negative_slope='a'"),
    "LeakyReLU(nan)": (lambda: layers.LeakyReLU(np.nan), ValueError, "negative_slope=nan"),
    "LeakyReLU(inf)": (lambda: layers.LeakyReLU(np.inf), ValueError, "negative_slope=inf"),
    "LeakyReLU twice": (
        lambda: layers.LeakyReLU(alpha=0.1, negative_slope=0.2),
        TypeError,
        "given twice, 0.1 and 0.2",
    ),
    "LeakyReLU 0.1, alpha": (lambda: layers.LeakyReLU(0.1, alpha=0.2), TypeError, "given twice"),
    "LeakyReLU(1, 2)": (lambda: layers.LeakyReLU(1, 2), TypeError, r"\(1, 2\) given; it takes"),
    "ReLU(max_value=-1)": (lambda: layers.ReLU(max_value=-1), ValueError, "max_value=-1"),
    "ReLU(slope=-1)": (lambda: layers.ReLU(negative_slope=-1), ValueError, "alpha=-1"),
    "ReLU(slope=None)": (lambda: layers.ReLU(negative_slope=None), ValueError, "alpha=None"),
    "ReLU(threshold=-1)": (lambda: layers.ReLU(threshold=-1), ValueError, "threshold=-1"),
    "ReLU(threshold=None)": (lambda: layers.ReLU(threshold=None), ValueError, "threshold=None"),
    "ReLU alpha twice": (
        lambda: layers.ReLU(alpha=0.1, negative_slope=0.2),
        TypeError,
        "given twice, 0.1 and 0.2",
    ),
    "ThresholdedReLU(None)": (lambda: layers.ThresholdedReLU(None), ValueError, "theta=None"),
    "ThresholdedReLU(-10)": (lambda: layers.ThresholdedReLU(-10), ValueError, "theta=-10"),
    "ELU(None)": (lambda: layers.ELU(None), ValueError, "alpha=None"),
    "ELU(inf)": (lambda: layers.ELU(np.inf), ValueError, "alpha=inf"),
    "CELU(0)": (lambda: layers.CELU(0), ValueError, "alpha=0"),
    "Threshold()": (lambda: layers.Threshold(), TypeError, "threshold is missing"),
    "Softmax(5)": (lambda: layers.Softmax(5)([[1.0, 2.0]]), ValueError, "softmax: axis=5"),
    "Softmax(5) too": (lambda: layers.Softmax(5)([[1.0, 2.0]]), IndexError, "softmax: axis=5"),
    "Softmax on 1-D": (lambda: layers.Softmax()([1.0, 2.0]), ValueError, r"reshape it to \(1, 2\)"),
    "Softmax mask": (
        lambda: layers.Softmax()([[1.0, 2.0]], mask=[[True] * 3]),
        ValueError,
        "mask of shape",
    ),
    "Dropout(1.5)": (lambda: Dropout(1.5), ValueError, "Dropout: rate=1.5 .* from 0 to 1"),
    "Dropout('a')": (lambda: Dropout("a"), ValueError, "rate='a'"),
    "Dropout(nan)": (lambda: Dropout(np.nan), ValueError, "rate=nan"),
    "AlphaDropout(1.5)": (lambda: layers.AlphaDropout(1.5), ValueError, "rate=1.5"),
    "AlphaDropout(1.)": (lambda: layers.AlphaDropout(1.0), ValueError, "must be less than 1"),
    "GaussianDropout(1.)": (lambda: layers.GaussianDropout(1.0), ValueError, "less than 1"),
    "GaussianNoise(2)": (lambda: layers.GaussianNoise(2), ValueError, "stddev=2 given"),
    "noise_shape=0": (lambda: Dropout(0.5, 0), ValueError, "noise_shape=0 given"),
    "noise_shape": (
        lambda: Dropout(0.5, (2, 1))(np.ones((3, 4)), training=True),
        ValueError,
        r"noise_shape=\(2, 1\) given for an input of shape \(3, 4\)",
    ),
    "ActivityRegularization": (
        lambda: layers.ActivityRegularization(l1=-1),
        ValueError,
        "l1=-1 given",
    ),
    "BatchNormalization axis": (
        lambda: layers.BatchNormalization(5)([[1.0]]),
        ValueError,
        "batch_normalization: axis=5",
    ),
    "two axes": (lambda: layers.BatchNormalization([1, 2]), ValueError, "one whole number"),
    "momentum": (lambda: layers.BatchNormalization(momentum=2), ValueError, "momentum=2 given"),
    "epsilon": (lambda: layers.LayerNormalization(epsilon=-1), ValueError, "epsilon=-1 given"),
    "empty batch": (
        lambda: layers.BatchNormalization()(np.ones((0, 3)), training=True),
        ValueError,
        r"empty batch of shape \(0, 3\)",
    ),
    "unknown features": (
        lambda: layers.LayerNormalization()(Input((None,))),
        ValueError,
        "without None",
    ),
    "Reshape two": (lambda: layers.Reshape((-1, -1)), ValueError, "only one length can be -1"),
    "Reshape -2": (lambda: layers.Reshape((-2, 3)), ValueError, "target_shape=-2 given"),
    "Reshape": (
        lambda: layers.Reshape((2, 2))(np.ones((1, 3))),
        ValueError,
        r"reshape: input of shape \(1, 3\) given, whose examples have 3 .*=\(2, 2\)",
    ),
    "Reshape -1": (lambda: layers.Reshape((2, -1))(Input((3,))), ValueError, "have 3 numbers"),
    "Permute 0": (lambda: layers.Permute((0, 1)), ValueError, "dims=0 given"),
    "Permute twice": (lambda: layers.Permute((1, 1)), ValueError, "from 1 to 2 once"),
    "Permute axes": (lambda: layers.Permute((2, 1))(np.ones((2, 3))), ValueError, "have 3 axes"),
    "RepeatVector(0)": (lambda: layers.RepeatVector(0), ValueError, "repeat_vector: n=0"),
    "RepeatVector 3-D": (
        lambda: layers.RepeatVector(2)(np.ones((1, 2, 3))),
        ValueError,
        r"\(1, 2, 3\) given; it must be \(batch, features\)",
    ),
    "Flatten a number": (lambda: layers.Flatten()(3.0), ValueError, "flatten: .* batch"),
    "Add of one tensor": (lambda: layers.Add()(np.ones((2, 3))), ValueError, "list of inputs"),
    "Add of a Tensor": (lambda: layers.Add()(Tensor([[1.0]])), ValueError, "list of inputs"),
    "Add of a symbol": (lambda: layers.Add()(Input((3,))), ValueError, r"\(None, 3\) given"),
    "Add of nothing": (lambda: layers.Add()([]), ValueError, r"add: \[\] given"),
    "Add shapes": (
        lambda: layers.Add()([np.ones((2, 3)), np.ones((2, 4))]),
        ValueError,
        r"add: inputs of shapes \(2, 3\) and \(2, 4\) do not fit",
    ),
    "Add batches": (
        lambda: layers.Add()([np.ones((2, 3)), np.ones((1, 3))]),
        ValueError,
        "the batch must be the same",
    ),
    "Add of numbers": (lambda: layers.Add()([1.0, 2.0]), ValueError, r"shapes \(\)"),
    "Subtract three": (
        lambda: layers.Subtract()([np.ones((2, 3))] * 3),
        ValueError,
        "3 inputs given; it takes exactly two",
    ),
    "Concatenate": (
        lambda: layers.Concatenate(1)([np.ones((2, 3, 4)), np.ones((2, 3, 5))]),
        ValueError,
        r"\(2, 3, 4\) and \(2, 3, 5\) given; they may differ only along axis=1",
    ),
    "Concatenate axis": (
        lambda: layers.Concatenate(3)([np.ones((2, 3))] * 2),
        ValueError,
        "concatenate: axis=3",
    ),
    "Dot(0)": (lambda: layers.Dot(0), ValueError, "dot: axes=0 given"),
    "Dot('a')": (lambda: layers.Dot("a"), ValueError, "dot: axes='a' given"),
    "Dot is batch": (
        lambda: layers.Dot(-2)([np.ones((2, 3))] * 2),
        ValueError,
        "axis 0 is the batch and cannot",
    ),
    "Dot lengths": (
        lambda: layers.Dot(1)([np.ones((2, 3)), np.ones((2, 4))]),
        ValueError,
        r"dot: inputs of shapes \(2, 3\) and \(2, 4\)",
    ),
    "Embedding(0, 2)": (lambda: Embedding(0, 2), ValueError, "embedding: input_dim=0"),
    "Embedding out": (lambda: Embedding(3, 2)([3]), ValueError, "3.0 given; .* from 0 to 2"),
    "Embedding -1": (lambda: Embedding(3, 2)([-1]), ValueError, "-1.0 given"),
    "Embedding half": (lambda: Embedding(3, 2)([0.5]), ValueError, "0.5 given; .* whole"),
    "Embedding nan": (lambda: Embedding(3, 2)([np.nan]), ValueError, "nan given"),
    "Embedding masks": (lambda: Embedding(3, 2, mask_zero=True), ValueError, "not offered"),
    "Embedding float16": (
        lambda: Embedding(5000, 2, dtype="float16"),
        ValueError,
        "input_dim=5000 given; float16, in which inputs arrive, counts to 2048 only",
    ),
    "Lambda(3)": (lambda: Lambda(3), ValueError, "lambda: 3 given; it must be a function"),
    "Lambda('nothing')": (lambda: Lambda("nothing"), ValueError, "function: 'nothing' given"),
    "Lambda of no tensor": (lambda: Lambda(lambda x: 1)([1.0]), TypeError, "returned int"),
    "Lambda's config": (
        lambda: Lambda(lambda x: x).get_config(),
        ValueError,
        "has no name to be found by again",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_that_says_what_to_change(case):
    call, kind, words = BAD[case]
    with pytest.raises(kind, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_a_function_of_yours_is_found_again_by_its_name():
    def double(x):
        return 2 * x

    config = layers.serialize(Lambda(double))
    with configs.custom_objects({"double": double}):
        assert layers.deserialize(config)([2.0]).item() == 4.0
    with pytest.raises(ValueError, match="function: 'double' given"):
        layers.deserialize(config)


class Broken(Layer):
    """A layer whose call raises what it is given."""

    def __init__(self, error, **shared):
        super().__init__(**shared)
        self.error = error

    def call(self, x):
        raise self.error


def notes(error):
    return getattr(error, "__notes__", [])


def test_an_error_inside_of_a_layer_says_which_one_it_was():
    from minigrad.model import Model, Sequential

    def straight():
        return Sequential([Dense(3, seed=0), Broken(KeyError("k"), name="third")])

    class Mine(Model):
        def __init__(self):
            super().__init__()
            self.inside = straight()

        def call(self, x):
            return self.inside(x)

    x = np.zeros((5, 2))
    for make in (straight, Mine):
        model, fresh = make(), make()
        model.compile("sgd", "mean_squared_error")
        fit = partial(model.fit, x, x, verbose=0)
        for rows, call in ((2, fit), (5, partial(fresh, x))):  # fit tries two examples first
            with pytest.raises(KeyError) as raised:
                call()
            assert str(raised.value) == "'k'"  # class and message are as they were
            assert notes(raised.value) == [f"in layer third (Broken), given shape ({rows}, 3)"]


def test_an_error_names_one_layer_the_innermost_and_all_of_its_inputs():
    from minigrad.layers import Add
    from minigrad.model import Sequential

    with pytest.raises(ValueError) as raised:
        Add()([np.zeros((2, 3)), np.zeros((2, 4))])
    assert notes(raised.value) == ["in layer add (Add), given shapes (2, 3), (2, 4)"]
    inner = Sequential([Broken(ValueError("no"), name="deep")])
    with pytest.raises(ValueError, match="^no") as raised:
        Sequential([inner])(np.zeros((2, 3)))
    assert notes(raised.value) == ["in layer deep (Broken), given shape (2, 3)"]


def test_ctrl_c_is_left_alone():
    with pytest.raises(KeyboardInterrupt) as raised:
        Broken(KeyboardInterrupt())(np.zeros((2, 3)))
    assert notes(raised.value) == []
