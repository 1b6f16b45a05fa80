"""Joining: tensors one after the other or on top of each other, as NumPy does it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_ops import check

from minigrad import Tensor, gradcheck, ops


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


PIECES = [
    ([(3,)], 0), ([(3,), (2,)], -1), ([(2, 3), (2, 1)], 1), ([(2, 3), (2, 1), (2, 4)], -1),
    ([(1, 3), (4, 3)], 0), ([(2, 0), (2, 3)], 1), ([(0, 3), (0, 2)], 1), ([(0,), (0,)], 0),
    ([(2, 3, 4), (2, 1, 4), (2, 2, 4)], -2), ([(2, 3), (2, 3)], np.int64(0)),
    ([(3, 1), (3, 1)], 1), ([(1, 3), (1, 3)], 0),
]  # fmt: skip


@pytest.mark.parametrize("shapes, axis", PIECES)
def test_concatenate_is_numpys_and_each_piece_gets_its_gradient(shapes, axis):
    check(
        lambda *parts: ops.concatenate(parts, axis),
        lambda *parts: np.concatenate(parts, axis),
        *(normal(*shape, seed=k) for k, shape in enumerate(shapes)),
    )


def test_concatenate_joins_along_the_last_axis_unless_told_otherwise():
    a, b = normal(2, 3), normal(2, 1)
    np.testing.assert_array_equal(ops.concatenate((a, b)).data, np.hstack([a, b]))


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3, np.int64(1)])
def test_stack_is_numpys_and_each_layer_gets_its_gradient(axis):
    check(
        lambda *parts: ops.stack(parts, axis),
        lambda *parts: np.stack(parts, axis),
        *(normal(2, 3, seed=k) for k in range(3)),
    )


@pytest.mark.parametrize("shape", [(), (0,), (2, 0)])
def test_stack_of_single_numbers_and_of_nothing(shape):
    check(
        lambda a, b: ops.stack([a, b]),
        lambda a, b: np.stack([a, b]),
        normal(*shape),
        np.ones(shape),
    )


def test_stack_comes_first_unless_told_otherwise():
    assert ops.stack([np.ones(3), np.ones(3)]).shape == (2, 3)


def test_gradcheck_agrees():
    gradcheck(
        lambda a, b: ops.concatenate([a * b, a, b * b], 0), normal(2, 3), normal(2, 3, seed=1)
    )
    gradcheck(lambda a, b: ops.stack([a * b, a, b], 1), normal(2, 3), normal(2, 3, seed=1))


def test_the_checker_finds_pieces_that_are_exchanged(monkeypatch):
    monkeypatch.setattr(
        type(ops.concatenate),
        "vjp",
        lambda self, node, gy: [p.copy() for p in np.split(gy, 2)[::-1]],
    )
    with pytest.raises(AssertionError):
        gradcheck(lambda a, b: ops.concatenate([a * a, b], 0), normal(2), normal(2, seed=1))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), st.data())
def test_what_is_joined_can_be_cut_again(lengths, data):
    parts = [normal(2, n, seed=k) for k, n in enumerate(lengths)]
    joined = ops.concatenate(parts, 1)
    k = data.draw(st.integers(0, len(lengths) - 1))
    start = sum(lengths[:k])
    np.testing.assert_array_equal(joined[:, start : start + lengths[k]].data, parts[k])


def test_a_tensor_that_is_joined_to_itself_gets_both_gradients():
    x = Tensor([1.0, 2.0], requires_grad=True)
    ops.concatenate([x, x]).backward([1.0, 2.0, 10.0, 20.0])
    assert x.grad.tolist() == [11, 22]


def test_only_those_that_want_a_gradient_get_one_which_is_their_own():
    a, b = Tensor(np.ones((2, 3)), requires_grad=True), Tensor(np.ones((2, 2)))
    y = ops.concatenate([b, a, np.ones((2, 1)), [[1.0], [2.0]]], 1)
    y.backward(np.arange(14.0).reshape(2, 7))
    assert a.grad.tolist() == [[2, 3, 4], [9, 10, 11]] and b.grad is None
    assert a.node.gradient.base is None and a.node.gradient.flags.c_contiguous


def test_mixed_dtypes_become_the_largest_and_each_gets_its_own_back():
    parts = [Tensor(np.ones(2, d), True) for d in (np.float16, np.float32, np.float64)]
    for join in (ops.concatenate, ops.stack):
        for size in (1, 2, 3):
            y = join(parts[:size])
            y.backward(np.ones(y.shape))
            assert y.dtype == parts[size - 1].dtype
    for part in parts:
        assert part.grad.dtype == part.dtype


def test_a_number_that_is_stacked_takes_the_dtype_of_the_tensors():
    y = ops.stack([Tensor(np.float64(2)), 0.1])
    assert y.dtype == np.float64 and y.data[1] == 0.1
    assert ops.stack([np.ones((), np.float16), 1]).dtype == np.float16
    assert ops.stack([1, 2.5]).dtype == np.float32


def ones(*shape):
    return Tensor(np.ones(shape))


BAD_INPUT = {
    "nothing": (lambda: ops.concatenate([]), ["concatenate", "one tensor"]),
    "nothing to stack": (lambda: ops.stack(()), ["stack", "one tensor"]),
    "one tensor": (lambda: ops.concatenate(ones(2, 3)), ["concatenate", "list"]),
    "a number": (lambda: ops.stack(2.0), ["stack", "2.0", "list"]),
    "text": (lambda: ops.concatenate([ones(2), "a"]), ["concatenate", "<U1"]),
    "shapes": (
        lambda: ops.concatenate([ones(2, 3), ones(3, 3)], 1),
        ["concatenate", "(2, 3)", "(3, 3)", "axis=1"],
    ),
    "numbers of axes": (
        lambda: ops.concatenate([ones(2, 3), ones(2)]), ["concatenate", "(2, 3)", "(2,)"],
    ),
    "hundred shapes": (
        lambda: ops.concatenate([ones(k, 2) for k in range(100)]), ["(0, 2)", "others"],
    ),
    "shapes to stack": (lambda: ops.stack([ones(2), ones(3)]), ["stack", "(2,)", "(3,)", "same"]),
    "single numbers": (lambda: ops.concatenate([1.0, 2.0]), ["concatenate", "axis=-1", "()"]),
    "an axis too large": (lambda: ops.concatenate([ones(2)], 1), ["concatenate", "axis=1", "(2,)"]),
    "an axis to stack too large": (lambda: ops.stack([ones(2)], 2), ["stack", "axis=2"]),
    "no axis": (lambda: ops.concatenate([ones(2)], None), ["concatenate", "axis=None", "one"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_INPUT)
def test_bad_input_is_one_line_that_names_the_op_and_what_was_given(kind):
    compute, words = BAD_INPUT[kind]
    with pytest.raises((TypeError, ValueError)) as raised:
        compute()
    text = str(raised.value)
    assert "\n" not in text and len(text) < 250, text
    assert all(word in text for word in words), text


def test_a_wrong_axis_is_an_axis_error():
    for compute in (lambda: ops.concatenate([ones(2)], 1), lambda: ops.stack([ones(2)], -3)):
        with pytest.raises(np.exceptions.AxisError):
            compute()
