"""Training against steps computed by hand in NumPy, and against everything that can go wrong."""

import numpy as np
import pytest

from minigrad import Tensor, ops
from minigrad.callbacks import (
    Callback,
    EarlyStopping,
    LambdaCallback,
    ReduceLROnPlateau,
    SwapEMAWeights,
)
from minigrad.layers import Dense, Input, Layer
from minigrad.model import Model, Sequential
from minigrad.optimizers import SGD

RATE = 0.1


def squares(y_true, y_pred):
    return ops.mean(ops.square(y_pred - y_true), axis=-1)


def line(seed=0, **options):
    """One Dense layer that is trained by plain descent."""
    model = Sequential([Input((3,)), Dense(1, seed=seed, **options)])
    model.compile(SGD(RATE), squares)
    return model


def deep(seed=0):
    model = Sequential([Input((3,)), Dense(4, "tanh", seed=seed), Dense(1, seed=seed + 1)])
    model.compile("adam", squares)
    return model


def some(count=20, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 3)).astype(np.float32)
    return x, (x @ [[1.0], [-2.0], [0.5]] + 0.3).astype(np.float32)


def steps_by_hand(model, x, y, batches, weight=None, decay=0.0):
    """Kernel, bias and mean loss after descent on the mean of weighted squares, in float64."""
    kernel, bias = (w.astype(np.float64) for w in model.get_weights())
    weight = np.ones(len(x)) if weight is None else np.asarray(weight, np.float64)
    total = count = 0.0
    for rows in batches:
        error = (x[rows] @ kernel + bias - y[rows])[:, 0]
        loss = np.mean(weight[rows] * error**2) + decay * np.sum(kernel**2)
        slope = 2 * weight[rows] * error / len(rows)
        total, count = total + loss * len(rows), count + len(rows)
        kernel = kernel - RATE * (x[rows].T @ slope[:, None] + 2 * decay * kernel)
        bias = bias - RATE * slope.sum()
    return kernel, bias, total / count


def cut(order, size):
    return [order[k : k + size] for k in range(0, len(order), size)]


def assert_weights(model, expected, tolerance=1e-5):
    for got, want in zip(model.get_weights(), expected, strict=False):
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


def same(one, two):
    return all(a.tobytes() == b.tobytes() for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize("size", [1, 6, 32])
def test_fit_takes_the_steps_that_are_computed_by_hand(size):
    model, (x, y) = line(), some()
    expected = steps_by_hand(model, x, y, cut(np.arange(20), size) * 2)
    history = model.fit(x, y, batch_size=size, epochs=2, shuffle=False, verbose=0)
    assert_weights(model, expected)
    np.testing.assert_allclose(np.mean(history.losses), expected[2], rtol=1e-5)


def test_the_hand_is_checked_with_a_wrong_rate():
    model, (x, y) = line(), some()
    expected = steps_by_hand(model, x, y, cut(np.arange(20), 5))
    model.optimizer.learning_rate = RATE * 1.01
    model.fit(x, y, batch_size=5, shuffle=False, verbose=0)
    with pytest.raises(AssertionError):
        assert_weights(model, expected)


def test_the_order_is_that_of_the_seed_and_new_in_each_epoch():
    model, (x, y) = line(), some()
    rng = np.random.default_rng(7)
    orders = [rng.permutation(20) for _ in range(3)]
    expected = steps_by_hand(model, x, y, [rows for order in orders for rows in cut(order, 4)])
    model.fit(x, y, batch_size=4, epochs=3, seed=7, verbose=0)
    assert_weights(model, expected)


def test_equal_seeds_give_equal_bits_and_others_do_not():
    def trained(seed):
        model = deep()
        model.fit(*some(), batch_size=4, epochs=3, seed=seed, verbose=0)
        return model.get_weights()

    assert same(trained(1), trained(1))
    assert not same(trained(1), trained(2))


def test_steps_per_epoch_go_on_where_the_epoch_before_ended():
    model, (x, y) = line(), some()
    expected = steps_by_hand(model, x, y, [np.arange(k, k + 4) for k in (0, 4, 8, 12)])
    model.fit(x, y, batch_size=4, epochs=2, steps_per_epoch=2, shuffle=False, verbose=0)
    assert_weights(model, expected)


def test_initial_epoch_leaves_out_earlier_ones():
    history = line().fit(*some(), epochs=5, initial_epoch=3, verbose=0)
    assert history.epoch == [3, 4] and len(history.losses) == 2


def test_stop_training_ends_after_the_batch():
    seen = []

    class Stop(Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)
            self.model.stop_training = batch == 2

    history = line().fit(*some(), batch_size=2, epochs=5, callbacks=Stop(), verbose=0)
    assert seen == [0, 1, 2] and history.epoch == [0]


def test_weights_are_made_by_two_rows_which_need_no_kernels_beside_those_of_a_batch():
    seen = []

    class Shape(Layer):
        def call(self, x):
            seen.append(x.shape)
            return x

    model = Sequential([Shape(), Dense(1)])
    model.compile(SGD(0.1), "mse")
    model.fit(np.ones((1, 3), np.float32), np.ones((1, 1), np.float32), verbose=0)
    assert seen == [(2, 3), (1, 3)]


def test_sample_weights_count_as_repeated_examples_do():
    x, y = some(6)
    weight = np.array([1, 0, 2, 3, 0, 1], np.float32)
    rows = np.repeat(np.arange(6), weight.astype(int))
    one, other = line(), line()
    one.fit(x, y, sample_weight=weight * 6 / 7, shuffle=False, verbose=0)
    other.fit(x[rows], y[rows], shuffle=False, verbose=0)
    assert_weights(one, other.get_weights())


def test_class_weights_are_sample_weights_by_label():
    x, _ = some(12)
    y = np.arange(12) % 3
    models = [Sequential([Input((3,)), Dense(3, "softmax", seed=0)]) for _ in range(2)]
    for model in models:
        model.compile(SGD(RATE), "sparse_categorical_crossentropy")
    models[0].fit(x, y, class_weight={0: 1.0, 2: 5.0}, shuffle=False, verbose=0)
    weight = np.array([1.0, 1.0, 5.0])[y]
    models[1].fit(x, y, sample_weight=weight, shuffle=False, verbose=0)
    assert same(models[0].get_weights(), models[1].get_weights())


def test_validation_split_keeps_the_last_examples_away():
    x, y = some(20)
    one, other = deep(), deep()
    a = one.fit(x, y, validation_split=0.25, epochs=2, seed=0, verbose=0)
    b = other.fit(x[:15], y[:15], validation_data=(x[15:], y[15:]), epochs=2, seed=0, verbose=0)
    assert a.history == b.history and set(a.history) == {"loss", "val_loss"}
    error = one.predict(x[15:]).astype(np.float64) - y[15:]
    np.testing.assert_allclose(a.history["val_loss"][-1], np.mean(error**2), rtol=1e-5)


def test_validation_freq_leaves_out_epochs():
    x, y = some()
    history = line().fit(x, y, validation_data=(x, y), validation_freq=2, epochs=5, verbose=0)
    assert len(history.history["val_loss"]) == 2


def test_evaluate_gives_loss_and_metrics_of_all_examples():
    x, y = some(21)
    model = line()
    model.compile("sgd", squares, metrics=["mae"])
    error = model.predict(x).astype(np.float64) - y
    np.testing.assert_allclose(
        model.evaluate(x, y, batch_size=4), [np.mean(error**2), np.mean(abs(error))], rtol=1e-5
    )
    assert set(model.evaluate(x, y, return_dict=True)) == {"loss", "mae"}


def test_train_on_batch_gives_the_loss_of_before_the_step():
    model, (x, y) = line(), some()
    expected = steps_by_hand(model, x, y, [np.arange(20)])
    before = model.test_on_batch(x, y)
    np.testing.assert_allclose([before, model.train_on_batch(x, y)], expected[2], rtol=1e-5)
    assert_weights(model, expected)
    assert model.predict_on_batch(x).shape == (20, 1)


def test_regularizers_add_to_the_loss_also_in_the_first_step_of_an_unbuilt_model():
    x, y = some()
    built = line(kernel_regularizer={"class_name": "L2", "config": {"l2": 0.1}})
    expected = steps_by_hand(built, x, y, [np.arange(20)], decay=0.1)
    unbuilt = Sequential([Dense(1, kernel_regularizer="l2", seed=0)])
    unbuilt.stack[0].kernel_regularizer = built.stack[0].kernel_regularizer
    unbuilt.compile(SGD(RATE), squares)
    for model in built, unbuilt:
        np.testing.assert_allclose(model.train_on_batch(x, y), expected[2], rtol=1e-5)
        assert_weights(model, expected)


def test_constraints_hold_after_every_step():
    model = line(kernel_constraint="non_neg")
    lows = []
    watch = LambdaCallback(
        on_train_batch_end=lambda batch, logs: lows.append(model.get_weights()[0].min())
    )
    model.fit(*some(), batch_size=2, epochs=2, callbacks=watch, verbose=0)
    assert min(lows) >= 0 and 0 in lows


def test_frozen_layers_do_not_move():
    model = deep()
    model.layers[0].trainable = False
    before = model.get_weights()
    model.fit(*some(), epochs=2, verbose=0)
    after = model.get_weights()
    assert same(before[:2], after[:2])
    assert not same(before[2:], after[2:])


class Branches(Model):
    """A subclass with its own call; its layers are built on the way."""

    def __init__(self):
        super().__init__()
        self.first, self.rest = Dense(4, "tanh", seed=0), {"last": Dense(1, seed=1)}

    def call(self, x):
        return self.rest["last"](self.first(x))


def test_a_subclass_and_a_nested_model_train_as_the_layers_in_them():
    x, y = some()
    nested = Sequential([Sequential([Dense(4, "tanh", seed=0)]), Dense(1, seed=1)])
    plain, branches = deep(), Branches()
    for model in plain, branches, nested:
        model.compile("adam", squares)
        model.fit(x, y, epochs=2, seed=0, verbose=0)
        assert same(model.get_weights(), plain.get_weights())
        assert len(model.trainable_weights) == 4


def test_a_layer_may_add_to_the_loss_and_need_no_labels():
    class Spread(Layer):
        def call(self, x):
            self.add_loss(ops.mean(ops.square(x)))
            return x

    model = Sequential([Input((3,)), Dense(2, seed=0), Spread()])
    model.compile("sgd")
    history = model.fit(some()[0], epochs=3, verbose=0)
    assert history.losses[0] > history.losses[-1] > 0


def test_averages_judge_during_training_and_stay_at_its_end():
    x, y = some()
    model = line()
    model.compile(SGD(RATE, use_ema=True, ema_momentum=0.5), squares)
    seen = {"in": [], "out": []}

    class Watch(Callback):
        def on_test_end(self, logs=None):
            seen["in"].append(self.model.get_weights())

        def on_epoch_end(self, epoch, logs=None):
            seen["out"].append(self.model.get_weights())

    model.fit(
        x, y, epochs=3, validation_data=(x, y), callbacks=[Watch(), SwapEMAWeights()], verbose=0
    )
    mean = seen["out"][0][0].astype(np.float64)
    for now, judged in zip(seen["out"], seen["in"], strict=True):
        mean = 0.5 * mean + 0.5 * now[0] if now is not seen["out"][0] else mean
        np.testing.assert_allclose(judged[0], mean, rtol=1e-5)
    np.testing.assert_allclose(model.get_weights()[0], mean, rtol=1e-5)
    with pytest.raises(ValueError, match="use_ema=True"):
        line().fit(x, y, callbacks=SwapEMAWeights(), verbose=0)


def trajectory(model, epochs, **options):
    """The weights after each step, those of before the first one in front."""
    seen = [model.get_weights()]
    watch = LambdaCallback(on_train_batch_end=lambda *_: seen.append(model.get_weights()))
    model.fit(*some(8), batch_size=2, epochs=epochs, seed=0, callbacks=watch, verbose=0, **options)
    return seen


@pytest.mark.parametrize("moment", ["on_train_batch_begin", "on_train_batch_end", "on_epoch_end"])
def test_an_error_in_a_callback_leaves_weights_between_two_steps(moment):
    known = [tuple(w.tobytes() for w in weights) for weights in trajectory(deep(), 3)]
    for when in range(3):
        model, calls = deep(), []

        def fail(*_, calls=calls, when=when):
            calls.append(0)
            if len(calls) > when:
                raise OSError("disk is full")

        with pytest.raises(OSError, match="disk is full"):
            callback = LambdaCallback(**{moment: fail})
            model.fit(*some(8), batch_size=2, epochs=3, seed=0, callbacks=callback, verbose=0)
        done = {"on_train_batch_begin": when, "on_train_batch_end": when + 1}
        now = tuple(w.tobytes() for w in model.get_weights())
        assert now == known[done.get(moment, 4 * (when + 1))]


@pytest.mark.parametrize("when", range(4))
def test_an_error_in_the_loss_leaves_the_model_as_it_was_before_the_step(when):
    known = trajectory(deep(), 2)
    model, calls = deep(), []

    def fails_once(y_true, y_pred):
        calls.append(0)
        if len(calls) == when + 1:
            raise OSError("no labels")
        return squares(y_true, y_pred)

    model.compile("adam", fails_once)
    with pytest.raises(OSError, match="no labels"):
        model.fit(*some(8), batch_size=2, epochs=2, seed=0, verbose=0)
    assert same(model.get_weights(), known[when])
    fresh = deep()
    fresh.set_weights(known[when])
    model.compile("adam", squares)
    for one in model, fresh:
        one.fit(*some(8), epochs=2, seed=0, verbose=0)
    assert same(model.get_weights(), fresh.get_weights())


def test_gradients_of_before_do_not_count():
    x, y = some()
    used, fresh = line(), line()
    ops.sum(used(Tensor(x))).backward()
    for model in used, fresh:
        model.fit(x, y, seed=0, verbose=0)
    assert same(used.get_weights(), fresh.get_weights())


def test_the_clock_adds_up_the_parts_of_training():
    model = line()
    model.compile("sgd", squares, metrics=["mae"])
    seconds = model.fit(*some(), verbose=0).seconds
    assert set(seconds) == {"forward", "backward", "optimizer", "metrics"}
    assert min(seconds.values()) > 0


@pytest.mark.parametrize("at", [1, 3])
def test_a_fit_that_was_broken_off_goes_on_from_its_checkpoint_to_the_same_bits(tmp_path, at):
    def go(path, breaks):
        model = deep()
        given = [
            ReduceLROnPlateau("loss", 0.5, patience=1, min_delta=0.5),
            EarlyStopping("loss", patience=3, min_delta=0.5, restore_best_weights=True),
        ]
        if breaks:
            given.append(LambdaCallback(on_epoch_begin=lambda epoch, _=None: 1 / (epoch - at)))
        history = model.fit(
            *some(8), batch_size=2, epochs=9, seed=0, callbacks=given, verbose=0, checkpoint=path
        )
        return history.history, history.epoch, model.get_weights()

    whole = go(tmp_path / "whole", breaks=False)
    with pytest.raises(ZeroDivisionError):
        go(tmp_path / "cut", breaks=True)
    for _ in range(2):  # the second time nothing is left to do
        again = go(tmp_path / "cut", breaks=False)
        assert again[:2] == whole[:2]
        assert same(again[2], whole[2])
    assert len(whole[1]) < 9


def fit_once(model, x, y):
    model.fit(x, y, epochs=1, batch_size=4, verbose=0)


def train_once(model, x, y):
    model.train_on_batch(x, y)


@pytest.mark.parametrize("train", [fit_once, train_once])
def test_a_new_last_layer_learns_from_the_first_step_on(train):
    class Pair(Model):
        def __init__(self):
            super().__init__()
            self.first, self.last = Dense(3), Dense(2)

        def call(self, x):
            return self.last(self.first(x))

    x = np.random.default_rng(0).standard_normal((8, 3))
    stacked, pair = Sequential([Dense(3), Dense(1)]), Pair()
    for model, y in ((stacked, x[:, :1]), (pair, x[:, :2])):
        model.compile("sgd", "mse")
        train(model, x, y)
    stacked.pop()
    new = [Dense(2, kernel_initializer="ones") for _ in range(2)]
    stacked.add(new[0])
    pair.last = new[1]
    for model, layer in zip((stacked, pair), new, strict=True):
        train(model, x, x[:, :2])
        assert not (layer.kernel.data == 1).any()
        assert layer.kernel.grad is None


def test_a_dict_for_a_model_whose_inputs_have_no_names_is_refused():
    model = Sequential([Dense(1)])
    with pytest.raises(ValueError, match="sequential: x has .*; give a list"):
        model.program({})
