"""The scoreboard: its table says what tests told it, and does not call reached what was not."""

from types import SimpleNamespace

import pytest
import scoreboard
from conftest import ROOT


def report(row, outcome="passed", **said):
    return SimpleNamespace(outcome=outcome, user_properties=[("row", row), *said.items()])


def line_of(row, *reports):
    [line] = [s for s in scoreboard.table(reports) if s.startswith(f"| {row} |")]
    return line.split(" | ")[-2:]


def test_counts_of_a_row_add_up():
    reports = report(7, found=(0, 1200)), report(7, found=(0, 34)), report(8, found=(5, 6))
    assert line_of(7, *reports) == ["0 of 1,234", "reached |"]


def test_what_is_not_a_count_is_quoted_once():
    reports = report(8, found="0.5 ulp"), report(8, found="0.5 ulp"), report(8)
    assert line_of(8, *reports) == ["0.5 ulp", "reached |"]


@pytest.mark.parametrize(
    "wrong", [report(7, "failed", found=(3, 10)), report(7, found=(3, 10), missed=True)]
)
def test_a_row_with_one_wrong_test_is_missed(wrong):
    found, verdict = line_of(7, report(7, found=(0, 10)), wrong)
    assert found.startswith("3 of 20") and verdict == "**missed** |"


def test_a_row_without_a_test_or_with_skipped_ones_only_is_not_measured():
    assert line_of(7) == ["", "not measured |"]
    assert line_of(7, report(7, "skipped"))[1] == "not measured |"


def test_every_row_has_its_tests_and_its_place_in_the_docs():
    tests = "".join(f.read_text() for f in (ROOT / "tests").glob("test_*.py"))
    page = (ROOT / "docs" / "reliability.md").read_text()
    for number, row in scoreboard.ROWS.items():
        assert f"scoreboard({number})" in tests or f"full({number}, " in tests
        assert f"| {number} | {' | '.join(row)} |" in page
