"""README.ja.md says what README.md says, and what is checked about that is checked itself."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = runpy.run_path(str(ROOT / "tutorials" / "bilingual.py"))
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
JAPANESE = (ROOT / "README.ja.md").read_text(encoding="utf-8")


def wrong(english=ENGLISH, japanese=JAPANESE):
    return SCRIPT["out_of_step"](english, japanese)


def test_the_japanese_readme_is_in_step_with_the_english_one():
    assert wrong() == [], "translate these, then: python tutorials/bilingual.py --stamp SECTION"


def test_a_changed_section_is_named():
    assert wrong(ENGLISH.replace("Every gradient", "Each gradient")) == [
        "See it: README.md has changed; translate it again"
    ]


def test_new_gone_and_unmarked_sections_are_named():
    assert wrong(ENGLISH + "\n## New\n\nText.\n") == ["New: not in README.ja.md"]
    assert wrong(japanese=JAPANESE + "\n## 余分\n") == [
        "余分: no line <!-- translated from: ... -->"
    ]
    gone = ENGLISH.replace("## Learn\n", "### Learn\n")
    assert "README.md has no section 'Learn'" in str(wrong(gone))


@pytest.mark.parametrize(
    "said, instead, found",
    [
        ("0.51 以下", "0.5 以下", "number only in English: '0.51'"),
        ("`mg.step(c)`", "`mg.steps(c)`", "code only in Japanese: '`mg.steps(c)`'"),
        ("(docs/kinks.md)", "(docs/kink.md)", "link only in English: 'docs/kinks.md'"),
        ("slope * x if x > 0", "slope * x if x < 0", "code only in"),
        ("minigrad train\n", "minigrad training\n", "code only in"),
    ],
)
def test_what_must_be_alike_is_compared(said, instead, found):
    assert said in JAPANESE
    assert found in str(wrong(japanese=JAPANESE.replace(said, instead)))


def test_a_stamp_renews_one_section_or_all():
    changed = ENGLISH.replace("Every gradient", "Each gradient").replace("The names", "Names")
    one = SCRIPT["stamped"](changed, JAPANESE, "See it")
    assert wrong(changed, one) == ["Train: README.md has changed; translate it again"]
    assert wrong(changed, SCRIPT["stamped"](changed, one, "all")) == []


def test_a_heading_inside_code_is_no_section():
    assert list(SCRIPT["sections"]("a\n```\n## no\n```\n## yes\nb\n")) == ["", "yes"]
