"""Drawing: `draw(loss)` shows how a number was computed, and what gradients backward has left.

A drawing is taken when `draw` is called; what happens to the graph later does not change it.
"""

import re
from importlib import import_module
from pathlib import Path

from ..tensor import Tensor
from .graph import look
from .picture import Box, Picture, picture
from .svg import PAGE, safe, svg

KINDS = (".svg", ".png", ".html", ".dot", ".mmd")


class Drawing:
    """A picture of a graph: shown by notebooks, saved as a file, or as text for other programs."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.svg = svg(picture)

    @property
    def dot(self) -> str:
        """For Graphviz."""
        lines = ["digraph minigrad {", "rankdir=LR", 'node [shape=box, fontname="monospace"]']
        for k, box in enumerate(self.picture.boxes):
            lines.append(f"v{k} [label={quoted(label(box))}]")
            if box.sign:
                lines.append(f"o{k} [label={quoted(box.sign)}, shape=ellipse]")
                lines.append(f"o{k} -> v{k}")
        lines += [f"v{a} -> {self._entry(b)}" for a, b in self.picture.edges]
        return "\n".join([*lines, "}"])

    @property
    def mermaid(self) -> str:
        """For Markdown on GitHub, GitLab and in JupyterLab."""
        lines = ["flowchart LR"]
        for k, box in enumerate(self.picture.boxes):
            lines.append(f'v{k}["{entities(label(box))}"]')
            if box.sign:
                lines.append(f'o{k}(("{entities(box.sign)}")) --- v{k}')
        lines += [f"v{a} --> {self._entry(b)}" for a, b in self.picture.edges]
        return "\n    ".join(lines)

    def _entry(self, k: int) -> str:
        return f"o{k}" if self.picture.boxes[k].sign else f"v{k}"

    @property
    def html(self) -> str:
        """A page of its own."""
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f"<title>{safe(self.picture.title)}</title>"
            f'<meta name="color-scheme" content="light dark"><style>{PAGE}</style></head>\n'
            f"<body>{self.svg}</body></html>\n"
        )

    def save(self, file: str | Path) -> Path:
        """Write a file of the kind that its name ends in: .svg, .png, .html, .dot, .mmd."""
        target = Path(file)
        kind = target.suffix.lower()
        if kind not in KINDS:
            raise ValueError(f"save: {str(file)!r} given; its name must end in {', '.join(KINDS)}")
        if kind == ".png":
            target.write_bytes(png(svg(self.picture, dark=False)))
        else:
            texts = {".svg": "svg", ".html": "html", ".dot": "dot", ".mmd": "mermaid"}
            target.write_text(getattr(self, texts[kind]), encoding="utf-8")
        return target

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": repr(self)}

    def __repr__(self) -> str:
        said = "; ".join(note.rstrip(".") for note in self.picture.notes)
        return (
            f"<{self.picture.title}: {len(self.picture.boxes)} boxes; .save('graph.svg') to see it"
            f"{f' ({said})' if said else ''}>"
        )


def draw(tensor: Tensor, /, **names: Tensor) -> Drawing:
    """Draw the graph below a tensor, from left to right: values in boxes, ops in circles.

    Parameters
    ----------
    tensor : what was computed, such as a loss.
    names : names for other tensors of the graph.

    >>> a = Tensor(1.0, requires_grad=True, name="a")
    >>> h = a * 2
    >>> draw(h + a, hidden=h).picture.boxes[0].value
    '1'
    """
    return Drawing(picture(look(tensor, "draw", names)))


def png(image: str) -> bytes:
    """The image as pixels, two for each of its own."""
    try:
        resvg = import_module("resvg_py")
    except ImportError:
        raise ImportError(
            "save: a .png needs resvg-py, `pip install resvg-py`; .svg and .html need nothing"
        ) from None
    return bytes(resvg.svg_to_bytes(svg_string=image, zoom=2))


def label(box: Box) -> str:
    """All lines of a box."""
    return "\n".join(box.lines)


def quoted(words: str) -> str:
    """A string of the DOT language."""
    words = re.sub(r"[\x00-\x09\x0b-\x1f]", " ", words)
    return '"{}"'.format(words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))


def entities(words: str) -> str:
    """Text in Mermaid: what it might take for its own is written by number."""
    words = re.sub(r"[^\w .,=()+\n−×÷Σ^@…-]", lambda m: f"#{ord(m[0])};", words)
    return words.replace("\n", "<br>")
