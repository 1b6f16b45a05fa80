"""The pages of the API: made from public names, so that none is forgotten.

A page for each part of the package, in which things stand in the order of the part's own reading
order; for activations a page each, with a picture, and a page with all of them to choose from.
"""

import inspect
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from docstrings import as_rst, plain, text_of

import minigrad
from minigrad import activations, layers
from minigrad.elementwise import Elementwise
from minigrad.see import Plot, atlas, chart, svg
from minigrad.see.kernel import source_of

PARTS = (
    "activations", "ops", "layers", "losses", "optimizers", "metrics", "callbacks", "models",
    "datasets", "initializers", "regularizers", "constraints", "schedules", "saving", "see",
    "utils", "cuda",
)  # fmt: skip
SMALL = 150, 84  # a picture to choose from


def pages() -> dict[str, str]:
    """The text of every page by the name of its file."""
    found = {"minigrad.rst": top_page(), "activations.rst": gallery()}
    found |= {f"activations/{op.name}.rst": op_page(op) for op in activations.every().values()}
    found |= {f"{part}.rst": part_page(part) for part in PARTS if part != "activations"}
    return found | {"pictures.css": picture_css()}


def write(folder: Path) -> None:
    """Write what has changed, and delete what is not a page any more."""
    wanted = {folder / name: text for name, text in pages().items()}
    for old in {*folder.rglob("*.rst")} - {*wanted}:
        old.unlink()
    for file, text in wanted.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def public(module: ModuleType) -> dict[str, Any]:
    """What a module offers by name: functions, ops and classes."""
    names = getattr(module, "__all__", None) or [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_") and getattr(thing, "__module__", "") == module.__name__
    ]
    things = {name: getattr(module, name) for name in names}
    return {name: thing for name, thing in things.items() if callable(thing)}


def other_names(things: dict[str, Any]) -> dict[str, str]:
    """Names of what has another one too: {"mse": "mean_squared_error"}."""
    own = {name: getattr(thing, "__name__", name) for name, thing in things.items()}
    return {name: o for name, o in own.items() if o != name and things.get(o) is things[name]}


def top_page() -> str:
    """What `import minigrad as mg` gives; what belongs to a part is on the page of the part."""
    elsewhere: dict[int, str] = {}
    for part in PARTS:
        for name, thing in public(import_module(f"minigrad.{part}")).items():
            elsewhere.setdefault(id(thing), f"{part}.{name}")
    things = public(minigrad)
    here = {name: thing for name, thing in things.items() if id(thing) not in elsewhere}
    rows = [f"| `mg.{n}` is `{elsewhere[id(t)]}`" for n, t in things.items() if n not in here]
    parts = [f"* :doc:`{part}`: {plain(idea(f'minigrad.{part}')[0])}" for part in PARTS]
    order = sorted(here, key=lambda name: (name != "Tensor", name.lower()))
    return joined(
        title("minigrad"), ".. py:module:: minigrad", "``import minigrad as mg`` gives this.",
        "\n".join(parts), "\n".join(rows), *(entry(f"minigrad.{name}") for name in order),
    )  # fmt: skip


def idea(module: str) -> list[str]:
    """What a file says of itself, without its name in front, which is its heading already."""
    first, *rest = (sys.modules[module].__doc__ or "").splitlines()
    name, colon, text = first.partition(": ")
    return [text[:1].upper() + text[1:] if colon and name == heading(first) else first, *rest]


def part_page(part: str) -> str:
    """A part of the package: what it is about, and all of its names."""
    module = import_module(f"minigrad.{part}")
    return joined(
        title(part), f".. py:module:: {module.__name__}", "\n".join(as_rst(idea(module.__name__))),
        *groups(module, public(module)),
    )  # fmt: skip


def groups(module: ModuleType, things: dict[str, Any]) -> Iterator[str]:
    """Names by the file that they are from, in the order in which the part tells of its files."""
    others = other_names(things)
    files: dict[str, list[str]] = {}
    for name in sorted({*things} - {*others}, key=str.lower):
        files.setdefault(things[name].__module__, []).append(name)
    story = module.__doc__ or ""

    def place(file: str) -> tuple[bool, int]:
        where = story.find(f"{file.rpartition('.')[2]}.py")
        return (file == module.__name__, where if where >= 0 else len(story))

    for file in sorted(files, key=place):
        if len(files) > 1:
            own = file == module.__name__
            about = sys.modules[file].__doc__ or ""
            yield title("By name or config" if own else heading(about), "-")
            yield "" if own else "\n".join(as_rst(idea(file)))
        yield table(module.__name__, {name: things[name] for name in files[file]})
        for name in files[file]:
            yield entry(f"{module.__name__}.{name}")
            also = [f"``{n}``" for n, other in others.items() if other == name]
            if also:
                yield f"   Also called {', '.join(also)}."


def heading(about: str) -> str:
    """A few words for what a file is about.

    >>> heading("Dense: every output is a weighted sum.")
    'Dense'
    """
    words = about.splitlines()[0].split(":")[0].rstrip(".")
    return words if len(words) < 60 else words.split(",")[0]


def table(module: str, things: dict[str, Any]) -> str:
    """Names with their first lines, to find one among many."""
    if len(things) < 4:
        return ""
    rows = [
        f"   * - :py:obj:`{name} <{module}.{name}>`\n     - {plain(text_of(thing).splitlines()[0])}"
        for name, thing in things.items()
    ]
    return "\n".join([".. list-table::", "   :class: names", "   :widths: auto", "", *rows])


def entry(path: str) -> str:
    """One function, op or class; of a class the methods that no other documented one has."""
    module, _, name = path.rpartition(".")
    thing = getattr(import_module(module), name)
    if not isinstance(thing, type):
        return f".. autofunction:: {path}"
    lines = [f".. autoclass:: {path}"]
    if members := members_of(thing):
        lines.append(f"   :members: {', '.join(members)}")
    if isinstance(op := getattr(thing, "op", None), Elementwise):
        lines += ["", f"   `activations.{op.name}` as a layer."]
    return "\n".join(lines)


def members_of(kind: type) -> list[str]:
    """Public methods and properties with a text, which no public base class has."""
    bases = [base for base in kind.__mro__[1:] if base.__name__ in BASES]
    return [
        name
        for name in dir(kind)
        if not name.startswith("_")
        and inspect.getdoc(getattr(kind, name))
        and not any(hasattr(base, name) for base in bases)
        and not isinstance(getattr(kind, name), str | int | float | dict | tuple | Elementwise)
    ]


BASES = {
    "Model", "Layer", "Loss", "Metric", "Optimizer", "Callback", "Initializer", "Regularizer",
    "Constraint", "LearningRateSchedule", "Configured", "Exception", "object",
}  # fmt: skip


def gallery() -> str:
    """All activations in small, by family; then those that look at more than one number."""
    parts = [
        title("activations"), ".. py:module:: minigrad.activations",
        "\n".join(as_rst(idea("minigrad.activations"))),
        html('<p><a href="../../atlas.html">The atlas</a> shows all of them on one page, which can '
             "be searched, printed and kept. Blue is the value, orange the slope.</p>"),
    ]  # fmt: skip
    for family in activations.FAMILIES:
        ops = activations.declared(family)
        names = "\n".join(f"   activations/{name}" for name in ops)
        parts += [
            title(heading(family.__doc__ or ""), "-"), "\n".join(as_rst(idea(family.__name__))),
            html('<div class="gallery">' + "".join(map(small, ops.values())) + "</div>"),
            f".. toctree::\n   :hidden:\n\n{names}",
        ]  # fmt: skip
    declared = activations.every()
    rest = {name: f for name, f in public(activations).items() if name not in declared}
    return joined(*parts, *groups(activations, rest))


def op_page(op: Elementwise) -> str:
    """A declared activation: what `help` says, a picture, its layer, and its declaration."""
    declared = op.declaration
    also = ", ".join(f"``{name}``" for name in declared.also)
    layer = op.layer_name()
    source = "\n\n\n".join(source_of(f.declaration.formula) for f in (op, *op.partials.values()))
    return joined(
        title(op.name), ".. py:currentmodule:: minigrad.activations",
        entry(f"minigrad.activations.{op.name}"),
        f"Also called {also}." if also else "",
        f"As a layer: `layers.{layer}`." if hasattr(layers, layer) else "",
        html(f'<div class="picture">{pictured(op).svg}</div>'),
        "Its declaration is all that there is of it:",
        ".. code-block:: python\n\n" + indented(source),
    )  # fmt: skip


@cache
def pictured(op: Elementwise) -> Plot:
    """The plot of an activation, as the atlas has it."""
    return atlas.pictured(op)


def small(op: Elementwise) -> str:
    """A picture to choose from: the value blue, the slope orange."""
    curve = pictured(op).curves[0]
    width, height = SMALL
    low, high = -2.2, 3.0
    lines = ""
    for kind, heights in (("slope", curve.slope), ("c0", curve.y)):
        if heights is not None:
            x = (curve.x + 6) / 12 * width
            y = (high - np.clip(heights, low - 1, high + 1)) / (high - low) * height
            jumps = np.abs(np.diff(y)) > 1e3 * np.diff(x)
            pens = ["M", *np.where(jumps, "M", "L")]
            path = "".join(f"{p}{a:.1f},{b:.1f}" for p, a, b in zip(pens, x, y, strict=True))
            lines += f'<path class="curve {kind}" d="{path}"/>'
    zero = high / (high - low) * height
    axes = f'<path class="zero" d="M0,{zero:.1f}H{width}M{width / 2},0V{height}"/>'
    return (
        f'<a href="activations/{op.name}.html"><svg class="mgp" viewBox="0 0 {width} {height}" '
        f'aria-hidden="true">{axes}{lines}</svg><span>{op.name}</span></a>'
    )


def picture_css() -> str:
    """Colours of pictures, where the reader has chosen light or dark on the page."""
    light = svg.coloured(svg.LIGHT) + chart.coloured(svg.LIGHT, chart.LIGHT_CURVES)
    dark = svg.coloured(svg.DARK) + chart.coloured(svg.DARK, chart.DARK_CURVES)
    chosen = f'body[data-theme="light"]{{{light}}}\nbody[data-theme="dark"]{{{dark}}}'
    liked = f"@media(prefers-color-scheme:dark){{body:not([data-theme=light]){{{dark}}}}}"
    return f"{light}\n{liked}\n{chosen}\n"


def title(text: str, line: str = "=") -> str:
    """A heading."""
    return f"{text}\n{line * len(text)}"


def html(text: str) -> str:
    """HTML as it is."""
    return ".. raw:: html\n\n" + indented(text)


def indented(text: str) -> str:
    """What belongs to a directive."""
    return "\n".join(f"   {line}" if line else "" for line in text.splitlines())


def joined(*parts: str) -> str:
    """A page of its parts."""
    return "\n\n".join(part for part in parts if part) + "\n"
