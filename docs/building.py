"""Building the site: what Sphinx is told besides its settings in `conf.py`.

The pages of the API are written, formulas become MathML, pictures become part of their page, and
in the end the whole is checked: nothing is loaded from elsewhere, no link leads nowhere.
"""

import inspect
import shutil
from pathlib import Path
from typing import Any

import api
import docstrings
import offline
from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.addnodes import pending_xref
from sphinx.util import logging

from minigrad import activations, others
from minigrad.learn import catalogue
from minigrad.see import atlas

ROOT = Path(__file__).resolve().parents[1]
FRONT = "README"
LOGGER = logging.getLogger(__name__)


def contents() -> str:
    """The table of contents, which the README on its own does not have."""

    def found(*patterns: str) -> list[str]:
        files = [f for pattern in patterns for f in sorted(ROOT.glob(pattern))]
        names = [str(f.relative_to(ROOT).with_suffix("").as_posix()) for f in files]
        return [n for n in dict.fromkeys(names) if n != FRONT]

    sections = {
        "Lessons": found(
            "tutorials/README.md", "tutorials/*.ipynb", "tutorials/*.md", "tutorials/teacher/*.md"
        ),
        "日本語": found("README.ja.md", "tutorials/ja/*.ipynb", "tutorials/ja/*.md"),
        "Pages": found("docs/kinks.md", "docs/where-others-differ.md", "docs/*.md"),
        "API": ["docs/api/minigrad", *(f"docs/api/{part}" for part in api.PARTS)],
        "Project": found("CONTRIBUTING.md", "CHANGELOG.md", "*.md"),
    }
    seen: set[str] = set()
    text = ""
    for caption, pages in sections.items():
        fresh = [page for page in pages if page not in seen]
        seen |= {*fresh}
        if fresh:
            text += "\n```{toctree}\n:hidden:\n:caption: " + caption + "\n\n"
            text += "\n".join(map(entry, fresh)) + "\n```\n"
    return text


def entry(page: str) -> str:
    """A line of the table of contents; lessons have their number, by which others name them."""
    for lesson in catalogue.every().values():
        if page.endswith(f"/{lesson.file}"):
            title = lesson.title.said("ja" if "/ja/" in page else "en")
            return f"{lesson.number} {title} <{page}>"
    return page


def add_contents(app: Any, page: str, text: list[str]) -> None:
    """The README, with the table of contents."""
    if page == FRONT:
        text[0] += "\n" + contents()


def docstring(app: Any, kind: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """What `help` shows, in reStructuredText."""
    lines[:] = docstrings.as_rst(docstrings.text_of(thing).splitlines())


def signature(app: Any, kind: str, name: str, thing: Any, *rest: Any) -> tuple[str, None] | None:
    """The arguments that `help` shows, without types."""
    try:
        found = inspect.signature(thing)
    except (TypeError, ValueError):
        return None
    bare = [p.replace(annotation=p.empty) for p in found.parameters.values()]
    if kind == "method":
        bare = bare[1:]
    return str(inspect.Signature(bare)), None


def find(app: Any, env: Any, node: Any, content: Any) -> Any:
    """`layers.Dense` in a docstring: the name without the `minigrad.` that everybody leaves out."""
    for target in (f"minigrad.{node['reftarget']}", f"minigrad.layers.{node['reftarget']}"):
        if target in env.domains["py"].objects and node.get("py:module"):
            return env.domains["py"].resolve_xref(
                env, node["refdoc"], app.builder, "obj", target, node, content
            )
    return None


def into_folders(app: Any, doctree: Any) -> None:
    """A link to a folder leads to its README, or to the first page in it."""
    for link in doctree.findall(pending_xref):
        folder = ((ROOT / link["refdoc"]).parent / link["reftarget"]).resolve()
        if link["reftype"] == "myst" and folder.is_dir():
            start = f"{folder.relative_to(ROOT).as_posix()}/"
            inside = [page for page in app.env.found_docs if page.startswith(start)]
            if inside:
                page = min(inside, key=lambda page: (page != f"{start}README", page))
                link.attributes |= {"refdomain": "std", "reftype": "doc", "reftarget": f"/{page}"}


def drawn_in_place(app: Any, doctree: Any, page: str) -> None:
    """SVG as part of the page: its colours follow the page, and its words can be searched."""
    for image in list(doctree.findall(nodes.image)):
        file = ROOT / image["uri"]
        if file.suffix == ".svg" and file.exists():
            text = f'<div class="picture">{file.read_text(encoding="utf-8")}</div>'
            image.replace_self(nodes.raw("", text, format="html"))


def in_japanese(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Japanese pages say so, for fonts, hyphens and those who listen."""
    if page.startswith("tutorials/ja/") or page == "README.ja":
        context["language"] = "ja"


def formula(self: Any, node: Any) -> None:
    """A formula as MathML, which browsers show without any script."""
    block = isinstance(node, nodes.math_block)
    try:
        self.body.append(tex2mathml(node.astext(), as_block=block))
    except MathError as error:
        LOGGER.warning("formula: %s", error, location=node)
    raise nodes.SkipNode


def finish(app: Any, error: Exception | None) -> None:
    """The atlas, the front page by the name that servers look for, and a look at all of it."""
    if error is not None or app.builder.name != "html":
        return
    site = Path(app.outdir)
    atlas.write(site / "atlas.html", activations.every(), others.every())
    shutil.copy(site / "README.html", site / "index.html")
    for fault in offline.faults(site):
        LOGGER.warning("the site: %s", fault)


def setup(app: Any) -> None:
    """Write the pages of the API, and join the functions above to Sphinx."""
    api.write(ROOT / "docs" / "api")
    app.add_html_math_renderer("mathml", (formula, None), (formula, None))
    app.connect("env-get-outdated", lambda *_: [FRONT])  # pages may have come or gone
    app.connect("source-read", add_contents)
    app.connect("autodoc-process-docstring", docstring)
    app.connect("autodoc-process-signature", signature)
    app.connect("missing-reference", find)
    app.connect("doctree-read", into_folders)
    app.connect("doctree-resolved", drawn_in_place)
    app.connect("html-page-context", in_japanese)
    app.connect("build-finished", finish)
