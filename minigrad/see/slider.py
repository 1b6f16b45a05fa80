"""Sliders: what number arguments do to a curve, in a page that needs no network, or a notebook.

The page holds a picture for each place of each slider; moving one shows the others at their start.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from ..elementwise import Elementwise
from .curve import complete
from .svg import PAGE, safe

PLACES = 21
TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>TITLE</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>
PAGE
body{font:15px system-ui,sans-serif;max-width:720px}
label{display:flex;gap:12px;align-items:center;margin:8px 0;font-family:ui-monospace,monospace}
label b{min-width:8em}
input{flex:1}
output{min-width:5em}
svg.mgp{max-width:100%;height:auto}
RULES</style></head><body>
<h1 style="font-size:18px">TITLE</h1>
SLIDERS
<div id="picture">PICTURE</div>
<script type="application/json" id="frames">FRAMES</script>
<script>
const frames = JSON.parse(document.getElementById("frames").textContent);
const sliders = [...document.querySelectorAll("input")];
const output = slider => slider.parentNode.querySelector("output");
for (const slider of sliders) slider.oninput = () => {
  for (const other of sliders) if (other !== slider) {
    other.value = other.defaultValue;
    output(other).textContent = output(other).dataset.start;
  }
  const [value, picture] = frames[slider.name][slider.value];
  output(slider).textContent = value;
  document.getElementById("picture").innerHTML = picture;
};
</script></body></html>
"""

Frames = Mapping[str, Sequence[tuple[float, str]]]


def places(op: Elementwise, name: str, start: float, others: Mapping[str, float]) -> list[float]:
    """Where a slider stops: `start` and values around it, within the declared range.

    >>> from minigrad.activations import leaky_relu
    >>> [f"{v:g}" for v in places(leaky_relu, "negative_slope", 0.2, {})[:3]]
    ['0', '0.11', '0.2']
    """
    declaration = op.declaration
    if isinstance(declaration.numbers.get(name), bool):
        return sorted({0.0, 1.0, start})
    low, high = declaration.ranges.get(name, (-np.inf, np.inf))
    middle = start if np.isfinite(start) else max(4.0, low)
    reach = max(2.0, abs(middle))
    low, high = max(low, middle - reach), min(high, middle + reach)
    if 0 < low < 1e-9:  # any number above 0 is allowed, and 0 is not
        low = high / PLACES
    found = {start}
    for value in np.linspace(low, high, PLACES):
        value = min(max(float(f"{value:.4g}"), low), high)
        if allowed(op, name, value, others):
            found.add(value)
    return sorted(found)


def allowed(op: Elementwise, name: str, value: float, others: Mapping[str, float]) -> bool:
    """Whether an argument can have this value beside the others; a lower limit above an upper?"""
    try:
        complete(op, {**others, name: value})
    except ValueError:
        return False
    return True


def page(title: str, rules: str, picture: str, starts: Mapping[str, float], frames: Frames) -> str:
    """A page of its own.  In JSON, `<` is written by number, so that no text ends the script."""
    sliders = []
    for name, stops in frames.items():
        first = [value for value, _ in stops].index(starts[name])
        start = f"{starts[name]:g}"
        sliders.append(
            f'<label><b>{safe(name)}</b><input type="range" name="{safe(name)}" min="0" '
            f'max="{len(stops) - 1}" value="{first}">'
            f'<output data-start="{start}">{start}</output></label>'
        )
    if len(sliders) > 1:
        sliders.append("<p><small>One at a time: the others go back to their start.</small></p>")
    told = {n: [(f"{value:g}", image) for value, image in stops] for n, stops in frames.items()}
    parts = {
        "TITLE": safe(title),
        "PAGE": PAGE,
        "RULES": rules,
        "SLIDERS": "\n".join(sliders),
        "PICTURE": picture,
        "FRAMES": json.dumps(told).replace("<", "\\u003c"),
    }
    # in one pass: a name may be FRAMES
    return re.sub("TITLE|PAGE|RULES|SLIDERS|PICTURE|FRAMES", lambda m: parts[m[0]], TEMPLATE)


def available() -> bool:
    """Whether a notebook can have sliders."""
    return find_spec("ipywidgets") is not None


def widget(
    picture: str,
    stops: Mapping[str, tuple[float, Sequence[float]]],
    redrawn: Callable[[Mapping[str, float]], str],
) -> Any:
    """Sliders above a picture that is drawn anew, with all of them where they stand."""
    widgets = import_module("ipywidgets")
    image, moved = widgets.HTML(picture), {}

    def move(change: Any) -> None:
        moved[change["owner"].description] = change["new"]
        image.value = redrawn(moved)

    rows = []
    for name, (start, values) in stops.items():
        options = [(f"{value:g}", value) for value in values]
        slider = widgets.SelectionSlider(options=options, value=start, description=name)
        slider.observe(move, names="value")
        rows.append(slider)
    return widgets.VBox([*rows, image])
