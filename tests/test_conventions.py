"""Kink conventions: the slopes from both sides of every kink, against the textbook's own."""

import threading

import numpy as np
import pytest
from mpmath import mp, mpf
from oracle import used
from test_activations import VARIANTS

from minigrad import Tensor, activations, gradcheck, ops
from minigrad.conventions import CONVENTIONS, kinks
from minigrad.sweep import textbook

CLOSE = mpf(2) ** -200


def places(op, numbers):
    """Where the op declares a kink or a jump, those that a float64 can be at."""
    points = {p for which in ("kinks", "jumps") for p in op.declaration.points(which, numbers)}
    return sorted(p for p in points if abs(p) < np.inf)


KINKED = [v for v in VARIANTS if places(v.values[0], used(*v.values[::2]))]


def sides(op, learned, numbers, point):
    """The slopes of the textbook just to the left and right of a point."""
    f = textbook.SLOPES[op.partials["x"].name]
    inputs = [mpf(v) for v in (*learned, *numbers)]
    with mp.workdps(100):
        return [float(f(textbook.EXACT, point + s * CLOSE, *inputs)) for s in (-1, 1)]


def gradient(op, learned, numbers, x):
    leaf = Tensor(x, requires_grad=True)
    op(leaf, *learned, *numbers).backward(np.full(len(x), 2.0))
    return leaf.grad / 2


@pytest.mark.parametrize("op, learned, numbers", KINKED)
def test_a_convention_takes_its_slope_at_every_kink_and_nowhere_else(op, learned, numbers):
    at = places(op, used(op, numbers))
    x = np.array([*at, -7.3, -0.4, 0.2, 9.1])
    own = gradient(op, learned, numbers, x)
    for k, point in enumerate(at):
        left, right = sides(op, learned, used(op, numbers), point)
        want = {"left": left, "right": right, "zero": 0.0, "middle": (left + right) / 2}
        assert own[k] in (pytest.approx(left, rel=1e-14), pytest.approx(right, rel=1e-14))
        for which in CONVENTIONS:
            with kinks(which):
                found = gradient(op, learned, numbers, x)
            assert found[k] == pytest.approx(want[which], rel=1e-14), (which, point)
            np.testing.assert_array_equal(found[len(at) :], own[len(at) :])
    np.testing.assert_array_equal(gradient(op, learned, numbers, x), own)


def test_every_activation_with_a_kink_at_a_number_is_tested():
    found = {v.values[0].name for v in KINKED}
    assert found == {n for n, op in activations.every().items() if op.declaration.kinks
                     or op.declaration.jumps} - {"srelu"}  # fmt: skip
    # the knees of srelu are learned: they are no numbers that an input could be compared with


@pytest.mark.parametrize("shape", [(), (1,), (3, 1), (2, 3)])
def test_a_convention_works_for_every_shape_and_dtype(shape):
    for dtype in (np.float16, np.float32, np.float64):
        x = Tensor(np.zeros(shape, dtype), requires_grad=True)
        alpha = Tensor(np.full(shape[-1:], 0.25, dtype), requires_grad=True)
        with kinks("middle"):
            activations.prelu(x, alpha).sum().backward()
        np.testing.assert_array_equal(x.grad, np.full(shape, 0.625, dtype))
        assert x.grad.dtype == dtype and not alpha.grad.any()


def test_abs_takes_a_convention_too():
    for which, want in zip(CONVENTIONS, (-1.0, 1.0, 0.0, 0.0), strict=True):
        x = Tensor([0.0], requires_grad=True)
        with kinks(which):
            ops.abs(x).sum().backward()
        assert x.grad[0] == want


def test_values_do_not_change_and_backward_counts_not_the_call():
    x = Tensor([0.0, 6.0], requires_grad=True)
    with kinks("right"):
        y = activations.relu6(x).sum()
    assert float(y.data) == 6.0
    y.backward()
    assert x.grad.tolist() == [0.0, 0.0]


def test_a_convention_of_zero_lets_nothing_through_even_from_infinity():
    x = Tensor([0.0], requires_grad=True)
    with kinks("zero"):
        activations.leaky_relu(x).backward(np.array([np.inf], np.float32))
    assert x.grad.tolist() == [0.0]


def slope_at_0():
    x = Tensor([0.0], requires_grad=True)
    activations.relu(x).sum().backward()
    return x.grad[0]


def test_conventions_nest_and_end_with_the_block_even_by_an_exception():
    with kinks("right"):
        with kinks("middle"):
            assert slope_at_0() == 0.5
        assert slope_at_0() == 1.0
        with pytest.raises(KeyError), kinks("left"):
            raise KeyError
        assert slope_at_0() == 1.0
    assert slope_at_0() == 0.0


def test_another_thread_keeps_its_own_convention():
    found = []
    with kinks("right"):
        thread = threading.Thread(target=lambda: found.append(slope_at_0()))
        thread.start()
        thread.join()
    assert found == [0.0]


def test_every_convention_is_legal():
    for which in ("left", "right", "middle"):
        with kinks(which):
            assert gradcheck(activations.relu, [-1.0, 0.0, 1.0])
    with kinks("zero"):
        assert not gradcheck(activations.leaky_relu, [-1.0, 0.0, 1.0], raises=False)


@pytest.mark.parametrize("given", ["Left", "", None, 0, ["left"]])
def test_an_unknown_convention_is_an_error_that_names_those_there_are(given):
    with pytest.raises(ValueError, match="kinks: .* given; it must be one of left, right"):
        with kinks(given):
            pass
