"""Whatever is wrong with examples or settings is said in one line, and changes nothing."""

import numpy as np
import pytest

from minigrad import ops
from minigrad.callbacks import Callback
from minigrad.examples import MANY, Examples, all_finite, batches, split
from minigrad.layers import Activation, Dense, Input
from minigrad.model import Sequential


def squares(y_true, y_pred):
    return ops.mean(ops.square(y_pred - y_true), axis=-1)


def line():
    model = Sequential([Input((3,)), Dense(1, seed=0)])
    model.compile("sgd", squares)
    return model


def frozen_in():
    """A model with nothing to learn."""
    model = Sequential([Input((3,)), Activation("relu")])
    model.compile("sgd", squares)
    return model


def bad(model=None, method="fit", **given):
    """What a call with wrong arguments raises."""
    given = {"x": np.ones((20, 3)), "y": np.ones((20, 1)), **given}
    if method == "predict":
        del given["y"]
    with pytest.raises((ValueError, TypeError)) as caught:
        getattr(model or line(), method)(**given)
    return str(caught.value)


WITH_NAN = np.where(np.arange(60).reshape(20, 3) == 7, np.nan, 1.0)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"y": None}, "y is missing"),
        ({"y": np.ones((19, 1))}, "same number of examples"),
        ({"x": WITH_NAN}, "nan or infinite numbers, the first at (2, 1)"),
        ({"y": WITH_NAN[:, :1] * np.inf}, "y holds nan or infinite"),
        ({"x": np.ones((0, 3)), "y": np.ones((0, 1))}, "no examples"),
        ({"x": np.float32(1)}, "x of shape ()"),
        ({"x": "text"}, "x: "),
        ({"x": None}, "x is missing"),
        ({"x": {"other": np.ones((20, 3))}}, "the inputs are called input"),
        ({"y": {"other": np.ones((20, 1))}}, "its outputs are called 'dense'"),
        ({"y": [[1.0], [1.0, 2.0]]}, "y of dtype object"),
        ({"class_weight": {"cat": 1.0}}, "use {class number: weight}"),
        ({"model": frozen_in()}, "the loss depends on no weight"),
        ({"y": ["a"] * 20}, "y of dtype"),
        ({"epoch": 3}, "did you mean 'epochs'"),
        ({"x": np.ones((20, 4))}, "(batch, 3)"),
        ({"method": "predict", "x": np.ones((20, 4))}, "(batch, 3)"),
        ({"model": Sequential(), "method": "predict"}, "has no layers"),
        ({"model": Sequential([Dense(1)])}, "call compile(optimizer, loss) first"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"epochs": 2.5}, "epochs=2.5"),
        ({"verbose": 3}, "verbose=3"),
        ({"steps_per_epoch": -1}, "steps_per_epoch=-1"),
        ({"initial_epoch": -1}, "initial_epoch=-1"),
        ({"validation_split": 1.5}, "validation_split=1.5"),
        ({"validation_split": 0.999}, "both need one at least"),
        ({"validation_data": 3}, "validation_data must be"),
        ({"sample_weight": np.ones(3)}, "must be (20,)"),
        ({"class_weight": [1.0]}, "class_weight=[1.0] given"),
        ({"callbacks": [print]}, "minigrad Callback"),
        ({"callbacks": [Callback]}, "an object: Callback(...)"),
        ({"seed": -1}, "seed: -1"),
        ({"y": [np.ones((20, 1)), np.ones((20, 1))]}, "y holds 2 arrays"),
    ],
)
def test_wrong_arguments_are_named_in_one_line_and_nothing_moves(options, says):
    model = options.get("model") or line()
    before = model.get_weights()
    message = bad(**{**options, "model": model})
    assert says in message and "\n" not in message
    assert [w.tolist() for w in before] == [w.tolist() for w in model.get_weights()]


def test_batches_take_every_example_once_in_order():
    found = list(batches(np.array([4, 2, 0, 1, 3]), 2, None))
    assert [rows.tolist() for rows in found] == [[4, 2], [0, 1], [3]]
    assert len(list(batches(np.arange(5), 2, 2))) == 2


def test_split_keeps_the_share_at_the_end():
    data = Examples.of("model", np.arange(10.0)[:, None], np.arange(10), None, None, np.float32)
    kept, away = split("model", data, 0.3)
    assert kept.y.tolist() == list(range(7)) and away.y.tolist() == [7, 8, 9]


def test_lists_of_numbers_are_one_input_and_lists_of_arrays_are_several():
    one = Examples.of("model", [[1.0, 2.0], [3.0, 4.0]], [0, 1], None, None, np.float32)
    two = Examples.of("model", [np.ones((5, 2)), np.ones((5, 3))], None, None, None, np.float32)
    assert one.x.shape == (2, 2) and one.count == 2
    assert [x.shape for x in two.x] == [(5, 2), (5, 3)] and two.count == 5


def test_class_and_sample_weights_multiply():
    data = Examples.of("m", np.ones((3, 1)), [0, 1, 1], [1, 2, 3], {1: 10.0}, np.float32)
    assert data.weight.tolist() == [1.0, 20.0, 30.0]
    hot = Examples.of("m", np.ones((2, 1)), [[1, 0], [0, 1]], None, {1: 10.0}, np.float32)
    assert hot.weight.tolist() == [1.0, 10.0]


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("count", [5, MANY + 5])
def test_one_number_that_is_not_finite_is_seen_among_few_and_many(count, dtype):
    largest = np.full(count, np.finfo(dtype).max, dtype)  # whose squares are infinite
    assert all_finite(largest) and all_finite(np.ones((3, count), dtype)[:, ::2])
    for number in (np.nan, np.inf, -np.inf):
        for array in (largest.copy(), np.zeros(count, dtype)):
            array[count // 2] = number
            assert not all_finite(array)
