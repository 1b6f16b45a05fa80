import json
import math

import numpy as np
import pytest
from sklearn import metrics as sk

from minigrad import Tensor, losses, metrics
from minigrad.configs import custom_objects, serialize
from minigrad.metrics.metric import MeanOf

N, CLASSES = 60, 4


def random(seed=0):
    return np.random.default_rng(seed)


def reals(seed=0, outputs=3):
    r = random(seed)
    t = r.normal(size=(N, outputs))
    return t, t + 0.5 * r.normal(size=t.shape)


def answers(seed=0):
    r = random(seed)
    t = 1 * (r.random(N) < 0.4)
    return t, np.clip(0.3 * t + r.uniform(0, 0.7, N), 0, 1)


def classes(seed=0):
    r = random(seed)
    return r.integers(CLASSES, size=N), r.dirichlet(np.ones(CLASSES), N)


def one_hot(labels):
    return np.eye(CLASSES)[labels]


def weights(seed=9):
    return random(seed).uniform(0.5, 2, N)


def in_batches(metric, t, p, w=None):
    """The result of uneven batches, one of them a Tensor."""
    for k, part in enumerate(np.split(np.arange(N), [1, 7, 30])):
        y = Tensor(p[part]) if k == 1 else p[part]
        metric.update_state(t[part], y, None if w is None else w[part])
    return metric.result()


def columns(y):
    return y.reshape(N, -1)


# a metric, what it is given, and its value by scikit-learn or by the definition
EVERY = [
    (metrics.MeanSquaredError(), reals, sk.mean_squared_error),
    (metrics.RootMeanSquaredError(), reals,
     lambda t, p, sample_weight: sk.mean_squared_error(t, p, sample_weight=sample_weight) ** 0.5),
    (metrics.MeanAbsoluteError(), reals, sk.mean_absolute_error),
    (metrics.MeanAbsolutePercentageError(), reals,
     lambda t, p, sample_weight: 100 * sk.mean_absolute_percentage_error(
         t, p, sample_weight=sample_weight)),
    (metrics.MeanSquaredLogarithmicError(), lambda: np.exp(reals()), sk.mean_squared_log_error),
    (metrics.R2Score(), reals, sk.r2_score),
    (metrics.R2Score("variance_weighted_average"), reals,
     lambda t, p, sample_weight: sk.r2_score(
         t, p, sample_weight=sample_weight, multioutput="variance_weighted")),
    (metrics.R2Score(None), reals,
     lambda t, p, sample_weight: sk.r2_score(
         t, p, sample_weight=sample_weight, multioutput="raw_values")),
    (metrics.BinaryAccuracy(), answers,
     lambda t, p, sample_weight: sk.accuracy_score(t, p > 0.5, sample_weight=sample_weight)),
    (metrics.BinaryAccuracy(0.3), answers,
     lambda t, p, sample_weight: sk.accuracy_score(t, p > 0.3, sample_weight=sample_weight)),
    (metrics.Accuracy(), lambda: (classes(0)[0], classes(1)[0]), sk.accuracy_score),
    (metrics.SparseCategoricalAccuracy(), classes,
     lambda t, p, sample_weight: sk.accuracy_score(t, p.argmax(1), sample_weight=sample_weight)),
    (metrics.CategoricalAccuracy(), lambda: (one_hot(classes()[0]), classes()[1]),
     lambda t, p, sample_weight: sk.accuracy_score(
         t.argmax(1), p.argmax(1), sample_weight=sample_weight)),
    (metrics.SparseTopKCategoricalAccuracy(2), classes,
     lambda t, p, sample_weight: sk.top_k_accuracy_score(t, p, k=2, sample_weight=sample_weight)),
    (metrics.TopKCategoricalAccuracy(3), lambda: (one_hot(classes()[0]), classes()[1]),
     lambda t, p, sample_weight: sk.top_k_accuracy_score(
         t.argmax(1), p, k=3, sample_weight=sample_weight)),
    (metrics.Precision(), answers,
     lambda t, p, sample_weight: sk.precision_score(t, p > 0.5, sample_weight=sample_weight)),
    (metrics.Recall(0.6), answers,
     lambda t, p, sample_weight: sk.recall_score(t, p > 0.6, sample_weight=sample_weight)),
    *[(kind(0.4), answers,
       lambda t, p, sample_weight, k=k: sk.confusion_matrix(
           t, p > 0.4, sample_weight=sample_weight).ravel()[k])
      for k, kind in enumerate([metrics.TrueNegatives, metrics.FalsePositives,
                                metrics.FalseNegatives, metrics.TruePositives])],
    (metrics.AUC(2001), lambda: (answers()[0], answers()[1].round(3)), sk.roc_auc_score),
    *[(metrics.FBetaScore(average, beta), lambda: (one_hot(classes()[0]), classes()[1]),
       lambda t, p, sample_weight, average=average, beta=beta: sk.fbeta_score(
           t.argmax(1), p.argmax(1), beta=beta, average=average, sample_weight=sample_weight))
      for average in (None, "micro", "macro", "weighted") for beta in (0.5, 2.0)],
    (metrics.F1Score("macro"), lambda: (one_hot(classes()[0]), classes()[1]),
     lambda t, p, sample_weight: sk.f1_score(
         t.argmax(1), p.argmax(1), average="macro", sample_weight=sample_weight)),
    (metrics.F1Score("macro", threshold=0.3), lambda: (one_hot(classes()[0]), classes()[1]),
     lambda t, p, sample_weight: sk.f1_score(
         t, p > 0.3, average="macro", sample_weight=sample_weight)),
    (metrics.SparseCategoricalCrossentropy(), classes, sk.log_loss),
    (metrics.CategoricalCrossentropy(), lambda: (one_hot(classes()[0]), classes()[1]), sk.log_loss),
    (metrics.BinaryCrossentropy(), answers, sk.log_loss),
    (metrics.Hinge(), lambda: (2 * answers()[0] - 1, answers()[1]), sk.hinge_loss),
    (metrics.CosineSimilarity(), reals,
     lambda t, p, sample_weight: np.average(
         (t * p).sum(1) / np.linalg.norm(t, axis=1) / np.linalg.norm(p, axis=1),
         weights=sample_weight)),
    (metrics.PearsonCorrelation(), reals,
     lambda t, p, sample_weight: np.average(
         [np.corrcoef(a, b)[0, 1] for a, b in zip(t, p, strict=True)], weights=sample_weight)),
    (metrics.LogCoshError(), reals, lambda t, p, sample_weight: np.average(
        np.log(np.cosh(t - p)).mean(1), weights=sample_weight)),
    (metrics.KLDivergence(), lambda: (classes(0)[1], classes(1)[1]),
     lambda t, p, sample_weight: np.average((t * np.log(t / p)).sum(1), weights=sample_weight)),
    (metrics.Poisson(), lambda: np.exp(reals()), lambda t, p, sample_weight: np.average(
        (p - t * np.log(p + 1e-7)).mean(1), weights=sample_weight)),
    (metrics.SquaredHinge(), lambda: (2 * answers()[0] - 1, answers()[1]),
     lambda t, p, sample_weight: np.average(
         np.maximum(1 - t * p, 0) ** 2, weights=sample_weight)),
    (metrics.CategoricalHinge(), lambda: (one_hot(classes()[0]), classes()[1]),
     lambda t, p, sample_weight: np.average(
         np.maximum(1 + np.where(t == 1, 0, p).max(1) - p[t == 1], 0), weights=sample_weight)),
]  # fmt: skip
NAMES = [repr(metric) for metric, _, _ in EVERY]


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize(("metric", "data", "formula"), EVERY, ids=NAMES)
def test_batches_together_have_the_value_of_the_definition(metric, data, formula, weighted):
    t, p = data()
    w = weights() if weighted else None
    metric.reset_state()
    found = in_batches(metric, t, p, w)
    expected = formula(t, p, sample_weight=w)
    assert isinstance(found, np.ndarray) if np.ndim(expected) else type(found) is float
    # float32 of the one Tensor, and the 1e-7 of the logarithms
    np.testing.assert_allclose(found, expected, rtol=3e-6)


@pytest.mark.parametrize(("metric", "data", "formula"), EVERY, ids=NAMES)
def test_reset_forgets_all_and_a_call_gives_the_result_so_far(metric, data, formula):
    t, p = data()
    metric.reset_state()
    first = metric(t, p)
    np.testing.assert_array_equal(first, metric.result())
    metric(t[:20], p[:20])
    metric.reset_state()
    np.testing.assert_array_equal(metric(t, p), first)


@pytest.mark.parametrize(("metric", "data", "formula"), EVERY, ids=NAMES)
def test_a_config_makes_an_equal_fresh_metric(metric, data, formula):
    t, p = data()
    again = metrics.get(json.loads(json.dumps(serialize(metric))))
    assert type(again) is type(metric) and repr(again) == repr(metric)
    metric.reset_state()
    np.testing.assert_array_equal(again(t, p), metric(t, p))


def test_a_wrong_metric_would_be_caught():
    class Wrong(metrics.MeanSquaredError):
        def result(self):
            return self.total / (self.count + 1)

    with pytest.raises(AssertionError):
        test_batches_together_have_the_value_of_the_definition(
            Wrong(), reals, sk.mean_squared_error, False
        )


@pytest.mark.parametrize("kind", metrics.CLASSES, ids=lambda kind: kind.__name__)
def test_before_the_first_batch_there_is_nothing_and_no_warning(kind):
    if kind is not metrics.MeanMetricWrapper:
        np.testing.assert_array_equal(np.nan_to_num(kind().result(), nan=0.0), kind().result())


def test_vectors_and_columns_are_the_same():
    t, p = answers()
    for kind in (metrics.MeanSquaredError, metrics.BinaryAccuracy, metrics.BinaryCrossentropy,
                 metrics.Precision, metrics.AUC, metrics.R2Score, metrics.Accuracy):  # fmt: skip
        wanted = in_batches(kind(), columns(t), columns(p))
        assert in_batches(kind(), t, columns(p)) == wanted
        assert in_batches(kind(), t, p) == wanted


def test_class_labels_may_be_a_column():
    t, p = classes()
    metric = metrics.SparseCategoricalAccuracy()
    assert in_batches(metric, columns(t), p) == np.mean(p.argmax(1) == t)


def test_a_sequence_of_classes_counts_each_step():
    t, p = classes()
    t, p = t.reshape(N // 3, 3), p.reshape(N // 3, 3, CLASSES)
    metric = metrics.SparseCategoricalAccuracy()
    assert metric(t, p) == np.mean(p.argmax(-1) == t)
    w = np.arange(N // 3.0)
    metric.reset_state()
    expected = np.average((p.argmax(-1) == t).mean(1), weights=w)
    np.testing.assert_allclose(metric(t, p, w), expected, rtol=1e-12)


def test_nan_predicts_nothing_right():
    p = np.full((2, 3), np.nan)
    assert metrics.SparseCategoricalAccuracy()([0, 0], p) == 0
    assert metrics.SparseTopKCategoricalAccuracy(3)([0, 0], p) == 0
    assert metrics.BinaryAccuracy()([[0], [0]], p[:, :1]) == 0
    assert metrics.FalsePositives()([[0], [0]], p[:, :1]) == 0


def test_of_equal_predictions_the_first_is_the_answer():
    assert metrics.SparseCategoricalAccuracy()([0, 1, 2], np.zeros((3, 3))) == pytest.approx(1 / 3)


def test_what_has_no_weight_counts_nothing_even_if_it_is_infinite():
    metric = metrics.MeanAbsoluteError()
    assert metric([[0.0], [1.0]], [[np.inf], [3.0]], sample_weight=[0, 1]) == 2


@pytest.mark.parametrize("kind", [metrics.Precision, metrics.TruePositives])
def test_several_thresholds_have_a_result_each(kind):
    t, p = answers()
    levels = [0.7, 0.2, 0.5]  # in no order
    found = in_batches(kind(levels), t, p)
    np.testing.assert_array_equal(found, [in_batches(kind(level), t, p) for level in levels])


def test_a_prediction_at_the_threshold_says_no():
    assert metrics.TruePositives(0.5)([1, 1], [0.5, 0.5 + 1e-9]) == 1


def test_rates_of_nothing_are_zero():
    assert metrics.Precision()([1], [0.1]) == 0 and metrics.Recall()([0], [0.9]) == 0
    assert metrics.AUC()([1, 1], [0.9, 0.1]) == 0 and metrics.AUC(curve="PR")([0], [0.9]) == 0


def pr_area_by_sums(t, p, levels, steps=200_000):
    """The area below precision over recall: between two thresholds in many small steps."""
    area = 0.0
    ends = [((p > level) & (t == 1), (p > level) & (t == 0)) for level in levels]
    counts = [(a.sum(), b.sum()) for a, b in ends]
    for (tp, fp), (tp2, fp2) in zip(counts, counts[1:], strict=False):
        s = (np.arange(steps) + 0.5) / steps
        true, false = tp + s * (tp2 - tp), fp + s * (fp2 - fp)
        if tp != tp2:
            area += np.mean(true / (true + false)) * (tp - tp2) / t.sum()
    return area


def test_the_area_below_precision_is_that_of_small_steps():
    t, p = answers()
    levels = [-1e-7, 0.25, 0.5, 0.75, 1 + 1e-7]
    found = in_batches(metrics.AUC(5, "PR"), t, p)
    np.testing.assert_allclose(found, pr_area_by_sums(t, p, levels), rtol=1e-6)


def test_the_area_below_precision_is_close_to_the_average_precision():
    t, p = answers()
    found = in_batches(metrics.AUC(5000, "PR"), t, p)
    np.testing.assert_allclose(found, sk.average_precision_score(t, p), atol=0.03)


def test_r2_of_numbers_far_from_zero_does_not_cancel():
    t, p = reals()
    found = in_batches(metrics.R2Score(), t + 1e9, p + 1e9)
    plain = in_batches(metrics.R2Score(), t, p)
    np.testing.assert_allclose(found, plain, atol=1e-5)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_r2_of_a_constant_is_as_in_scikit_learn():
    for p in ([[1.0], [1.0]], [[1.0], [2.0]]):
        assert metrics.R2Score()([[1.0], [1.0]], p) == sk.r2_score([[1.0], [1.0]], p)


def test_correlation_along_the_batch():
    t, p = reals()
    expected = np.mean([np.corrcoef(t[:, k], p[:, k])[0, 1] for k in range(3)])
    np.testing.assert_allclose(metrics.PearsonCorrelation(axis=0)(t, p), expected, rtol=1e-12)


def test_mean_and_sum_take_weights():
    mean = metrics.Mean()
    mean.update_state([1.0, 5.0], sample_weight=[3, 1])
    mean.update_state(2.0, sample_weight=0)
    assert mean.result() == 2 and metrics.Mean().result() == 0
    assert metrics.Sum()([[1.0, 2.0], [3.0, 4.0]]) == 10


def close(y_true, y_pred, within=0.1):
    return np.abs(y_true - y_pred) < within


def worst(y_true, y_pred):
    return np.max(np.abs(y_true - y_pred))


def test_a_function_is_a_metric():
    metric = metrics.get(close)
    assert metric.name == "close" and metric([1.0, 2.0], Tensor([1.01, 3.0])) == 0.5
    assert metric([1.0], [1.0], sample_weight=[2.0]) == 0.75
    assert metrics.MeanMetricWrapper(close, within=2.0)([1.0, 2.0], [1.0, 3.0]) == 1
    assert metrics.get(losses.huber)([[0.0]], [[3.0]]) == 2.5
    assert metrics.get(losses.Huber(2.0))([[0.0]], [[3.0]]) == 4
    assert metrics.get(losses.Huber(2.0)).name == "huber"


def test_a_single_number_for_a_batch_counts_for_all_of_its_examples():
    metric = metrics.get(worst)
    metric.update_state([0.0, 0.0, 0.0], [1.0, 1.0, 2.0])
    metric.update_state([0.0], [6.0])
    assert metric.result() == (3 * 2 + 6) / 4
    with pytest.raises(ValueError, match="worst: sample_weight of shape"):
        metric.update_state([0.0, 0.0], [1.0, 1.0], [1, 2])


def test_a_function_is_found_again_by_its_config():
    metric = metrics.MeanMetricWrapper(close, name="near", within=0.5)
    config = json.loads(json.dumps(serialize(metric)))
    with custom_objects({"close": close}):
        again = metrics.get(config)
    assert again([1.0], [1.4]) == 1 and again.name == "near"
    assert metrics.get(serialize(metrics.get(losses.mse)))([[1.0]], [[3.0]]) == 4


def test_a_subclass_needs_three_methods():
    class Largest(metrics.Metric):
        def reset_state(self):
            self.largest = -math.inf

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.largest = max(self.largest, np.max(y_pred))

        def result(self):
            return float(self.largest)

    assert Largest()([0], [3.0]) == 3 and Largest().name == "largest"
    with pytest.raises(TypeError, match="must define reset_state"):
        metrics.Metric()


@pytest.mark.parametrize(
    ("t", "p", "kind"),
    [
        ((8, 1), (8, 1), "Binary"),
        ((8,), (8, 1), "Binary"),
        ((8,), (8,), "Binary"),
        ((8,), (8, 3), "Sparse"),
        ((8, 1), (8, 3), "Sparse"),
        ((8, 5), (8, 5, 3), "Sparse"),
        ((8, 3), (8, 3), "Categorical"),
        ((None, 5, 3), (None, 5, 3), "Categorical"),
    ],
)
def test_accuracy_and_crossentropy_mean_what_fits_the_shapes(t, p, kind):
    kind = kind.replace("Sparse", "SparseCategorical")
    for name, ending in (("accuracy", "Accuracy"), ("acc", "Accuracy"),
                         ("crossentropy", "Crossentropy"), ("ce", "Crossentropy")):  # fmt: skip
        metric = metrics.get(name, t, p)
        assert type(metric).__name__ == kind + ending and metric.name == name


@pytest.mark.parametrize("kind", metrics.CLASSES, ids=lambda kind: kind.__name__)
def test_each_metric_is_found_by_its_names(kind):
    if kind is metrics.MeanMetricWrapper:  # it needs a function
        return
    metric = metrics.get(kind)
    if kind is metrics.Accuracy:  # its name depends on the shapes
        assert type(metric) is kind
        return
    assert type(metric) is type(metrics.get(kind.__name__)) is kind
    if kind is not metrics.LogCoshError:
        assert type(metrics.get(metric.name)) is kind
    if issubclass(kind, MeanOf):
        assert callable(kind.function)


@pytest.mark.parametrize("name", ["mse", "rmse", "mae", "mape", "msle", "bce", "kld"])
def test_short_names_in_both_cases(name):
    assert type(metrics.get(name)) is type(metrics.get(name.upper())) is metrics.SHORT[name]
    assert metrics.get(name).name == name


X = np.full((3, 2), 0.5)
MISTAKES = [
    (lambda: metrics.get("accuracy"), "'accuracy' depends on the shapes of y_true and y_pred"),
    (lambda: metrics.get("precison"), "did you mean 'Precision'"),
    (lambda: metrics.get(3), "metric: 3 given"),
    (lambda: metrics.MeanSquaredError()(X, X[:, :1]), r"mean_squared_error: y_true of sh"),
    (lambda: metrics.MeanSquaredError()(X, X, [1, 2]), r"sample_weight of shape \(2,\)"),
    (lambda: metrics.SparseCategoricalAccuracy()([0, 1, 2], X), "0 to 2 given for 2 classes"),
    (lambda: metrics.SparseCategoricalAccuracy()([0, 1], X), r"y_true of shape \(2,\) given where"),
    (lambda: metrics.SparseCategoricalAccuracy()([0, 1, np.nan], X), "y_true holds nan"),
    (lambda: metrics.TopKCategoricalAccuracy(0), "k=0 given"),
    (lambda: metrics.BinaryAccuracy("half"), "threshold='half' given"),
    (lambda: metrics.Precision(2.0), "thresholds=2.0 given"),
    (lambda: metrics.Precision([]), r"thresholds=\[\] given"),
    (lambda: metrics.Precision()([0, 1], [-3.0, 2.0]), "precision: y_pred from -3 to 2 given"),
    (lambda: metrics.Precision()([0, 2], [0.3, 0.2]), "y_true holds 2; it must be 0 or 1"),
    (lambda: metrics.AUC(1), "num_thresholds=1 given"),
    (lambda: metrics.AUC(curve="roc"), "curve='roc' given"),
    (lambda: metrics.F1Score("mean"), "average='mean' given"),
    (lambda: metrics.FBetaScore(beta=0), "beta=0 given"),
    (lambda: metrics.F1Score()([0, 1], [0.0, 1.0]), r"it must be \(batch, classes\)"),
    (lambda: metrics.R2Score("mean"), "class_aggregation='mean' given"),
    (lambda: metrics.PearsonCorrelation()(X[:, :1], X[:, :1]), "axis=0 is along the batch"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "words"), MISTAKES)
def test_mistakes_are_named_in_one_line(wrong, words):
    with pytest.raises(ValueError, match=words) as error:
        wrong()
    assert "\n" not in str(error.value)


def test_another_number_of_classes_is_refused():
    f1, r2 = metrics.F1Score(), metrics.R2Score()
    f1(np.eye(3), np.eye(3))
    r2(np.eye(3), np.eye(3))
    with pytest.raises(ValueError, match="after 3 classes"):
        f1(np.eye(2), np.eye(2))
    with pytest.raises(ValueError, match="as many outputs each time"):
        r2(np.eye(2), np.eye(2))
