"""Affine: one node that gives what a product and a sum give, bit for bit."""

import numpy as np
import pytest

from minigrad import Tensor, gradcheck, ops
from minigrad.ops.linear_algebra import affine

SHAPES = [((5, 3), (3, 4), (4,)), ((300, 2), (2, 7), (7,)), ((2, 5, 3), (3, 4), (4,)),
          ((5, 3), (3, 4), ()), ((5, 3), (3, 4), (5, 1)), ((1, 1), (1, 1), (1,))]  # fmt: skip


def run(f, arrays, wanted):
    leaves = [Tensor(a, requires_grad=w) for a, w in zip(arrays, wanted, strict=True)]
    y = f(*leaves)
    if any(wanted):
        y.backward(np.random.default_rng(1).normal(size=y.shape))
    return [y.data, *(leaf.grad for leaf in leaves)]


@pytest.mark.parametrize(
    "wanted", [(True,) * 3, (False, True, True), (True, False, False), (False,) * 3]
)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_affine_is_a_product_and_a_sum_bit_for_bit(shapes, dtype, wanted):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    got = run(affine, arrays, wanted)
    want = run(lambda x, w, b: ops.add(ops.matmul(x, w), b), arrays, wanted)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_array_equal(a, b, strict=True)


def test_affine_of_mixed_dtypes_promotes():
    y = affine(np.ones((2, 2), np.float32), np.ones((2, 2)), np.ones(2, np.float32))
    assert y.dtype == np.float64


def test_affine_passes_gradcheck():
    rng = np.random.default_rng(2)
    gradcheck(affine, *(rng.normal(size=s) for s in ((4, 3), (3, 2), (2,))))


@pytest.mark.parametrize(
    "shapes", [((5, 3), (2, 4), (4,)), ((5, 3), (3, 4), (3,)), ((), (3, 4), (4,))]
)
def test_shapes_that_do_not_fit_are_named(shapes):
    with pytest.raises(ValueError, match=r"(matmul|add): .*\(") as error:
        affine(*(np.ones(s, np.float32) for s in shapes))
    assert "\n" not in str(error.value)
