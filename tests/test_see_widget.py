"""The stepper's widget: it and the Stepper move together; without anywidget there is the page."""

import importlib.util
import json
import re

import pytest
from test_see_draw import dag

from minigrad.see import step, widget
from minigrad.see import step as step_function
from minigrad.see.page import RULES, SCRIPT

STEP = importlib.import_module("minigrad.see.step")


class Pretend:
    """A widget as anywidget's are: traits that can be observed, and something to show."""

    def __init__(self, picture, states, position):
        self.picture, self.states, self.position = picture, states, position

    def observe(self, function, names):
        assert names == "position"
        self.moved = function

    def _repr_mimebundle_(self, **options):
        return {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}, {}


@pytest.fixture
def pretended(monkeypatch):
    monkeypatch.setattr(STEP, "available", lambda: True)
    monkeypatch.setattr(STEP, "widget", Pretend)


def test_a_notebook_gets_the_widget_and_others_the_page(pretended):
    walk = step(dag(4, 0))
    bundle = walk._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"] == {"model_id": "1"}
    assert bundle["text/html"].startswith("<iframe") and bundle["text/plain"] == repr(walk)
    assert walk.widget is walk.widget  # shown twice, it is one


def test_the_widget_has_the_picture_and_the_steps_of_the_page(pretended):
    walk = step(dag(4, 0))
    states = re.search(r'id="states">(.*?)</script>', walk.html, re.DOTALL)[1]
    assert json.loads(states) == json.loads(json.dumps(walk.widget.states))
    assert walk.widget.picture in walk.html


def test_python_moves_the_widget_and_the_widget_moves_python(pretended):
    walk = step(dag(4, 0))
    walk.forward()
    assert walk.widget.position == 1
    walk.forward()
    assert walk.widget.position == 2
    walk.widget.moved({"new": 3})
    assert walk.position == 3 and walk.back().position == walk.widget.position == 2
    walk.position = 99
    assert walk.position == walk.widget.position == len(walk) - 1


def test_without_anywidget_there_is_the_page(monkeypatch):
    monkeypatch.setattr(STEP, "available", lambda: False)
    bundle = step(dag(4, 0))._repr_mimebundle_()
    assert list(bundle) == ["text/html", "text/plain"]


def test_a_widget_of_anywidget():
    pytest.importorskip("anywidget", reason="anywidget makes the widget: pip install anywidget")
    walk = step_function(dag(4, 0))
    made = walk.widget
    assert set(made.get_state(["position", "states", "picture"])) >= {"position", "states"}
    assert "application/vnd.jupyter.widget-view+json" in walk._repr_mimebundle_()
    walk.forward()
    assert made.position == 1
    made.position = 2
    assert walk.position == 2
    assert isinstance(made, widget.widget_class())


def test_the_script_asks_for_nothing():
    assert not re.search(r"fetch\(|XMLHttp|import |https?:|url\(|@import", SCRIPT + RULES)
