import numpy as np
import pytest

import minigrad as mg


def test_grad_of_a_square():
    np.testing.assert_array_equal(mg.grad(lambda x: (x * x).sum())([1.0, 2.0]).data, [2.0, 4.0])


def test_grad_touches_no_other_gradient():
    w = mg.Tensor([3.0], requires_grad=True)
    slope = mg.grad(lambda x: (w * x).sum())([2.0])
    np.testing.assert_array_equal(slope.data, [3.0])
    assert w.grad is None


def test_grad_works_inside_no_grad():
    with mg.no_grad():
        assert mg.grad(lambda x: x * x)(3.0).item() == 6.0


def test_an_argument_that_does_not_matter_has_gradient_zero():
    a, b = mg.grad(lambda x, y: x.sum(), argument=(0, 1))([1.0, 2.0], [5.0])
    np.testing.assert_array_equal(a.data, [1.0, 1.0])
    np.testing.assert_array_equal(b.data, [0.0])


def test_grad_keeps_the_dtype():
    assert mg.grad(lambda x: x * x)(np.float64(3.0)).dtype == np.float64


@pytest.mark.parametrize(
    ("f", "words"), [(lambda x: x, "not a single number"), (lambda x: 1.0, "not a Tensor")]
)
def test_functions_without_a_gradient_are_refused(f, words):
    with pytest.raises((ValueError, TypeError), match=words):
        mg.grad(f)([1.0, 2.0])


def test_a_position_that_is_not_there_is_refused():
    with pytest.raises(IndexError, match="argument=2"):
        mg.grad(lambda x: x, argument=2)(1.0)
