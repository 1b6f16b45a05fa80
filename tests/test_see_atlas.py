"""The atlas: every activation is on the page, and the page needs nothing but itself."""

import re
from html.parser import HTMLParser

import pytest

from minigrad import activations, elementwise, others
from minigrad.see import atlas

EVERY = activations.every()
VOID = {"meta", "input", "br"}
NASTY = "<img src=x onerror=alert(1)></pre></script>"


@elementwise(source=f"Nobody 2000, https://example.org/?a=1&b=2 {NASTY}", also=("<i>",))
def nasty(x):
    """Nasty: <script>alert(1)</script> & </details>, CARDS, PICTURES."""
    return x  # </pre></article>


@nasty.partial("x")
def dnasty_dx():
    return 1


class Page(HTMLParser):
    """What a page holds: its tags in order, what it links to and what it would load."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.links, self.loads = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attributes:
            if tag == "a" and name == "href":
                self.links.append(value)
            elif name in ("src", "href", "action", "data", "srcset", "xlink:href"):
                self.loads.append((tag, value))
            assert not name.startswith("on")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.open[-3:])


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    file = tmp_path_factory.mktemp("atlas") / "atlas.html"
    return atlas.write(file, EVERY, others.every()).read_text(encoding="utf-8")


def cards(text):
    """The text of each card by name."""
    found = re.findall(r'<article id="(.*?)">(.*?)</article>', text, re.S)
    assert len(found) == text.count("<article")
    return dict(found)


def test_every_activation_has_a_card_with_a_picture(text):
    found = cards(text)
    assert list(found) == list(EVERY)
    for name, card in found.items():
        assert card.count('<svg xmlns="http://www.w3.org/2000/svg" class="mgp"') == 1, name
        assert card.count('class="panel"') == 2 and "<summary>declaration</summary>" in card
    assert f">{len(EVERY)}</small>" in text


def test_a_card_says_what_the_declaration_says(text):
    card = cards(text)["leaky_relu"]
    for words in (
        "Leaky ReLU: x for x &gt; 0, negative_slope x otherwise.",
        "kink at 0: slope 0.2 left, 1 right, taken 0.2",
        "a finite number of at least 0; default 0.2; also called alpha",
        "layers.LeakyReLU", "Maas et al. 2013", "def leaky_relu(x, negative_slope=0.2):",
        "def dleaky_relu_dx(x, negative_slope):",
    ):  # fmt: skip
        assert words in card
    assert "also swish" in cards(text)["silu"]
    assert "no kink, no jump" in cards(text)["gelu"]
    assert "learned, a finite number above 0; starts from 1.0" in cards(text)["pelu"]
    assert "prelu(alpha=0.25)" in cards(text)["prelu"]


def test_where_others_differ_is_on_the_card(text):
    card = cards(text)["leaky_relu"]
    assert "where others differ" in card and "<b>MyGrad: 0</b>" in card
    assert "2.3 leaky_relu at 0" in card and "2.3 selu at 0" not in card
    assert "where others differ" not in atlas.page({"relu": EVERY["relu"]})


def test_rows_are_about_ops_that_they_call_and_not_arguments_of_that_name():
    about = {row.id for row in atlas.about(EVERY["threshold"], others.every())}
    assert not any("relu(threshold" in id for id in about)
    about = [row for row in others.every() if row in atlas.about(EVERY["relu"], others.every())]
    assert about and all("relu" in row.run.lower() for row in about)
    for row in about:
        assert any(str(given) != row.answer() for given in row.others.values())


def test_the_page_is_well_formed_and_loads_nothing(text):
    page = Page(text)
    assert page.open == [] and page.loads == []
    assert "url(" not in text and "@import" not in text and "fetch(" not in text
    assert len(page.links) >= len(EVERY) - 3
    assert all(re.fullmatch(r"https?://\S+", link) for link in page.links)
    assert page.tags.count("script") == 1


def test_a_page_that_loads_something_is_seen():
    assert Page('<img src="http://x.org/a.png">').loads == [("img", "http://x.org/a.png")]
    with pytest.raises(AssertionError):
        Page("<p><b>x</p>")


def test_the_page_searches_and_follows_light_and_dark(text):
    assert 'id="search"' in text and 'name="viewport"' in text
    assert text.count("prefers-color-scheme:dark") == 2  # the page and its pictures, once each
    assert text.count("<style>") == 1


def test_text_of_others_cannot_end_what_it_stands_in():
    text = atlas.page({"nasty": nasty})
    page = Page(text)
    assert page.open == [] and page.loads == [] and page.tags.count("script") == 1
    assert "img" not in page.tags and "i" not in page.tags
    assert page.links == ["https://example.org/?a=1&b=2"]
    assert text.count("CARDS, PICTURES.") == 2  # the formula and its source


def test_a_file_of_another_kind_gets_one_line():
    with pytest.raises(ValueError, match=r"atlas: 'atlas\.png' given; its name must end in \.html"):
        atlas.write("atlas.png", EVERY)


def test_the_page_is_made_without_the_compiler(run_python, tmp_path):
    script = f"""
import sys
from minigrad import activations
from minigrad.see import atlas
atlas.write({str(tmp_path / "atlas.html")!r}, activations.every())
print("numba" in sys.modules)
"""
    assert run_python(script).strip() == "False"
