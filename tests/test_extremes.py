"""Extremes: the largest and smallest numbers are NumPy's, and equals share the gradient."""

import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_ops import check, gradients_of

from minigrad import Tensor, gradcheck, ops

INF, NAN = np.inf, np.nan
FLOATS = [np.float16, np.float32, np.float64]
NAMES = pytest.mark.parametrize("name", ["max", "min"])
AXES = [None, 0, 1, 2, -1, (0, 1), (0, 2), (-1, 0), (0, 1, 2), (), [0, 2], np.int64(1)]


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@NAMES
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES)
def test_extremes_over_any_axes_are_numpys(name, axis, keepdims):
    numpy_axis = tuple(axis) if isinstance(axis, list) else axis
    check(
        lambda x: getattr(ops, name)(x, axis, keepdims),
        lambda x: getattr(np, name)(x, axis=numpy_axis, keepdims=keepdims),
        normal(2, 3, 4),
    )


@NAMES
def test_gradcheck_agrees(name):
    gradcheck(lambda x: getattr(ops, name)(x * x, axis=1), normal(3, 4))


@NAMES
def test_gradcheck_finds_ties_that_are_not_shared_evenly(name, monkeypatch):
    x = np.array([[1.0, 3.0, 3.0]])
    op = getattr(ops, name)
    gradcheck(lambda x: op(x), x)
    monkeypatch.setattr(type(op), "vjp", lambda self, node, gy: (np.full((1, 3), gy),))
    with pytest.raises(AssertionError):
        gradcheck(lambda x: op(x), x)


def test_equals_share_the_gradient_evenly():
    _, gx = gradients_of(ops.max, np.array([1.0, 3.0, 3.0]))
    assert gx.tolist() == [0, 0.5, 0.5]
    _, gx = gradients_of(lambda x: x.min(0), np.array([[1.0, 5.0], [1.0, 2.0], [1.0, 5.0]]))
    np.testing.assert_array_equal(gx, [[1 / 3, 0], [1 / 3, 1], [1 / 3, 0]])


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.floats(-4, 4, width=32))
def test_the_shares_of_a_gradient_are_exact_and_only_the_largest_get_one(numbers, gy):
    x = np.array(numbers, np.float32)
    _, gx = gradients_of(ops.max, x, seed=gy)
    largest = x == max(numbers)
    assert not gx[~largest].any()
    assert (gx[largest] == np.float32(gy / np.count_nonzero(largest))).all()


@NAMES
@pytest.mark.parametrize("dtype", FLOATS)
def test_nan_is_the_extreme_of_its_row_and_its_gradient(name, dtype):
    x = np.array([[1, NAN, 3], [1, 2, 2], [NAN, NAN, NAN]], dtype)
    y, gx = gradients_of(lambda x: getattr(ops, name)(x, axis=1), x)
    row = {"max": [0, 0.5, 0.5], "min": [1, 0, 0]}[name]
    assert oracle.bits(y) == oracle.bits(np.array([NAN, {"max": 2, "min": 1}[name], NAN], dtype))
    assert oracle.bits(gx) == oracle.bits(np.array([[NAN] * 3, row, [NAN] * 3], dtype))


def test_infinities_are_numbers_like_others():
    y, gx = gradients_of(lambda x: x.max(1), np.array([[INF, 1, INF], [-INF, -INF, -INF]]))
    assert y.tolist() == [INF, -INF]
    np.testing.assert_array_equal(gx, [[0.5, 0, 0.5], [1 / 3] * 3])


@NAMES
def test_the_two_zeros_are_equal(name):
    y, gx = gradients_of(getattr(ops, name), np.array([0.0, -0.0]))
    assert gx.tolist() == [0.5, 0.5] and oracle.bits(y) == oracle.bits(np.array(0.0))


@pytest.mark.parametrize("gy", [INF, NAN])
def test_what_is_not_the_largest_gets_nothing_back_even_from_infinity(gy):
    _, gx = gradients_of(ops.max, np.array([1.0, 3.0, 2.0]), seed=gy)
    assert oracle.bits(gx) == oracle.bits(np.array([0, gy, 0]))


@NAMES
@pytest.mark.parametrize("dtype", FLOATS)
def test_an_extreme_keeps_the_dtype(name, dtype):
    y, gx = gradients_of(lambda x: getattr(x, name)(0), np.ones((3, 2), dtype))
    assert y.dtype == gx.dtype == dtype
    assert (gx == dtype(1 / 3)).all()


@pytest.mark.parametrize("shape, axis", [((0, 3), 1), ((3, 0), 0), ((0,), ()), ((0, 2, 3), (1, 2))])
def test_extremes_along_an_axis_with_numbers_of_an_empty_tensor_are_empty(shape, axis):
    y, gx = gradients_of(lambda x: x.max(axis), np.ones(shape))
    assert y.shape == np.ones(shape).max(axis).shape and gx.shape == shape


# The position


@pytest.mark.parametrize("axis", [None, 0, 1, -1, np.int64(1)])
def test_argmax_is_numpys(axis):
    x = normal(3, 4)
    for given_x in (x, Tensor(x), Tensor(x, requires_grad=True)):
        found = ops.argmax(given_x, axis)
        assert isinstance(found, np.ndarray) and found.dtype == np.intp
        np.testing.assert_array_equal(found, x.argmax(axis))
    np.testing.assert_array_equal(Tensor(x).argmax(axis), x.argmax(axis))


def test_argmax_is_the_first_of_equals_and_nan_before_all():
    assert ops.argmax([[1, 3, 3], [1, NAN, 9], [2, 2, 2]], axis=1).tolist() == [1, 1, 0]


def ones(*shape):
    return Tensor(np.ones(shape))


BAD_INPUT = {
    "max of nothing": (lambda: ops.max(ones(0)), ["max", "(0,)", "empty"]),
    "min along an empty axis": (lambda: ones(3, 0).min(1), ["min", "axis=1", "(3, 0)"]),
    "argmax of nothing": (lambda: ops.argmax(ones(2, 0)), ["argmax", "axis=None", "(2, 0)"]),
    "argmax along an empty axis": (lambda: ops.argmax(ones(2, 0), 1), ["argmax", "axis=1"]),
    "text": (lambda: ops.max("a"), ["max", "<U1"]),
    "an axis too large": (lambda: ops.max(ones(2, 3), 2), ["max", "axis=2", "(2, 3)"]),
    "an axis twice": (lambda: ones(2, 3).min((0, -2)), ["min", "axis=(0, -2)", "once"]),
    "a broken axis": (lambda: ops.max(ones(2), 0.5), ["max", "axis=0.5", "whole"]),
    "two axes of argmax": (lambda: ops.argmax(ones(2, 3), (0, 1)), ["argmax", "(0, 1)", "one"]),
    "an axis of argmax too large": (lambda: ones(2, 3).argmax(2), ["argmax", "axis=2", "(2, 3)"]),
}


@pytest.mark.parametrize("kind", BAD_INPUT)
def test_bad_input_is_one_line_that_names_the_op_and_what_was_given(kind):
    compute, words = BAD_INPUT[kind]
    with pytest.raises((TypeError, ValueError)) as raised:
        compute()
    text = str(raised.value)
    assert "\n" not in text and len(text) < 250, text
    assert all(word in text for word in words), text


def test_a_wrong_axis_is_an_axis_error():
    for compute in (lambda: ops.max(ones(2), 1), lambda: ops.argmax(ones(2), 1)):
        with pytest.raises(np.exceptions.AxisError):
            compute()
