import json

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import Tensor, constraints
from minigrad.configs import serialize
from minigrad.constraints import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm

EVERY = [
    NonNeg(),
    MaxNorm(),
    MaxNorm(0.7, axis=1),
    MaxNorm(0.7, axis=[0, -1]),
    UnitNorm(),
    UnitNorm(axis=(0, 1)),
    MinMaxNorm(),
    MinMaxNorm(1.5, 2.0, rate=0.3, axis=-1),
    MinMaxNorm(0.5, 0.9),
]


def by_hand(constraint, w):
    """Keras's formulas, in float64."""
    w = w.astype(np.float64)
    if isinstance(constraint, NonNeg):
        return np.where(w < 0, 0, w)
    axis = tuple(constraint.axis) if isinstance(constraint.axis, list) else constraint.axis
    norms = np.sqrt((w * w).sum(axis=axis, keepdims=True))
    if isinstance(constraint, UnitNorm):
        return w / (1e-7 + norms)
    if isinstance(constraint, MaxNorm):
        return w * (np.clip(norms, 0, constraint.max_value) / (1e-7 + norms))
    low, high, rate = constraint.min_value, constraint.max_value, constraint.rate
    desired = rate * np.clip(norms, low, high) + (1 - rate) * norms
    return w * (desired / (1e-7 + norms))


def matrix(dtype=np.float64, shape=(4, 3), seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("constraint", EVERY, ids=repr)
def test_the_result_is_the_formulas_in_a_new_array(constraint, dtype):
    w = matrix(dtype)
    before = w.copy()
    found = constraint(w)
    assert found.dtype == dtype and found.shape == w.shape and found.flags.c_contiguous
    np.testing.assert_allclose(found, by_hand(constraint, w), rtol=np.finfo(dtype).eps)
    np.testing.assert_array_equal(w, before)
    assert not np.shares_memory(found, w)


BOUND = st.just(0.0) | st.floats(1e-100, 100)  # the square of a smaller one is 0 in `norm`


@given(arrays.arrays(np.float64, (3, 2), elements=st.floats(-1e6, 1e6)), BOUND, BOUND)
def test_norms_end_where_they_must(w, a, b):
    low, high = sorted((a, b))
    norms = np.linalg.norm(MinMaxNorm(low, high)(w), axis=0)
    long = np.linalg.norm(w, axis=0) > 1e-3
    assert (norms <= high * (1 + 1e-9)).all()
    assert (norms[long] >= low * (1 - 1e-3)).all()
    assert (np.linalg.norm(MaxNorm(high)(w), axis=0) <= high * (1 + 1e-9)).all()
    np.testing.assert_allclose(np.linalg.norm(UnitNorm()(w), axis=0)[long], 1, rtol=1e-3)
    assert (NonNeg()(w) >= 0).all()


def test_the_axis_says_which_weights_belong_together():
    w = matrix(shape=(2, 3, 4))
    for axis in (0, 1, -1, [0, 1], (1, 2), [0, 1, 2]):
        norms = np.sqrt(
            (UnitNorm(axis)(w) ** 2).sum(tuple(axis) if isinstance(axis, list) else axis)
        )
        np.testing.assert_allclose(norms, 1, rtol=1e-6)


def test_zeros_stay_zeros():
    for constraint in EVERY:
        np.testing.assert_array_equal(constraint(np.zeros((3, 2))), np.zeros((3, 2)))


def test_nan_stays_nan_and_does_not_spread_to_other_vectors():
    w = matrix()
    w[1, 0] = np.nan
    for constraint in EVERY:
        assert np.isnan(constraint(w)[1, 0])
    for constraint in (MaxNorm(), UnitNorm(), MinMaxNorm()):
        assert np.isfinite(constraint(w)[:, 1:]).all()
    assert np.isnan(NonNeg()(w)).sum() == 1


def test_large_float32_weights_do_not_overflow():
    w = np.full((4, 2), 1e30, np.float32)
    np.testing.assert_allclose(UnitNorm()(w), 0.5, rtol=1e-6)


def test_lists_tensors_and_transposed_arrays_are_taken():
    w = matrix(np.float32)
    expected = MaxNorm()(w)
    np.testing.assert_array_equal(MaxNorm()(w.tolist()), expected)
    np.testing.assert_array_equal(MaxNorm()(Tensor(w, requires_grad=True)), expected)
    np.testing.assert_array_equal(MaxNorm()(np.asfortranarray(w)), expected)


@pytest.mark.parametrize("constraint", EVERY, ids=repr)
def test_a_config_makes_an_equal_constraint(constraint):
    config = json.loads(json.dumps(serialize(constraint)))
    again = constraints.get(config)
    assert type(again) is type(constraint)
    assert again.get_config() == constraint.get_config() == config["config"]
    np.testing.assert_array_equal(again(matrix()), constraint(matrix()))


@pytest.mark.parametrize("kind", constraints.ALL.values())
def test_get_finds_both_spellings_and_the_class(kind):
    snake = {"MaxNorm": "max_norm", "NonNeg": "non_neg", "UnitNorm": "unit_norm"}
    for name in (kind.__name__, snake.get(kind.__name__, "min_max_norm"), kind):
        assert repr(constraints.get(name)) == repr(kind())


def test_get_keeps_functions_objects_and_none():
    for constraint in (np.abs, NonNeg(), None):
        assert constraints.get(constraint) is constraint


def test_defaults_are_keras_ones():
    assert MaxNorm().get_config() == {"max_value": 2, "axis": 0}
    assert UnitNorm().get_config() == {"axis": 0}
    expected = {"min_value": 0.0, "max_value": 1.0, "rate": 1.0, "axis": 0}
    assert MinMaxNorm().get_config() == expected and list(MinMaxNorm().get_config()) == list(
        expected
    )


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: MaxNorm(-1), "MaxNorm: max_value=-1 given"),
        (lambda: MaxNorm(np.nan), "max_value=nan given"),
        (lambda: MaxNorm("2"), "max_value='2' given"),
        (lambda: MaxNorm(None), "max_value=None given"),
        (lambda: MaxNorm(axis=0.5), "axis=0.5 given; it must be a whole number"),
        (lambda: MaxNorm(axis=True), "axis=True given"),
        (lambda: UnitNorm(axis=[]), r"UnitNorm: axis=\[\] given"),
        (lambda: UnitNorm(axis=None), "axis=None given"),
        (lambda: MinMaxNorm(2.0, 1.0), "min_value=2.0 and max_value=1.0 given"),
        (lambda: MinMaxNorm(rate=1.5), "rate=1.5 given; it must be a number from 0 to 1"),
        (lambda: MinMaxNorm(min_value=np.inf), "min_value=inf given"),
        (lambda: constraints.get("maxnrm"), "'maxnrm' given; did you mean 'MaxNorm'"),
        (lambda: constraints.get(2.0), "constraint: 2.0 given"),
        (lambda: UnitNorm(axis=2)(np.ones((3, 4))), r"axis=2 asked of a weight of shape \(3, 4\)"),
        (lambda: UnitNorm(axis=[0, -2])(np.ones((3, 4))), "give each axis once"),
        (lambda: UnitNorm()(np.float32(3)), r"weight of shape \(\); it has 0 axes"),
    ],
)
def test_mistakes_are_refused_in_one_line(wrong, words):
    with pytest.raises(ValueError, match=words) as error:
        wrong()
    assert "\n" not in str(error.value)


def test_the_bases_say_what_to_define():
    with pytest.raises(TypeError, match="must define __call__"):
        Constraint()(np.ones(2))
    with pytest.raises(TypeError, match="must define wanted"):
        constraints.Norm()(np.ones(2))
