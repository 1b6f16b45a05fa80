"""Softmax, softmin, log_softmax, cross-entropy: against mpmath, infinities, masks, bad input."""

import math

import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from minigrad import GradientError, Tensor, gradcheck
from minigrad.losses import softmax_cross_entropy
from minigrad.ops.softmax import Rows, log_softmax, softmax, softmax_of_rows, softmin

INF, NAN = math.inf, math.nan
ALL = pytest.mark.parametrize("op", [softmax, softmin, log_softmax], ids=lambda op: op.name)
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


def test_a_gradient_that_is_the_mean_of_all_comes_back_as_exactly_0():
    for n in range(3, 200, 2):  # 1 / n is rounded for most, the mean is not
        x = Tensor(np.zeros((1, n), np.float32), requires_grad=True)
        softmax(x).backward(np.arange(float(n))[None])
        assert x.grad[0, n // 2] == 0.0


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
@pytest.mark.parametrize("axis", [2, -3, 0.0, "1", (0, 2), (0, -2), (), True])
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


def both(op, x, gy, **options):
    """The result and the gradient of x."""
    leaf = Tensor(x, requires_grad=True)
    y = op(leaf, **options)
    y.backward(gy)
    return y.data, leaf.grad


@ALL
@pytest.mark.parametrize("axis", [(0, 1), [2, 0], (-1, 1), (0, 1, 2), None])
def test_several_axes_are_one_long_one(op, axis):
    x, gy = np.random.default_rng(14).normal(size=(2, 2, 3, 4)).astype(np.float32)
    axes = [k % 3 for k in ((0, 1, 2) if axis is None else axis)]
    order = [k for k in range(3) if k not in axes] + sorted(axes)
    long = math.prod(x.shape[k] for k in axes)

    def rows(array):
        return array.transpose(order).reshape(-1, long)

    for got, want in zip(both(op, x, gy, axis=axis), both(op, rows(x), rows(gy)), strict=True):
        assert got.shape == x.shape
        assert oracle.bits(rows(got)) == oracle.bits(want)
    assert gradcheck(lambda t: op(t, axis=axis), x)


def test_softmin_is_softmax_of_the_negative():
    for x in rows_of(np.float32):
        gy = np.random.default_rng(15).normal(size=x.shape).astype(np.float32)
        y, gx = both(softmin, x, gy)
        want, gradient = both(softmax, -x, gy)
        assert oracle.bits(y) == oracle.bits(want)
        np.testing.assert_array_equal(gx, -gradient)
    y, gx = both(softmin, [[-INF, 1.0, INF], [1.0, NAN, 0.0]], np.ones((2, 3)))
    np.testing.assert_array_equal(y, [[1, 0, 0], [NAN] * 3])
    np.testing.assert_array_equal(gx, [[0, 0, 0], [NAN] * 3])
    assert not np.signbit(gx[0]).any()


@ALL
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_mask_takes_elements_out_as_if_they_were_not_there(op, dtype):
    rng = np.random.default_rng(16)
    x, gy = rng.normal(0, 3, (2, 40, 9)).astype(dtype)
    mask = rng.random(x.shape) < 0.6
    mask[:, 0] = True
    rubbish = np.array([NAN, INF, -INF, 1e4], dtype)
    x[~mask], gy[~mask] = (rng.choice(rubbish, (~mask).sum()) for _ in range(2))
    y, gx = both(op, x, gy, mask=mask)
    assert (y[~mask] == (-INF if op is log_softmax else 0)).all()
    assert (gx[~mask] == 0).all() and not np.signbit(gx[~mask]).any()
    for i, keep in enumerate(mask):
        want, gradient = both(op, x[i, keep], gy[i, keep])
        if dtype != np.float64:
            assert oracle.bits(y[i, keep]) == oracle.bits(want)
            assert oracle.bits(gx[i, keep]) == oracle.bits(gradient)
        else:  # nothing is rounded after the sum, and that is in another order
            np.testing.assert_allclose(y[i, keep], want, rtol=4e-16)
            np.testing.assert_allclose(gx[i, keep], gradient, rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("x", [[1.0, 2.0], [NAN, 1.0], [INF, INF], [-INF, -INF]])
def test_a_row_that_is_masked_as_a_whole_is_0_and_takes_no_gradient(x):
    rows, mask = [x, [0.0, 0.0]], [[False], [True]]
    for op, nothing in ((softmax, 0), (softmin, 0), (log_softmax, -INF)):
        y, gx = both(op, rows, [[INF, NAN], [1.0, 3.0]], mask=mask)
        np.testing.assert_array_equal(y[0], [nothing, nothing])
        np.testing.assert_array_equal(gx[0], [0, 0])
        assert np.isfinite(y[1]).all() and gx[1, 0] != 0


def test_an_unmasked_row_of_minus_infinity_stays_nan():
    np.testing.assert_array_equal(
        softmax([[-INF, -INF, 5.0]], mask=[True, True, False]).data, [[NAN, NAN, 0]]
    )


def test_a_mask_broadcasts_and_is_copied():
    x = np.random.default_rng(17).normal(size=(2, 3, 4))
    mask = np.array([[True], [False], [True]])
    leaf = Tensor(x, requires_grad=True)
    y = softmax(leaf, axis=1, mask=mask)
    mask[:] = True
    y.backward(np.random.default_rng(18).normal(size=x.shape))
    assert (y.data[:, 1] == 0).all() and (leaf.grad[:, 1] == 0).all()
    np.testing.assert_allclose(y.data.sum(1), 1, rtol=1e-15)
    np.testing.assert_array_equal(softmax(x, mask=np.array(True)).data, softmax(x).data)
    assert softmax(np.empty((0, 3)), mask=[True, False, True]).shape == (0, 3)


@ALL
def test_gradients_under_a_mask_pass_the_gradient_check(op):
    x, weights = np.random.default_rng(19).normal(size=(2, 3, 5))
    mask = np.array([[True, False, True, True, False], [False] * 5, [True] * 5])

    def kept(t):
        return op(t, mask=mask)[mask] * weights[mask]

    assert gradcheck(kept, x)


@pytest.mark.parametrize("mask, words", [
    ([1, 0], "booleans"), ([1.0, 0.0], "booleans"), ("a", "booleans"), ([[True], []], "booleans"),
    (Tensor([1.0, 0.0]), "booleans"), ([None, True], "booleans"),
    ([True] * 3, r"shape \(3,\) does not broadcast to x of shape \(1, 2\)"),
    ([[True], [False]], "does not broadcast"), ([[[True]]], "does not broadcast"),
])  # fmt: skip
def test_a_wrong_mask_is_named(mask, words):
    with pytest.raises(ValueError, match=f"^softmax: mask.*{words}") as raised:
        softmax([[1.0, 2.0]], mask=mask)
    assert "\n" not in str(raised.value)


VECTORS = st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=20).map(np.array)


@given(VECTORS)
def test_probabilities_sum_to_one_and_their_logarithms_are_log_softmax(x):
    y = softmax(x).data
    assert (y >= 0).all() and (y <= 1).all()
    assert y.sum() == pytest.approx(1, abs=1e-14)
    np.testing.assert_allclose(np.log(y), log_softmax(x).data, rtol=1e-13, atol=1e-13)


@given(VECTORS, st.integers(-100, 100), st.randoms())
def test_a_shift_or_an_exchange_of_columns_is_seen_through(x, shift, random):
    x = np.round(x * 1024) / 1024  # exact when shifted
    assert oracle.bits(softmax(x + shift).data) == oracle.bits(softmax(x).data)
    order = random.sample(range(len(x)), len(x))
    np.testing.assert_allclose(softmax(x[order]).data, softmax(x).data[order], rtol=1e-14)


def test_a_mistake_in_the_gradient_is_found(monkeypatch):
    right = Rows.vjp
    x = np.random.default_rng(20).normal(size=(2, 3))
    monkeypatch.setattr(Rows, "vjp", lambda self, node, gy: (right(self, node, gy)[0] + 1e-6 * gy,))
    for op in (softmax, softmin, log_softmax):
        with pytest.raises(GradientError):
            gradcheck(op, x)


def test_the_activation_refuses_a_vector_and_says_how_to_reshape_it():
    x = [[1.0, 2.0], [3.0, 5.0]]
    assert oracle.bits(softmax_of_rows(x).data) == oracle.bits(softmax(x).data)
    assert oracle.bits(softmax_of_rows(x, axis=0).data) == oracle.bits(softmax(x, axis=0).data)
    assert softmax_of_rows(x, mask=[True, False]).data.tolist() == [[1, 0], [1, 0]]
    for vector, hint in (([1.0, 2.0], r"\(1, 2\)"), (1.0, r"\(1, 1\)")):
        with pytest.raises(ValueError, match=f"^softmax: x of shape .*reshape it to {hint}$"):
            softmax_of_rows(vector)


def test_the_activation_warns_of_an_axis_of_size_one():
    for x, axis in (([[1.0], [2.0]], -1), ([[1.0, 2.0]], 0), ([[1.0]], None)):
        with pytest.warns(UserWarning, match="^softmax: over an axis of size 1.*did you mean sigm"):
            assert (softmax_of_rows(x, axis).data == 1).all()
    softmax_of_rows([[1.0], [2.0]], (0, 1))  # warnings are errors here
    softmax_of_rows(np.empty((3, 0)))
    softmax([[1.0]])


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


@pytest.mark.parametrize("threads", ["1", "2"])
@pytest.mark.parametrize("shape", [(701, 100), (701, 1), (3, 20_000), (40, 5000)])
@ALL
def test_each_of_many_rows_has_the_bits_that_it_has_alone(op, shape, threads, monkeypatch):
    monkeypatch.setenv("MINIGRAD_THREADS", threads)
    values = np.random.default_rng(1).normal(0, 3, shape).astype(np.float32)
    x = Tensor(values, requires_grad=True)
    for _ in range(5):  # one core, then all
        y = op(x)
        x.grad = None
        y.backward(values)
    for k in {0, 1, shape[0] // 2, shape[0] - 1}:
        row = Tensor(values[k : k + 1], requires_grad=True)
        one = op(row)
        one.backward(values[k : k + 1])
        assert np.array_equal(one.data[0], y.data[k])
        assert np.array_equal(row.grad[0], x.grad[k])
