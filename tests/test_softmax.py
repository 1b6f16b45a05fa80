"""Softmax, log_softmax, cross-entropy: against mpmath, with infinities, and what they refuse."""

import math

import numpy as np
import oracle
import pytest
from mpmath import mp, mpf

from minigrad import Tensor
from minigrad.losses import softmax_cross_entropy
from minigrad.ops import log_softmax, softmax

INF, NAN = math.inf, math.nan
BOTH = pytest.mark.parametrize("op", [softmax, log_softmax], ids=lambda op: op.name)


def probabilities(x):
    e = [mp.exp(mpf(float(v))) for v in x]
    total = mp.fsum(e)
    return [v / total for v in e]


def exact_value(op, x):
    p = probabilities(x)
    return p if op is softmax else [mp.log(v) for v in p]


def exact_gradient(op, x, gy):
    """The rows of the Jacobian, as textbooks have it, times gy."""
    p, g = probabilities(x), [mpf(float(v)) for v in gy]
    if op is softmax:
        return [p[i] * (g[i] - mp.fsum(a * b for a, b in zip(p, g, strict=True)))
                for i in range(len(p))]  # fmt: skip
    return [g[i] - p[i] * mp.fsum(g) for i in range(len(p))]


def exact_cross_entropy(x, labels):
    """The loss, and its gradient row by row."""
    p = [probabilities(row) for row in x]
    loss = -mp.fsum(mp.log(p[i][k]) for i, k in enumerate(labels)) / len(p)
    gradient = [(p[i][j] - (1 if j == k else 0)) / len(p)
                for i, k in enumerate(labels) for j in range(x.shape[1])]  # fmt: skip
    return loss, gradient


def error_of(got, exact):
    got = np.asarray(got).reshape(-1)
    with mp.workdps(oracle.DIGITS):
        want, rest = oracle.in_two(exact, got.dtype)
    return oracle.ulps(got, want, rest).max()


def rows_of(dtype):
    """Rows of different lengths: equal, close, far apart, with a clear winner, a single one."""
    rng = np.random.default_rng(7)
    for classes in (1, 2, 3, 10, 33):
        for scale in (0.0, 1e-6, 0.1, 1.0, 10.0, 40.0):
            yield rng.normal(rng.normal(0, 5), scale, (8, classes)).astype(dtype)
    yield rng.normal(0, 1, (8, 5)).astype(dtype) + np.array([30, 0, 0, 0, -60], dtype)


@pytest.mark.parametrize(
    "dtype, bound", [(np.float32, 0.51), (np.float16, 0.51), (np.float64, 500)]
)
@BOTH
def test_the_result_is_within_half_an_ulp(op, dtype, bound):
    with mp.workdps(oracle.DIGITS):
        errors = [
            error_of(op(x).data, [v for row in x for v in exact_value(op, row)])
            for x in rows_of(dtype)
        ]
    # in float64 it is x - m that is rounded, and exp makes of |x - m| ulp as many of the result
    assert max(errors) <= bound


@BOTH
def test_the_gradient_is_within_one_ulp(op):
    rng = np.random.default_rng(8)
    errors = []
    with mp.workdps(oracle.DIGITS):
        for data in rows_of(np.float32):
            gy = rng.normal(size=data.shape).astype(np.float32)
            x = Tensor(data, requires_grad=True)
            op(x).backward(gy)
            pairs = zip(data, gy, strict=True)
            exact = [v for row, g in pairs for v in exact_gradient(op, row, g)]
            errors.append(error_of(x.grad, exact))
    assert max(errors) <= 1.0


def test_cross_entropy_is_within_half_an_ulp_and_its_gradient_within_one():
    rng = np.random.default_rng(9)
    errors = []
    with mp.workdps(oracle.DIGITS):
        for data in rows_of(np.float32):
            labels = rng.integers(0, data.shape[1], len(data))
            labels[:4] = data[:4].argmax(1)  # where a gradient would cancel
            x = Tensor(data, requires_grad=True)
            loss = softmax_cross_entropy(x, labels)
            loss.backward()
            value, gradient = exact_cross_entropy(data, labels)
            errors.append((error_of(loss.data, [value]), error_of(x.grad, gradient)))
    assert max(e for e, _ in errors) <= 0.51
    assert max(e for _, e in errors) <= 1.0


def test_the_oracle_sees_the_gradient_of_a_textbook():
    # p g - p sum(p g) from the rounded p: what minigrad must not do
    x, g = np.array([17.0, 0.0], np.float32), np.array([1.0, 3.0], np.float32)
    p = softmax(x).data
    textbook = p * (g - (p * g).sum())
    with mp.workdps(oracle.DIGITS):
        assert error_of(textbook, exact_gradient(softmax, x, g)) > 1000


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("x, p, log_p", [
    ([INF, 1.0], [1, 0], [0, -INF]),
    ([-INF, INF, INF], [NAN] * 3, [NAN] * 3),
    ([-INF, 1.0], [0, 1], [-INF, 0]),
    ([-INF, 1.0, 1.0], [0, 0.5, 0.5], [-INF, math.log(0.5), math.log(0.5)]),
    ([-INF, INF], [0, 1], [-INF, 0]),
    ([-INF, -INF], [NAN, NAN], [NAN, NAN]),
    ([-INF], [NAN], [NAN]),
    ([INF], [1], [0]),
    ([NAN, 1.0], [NAN, NAN], [NAN, NAN]),
    ([1.0, NAN, INF], [NAN] * 3, [NAN] * 3),
    ([-60000.0, 0.0, 60000.0], [0, 0, 1], None),
])  # fmt: skip
def test_infinities_masks_and_nan(x, p, log_p, dtype):
    rows = np.array([x, [0.0] * len(x)], dtype)
    equal = np.full(len(x), 1 / len(x), dtype)  # a neighbour is not touched
    np.testing.assert_array_equal(softmax(rows).data, [np.array(p, dtype), equal])
    if log_p is not None:
        np.testing.assert_array_equal(log_softmax(rows).data[0], np.array(log_p, dtype))


@pytest.mark.parametrize("x, gx, log_gx", [
    ([INF, 1.0], [0, 0], [-3, 3]),
    ([-INF, 1.0], [0, 0], [2, -2]),
    ([-INF, 1.0, 1.0], [0, -0.25, 0.25], [2, 0, 1]),
    ([-INF, -INF], [NAN, NAN], [NAN, NAN]),
    ([INF, INF], [NAN, NAN], [NAN, NAN]),
    ([NAN, 1.0], [NAN, NAN], [NAN, NAN]),
])  # fmt: skip
def test_gradients_of_infinities_masks_and_nan(x, gx, log_gx):
    gy = np.array([2.0, 3.0, 4.0], np.float32)[: len(x)]
    # log_softmax: g_i - p_i sum(g)
    log_gx = [2, -1.5, -0.5] if len(x) == 3 else log_gx
    for op, want in ((softmax, gx), (log_softmax, log_gx)):
        leaf = Tensor(x, requires_grad=True)
        op(leaf).backward(gy)
        np.testing.assert_array_equal(leaf.grad, np.array(want, np.float32), op.name)


@BOTH
@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 3), (2, 0, 4)])
def test_an_empty_axis_gives_an_empty_array(op, shape):
    x = Tensor(np.empty(shape, np.float32), requires_grad=True)
    y = op(x)
    assert y.shape == shape
    y.backward(np.empty(shape, np.float32))
    assert x.grad.shape == shape


@BOTH
@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_an_axis_is_worked_on_as_if_it_were_the_last(op, axis):
    rng = np.random.default_rng(10)
    data, gy = rng.normal(size=(2, 3, 4, 5)).astype(np.float32)
    x = Tensor(data, requires_grad=True)
    y = op(x, axis=axis)
    y.backward(gy)
    moved = Tensor(np.moveaxis(data, axis, -1), requires_grad=True)
    last = op(moved)
    last.backward(np.moveaxis(gy, axis, -1))
    assert oracle.bits(np.moveaxis(y.data, axis, -1)) == oracle.bits(last.data)
    assert oracle.bits(np.moveaxis(x.grad, axis, -1)) == oracle.bits(moved.grad)


def test_what_sums_to_one_and_to_zero():
    x = Tensor(np.random.default_rng(11).normal(0, 9, (100, 30)), requires_grad=True)
    y = softmax(x)
    y.backward(np.random.default_rng(12).normal(size=(100, 30)))
    np.testing.assert_allclose(y.data.sum(1), 1.0, rtol=1e-15)
    np.testing.assert_allclose(x.grad.sum(1), 0.0, atol=1e-15)


def test_a_power_of_two_added_to_all_changes_nothing():
    x = np.random.default_rng(13).integers(-50, 50, (50, 6)) / np.float32(16)
    assert oracle.bits(softmax(x + np.float32(256)).data) == oracle.bits(softmax(x).data)


@BOTH
@pytest.mark.parametrize("axis", [2, -3, None, 0.0, "1", (0, 1)])
def test_a_wrong_axis_is_named(op, axis):
    with pytest.raises(np.exceptions.AxisError, match=f"{op.name}: axis=.*shape"):
        op([[1.0, 2.0]], axis=axis)


@BOTH
def test_a_single_number_has_no_axis(op):
    with pytest.raises(np.exceptions.AxisError, match=f"{op.name}: axis=-1"):
        op(3.0)


@BOTH
@pytest.mark.parametrize("x", [["a"], [1j], [None]])
def test_what_is_no_number_is_refused(op, x):
    with pytest.raises((TypeError, ValueError)):
        op(x)


@pytest.mark.parametrize("logits, labels, loss, gradient", [
    ([INF, 1.0], 0, 0.0, [0, 0]),
    ([INF, 1.0], 1, INF, [1, -1]),
    ([-INF, 1.0], 1, 0.0, [0, 0]),
    ([-INF, 1.0], 0, INF, [-1, 1]),
    ([-INF, -INF], 0, NAN, [NAN, NAN]),
    ([NAN, 1.0], 0, NAN, [NAN, NAN]),
    ([0.0, 0.0], 0, math.log(2), [-0.5, 0.5]),
    ([0.0, 1000.0], 0, 1000.0, [-1, 1]),
])  # fmt: skip
def test_cross_entropy_of_infinities(logits, labels, loss, gradient):
    x = Tensor([logits], requires_grad=True)
    got = softmax_cross_entropy(x, [labels])
    got.backward()
    np.testing.assert_array_equal(got.data, np.float32(loss))
    np.testing.assert_array_equal(x.grad, np.array([gradient], np.float32))


@pytest.mark.parametrize("logits, labels, error, words", [
    ([[1.0, 2.0]], [2], ValueError, "labels from 2 to 2 given for 2 classes"),
    ([[1.0, 2.0]], [-1], ValueError, "labels from -1 to -1"),
    ([[1.0, NAN]], [5], ValueError, "labels from 5"),
    ([[1.0, 2.0]], [0.0], TypeError, "whole numbers"),
    ([[1.0, 2.0]], [True], TypeError, "whole numbers"),
    ([[1.0, 2.0]], [0, 1], ValueError, "shape"),
    ([1.0, 2.0], 0, ValueError, "shape"),
    ([[[1.0]]], [0], ValueError, "shape"),
    (np.empty((0, 2)), np.empty(0, int), ValueError, "not empty"),
    (np.empty((2, 0)), [0, 0], ValueError, "not empty"),
])  # fmt: skip
def test_cross_entropy_says_what_is_wrong(logits, labels, error, words):
    with pytest.raises(error, match=f"softmax_cross_entropy: .*{words}"):
        softmax_cross_entropy(logits, labels)
