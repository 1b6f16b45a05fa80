import json
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import Tensor, activations, gradcheck, losses, no_grad, ops
from minigrad.configs import custom_objects, serialize
from minigrad.losses import formulas
from minigrad.losses.loss import REDUCTIONS

EPS = 1e-7
ROWS, CLASSES = 7, 4


def random(seed=0):
    return np.random.default_rng(seed)


def reals(seed=0):
    r = random(seed)
    return r.normal(size=(ROWS, CLASSES)), r.normal(size=(ROWS, CLASSES))


def positives(seed=0):
    r = random(seed)
    return r.gamma(2.0, size=(ROWS, CLASSES)), r.gamma(2.0, size=(ROWS, CLASSES))


def bits(seed=0):
    r = random(seed)
    return 1.0 * (r.random((ROWS, CLASSES)) < 0.5), r.uniform(0.01, 0.99, (ROWS, CLASSES))


def signs(seed=0):
    t, _ = bits(seed)
    return 2 * t - 1, 2 * random(seed + 1).normal(size=(ROWS, CLASSES))


def one_hot(seed=0):
    r = random(seed)
    return np.eye(CLASSES)[r.integers(CLASSES, size=ROWS)], r.dirichlet(np.ones(CLASSES), ROWS)


def numbered(seed=0):
    t, p = one_hot(seed)
    return t.argmax(axis=1), p


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def bce(t, p, s=0.0):
    t = t * (1 - s) + s / 2
    return -(t * np.log(p) + (1 - t) * np.log(1 - p))


def focal(t, p, g=2.0, alpha=None):
    p_t = np.where(t == 1, p, 1 - p)
    w = 1 if alpha is None else np.where(t == 1, alpha, 1 - alpha)
    return (-w * (1 - p_t) ** g * np.log(p_t)).mean(-1)


def unit(x):
    return x / np.sqrt((x**2).sum(-1, keepdims=True))


def tversky(t, p, a, b):
    return 1 - (t * p).sum() / ((t * p).sum() + a * ((1 - t) * p).sum() + b * (t * (1 - p)).sum())


def right(t, p):
    return p[np.arange(len(t)), t]


# a loss, what it is given, and its definition in float64
EVERY = [
    (losses.MeanSquaredError(), reals, lambda t, p: ((t - p) ** 2).mean(-1)),
    (losses.MeanAbsoluteError(), reals, lambda t, p: abs(t - p).mean(-1)),
    (losses.MeanAbsolutePercentageError(), reals, lambda t, p: 100 * abs((t - p) / t).mean(-1)),
    (losses.MeanSquaredLogarithmicError(), positives,
     lambda t, p: (np.log((1 + p) / (1 + t)) ** 2).mean(-1)),
    (losses.Huber(0.7), reals, lambda t, p: np.where(
        abs(t - p) <= 0.7, (t - p) ** 2 / 2, 0.7 * abs(t - p) - 0.7**2 / 2).mean(-1)),
    (losses.LogCosh(), reals, lambda t, p: np.log(np.cosh(t - p)).mean(-1)),
    (losses.Poisson(), positives, lambda t, p: (p - t * np.log(p + EPS)).mean(-1)),
    (losses.CosineSimilarity(), reals, lambda t, p: -(unit(t) * unit(p)).sum(-1)),
    (losses.Hinge(), signs, lambda t, p: np.maximum(1 - t * p, 0).mean(-1)),
    (losses.SquaredHinge(), signs, lambda t, p: (np.maximum(1 - t * p, 0) ** 2).mean(-1)),
    (losses.CategoricalHinge(), one_hot, lambda t, p: np.maximum(
        1 + np.where(t == 1, 0, p).max(-1) - p[t == 1], 0)),
    (losses.KLDivergence(), lambda seed=0: (one_hot(seed)[1], one_hot(seed + 1)[1]),
     lambda t, p: (t * np.log(t / p)).sum(-1)),
    (losses.BinaryCrossentropy(), bits, lambda t, p: bce(t, p).mean(-1)),
    (losses.BinaryCrossentropy(label_smoothing=0.2, axis=0), bits,
     lambda t, p: bce(t, p, 0.2).mean(0)),
    (losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.3),
     lambda seed=0: (bits(seed)[0], reals(seed)[1]),
     lambda t, x: bce(t, sigmoid(x), 0.3).mean(-1)),
    (losses.BinaryFocalCrossentropy(), bits, focal),
    (losses.BinaryFocalCrossentropy(True, 0.3, 1.5), bits, lambda t, p: focal(t, p, 1.5, 0.3)),
    (losses.BinaryFocalCrossentropy(gamma=0.5, from_logits=True),
     lambda seed=0: (bits(seed)[0], reals(seed)[1]), lambda t, x: focal(t, sigmoid(x), 0.5)),
    (losses.CategoricalCrossentropy(), one_hot, lambda t, p: -np.log(p[t == 1])),
    (losses.CategoricalCrossentropy(label_smoothing=0.2, axis=0),
     lambda seed=0: tuple(a.T.copy() for a in one_hot(seed)),
     lambda t, p: -((0.8 * t + 0.2 / CLASSES) * np.log(p)).sum(0)),
    (losses.CategoricalCrossentropy(from_logits=True),
     lambda seed=0: (one_hot(seed)[0], reals(seed)[1]),
     lambda t, x: -np.log(softmax(x)[t == 1])),
    (losses.CategoricalFocalCrossentropy(), one_hot,
     lambda t, p: (-0.25 * (1 - p) ** 2 * np.log(p))[t == 1]),
    (losses.CategoricalFocalCrossentropy([0.1, 0.2, 0.3, 0.4], 1.5, from_logits=True),
     lambda seed=0: (one_hot(seed)[0], reals(seed)[1]),
     lambda t, x: (-np.array([0.1, 0.2, 0.3, 0.4]) * (1 - softmax(x)) ** 1.5
                   * np.log(softmax(x)))[t == 1]),
    (losses.SparseCategoricalCrossentropy(), numbered, lambda t, p: -np.log(right(t, p))),
    (losses.SparseCategoricalCrossentropy(from_logits=True),
     lambda seed=0: (numbered(seed)[0], reals(seed)[1]),
     lambda t, x: -np.log(right(t, softmax(x)))),
    (losses.SparseCategoricalCrossentropy(from_logits=True, axis=0),
     lambda seed=0: (numbered(seed)[0], reals(seed)[1].T.copy()),
     lambda t, x: -np.log(right(t, softmax(x.T)))),
    (losses.CategoricalGeneralizedCrossEntropy(0.4), numbered,
     lambda t, p: (1 - (right(t, p) + EPS) ** 0.4) / 0.4),
    (losses.Dice(), bits, lambda t, p: 1 - 2 * (t * p).sum() / (t + p).sum()),
    (losses.Dice(axis=-1), bits, lambda t, p: 1 - 2 * (t * p).sum(-1) / (t + p).sum(-1)),
    (losses.Tversky(0.2, 0.9), bits, lambda t, p: tversky(t, p, 0.2, 0.9)),
]  # fmt: skip
NAMES = [repr(loss) for loss, _, _ in EVERY]


def copied(loss, **settings):
    return type(loss).from_config({**loss.get_config(), **settings})


@pytest.mark.parametrize(("loss", "data", "formula"), EVERY, ids=NAMES)
def test_each_example_has_the_loss_of_the_definition(loss, data, formula):
    t, p = data(1)
    values = copied(loss, reduction="none")(t, Tensor(p))
    expected = formula(t, p)
    assert values.shape == np.shape(expected) and values.dtype == np.float64
    # 1e-7 is added here and there, and is no part of the definitions
    np.testing.assert_allclose(values.data, expected, rtol=2e-6)


@pytest.mark.parametrize(("loss", "data", "formula"), EVERY, ids=NAMES)
def test_float32_predictions_have_a_float32_loss_close_to_it(loss, data, formula):
    t, p = data(2)
    value = loss(t, Tensor(p.astype(np.float32)))
    assert value.dtype == np.float32 and value.shape == ()
    np.testing.assert_allclose(value.item(), np.mean(formula(t, p)), rtol=5e-6)


def turned(array):
    """The same numbers, which lie in memory column by column, or backwards."""
    array = np.asarray(array)
    return array[::-1].copy()[::-1] if array.ndim == 1 else np.array(array, order="F")


@pytest.mark.parametrize(("loss", "data", "formula"), EVERY, ids=NAMES)
def test_how_the_numbers_lie_in_memory_changes_nothing(loss, data, formula):
    t, p = data(4)
    each = copied(loss, reduction="none")
    w = random(5).random(np.shape(formula(t, p)))
    for _ in range(30):  # until kernels are compiled
        plain, other = Tensor(p, requires_grad=True), Tensor(turned(p), requires_grad=True)
        expected, found = each(t, plain, w), each(turned(t), other, turned(w))
        assert np.array_equal(found.data, expected.data)
        expected.backward(w)
        found.backward(turned(w))
        assert np.array_equal(other.grad, plain.grad)


def test_weights_are_added_up_in_the_same_order_however_they_lie_in_memory():
    mean = losses.BinaryCrossentropy(reduction="mean_with_sample_weight")
    for seed in range(30):
        t, p, w = random(seed).random((3, 3, 6, 4))
        weight = w[..., 0].copy()
        assert mean(t, p, turned(weight)).item() == mean(t, p, weight).item()


@pytest.mark.parametrize(("loss", "data", "formula"), EVERY, ids=NAMES)
def test_the_gradient_is_that_of_the_loss(loss, data, formula):
    t, p = data(3)
    if not p.min() < 0:  # differences take steps that leave the probabilities: go there by logits

        def f(x):
            return loss(t, activations.sigmoid(x) * 1.0)

        p = np.log(np.clip(p, 0.01, 0.99) / (1 - np.clip(p, 0.01, 0.99)))
    else:

        def f(x):
            return loss(t, x)

    assert gradcheck(f, p).worst < 1


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("kind", [losses.LogCosh, losses.SparseCategoricalCrossentropy])
def test_the_gradient_is_that_of_each_reduction_with_weights(kind, reduction):
    t, p = reals(3)
    t = t if kind is losses.LogCosh else numbered(3)[0]
    loss = kind.from_config({**kind().get_config(), "reduction": reduction})
    w = random().random(ROWS)
    assert gradcheck(lambda x: loss(t, ops.softmax(x) * 1.0, w), p).worst < 1


def test_a_wrong_gradient_would_be_caught():
    t, p = reals()
    wrong = gradcheck(lambda x: losses.Huber()(t, x) + x.detach().sum(), p, raises=False)
    assert not wrong


@pytest.mark.parametrize(("loss", "data", "formula"), EVERY, ids=NAMES)
def test_reductions_and_weights_are_sums_by_hand(loss, data, formula):
    t, p = data(4)
    values = np.asarray(formula(t, p))
    w = random(5).uniform(0.5, 2.0, values.shape[:1])
    expected = {
        "sum_over_batch_size": (w * values).mean(),
        "mean": (w * values).mean(),
        "sum": (w * values).sum(),
        "mean_with_sample_weight": (w * values).sum() / w.sum(),
        "none": w * values,
        None: w * values,
    }
    assert set(expected) == set(REDUCTIONS)
    for reduction, wanted in expected.items():
        found = copied(loss, reduction=reduction)(t, p.copy(), sample_weight=w)
        np.testing.assert_allclose(found.data, wanted, rtol=2e-6, err_msg=str(reduction))


def test_without_weights_mean_with_sample_weight_is_the_mean():
    t, p = reals()
    found = losses.MeanSquaredError("mean_with_sample_weight")(t, p)
    assert found.item() == losses.MeanSquaredError("mean")(t, p).item()


def test_an_example_of_weight_zero_counts_nothing_even_if_its_loss_is_infinite():
    p = Tensor([[np.inf], [2.0]], requires_grad=True)
    loss = losses.MeanAbsoluteError("mean_with_sample_weight")([[0.0], [1.0]], p, [0, 1])
    loss.backward()
    assert loss.item() == 1
    np.testing.assert_array_equal(p.grad, [[0.0], [1.0]])


def test_weights_of_zero_alone_give_zero():
    assert losses.MeanSquaredError("mean_with_sample_weight")([[1.0]], [[3.0]], [0]).item() == 0


def test_weights_may_be_for_examples_or_for_each_of_their_losses():
    t, p = random().normal(size=(2, 3, 5, 4))
    values = ((t - p) ** 2).mean(-1)
    for w in (2.0, [1, 2, 3], [[1], [2], [3]], random(1).random((3, 5)), [[1, 2, 3, 4, 5]]):
        w = np.asarray(w)
        left = w.reshape(w.shape + (1,) * (2 - w.ndim))
        found = losses.MeanSquaredError("none")(t, p, w)
        np.testing.assert_allclose(found.data, values * left, rtol=1e-12)


def test_float16_means_do_not_overflow():
    p = np.full((3000, 1), 100, np.float16)
    for w in (None, np.full(3000, 0.5)):
        loss = losses.MeanAbsoluteError("mean_with_sample_weight")(np.zeros((3000, 1)), p, w)
        assert loss.dtype == np.float16 and loss.item() == (100 if w is None else 100)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_ignored_labels_have_no_loss_and_do_not_count(reduction):
    t, x = np.array([1, 255, 0, 255]), random().normal(size=(4, 3))
    p = Tensor(x, requires_grad=True)
    loss = losses.SparseCategoricalCrossentropy(True, ignore_class=255, reduction=reduction)(t, p)
    kept = -np.log(softmax(x)[[0, 2], [1, 0]])
    wanted = {"mean": kept.mean(), "sum": kept.sum(), "none": [kept[0], 0, kept[1], 0]}
    np.testing.assert_allclose(loss.data, wanted[reduction], rtol=1e-12)
    loss.backward(None if loss.size == 1 else np.ones(4))
    assert (p.grad[[1, 3]] == 0).all() and (p.grad[[0, 2]] != 0).all()


def test_labels_may_be_larger_than_float16_counts():
    x = np.zeros((1, 3000), np.float16)
    x[0, 2049] = 20
    loss = losses.SparseCategoricalCrossentropy(True, reduction="sum")
    assert loss([2049.0], x).item() < 1 < loss([2048.0], x).item()


def test_only_ignored_labels_give_zero_and_labels_may_have_a_last_axis():
    loss = losses.SparseCategoricalCrossentropy(True, ignore_class=-1)
    assert loss([[-1], [-1]], [[1.0, 2.0], [3.0, 4.0]]).item() == 0
    weighted = copied(loss, reduction="mean_with_sample_weight")
    x = np.array([[0.0, 1.0], [3.0, 4.0]])
    found = weighted([[0], [-1]], x, sample_weight=[2, 5])
    np.testing.assert_allclose(found.item(), -np.log(softmax(x)[0, 0]), rtol=1e-12)


def exact_bce(t, x):
    """-t log(s(x)) - (1 - t) log(s(-x))"""
    return t * mpmath.log1p(mpmath.exp(-x)) + (1 - t) * mpmath.log1p(mpmath.exp(x))


def exact_focal(t, x, gamma):
    u = t / (1 + mpmath.exp(x)) + (1 - t) / (1 + mpmath.exp(-x))
    return u**gamma * exact_bce(t, x)


def exactly(f, x):
    """f(x) and its slope; 200 digits, since exp(-300) is subtracted from 1."""
    with mpmath.workdps(200):
        return float(f(mpmath.mpf(x))), float(mpmath.diff(f, mpmath.mpf(x)))


LOGITS = [0.0, 1e-9, -1e-3, 0.5, -3.0, 20.0, -40.0, 300.0, -300.0, 1e4, -1e4]


@pytest.mark.parametrize("x", LOGITS)
@pytest.mark.parametrize("t", [0.0, 1.0, 0.25])
def test_binary_crossentropy_of_logits_is_exact_in_the_tails(t, x):
    value, slope = exactly(lambda x: exact_bce(t, x), x)
    logit = Tensor(np.array([[x]]), requires_grad=True)
    loss = losses.BinaryCrossentropy(from_logits=True)([[t]], logit)
    loss.backward()
    np.testing.assert_allclose(loss.item(), value, rtol=1e-15, atol=1e-307)
    np.testing.assert_allclose(logit.grad.item(), slope, rtol=1e-15, atol=1e-307)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("x", LOGITS)
@pytest.mark.parametrize("t", [0.0, 1.0, 0.25])
def test_focal_loss_of_logits_is_exact_in_the_tails(t, x, gamma):
    value, slope = exactly(lambda x: exact_focal(t, x, gamma), x)
    logit = Tensor(np.array([[x]]), requires_grad=True)
    loss = losses.binary_focal_crossentropy([[t]], logit, gamma=gamma, from_logits=True)
    loss.backward([1.0])
    np.testing.assert_allclose(loss.item(), value, rtol=1e-13, atol=1e-200)
    np.testing.assert_allclose(logit.grad.item(), slope, rtol=1e-12, atol=1e-200)


@pytest.mark.parametrize("row", [[1e4, 0.0, -1e4], [0.0, 1e-8, 0.0], [50.0, 49.0, -800.0]])
@pytest.mark.parametrize("label", [0, 1, 2])
def test_crossentropies_of_classes_agree_and_are_exact_in_the_tails(row, label):
    with mpmath.workdps(60):
        total = mpmath.fsum(mpmath.exp(mpmath.mpf(x) - row[label]) for x in row)
        value = mpmath.log1p(total - 1)
        p = [mpmath.exp(mpmath.mpf(x) - max(row)) for x in row]
        slope = [float(e / mpmath.fsum(p) - (k == label)) for k, e in enumerate(p)]
    sparse, dense = losses.SparseCategoricalCrossentropy, losses.CategoricalCrossentropy
    for loss, t in (
        (sparse(from_logits=True), [label]),
        (sparse(from_logits=True, reduction="sum"), [label]),
        (dense(from_logits=True), np.eye(3)[[label]]),
    ):
        x = Tensor(np.array([row]), requires_grad=True)
        y = loss(t, x)
        y.backward()
        np.testing.assert_allclose(y.item(), float(value), rtol=1e-15, atol=1e-307)
        np.testing.assert_allclose(x.grad[0], slope, rtol=1e-13, atol=1e-307)


@pytest.mark.parametrize("e", [1e-9, 1e-5, 0.3, 0.999, 1.001, 30.0, 1e4, -1e-7, -5.0])
def test_log_cosh_is_exact_near_zero_and_far_out(e):
    with mpmath.workdps(60):
        value = float(mpmath.log(mpmath.cosh(mpmath.mpf(e))))
    np.testing.assert_allclose(losses.log_cosh([[0.0]], np.array([[e]])).item(), value, rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_logits_behind_a_softmax_are_found(dtype, reduction):
    x = np.array([[200.0, 0.0], [0.0, 300.0]], dtype)
    t = [1, 0]  # both quite wrong: the probabilities are 0
    for loss, labels in (
        (losses.SparseCategoricalCrossentropy, t),
        (losses.CategoricalCrossentropy, np.eye(2)[t]),
    ):
        logits = Tensor(x, requires_grad=True)
        value = loss(reduction=reduction)(labels, ops.softmax(logits))
        value.backward()
        assert value.item() == (250 if reduction == "mean" else 500)
        share = 0.5 if reduction == "mean" else 1
        np.testing.assert_array_equal(logits.grad, share * np.array([[1, -1], [-1, 1]]))


def test_the_logits_behind_a_softmax_along_another_axis_or_with_a_mask_are_not_taken():
    x = np.array([[200.0, 0.0], [0.0, 300.0]])
    capped = -math.log(1e-7)
    for y in (
        ops.softmax(Tensor(x, requires_grad=True), mask=[True, True]),
        ops.softmax(Tensor(x.T.copy(), requires_grad=True), axis=0),
        ops.softmax(Tensor(x)),
        ops.softmax(Tensor(x, requires_grad=True)) * 1.0,
    ):
        loss = losses.SparseCategoricalCrossentropy()([1, 0], y)
        np.testing.assert_allclose(loss.item(), capped, rtol=1e-7)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(2, 1), (2,), (1, 2)])
def test_the_logits_behind_a_sigmoid_are_found(dtype, shape):
    logits = Tensor(np.array([200, -300], dtype).reshape(shape), requires_grad=True)
    y = activations.sigmoid(logits)
    loss = losses.BinaryCrossentropy()(np.array([0, 1]).reshape(shape), y)
    loss.backward()
    assert loss.item() == 250 and loss.dtype == dtype
    np.testing.assert_array_equal(logits.grad, np.reshape([0.5, -0.5], shape))
    np.testing.assert_array_equal(y.data.reshape(-1)[0], 1)


def test_a_model_trains_through_the_logits_that_were_found():
    w = Tensor(np.zeros((2, 3)), requires_grad=True)
    x, t = random().normal(size=(20, 2)), random(1).integers(3, size=20)
    losses.SparseCategoricalCrossentropy()(t, ops.softmax(ops.matmul(x, w))).backward()
    found, w.grad = w.grad, None
    losses.SparseCategoricalCrossentropy(from_logits=True)(t, ops.matmul(x, w)).backward()
    np.testing.assert_allclose(found, w.grad, rtol=1e-12)


def test_within_no_grad_probabilities_are_kept_from_zero():
    with no_grad():
        y = activations.sigmoid(Tensor([[200.0]]))
        loss = losses.BinaryCrossentropy()([[0.0]], y)
    np.testing.assert_allclose(loss.item(), -math.log(1e-7), rtol=1e-6)


def test_plain_probabilities_of_zero_and_one_have_a_finite_loss():
    p = Tensor([[0.0], [1.0]], requires_grad=True)
    loss = losses.BinaryCrossentropy()([[1.0], [0.0]], p)
    loss.backward()
    np.testing.assert_allclose(loss.item(), -math.log(1e-7), rtol=1e-6)
    assert (p.grad == 0).all()


def test_perfect_probabilities_have_a_loss_of_almost_zero():
    loss = losses.CategoricalCrossentropy()([[0.0, 1.0]], [[0.0, 1.0]])
    np.testing.assert_allclose(loss.item(), 1e-7, rtol=0.3)


def test_a_zero_vector_has_similarity_zero_and_a_finite_gradient():
    p = Tensor([[0.0, 0.0], [1.0, 0.0]], requires_grad=True)
    loss = losses.CosineSimilarity(reduction="none")([[1.0, 0.0], [1.0, 0.0]], p)
    loss.backward([1.0, 1.0])
    np.testing.assert_array_equal(loss.data, [0.0, -1.0])
    assert np.isfinite(p.grad).all() and (p.grad[1] == 0).all()


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_a_cosine_does_not_depend_on_the_length(size):
    p = np.array([[3.0, 4.0]], np.float32) * np.float32(size)
    np.testing.assert_allclose(losses.cosine_similarity([[1.0, 0.0]], p).item(), -0.6, rtol=1e-6)


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("loss", [losses.mse, losses.bce, losses.hinge, losses.huber])
def test_a_last_axis_of_length_one_comes_or_goes(loss, swap):
    r = random()
    flat, column = r.integers(2, size=6) * 1.0, r.uniform(0.1, 0.9, (6, 1))
    t, p = (flat[:, None], column[:, 0]) if swap else (flat, column)
    wanted = loss(flat[:, None], column).data
    assert wanted.shape == (6,)
    np.testing.assert_array_equal(loss(t, p).data, wanted)
    np.testing.assert_array_equal(loss(flat, column[:, 0]).data, wanted)


def test_a_last_axis_of_length_one_goes_from_a_sequence_as_in_keras():
    t, p = random().normal(size=(2, 5, 3))
    assert losses.mse(t, p[..., None]).shape == losses.mse(t[..., None], p).shape == (5,)
    np.testing.assert_array_equal(losses.mse(t, p[..., None]).data, losses.mse(t, p).data)


def test_no_gradient_flows_to_targets():
    t, p = Tensor([[1.0]], requires_grad=True), Tensor([[3.0]], requires_grad=True)
    losses.MeanSquaredError()(t, p).backward()
    assert t.grad is None and p.grad.item() == 4
    (losses.CosineSimilarity()(t, p) + losses.Dice()(t, p)).backward()
    assert t.grad is None


def test_targets_are_read_at_once():
    t, p = np.array([[1.0]], np.float32), Tensor([[3.0]], requires_grad=True)
    loss = losses.mse(t, p)
    t[0] = 100
    loss.backward([1.0])
    assert p.grad.item() == 4


def test_labels_zero_and_one_are_minus_one_and_one_for_hinges():
    t, p = bits()
    np.testing.assert_array_equal(losses.hinge(t, p).data, losses.hinge(2 * t - 1, p).data)


def test_tversky_of_halves_is_dice_and_alpha_is_for_false_positives():
    t, p = bits()
    np.testing.assert_allclose(losses.tversky(t, p).item(), losses.dice(t, p).item(), rtol=1e-7)
    everything = losses.tversky([[1.0, 0.0]], [[1.0, 1.0]], alpha=0.0, beta=1.0)
    assert everything.item() < 1e-6


@given(st.floats(0, 1), st.floats(-50, 50), st.floats(0, 5))
def test_focal_loss_never_exceeds_crossentropy_and_is_it_for_gamma_zero(t, x, gamma):
    price = losses.bce([[t]], np.array([[x]]), from_logits=True).item()
    focal = [
        losses.binary_focal_crossentropy([[t]], np.array([[x]]), gamma=g, from_logits=True).item()
        for g in (0, gamma)
    ]
    np.testing.assert_allclose(focal[0], price, rtol=1e-14)
    assert 0 <= focal[1] <= price * (1 + 1e-14)


@pytest.mark.compiler
@pytest.mark.parametrize("name", activations.declared(formulas))
def test_compiled_formulas_have_the_bits_of_plain_python(name):
    op = activations.declared(formulas)[name]
    r = random()
    inputs = [r.random(20_000) for _ in op.declaration.inputs]
    x = Tensor(inputs[-1], requires_grad=True)
    y = op(*inputs[:-1], x)
    y.backward(np.ones(y.shape))
    numbers = op.declaration.default_numbers()
    slope = op.partials[op.declaration.inputs[-1]].declaration
    for k in range(0, 20_000, 101):
        values = dict(zip(op.declaration.inputs, [float(a[k]) for a in inputs], strict=True))
        values |= dict(zip(op.declaration.numbers, numbers, strict=True))
        assert y.data[k] == op.declaration.formula(**values)
        reads = (*slope.inputs, *slope.numbers)
        assert x.grad[k] == slope.formula(*[values[name] for name in reads])


def test_every_formula_has_a_slope_for_the_prediction():
    ops_of = activations.declared(formulas)
    assert len(ops_of) >= 18
    for name, op in ops_of.items():
        assert [*op.partials] == [op.declaration.inputs[-1]], name
        assert op.__doc__.startswith(inspectable(op)), name


def inspectable(op):
    return op.declaration.formula.__doc__.splitlines()[0].split(":")[0]


@pytest.mark.parametrize("name", ["mse", "mae", "mape", "msle", "bce", "kld"])
def test_short_names_in_both_cases_mean_the_loss_and_its_function(name):
    loss = losses.get(name)
    assert repr(losses.get(name.upper())) == repr(loss)
    assert loss.name == getattr(losses, name).__name__


@pytest.mark.parametrize("kind", losses.CLASSES, ids=lambda kind: kind.__name__)
def test_each_loss_is_found_by_its_names_and_has_a_function(kind):
    loss = kind()
    for given_name in (kind, kind.__name__, loss.name, serialize(loss)):
        assert repr(losses.get(given_name)) == repr(loss)
    assert getattr(losses, loss.name) is kind.function


@pytest.mark.parametrize(("loss", "data", "formula"), EVERY, ids=NAMES)
def test_a_config_makes_an_equal_loss(loss, data, formula):
    again = losses.get(json.loads(json.dumps(serialize(loss))))
    assert type(again) is type(loss) and repr(again) == repr(loss)
    t, p = data(6)
    assert again(t, p).item() == loss(t, p).item()


def cubic(y_true, y_pred):
    return ops.mean(ops.abs(y_pred - y_true) ** 3, axis=-1)


def test_a_function_is_a_loss_with_weights():
    loss = losses.get(cubic)
    p = Tensor([[3.0], [1.0]], requires_grad=True)
    value = loss([[1.0], [1.0]], p, sample_weight=[0.5, 1.0])
    value.backward()
    assert value.item() == 2 and p.grad[0, 0] == 3 and value.dtype == np.float32
    assert losses.get(lambda t, p: ops.sum(p - t))([1.0], [3.0]).item() == 2


def test_a_function_is_found_again_by_its_config():
    config = json.loads(json.dumps(serialize(losses.get(cubic))))
    with custom_objects({"cubic": cubic}):
        assert losses.get(config).function is cubic


def test_a_subclass_needs_only_call():
    class Distance(losses.Loss):
        def call(self, y_true, y_pred):
            return ops.abs(y_pred - y_true)

    assert Distance("sum")(np.array([1.0, 2.0]), Tensor([1.5, 0.5]), [1, 2]).item() == 3.5
    assert Distance().name == "Distance"


X = np.zeros((3, 2))
MISTAKES = [
    (lambda: losses.mse(np.zeros((3, 2)), np.zeros((3, 1))), r"shape \(3, 2\) and y_pred of"),
    (lambda: losses.mse(np.zeros(3), np.zeros((3, 2))), "mean_squared_error: y_true of shape"),
    (lambda: losses.mse(1.0, 2.0), "an axis for the batch"),
    (lambda: losses.MeanSquaredError()(X, X, [1, 2]), r"sample_weight of shape \(2,\) given for"),
    (lambda: losses.MeanSquaredError()(X, X, [1, 2, np.nan]), "it must be finite"),
    (lambda: losses.MeanSquaredError()(X, X, "heavy"), "sample_weight='heavy' given"),
    (lambda: losses.Dice()(X, X, [1, 2, 3]), r"for losses of shape \(\)"),
    (lambda: losses.MeanSquaredError("average"), "reduction='average' given"),
    (lambda: losses.Huber(0), "delta=0 given"),
    (lambda: losses.huber(X, X, -1), "delta=-1 given"),
    (lambda: losses.BinaryCrossentropy(label_smoothing=2), "label_smoothing=2 given"),
    (lambda: losses.bce(X, X, label_smoothing=-1), "label_smoothing=-1 given"),
    (lambda: losses.bce(X - 1, X), "y_true from -1 to -1 given; it must be from 0 to 1"),
    (lambda: losses.bce(X, X + 3), "y_pred from 3 to 3 given; these are no prob.*from_logits=True"),
    (lambda: losses.categorical_crossentropy(X, X - 1), "from_logits=True"),
    (lambda: losses.categorical_crossentropy([0, 1, 0], X), "want SparseCategoricalCrossentropy"),
    (lambda: losses.categorical_focal_crossentropy(X, X, alpha=[1, 2, 3]), "alpha of shape"),
    (lambda: losses.sparse_categorical_crossentropy(np.eye(2), np.eye(2)), r"y_true.argmax"),
    (lambda: losses.sparse_categorical_crossentropy([0, 1, 2], X), "0 to 2 given for 2 classes"),
    (lambda: losses.SparseCategoricalCrossentropy(True)([0, 1, 2], X), "0 to 2 given for 2"),
    (lambda: losses.SparseCategoricalCrossentropy(True)([0, -1, 1], X), "-1 to 1 given for 2"),
    (lambda: losses.SparseCategoricalCrossentropy(True)([0, 0.5, 1], X), "y_true holds 0.5"),
    (lambda: losses.SparseCategoricalCrossentropy(True)([0, np.nan, 1], X), "y_true holds nan"),
    (lambda: losses.SparseCategoricalCrossentropy(True)([0, np.inf, 1], X), "y_true holds inf"),
    (lambda: losses.SparseCategoricalCrossentropy()([0, 1, 1], X[:, :1]), "BinaryCrossentropy"),
    (lambda: losses.SparseCategoricalCrossentropy(ignore_class=1.5), "ignore_class=1.5 given"),
    (lambda: losses.CategoricalGeneralizedCrossEntropy(0), "q=0 given"),
    (lambda: losses.categorical_generalized_cross_entropy([0, 1, 1], X + 2), "no probabilities"),
    (lambda: losses.Tversky(alpha=-1), "alpha=-1 given"),
    (lambda: losses.CategoricalFocalCrossentropy([0.5, -1]), "alpha=-1 given"),
    (lambda: losses.get("meen_squared_error"), "did you mean 'MeanSquaredError'"),
    (lambda: losses.get(3), "loss: 3 given"),
    (lambda: losses.CategoricalCrossentropy(axis=5)(X, X), "axis=5 asked of"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "words"), MISTAKES)
def test_mistakes_are_named_in_one_line(wrong, words):
    with pytest.raises(ValueError, match=words) as error:
        wrong()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: losses.sparse_categorical_crossentropy(["a", "b", "c"], X), "whole numbers"),
        (lambda: losses.mse([["a"]], [[1.0]]), "mean_squared_error: tensor: dtype <U1"),
        (lambda: losses.get(lambda t, p: 3.0)(X, X), "a loss must return a Tensor"),
    ],
)
def test_wrong_types_are_named_in_one_line(wrong, words):
    with pytest.raises(TypeError, match=words) as error:
        wrong()
    assert "\n" not in str(error.value)


def test_nan_shows():
    for loss in (losses.mse, losses.bce, losses.hinge, losses.kl_divergence, losses.log_cosh):
        found = loss([[1.0], [1.0]], np.array([[np.nan], [0.5]])).data
        assert np.isnan(found[0]) and not np.isnan(found[1])


def test_losses_that_torch_has_too_agree_with_it():
    torch = pytest.importorskip("torch")
    f = torch.nn.functional
    t, x = bits()[0], reals()[1]
    labels = numbered()[0]
    pairs = [
        (losses.mse, f.mse_loss, t),
        (losses.mae, f.l1_loss, t),
        (losses.Huber(0.5), lambda x, t: f.huber_loss(x, t, delta=0.5), t),
        (losses.BinaryCrossentropy(True), f.binary_cross_entropy_with_logits, t),
        (losses.SparseCategoricalCrossentropy(True), f.cross_entropy, labels),
        (losses.CategoricalCrossentropy(True, 0.1),
         lambda x, t: f.cross_entropy(x, t, label_smoothing=0.1), one_hot()[0]),
    ]  # fmt: skip
    for ours, theirs, target in pairs:
        a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        value, expected = ops.mean(ours(target, a)), theirs(b, torch.tensor(target))
        value.backward()
        expected.backward()
        np.testing.assert_allclose(value.item(), expected.item(), rtol=1e-13)
        np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-11)
