"""The diagram: a box for each use of a layer, and no two on each other."""

from xml.etree import ElementTree

import numpy as np
import pytest
from test_see_draw import NASTY, overlapping

from minigrad.layers import Add, Concatenate, Dense, Dropout, Input, PReLU
from minigrad.model import Model, Sequential
from minigrad.see import diagram
from minigrad.see.diagram import MOST
from minigrad.utils import plot_model


def boxes_of(svg):
    found = [
        tuple(float(r.get(side)) for side in ("x", "y", "width", "height"))
        for r in ElementTree.fromstring(svg).findall(".//{*}rect")
        if r.get("class") == "layer panel"
    ]
    return [box[:2] for box in found], [box[2:] for box in found]


def text_of(svg):
    return [e.text for e in ElementTree.fromstring(svg).findall(".//{*}text")]


def branches():
    x = Input((4,), name="first")
    shared = Dense(4, "tanh", name="twice")
    hidden = shared(x)
    return Model(x, [Add()([shared(hidden), x]), Dense(1)(Concatenate()([x, hidden]))])


class Mine(Model):
    def __init__(self):
        super().__init__()
        self.inside = Dense(2)

    def call(self, x):
        return self.inside(x)


def test_a_straight_model_has_its_layers_below_each_other():
    model = Sequential([Input((2,)), Dense(8, "relu"), Dropout(0.5), PReLU(), Dense(1)])
    svg = diagram(model).svg
    corners, sizes = boxes_of(svg)
    assert len(corners) == 5 and overlapping(corners, sizes) == []
    assert [y for _, y in corners] == sorted({y for _, y in corners})
    words = text_of(svg)
    for line in ("(None, 2)", "Dense, relu", "weights 24", "(None, 8)", "weights 8", "weights 9"):
        assert line in words
    assert svg.count('class="way panel"') == 4


def test_branches_and_shared_layers():
    svg = diagram(branches()).svg
    corners, sizes = boxes_of(svg)
    assert len(corners) == 6 and overlapping(corners, sizes) == []
    assert svg.count('class="way panel"') == 7
    words = text_of(svg)
    assert words.count("twice") == 2 and words.count("weights shared") == 1
    assert "outputs: add, dense" in words


def test_before_the_first_call_shapes_are_not_known_and_after_it_they_are():
    model = Sequential([Dense(3)])
    assert "weights ?" in text_of(diagram(model).svg)
    model(np.zeros((5, 2)))
    words = text_of(diagram(model).svg)
    assert "(None, 2)" in words and "weights 9" in words and "?" not in words


def test_a_model_with_its_own_call_shows_its_layers_and_where_to_look():
    svg = diagram(Mine()).svg
    assert len(boxes_of(svg)[0]) == 1 and "mg.draw(model(x))" in " ".join(text_of(svg))


def test_of_many_layers_the_first_are_drawn():
    svg = diagram(Sequential([Input((2,)), *(Dense(2) for _ in range(MOST + 10))])).svg
    assert len(boxes_of(svg)[0]) == MOST and "and 11 more layers" in text_of(svg)


def test_an_empty_model_and_names_with_markup():
    assert ElementTree.fromstring(diagram(Sequential()).svg) is not None
    svg = diagram(Sequential([Input((2,)), Dense(2, name=NASTY)], name="<b>")).svg
    ElementTree.fromstring(svg)
    assert "<script" not in svg and "<b>" not in svg


def test_what_is_no_model_gets_one_line():
    with pytest.raises(TypeError, match="diagram: Dense given; it must be a Model"):
        diagram(Dense(2))


def test_plot_model_takes_what_keras_takes(tmp_path):
    model = Sequential([Input((2,)), Dense(1)])
    made = plot_model(model, tmp_path / "model.svg", show_shapes=True, show_layer_names=True)
    assert (tmp_path / "model.svg").read_text(encoding="utf-8") == made.svg == diagram(model).svg
    assert plot_model(model, None).svg == made.svg
    with pytest.raises(TypeError, match="plot_model: no argument 'dpi'"):
        plot_model(model, dpi=300)
