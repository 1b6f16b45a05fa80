"""Sparsemax: against its definition in exact fractions, and as what it is, a projection."""

import math
from fractions import Fraction

import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import GradientError, Tensor, gradcheck
from minigrad.ops.sparsemax import Sparsemax, sparsemax

INF, NAN = math.inf, math.nan
FLOATS = np.float16, np.float32, np.float64


def exact(row):
    """Sparsemax of a row, as in Martins and Astudillo 2016, algorithm 1: sort, then count."""
    z = [Fraction(float(v)) for v in row]
    ordered = sorted(z, reverse=True)
    k = max(k for k in range(1, len(z) + 1) if 1 + k * ordered[k - 1] > sum(ordered[:k]))
    tau = (sum(ordered[:k]) - 1) / k
    return [max(v - tau, Fraction(0)) for v in z]


def exact_gradient(row, gy):
    """The Jacobian on the support S, 1 - 1 / |S| on its diagonal and -1 / |S| beside, times gy."""
    p, g = exact(row), [Fraction(float(v)) for v in gy]
    support = [i for i, v in enumerate(p) if v > 0]
    mean = sum(g[i] for i in support) / len(support)
    return [g[i] - mean if i in support else Fraction(0) for i in range(len(p))]


def gradient_of(x, gy, **options):
    leaf = Tensor(x, requires_grad=True)
    sparsemax(leaf, **options).backward(gy)
    return leaf.grad


def rows_of(dtype):
    """Rows of different lengths and spreads, so that supports of all sizes come up."""
    rng = np.random.default_rng(1)
    for classes in (1, 2, 3, 10, 65):
        for scale in (0.0, 1e-3, 0.1, 1.0, 30.0):
            yield rng.normal(rng.normal(0, 5), scale, (6, classes)).astype(dtype)


def require_exact(got, want, dtype):
    """Within half an ulp, and what float64 itself is off by."""
    error = [abs(Fraction(float(a)) - b) for a, b in zip(got, want, strict=True)]
    size = [oracle.spacing(np.float64(b), dtype) for b in want]
    for e, s in zip(error, size, strict=True):
        assert e <= 0.5 * float(s) + 1e-14, (got, [float(b) for b in want])


@pytest.mark.parametrize("dtype", FLOATS)
def test_values_are_those_of_the_definition(dtype):
    sizes = set()
    for data in rows_of(dtype):
        for row, got in zip(data, sparsemax(data).data, strict=True):
            require_exact(got, exact(row), dtype)
            sizes.add(int((got > 0).sum()))
    assert {1, 2, 3, 4, 10, 65} <= sizes


@pytest.mark.parametrize("dtype", FLOATS)
def test_gradients_are_those_of_the_definition(dtype):
    rng = np.random.default_rng(2)
    for data in rows_of(dtype):
        if data.shape[1] > 1 and (data == data[:, :1]).all():
            data[:, 0] += dtype(0.125)
        gy = rng.normal(size=data.shape).astype(dtype)
        for row, g, got in zip(data, gy, gradient_of(data, gy), strict=True):
            require_exact(got, exact_gradient(row, g), dtype)


@pytest.mark.parametrize("x", [[0.5, 0.2, 0.1], [0.1, 1.2, 0.9, -3.0], [0.0, 0.0], [2.0]])
def test_the_whole_jacobian(x):
    for unit in np.eye(len(x)):
        want = [float(v) for v in exact_gradient(x, unit)]
        np.testing.assert_allclose(gradient_of(np.array(x), unit), want, atol=1e-15)


def test_values_that_keras_gets_wrong():
    np.testing.assert_allclose(sparsemax([0.5, 0.2, 0.1]).data, [17 / 30, 8 / 30, 5 / 30], 1e-7)
    with pytest.raises(AssertionError):
        require_exact([0.1667, 0, 0], exact([0.5, 0.2, 0.1]), np.float32)


def mean_of_the_whole_row(self, node, gy):
    work, _, _ = node.saved
    support = sparsemax(work).data > 0
    return (support * (gy - gy.mean(1, keepdims=True)),)


def no_mean(self, node, gy):
    work, _, _ = node.saved
    return ((sparsemax(work).data > 0) * gy,)


@pytest.mark.parametrize("mistake", [mean_of_the_whole_row, no_mean])
def test_a_mistake_in_the_gradient_is_found(mistake, monkeypatch):
    x, g = np.array([[0.5, 0.3, -2.0], [0.0, 0.4, 0.1]]), np.array([1.0, 2.0, 4.0])
    assert gradcheck(sparsemax, x)
    monkeypatch.setattr(Sparsemax, "vjp", mistake)
    with pytest.raises(GradientError):
        gradcheck(sparsemax, x)
    with pytest.raises(AssertionError):
        require_exact(gradient_of(x[:1], g[None])[0], exact_gradient(x[0], g), np.float64)


NUMBERS = st.floats(-5, 5, width=32)
ROWS = st.lists(NUMBERS, min_size=1, max_size=20).map(np.array)


@given(ROWS)
def test_it_is_the_nearest_point_of_the_simplex(x):
    y = sparsemax(x).data
    assert (y >= 0).all()
    assert y.sum() == pytest.approx(1, abs=1e-14)
    # no corner of the simplex lies in the direction of x from y: (x - y)(corner - y) <= 0
    assert (x - y).max() <= (x - y) @ y + 1e-13


def test_another_point_of_the_simplex_is_seen_not_to_be_the_nearest():
    x, y = np.array([1.0, 0.5, -2.0]), np.array([0.6, 0.4, 0.0])
    assert (x - y).max() > (x - y) @ y + 1e-13


@given(ROWS, st.integers(-64, 64), st.randoms())
def test_a_shift_changes_nothing_and_an_exchange_of_columns_exchanges_results(x, shift, random):
    x = np.round(x * 1024) / 1024  # exact when shifted
    y = sparsemax(x).data
    assert oracle.bits(sparsemax(x + shift).data) == oracle.bits(y)
    order = random.sample(range(len(x)), len(x))
    np.testing.assert_allclose(sparsemax(x[order]).data, y[order], atol=1e-15)


@given(ROWS)
def test_a_point_of_the_simplex_stays_where_it_is(x):
    y = sparsemax(x).data
    np.testing.assert_allclose(sparsemax(y).data, y, atol=1e-15)


def test_two_columns_are_a_sigmoid_made_of_straight_lines():
    t = np.linspace(-2, 2, 41)
    y = sparsemax(np.stack([t, np.zeros(41)], axis=1)).data[:, 0]
    np.testing.assert_allclose(y, np.clip((t + 1) / 2, 0, 1), atol=1e-15)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("x, y, gx", [
    ([INF, 1.0], [1, 0], [0, 0]),
    ([-INF, 1.0], [0, 1], [0, 0]),
    ([-INF, 1.0, 1.0], [0, 0.5, 0.5], [0, -0.5, 0.5]),
    ([-INF, INF], [0, 1], [0, 0]),
    ([INF, INF], [NAN] * 2, [NAN] * 2),
    ([-INF, -INF], [NAN] * 2, [NAN] * 2),
    ([-INF], [NAN], [NAN]),
    ([INF], [1], [0]),
    ([NAN], [NAN], [NAN]),
    ([NAN, 1.0], [NAN] * 2, [NAN] * 2),
    ([1.0, -5.0, NAN], [NAN] * 3, [NAN] * 3),
    ([INF, NAN], [NAN] * 2, [NAN] * 2),
    ([60000.0, -60000.0, 0.0], [1, 0, 0], [0, 0, 0]),
    ([60000.0, 60000.0, 0.0], [0.5, 0.5, 0], [-0.5, 0.5, 0]),
    ([0.0, -1.0, -0.5], [0.75, 0, 0.25], [-1, 0, 1]),
    ([1.0, 0.5, 0.25], [0.75, 0.25, 0], [-0.5, 0.5, 0]),  # a kink: 0.25 is tau
])  # fmt: skip
def test_special_values_touch_their_own_row_only(x, y, gx, dtype):
    rows = np.array([x, [0.0] * len(x)], dtype)
    np.testing.assert_array_equal(sparsemax(rows).data[0], np.array(y, dtype))
    np.testing.assert_allclose(sparsemax(rows).data[1], 1 / len(x), rtol=1e-3)
    gy = np.array([[2.0, 3.0, 4.0]], dtype)[:, : len(x)]
    np.testing.assert_array_equal(gradient_of(rows[:1], gy)[0], np.array(gx, dtype))


@pytest.mark.parametrize("x", [[3e38, 3e38, -3e38], [1e308, -1e308, 1e308]])
def test_the_largest_numbers_do_not_overflow(x):
    y = sparsemax(np.array(x)).data
    assert y.tolist() == [0.5 if v > 0 else 0 for v in x]


def test_an_infinite_gradient_does_not_leave_through_a_zero():
    gy = np.array([[1.0, INF, NAN], [INF, 1.0, 1.0]])
    x = np.array([[5.0, 0.0, 0.0], [5.0, 0.0, 0.0]])
    np.testing.assert_array_equal(gradient_of(x, gy), np.zeros((2, 3)))


@pytest.mark.parametrize("axis", [0, 1, -1, (0, 2), [1, -1], None])
def test_any_axes(axis):
    x, gy = np.random.default_rng(3).normal(size=(2, 2, 3, 4))
    axes = range(3) if axis is None else axis if isinstance(axis, list | tuple) else [axis]
    axes = [k % 3 for k in axes]

    def rows(array):
        moved = np.moveaxis(array, axes, range(-len(axes), 0))
        return moved.reshape(-1, math.prod(moved.shape[3 - len(axes) :]))

    y = sparsemax(x, axis=axis).data
    assert y.shape == x.shape
    assert oracle.bits(rows(y)) == oracle.bits(sparsemax(rows(x)).data)
    got, want = gradient_of(x, gy, axis=axis), gradient_of(rows(x), rows(gy))
    assert oracle.bits(rows(got)) == oracle.bits(want)
    assert gradcheck(lambda t: sparsemax(t, axis=axis), x)


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 3)])
def test_nothing_gives_nothing(shape):
    x = np.empty(shape, np.float32)
    assert sparsemax(x).shape == gradient_of(x, x).shape == shape


@pytest.mark.parametrize("x, axis", [([1.0], 1), (1.0, -1), ([[1.0]], (0, 0)), ([1.0], True)])
def test_a_wrong_axis_is_named(x, axis):
    with pytest.raises(np.exceptions.AxisError, match="^sparsemax: axis=.*shape"):
        sparsemax(x, axis=axis)


def test_what_is_no_number_is_refused():
    with pytest.raises(TypeError, match="^sparsemax: .*float32"):
        sparsemax("a")
