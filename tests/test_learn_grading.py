"""A class is graded: each student's files, whatever is in them."""

import json

import pytest

from minigrad.__main__ import main
from minigrad.learn import grading

BEGIN = "from minigrad import learn\nlesson = learn.lesson(2)\n"
RIGHT = "lesson.check(chain_slope=24)\n"
WRONG = "lesson.check(chain_slope=8)\n"


def notebook(code):
    cells = [{"cell_type": "markdown", "source": ["learn.lesson(1)"]}]
    cells.append({"cell_type": "code", "source": code.splitlines(keepends=True)})
    return json.dumps({"cells": cells})


FILES = {
    "aiko/02_chain_rule.py": BEGIN + RIGHT,
    "aiko/notes.py": "raise SystemExit('not a lesson')",
    "ben/02_chain_rule.ipynb": notebook("%pip install x\n!ls\n" + BEGIN + WRONG),
    "carl/homework/02.py": BEGIN + RIGHT + "1 / 0\n",
    "carl/homework/02_ja.py": BEGIN.replace("(2)", '(2, lang="ja")') + WRONG,
    "dora.py": BEGIN + RIGHT,
    "dora_02_chain_rule.py": BEGIN + WRONG,
    "emil/02.py": BEGIN + "def broken(:\n",
    "emil/02_open.py": BEGIN + "told = (\n",
    "emil/02_far.py": BEGIN + "raise SystemExit('lesson.py\", line 99999')",
    "fay/broken.ipynb": "{not json learn.lesson(2)",
    "gus/.ipynb_checkpoints/02.py": BEGIN + RIGHT,
    "readme.txt": "learn.lesson(2)",
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    seen = []
    return grading.grade(folder, watch=lambda: seen.append(1)), seen


def work(graded, file):
    (found,) = [w for w in graded[0] if w.file.replace("\\", "/") == file]
    return found


def status(work, exercise="chain_slope"):
    return work.exercises[exercise]["status"], work.exercises[exercise]["hint"]


def test_only_lessons_are_run_and_each_is_counted(graded):
    files = {w.file.replace("\\", "/") for w in graded[0]}
    assert files == set(FILES) - {"aiko/notes.py", "fay/broken.ipynb", "readme.txt",
                                  "gus/.ipynb_checkpoints/02.py"}  # fmt: skip
    assert len(graded[1]) == len(files)


def test_right_and_wrong_answers_are_told_apart_with_their_hints(graded):
    assert status(work(graded, "aiko/02_chain_rule.py")) == ("right", "")
    assert status(work(graded, "ben/02_chain_rule.ipynb")) == ("wrong", "forgot_inner")
    assert status(work(graded, "aiko/02_chain_rule.py"), "two_paths") == ("not reached", "")


def test_what_was_right_before_an_error_counts(graded):
    crashed = work(graded, "carl/homework/02.py")
    assert status(crashed) == ("right", "")
    assert crashed.error == "line 4, `1 / 0`: ZeroDivisionError: division by zero"
    assert work(graded, "emil/02.py").error.startswith("line 3, `def broken(:`: SyntaxError")
    assert "SyntaxError" in work(graded, "emil/02_open.py").error
    assert work(graded, "emil/02_far.py").error == 'line 99999: lesson.py", line 99999'


ENDLESS = """
import os
with open(os.environ["MINIGRAD_LEARN_REPORT"], "w") as report:
    report.write('{"exercise": "chain_slope", "status": "right", "hint": "", "text": ""}\\n{"exer')
while True:
    pass
"""


def test_a_program_without_end_is_stopped_and_what_it_had_counts():
    endless = grading.Work("dora", "dora.py", 2)
    grading.run(endless, ENDLESS, timeout=3)
    assert endless.error == "stopped after 3 s"
    assert status(endless) == ("right", "")


def test_the_best_of_several_files_counts(graded):
    found = grading.summary(graded[0])
    assert set(found) == {"aiko", "ben", "carl", "dora", "emil"}
    assert found["carl"][2]["chain_slope"]["status"] == "right"


def test_the_report_is_json_with_every_exercise_of_every_student(graded):
    found = json.loads(json.dumps(grading.report(graded[0])))
    aiko = found["students"]["aiko"]
    assert (aiko["right"], aiko["exercises"]) == (1, 4)
    assert aiko["lessons"]["2"]["chain_slope"]["status"] == "right"
    assert len(found["files"]) == len(graded[0])


def test_the_command_line_shows_a_table_and_writes_the_report(tmp_path, capsys):
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ben.py").write_text(BEGIN + WRONG)
    report = tmp_path / "report.json"
    assert main(["learn", "--grade", str(tmp_path / "class"), "--json", str(report)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "ben" in printed and "0/4" in printed and "3 times as much" in printed
    assert json.loads(report.read_text(encoding="utf-8"))["students"]["ben"]["right"] == 0


def test_the_lessons_are_listed_with_progress(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MINIGRAD_LEARN_DIR", str(tmp_path))
    (tmp_path / "02_chain_slope").touch()
    assert main(["learn"]) == 0
    printed = capsys.readouterr().out
    assert "The chain rule" in printed and "1/4" in printed and "0/5" in printed
    assert main(["learn", "2", "--lang", "ja"]) == 0
    printed = capsys.readouterr().out
    assert "連鎖律" in printed and "[x] chain_slope" in printed and "[ ] two_paths" in printed
    assert "02_chain_rule.ipynb" in printed


@pytest.mark.parametrize(
    "options",
    ["99", "--grade nowhere", "--json x.json", "--grade . --timeout 0", "--grade . --json no/x"],
)
def test_bad_options_end_with_one_line(options, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["learn", *options.split()]) == 2
    error = capsys.readouterr().err
    assert error.startswith("minigrad: learn: ") and error.count("\n") == 1


def test_a_folder_without_lessons_says_so(capsys, tmp_path):
    (tmp_path / "a.py").write_text("print(1)")
    assert main(["learn", "--grade", str(tmp_path)]) == 2
    assert "no file in it begins with learn.lesson" in capsys.readouterr().err
