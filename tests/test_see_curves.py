"""Curves: the lines in the picture go through the numbers of the history, nan and all."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from test_see_draw import NASTY

from minigrad.callbacks import History
from minigrad.see import curves
from minigrad.see.chart import LEFT, RIGHT, WIDTH
from minigrad.see.panels import HEIGHT, Quantity, panels, room


def lines_of(svg):
    """For each line its points, from the left and from the top of its frame."""
    root = ElementTree.fromstring(svg)
    tops = [float(r.get("y")) for r in root.findall(".//{*}rect") if r.get("class") == "panel"]
    found = []
    for path in root.findall(".//{*}path"):
        if path.get("class").startswith("curve") and path.find("{*}title") is not None:
            pairs = np.array(re.findall(r"[ML]([-\d.]+),([-\d.]+)", path.get("d")), float)
            top = max(t for t in tops if t <= pairs[:, 1].min() + 0.01)
            found.append((path.find("{*}title").text, pairs - [LEFT, top]))
    return found


@pytest.mark.parametrize("values", [[3.0, 2.5, 2.0, 1.0], [100.0, 1.0, 1e-3, 1e-4]])
def test_the_line_goes_through_the_losses(values):
    ((name, points),) = lines_of(curves({"loss": values}).svg)
    scaled = np.log10(values) if values[0] == 100 else np.array(values)
    low, high = room(scaled, values[0] == 100)
    across = np.linspace(0, WIDTH - LEFT - RIGHT, 4)
    assert np.isin(points[:, 0].round(2), across.round(2)).all()
    at = np.interp(points[:, 0], across, scaled)
    np.testing.assert_allclose(high - points[:, 1] / HEIGHT * (high - low), at, atol=0.01)


def test_validation_joins_the_frame_of_what_it_validates():
    logs = {
        "loss": [1.0, 0.5],
        "accuracy": [0.1, 0.9],
        "val_loss": [2.0, 1.0],
        "val_mae": [3.0, 3.0],
    }
    svg = curves(logs).svg
    assert [name for name, _ in lines_of(svg)] == ["training", "validation", None, None]
    assert svg.count('class="panel"') == 3


def test_several_trainings_share_frames():
    svg = curves(relu={"loss": [1.0, 0.5, 0.2]}, elu={"loss": [1.0, 0.4]}).svg
    assert [name for name, _ in lines_of(svg)] == ["relu", "elu"]
    assert "elu: loss from 1 to 0.4, lowest 0.4 in epoch 2" in svg


def test_nan_breaks_the_line_and_is_said():
    picture = curves({"loss": [1.0, 0.5, float("nan"), 2.0, float("inf")]})
    path = re.search(r'class="curve c0" d="([^"]*)"><title', picture.svg)[1]
    assert path.count("M") == 2 and "nan" not in path
    assert "loss is nan from epoch 3 on" in picture.svg


def test_a_single_epoch_is_a_dot():
    assert "<circle" in curves({"loss": [0.5]}).svg


def test_text_is_escaped_and_the_picture_is_well_formed(tmp_path):
    picture = curves(**{"a": {NASTY: [1.0, 2.0]}})
    ElementTree.fromstring(picture.svg)
    assert "<script" not in picture.html and "http" not in picture.html.replace("http://www.w3", "")
    assert picture.save(tmp_path / "a.svg").read_text(encoding="utf-8") == picture.svg
    assert picture.save(tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!doctype")
    with pytest.raises(ValueError, match=r"save: 'a\.gif' given; its name must end in \.svg"):
        picture.save("a.gif")


def test_light_and_dark_have_the_same_rules():
    light, dark = curves({"loss": [1.0, 2.0]}).svg.split("@media (prefers-color-scheme:dark)")
    assert re.findall(r"\.mgp [^{]*", light) == re.findall(r"\.mgp [^{]*", dark)


def test_a_history_shows_its_curves_in_a_notebook():
    history = History()
    assert "image/svg+xml" not in history._repr_mimebundle_()
    history.on_epoch_end(0, {"loss": 0.5})
    history.on_epoch_end(1, {"loss": 0.25})
    assert history._repr_mimebundle_()["image/svg+xml"] == curves(history).svg


def test_lists_among_the_metrics_are_left_out():
    assert repr(curves({"loss": [1.0], "each": [[1.0, 2.0]]})).startswith("<curves of loss over 1")


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ((), TypeError, "curves: give what fit returned"),
        ((3,), TypeError, "curves: history=3 given; give what fit returned"),
        (({},), ValueError, "curves: history holds no epoch; train first"),
        (({"loss": []},), ValueError, "holds no epoch"),
        ((History(),), ValueError, "holds no epoch"),
    ],
)
def test_what_has_no_curve_gets_one_line(given, error, message):
    with pytest.raises(error, match=message) as raised:
        curves(*given)
    assert "\n" not in str(raised.value)


def test_a_quantity_without_a_finite_number_has_an_empty_frame():
    svg = panels("t", [Quantity("q", {"": [(1, float("nan")), (2, float("nan"))]})], "", [])
    assert "nan" not in re.sub("<title>.*?</title>", "", svg)
