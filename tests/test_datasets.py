import sys

import numpy as np
import pytest

from minigrad import datasets


@pytest.mark.parametrize("name", datasets.ALL)
def test_a_split_is_stratified_disjoint_and_repeatable(name):
    data, again = (datasets.ALL[name](seed=3) for _ in range(2))
    for a, b in zip(data, again, strict=True):
        np.testing.assert_array_equal(a, b)
    rows = np.concatenate([data.x_train, data.x_test])
    assert len(np.unique(rows, axis=0)) == len(rows)
    train, test = (np.bincount(y) / len(y) for y in (data.y_train, data.y_test))
    np.testing.assert_allclose(train, test, atol=0.01)
    assert len(data.x_test) == pytest.approx(0.2 * len(rows), abs=6)


def test_digits_are_the_1797_of_uci():
    data = datasets.load_digits()
    x = np.concatenate([data.x_train, data.x_test])
    assert x.shape == (1797, 64)
    assert (x.min(), x.max()) == (0.0, 1.0)


def test_another_seed_is_another_split():
    a, b = (datasets.load_digits(seed) for seed in (0, 1))
    assert not np.array_equal(a.x_test, b.x_test)


def test_without_scikit_learn_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"pip install -e '\.\[data\]'"):
        datasets.load_digits()
