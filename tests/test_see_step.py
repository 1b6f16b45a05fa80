"""The stepper: a step back undoes a step forward, and its page needs nothing but a browser."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_see_draw import NASTY, dag
from test_see_record import contents, random_loss, same_bits

from minigrad import Tensor
from minigrad.see import step


def plain(state):
    return state.position, state.text, {n: g.tobytes() for n, g in state.gradients.items()}


def states_of(html):
    return json.loads(re.search(r'id="states">(.*?)</script>', html, re.DOTALL)[1])


@given(st.integers(0, 20), st.lists(st.booleans(), max_size=30))
def test_a_step_back_undoes_a_step_forward(seed, moves):
    walk = step(dag(6, seed))
    for forward in moves:
        before, at_end = plain(walk.state), walk.position == len(walk) - 1
        if forward:
            walk.forward()
            if not at_end:
                walk.back()
            assert plain(walk.state) == before
            walk.forward()
        else:
            walk.back()
            assert walk.position == max(before[0] - 1, 0)


def test_the_ends_are_ends():
    walk = step(dag(3, 0))
    assert walk.back().position == 0
    for _ in range(10):
        walk.forward()
    assert walk.position == walk.state.of == len(walk) - 1


def test_the_last_state_has_all_gradients():
    for seed in range(20):
        _, loss = random_loss(seed)
        loss.backward()
        walk = step(loss)
        last = walk.at(len(walk) - 1)
        for value in walk.record.graph.values:
            if value.node is not None:
                assert same_bits(np.asarray(last.gradients[value.name]), value.gradient)


def test_each_state_says_what_the_op_has_done():
    a = Tensor(1.0, requires_grad=True, name="a")
    b = a + a
    walk = step(b * 3.0, b=b)
    assert "Backward starts at L with dL/dL = 1" in walk.state.text
    assert "b (input 1): gy * slope, slope = 3; adds 3, so far 3" in walk.forward().text
    text = walk.forward().text
    assert "a (input 1)" in text and "adds 3, so far 3" in text and "adds 3, so far 6" in text


def test_stepping_changes_nothing():
    for seed in range(10):
        _, loss = random_loss(seed)
        before = contents(loss)
        walk = step(loss)
        walk.forward()
        assert walk.html and contents(loss) == before


def test_keys_walk_in_a_terminal(capsys):
    walk = step(dag(4, 0))
    keys = iter(["n", "", "p", "?", "q"])
    walk.run(ask=lambda prompt: next(keys))
    shown = re.findall(r"^\[(\d)/", capsys.readouterr().out, re.MULTILINE)
    assert shown == ["0", "1", "2", "1", "1"]


def test_the_end_of_input_ends_the_walk():
    def nobody(prompt):
        raise EOFError

    step(dag(4, 0)).run(ask=nobody)


def test_without_a_terminal_all_is_printed(run_python):
    shown = run_python(
        "from minigrad import Tensor\nfrom minigrad.see import step\n"
        "a = Tensor(1.0, requires_grad=True)\nb = a + a\nstep(b + b).run()"
    )
    assert re.findall(r"^\[(\d)/2\]", shown, re.MULTILINE) == ["0", "1", "2"]


def test_the_page_replays_to_the_gradients():
    a = Tensor(1.0, requires_grad=True, name="a")
    b = a + a
    html = step(b + b, b=b).html
    known = {}
    for state in states_of(html):
        known.update(dict(state["sets"]))
    assert known == {2: "grad 1", 1: "grad 2", 0: "grad 4"}
    assert len(re.findall("data-box=", html)) == 3


def test_the_page_is_whole_and_fetches_nothing(tmp_path):
    class Tags(HTMLParser):
        open, wrong = [], []  # noqa: RUF012

        def handle_starttag(self, tag, attributes):
            if any(name in ("src", "href", "onload") for name, _ in attributes):
                self.wrong.append(tag)
            if tag not in ("meta", "input"):
                self.open.append(tag)

        def handle_startendtag(self, tag, attributes):
            pass

        def handle_endtag(self, tag):
            if self.open.pop() != tag:
                self.wrong.append(tag)

    a = Tensor(1.0, requires_grad=True, name=NASTY)
    page = step(a * a).save(tmp_path / "steps.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(page)
    assert not tags.wrong and not tags.open
    assert page.count("<script") == 2 and page.count("http") == 1
    assert states_of(page)[0]["text"].startswith("Backward starts")


def test_a_name_cannot_take_a_place_of_the_page():
    a = Tensor(1.0, requires_grad=True, name="STATES PICTURE TITLE")
    assert step(a * a).html.count("<svg") == 1


def test_a_large_graph_has_a_page_too():
    html = step(dag(1000, 1)).html
    assert len(states_of(html)) > 700 and len(re.findall("data-box=", html)) <= 100


def test_what_cannot_be_stepped_says_so(tmp_path):
    assert "No gradient" in str(step(Tensor(1.0)).state) and step(Tensor(1.0)).html
    assert "A leaf" in str(step(Tensor(1.0, requires_grad=True)).forward())
    with pytest.raises(TypeError, match="step: str given"):
        step("loss")
    with pytest.raises(ValueError, match=r"must end in \.html"):
        step(dag(3, 0)).save(tmp_path / "steps.svg")


def test_notebooks_get_the_page_in_a_frame():
    assert step(dag(3, 0))._repr_html_().startswith('<iframe srcdoc="&lt;!doctype html&gt;')
