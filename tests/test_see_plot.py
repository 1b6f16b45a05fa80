"""Plots: what is drawn is what the op says, kinks and jumps are where it declares them."""

import json
import re
import sys
import types
from xml.etree import ElementTree

import numpy as np
import pytest

from minigrad import Tensor, activations, elementwise, ops
from minigrad.see import slider
from minigrad.see.chart import LEFT, RIGHT, WIDTH, Panel, axes, path, straight, ticks
from minigrad.see.curve import curve
from minigrad.see.plot import MOST, plot

EVERY = activations.every()
WINDOW = (-6.0, 6.0)
NASTY = "<b>&\"'\\]]>\x00</style></script><script>alert(1)</script>"


@elementwise(kinks=[1.0], source=NASTY)
def bent(x, a=2.0):
    """Bent: <script>alert(1)</script> & a line of slope a above 1."""
    return a * (x - 1) if x > 1 else 0 * x


@bent.partial("x")
def dbent_dx(x, a):
    return a if x > 1 else 0


@elementwise()
def no_slope(x):
    """No slope: x x, with no partial."""
    return x * x


def missing(op):
    """Numbers for those that have no default."""
    numbers = op.declaration.numbers
    return {n: k - 0.5 for k, (n, d) in enumerate(numbers.items()) if isinstance(d, type)}


def drawn_lines(svg, kind):
    """The points of the lines of a class, one array for each, in the panel's own places."""
    found = []
    for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}path"):
        if set(kind.split()) <= set(element.get("class", "").split()):
            pairs = re.findall(r"[ML]([-\d.]+),([-\d.]+)", element.get("d"))
            if len(pairs) > 1:  # a sample in the legend has one
                found.append(np.array(pairs, float))
    return found


def dots(svg, kind):
    """The centres of the dots of a class."""
    circles = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}circle")
    return [
        (float(c.get("cx")), float(c.get("cy")))
        for c in circles
        if kind in c.get("class").split()
    ]  # fmt: skip


def slopes_of(op, arguments, x):
    """df/dx by way of backward."""
    leaf = Tensor(x, requires_grad=True)
    op(leaf, **arguments).backward(np.ones(len(x)))
    return leaf.grad


@pytest.mark.parametrize("name", EVERY)
def test_every_activation_plots_with_the_values_and_slopes_of_the_op(name):
    op = EVERY[name]
    shown = plot(op, **missing(op))
    (found,) = shown.curves
    y = op(Tensor(found.x), **found.arguments).numpy()
    np.testing.assert_array_equal(found.y, y)
    np.testing.assert_array_equal(found.slope, slopes_of(op, found.arguments, found.x))
    assert ElementTree.fromstring(shown.svg).find("{*}title").text == found.label


@pytest.mark.parametrize("name", ["elu", "gelu", "hard_shrink", "sine", "relu6"])
def test_the_line_in_the_picture_goes_through_values_of_the_op(name):
    shown = plot(EVERY[name])
    (line,) = drawn_lines(shown.svg, "curve c0")
    (slope,) = drawn_lines(shown.svg, "curve slope")
    within = axes(shown.curves, WINDOW)
    for points, y, height in ((line, within.y, 200), (slope, within.slope, 130)):
        x = WINDOW[0] + points[:, 0] / (WIDTH - LEFT - RIGHT) * 12
        value = y[1] - points[:, 1] / height * (y[1] - y[0])
        op = EVERY[name]
        expected = slopes_of(op, {}, x) if points is slope else op(Tensor(x)).numpy()
        corners = [c.x for c in shown.curves[0].corners]
        away = np.array([all(abs(a - c) > 0.02 for c in corners) for a in x])
        np.testing.assert_allclose(value[away], expected[away], atol=0.03)
        assert away.sum() >= 4 or len(x) <= 12


def test_points_that_are_left_out_are_on_the_line():
    x = np.linspace(0.0, 400.0, 801)
    y = 100 + 80 * np.sin(x / 30)
    pairs = np.array(re.findall(r"[ML]([-\d.]+),([-\d.]+)", path(x, y)), float)
    assert 20 < len(pairs) < 200
    np.testing.assert_allclose(np.interp(x, *pairs.T), y, atol=0.1)
    assert not straight(np.array([0.0, 1, 2]), np.array([0.0, 1, 0]))


@pytest.mark.parametrize("name", EVERY)
def test_kinks_and_jumps_are_where_they_are_declared(name):
    op = EVERY[name]
    found = curve(op, missing(op), WINDOW)
    declaration = op.declaration
    numbers = [found.arguments[n] for n in declaration.numbers]
    declared = {p for kind in ("kinks", "jumps") for p in declaration.points(kind, numbers)}
    corners = {c.x for c in found.corners}
    if not (callable(declaration.kinks) and not set(declaration.numbers)):  # srelu learns its own
        assert corners <= declared
    for p in declared - corners:  # one that is none for these numbers
        x = np.array([np.nextafter(p, -np.inf), p, np.nextafter(p, np.inf)])
        if WINDOW[0] <= p <= WINDOW[1]:
            assert np.ptp(slopes_of(op, found.arguments, x)) < 1e-9
    for corner in found.corners:
        taken = slopes_of(op, found.arguments, np.array([corner.x]))[0]
        assert corner.slopes[1] == taken


def test_kinks_that_tensors_set_are_found():
    found = curve(EVERY["srelu"], {"t_left": -1.0, "t_right": 2.0, "a_right": 3.0}, WINDOW)
    assert [c.x for c in found.corners] == [-1.0, 2.0]


def test_a_kink_has_a_filled_dot_where_it_is_taken_and_an_open_one_at_the_other_side():
    shown = plot(EVERY["relu"])
    within = axes(shown.curves, WINDOW)
    assert len(dots(shown.svg, "c0")) == 1
    places = [slope for kind in ("taken", "open") for slope in dots(shown.svg, kind)]
    filled = [p for p in dots(shown.svg, "slope") if p in dots(shown.svg, "taken")]
    hollow = [p for p in dots(shown.svg, "slope") if p in dots(shown.svg, "open")]
    assert len(places) == 3 and len(filled) == len(hollow) == 1
    height = 130 / (within.slope[1] - within.slope[0])
    np.testing.assert_allclose(filled[0][1] - hollow[0][1], height, atol=0.02)
    assert filled[0][0] == hollow[0][0] == LEFT + (WIDTH - LEFT - RIGHT) / 2


def test_a_jump_has_open_dots_in_the_values_too():
    shown = plot(EVERY["hard_shrink"])
    assert sum(p in dots(shown.svg, "open") for p in dots(shown.svg, "c0")) == 2
    (corner, _) = shown.curves[0].corners
    assert corner.jump and corner.values == (-0.5000000000000001, 0.0, 0.0)
    assert "jump at -0.5: value -0.5 left, 0 right, taken 0" in repr(shown)


def test_no_line_is_drawn_across_a_jump():
    (line,) = drawn_lines(plot(EVERY["thresholded_relu"], theta=3.0).svg, "curve c0")
    text = re.search(r'class="curve c0" d="([^"]*)"', plot(EVERY["thresholded_relu"]).svg)[1]
    assert text.count("M") == 2 and len(line) == 4


def test_a_smooth_op_has_no_dots():
    assert "<circle" not in plot(EVERY["gelu"]).svg


def test_a_partial_is_plotted_with_a_jump_where_its_op_has_a_kink():
    shown = plot(EVERY["elu"].partials["x"], alpha=0.3)
    (corner,) = shown.curves[0].corners
    assert (corner.x, corner.values) == (0.0, (0.3, 0.3, 1.0))
    assert "no slope is declared with respect to x" in shown.svg


def test_an_op_of_your_own_is_plotted():
    shown = plot(bent, a=[2.0, 3.0])
    assert [c.corners[0].slopes for c in shown.curves] == [(0, 0, 2), (0, 0, 3)]
    np.testing.assert_array_equal(shown.curves[1].y, 3 * np.maximum(shown.curves[1].x - 1, 0))
    assert dbent_dx is bent.partials["x"]
    assert plot(dbent_dx).curves[0].corners[0].values == (0, 0, 2)


def test_without_a_partial_there_is_one_panel_and_a_note():
    shown = plot(no_slope)
    assert shown.curves[0].slope is None
    assert len(re.findall('class="panel"', shown.svg)) == 1
    assert len(re.findall('class="panel"', plot(EVERY["tanh"]).svg)) == 2


def test_what_is_nearly_flat_is_shaded():
    (left, right) = plot(EVERY["tanh"]).curves[0].saturated()
    edge = np.arccosh(np.sqrt(1000.0))  # 1 / cosh(x)**2 = 0.001
    assert left == pytest.approx((-6, -edge), abs=0.06)
    assert right == pytest.approx((edge, 6), abs=0.06)
    assert plot(EVERY["leaky_relu"]).curves[0].saturated() == []
    assert 'class="flat' in plot(EVERY["tanh"]).svg
    assert 'class="flat' not in plot(EVERY["leaky_relu"]).svg


def test_several_curves_have_a_legend_and_styles_of_their_own():
    shown = plot(EVERY["elu"], alpha=[0.1, 0.3])
    assert [c.label for c in shown.curves] == ["elu(alpha=0.1)", "elu(alpha=0.3)"]
    assert all(f">elu(alpha={a})</text>" in shown.svg for a in (0.1, 0.3))
    assert len(drawn_lines(shown.svg, "curve c1")) == 2  # value and slope
    styles = {d for d in re.findall(r"stroke-dasharray:([^;]*);", shown.svg)}
    assert len(styles) == MOST
    both = plot(EVERY["relu"], EVERY["elu"], alpha=[0.1, 0.3])
    assert len(both.curves) == 4


def test_aliases_name_the_same_number():
    a, b = plot(EVERY["relu"], negative_slope=0.1), plot(EVERY["relu"], alpha=0.1)
    assert a.svg == b.svg


def test_what_has_no_default_is_1_and_said():
    assert plot(EVERY["threshold"]).curves[0].label == "threshold(threshold=1, default_value=1)"
    assert plot(ops.mul).curves[0].label == "mul(b=1)"


def test_values_that_are_not_finite_or_enormous_leave_a_picture():
    found = curve(EVERY["exponential"], {}, (-1e300, 1e300))
    assert not np.isfinite(found.y).all()
    for window in ((-1e300, 1e300), (700.0, 720.0), (1e-300, 2e-300), (1.0, np.nextafter(1, 2))):
        for name in ("exponential", "relu", "softsign"):
            root = ElementTree.fromstring(plot(EVERY[name], range=window).svg)
            for element in root.iter():
                assert "nan" not in element.get("d", "") and "inf" not in element.get("d", "")


def test_ticks_are_few_round_and_inside():
    rng = np.random.default_rng(0)
    for low, width in zip(rng.normal(size=200), 10.0 ** rng.uniform(-3, 5, 200), strict=True):
        found = ticks((low, low + width), 5)
        assert 1 <= len(found) <= 5
        assert all(low - 1e-9 * width <= t <= low + width * (1 + 1e-9) for t in found)


def test_a_panel_maps_its_corners_to_its_corners():
    panel = Panel((-2.0, 2.0), (0.0, 10.0), 20, 100)
    assert panel.across(2.0) == WIDTH - LEFT - RIGHT and panel.across(-2.0) == 0
    assert (panel.down(10.0), panel.down(0.0)) == (0, 100)


def test_the_picture_follows_light_and_dark():
    svg = plot(EVERY["elu"]).svg
    assert svg.count("prefers-color-scheme:dark") == 1
    assert "#1d4ed8" in svg.split("@media")[0] and "#7cb3ff" in svg.split("@media")[1]


def test_the_page_has_a_picture_for_each_place_of_each_slider(tmp_path):
    text = plot(EVERY["relu"]).save(tmp_path / "relu.html").read_text(encoding="utf-8")
    frames = json.loads(re.search(r'id="frames">(.*?)</script>', text, re.S)[1])
    assert list(frames) == ["alpha", "max_value", "threshold"]
    for stops in frames.values():
        assert 21 <= len(stops) <= 22
        for _, picture in stops:
            ElementTree.fromstring(picture)
    value, picture = frames["threshold"][-1]
    assert (value, plot(EVERY["relu"], threshold=2.0).curves[0].corners[0].x) == ("2", 2.0)
    assert "relu(threshold=2)" in picture
    assert frames["max_value"][-1][0] == "inf"
    without = text.replace("http://www.w3.org/2000/svg", "")
    assert "http" not in without and "src=" not in without and "NaN" not in text


def test_sliders_stay_within_the_declared_range():
    for op in EVERY.values():
        for name, (start, values) in plot(op).stops.items():
            low, high = op.declaration.ranges.get(name, (-np.inf, np.inf))
            assert start in values and values == sorted(values)
            assert all(low <= v <= high for v in values)


def test_a_number_with_several_curves_has_no_slider():
    assert list(plot(EVERY["elu"], alpha=[0.1, 0.2]).stops) == []
    assert list(plot(EVERY["elu"]).stops) == ["alpha"]


def test_ops_share_a_slider_where_they_share_its_start():
    relu, elu, leaky = (EVERY[n] for n in ("relu", "elu", "leaky_relu"))
    assert list(plot(elu, relu).stops) == ["max_value", "threshold"]  # alpha is 1 here, 0 there
    shared = plot(elu, relu, alpha=0.5).stops["alpha"]
    assert shared[0] == 0.5 and min(shared[1]) >= 0  # elu alone could have less
    assert min(plot(elu, alpha=0.5).stops["alpha"][1]) == -1.5
    aliased = plot(leaky, alpha=0.1)
    assert list(aliased.stops) == ["negative_slope"] and "<svg" in aliased.html
    assert [c.arguments for c in aliased.moved({"negative_slope": 0.3}).curves] == [
        {"negative_slope": 0.3}
    ]


def test_pages_hold_no_markup_of_others():
    page = slider.page(NASTY, "", "<svg/>", {"a": 1.0}, {"a": [(1.0, NASTY)]})
    assert "<script>alert" not in page and page.count("</script>") == 2


def test_files_are_of_the_kind_their_name_ends_in(tmp_path, monkeypatch):
    shown = plot(EVERY["sigmoid"])
    assert shown.save(tmp_path / "a.svg").read_text(encoding="utf-8") == shown.svg
    assert shown.save(str(tmp_path / "a.html")).read_text(encoding="utf-8").startswith("<!doctype")
    drawn = []
    to_bytes = lambda svg_string, zoom: (drawn.append(svg_string), b"png")[1]  # noqa: E731
    monkeypatch.setitem(sys.modules, "resvg_py", types.SimpleNamespace(svg_to_bytes=to_bytes))
    assert shown.save(tmp_path / "a.png").read_bytes() == b"png"
    assert "prefers-color-scheme" not in drawn[0]
    with pytest.raises(ValueError, match=r"save: 'a\.gif' given; its name must end in \.svg"):
        shown.save("a.gif")


def test_notebooks_get_the_picture_and_how_to_get_a_slider(monkeypatch):
    monkeypatch.setattr(slider, "available", lambda: False)
    shown = plot(EVERY["elu"])
    assert "pip install ipywidgets" in shown._repr_mimebundle_()["image/svg+xml"]
    assert "pip install ipywidgets" not in shown._repr_svg_()
    assert "pip" not in plot(EVERY["tanh"])._repr_mimebundle_()["image/svg+xml"]


def test_a_slider_in_a_notebook_draws_anew(monkeypatch):
    class Widget:
        def __init__(self, *arguments, **options):
            self.__dict__.update(options, value=options.get("value", arguments))

        def observe(self, move, names):
            self.move = move

        def _repr_mimebundle_(self):
            return {"widget": self}

    monkeypatch.setattr(slider, "available", lambda: True)
    stub = types.SimpleNamespace(HTML=Widget, SelectionSlider=Widget, VBox=Widget)
    monkeypatch.setitem(sys.modules, "ipywidgets", stub)
    bundle = plot(EVERY["elu"])._repr_mimebundle_()
    *rows, image = bundle["widget"].value[0]
    rows[0].move({"owner": rows[0], "new": 0.5})
    assert "elu(alpha=0.5)" in image.value and "image/svg+xml" in bundle


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (("relu",), {}, TypeError, "plot: 'relu' given; it must be an op"),
        ((np.tanh,), {}, TypeError, "plot: tanh given; it must be an op"),
        ((EVERY["elu"], 3), {}, TypeError, "plot: 3 given; it must be an op"),
        ((ops.add.partials["a"],), {}, ValueError, "plot: dadd_da reads no tensor"),
        ((EVERY["elu"],), {"alfa": 1}, TypeError, "no argument 'alfa'; did you mean 'alpha'"),
        ((EVERY["tanh"],), {"alpha": 1}, TypeError, "no argument 'alpha'; tanh has none"),
        ((EVERY["elu"],), {"x": 1}, TypeError, "plot: x is what is plotted along"),
        ((EVERY["elu"],), {"alpha": []}, ValueError, "plot: alpha=[] given"),
        ((EVERY["elu"],), {"alpha": "big"}, ValueError, "elu: alpha='big' given"),
        ((EVERY["prelu"],), {"alpha": [np.inf]}, ValueError, "prelu: alpha=inf given"),
        ((EVERY["leaky_relu"],), {"alpha": -1}, ValueError, "leaky_relu: negative_slope=-1"),
        ((EVERY["hard_tanh"],), {"low": 2}, ValueError, "hard_tanh: low=2 and high=1 given"),
        ((EVERY["elu"],), {"alpha": list(range(9))}, ValueError, "plot: 9 curves asked for; 8"),
        ((EVERY["elu"],), {"range": (1, 1)}, ValueError, "plot: range=(1, 1) given"),
        ((EVERY["elu"],), {"range": 5}, ValueError, "plot: range=5 given"),
        ((EVERY["elu"],), {"range": (0, np.inf)}, ValueError, "two finite numbers"),
        ((EVERY["elu"],), {"range": (-1e308, 1e308)}, ValueError, "two finite numbers"),
    ],
)
def test_what_cannot_be_plotted_gets_one_line(arguments, options, error, message):
    with pytest.raises(error, match=re.escape(message)) as raised:
        plot(*arguments, **options)
    assert "\n" not in str(raised.value)


def test_plotting_compiles_nothing_of_minigrad(run_python):
    script = """
import sys
from minigrad import activations
from minigrad.see import plot
for op in activations.every().values():
    plot(op).svg
print("numba" in sys.modules)
"""
    assert run_python(script).strip() == "False"
