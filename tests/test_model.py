import numpy as np
import pytest

from minigrad import Tensor, datasets
from minigrad.layers import Activation, Dense, PReLU
from minigrad.losses import softmax_cross_entropy
from minigrad.model import Sequential
from minigrad.optimizers import SGD, Adam


def moons_model() -> Sequential:
    return Sequential([Dense(16, seed=1), PReLU(0.25), Dense(2, seed=2)])


def trained(**options):
    data, model = datasets.moons(400, seed=0), moons_model()
    history = model.fit(data.x_train, data.y_train, seed=0, **options)
    return data, model, history


def test_a_prelu_net_learns_two_moons_and_its_slopes_move():
    data, model, history = trained(epochs=40, optimizer=Adam(0.01))
    assert model.accuracy(data.x_test, data.y_test) >= 0.95
    assert history.losses[-1] < 0.25 * history.losses[0]
    (slopes,) = model.slopes().values()
    assert (slopes != 0.25).all()


def test_the_same_seeds_give_the_same_bits():
    first, second = (trained(epochs=2)[1].weights for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.data, b.data)


def test_history_says_where_the_time_went():
    history = trained(epochs=1)[2]
    assert set(history.seconds) == {"forward", "backward", "optimizer"}
    assert len(history.losses) == 1


def test_progress_is_told_after_every_epoch():
    seen = []
    data, model = datasets.spirals(90), Sequential([Dense(3)])
    model.fit(data.x_train, data.y_train, epochs=3, progress=lambda *told: seen.append(told))
    assert [epoch for epoch, _ in seen] == [1, 2, 3]


def test_the_last_batch_may_be_smaller():
    model = Sequential([Dense(2, seed=0)])
    model.fit(np.ones((5, 3)), [0, 1, 0, 1, 0], batch_size=4)
    assert model.predict(np.ones((5, 3)), batch_size=2).shape == (5, 2)


def test_two_layers_of_one_kind_have_different_names():
    model = Sequential([Dense(3), Dense(2), Activation("relu")])
    assert [layer.name for layer in model.layers] == ["dense", "dense_1", "activation"]


@pytest.mark.parametrize(
    ("x", "labels", "words"),
    [
        (np.ones((3, 2)), [0, 1], "same number of examples"),
        (np.ones((0, 2)), [], "no examples"),
        (np.full((2, 2), np.nan), [0, 1], "nan"),
        (np.ones((2, 2)), [0, 2], "labels from 0 to 2 given for 2 classes"),
        (np.ones((2, 2)), [0.5, 1], "whole numbers"),
        (np.ones((2, 2)), [[0], [1]], "labels of shape"),
        ([["a", "b"]], [0], "not a real number type"),
    ],
)
def test_bad_data_is_refused_in_one_line(x, labels, words):
    with pytest.raises((ValueError, TypeError), match=words) as error:
        Sequential([Dense(2)]).fit(x, labels)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "option", [{"epochs": 0}, {"epochs": 1.5}, {"batch_size": True}, {"optimizer": "sgdd"}]
)
def test_unknown_options_are_refused_in_one_line(option):
    with pytest.raises(ValueError, match=next(iter(option))) as error:
        Sequential([Dense(2)]).fit(np.ones((2, 2)), [0, 1], **option)
    assert "\n" not in str(error.value)


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
