"""Drawings: nothing touches, nothing is lost, all text is safe, and the graph stays as it was."""

import re
import sys
import types
from xml.etree import ElementTree

import numpy as np
import pytest
from test_see_record import contents, random_loss

from minigrad import Tensor, activations, no_grad, trace
from minigrad.see import draw
from minigrad.see.graph import look
from minigrad.see.groups import READABLE, grouped
from minigrad.see.layout import arrange, columns_of, crossings

NASTY = "<b>&\"'\\]]>\x00\x07\ud800\n\t--><script>alert(1)</script>名前" + "x" * 100


def dag(ops, seed, reach=30):
    rng = np.random.default_rng(seed)
    values = [Tensor(float(v), requires_grad=True) for v in rng.normal(size=3)]
    for _ in range(ops):
        i, j = rng.integers(max(0, len(values) - reach), len(values), 2)
        values.append(values[i] + values[j] if rng.integers(2) else values[i] * values[j])
    return values[-1]


def overlapping(corners, sizes):
    """Pairs of boxes that touch."""
    boxes = [(x, y, x + w, y + h) for (x, y), (w, h) in zip(corners, sizes, strict=True)]
    return [
        (a, b)
        for k, a in enumerate(boxes)
        for b in boxes[:k]
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]


def random_layout(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 60))
    sizes = [(float(w), float(h)) for w, h in rng.uniform(10, 200, (count, 2))]
    edges = [(int(rng.integers(0, k)), k) for k in range(1, count) for _ in range(rng.integers(3))]
    return sizes, edges, arrange(sizes, edges)


def test_boxes_never_overlap():
    for seed in range(100):
        sizes, _, layout = random_layout(seed)
        assert not overlapping(layout.corners, sizes), seed


def test_boxes_that_overlap_are_found():
    assert overlapping([(0.0, 0.0), (5.0, 5.0)], [(10.0, 10.0)] * 2)
    assert not overlapping([(0.0, 0.0), (11.0, 5.0)], [(10.0, 10.0)] * 2)


def test_boxes_are_inside_the_picture():
    for seed in range(30):
        sizes, _, layout = random_layout(seed)
        for (x, y), (w, h) in zip(layout.corners, sizes, strict=True):
            assert x >= 0 and y >= 0 and x + w <= layout.width and y + h <= layout.height


def test_lines_lead_from_left_to_right_around_boxes():
    for seed in range(60):
        sizes, edges, layout = random_layout(seed)
        boxes = [
            (x, y, x + w, y + h)
            for (x, y), (w, h) in zip(layout.corners, sizes, strict=True)
        ]  # fmt: skip
        for (source, target), line in zip(edges, layout.lines, strict=True):
            assert line[0][0] == pytest.approx(boxes[source][2])
            assert line[-1][0] == pytest.approx(boxes[target][0])
            assert all(a[0] <= b[0] for a, b in zip(line, line[1:], strict=False))
            # straight pieces lie within columns, curves in the aisles between, where no box is
            for (x0, y), (x1, _) in zip(line[::2], line[1::2], strict=True):
                for k, (left, top, right, bottom) in enumerate(boxes):
                    inside = x0 < right - 1e-9 and left + 1e-9 < x1 and top < y < bottom
                    assert k in (source, target) or not inside


def test_each_box_is_right_of_what_it_depends_on():
    for seed in range(30):
        sizes, edges, _ = random_layout(seed)
        column = columns_of(len(sizes), edges)
        assert all(column[a] < column[b] for a, b in edges)


def test_crossings_are_counted():
    assert crossings([[0, 1], [2, 3]], [[3], [2], [], []]) == 1
    assert crossings([[0, 1], [2, 3]], [[2], [3], [], []]) == 0


def test_drawings_of_random_programs_are_well_formed_and_do_not_overlap():
    for seed in range(60):
        _, loss = random_loss(seed)
        if seed % 2:
            loss.backward()
        drawing = draw(loss)
        root = ElementTree.fromstring(drawing.svg)
        assert root.find("{*}title") is not None and root.find("{*}desc").text
        sizes = [box.size for box in drawing.picture.boxes]
        assert not overlapping(drawing.picture.layout().corners, sizes)
        assert sum(len(box.members) for box in drawing.picture.boxes) == len(
            look(loss, "draw", {}).values
        )


def test_drawing_changes_nothing():
    for seed in range(20):
        _, loss = random_loss(seed)
        for _ in range(2):
            before = contents(loss)
            drawing = draw(loss)
            assert drawing.dot and drawing.mermaid and drawing.html
            assert contents(loss) == before
            if not loss.node.spent:
                loss.backward()


def test_a_drawing_shows_names_values_and_gradients():
    a = Tensor(1.0, requires_grad=True, name="a")
    b = a + a
    c = b + b
    c.backward()
    drawing = draw(c, b=b, c=c)
    assert [box.lines for box in drawing.picture.boxes] == [
        ["a = 1", "grad 4"], ["b = 2", "grad 2"], ["c = 4", "grad 1"],
    ]  # fmt: skip
    assert drawing.picture.edges == [(0, 1), (0, 1), (1, 2), (1, 2)]
    a.grad = None
    assert "grad 4" in drawing.svg  # a drawing stays as it was taken


def test_without_backward_there_are_no_gradients_and_it_says_so():
    a = Tensor(1.0, requires_grad=True)
    drawing = draw(a * a)
    assert "grad " not in drawing.svg
    assert drawing.picture.notes == [
        "Backward has not been called: there are no gradients yet."
    ]  # fmt: skip
    assert "Backward has not been called" in drawing.svg and "Backward" in repr(drawing)


def test_constants_and_inputs_are_drawn():
    x, w = Tensor([[1.0, 2.0]]), Tensor([[3.0], [4.0]], requires_grad=True)
    drawing = draw(x @ w * 0.5, x=x)
    assert [b.lines for b in drawing.picture.boxes if b.kind == "constant"] == [
        ["x = [[1, 2]]"], ["0.5"],
    ]  # fmt: skip


def test_large_arrays_show_shapes_and_trace_keeps_their_gradients():
    def boxes():
        h = activations.relu(Tensor(np.ones((60, 60)), requires_grad=True, name="x"))
        h.sum().backward()
        return draw(h)

    freed = boxes()
    assert freed.picture.boxes[1].lines == ["y (60, 60)", "grad not kept"]
    assert any("mg.trace()" in note for note in freed.picture.notes)
    with trace():
        assert boxes().picture.boxes[1].lines == ["y (60, 60)", "grad norm 60"]


def test_text_is_escaped_everywhere():
    a = Tensor(1.0, requires_grad=True, name=NASTY)
    drawing = draw(a * a)
    texts = "".join(ElementTree.fromstring(drawing.svg).itertext())
    assert (
        "<b>&\"'" in texts
        and "<script" not in drawing.svg
        and "名前" in draw(Tensor(1.0, requires_grad=True, name="名前")).svg
    )
    assert "<script" not in drawing.html and "<script" not in drawing.mermaid
    labels = [line for line in drawing.dot.splitlines() if line.startswith("v0 [")]
    assert len(labels) == 1 and re.fullmatch(r'v0 \[label="(?:[^"\\]|\\.)*"\]', labels[0])


def test_nothing_is_fetched():
    found = re.findall(r"(?:href|src|url|@import)\W*[\w:/.]+", draw(dag(20, 0)).html)
    assert not found
    assert draw(dag(5, 0)).svg.count("http") == 1  # the name space


def test_dark_and_light_have_the_same_rules():
    light, dark = draw(dag(5, 0)).svg.split("@media (prefers-color-scheme:dark)")
    rules = re.findall(r"\.mg [^{]*", light)
    assert rules and rules == re.findall(r"\.mg [^{]*", dark)


@pytest.mark.parametrize("ops", [5, 97, 150, 1000, 5000])
def test_large_graphs_are_drawn_as_few_boxes(ops):
    loss = dag(ops, seed=ops)
    drawing = draw(loss)
    boxes = drawing.picture.boxes
    assert len(boxes) <= READABLE
    assert all(a < b for a, b in drawing.picture.edges)  # no circles
    assert not overlapping(drawing.picture.layout().corners, [box.size for box in boxes])
    assert ElementTree.fromstring(drawing.svg).tag.endswith("svg")


def test_layers_that_repeat_are_one_box_and_the_last_one_is_open():
    h = Tensor(np.ones((2, 2)), requires_grad=True)
    for k in range(40):
        h = activations.relu(h @ Tensor(np.eye(2), requires_grad=True, name=f"W{k}"))
    groups = [box for box in draw(h.sum()).picture.boxes if box.kind == "group"]
    assert groups[0].name == "39 × (matmul, relu)" and len(groups) == 1


def test_many_leaves_that_all_share_are_one_box():
    leaves = [Tensor(1.0, requires_grad=True) for _ in range(300)]
    total = leaves[0]
    for _ in range(3):
        for leaf in leaves:
            total = total * leaf + leaf
    graph = look(total, "draw", {})
    groups = grouped(graph)
    assert len(groups) <= READABLE
    assert sorted(k for group in groups for k in group) == list(range(len(graph.values)))


def test_a_graph_of_many_ops_is_drawn_in_part():
    y = x = Tensor(1.0, requires_grad=True)
    for _ in range(21_000):
        y = y + x
    assert "only its newest 20,000 ops" in " ".join(draw(y).picture.notes)


def test_tensors_without_a_graph_are_drawn_as_one_box():
    with no_grad():
        y = Tensor([1.0, 2.0], requires_grad=True) * 2
    drawing = draw(y)
    assert drawing.picture.boxes[0].lines == ["x = [2, 4]"]
    assert drawing.picture.notes == ["No graph: nothing here requires a gradient."]
    assert len(draw(Tensor(1.0, requires_grad=True)).picture.boxes) == 1


def test_what_is_no_tensor_gets_one_line():
    with pytest.raises(TypeError, match="draw: list given; it needs a minigrad Tensor"):
        draw([1.0])


@pytest.mark.parametrize("kind", ["svg", "html", "dot", "mmd"])
def test_a_drawing_is_saved_by_the_end_of_its_name(tmp_path, kind):
    file = draw(dag(5, 0)).save(tmp_path / f"graph.{kind}")
    start = {"svg": "<svg", "html": "<!doctype", "dot": "digraph", "mmd": "flowchart"}[kind]
    assert file.read_text(encoding="utf-8").startswith(start)


def test_another_end_gets_one_line(tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.svg, \.png, \.html, \.dot, \.mmd"):
        draw(dag(5, 0)).save(tmp_path / "graph.pdf")


def test_a_png_without_its_library_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(ImportError, match="pip install resvg-py"):
        draw(dag(5, 0)).save(tmp_path / "graph.png")


def test_a_png_is_made_from_light_colours(tmp_path, monkeypatch):
    fake = types.ModuleType("resvg_py")
    fake.svg_to_bytes = lambda svg_string, zoom: svg_string.encode()
    monkeypatch.setitem(sys.modules, "resvg_py", fake)
    image = draw(dag(5, 0)).save(tmp_path / "graph.png").read_text(encoding="utf-8")
    assert image.startswith("<svg") and "@media" not in image


def test_a_png_is_a_png(tmp_path):
    pytest.importorskip("resvg_py")
    assert draw(dag(5, 0)).save(tmp_path / "graph.png").read_bytes()[:4] == b"\x89PNG"


def test_notebooks_get_svg_and_text():
    drawing = draw(dag(5, 0))
    assert set(drawing._repr_mimebundle_()) == {"image/svg+xml", "text/plain"}
    assert drawing._repr_svg_() == drawing.svg
