"""`minigrad list`, `check` and `atlas`: what the declarations say, also those of a learner."""

import io

import pytest
from rich.console import Console

from minigrad import activations, listing
from minigrad.__main__ import main

MINE = '''
from minigrad import elementwise

@elementwise(kinks=[0.0], source="Me 2026")
def hinge(x, slope=2.0):
    """Hinge: slope x for x > 0, 0 otherwise."""
    return slope * x if x > 0 else 0

@hinge.partial("x")
def dhinge_dx(x, slope):
    return {slope} if x > 0 else 0
'''


@pytest.fixture
def mine(tmp_path):
    def write(slope="slope"):
        path = tmp_path / "mine.py"
        path.write_text(MINE.replace("{slope}", slope))
        return str(path)

    return write


def printed(show, *arguments, width=200):
    console = Console(width=width, record=True, file=io.StringIO())
    show(console, *arguments)
    return console.export_text()


def test_the_list_has_every_activation_with_its_facts():
    text = printed(listing.show, None)
    assert all(name in text for name in activations.every())
    row = next(line for line in text.splitlines() if "relu6" in line)
    assert "ReLU6: x cut off below 0 and above 6." in row and "0, 6" in row
    assert "jump at 1" in text and "t_left, t_right" in text and "softmax" in text


def test_a_learners_own_activation_is_listed_and_checked(mine):
    assert "Hinge: slope x for x > 0, 0 otherwise." in printed(listing.show, mine())
    assert "gradients ok" in printed(listing.check, None, mine())


def test_a_wrong_slope_fails_the_check_and_is_described(mine, capsys):
    assert main(["check", "--import", mine("3 * slope")]) == 2
    said = capsys.readouterr()
    assert "1 of 1 have wrong slopes: hinge" in said.err and "factor 3" in said.out


def test_one_activation_is_checked_by_name(capsys):
    assert main(["check", "selu"]) == 0
    assert "legal [1.0507, 1.7581], yours 1.7581" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "rellu"], "'rellu' is not among"),
        (["list", "--import", "no_such_module"], "no_such_module"),
        (["list", "--import", "no_such_file.py"], "there is no file"),
        (["list", "--import", "json"], "declares no op"),
        (["atlas", "--output", "/no/such/folder/x.html"], "/no/such/folder"),
    ],
)
def test_bad_arguments_end_with_one_line(arguments, words, capsys):
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1


def test_a_module_that_raises_is_named(tmp_path, capsys):
    path = tmp_path / "broken.py"
    path.write_text("1 / 0\n")
    assert main(["list", "--import", str(path)]) == 2
    assert "broken.py: ZeroDivisionError: division by zero" in capsys.readouterr().err


def test_the_atlas_is_written(tmp_path, mine, capsys):
    page = tmp_path / "atlas.html"
    assert main(["atlas", "--output", str(page), "--import", mine()]) == 0
    assert "hinge" in page.read_text() and str(page.name) in capsys.readouterr().out
