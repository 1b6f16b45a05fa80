"""Broadcasting: all pairs and triples of shapes give NumPy's results; gradients add up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import Tensor, elementwise, ops
from minigrad.broadcasting import arrange, sum_all, unbroadcast
from minigrad.kernels.kernel import Kernel
from minigrad.kernels.loops import gradient_features
from minigrad.ops.reductions import dsum_dx

LENGTHS = st.sampled_from([0, 1, 2, 3])


@st.composite
def shapes_that_fit(draw, count):
    """Shapes of 0 to 3 axes that broadcast: cut off on the left, and 1 here and there."""
    whole = draw(st.lists(LENGTHS, max_size=3))
    shapes = []
    for _ in range(count):
        kept = whole[len(whole) - draw(st.integers(0, len(whole))) :]
        shapes.append(tuple(1 if draw(st.booleans()) else n for n in kept))
    return tuple(shapes)


def summed_to(shape, gradient):
    """What a gradient of the common shape means for an input of this shape."""
    gradient = np.asarray(gradient, np.float64)
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    stretched = tuple(k for k, n in enumerate(shape) if n == 1)
    return gradient.sum(axis=stretched, keepdims=True) if stretched else gradient


def check(op, formula, slopes, shapes, dtype=np.float64, rtol=1e-13):
    """The op's result and gradients for random numbers are those of the NumPy formulas."""
    rng = np.random.default_rng(len(repr(shapes)))
    arrays = [rng.uniform(0.5, 2, s).astype(dtype) for s in shapes]
    tensors = [Tensor(a, requires_grad=True) for a in arrays]
    exact = [a.astype(np.float64) for a in arrays]
    y = op(*tensors)
    expected = formula(*exact)
    assert (y.shape, y.dtype) == (expected.shape, dtype)
    np.testing.assert_allclose(y.data, expected, rtol=rtol)
    seed = rng.uniform(0.5, 2, y.shape).astype(dtype)
    y.backward(seed)
    for shape, tensor, slope in zip(shapes, tensors, slopes, strict=True):
        gradient = summed_to(shape, np.broadcast_to(slope(*exact), y.shape) * seed)
        assert (tensor.grad.shape, tensor.grad.dtype) == (shape, dtype)
        np.testing.assert_allclose(tensor.grad, gradient, rtol=rtol, atol=1e-300)


QUOTIENT = (
    lambda a, b: a / b,
    (lambda a, b: 1 / b, lambda a, b: -a / (b * b)),
)
SUM = (
    lambda a, b: a + b,
    (lambda a, b: 1.0, lambda a, b: 1.0),
)
TRIPLE = (
    lambda a, b, c: a * b * b + b * c * c * c,
    (
        lambda a, b, c: b * b,
        lambda a, b, c: 2 * a * b + c * c * c,
        lambda a, b, c: 3 * b * c * c,
    ),
)


def in_python(monkeypatch, inputs, formula, slopes):
    """An op of these formulas whose loops are not compiled: shapes are what matters here."""
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    return declared(inputs, formula, slopes)


def declared(inputs, formula, slopes):
    op = elementwise(inputs=inputs)(formula)
    for name, slope in zip(op.declaration.inputs, slopes, strict=True):
        op.partial(name)(slope)
    return op


@pytest.fixture
def quotient(monkeypatch):
    return in_python(monkeypatch, 2, *QUOTIENT)


@pytest.fixture
def triple(monkeypatch):
    return in_python(monkeypatch, 3, *TRIPLE)


def test_any_two_shapes_that_fit_give_numpys_result_and_gradients(quotient):
    @settings(max_examples=400)
    @given(shapes_that_fit(2))
    def agrees(shapes):
        check(quotient, *QUOTIENT, shapes)

    agrees()


def test_any_three_shapes_that_fit_give_numpys_result_and_gradients(triple):
    @settings(max_examples=400)
    @given(shapes_that_fit(3))
    def agrees(shapes):
        check(triple, *TRIPLE, shapes)

    agrees()


def test_a_sum_passes_its_gradient_through_for_any_two_shapes():
    @settings(max_examples=200)
    @given(shapes_that_fit(2))
    def agrees(shapes):
        check(ops.add, *SUM, shapes)

    agrees()


@settings(max_examples=300)
@given(*[st.lists(LENGTHS, max_size=3).map(tuple)] * 2)
def test_two_shapes_fit_exactly_where_numpy_says_so(a, b):
    try:
        shape = np.broadcast_shapes(a, b)
    except ValueError:
        with pytest.raises(ValueError) as raised:
            ops.mul(np.ones(a), np.ones(b))
        text = str(raised.value)
        assert text.startswith("mul: ") and str(a) in text and str(b) in text and "\n" not in text
    else:
        assert arrange((a, b)).shape == shape


COMPILED = [
    ((4, 3), (4, 3)),
    ((4, 3), (3,)),
    ((3,), (4, 3)),
    ((4, 3), ()),
    ((1, 1), (4, 3)),
    ((4, 1), (4, 3)),
    ((4, 1), (1, 3)),
    ((70, 2, 3), (3,)),
    ((70, 3), (70, 1)),
]


@pytest.fixture(scope="module")
def compiled():
    return declared(2, *QUOTIENT)


@pytest.mark.compiler
@pytest.mark.parametrize("shapes", COMPILED)
def test_compiled_loops_give_the_same_for_every_layout(compiled, shapes):
    check(compiled, *QUOTIENT, shapes)


@pytest.mark.compiler
@pytest.mark.parametrize("dtype, rtol", [(np.float32, 1e-6), (np.float16, 1e-3)])
def test_compiled_loops_give_the_same_for_smaller_dtypes(compiled, dtype, rtol):
    check(compiled, *QUOTIENT, ((70, 3), (3,)), dtype, rtol)


@pytest.mark.parametrize("which", [0, 1])
def test_the_check_finds_a_gradient_that_is_not_added_up(quotient, which, monkeypatch):
    monkeypatch.setattr("minigrad.plans.sum_rows", lambda kernel, gy, *rest: gy[0].copy())
    with pytest.raises(AssertionError):
        check(quotient, *QUOTIENT, [((4, 3), (3,)), ((3,), (4, 3))][which])


@pytest.mark.parametrize("which", [0, 1])
def test_the_check_finds_a_wrong_partial(monkeypatch, which):
    formula, slopes = QUOTIENT
    wrong = [*slopes]
    wrong[which] = lambda a, b: 1.000001 * slopes[which](a, b)
    with pytest.raises(AssertionError):
        check(in_python(monkeypatch, 2, formula, wrong), *QUOTIENT, ((4, 3), (3,)))


def test_float16_is_computed_in_float64_and_rounded_once():
    check(ops.div, *QUOTIENT, ((4, 3), (3,)), np.float16, 1e-3)
    x = Tensor(np.full((3000, 1), 1, np.float16), requires_grad=True)
    b = Tensor(np.zeros(1, np.float16), requires_grad=True)
    (x + b).backward(np.ones((3000, 1), np.float16))
    assert b.grad.tolist() == [3000]  # added up in float16 it would stop at 2048


@pytest.mark.parametrize("number", [2, 2.0, True, np.float64(2), np.int8(2), np.float32(2)])
def test_a_number_takes_the_dtype_of_the_tensor(number):
    x = Tensor(np.ones(3, np.float16), requires_grad=True)
    assert (x * number).dtype == (number * x).dtype == np.float16


def test_tensors_of_different_dtypes_meet_in_the_larger_one():
    a = Tensor(np.ones((2, 3), np.float32), requires_grad=True)
    b = Tensor(np.ones(3), requires_grad=True)
    y = a * b
    y.backward(np.ones((2, 3)))
    assert (y.dtype, a.grad.dtype, b.grad.dtype) == (np.float64, np.float32, np.float64)
    assert b.grad.tolist() == [2, 2, 2]


@pytest.mark.parametrize(
    "inputs, roles",
    [
        (((8, 4), (8, 4)), "xx"),
        (((8, 4), (4,)), "xf"),
        (((4,), (8, 4)), "fx"),
        (((8, 4), (1, 4)), "xf"),
        (((2, 8, 4), (8, 4)), "xf"),
        (((8, 4), ()), "xn"),
        (((8, 4), (1, 1)), "xn"),
        (((8, 4), None), "xn"),
        ((None, (8, 4)), "nx"),
        (((8, 4), (8, 1)), "xx"),
        (((8, 4), (4,), None), "xfn"),
        (((), ()), "xx"),
        ((None, None), None),
    ],
)
def test_the_role_of_each_input_follows_from_the_shapes(inputs, roles):
    layout = arrange(inputs)
    assert roles is None or layout.roles == roles
    assert (layout.grid is not None) == ("f" in layout.roles)


def test_only_a_column_is_stretched_by_a_copy():
    stretched = [arrange(((8, 4), b)).stretched[1] for b in [(8, 4), (4,), (), None, (8, 1)]]
    assert stretched == [None, None, None, None, (8, 4)]


def test_two_columns_and_a_row_share_their_grid():
    layout = arrange(((8, 1), (1, 4)))
    assert layout.shape == (8, 4) and layout.roles == "xf" and layout.grid == (8, 4)


@pytest.mark.parametrize("shapes", [((0,), (0,)), ((0, 3), (3,)), ((2, 0), ()), ((0, 1), (1, 3))])
def test_empty_arrays_give_empty_results_and_gradients_of_zero(shapes):
    tensors = [Tensor(np.ones(s), requires_grad=True) for s in shapes]
    y = tensors[0] * tensors[1]
    y.backward(np.ones(y.shape))
    assert y.shape == np.broadcast_shapes(*shapes) and y.size == 0
    assert all(t.grad.shape == s and not t.grad.any() for t, s in zip(tensors, shapes, strict=True))


@settings(max_examples=200)
@given(shapes_that_fit(1), st.lists(st.sampled_from([1, 2, 3]), max_size=2))
def test_unbroadcast_is_the_transpose_of_broadcasting(shapes, more):
    """<broadcast(x), g> = <x, unbroadcast(g)>."""
    rng = np.random.default_rng(1)
    (shape,) = shapes
    whole = (*more, *(3 if n == 1 else n for n in shape))
    x, g = rng.integers(-9, 9, shape).astype(float), rng.integers(-9, 9, whole).astype(float)
    back = unbroadcast(g, shape)
    assert back.shape == shape
    assert (np.broadcast_to(x, whole) * g).sum() == (x * back).sum()


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 4095, 4096, 4097, 10_000])
def test_sums_over_everything_leave_no_element_out(size):
    numbers = np.arange(size, dtype=np.float64)
    assert sum_all(Kernel(gradient_features, dsum_dx), numbers, (), ()) == numbers.sum()


def test_a_number_shared_by_all_gets_the_sum_of_all():
    for shape in [(), (1,), (1, 1, 1)]:
        a = Tensor(np.ones(shape), requires_grad=True)
        x = np.arange(200.0).reshape(20, 10)
        (a * x).sum().backward()
        assert a.grad.shape == shape and a.grad.item() == x.sum()


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_a_number_beside_a_large_array_needs_no_slope_that_reads_it(dtype):
    x = Tensor(np.ones(3000, dtype), requires_grad=True)
    (x + 2.0 + np.asarray([0.5], dtype)).sum().backward()
    assert x.grad.tolist() == [1.0] * 3000
