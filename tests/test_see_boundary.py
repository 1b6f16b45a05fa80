"""The boundary: each pixel has the colour of the class that the model gives to its place."""

import base64
import io
import re
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from minigrad import Tensor
from minigrad.layers import Dense
from minigrad.losses import BinaryCrossentropy, SparseCategoricalCrossentropy
from minigrad.model import Sequential
from minigrad.see import boundary
from minigrad.see.boundary import PIXELS, SHAPES, probabilities
from minigrad.see.chart import LIGHT_CURVES

X = np.array([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]])


def plane_of(svg):
    """The image, read by a program of others."""
    image = pytest.importorskip("PIL.Image", reason="Pillow reads the image: pip install pillow")
    text = re.search(r'href="data:image/png;base64,([^"]*)"', svg)[1]
    return np.asarray(image.open(io.BytesIO(base64.b64decode(text))))


def marks(svg, kind):
    return [e for e in ElementTree.fromstring(svg).iter() if (e.get("class") or "") == kind]


def quadrants(x):
    """Four classes, sure of each."""
    return np.eye(4)[(x[:, 0] > 0) + 2 * (x[:, 1] > 0)]


def test_each_quarter_of_the_plane_has_the_colour_of_its_class():
    found = plane_of(boundary(quadrants, X, [0, 1, 2, 3]).svg)
    assert found.shape == (PIXELS[1], PIXELS[0], 4)
    down, across = PIXELS[1] // 4, PIXELS[0] // 4
    places = [(3 * down, across), (3 * down, 3 * across), (down, across), (down, 3 * across)]
    for k, (y, x) in enumerate(places):  # the first row of an image is the highest y
        assert "#" + bytes(found[y, x, :3].tolist()).hex() == LIGHT_CURVES[k]


def test_where_the_model_is_sure_the_colour_is_strong():
    def slope(x):
        right = 1 / (1 + np.exp(-3 * x[:, :1]))
        return np.hstack([1 - right, right])

    alpha = plane_of(boundary(slope, X).svg)[0, :, 3].astype(int)
    middle = PIXELS[0] // 2
    assert alpha.argmin() in (middle - 1, middle) and alpha[0] > 2 * alpha[middle]


def test_points_have_the_shape_of_their_class_and_wrong_ones_a_ring():
    svg = boundary(quadrants, X, [0, 1, 2, 2]).svg
    assert len(marks(svg, "ring")) == 1
    shapes = [e.get("d") for e in marks(svg, "mark c2")]
    assert shapes == [SHAPES[2]] * 3  # two points and the legend
    assert "3 of 4 examples right; wrong ones are ringed" in svg


@pytest.mark.parametrize(
    ("outputs", "labels", "expected"),
    [
        ([[0.2], [0.9]], [0, 1], [0.2, 0.9]),
        ([0.2, 0.9], [0, 1], [0.2, 0.9]),
        ([[-2.0], [2.0]], [0, 1], [1 / (1 + np.e**2), 1 / (1 + np.e**-2)]),  # logits
        ([[-1.0], [0.5]], [-1, 1], [0.0, 0.75]),  # signs, as of tanh and hinge
        ([[False], [True]], [0, 1], [0.0, 1.0]),
        ([[0.0, 3.0], [0.0, 0.0]], [1, 0], [1 / (1 + np.e**-3), 0.5]),  # logits
        ([[0.3, 0.7], [1.0, 0.0]], [1, 0], [0.7, 0.0]),
    ],
)
def test_outputs_become_probabilities(outputs, labels, expected):
    given = lambda x: Tensor(np.asarray(outputs, float))  # noqa: E731
    found = probabilities(given, X[:2], signs=labels == [-1, 1])[:, 1]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_the_loss_says_whether_outputs_are_logits():
    for loss, units in ((BinaryCrossentropy, 1), (SparseCategoricalCrossentropy, 2)):
        model = Sequential([Dense(units, kernel_initializer="ones")])
        model.compile("sgd", loss(from_logits=True))
        x = np.array([[0.1, 0.1]])  # an output of 0.2, which could be a probability
        found = probabilities(model, x, signs=False)[0, 1]
        np.testing.assert_allclose(found, 1 / (1 + np.exp(-0.2)) if units == 1 else 0.5, rtol=1e-6)


def test_weights_and_outputs_stay_as_they_were(monkeypatch):
    monkeypatch.setattr(sys.modules["minigrad.see.boundary"], "PIXELS", (12, 10))
    model = Sequential([Dense(2, seed=0)])
    before = model.predict(X)
    weights = model.get_weights()
    boundary(model, X, np.eye(2)[[0, 1, 0, 1]])
    np.testing.assert_array_equal(model.predict(X), before)
    for a, b in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_nothing_is_fetched():
    html = boundary(quadrants, X, [0, 1, 2, 3]).html
    assert re.findall(r'(?:href|src)="(?!data:)', html) == [] and "url(" not in html


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((quadrants, np.zeros((3, 4))), r"boundary: x of shape \(3, 4\) given; it must be"),
        ((quadrants, np.zeros((0, 2))), r"boundary: x of shape \(0, 2\) given"),
        ((quadrants, [[np.nan, 0.0]]), "boundary: x holds nan or infinity"),
        ((quadrants, X, [0, 1]), "boundary: y of 2 examples given for 4 of x"),
        ((quadrants, X, [0.5, 1, 2, 3]), "boundary: y=.* given; classes are whole numbers"),
        ((quadrants, X, [-2, 1, 2, 3]), "boundary: class -2 given"),
        (
            (quadrants, X, [4, 1, 2, 3]),
            "boundary: y has the classes 0, 1, 2, 3, 4, and the model 4",
        ),
        ((lambda x: "no", X), "boundary: the model gives 'no'; it must give"),
    ],
)
def test_what_has_no_boundary_gets_one_line(arguments, message):
    with pytest.raises(ValueError, match=message) as raised:
        boundary(*arguments)
    assert "\n" not in str(raised.value)


def test_points_on_a_line_and_a_single_point_have_room_around_them():
    for x in ([[1.0, 1.0]], [[1.0, 0.0], [1.0, 2.0]]):
        ElementTree.fromstring(boundary(quadrants, x).svg)


@pytest.mark.parametrize("model, x", [(None, [[0.0, 1.0]]), (lambda x: x, "x"), (lambda x: x, {})])
def test_what_is_no_model_or_no_numbers_is_named(model, x):
    with pytest.raises(TypeError, match=r"boundary: (model|x)=.* given"):
        boundary(model, x)
