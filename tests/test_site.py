"""The site: every public name has its text, docstrings become what was meant, nothing is fetched.

Building it takes a minute: CI does, with warnings as errors.  Here is what it is built with.
"""

import ast
import re
import sys
from importlib import import_module

import pytest
from conftest import ROOT

import minigrad
from minigrad import activations

sys.path.append(str(ROOT / "docs"))
import api  # noqa: E402
import docstrings  # noqa: E402
import offline  # noqa: E402


@pytest.fixture(scope="module")
def pages():
    return api.pages()


def things():
    """Every public thing, by its part and name."""
    return {
        (module, name): thing
        for module in ("minigrad", *(f"minigrad.{part}" for part in api.PARTS))
        for name, thing in api.public(import_module(module)).items()
    }


def missing(pages):
    """Public names without an entry, and that no page tells as another name of what has one."""
    text = "\n".join(pages.values())
    entries = set(re.findall(r"^\.\. auto(?:function|class):: (\S+)$", text, re.MULTILINE))
    told = set(re.findall(r"``(\w+)``", "".join(re.findall("Also called .*", text))))
    told |= set(re.findall(r"^\| `mg\.(\w+)` is", text, re.MULTILINE))
    return [f"{m}.{n}" for m, n in things() if f"{m}.{n}" not in entries and n not in told]


def test_every_public_name_is_on_a_page(pages):
    assert missing(pages) == []


def test_a_name_that_was_forgotten_is_seen(pages):
    less = {name: text for name, text in pages.items() if name != "activations/elu.rst"}
    assert missing(less) == ["minigrad.activations.elu"]


def test_every_part_of_minigrad_that_is_imported_by_name_has_a_page():
    assert {*minigrad.MODULES, "activations", "ops", "see"} == {*api.PARTS}


def test_every_public_name_has_a_text():
    names = [
        (p, n, t) for p in api.PARTS for n, t in api.public(import_module(f"minigrad.{p}")).items()
    ]
    assert [f"{p}.{n}" for p, n, t in names if not docstrings.text_of(t)] == []


def test_a_page_of_an_activation_has_its_declaration_and_its_picture():
    page = api.op_page(activations.elu)
    assert "def delu_dx(x, alpha):" in page and '<svg xmlns="http://www.w3.org/2000/svg"' in page


def test_the_generated_help_of_an_op_becomes_fields():
    lines = docstrings.as_rst(docstrings.text_of(activations.relu6).splitlines())
    assert lines[0] == "ReLU6: x cut off below 0 and above 6."
    assert ":Slope:" in lines and "   | ``d/dx`` = ``1 if 0 < x < 6 else 0``" in lines


@pytest.mark.parametrize(
    "docstring, rst",
    [
        ("|x| < 2**n, x_ and x_i", r"\|x\| < 2\*\*n, x\_ and x_i"),
        ("`sum(x * w)` and `relu`", "``sum(x * w)`` and `relu`"),
        ("Sentence.  And another.", "Sentence.  And another."),
        ("a.py   one\nbc.py  two", "a.py   one\nbc.py  two"),
        ("a.py    one\nbc.py   two", "::\n\n   a.py    one\n   bc.py   two"),
        (">>> 1 ** 2\n1", ">>> 1 ** 2\n1"),
        ("Text.\n>>> 1", "Text.\n\n>>> 1"),
        ("Returns\n-------\n(n,) or ()", ":Returns:\n   | (n,) or ()"),
        ("Parameters\n----------\na, b : one\n    line", ":Parameters:\n   | **a, b** : one line"),
        ("Examples\n--------\n>>> 1", ">>> 1"),
    ],
)
def test_a_docstring_means_on_the_site_what_it_means_in_help(docstring, rst):
    assert "\n".join(docstrings.as_rst(docstring.splitlines())).strip() == rst


FETCHED = {
    "a script": '<script src="https://x.org/a.js"></script>',
    "a style": '<link rel="stylesheet" href="//x.org/a.css">',
    "a font": "<style>@font-face{src:url(https://x.org/a.woff)}</style>",
    "an import": '<style>@import "https://x.org/a.css";</style>',
    "a background": "<p style=\"background:url('http://x.org/a.png')\">",
    "a picture": '<img src="http://x.org/a.png">',
    "one of several pictures": '<img srcset="a.html 1x, https://x.org/a.png 2x">',
    "a picture in a picture": '<svg><image xlink:href="https://x.org/a.png"/></svg>',
    "a frame": '<iframe src="https://x.org"></iframe>',
    "a module": '<script type="module">import a from "https://x.org/a.js"</script>',
    "a request": '<script>fetch("https://x.org/a.json")</script>',
    "an older request": '<script>r.open("GET", "https://x.org/a.json")</script>',
    "an early look": '<link rel="preconnect" href="https://x.org">',
    "a form": '<form action="https://x.org">',
    "a link to a page that is not there": '<a href="b.html">b</a>',
    "a link to a place that is not there": '<a href="#b">b</a>',
    "a link out of the site": '<a href="../b.html">b</a>',
    "a picture that is not there": '<img src="a.png">',
}
FINE = {
    "a link to elsewhere": '<a href="https://x.org">x</a>',
    "a link to itself": '<p id="here"><a href="#here">x</a> <a href="a.html#here">x</a>',
    "a name that looks like an address": '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    "who wrote it": '<link rel="author" href="https://x.org">',
    "code that is shown": "<pre>fetch('https://x.org')</pre>",
    "an address that a script only knows": "<script>// see https://x.org\nlet a = 1</script>",
}


def faults(tmp_path, text, name="a.html"):
    (tmp_path / "site").mkdir()
    (tmp_path / "b.html").write_text("outside")
    (tmp_path / "site" / name).write_text(text)
    return list(offline.faults(tmp_path / "site"))


@pytest.mark.parametrize("what", FETCHED)
def test_what_a_page_would_fetch_and_a_link_to_nowhere_are_found(what, tmp_path):
    assert len(faults(tmp_path, FETCHED[what])) == 1


@pytest.mark.parametrize("what", FINE)
def test_what_fetches_nothing_is_left_alone(what, tmp_path):
    assert faults(tmp_path, FINE[what]) == []


@pytest.mark.parametrize(
    "name, text",
    [("a.css", "p{background:url(//x.org/a.png)}"), ("a.js", "import('https://x.org/a.js')")],
)
def test_styles_and_scripts_in_files_of_their_own_are_looked_at(name, text, tmp_path):
    assert len(faults(tmp_path, text, name)) == 1


def test_the_settings_of_the_site_are_strict():
    text = (ROOT / "docs" / "conf.py").read_text(encoding="utf-8")
    given = {
        target.id: ast.unparse(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert given["nitpicky"] == "True" and given["nb_execution_raise_on_error"] == "True"
