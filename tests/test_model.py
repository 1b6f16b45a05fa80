import numpy as np
import pytest

from minigrad import Tensor, datasets
from minigrad.layers import Activation, Add, Dense, Input, Layer, PReLU
from minigrad.losses import SparseCategoricalCrossentropy
from minigrad.model import Model, Sequential, clone_model
from minigrad.ops import softmax_cross_entropy
from minigrad.optimizers import SGD, Adam

CROSS_ENTROPY = SparseCategoricalCrossentropy(from_logits=True)


def moons_model(optimizer="adam") -> Sequential:
    model = Sequential([Dense(16, seed=1), PReLU(0.25), Dense(2, seed=2)])
    model.compile(optimizer, CROSS_ENTROPY, metrics=["accuracy"])
    return model


def trained(optimizer="adam", **options):
    data, model = datasets.moons(400, seed=0), moons_model(optimizer)
    history = model.fit(data.x_train, data.y_train, seed=0, verbose=0, **options)
    return data, model, history


def test_a_prelu_net_learns_two_moons_and_its_slopes_move():
    data, model, history = trained(Adam(0.01), epochs=40)
    _, accuracy = model.evaluate(data.x_test, data.y_test)
    assert accuracy >= 0.95
    assert history.losses[-1] < 0.25 * history.losses[0]
    assert (model.layers[1].alpha.data != 0.25).all()


def test_the_same_seeds_give_the_same_bits():
    first, second = (trained(epochs=2)[1].weights for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.data, b.data)


def test_history_says_where_the_time_went():
    history = trained(epochs=1)[2]
    assert set(history.seconds) == {"forward", "backward", "optimizer", "metrics"}
    assert history.epoch == [0] and set(history.history) == {"loss", "accuracy"}


def test_the_last_batch_may_be_smaller():
    model = Sequential([Dense(2, seed=0)])
    model.compile("sgd", CROSS_ENTROPY)
    model.fit(np.ones((5, 3)), [0, 1, 0, 1, 0], batch_size=4, verbose=0)
    assert model.predict(np.ones((5, 3)), batch_size=2).shape == (5, 2)


def test_two_layers_of_one_kind_have_different_names():
    model = Sequential([Dense(3), Dense(2), Activation("relu")])
    assert [layer.name for layer in model.layers] == ["dense", "dense_1", "activation"]


def test_a_layer_refuses_another_number_of_features():
    layer = Dense(2)
    layer(np.ones((1, 3)))
    with pytest.raises(ValueError, match=r"built for inputs of shape \(batch, 3\), now given"):
        layer(np.ones((1, 4)))


def test_add_refuses_what_is_no_layer_and_a_layer_twice():
    layer = Dense(2)
    model = Sequential([layer])
    with pytest.raises(TypeError, match="Activation"):
        model.add("relu")
    with pytest.raises(ValueError, match="already"):
        model.add(layer)


def test_dense_is_x_w_plus_b():
    rng = np.random.default_rng(0)
    layer = Dense(4, activation="tanh", seed=0)
    x = rng.standard_normal((5, 3)).astype(np.float32)
    y = layer(x)
    expected = np.tanh(x @ layer.kernel.data + layer.bias.data)
    np.testing.assert_allclose(y.data, expected, rtol=1e-6, atol=1e-7)


def test_a_callable_is_an_activation():
    layer = Dense(2, activation=lambda y: y * 0.0)
    np.testing.assert_array_equal(layer(np.ones((1, 2))).data, [[0.0, 0.0]])


def test_prelu_learns_a_given_slope():
    x = np.linspace(-1, 1, 64, dtype=np.float32).reshape(-1, 1)
    layer, target, sgd = PReLU(), Tensor(np.where(x > 0, x, 0.3 * x)), SGD(0.5)
    for _ in range(200):
        error = layer(x) - target
        (error * error).mean().backward()
        sgd.step(layer.weights)
    np.testing.assert_allclose(layer.alpha.data, [0.3], atol=1e-5)


def test_cross_entropy_falls_when_trained_by_hand():
    x = Tensor(np.zeros((4, 3), np.float32), requires_grad=True)
    before = softmax_cross_entropy(x, [0, 1, 2, 0])
    before.backward()
    SGD(1.0).step([x])
    assert softmax_cross_entropy(x, [0, 1, 2, 0]).item() < before.item() == pytest.approx(np.log(3))


def test_layers_are_shared_and_joined_in_a_functional_model():
    a, b, shared = Input((3,)), Input((3,)), Dense(2, seed=0)
    model = Model([a, b], Add()([shared(a), shared(b)]))
    x, y = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)
    np.testing.assert_array_equal(model([x, y]).data, (shared(x) + shared(y)).data)
    assert len(model.weights) == 2 and model.layers.count(shared) == 1


def test_a_clone_has_the_same_layers_and_weights_of_its_own():
    x = Input((3,))
    for model in (Model(x, Dense(1)(Dense(2, "relu")(x))), Sequential([Dense(2), Dense(1)])):
        model(np.ones((1, 3)))
        clone = clone_model(model)
        clone(np.ones((1, 3)))
        assert [layer.name for layer in clone.layers] == [layer.name for layer in model.layers]
        clone.set_weights(model.get_weights())
        np.testing.assert_array_equal(clone(np.ones((2, 3))).data, model(np.ones((2, 3))).data)
        assert not set(clone.weights) & set(model.weights)


def test_an_input_shape_builds_a_sequential_model_at_once():
    model = Sequential([Dense(4, input_shape=(3,)), Dense(2)])
    assert [w.shape for w in model.weights] == [(3, 4), (4,), (4, 2), (2,)]
    with pytest.raises(ValueError, match="Input"):
        model.add(Input((3,)))


def test_a_popped_layer_is_gone():
    model = Sequential([Input((3,)), Dense(4), Dense(2)])
    model.pop()
    model.add(Dense(7))
    assert model(np.ones((1, 3))).shape == (1, 7)
    with pytest.raises(ValueError, match="no layer to take away"):
        Sequential().pop()


def test_an_output_that_does_not_come_from_the_inputs_is_refused():
    with pytest.raises(ValueError, match="neither an input nor made"):
        Model(Input((3,)), Dense(2)(Input((3,))))


def test_a_model_without_layers_says_how_to_add_some():
    with pytest.raises(ValueError, match=r"model\.add\(layer\)"):
        Sequential()(np.ones((1, 2)))


def test_a_layer_of_layers_owns_their_weights():
    class Block(Layer):
        def __init__(self):
            super().__init__()
            self.parts = [Dense(3), PReLU()]

        def call(self, x):
            for part in self.parts:
                x = part(x)
            return x

    block = Block()
    block(np.ones((2, 4)))
    assert [w.shape for w in block.weights] == [(4, 3), (3,), (3,)]


@pytest.mark.parametrize(
    ("x", "labels", "words"),
    [
        (np.ones((3, 2)), [0, 1], "same number of examples"),
        (np.ones((0, 2)), [], "no examples"),
        (np.full((2, 2), np.nan), [0, 1], "nan"),
        (np.ones((2, 2)), [0, 2], "labels from 0 to 2 given for 2 classes"),
        (np.ones((2, 2)), [0.5, 1], "whole numbers"),
        ([["a", "b"]], [0], "not a real number type"),
    ],
)
def test_bad_data_is_refused_in_one_line_and_leaves_the_weights(x, labels, words):
    model = moons_model()
    model(np.ones((1, 2)))
    before = model.get_weights()
    with pytest.raises((ValueError, TypeError), match=words) as error:
        model.fit(x, labels, verbose=0)
    assert "\n" not in str(error.value)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
