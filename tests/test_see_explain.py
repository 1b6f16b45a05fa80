"""Explanations: paths, shares and sums that are those of the chain rule."""

import re

import numpy as np
import pytest
from test_see_draw import NASTY, dag
from test_see_record import contents, random_loss

from minigrad import Tensor, activations
from minigrad.see import explain


def number_of_paths(root, leaf):
    """By walking all of them."""
    if root is leaf:
        return 1
    return sum(number_of_paths(parent, leaf) for parent in root.parents if parent is not None)


def test_a_sum_of_sums_is_explained():
    a = Tensor(1.0, requires_grad=True, name="a")
    b = a + a
    c = b + b
    c.backward()
    assert str(explain(c, b=b, c=c)) == "\n".join([
        "c = add(b, b) = 4: backward starts here, dc/dc = 1",
        "b = add(a, a) = 2: used 2 times, 2 paths lead to c",
        "    input 1 of c = add(b, b): dc/dc * dc/db = 1 * 1 = 1",
        "    input 2 of c = add(b, b): dc/dc * dc/db = 1 * 1 = 1",
        "    dc/db = 1 + 1 = 2",
        "a = 1: used 2 times, 4 paths lead to c",
        "    input 1 of b = add(a, a): dc/db * db/da = 2 * 1 = 2",
        "    input 2 of b = add(a, a): dc/db * db/da = 2 * 1 = 2",
        "    dc/da = 2 + 2 = 4",
    ])  # fmt: skip


def test_a_square_is_explained():
    a = Tensor(-3.0, requires_grad=True, name="a")
    y = a * a
    text = str(explain(y, y=y))
    assert "input 1 of y = mul(a, a): dy/dy * dy/da = 1 * -3 = -3" in text
    assert "dy/da = (-3) + (-3) = -6" in text
    assert "Backward has not been called" in text and a.grad is None


def test_paths_are_counted_as_if_each_were_walked():
    for seed in range(30):
        root = dag(8, seed)
        found = explain(root)
        for k, paths in found.paths.items():
            assert paths == number_of_paths(root.node, found.values[k].node)


def test_more_paths_than_can_be_walked_are_counted():
    y = x = Tensor(1.0, requires_grad=True)
    for _ in range(3000):
        y = y * 0.5 + y * 0.5
    text = str(explain(y))
    assert "about 1.230e+903 paths lead to L" in text and "other values are left out" in text
    assert len(text.splitlines()) < 20 and x.grad is None


def test_many_uses_are_summed_up():
    x = Tensor(1.0, requires_grad=True, name="x")
    y = sum([x * float(k) for k in range(20)], Tensor(0.0))
    text = str(explain(y))
    assert "and in 14 more uses" in text and "dL/dx = 190" in text


def test_arrays_are_explained_by_the_rule_of_their_op():
    x = Tensor(np.ones((2, 3)), requires_grad=True, name="x")
    w = Tensor(np.ones((3, 2)), requires_grad=True, name="w")
    y = activations.relu(x @ w).sum()
    y.backward()
    text = str(explain(y))
    assert "A^T G" in text and "drelu_dx(x)" in text and "norm 4.89898" in text


def test_the_chain_rule_in_latex_has_its_numbers():
    a = Tensor(1.0, requires_grad=True, name="a")
    b = a + a
    latex = explain(b * 3.0, b=b).latex
    assert r"\frac{\partial L}{\partial b} &= \frac{\partial L}{\partial L}\," in latex
    assert r"= 3 \cdot 1 + 3 \cdot 1 = 6" in latex
    assert latex.count("{") == latex.count("}")


def test_explaining_changes_nothing():
    for seed in range(10):
        _, loss = random_loss(seed)
        before = contents(loss)
        assert str(explain(loss)) and explain(loss)._repr_html_() is not None
        assert contents(loss) == before


def test_names_are_escaped_in_html_and_latex():
    a = Tensor(1.0, requires_grad=True, name=NASTY)
    html = explain(a * a)._repr_html_()
    assert "<script" not in html and "<b>&" not in html
    under = Tensor(1.0, requires_grad=True, name="w_1 {5%}")
    assert r"\mathit{w\_1 \{5\%\}}" in explain(under * 2).latex


def test_html_lists_what_the_text_says():
    a = Tensor(1.0, requires_grad=True, name="a")
    found = explain(a * a)
    html = found._repr_html_()
    for line in found.text.splitlines():
        assert line.strip() in html
    assert not re.search(r"src=|href=", html)


def test_what_cannot_be_explained_says_so():
    assert "No gradient" in str(explain(Tensor(1.0)))
    assert "A leaf" in str(explain(Tensor(1.0, requires_grad=True)))
    with pytest.raises(TypeError, match="explain: NoneType given"):
        explain(None)


def test_where_shares_are_lost_the_gradient_is_told_as_backward_left_it():
    w = Tensor(np.ones((60, 60)), requires_grad=True, name="w")
    y = activations.relu(w * 2.0).sum()
    y.backward()
    text = str(explain(y))
    assert "gives not kept" in text and "dL/dw = norm 120, as backward left it" in text


def test_a_named_value_of_a_large_graph_is_told():
    y = x = Tensor(1.0, requires_grad=True)
    values = []
    for _ in range(50):
        y = y + x
        values.append(y)
    assert "tenth = add(" in str(explain(y, tenth=values[10]))
