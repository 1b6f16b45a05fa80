"""Each op against NumPy forward, and against an independent formula or differences backward."""

import numpy as np
import pytest

from minigrad import Tensor, activations, ops
from minigrad.losses import softmax_cross_entropy


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
    "exp": np.exp,
    "log": np.log,
    "maximum": np.maximum,
    "mul": np.multiply,
    "neg": np.negative,
    "pow": np.power,
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


@pytest.mark.parametrize("name", ["abs", "exp", "neg", "relu", "elu", "sigmoid", "tanh", "prelu"])
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


def test_a_sum_of_float32_is_rounded_once():
    x = np.random.default_rng(0).uniform(0, 1, 100_001).astype(np.float32)
    assert ops.sum(x).data == np.float32(x.astype(np.float64).sum())


# Moving numbers


@pytest.mark.parametrize("shape", [(6,), (3, 2), (-1,), (1, 2, -1), (2, 3), (6, 1, 1)])
def test_reshape_is_numpys(shape):
    check(lambda x: ops.reshape(x, shape), lambda x: x.reshape(shape), random(2, 3))
    check(lambda x: x.reshape(*shape), lambda x: x.reshape(shape), random(2, 3))


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
    "an axis too large": (lambda: ops.sum(ones(2, 3), 2), ["sum", "axis=2", "2 axes", "to 1"]),
    "an axis twice": (lambda: ops.mean(ones(2, 3), (0, -2)), ["mean", "axis=(0, -2)", "once"]),
    "an axis of a single number": (lambda: ops.sum(ones(), 0), ["sum", "axis=0", "0 axes"]),
    "a broken axis": (lambda: ops.sum(ones(2), 0.5), ["sum", "axis=0.5", "whole"]),
    "softmax of a single number": (lambda: ops.softmax(1.0), ["softmax", "axis=-1", "()"]),
    "softmax over no axis": (lambda: ops.softmax(ones(2), 3), ["softmax", "axis=3", "(2,)"]),
    "a shape of another size": (lambda: ones(2).reshape(3), ["reshape", "(3,)", "(2,)"]),
    "two unknown lengths": (lambda: ones(4).reshape(-1, -1), ["reshape", "(-1, -1)", "(4,)"]),
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
