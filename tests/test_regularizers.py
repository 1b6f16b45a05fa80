import json

import numpy as np
import pytest

from minigrad import Tensor, gradcheck, regularizers
from minigrad.configs import custom_objects, serialize
from minigrad.regularizers import L1, L1L2, L2, OrthogonalRegularizer, Regularizer

EVERY = [
    L1(0.3),
    L2(0.2),
    L1L2(0.3, 0.2),
    L1L2(l2=0.2),
    L1L2(l1=0.3),
    L1L2(),
    OrthogonalRegularizer(0.7),
    OrthogonalRegularizer(0.7, mode="columns"),
]


def cosines_by_hand(x, factor):
    """Factor times the mean of abs(cos) over pairs of rows, one pair after the other."""
    found = []
    for i in range(len(x)):
        for j in range(i):
            found.append(abs(x[i] @ x[j]) / (np.linalg.norm(x[i]) * np.linalg.norm(x[j])))
    return factor * np.mean(found)


BY_HAND = {
    "L1": lambda r, x: r.l1 * np.abs(x).sum(),
    "L2": lambda r, x: r.l2 * np.square(x).sum(),
    "L1L2": lambda r, x: r.l1 * np.abs(x).sum() + r.l2 * np.square(x).sum(),
    "OrthogonalRegularizer": lambda r, x: cosines_by_hand(x if r.mode == "rows" else x.T, r.factor),
}


def matrix(seed=0, shape=(4, 3)):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("regularizer", EVERY, ids=repr)
def test_the_price_is_the_formulas(regularizer, dtype):
    x = matrix().astype(dtype)
    price = regularizer(Tensor(x))
    expected = BY_HAND[type(regularizer).__name__](regularizer, x.astype(np.float64))
    assert price.shape == () and price.dtype == dtype
    np.testing.assert_allclose(price.item(), expected, rtol=5 * np.finfo(dtype).eps)


@pytest.mark.parametrize("regularizer", EVERY, ids=repr)
def test_the_gradient_is_that_of_the_price(regularizer):
    assert gradcheck(regularizer, matrix(1)).worst < 1


def test_a_wrong_gradient_would_be_caught():
    def wrong(x):
        return L2(0.2)(x) + L1(0.3)(x.detach())

    assert gradcheck(wrong, matrix(1), raises=False).worst > 1


def test_known_slopes():
    x = Tensor([-2.0, 0.0, 3.0], requires_grad=True)
    L1(0.5)(x).backward()
    np.testing.assert_array_equal(x.grad, np.float32([-0.5, 0.0, 0.5]))
    x.grad = None
    L2(0.5)(x).backward()
    np.testing.assert_array_equal(x.grad, np.float32([-2.0, 0.0, 3.0]))


def test_a_factor_of_zero_does_not_turn_what_overflows_into_nan():
    large = np.array([1e30], np.float32)
    np.testing.assert_allclose(L1L2(l1=0.5)(large).item(), 5e29, rtol=1e-6)


def test_orthogonal_vectors_cost_nothing_and_equal_ones_the_factor():
    assert OrthogonalRegularizer(0.5)(np.eye(3)).item() == 0
    assert OrthogonalRegularizer(0.5)(np.ones((3, 4))).item() == pytest.approx(0.5)
    assert OrthogonalRegularizer(0.5)(np.ones((1, 4))).item() == 0


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_row_of_zeros_has_a_finite_gradient(dtype):
    x = Tensor(np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 1.0]], dtype), requires_grad=True)
    OrthogonalRegularizer(1.0)(x).backward()
    assert np.isfinite(x.grad).all() and (x.grad[0] == 0).all()


def test_descending_the_price_makes_rows_orthogonal():
    x = Tensor(matrix(2, (2, 3)), requires_grad=True)
    before = OrthogonalRegularizer(1.0)(x).item()
    for _ in range(200):
        OrthogonalRegularizer(1.0)(x).backward()
        x.data = x.data - 0.01 * x.grad
        x.grad = None
    assert OrthogonalRegularizer(1.0)(x).item() < 0.02 < before


@pytest.mark.parametrize("regularizer", EVERY, ids=repr)
def test_a_config_makes_an_equal_regularizer(regularizer):
    config = json.loads(json.dumps(serialize(regularizer)))
    again = regularizers.get(config)
    assert type(again) is type(regularizer) and repr(again) == repr(regularizer)
    assert again(matrix()).item() == regularizer(matrix()).item()
    assert type(regularizer).from_config(regularizer.get_config()).get_config() == config["config"]


@pytest.mark.parametrize("name", ["l1_l2", "l1l2", "L1L2", "L1_L2"])
def test_l1_l2_by_name_has_both_prices(name):
    assert regularizers.get(name).get_config() == {"l1": 0.01, "l2": 0.01}


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("l1", L1),
        ("L2", L2),
        (L2, L2),
        ("orthogonal_regularizer", OrthogonalRegularizer),
        ("OrthogonalRegularizer", OrthogonalRegularizer),
    ],
)
def test_get_finds_names_and_classes_with_their_defaults(given, kind):
    assert repr(regularizers.get(given)) == repr(kind())


def test_get_keeps_functions_objects_and_none():
    def price(x):
        return x.sum()

    penalty = L1(0.1)
    assert regularizers.get(price) is price
    assert regularizers.get(penalty) is penalty
    assert regularizers.get(None) is None


def test_an_own_regularizer_is_found_by_its_config():
    class Cubic(Regularizer):
        def __init__(self, factor):
            self.factor = factor

        def __call__(self, x):
            return self.factor * (abs(x) ** 3).sum()

    config = serialize(Cubic(2.0))
    with custom_objects({"Cubic": Cubic}):
        assert regularizers.get(config)(Tensor([1.0, -2.0])).item() == 18


WRONG = [-1, np.inf, -np.inf, np.nan, "0.1", None, True, [0.1]]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize(
    "make",
    [L1, L2, L1L2, lambda f: L1L2(0.1, f), OrthogonalRegularizer],
    ids=["l1", "l2", "first", "second", "factor"],
)
def test_a_bad_factor_is_refused_in_one_line(make, wrong):
    with pytest.raises(ValueError, match="given; it must be a finite number, 0 or more") as error:
        make(wrong)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: OrthogonalRegularizer(mode="row"), "mode='row' given; it must be 'rows' or"),
        (lambda: OrthogonalRegularizer()(np.ones(3)), r"shape \(3,\) given; it must be a matrix"),
        (lambda: regularizers.get("l3"), "'l3' given; there are L1, L2"),
        (lambda: regularizers.get(0.1), "regularizer: 0.1 given"),
        (lambda: regularizers.get({"class_name": "L2", "config": {"l3": 1}}), "config of L2"),
    ],
)
def test_other_mistakes_are_refused_in_one_line(wrong, words):
    with pytest.raises(ValueError, match=words) as error:
        wrong()
    assert "\n" not in str(error.value)


def test_the_base_says_what_to_define():
    with pytest.raises(TypeError, match="must define __call__"):
        Regularizer()(np.ones(2))
