"""What notebooks show of tensors and models: every number, no markup of others."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from test_see_draw import NASTY

from minigrad import Tensor
from minigrad.layers import Dense, Input
from minigrad.model import Sequential


def cells(html):
    return re.findall(r"<td[^>]*>([^<]*)</td>", html)


def strengths(html):
    return [float(a) for a in re.findall(r"rgba\([\d,]*,([\d.]+)\)", html)]


def test_a_tensor_is_a_table_of_its_numbers():
    t = Tensor([[1.0, -2.0], [0.5, 0.0]], requires_grad=True, name="t")
    html = t._repr_html_()
    assert cells(html) == ["1", "-2", "0.5", "0"]
    assert "t = Tensor (2, 2) float32, requires_grad</div>" in html and ">grad</div>" not in html
    assert strengths(html) == [0.2, 0.4, 0.1, 0.0]
    assert html.count("29,78,216") == 2 and html.count("234,88,12") == 2  # 0 has no colour


def test_the_gradient_is_beside_it():
    t = Tensor([1.0, 2.0], requires_grad=True)
    (t * t).sum().backward()
    assert cells(t._repr_html_()) == ["1", "2", "2", "4"] and ">grad</div>" in t._repr_html_()
    assert "op=mul" in (t * t)._repr_html_()


def test_large_tensors_are_shortened():
    html = Tensor(np.arange(400.0).reshape(20, 20))._repr_html_()
    assert len(cells(html)) == 144 and cells(html)[:9] == [*map(str, range(8)), "…"]
    assert cells(html)[-1] == "399"


@pytest.mark.parametrize("data", [1.5, np.zeros((2, 2, 2)), np.zeros((0, 3)), np.zeros(0)])
def test_what_is_no_table_is_text(data):
    t = Tensor(data)
    assert t._repr_html_() == f"<pre>{t!r}</pre>"


def test_nan_and_infinity_have_no_colour_and_hide_no_other():
    html = Tensor([np.nan, np.inf, -1.0, 0.0])._repr_html_()
    assert cells(html) == ["nan", "inf", "-1", "0"] and strengths(html) == [0, 0, 0.4, 0]


def test_names_are_escaped():
    assert "<script" not in Tensor([1.0], requires_grad=True, name=NASTY)._repr_html_()
    html = Sequential([Input((2,)), Dense(1, name=NASTY)])._repr_html_()
    assert "<script" not in html


def test_a_model_is_its_diagram_and_its_summary():
    model = Sequential([Input((2,)), Dense(3, "relu"), Dense(1)])
    html = model._repr_html_()
    root = ElementTree.fromstring(html.replace("<br>", "<br/>"))
    assert root.find(".//{http://www.w3.org/2000/svg}svg") is not None
    rows = [[cell.text for cell in row] for row in root.iter("tr")]
    assert rows == [
        ["layer (type)", "output shape", "Param #"],
        ["dense (Dense)", "(None, 3)", "9"],
        ["dense_1 (Dense)", "(None, 1)", "4"],
    ]
    assert "total: 13 (52 bytes)" in html
