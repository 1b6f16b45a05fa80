"""Where others differ: what the page says of minigrad holds now, and what it says of PyTorch.

The expectations are those of the formulas and of the rule at kinks, written by hand.
"""

import dataclasses
import subprocess
import sys

import pytest
from conftest import ROOT

from minigrad import others
from minigrad.__main__ import main

ROWS = others.every()
ABOUT_TORCH = [row for row in ROWS if row.torch]
PAGE = ROOT / "docs" / "where-others-differ.md"


def by_id(rows):
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.id)


def numbers_in(given):
    """The numbers of an answer; none if it is in words."""
    if isinstance(given, list):
        return [n for g in given for n in numbers_in(g)]
    return [] if isinstance(given, str) else [float(given)]


def outside(row):
    """The frameworks whose slope lies outside of the legal ones, to the digits that are given."""
    low, high = row.legal
    return {
        name
        for name, given in row.others.items()
        if any(not low - 1e-4 <= slope <= high + 1e-4 for slope in numbers_in(given))
    }


@by_id(ROWS)
def test_minigrad_does_what_the_page_says(row):
    assert row.answer() == others.text(row.gives)


@by_id([row for row in ROWS if str(row.gives).endswith("Error")])
def test_every_error_is_one_line_that_says_what_was_given(row):
    message = str(others.outcome(row.run, others.NAMES))
    assert "\n" not in message and len(message) > 30, message


@by_id([row for row in ROWS if row.legal])
def test_wrong_slopes_are_those_outside_the_legal_range(row):
    assert outside(row) == set(row.wrong)
    assert all(row.legal[0] - 1e-4 <= n <= row.legal[1] + 1e-4 for n in numbers_in(row.gives))


def torch_slope(torch, x, f, **numbers):
    leaf = torch.tensor(x, requires_grad=True)
    y = f(leaf, **numbers)
    y.backward(torch.ones_like(y))
    return leaf.grad.tolist()


def as_lists(torch, value):
    if isinstance(value, list):
        return [as_lists(torch, v) for v in value]
    return value.tolist() if isinstance(value, torch.Tensor) else value


def answer_of_torch(row):
    torch = pytest.importorskip("torch")
    names = {
        "torch": torch, "F": torch.nn.functional, "T": torch.tensor,
        "inf": float("inf"), "nan": float("nan"),
        "slope": lambda f, x, **numbers: torch_slope(torch, x, f, **numbers),
    }  # fmt: skip
    return others.text(as_lists(torch, others.outcome(row.torch, names)))


def said_of_torch(row):
    """What the page says of the PyTorch that is installed."""
    torch = pytest.importorskip("torch")
    older = tuple(map(int, torch.__version__.split(".")[:2])) < (2, 14)
    names = [name for name in row.others if name.startswith("PyTorch") and "up to" not in name]
    return row.others["PyTorch 2.13" if older and "PyTorch 2.13" in names else names[0]]


@by_id(ABOUT_TORCH)
def test_pytorch_does_what_the_page_says(row):
    got, said = answer_of_torch(row), others.text(said_of_torch(row))
    assert got == said


def test_every_number_that_the_page_gives_for_pytorch_is_tested():
    claims = [r for r in ROWS if any(n.startswith("PyTorch") for n in r.others)]
    assert [r.id for r in claims if not r.torch and r not in others.DTYPES] == []


def test_the_page_is_what_is_generated_now():
    assert PAGE.read_text(encoding="utf-8") == others.markdown(), (
        "run python -m minigrad.others > docs/where-others-differ.md"
    )


def test_the_page_is_printed_by_the_module():
    run = [sys.executable, "-m", "minigrad.others"]
    printed = subprocess.run(run, capture_output=True, text=True, cwd=ROOT, check=True)
    assert printed.stdout == others.markdown()


def test_every_conflict_is_on_the_page_and_every_id_once():
    ids = [row.id for row in ROWS]
    assert len(set(ids)) == len(ids)
    assert {i.split()[0] for i in ids} == {f"C{n}" for n in range(1, 23)} | {
        "2.3", "2.4", "2.5", "2.6",
    }  # fmt: skip


def test_every_framework_called_wrong_is_among_the_others():
    assert all(set(row.wrong) <= row.others.keys() for row in ROWS)


def test_every_line_of_a_table_has_six_cells():
    page = others.markdown().replace(r"\|", "")
    lines = [line for line in page.split("\n") if line.startswith("|")]
    assert {line.count("|") for line in lines} == {7}
    assert len(lines) == len(ROWS) + 2 * len(others.SECTIONS)


def test_the_command_line_shows_the_tables(capsys):
    assert main(["list", "--others"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "C1" in printed and "MyGrad: 0" in printed and "2.6 Senseless arguments" in printed


# The checkers are checked


@pytest.mark.parametrize(
    "run", ["relu(-1.0)", "-relu(-1.0)", "no_such_name", "elu(0.0, alpha=None)"]
)
def test_an_answer_that_is_not_expected_is_seen(run):
    row = dataclasses.replace(ROWS[0], run=run, gives=0.5)
    assert row.answer() != others.text(row.gives)


def test_text_tells_zeros_errors_and_numbers_apart():
    given = [0.0, -0.0, 1e-7, float("nan"), ValueError("no"), TypeError("no"), [0.0], True]
    assert len({others.text(g) for g in given}) == len(given)


def test_a_slope_outside_of_the_legal_range_is_seen():
    row = next(row for row in ROWS if row.id == "2.3 leaky_relu at 0")
    assert outside(row) == {"MyGrad"}
    assert outside(dataclasses.replace(row, legal=(0, 0.5))) == {"JAX", "tinygrad", "numpy-ml"}


def test_a_wrong_claim_about_pytorch_is_seen():
    row = next(row for row in ABOUT_TORCH if row.id == "2.3 relu at 0")
    assert answer_of_torch(row) == "0"
    assert answer_of_torch(dataclasses.replace(row, torch="slope(F.relu, 1.0)")) != "0"
