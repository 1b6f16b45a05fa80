"""Layers that move, merge and look up: against NumPy, with gradients, and described by symbols."""

import functools

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import Tensor, gradcheck, layers, ops
from minigrad.layers import (
    Add,
    Average,
    Concatenate,
    Dot,
    Embedding,
    Flatten,
    Identity,
    Input,
    Lambda,
    Maximum,
    Minimum,
    Multiply,
    Permute,
    RepeatVector,
    Reshape,
    Subtract,
)

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(2, 3, 4, 5)).astype(np.float32)
MOVED = [
    (Flatten(), IMAGES.reshape(2, 60)),
    (Reshape((4, 15)), IMAGES.reshape(2, 4, 15)),
    (Reshape([-1, 10]), IMAGES.reshape(2, 6, 10)),
    (Reshape(60), IMAGES.reshape(2, 60)),
    (Permute((3, 1, 2)), IMAGES.transpose(0, 3, 1, 2)),
    (Identity(), IMAGES),
]


@pytest.mark.parametrize(("layer", "expected"), MOVED, ids=lambda v: getattr(v, "name", ""))
def test_numbers_are_moved_and_their_gradients_moved_back(layer, expected):
    x = Tensor(IMAGES, requires_grad=True)
    y = layer(x)
    np.testing.assert_array_equal(y.data, expected)
    y.backward(2 * expected)
    np.testing.assert_array_equal(x.grad, 2 * IMAGES)


def test_an_empty_batch_keeps_its_shape():
    empty = np.ones((0, 2, 6))
    assert Flatten()(empty).shape == (0, 12)
    assert Reshape((3, -1))(empty).shape == (0, 3, 4)
    assert Permute((2, 1))(empty).shape == (0, 6, 2)
    assert RepeatVector(3)(np.ones((0, 4))).shape == (0, 3, 4)


def test_lengths_that_are_not_known_stay_so():
    assert Flatten()(Input((None, 3))).shape == (None, None)
    assert Flatten()(Input((2, 3), batch_size=4)).shape == (4, 6)
    assert Flatten()(np.ones(4)).shape == (4, 1)
    assert Reshape((3, -1))(Input((None, 3))).shape == (None, 3, None)
    assert Reshape((3, 2))(Input((None, 3))).shape == (None, 3, 2)
    assert Permute((2, 1))(Input((None, 3))).shape == (None, 3, None)
    assert RepeatVector(2)(Input((3,))).shape == (None, 2, 3)
    assert Embedding(4, 2)(Input((None,))).shape == (None, None, 2)
    assert Lambda(lambda x: x.sum(axis=-1))(Input((None, 3))).shape == (None, None)
    assert Concatenate(1)([Input((None, 3)), Input((2, 3))]).shape == (None, None, 3)
    assert Concatenate()([Input((4, 3)), Input((4, 2))]).shape == (None, 4, 5)
    assert Add()([Input((None, 3)), Input((4, 1))]).shape == (None, 4, 3)
    assert Add()([Input((None, 3)), Input((1, 3))]).shape == (None, None, 3)
    assert Dot((2, 1))([Input((4, 3)), Input((3, 5))]).shape == (None, 4, 5)


def test_repeat_vector():
    x = Tensor([[1.0, -2.0], [3.0, np.inf]], requires_grad=True)
    y = RepeatVector(3)(x)
    np.testing.assert_array_equal(y.data, np.repeat(x.data[:, None], 3, axis=1))
    y.backward(np.arange(12.0).reshape(2, 3, 2))
    np.testing.assert_array_equal(x.grad, [[6.0, 9.0], [24.0, 27.0]])


FOLDS = {
    Add: np.add,
    Multiply: np.multiply,
    Maximum: np.maximum,
    Minimum: np.minimum,
}


@pytest.mark.parametrize("kind", FOLDS)
@pytest.mark.parametrize("shapes", [[(2, 3)] * 3, [(2, 3), (2, 1)], [(2, 4, 1), (2, 1, 3), (2, 3)]])
def test_merging_folds_the_inputs(kind, shapes):
    inputs = [np.random.default_rng(k).normal(size=s) for k, s in enumerate(shapes)]
    most = max(len(s) for s in shapes)
    padded = [x.reshape(x.shape[0], *[1] * (most - x.ndim), *x.shape[1:]) for x in inputs]
    expected = functools.reduce(FOLDS[kind], padded)
    layer = kind(dtype="float64")
    np.testing.assert_allclose(layer(inputs).data, expected, rtol=1e-14)
    assert layer.compute_output_shape(shapes) == expected.shape
    symbols = [Input(s[1:]) for s in shapes]
    assert layer(symbols).shape == (None, *expected.shape[1:])
    gradcheck(lambda *inputs: layer(list(inputs)), *inputs)


def test_average_and_subtract():
    a, b, c = (np.random.default_rng(k).normal(size=(2, 3)) for k in range(3))
    average, subtract = Average(dtype="float64"), Subtract(dtype="float64")
    np.testing.assert_allclose(average([a, b, c]).data, (a + b + c) / 3, rtol=1e-14)
    np.testing.assert_allclose(subtract([a, b]).data, a - b, rtol=1e-14)
    gradcheck(lambda a, b, c: average([a, b, c]), a, b, c)
    gradcheck(lambda a, b: subtract([a, b]), a, b)
    np.testing.assert_array_equal(Add()([[[1, 2]], [[3, 4]]]).data, [[4, 6]])
    np.testing.assert_array_equal(Add()([a]).data, a.astype(np.float32))


@given(
    shape=arrays.array_shapes(min_dims=2, max_dims=4, max_side=3),
    ones=st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=2, max_size=3),
    unknown=st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_described_shapes_are_those_that_are_computed(shape, ones, unknown):
    shapes = [
        (shape[0], *(1 if one else n for n, one in zip(shape[1:], flags, strict=False)))
        for flags in ones
    ]
    y = Add()([np.zeros(s) for s in shapes])
    open_ended = [
        (None, *(None if hide else n for n, hide in zip(s[1:], unknown, strict=False)))
        for s in shapes
    ]
    described = Add().compute_output_shape(open_ended)
    assert len(described) == y.ndim
    assert all(a is None or a == b for a, b in zip(described, y.shape, strict=True))


@pytest.mark.parametrize("axis", [-1, 1, 0, 2])
def test_concatenate(axis):
    shapes = [[2, 3, 4], [2, 3, 4]]
    shapes[1][axis] = 5
    inputs = [np.random.default_rng(k).normal(size=s) for k, s in enumerate(shapes)]
    layer = Concatenate(axis, dtype="float64")
    np.testing.assert_array_equal(layer(inputs).data, np.concatenate(inputs, axis))
    gradcheck(lambda a, b: layer([a, b]), *inputs)


@pytest.mark.parametrize(
    ("a", "b", "axes", "formula"),
    [
        ((2, 3), (2, 3), 1, "bi,bi->b"),
        ((2, 3), (2, 3), -1, "bi,bi->b"),
        ((2, 3, 4), (2, 4), (2, 1), "bij,bj->bi"),
        ((2, 3, 4), (2, 4, 5), (2, 1), "bij,bjk->bik"),
        ((2, 3, 4), (2, 3, 5), 1, "bij,bik->bjk"),
        ((2, 3, 4), (2, 5, 4), [-1, -1], "bij,bkj->bik"),
        ((2, 3, 4, 5), (2, 6, 4), (2, 2), "bijk,blj->bikl"),
    ],
)
def test_dot_is_a_product_for_each_example(a, b, axes, formula):
    inputs = [np.random.default_rng(k).normal(size=s) for k, s in enumerate((a, b))]
    expected = np.einsum(formula, *inputs)
    expected = expected[:, None] if expected.ndim == 1 else expected
    layer = Dot(axes, dtype="float64")
    np.testing.assert_allclose(layer(inputs).data, expected, rtol=1e-12)
    assert layer([Input(a[1:]), Input(b[1:])]).shape == (None, *expected.shape[1:])
    gradcheck(lambda a, b: layer([a, b]), *inputs)


def test_dot_of_normalised_inputs_is_a_cosine():
    a, b = (np.random.default_rng(k).normal(size=(5, 3)) for k in range(2))
    cosine = np.sum(a * b, 1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    found = Dot(1, normalize=True, dtype="float64")([a, b])
    np.testing.assert_allclose(found.data, cosine[:, None], rtol=1e-12)


def test_embedding_looks_up_and_a_word_that_comes_twice_learns_twice():
    layer = Embedding(4, 2, embeddings_regularizer="l2", seed=0)
    words = [[3, 0], [3, 3]]
    y = layer(words)
    np.testing.assert_array_equal(y.data, layer.embeddings.data[np.array(words)])
    y.sum().backward()
    np.testing.assert_array_equal(layer.embeddings.grad, [[1, 1], [0, 0], [0, 0], [3, 3]])
    assert layer.weights[0].name == "embedding.embeddings"
    assert np.abs(layer.embeddings.data).max() <= 0.05 and len(layer.losses) == 1
    assert layer([[1, 2, 3]]).shape == (1, 3, 2)
    assert layer(2).shape == (2,)
    assert layer(np.zeros((0, 3))).shape == (0, 3, 2)


def test_lambda_takes_one_input_or_several():
    np.testing.assert_array_equal(Lambda(ops.square)([[3.0]]).data, [[9.0]])
    both = Lambda(lambda inputs: inputs[0] * inputs[1])
    a, b = Tensor([[2.0]]), Tensor([[5.0]])
    np.testing.assert_array_equal(both([a, b]).data, [[10.0]])
    assert both([Input((3,)), Input((3,))]).shape == (None, 3)
    assert layers.get(layers.serialize(Lambda(ops.square))).function is ops.square
