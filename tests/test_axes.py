"""Axes: which ones are meant, and rows made of them."""

import numpy as np
import pytest

from minigrad.ops.axes import as_rows, axes_of, from_rows, only_axis_of


@pytest.mark.parametrize("axis, axes", [
    (0, (0,)), (-1, (2,)), (np.int64(1), (1,)), ([2, 0], (0, 2)), ((-3, 1), (0, 1)),
    ((1,), (1,)), (None, (0, 1, 2)),
])  # fmt: skip
def test_axes_are_counted_from_the_start_and_in_order(axis, axes):
    assert axes_of("f", axis, (2, 3, 4)) == axes


WRONG = [3, -4, (0, 3), (0, 0), (0, -3), (), [], True, (True, 1), "0", "01", 0.0, (0.0,), 1j,
         np.bool_(True), np.array([0, 1]), (None,), [[0]], {0}]  # fmt: skip


@pytest.mark.parametrize("axis", WRONG, ids=repr)
def test_a_wrong_axis_is_one_line_and_both_kinds_of_error(axis):
    with pytest.raises(np.exceptions.AxisError) as raised:
        axes_of("softmax", axis, (2, 3, 4))
    assert isinstance(raised.value, ValueError) and isinstance(raised.value, IndexError)
    text = str(raised.value)
    assert text.startswith("softmax: axis=") and "\n" not in text
    assert "(2, 3, 4)" in text and "from -3 to 2, each axis once" in text


@pytest.mark.parametrize("axis", [None, 0, -1, ()])
def test_a_single_number_has_no_axes(axis):
    with pytest.raises(np.exceptions.AxisError, match=r"shape \(\); a single number has no axes"):
        axes_of("softmax", axis, ())


@pytest.mark.parametrize("axis", [None, [0], (0, 1), True, 2])
def test_an_op_along_one_axis_takes_one_whole_number(axis):
    with pytest.raises(np.exceptions.AxisError, match=r"^glu: axis=.*whole number"):
        only_axis_of("glu", axis, (2, 3))
    assert only_axis_of("glu", -1, (2, 3)) == 1


@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 0, 4), (1, 1, 1)])
@pytest.mark.parametrize("axes", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)])
def test_rows_are_what_numpy_calls_the_last_axes_and_come_back(axes, shape):
    array = np.arange(np.prod(shape)).reshape(shape)
    rows = as_rows(array, axes)
    features = np.prod([shape[k] for k in axes], dtype=int)
    others = np.prod([n for k, n in enumerate(shape) if k not in axes], dtype=int)
    moved = np.moveaxis(array, axes, range(-len(axes), 0))
    np.testing.assert_array_equal(rows, moved.reshape(others, features))
    np.testing.assert_array_equal(from_rows(rows, shape, axes), array)
    assert rows.flags.c_contiguous and from_rows(rows, shape, axes).flags.c_contiguous
