"""Each op against NumPy forward, and against an independent formula or differences backward."""

import math
import warnings

import numpy as np
import oracle
import pytest
from scoreboard import full

from minigrad import Tensor, activations, gradcheck, ops
from minigrad.ops import softmax_cross_entropy

INF, NAN = np.inf, np.nan
FLOATS = [np.float16, np.float32, np.float64]


def random(*shape, low=0.3, high=2.0, seed=0):
    return np.random.default_rng(seed).uniform(low, high, shape)


def gradients_of(op, *arrays, seed=None):
    """The result of an op, and dL/dx for L = sum(seed * result)."""
    tensors = [Tensor(a, requires_grad=True) for a in arrays]
    y = op(*tensors)
    y.backward(np.ones(y.shape) if seed is None else seed)
    return y.data, *(t.grad for t in tensors)


def differences(formula, arrays, seed, h=1e-5):
    """dL/dx by central differences of a NumPy formula, extrapolated once (error below 1e-9)."""
    found = []
    for k, array in enumerate(arrays):
        gradient = np.zeros(array.shape)
        for where in np.ndindex(array.shape):

            def loss(step, k=k, where=where):
                moved = [a.copy() for a in arrays]
                moved[k][where] += step
                return np.sum(formula(*moved) * seed)

            once, twice = loss(h) - loss(-h), loss(2 * h) - loss(-2 * h)
            gradient[where] = (8 * once - twice) / (12 * h)
        found.append(gradient)
    return found


def check(op, formula, *arrays):
    expected = np.asarray(formula(*arrays))
    seed = random(*expected.shape, seed=9)
    y, *gradients = gradients_of(op, *arrays, seed=seed)
    assert y.shape == expected.shape and y.flags.c_contiguous
    np.testing.assert_allclose(y, expected, rtol=1e-13)
    for got, by_differences in zip(gradients, differences(formula, arrays, seed), strict=True):
        assert got.shape == by_differences.shape
        np.testing.assert_allclose(got, by_differences, rtol=1e-7, atol=1e-8)


def np_softmax(x, axis=-1):
    return np.exp(x) / np.exp(x).sum(axis, keepdims=True)


def np_sigmoid(x):
    return 1 / (1 + np.exp(-x))


FORMULAS = {
    "abs": np.abs,
    "add": np.add,
    "div": np.divide,
    "cos": np.cos,
    "erf": np.vectorize(math.erf, otypes=[float]),
    "exp": np.exp,
    "expm1": lambda x: np.exp(x) - 1,
    "log": np.log,
    "log1p": lambda x: np.log(1 + x),
    "maximum": np.maximum,
    "minimum": np.minimum,
    "mul": np.multiply,
    "neg": np.negative,
    "pow": np.power,
    "sign": np.sign,
    "sin": np.sin,
    "sqrt": lambda x: x**0.5,
    "square": lambda x: x**2,
    "sub": np.subtract,
    "relu": lambda x: np.maximum(x, 0),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "sigmoid": np_sigmoid,
    "tanh": np.tanh,
    "prelu": lambda x, a: np.where(x > 0, x, a * x),
}
OPS = {name: getattr(ops, name, None) or getattr(activations, name) for name in FORMULAS}


@pytest.mark.parametrize("name", FORMULAS)
def test_an_elementwise_op_is_numpys_and_its_gradient_that_of_differences(name):
    inputs = len(OPS[name].declaration.inputs)
    check(OPS[name], FORMULAS[name], *(random(2, 3, seed=k) for k in range(inputs)))


NEGATIVE_TOO = [
    "abs", "cos", "erf", "exp", "expm1", "maximum", "minimum", "neg", "sign", "sin", "square",
    "relu", "elu", "sigmoid", "tanh", "prelu",
]  # fmt: skip


@pytest.mark.parametrize("name", NEGATIVE_TOO)
def test_an_elementwise_op_takes_negative_numbers(name):
    inputs = len(OPS[name].declaration.inputs)
    check(OPS[name], FORMULAS[name], *(random(5, low=-3, high=-0.3, seed=k) for k in range(inputs)))


def test_the_checker_finds_a_wrong_gradient():
    with pytest.raises(AssertionError):
        check(ops.exp, lambda x: np.exp(x) + 1e-6 * x, random(3))


@pytest.mark.parametrize(
    "write, formula",
    [
        (lambda x: 2 - x, lambda x: 2 - x),
        (lambda x: x - 2, lambda x: x - 2),
        (lambda x: 2 / x, lambda x: 2 / x),
        (lambda x: x / 2, lambda x: x / 2),
        (lambda x: 2**x, lambda x: 2.0**x),
        (lambda x: x**2, lambda x: x**2),
        (lambda x: -x + 1, lambda x: 1 - x),
        (lambda x: 3 * abs(x), lambda x: 3 * np.abs(x)),
        (lambda x: x.exp().log() * x, lambda x: x * x),
        (lambda x: x.sqrt() * x.clip(0.5, 1.5), lambda x: x**0.5 * np.clip(x, 0.5, 1.5)),
        (lambda x: x.max() - x.min(), lambda x: x.max() - x.min()),
        (lambda x: x.flatten(), lambda x: x.flatten()),
        (lambda x: x @ x, lambda x: x @ x),
        (lambda x: x @ np.arange(3.0), lambda x: x @ np.arange(3.0)),
        (lambda x: np.arange(3.0) @ x, lambda x: np.arange(3.0) @ x),
    ],
)
def test_operators_are_ops(write, formula):
    check(write, formula, random(3))


def test_where_two_numbers_are_equal_maximum_gives_each_half_of_the_gradient():
    _, ga, gb = gradients_of(ops.maximum, np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    assert (ga.tolist(), gb.tolist()) == ([0.5, 1], [0.5, 0])


def test_where_two_numbers_are_equal_minimum_gives_each_half_of_the_gradient():
    _, ga, gb = gradients_of(ops.minimum, np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    assert (ga.tolist(), gb.tolist()) == ([0.5, 0], [0.5, 1])


# x, value, slope
SPECIAL = {
    "sign": [(NAN, NAN, NAN), (INF, 1, 0), (-INF, -1, 0), (0.0, 0, 0), (-0.0, 0, 0), (-3.0, -1, 0)],
    "sqrt": [(NAN, NAN, NAN), (INF, INF, 0), (-INF, NAN, NAN), (-1.0, NAN, NAN), (4.0, 2, 0.25)],
    "square": [(NAN, NAN, NAN), (INF, INF, INF), (-INF, INF, -INF), (-0.0, 0, 0), (-3.0, 9, -6)],
    "log1p": [
        (NAN, NAN, NAN), (INF, INF, 0), (-INF, NAN, NAN), (-2.0, NAN, NAN), (-1.0, -INF, INF),
        (0.0, 0, 1),
    ],
    "sin": [(NAN, NAN, NAN), (INF, NAN, NAN), (-INF, NAN, NAN), (0.0, 0, 1)],
    "cos": [(NAN, NAN, NAN), (INF, NAN, NAN), (-INF, NAN, NAN), (0.0, 1, 0)],
    "erf": [(NAN, NAN, NAN), (INF, 1, 0), (-INF, -1, 0), (60.0, 1, 0), (-60.0, -1, 0)],
    "expm1": [(NAN, NAN, NAN), (INF, INF, INF), (-INF, -1, 0), (0.0, 0, 1)],
}  # fmt: skip


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", SPECIAL)
def test_special_values_are_the_limits_bit_for_bit(name, dtype):
    x, *want = np.array(SPECIAL[name], dtype).T
    for got, exact in zip(gradients_of(OPS[name], x), want, strict=True):
        assert oracle.bits(got) == oracle.bits(exact)


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_the_slope_of_sqrt_at_zero_is_infinite_and_backward_says_so(zero):
    x = Tensor([4.0, zero], requires_grad=True)
    y = ops.sqrt(x).sum()
    with pytest.warns(RuntimeWarning) as caught:
        y.backward()
    assert x.grad.tolist() == [0.25, INF]
    text = str(caught[0].message)
    assert text.startswith("sqrt: ") and "infinite" in text and "\n" not in text
    assert caught[0].filename == __file__


def test_the_warning_of_sqrt_can_be_silenced_as_numpys():
    x = Tensor([0.0], requires_grad=True)
    with np.errstate(divide="ignore"):
        ops.sqrt(x).backward()
    assert x.grad.tolist() == [INF]


def test_sqrt_of_no_zero_and_sqrt_without_backward_do_not_warn():
    with warnings.catch_warnings(action="error"):
        ops.sqrt(Tensor([0.0], requires_grad=True))
        ops.sqrt(Tensor([1.0, -1.0], requires_grad=True)).sum().backward()


@pytest.mark.parametrize("name", ["log1p", "expm1"])
def test_next_to_zero_no_digit_is_lost(name):
    x = np.array([1e-12, -1e-12, 1e-300])
    np.testing.assert_allclose(OPS[name](x).data, getattr(np, name)(x), rtol=1e-15)


BOUNDS = [(-1.0, 0.5), (None, 0.5), (-1.0, None), (None, None), (0.5, 0.5)]


@pytest.mark.parametrize("low, high", BOUNDS)
def test_clip_is_numpys(low, high):
    x = np.random.default_rng(3).normal(size=(3, 4))
    check(lambda x: ops.clip(x, low, high), lambda x: np.clip(x, low, high), x)
    gradcheck(ops.clip, x, low=low, high=high)


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_slope_of_clip_is_zero_at_both_bounds(dtype):
    x = np.array([NAN, -INF, -1.0, 0.0, 0.5, 1.0, INF], dtype)
    y, gx = gradients_of(lambda x: ops.clip(x, 0, 1), x)
    assert oracle.bits(y) == oracle.bits(np.array([NAN, 0, 0, 0, 0.5, 1, 1], dtype))
    assert oracle.bits(gx) == oracle.bits(np.array([NAN, 0, 0, 0, 1, 0, 0], dtype))


def test_a_clipped_element_passes_nothing_back_even_from_infinity():
    _, gx = gradients_of(lambda x: x.clip(0, 1), np.array([-3.0, 0.5]), seed=[NAN, INF])
    assert gx.tolist() == [0, INF]


def test_gradcheck_finds_the_kinks_of_clip_where_it_declares_them():
    notes = str(gradcheck(ops.clip, low=-2.0, high=1.0))
    assert "kink at -2: legal [0, 1], yours 0" in notes and "kink at 1: " in notes


def test_division_by_zero_is_infinite_without_a_warning():
    y = ops.div(np.array([1.0, -1.0, 0.0]), 0.0)
    np.testing.assert_array_equal(y.data, [np.inf, -np.inf, np.nan])


def test_powers_at_zero_have_the_slopes_of_their_limits():
    y, gx, gy = gradients_of(ops.pow, np.zeros(3), np.array([1.0, 2.0, 0.0]))
    assert y.tolist() == [0, 0, 1] and gx.tolist() == [1, 0, 0] and gy[:2].tolist() == [0, 0]


# Matrix products


PRODUCTS = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((1, 1), (1, 1)),
    ((5, 2, 3), (3,)), ((3,), (5, 3, 2)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)), ((1, 2, 3), (5, 3, 4)), ((5, 2, 3), (1, 3, 4)),
    ((2, 1, 2, 3), (3, 3, 2)), ((2, 1, 2, 3), (1, 3, 3, 2)), ((2, 2, 1, 3), (3,)),
    ((1,), (1,)), ((1, 3), (3, 1)),
]  # fmt: skip


@pytest.mark.parametrize("a, b", PRODUCTS)
def test_a_matrix_product_is_numpys_for_any_number_of_axes(a, b):
    check(ops.matmul, np.matmul, random(*a, seed=1), random(*b, seed=2))


@pytest.mark.parametrize(
    "a, b", [((0, 3), (3, 2)), ((2, 0), (0, 3)), ((0,), (0,)), ((0, 2, 3), (3,)), ((2, 3), (3, 0))]
)
def test_an_empty_matrix_product_is_empty_or_zero(a, b):
    y, ga, gb = gradients_of(ops.matmul, np.ones(a), np.ones(b))
    np.testing.assert_array_equal(y, np.matmul(np.ones(a), np.ones(b)))
    assert ga.shape == a and gb.shape == b and not ga.any() and not gb.any()


def test_only_the_factor_that_wants_a_gradient_gets_one():
    for a_wants, b_wants in ((True, False), (False, True)):
        a = Tensor(random(2, 3), requires_grad=a_wants)
        b = Tensor(random(3, 2), requires_grad=b_wants)
        (a @ b).sum().backward()
        assert (a.grad is not None, b.grad is not None) == (a_wants, b_wants)


def test_a_matrix_product_of_two_dtypes_has_the_larger_one():
    a = Tensor(np.ones((2, 3), np.float32), requires_grad=True)
    b = Tensor(np.ones((3, 2)), requires_grad=True)
    y = a @ b
    y.sum().backward()
    assert (y.dtype, a.grad.dtype, b.grad.dtype) == (np.float64, np.float32, np.float64)


# Sums and means


AXES = [None, 0, 1, 2, -1, (0, 1), (0, 2), (1, 2), (-1, 0), (0, 1, 2), (), [0, 2], np.int64(1)]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("name", ["sum", "mean"])
def test_sums_and_means_over_any_axes_are_numpys(name, axis, keepdims):
    numpy_axis = tuple(axis) if isinstance(axis, list) else axis

    def formula(x):
        return getattr(np, name)(x, axis=numpy_axis, keepdims=keepdims)

    check(lambda x: getattr(ops, name)(x, axis, keepdims), formula, random(2, 3, 4))


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
def test_a_sum_of_nothing_is_zero(axis):
    y, gx = gradients_of(lambda x: x.sum(axis), np.zeros((0, 3)))
    np.testing.assert_array_equal(y, np.zeros((0, 3)).sum(axis))
    assert gx.shape == (0, 3)


def test_a_mean_of_nothing_is_nan_without_a_warning():
    y, gx = gradients_of(lambda x: x.mean(0), np.zeros((0, 3)))
    assert np.isnan(y).all() and y.shape == (3,) and gx.shape == (0, 3)


def test_a_sum_of_float16_does_not_stop_at_2048():
    assert ops.sum(np.ones(3000, np.float16)).item() == 3000


@pytest.mark.parametrize("size", [100_001, full(8, 3_000_000)])
def test_a_sum_of_float32_is_rounded_once(size, record_property):
    rng, errors = np.random.default_rng(0), []
    gy, slope = rng.normal(size=size).astype(np.float32), Tensor([0.25], requires_grad=True)
    for x in (
        rng.uniform(0, 1, size),
        rng.normal(0, 1, size),  # of both signs: most of it cancels
        rng.normal(0, 1, size) * 10 ** rng.uniform(-6, 6, size),
    ):
        x, slope.grad = x.astype(np.float32), None
        activations.prelu(x, slope).backward(gy)
        exact = math.fsum(x.tolist())
        products = np.where(x > 0, 0, x).astype(np.float64) * gy
        for found, wanted in (
            (ops.sum(x).data, exact),
            (ops.sum(x.reshape(-1, 1), axis=0).data, exact),
            (ops.mean(x).data, exact / size),
            (slope.grad, math.fsum(products.tolist())),
        ):
            errors.append(oracle.ulps(found.reshape(1), np.array([wanted]))[0])
    record_property("found", f"{max(errors):.4f} ulp")
    assert max(errors) <= 1, errors


# Moving numbers


@pytest.mark.parametrize("shape", [(6,), (3, 2), (-1,), (1, 2, -1), (2, 3), (6, 1, 1)])
def test_reshape_is_numpys(shape):
    check(lambda x: ops.reshape(x, shape), lambda x: x.reshape(shape), random(2, 3))
    check(lambda x: x.reshape(*shape), lambda x: x.reshape(shape), random(2, 3))


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4), (0, 3), (1, 0)])
def test_flatten_is_numpys(shape):
    check(ops.flatten, np.ravel, random(*shape))


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3, np.int64(1)])
def test_expand_dims_is_numpys(axis):
    for shape in ((2, 3), (0, 3)):
        check(lambda x: ops.expand_dims(x, axis), lambda x: np.expand_dims(x, axis), random(*shape))


@pytest.mark.parametrize("axis", [None, 0, 2, -1, (0, 2), (-1, 0), [2]])
def test_squeeze_is_numpys(axis):
    numpy_axis = tuple(axis) if isinstance(axis, list) else axis
    check(lambda x: ops.squeeze(x, axis), lambda x: np.squeeze(x, numpy_axis), random(1, 3, 1))


def test_squeeze_of_one_element_may_leave_no_axis():
    assert ops.squeeze([[2.0]]).shape == ops.squeeze(2.0).shape == ()


@pytest.mark.parametrize("axes", [(), (0, 1, 2), (1, 2, 0), (2, 0, 1), (-1, 0, 1), (0, -1, 1)])
def test_transpose_is_numpys(axes):
    check(lambda x: x.transpose(*axes), lambda x: x.transpose(axes or None), random(2, 3, 4))


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4), (0, 3)])
def test_T_reverses_the_axes(shape):
    check(lambda x: x.T, lambda x: x.T, random(*shape))


WHERES = [
    0, -1, np.int64(1), slice(1, None), slice(None, None, -1), slice(0, 0), ..., None, (0, 1),
    (slice(None), 1), (..., 0), (0, ...), (None, 1, ..., None), (1, slice(None, None, 2), -1),
    [0, 1], [0, 0, 0], [], [[0, 1], [1, 1]], ([0, 1, 1], [2, 2, 2]), (slice(None), [2, 0, 0]),
    ([0, 1], slice(None), [3, 3]), np.array([1, 1]), np.array([True, False]), (0, [1, 1]),
    (..., np.array([True, False, True, True])), np.ones((2, 3), bool), True, False,
    np.arange(24).reshape(2, 3, 4) % 2 == 0, (np.array(0), np.array(1)), (),
]  # fmt: skip


@pytest.mark.parametrize("where", WHERES, ids=lambda w: repr(w).replace("\n", "")[:40])
def test_indexing_is_numpys_and_repeated_elements_add_up(where):
    if isinstance(where, list) and not where:
        where = np.array(where, int)
    check(lambda x: x[where], lambda x: x[where], random(2, 3, 4))


def test_rows_of_an_embedding_that_are_taken_often_get_exact_sums():
    rng = np.random.default_rng(7)
    which, gy = rng.integers(0, 9, (30, 50)), rng.normal(size=(30, 50, 4)).astype(np.float32)
    _, gx = gradients_of(lambda x: x[which], np.ones((10, 4), np.float32), seed=gy)
    exact = [gy[which == row].astype(np.float64).sum(0) for row in range(10)]
    assert oracle.ulps(gx, np.array(exact)).max() <= 0.5001 and not gx[9].any()


# A choice of two


CHOICES = [
    ((2, 3), (2, 3), (2, 3)), ((2, 3), (3,), (2, 1)), ((3,), (2, 3), ()), ((), (2, 3), (2, 3)),
    ((2, 1), (3,), (1,)), ((2, 1, 1), (3, 1), (4,)), ((0, 3), (3,), (1, 3)), ((), (), ()),
]  # fmt: skip


@pytest.mark.parametrize("condition, a, b", CHOICES)
def test_where_is_numpys_and_its_gradients_add_up_over_stretched_axes(condition, a, b):
    chosen = np.random.default_rng(1).random(condition) > 0.5
    arrays = random(*a, seed=1), random(*b, seed=2)
    check(lambda a, b: ops.where(chosen, a, b), lambda a, b: np.where(chosen, a, b), *arrays)


def test_nan_that_is_not_chosen_does_no_harm():
    chosen = np.array([True, False, True])
    a, b = np.array([1.0, NAN, INF]), np.array([NAN, 2.0, -INF])
    y, ga, gb = gradients_of(lambda a, b: ops.where(chosen, a, b), a, b, seed=[NAN, INF, 3.0])
    assert oracle.bits(y) == oracle.bits(np.array([1.0, 2.0, INF]))
    assert oracle.bits(ga) == oracle.bits(np.array([NAN, 0.0, 3.0]))
    assert oracle.bits(gb) == oracle.bits(np.array([0.0, INF, 0.0]))


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_number_in_where_takes_the_dtype_of_the_tensor(dtype):
    x = Tensor(np.ones(2, dtype), requires_grad=True)
    y = ops.where(x > 2, x, 0.1)
    y.sum().backward()
    assert y.dtype == x.grad.dtype == dtype and (y.data == dtype(0.1)).all()
    assert ops.where(True, 1, 2.0).dtype == np.float32


def test_where_of_two_dtypes_has_the_larger_one_and_gives_each_its_own_back():
    a, b = Tensor(np.ones(2, np.float16), True), Tensor(np.ones(2), True)
    y = ops.where([True, False], a, b)
    y.sum().backward()
    assert (y.dtype, a.grad.dtype, b.grad.dtype) == (np.float64, np.float16, np.float64)


def test_a_condition_that_is_changed_later_does_not_change_the_gradient():
    chosen, x = np.array([True, False]), Tensor([1.0, 2.0], requires_grad=True)
    y = ops.where(chosen, x, 0.0).sum()
    chosen[:] = False
    y.backward()
    assert x.grad.tolist() == [1, 0]


def test_rows_of_a_tensor_can_be_iterated():
    x = Tensor(random(3, 2), requires_grad=True)
    a, b, c = x
    (a + 2 * b + 3 * c).sum().backward()
    assert x.grad.tolist() == [[1, 1], [2, 2], [3, 3]]


# Softmax


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3, np.int64(1)])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_over_any_axis_is_the_textbooks(name, axis):
    def formula(x):
        return np_softmax(x, axis) if name == "softmax" else np.log(np_softmax(x, axis))

    check(lambda x: getattr(ops, name)(x, axis), formula, random(2, 3, 4))


def test_softmax_of_large_numbers_does_not_overflow():
    y = ops.softmax(np.array([1000.0, 1000.0, -1000.0]))
    assert y.data.tolist() == [0.5, 0.5, 0]


@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 2)])
def test_softmax_of_nothing_is_empty(shape):
    y, gx = gradients_of(ops.softmax, np.ones(shape))
    assert y.shape == gx.shape == shape


def test_cross_entropy_is_the_mean_of_minus_log_softmax_at_the_labels():
    labels = np.array([2, 0])
    check(
        lambda x: softmax_cross_entropy(x, labels),
        lambda x: -np.log(np_softmax(x))[[0, 1], labels].mean(),
        random(2, 3),
    )


# Bad input: one line that names the op, what was given, and what to do


def ones(*shape):
    return Tensor(np.ones(shape))


BAD_INPUT = {
    "shapes that do not broadcast": (lambda: ones(2) + ones(3), ["add", "(2,)", "(3,)"]),
    "three shapes, prelu": (
        lambda: activations.prelu(ones(8, 4), ones(3)), ["prelu", "alpha", "(3,)", "(8, 4)"],
    ),
    "too many tensors": (lambda: ops.mul(1, 2, 3), ["mul", "3", "a, b"]),
    "a tensor too few": (lambda: ops.mul(1.0), ["mul", "b is missing"]),
    "text": (lambda: ones(2) * "a", ["mul", "<U1", "float32"]),
    "a complex number": (lambda: ones(2) - 1j, ["sub", "complex128", "float32"]),
    "None": (lambda: ops.exp(None), ["exp", "object", "float32"]),
    "a huge whole number": (lambda: ones(2) + 10**400, ["add"]),
    "matrices that do not fit": (lambda: ones(2, 3) @ ones(2, 3), ["matmul", "(2, 3)", "axis"]),
    "a number as matrix": (lambda: ones(2) @ 2.0, ["matmul", "(2,)", "()"]),
    "stacks that do not fit": (
        lambda: ones(2, 2, 3) @ ones(3, 3, 2), ["matmul", "(2, 2, 3)", "(3, 3, 2)", "broadcast"],
    ),
    "text in a product": (lambda: ops.matmul(ones(2), "a"), ["matmul", "<U1", "float32"]),
    "text in a softmax": (lambda: ops.softmax("a"), ["softmax", "<U1", "float32"]),
    "text in a sum": (lambda: ops.sum("a"), ["sum", "<U1", "float32"]),
    "an axis too large": (lambda: ops.sum(ones(2, 3), 2), ["sum", "axis=2", "(2, 3)", "to 1"]),
    "an axis twice": (lambda: ops.mean(ones(2, 3), (0, -2)), ["mean", "axis=(0, -2)", "once"]),
    "an axis of a single number": (lambda: ops.sum(ones(), 0), ["sum", "axis=0", "()"]),
    "a broken axis": (lambda: ops.sum(ones(2), 0.5), ["sum", "axis=0.5", "whole"]),
    "axes in an array": (lambda: ops.sum(ones(2, 3), np.array([0, 1])), ["sum", "array([0, 1])"]),
    "softmax of a single number": (lambda: ops.softmax(1.0), ["softmax", "axis=-1", "()"]),
    "softmax over no axis": (lambda: ops.softmax(ones(2), 3), ["softmax", "axis=3", "(2,)"]),
    "a shape of another size": (lambda: ones(2).reshape(3), ["reshape", "(3,)", "(2,)"]),
    "a length below -1": (lambda: ones(4).reshape(-2, 2), ["reshape", "(-2, 2)", "(4,)"]),
    "two unknown lengths": (lambda: ones(4).reshape(-1, -1), ["reshape", "(-1, -1)", "(4,)"]),
    "a new axis too far": (lambda: ops.expand_dims(ones(2), 2), ["expand_dims", "axis=2"]),
    "no new axis": (lambda: ops.expand_dims(ones(2), None), ["expand_dims", "axis=None"]),
    "an axis that is longer than 1": (
        lambda: ops.squeeze(ones(2, 1), 0), ["squeeze", "axis=0", "(2, 1)", "length 1"],
    ),
    "an axis to squeeze that is not there": (lambda: ops.squeeze(ones(1), 1), ["squeeze", "(1,)"]),
    "a condition of numbers": (
        lambda: ops.where(ones(2), 1.0, 2.0), ["where", "float64", "booleans"],
    ),
    "a choice of shapes that do not fit": (
        lambda: ops.where([True, False], ones(3), ones(4, 1)), ["where", "(2,)", "(3,)", "(4, 1)"],
    ),
    "a choice of text": (lambda: ops.where(True, "a", 1.0), ["where", "<U1"]),
    "a bound that is no number": (lambda: ones(2).clip("a", 1), ["clip", "low='a'", "number"]),
    "bounds that are exchanged": (lambda: ones(2).clip(1, 0), ["clip", "low=1 and high=0"]),
    "a bound that is learned": (
        lambda: ones(2).clip(Tensor(1.0, requires_grad=True)), ["clip", "low is a number"],
    ),
    "an axis too few": (lambda: ones(2, 3).transpose(0), ["transpose", "(0,)", "(2, 3)", "once"]),
    "the same axis twice": (lambda: ones(2, 3).transpose(1, 1), ["transpose", "(1, 1)", "(2, 3)"]),
    "an index too large": (lambda: ones(2, 3)[5], ["index", "(2, 3)", "5", "size 2"]),
    "too many indices": (lambda: ones(2)[0, 0], ["index", "(2,)", "too many"]),
    "a float as index": (lambda: ones(2)[0.5], ["index", "(2,)", "integer"]),
    "a tensor as index": (lambda: ones(2)[ones(2)], ["index", "float64", "integers"]),
    "a mask too long": (lambda: ones(2)[[True] * 3], ["index", "(2,)", "3"]),
    "a label that is no class": (
        lambda: softmax_cross_entropy(ones(2, 3), [0, 3]), ["softmax_cross_entropy", "3 classes"],
    ),
    "labels that are not whole": (
        lambda: softmax_cross_entropy(ones(2, 3), [0.0, 1.0]), ["float64", "whole numbers"],
    ),
    "a wrong option": (lambda: activations.elu(1.0, alhpa=2), ["elu", "alhpa", "'alpha'"]),
    "a number that is none": (
        lambda: activations.elu(1.0, alpha="big"), ["elu", "alpha='big'", "finite number"],
    ),
    "an array as number": (
        lambda: activations.elu(1.0, alpha=np.ones((9, 9))), ["elu", "alpha=array", "number"],
    ),
    "a number of 400 digits": (lambda: activations.elu(1.0, alpha=10**400), ["elu", "alpha=1000"]),
    "a number that is learned": (
        lambda: activations.elu(1.0, alpha=Tensor(1.0, requires_grad=True)), ["elu", "alpha"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_INPUT)
def test_bad_input_is_one_line_that_names_the_op_and_what_was_given(kind):
    compute, words = BAD_INPUT[kind]
    with pytest.raises((TypeError, ValueError, IndexError)) as raised:
        compute()
    text = str(raised.value)
    assert "\n" not in text and len(text) < 250, text
    assert all(word in text for word in words), text
