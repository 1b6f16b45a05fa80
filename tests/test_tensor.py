"""The graph: what a Tensor holds, what backward writes, and what it never does."""

import operator
import sys
import weakref
from contextlib import suppress

import numpy as np
import pytest
from oracle import numbers_of
from scoreboard import full

import minigrad as mg
from minigrad import Tensor, activations, ops, optimizers
from minigrad.casting import cast
from minigrad.ops import softmax_cross_entropy
from minigrad.tensor import SEEN_SIZE, record


def leaf(values, dtype=np.float64, name=""):
    return Tensor(np.asarray(values, dtype), requires_grad=True, name=name)


def one_line(raised, *words):
    text = str(raised.value)
    assert "\n" not in text and all(word in text for word in words), text


# What a Tensor is made of


@pytest.mark.parametrize("data", [1, True, 2.5, [1, 2], [True, False], [[1.5]], range(3)])
def test_numbers_and_lists_become_float32(data):
    assert Tensor(data).dtype == np.float32


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int32", "int64", "uint64", "bool"])
def test_whole_number_arrays_become_float32(dtype):
    assert Tensor(np.ones(2, dtype)).dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_float_arrays_keep_their_dtype(dtype):
    assert Tensor(np.ones(2, dtype)).dtype == dtype
    assert Tensor(dtype(1)).dtype == dtype


@pytest.mark.parametrize("dtype", [">f2", ">f4", ">f8", "<f8"])
def test_numbers_in_another_byte_order_become_native(dtype):
    tensor = Tensor(np.array([1.0, -2.5], dtype))
    assert tensor.dtype.isnative and tensor.data.tolist() == [1.0, -2.5]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_dtype_that_is_another_object_becomes_the_one_of_numpy(dtype):
    given = np.ones((40, 30), np.dtype(dtype).newbyteorder("="))
    assert given.dtype is not np.dtype(dtype)
    logits = Tensor(given, requires_grad=True)
    assert logits.data.dtype is np.dtype(dtype) and not np.shares_memory(logits.data, given)
    for _ in range(2):  # the second time compiled, where Numba has no float16
        softmax_cross_entropy(logits, np.zeros(40, int)).backward()
    assert logits.grad.dtype is np.dtype(dtype)


def test_a_dtype_can_be_asked_for():
    assert Tensor([1, 2], dtype="float64").dtype == np.float64
    assert Tensor(np.ones(2), dtype=np.float16).dtype == np.float16


def test_a_tensor_of_a_tensor_is_a_copy_without_its_graph():
    x = leaf([1.0])
    y = Tensor(x)
    assert not y.requires_grad and not np.shares_memory(x.data, y.data)


@pytest.mark.parametrize(
    "data",
    [np.longdouble(1), np.ones(2, np.longdouble), 1j, np.ones(2, complex), object(), None,
     [1, None], "3", ["a"], b"1", 2**70, {1: 2}, np.datetime64("2020")],
)  # fmt: skip
def test_what_is_not_a_real_number_is_a_one_line_type_error(data):
    with pytest.raises(TypeError) as raised:
        Tensor(data)
    one_line(raised, "tensor: dtype", str(np.asarray(data).dtype), "float32")


@pytest.mark.parametrize("dtype", [int, "complex128", "S3", object, np.longdouble, "float8"])
def test_a_dtype_that_is_not_a_float_is_a_one_line_type_error(dtype):
    with pytest.raises(TypeError) as raised:
        Tensor([1.0], dtype=dtype)
    one_line(raised, "dtype", "float8" if dtype == "float8" else "float32")


def test_lists_of_unequal_lengths_are_a_one_line_value_error():
    with pytest.raises(ValueError) as raised:
        Tensor([[1, 2], [3]])
    one_line(raised, "tensor", "[[1, 2], [3]]")


def test_an_error_shows_only_the_beginning_of_long_data():
    with pytest.raises(TypeError) as raised:
        Tensor(np.full((50, 50), 1j))
    assert len(str(raised.value)) < 250


def test_a_number_too_large_for_the_dtype_becomes_infinite_without_a_warning():
    assert Tensor([1e40]).data.tolist() == [np.inf]


@pytest.mark.parametrize("given", [np.ones((3, 4)).T, np.ones(9)[::-2], np.ones((2, 3), order="F")])
def test_any_layout_becomes_contiguous(given):
    given = given * np.arange(given.size).reshape(given.shape)
    tensor = Tensor(given)
    assert tensor.data.flags.c_contiguous and tensor.data.tolist() == given.tolist()


# What it shows


def test_shape_size_ndim_and_len():
    x = Tensor(np.zeros((2, 3)))
    assert (x.shape, x.size, x.ndim, len(x)) == ((2, 3), 6, 2, 2)


def test_len_of_a_single_number_is_an_error():
    with pytest.raises(TypeError) as raised:
        len(Tensor(1.0))
    one_line(raised, "len", "()")


def test_a_single_number_becomes_a_python_number():
    assert type(Tensor([[2.5]]).item()) is float and Tensor([[2.5]]).item() == 2.5
    assert float(Tensor(2.5)) == 2.5
    assert bool(Tensor(0.5)) and not bool(Tensor([0.0]))


@pytest.mark.parametrize("ask", [Tensor.item, float, bool])
def test_several_numbers_are_not_a_single_one(ask):
    with pytest.raises(ValueError) as raised:
        ask(Tensor([1.0, 2.0]))
    one_line(raised, "item", "(2,)")


def test_one_number_is_formatted_as_a_float():
    loss = Tensor([[0.12345]])
    assert f"{loss:.2f} {loss.mean():6.3f}" == "0.12  0.123" and f"{loss}" == str(loss)
    with pytest.raises(ValueError, match=r"a tensor of shape \(2,\) is not a single number"):
        f"{Tensor([1.0, 2.0]):.2f}"


def test_repr_shows_numbers_dtype_and_where_it_comes_from():
    x = leaf([1.0, 2.0])
    assert repr(Tensor([1.0])) == "Tensor([1.])"
    assert repr(x) == "Tensor([1., 2.], dtype=float64, requires_grad=True)"
    assert repr(x + 1) == "Tensor([2., 3.], dtype=float64, op=add)"


def test_repr_of_many_numbers_is_short():
    assert len(repr(Tensor(np.zeros((1000, 1000))))) < 1000


def test_a_leaf_has_a_name_and_others_have_none():
    x = leaf([1.0], name="weights")
    assert (x.name, (x + 1).name, Tensor(1.0, name="constant").name) == ("weights", "", "")


def test_numpy_gets_a_copy_that_can_be_written_to():
    x = Tensor([1.0, 2.0])
    array = np.asarray(x)
    array[0] = 7
    assert x.data.tolist() == [1, 2] and np.asarray(x, np.float64).dtype == np.float64


def test_numpy_cannot_have_the_memory_itself():
    with pytest.raises(ValueError) as raised:
        np.array(Tensor([1.0]), copy=False)
    one_line(raised, "copy=False")


def test_comparisons_are_boolean_arrays_of_either_side():
    x = Tensor([1.0, 2.0, 3.0])
    assert (x > 2).tolist() == [False, False, True]
    assert (2 >= x).tolist() == [True, True, False]
    assert (x == Tensor([1.0, 0.0, 3.0])).tolist() == [True, False, True]
    assert (np.ones(3) != x).tolist() == [False, True, True]


def test_tensors_are_hashed_by_identity():
    x, twin = Tensor([1.0]), Tensor([1.0])
    assert len({x, twin, x}) == 2


def test_arithmetic_with_a_numpy_array_on_the_left_is_a_tensor():
    for y in (np.ones(2) * leaf([1, 2]), np.float64(2) + leaf([1, 2]), np.ones(2) @ leaf([1, 2])):
        assert isinstance(y, Tensor) and y.requires_grad


def test_a_numpy_function_on_a_tensor_is_an_error():
    with pytest.raises(TypeError, match="ufunc"):
        np.exp(Tensor([1.0]))


# Mutation: each route is harmless or an error


def square_of(x):
    return (x * x).sum()


@pytest.mark.parametrize("view", [lambda a: a, lambda a: a[:], lambda a: a.reshape(1, 2)[0]])
def test_changing_the_array_that_a_tensor_was_made_of_changes_nothing(view):
    array = np.array([1.0, 2.0])
    alias = view(array)
    x = Tensor(array, requires_grad=True)
    y = square_of(x)
    alias[:] = 9
    y.backward()
    assert x.data.tolist() == [1, 2] and x.grad.tolist() == [2, 4]


@pytest.mark.parametrize(
    "array",
    [lambda x: x.data, lambda x: x.numpy(), lambda x: x.data[:], lambda x: x.data.T,
     lambda x: x.grad, lambda x: (x * 2).data, lambda x: x.detach().data],
)  # fmt: skip
def test_arrays_that_are_handed_out_cannot_be_written_to(array):
    x = leaf([1.0, 2.0])
    square_of(x).backward()
    with pytest.raises(ValueError, match="read-only"):
        array(x)[0] = 9


@pytest.mark.parametrize("array", [lambda x: x.data, lambda x: (x * 2).data, lambda x: x.grad])
def test_arrays_that_are_handed_out_cannot_be_resized_or_filled(array):
    x = leaf([1.0, 2.0])
    square_of(x).backward()
    with pytest.raises(ValueError):
        array(x).fill(0)
    with pytest.raises(TypeError):
        memoryview(array(x))[0] = 9.0


def test_new_data_between_forward_and_backward_leaves_the_gradient_of_the_forward():
    x = leaf([1.0, 2.0])
    y = square_of(x)
    x.data = [5.0, 5.0]
    y.backward()
    assert x.grad.tolist() == [2, 4] and x.data.tolist() == [5, 5]


def of_optimizer(x, array, y):
    x.grad = np.ones(x.shape)
    optimizers.SGD(0.5).step([x])


# Everything through which numbers that an op has saved might be reached: (leaf, its array, result).
ROUTES = {
    "the array that a tensor was made of": lambda x, array, y: np.copyto(array, 9),
    "a view of that array": lambda x, array, y: np.copyto(array[...], 9),
    "data": lambda x, array, y: np.copyto(x.data, 9),
    "data, unlocked": lambda x, array, y: x.data.setflags(write=True),
    "numpy()": lambda x, array, y: np.copyto(x.numpy(), 9),
    "an array made of the tensor": lambda x, array, y: np.copyto(np.asarray(x), 9),
    "the memory of data": lambda x, array, y: np.copyto(np.frombuffer(x.data), 9),
    "out= of NumPy": lambda x, array, y: np.negative(x.data, out=x.data),
    "new data": lambda x, array, y: setattr(x, "data", np.full(x.shape, 9.0)),
    "new data of a detached tensor": lambda x, array, y: setattr(
        x.detach(), "data", np.full(x.shape, 9.0)
    ),
    "the data of a result": lambda x, array, y: np.copyto(y.data, 9),
    "the result detached": lambda x, array, y: np.copyto(y.detach().numpy(), 9),
    "an in-place operator": lambda x, array, y: operator.iadd(x, 9),
    "a step of an optimizer": of_optimizer,
}


def changed_gradients(route, monkeypatch):
    """Ops whose gradients are others if `route` was tried between forward and backward."""
    changed = []
    for name, call in CALLS.items():
        gradients = []
        for change in (None, route):
            made = []

            def recorded(*shape, made=made):
                array = np.full(shape, 0.5)
                made.append((leaf(array), array))
                return made[-1][0]

            monkeypatch.setitem(globals(), "half", recorded)
            y = call()
            for x, array in made if change else ():
                with suppress(ValueError, TypeError):
                    change(x, array, y)
                x.grad = None
            y.backward(np.ones(y.shape))
            gradients.append([x.grad.tolist() for x, _ in made])
        if gradients[0] != gradients[1]:
            changed.append(name)
    return changed


@pytest.mark.scoreboard(14)
@pytest.mark.parametrize("route", ROUTES)
def test_a_change_after_an_op_reaches_no_gradient(route, monkeypatch, record_property):
    changed = changed_gradients(ROUTES[route], monkeypatch)
    record_property("found", (len(changed), len(CALLS)))
    assert changed == []


def test_a_change_that_does_reach_what_an_op_has_saved_is_seen(monkeypatch):
    def behind_its_back(x, array, y):
        x._data.flags.writeable = True
        x._data[...] = 9

    assert len(changed_gradients(behind_its_back, monkeypatch)) > 40


def test_new_data_is_copied_and_keeps_the_dtype():
    x = Tensor([1.0, 2.0], requires_grad=True)
    array = np.array([3.0, 4.0])
    x.data = array
    array[:] = 9
    assert x.data.tolist() == [3, 4] and x.dtype == np.float32


def test_data_handed_out_earlier_keeps_the_old_numbers():
    x = leaf([1.0, 2.0])
    before, detached = x.data, x.detach()
    x.data = [3.0, 4.0]
    assert before.tolist() == [1, 2] and detached.data.tolist() == [1, 2]


def test_new_data_of_another_shape_is_an_error():
    x = leaf([1.0, 2.0])
    with pytest.raises(ValueError) as raised:
        x.data = [1.0, 2.0, 3.0]
    one_line(raised, "data", "(3,)", "(2,)")


def test_the_data_of_a_result_cannot_be_replaced():
    y = leaf([1.0]) + 1
    with pytest.raises(ValueError) as raised:
        y.data = [2.0]
    one_line(raised, "data", "add")


@pytest.mark.parametrize("op", [ops.mul, ops.matmul, ops.div, activations.prelu])
def test_an_array_given_to_an_op_is_copied(op):
    x, array = leaf([1.0, -2.0]), np.array([3.0, 4.0])
    y = op(x, array).sum()
    array[:] = 0
    y.backward()
    z = leaf([1.0, -2.0])
    op(z, np.array([3.0, 4.0])).sum().backward()
    assert x.grad.tolist() == z.grad.tolist()


@pytest.mark.parametrize("where", [[0, 1], np.array([0, 1]), ([0, 1],), np.array([True, True])])
def test_an_index_given_to_an_op_is_copied(where):
    x = leaf([1.0, 2.0])
    y = x[where].sum()
    (where[0] if isinstance(where, tuple) else where)[0] = 0
    y.backward()
    assert x.grad.tolist() == [1, 1]


def test_in_place_operators_make_a_new_tensor():
    x = y = leaf([1.0, 2.0])
    x *= 3
    x += 1
    x.sum().backward()
    assert y.data.tolist() == [1, 2] and y.grad.tolist() == [3, 3]


def test_the_seed_is_copied():
    x, seed = leaf([1.0, 2.0]), np.array([1.0, 10.0])
    y = x * 1
    y.backward(seed)
    seed[:] = 0
    assert x.grad.tolist() == [1, 10] and y.grad.tolist() == [1, 10]


def test_a_gradient_that_is_set_is_copied():
    x, gradient = leaf([1.0, 2.0]), np.array([3.0, 4.0])
    x.grad = gradient
    gradient[:] = 0
    square_of(x).backward()
    assert x.grad.tolist() == [5, 8]


def test_a_gradient_held_by_a_reader_does_not_change():
    x = leaf([1.0, 2.0])
    square_of(x).backward()
    held = x.grad
    square_of(x).backward()
    assert held.tolist() == [2, 4] and x.grad.tolist() == [4, 8]


# Backward


def test_gradients_of_several_backwards_add_up_until_they_are_reset():
    x = leaf([1.0, 2.0])
    square_of(x).backward()
    square_of(x).backward()
    assert x.grad.tolist() == [4, 8]
    x.grad = None
    square_of(x).backward()
    assert x.grad.tolist() == [2, 4]


def test_a_diamond_adds_up_its_two_sides():
    x = leaf([2.0])
    a = x * 3
    b, c = a * a, ops.exp(a)
    (b + c).sum().backward()
    np.testing.assert_allclose(x.grad, 3 * (2 * 6 + np.exp(6)), rtol=1e-15)


def test_a_result_waits_for_all_its_uses_whatever_their_depth():
    x = leaf([1.0])
    a = x * 2
    deep = a
    for _ in range(10):
        deep = deep * 1 + 1
    (a * deep + deep + a).sum().backward()
    assert x.grad.tolist() == [2 * (12 + 2) + 2 + 2]


def test_the_same_tensor_twice_gets_both_gradients():
    x = leaf([3.0])
    (x + x).sum().backward()
    (x * x).sum().backward()
    (x - x).sum().backward()
    assert x.grad.tolist() == [2 + 6 + 0]


def test_a_shared_parameter_gets_the_gradients_of_all_its_uses():
    w, x = leaf([[2.0]]), Tensor(np.array([[3.0]]))
    ((x @ w) @ w).sum().backward()
    assert w.grad.tolist() == [[2 * 3 * 2]]


def test_what_needs_no_gradient_gets_none():
    x, c = leaf([1.0]), Tensor([2.0])
    y = x * c
    y.sum().backward()
    assert c.grad is None and not (c * 2).requires_grad and y.requires_grad


def test_detach_cuts_the_graph():
    x = leaf([3.0])
    (x * x.detach()).sum().backward()
    assert x.grad.tolist() == [3]


def test_backward_of_a_leaf_itself_adds_the_seed():
    x = leaf(3.0)
    x.backward()
    x.backward(4.0)
    assert x.grad == 5


def test_a_seed_weights_the_elements():
    x = leaf([1.0, 2.0])
    (x * x).backward([1.0, 10.0])
    assert x.grad.tolist() == [2, 40]


def test_the_gradient_has_the_dtype_of_its_tensor():
    x = Tensor(np.ones(3, np.float16), requires_grad=True)
    w = Tensor(np.ones(3, np.float32), requires_grad=True)
    y = x * w * np.ones(3)
    y.sum().backward()
    assert (y.dtype, x.grad.dtype, w.grad.dtype) == (np.float64, np.float16, np.float32)


def test_values_and_gradients_of_results_in_between_can_be_looked_at():
    x = leaf([1.0, 2.0])
    h = x * 3
    y = h * h
    y.sum().backward()
    assert h.grad.tolist() == [6, 12] and y.grad.tolist() == [1, 1]
    assert h.node.value.tolist() == [3, 6]


@pytest.mark.parametrize("size", [SEEN_SIZE, SEEN_SIZE + 1])
def test_only_small_results_in_between_keep_their_gradient(size):
    h = leaf(np.ones(size)) * 3
    h.sum().backward()
    assert (h.grad is not None) == (h.node.value is not None) == (size <= SEEN_SIZE)
    assert h.node.shape == (size,)


def test_inside_trace_large_results_keep_their_gradient_too():
    with mg.trace():
        h = leaf(np.ones(SEEN_SIZE + 1)) * 3
    h.sum().backward()
    assert h.grad.shape == (SEEN_SIZE + 1,)
    h = leaf(np.ones(SEEN_SIZE + 1)) * 3
    h.sum().backward()
    assert h.grad is None


def test_arrays_of_a_large_graph_are_freed_by_backward():
    x = leaf(np.ones(5000))
    h = x * 3
    y = (h * h).sum()
    saved = weakref.ref(h.data.base)
    del h
    assert saved() is not None
    y.backward()
    assert saved() is None


def test_a_graph_that_is_dropped_is_freed_without_backward():
    x = leaf(np.ones(10))
    h = x * 3
    y = (h * h).sum()
    alive = weakref.ref(h)
    saved = weakref.ref(h.data.base)
    del h, y
    assert alive() is None and saved() is None


def test_a_loss_with_several_numbers_needs_a_seed():
    with pytest.raises(ValueError) as raised:
        (leaf([1.0, 2.0]) * 2).backward()
    one_line(raised, "backward", "(2,)", "sum()", "gradient=")


@pytest.mark.parametrize("seed", [1.0, [1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]]])
def test_a_seed_of_another_shape_is_an_error(seed):
    with pytest.raises(ValueError) as raised:
        (leaf([1.0, 2.0]) * 2).backward(seed)
    one_line(raised, "gradient", str(np.shape(seed)), "(2,)")


def test_a_gradient_of_another_shape_cannot_be_set():
    x = leaf([1.0, 2.0])
    with pytest.raises(ValueError) as raised:
        x.grad = [1.0]
    one_line(raised, "gradient", "(1,)", "(2,)")


def test_backward_where_nothing_requires_a_gradient_is_an_error():
    with pytest.raises(ValueError) as raised:
        (Tensor([1.0]) * 2).backward()
    one_line(raised, "backward", "requires_grad=True")


def test_a_constant_has_no_gradient_to_set():
    with pytest.raises(ValueError) as raised:
        Tensor([1.0]).grad = [1.0]
    one_line(raised, "grad", "requires_grad=True")


# Backward twice


def half(*shape):
    return leaf(np.full(shape, 0.5))


def elementwise_calls():
    arithmetic = {name: getattr(ops, name) for name in ops.__all__}
    for name, op in {**arithmetic, **activations.every()}.items():
        if hasattr(op, "declaration"):
            yield name, lambda op=op: op(*(half(2) for _ in op.declaration.inputs), *numbers_of(op))


CALLS = {
    **dict(elementwise_calls()),
    "affine": lambda: ops.affine(half(2, 2), half(2, 2), half(2)),
    "concatenate": lambda: ops.concatenate([half(2), half(2)]),
    "crelu": lambda: ops.crelu(half(2)),
    "glu": lambda: ops.glu(half(2)),
    "index": lambda: half(2)[0],
    "log_softmax": lambda: ops.log_softmax(half(2)),
    "matmul": lambda: half(2, 2) @ half(2, 2),
    "max": lambda: half(2).max(),
    "maxout": lambda: ops.maxout(half(2), 2),
    "mean": lambda: half(2).mean(),
    "min": lambda: half(2).min(),
    "reshape": lambda: half(2).reshape(1, 2),
    "softmax": lambda: ops.softmax(half(2)),
    "softmin": lambda: ops.softmin(half(2)),
    "sparsemax": lambda: ops.sparsemax(half(2)),
    "sum": lambda: half(2).sum(),
    "transpose": lambda: half(1, 2).T,
    "cast": lambda: cast(half(2), np.dtype(np.float32)),
    "softmax_cross_entropy": lambda: softmax_cross_entropy(half(2, 2), [0, 1]),
    "where": lambda: ops.where([True, False], half(2), half(2)),
}


def test_every_op_is_in_the_list_of_calls():
    made_of_others = {"expand_dims", "flatten", "squeeze", "stack"}
    without_gradient = {"argmax"}
    named = {*ops.__all__, *activations.every()} - made_of_others - without_gradient
    assert named <= set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_backward_twice_is_an_error_for_every_op(name):
    y = CALLS[name]()
    y.backward(np.ones(y.shape))
    with pytest.raises(ValueError) as raised:
        y.backward(np.ones(y.shape))
    one_line(raised, "backward", name, "retain_graph=True")


@pytest.mark.parametrize("name", CALLS)
def test_backward_twice_adds_the_same_again_with_retain_graph(name):
    y = CALLS[name]()
    seed = np.random.default_rng(1).uniform(0.5, 1.5, y.shape)
    y.backward(seed, retain_graph=True)
    first = [parent.gradient for parent in y.node.parents]
    y.backward(seed, retain_graph=True)
    for parent, once in zip(y.node.parents, first, strict=True):
        np.testing.assert_array_equal(parent.gradient, 2 * once)


def test_backward_twice_through_x_plus_x_is_an_error():
    x = leaf(1.0)
    y = x + x
    y.backward()
    with pytest.raises(ValueError, match="retain_graph"):
        y.backward()
    assert x.grad == 2


@pytest.mark.parametrize("shape", [(), (SEEN_SIZE + 1,)])
def test_backward_twice_through_a_shared_part_is_an_error_and_writes_nothing(shape):
    x, w = leaf(np.ones(shape)), leaf(np.ones(shape))
    shared = x * 2
    (shared * 3).sum().backward()
    with pytest.raises(ValueError) as raised:
        (shared * w).sum().backward()
    one_line(raised, "mul", str(shape), "retain_graph=True")
    assert w.grad is None and (x.grad == 6).all()


def test_a_shared_part_that_was_retained_can_be_used_by_two_losses():
    x = leaf(1.0)
    shared = x * 2
    (shared * 3).backward(retain_graph=True)
    (shared * 4).backward()
    assert x.grad == 14


# All or nothing


class Broken:
    """An op whose way back fails."""

    name = "broken"

    def vjp(self, node, gy):
        raise ArithmeticError("broken")


def random_graph(rng, size):
    """Tensors of a random graph, leaves first; its last one depends on many of them."""
    tensors = [leaf(rng.uniform(0.5, 1.5, 3)) for _ in range(3)]
    for _ in range(size):
        a, b = (tensors[k] for k in rng.integers(0, len(tensors), 2))
        tensors.append([a + b, a * b, a - b, ops.exp(-a)][rng.integers(4)])
    return [*tensors, sum(tensors[3:], start=tensors[0])]


def below(tensor):
    """The nodes of ops that `tensor` depends on, itself included."""
    found, nodes = [tensor.node], []
    while found:
        node = found.pop()
        if node is not None and node.op is not None and node not in nodes:
            nodes.append(node)
            found += node.parents
    return nodes


@pytest.mark.parametrize("graphs", [8, full(15, 100)])
def test_an_exception_at_any_node_leaves_no_gradient_anywhere(graphs, record_property):
    partial = []
    for seed in range(graphs):
        for k in range(len(below(random_graph(np.random.default_rng(seed), 10)[-1]))):
            tensors = random_graph(np.random.default_rng(seed), 10)
            nodes = below(tensors[-1])
            nodes[k].op = Broken()
            with pytest.raises(ArithmeticError, match="broken"):
                tensors[-1].backward(np.ones(3))
            written = [t.grad for t in tensors] + [node.gradient for node in nodes]
            partial.append(any(gradient is not None for gradient in written))
    record_property("found", (sum(partial), len(partial)))
    assert not any(partial) and len(partial) > 10 * graphs


def test_an_exception_leaves_earlier_gradients_as_they_were():
    x, w = leaf([1.0]), leaf([1.0])
    (x * w).sum().backward()
    bad = record(Broken(), ((x * 3).node,), None, np.ones(1))
    with pytest.raises(ArithmeticError):
        ((w * 5).sum() + bad.sum()).backward()
    assert x.grad.tolist() == [1] and w.grad.tolist() == [1]


# Aliases


IDENTITIES = {
    "add": lambda x, z: x + z,
    "sub": lambda x, z: x - z,
    "add a number": lambda x, z: x + 0.0,
    "the same twice": lambda x, z: x + x,
    "reshape": lambda x, z: x.reshape(6).reshape(2, 3),
    "transpose": lambda x, z: x.T.T,
    "transpose of one axis order": lambda x, z: x.transpose(0, 1),
    "index of all": lambda x, z: x[...],
    "sum over nothing": lambda x, z: x.sum(axis=()),
    "cast": lambda x, z: cast(x, np.dtype(np.float64)),
    "relu of positive": lambda x, z: activations.relu(x),
    "chain": lambda x, z: (((x + z) + 0.0).reshape(6) + z.reshape(6)).reshape(2, 3),
    "leaf": lambda x, z: x,
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_the_gradient_of_a_leaf_is_its_own_memory(name):
    x, z, seed = half(2, 3), half(2, 3), np.ones((2, 3))
    y = IDENTITIES[name](x, z)
    y.backward(seed)
    others = [seed, y.data, x.data, z.data, *([] if y is x else [y.grad]), z.grad]
    assert not any(np.shares_memory(x.grad, other) for other in others if other is not None)
    assert z.grad is None or not any(np.shares_memory(z.grad, other) for other in (seed, y.grad))


# Size: a million nodes, ten thousand steps

MILLION = """
import gc, sys, threading, time
import numpy as np
import minigrad as mg

x = mg.Tensor(1.0, requires_grad=True)
for _ in range(2000):   # past the first elements: compiling wants a larger stack than 64 kB
    y = -x
    y.backward()
x.grad = None
seconds = []

def work():
    start = time.thread_time()
    y = x
    for _ in range(1_000_000):
        y = -y
    seconds.append(time.thread_time() - start)
    y.backward()
    seconds.append(time.thread_time() - start)
    del y
    seconds.append(time.thread_time() - start)

threading.stack_size(65536)
thread = threading.Thread(target=work)
thread.start()
thread.join()
print(float(x.grad), *(f"{s:.1f}" for s in seconds))
"""


@pytest.mark.scoreboard(17)
def test_a_million_nodes_are_built_differentiated_and_freed_on_a_64_kb_stack(
    run_python, record_property
):
    gradient, *seconds = run_python(MILLION, seconds=120).split()
    record_property("found", f"{', '.join(seconds)} s of processor time")
    record_property("missed", float(seconds[-1]) >= 10)
    assert gradient == "1.0" and len(seconds) == 3


STEPS = """
import gc, os
import numpy as np
import minigrad as mg
from minigrad.activations import relu

rng = np.random.default_rng(0)
data = mg.Tensor(rng.standard_normal((4, 3)))
w, b = (mg.Tensor(rng.standard_normal(s), requires_grad=True) for s in ((3, 2), (2,)))

def step(k):
    h = relu(data @ w + b)
    loss = (h * h).mean() + mg.ops.softmax(h)[0, 1]
    if k % 3:   # every third graph is dropped as it is
        loss.backward()
    for p in (w, b):
        p.data = p.data * 0.999
        p.grad = None

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

for k in range(2000):
    step(k)
gc.collect()
gc.disable()
before = resident()
for k in range(10_000):
    step(k)
print(resident() - before, gc.collect())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.scoreboard(18)
def test_ten_thousand_steps_without_the_garbage_collector_grow_by_less_than_a_megabyte(
    run_python, record_property
):
    growth, cycles = map(int, run_python(STEPS, seconds=120).split())
    record_property("found", f"{growth / 2**20:.2f} MB, {cycles} objects")
    assert growth < 2**20 and cycles == 0
