"""The lessons as students meet them, and their answers as teachers know them.

Everything here goes over all lessons: a new one is tested by being there.
"""

import ast
import functools
import inspect
import itertools
import json
import os
import re
import runpy
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from minigrad.learn.catalogue import every
from minigrad.learn.session import REPORT

ROOT = Path(__file__).parents[1]
TUTORIALS = ROOT / "tutorials"
LESSONS = every()
FILES = {number: lesson.file for number, lesson in LESSONS.items()}
EXERCISES = [(n, e) for n, lesson in LESSONS.items() for e in lesson.exercises]
by_exercise = pytest.mark.parametrize(
    "number, exercise", EXERCISES, ids=[f"{n:02d} {e.name}" for n, e in EXERCISES]
)
by_file = pytest.mark.parametrize("number", LESSONS, ids=FILES.values())


@pytest.fixture(scope="module")
def build():
    pytest.importorskip("jupytext", reason="jupytext is not installed: nothing to build lessons")
    sys.path.insert(0, str(TUTORIALS))
    yield runpy.run_path(str(TUTORIALS / "build.py"))
    sys.path.remove(str(TUTORIALS))


def loaded(number):
    """The answers file of a lesson, as a module whose source can be read."""
    from importlib.util import module_from_spec, spec_from_file_location

    file = TUTORIALS / "teacher" / "answers" / f"{number:02d}.py"
    spec = spec_from_file_location(f"answers_{number:02d}", file)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ANSWERS = {number: loaded(number) for number in LESSONS}


def hint(exercise, answer):
    found = exercise.finding(answer)
    return "right" if found is None else found.hint


@by_exercise
def test_the_right_answer_passes(number, exercise):
    assert exercise.finding(getattr(ANSWERS[number], exercise.name)) is None


@by_exercise
def test_typical_wrong_answers_fail_each_with_its_own_hint(number, exercise):
    wrong = ANSWERS[number].WRONG[exercise.name]
    assert [hint(exercise, answer) for _, answer in wrong] == [name for name, _ in wrong]
    assert len({name for name, _ in wrong}) >= 3


@by_exercise
def test_every_mistake_of_an_exercise_is_recognised_as_itself(number, exercise):
    for mistake in exercise.mistakes:
        assert hint(exercise, mistake.answer) == mistake.hint


class Broken:
    """An answer that fails in any way it can."""

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __repr__(self):
        raise RuntimeError("repr")


def exits(*_):
    raise SystemExit(3)


ODD = [
    None, ..., 3, -1.5, True, "relu", [], [1, [2, 3]], {}, (1, "a"), (), b"x", float("nan"), 1j,
    10**400, object, print, Broken(), Broken, exits, lambda: 0, lambda *a: None, lambda *a: ...,
    lambda *a: "text", lambda *a: (1, 2, 3, 4, 5, 6, 7), lambda *a: [[1], [2, 3]], lambda *a: a,
    lambda *a: Broken(), lambda *a: 1 / 0, lambda *a: 10**400, lambda *a: lambda: 0,
]  # fmt: skip


@by_exercise
def test_no_answer_whatever_ends_in_an_error_of_ours(number, exercise, capsys):
    for answer in ODD:
        found = exercise.finding(answer)
        if found is not None:
            assert found.hint and not re.search(r"{[a-z]+}", found.text.en + found.text.ja)


@by_file
def test_answers_are_for_exercises_that_there_are(number):
    names = {e.name for e in LESSONS[number].exercises}
    assert set(ANSWERS[number].WRONG) == names
    assert len(names) == len(LESSONS[number].exercises)


# Mutants of right answers.

OTHER = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.Lt, ast.LtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.And: ast.Or, ast.Or: ast.And, ast.MatMult: ast.Mult,
}  # fmt: skip
CLOSE = {ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Lt: ast.LtE, ast.LtE: ast.Lt}


def changes(node):
    """What an expression or statement may be mistaken for."""
    match node:
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int() | float() as value):
            for other in dict.fromkeys((value + 1, -value, value * 1.01, 0)):
                if other != value:
                    yield ast.Constant(other)
        case ast.BinOp(left, op, right) if type(op) in OTHER:
            yield ast.BinOp(left, OTHER[type(op)](), right)
            yield left
            yield right
        case ast.UnaryOp(ast.USub(), operand):
            yield operand
        case ast.Compare(left, [op], right):
            for others in (OTHER, CLOSE):
                if type(op) in others:
                    yield ast.Compare(left, [others[type(op)]()], right)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(OTHER[type(op)](), values)
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
            yield body
            yield orelse
        case ast.Tuple(elements, ast.Load()) if len(elements) == 2:
            yield ast.Tuple(elements[::-1], ast.Load())
        case ast.AugAssign(target, op, value):
            yield ast.Assign([target], value)
            yield ast.AugAssign(target, OTHER[type(op)](), value)
            yield ast.Pass()
        case ast.Return(value) if value is not None:
            yield ast.Return(None)


def mutants(source):
    """(what was changed, the source with that change) for every change of a definition."""
    tree = ast.parse(source)
    decorators = [d for top in tree.body for d in getattr(top, "decorator_list", ())]
    given = {node for decorator in decorators for node in ast.walk(decorator)}
    for parent in [node for node in ast.walk(tree) if node not in given]:
        for name, value in list(ast.iter_fields(parent)):
            for k, child in enumerate(value if isinstance(value, list) else [value]):
                if not isinstance(child, ast.expr | ast.stmt) or child in given:
                    continue
                for other in changes(child):
                    changed = (
                        [*value[:k], other, *value[k + 1 :]] if isinstance(value, list) else other
                    )
                    ast.fix_missing_locations(ast.copy_location(other, child))
                    setattr(parent, name, changed)
                    where = f" in {ast.unparse(parent)}" if isinstance(child, ast.Constant) else ""
                    text = f"{ast.unparse(child)} -> {ast.unparse(other)}{where}"
                    ast.fix_missing_locations(tree)
                    yield text.replace("\n", "; "), ast.unparse(tree)
                    setattr(parent, name, value)


def owner(node):
    """Which answer a definition belongs to: `my_op` for one under `@my_op.partial("x")`."""
    for decorator in getattr(node, "decorator_list", ()):
        match decorator:
            case ast.Call(ast.Attribute(ast.Name(op), "partial")):
                return op
    return getattr(node, "name", None)


def source_of(answers, name):
    """The definition of an answer, and of the slopes that are declared for it."""
    body = ast.parse(inspect.getsource(answers)).body
    return "\n".join(ast.unparse(node) for node in body if owner(node) == name)


@functools.cache
def survivors(number, exercise):
    """Changes of the right answer that the check does not see, and how many there are in all."""
    answers = ANSWERS[number]
    right = getattr(answers, exercise.name)
    name = exercise.name
    source = source_of(answers, name) if callable(right) else f"{name} = {right!r}"
    found, count = [], 0
    for text, changed in mutants(source):
        names = dict(vars(answers))
        exec(compile(changed, "mutant", "exec"), names)  # noqa: S102
        count += 1
        if exercise.finding(names[exercise.name]) is None:
            found.append(text)
    return found, count


@by_exercise
def test_every_mutant_of_a_right_answer_is_found(number, exercise):
    found, count = survivors(number, exercise)
    allowed = getattr(ANSWERS[number], "SURVIVORS", {})
    assert [text for text in found if text not in allowed] == []
    assert count > 0 or isinstance(exercise.right, str)


@by_file
def test_a_mutant_that_is_said_to_survive_does(number):
    found = itertools.chain(*(survivors(number, e)[0] for e in LESSONS[number].exercises))
    assert set(getattr(ANSWERS[number], "SURVIVORS", {})) <= set(found)


# The files.


@by_file
def test_every_text_has_its_japanese_which_says_the_same(number, build):
    assert build["unlike"](TUTORIALS / "source" / f"{FILES[number]}.py") == []


def test_scripts_and_notebooks_are_in_step_with_their_sources(build):
    assert build["out_of_step"]() == []
    assert {file.stem for file in build["sources"]()} == set(FILES.values())


def test_the_build_sees_texts_that_differ_or_stand_alone(build, tmp_path):
    cells = {
        "# %% [markdown]\n# A `slope` of 2\n": "no Japanese after 'A `slope` of 2'",
        '# %% [markdown] lang="ja"\n# 傾き\n': "no English before '傾き'",
        '# %% [markdown]\n# A `slope` of 2\n# %% [markdown] lang="ja"\n# 傾きは `slope`\n':
            "'A `slope` of 2': number only in English: '2'",
        '# %% [markdown]\n# See [1](a.ipynb)\n# %% [markdown] lang="ja"\n# [1](b.ipynb)\n':
            "'See [1](a.ipynb)': link only in English: 'a.ipynb'",
    }  # fmt: skip
    file = tmp_path / "01_graph.py"
    for text, said in cells.items():
        file.write_text(text, encoding="utf-8")
        assert f"01_graph.py: {said}" in build["unlike"](file)


def test_the_build_without_jupytext_says_in_one_line_what_to_install():
    code = "import runpy, sys; sys.modules['jupytext'] = None; runpy.run_path('build.py')"
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=TUTORIALS, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr == "build: jupytext is not installed; run pip install -e '.[test]'\n"


@pytest.mark.parametrize("lang", ["en", "ja"])
@by_file
def test_a_notebook_has_no_outputs_and_its_title_is_that_of_the_lesson(number, lang):
    file = TUTORIALS / ("ja" if lang == "ja" else "") / f"{FILES[number]}.ipynb"
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    assert all(not c["outputs"] and c["execution_count"] is None
               for c in cells if c["cell_type"] == "code")  # fmt: skip
    assert cells[0]["source"][0].strip() == f"# {LESSONS[number].title.said(lang)}"


def answered(number, lang="en"):
    """The script of a lesson with the right answers filled in."""
    folder = TUTORIALS / ("ja" if lang == "ja" else "")
    tree = ast.parse((folder / f"{FILES[number]}.py").read_text(encoding="utf-8"))
    answers = ANSWERS[number]
    definitions = ast.parse(inspect.getsource(answers))
    names = {e.name: e for e in LESSONS[number].exercises}
    own = {d.name: d for d in definitions.body if isinstance(d, ast.FunctionDef | ast.ClassDef)}
    for k, node in enumerate(tree.body):
        match node:
            case ast.FunctionDef(name) | ast.ClassDef(name) if name in own and owner(node) in names:
                own[name].decorator_list = node.decorator_list or own[name].decorator_list
                tree.body[k] = own[name]
            case ast.Assign([ast.Name(name)]) if name in names and not callable(
                getattr(answers, name)
            ):
                node.value = ast.parse(repr(getattr(answers, name)), mode="eval").body
    needed = [n for n in definitions.body if isinstance(n, ast.Import | ast.ImportFrom)]
    return ast.unparse(ast.Module([*needed, *tree.body], []))


def opened(number, lang):
    """The script of a lesson as it is."""
    file = TUTORIALS / ("ja" if lang == "ja" else "") / f"{FILES[number]}.py"
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What every lesson reports when it is run and answered."""
    codes = {f"{n:02d}_en_answered": answered(n) for n in LESSONS}
    return what_they_tell(tmp_path_factory.mktemp("lessons"), codes)


@pytest.fixture(scope="module")
def told_open(tmp_path_factory):
    """The same with nothing answered; the documentation's build runs these as notebooks, too."""
    codes = {f"{n:02d}_{lang}_open": opened(n, lang) for n in LESSONS for lang in ("en", "ja")}
    return what_they_tell(tmp_path_factory.mktemp("lessons_open"), codes)


def what_they_tell(place, codes):
    """What scripts report, all run in one process."""
    for name, code in codes.items():
        (place / f"{name}.py").write_text(code, encoding="utf-8")
    runner = place / "run_all.py"
    runner.write_text(RUNNER, encoding="utf-8")
    process = subprocess.run(
        [sys.executable, str(runner)], cwd=place, capture_output=True, text=True, timeout=300,
        env=os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", "PYTHONUTF8": "1",
                          "MINIGRAD_LEARN_DIR": str(place / "progress"),
                          "NUMBA_DISABLE_JIT": "0"},  # lesson 9 is about compiled code
    )  # fmt: skip
    assert process.returncode == 0, process.stderr[-3000:]
    return json.loads((place / "told.json").read_text(encoding="utf-8"))


# One process for all lessons: what each prints and reports, and how long it takes.
RUNNER = f"""
import contextlib, io, json, os, runpy, time, traceback
from pathlib import Path

found = {{}}
for file in sorted(Path(".").glob("[0-9]*.py")):
    report = file.with_suffix(".jsonl")
    os.environ[{REPORT!r}] = str(report)
    printed, error, start = io.StringIO(), "", time.perf_counter()
    with contextlib.redirect_stdout(printed):
        try:
            runpy.run_path(str(file), run_name="__main__")
        except BaseException:
            error = traceback.format_exc()
    lines = report.read_text().splitlines() if report.exists() else []
    found[file.stem] = {{
        "error": error, "printed": printed.getvalue(), "seconds": time.perf_counter() - start,
        "told": [json.loads(line) for line in lines],
    }}
Path("told.json").write_text(json.dumps(found))
"""


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "ja"])
@by_file
def test_a_lesson_runs_to_its_end_with_nothing_answered(number, lang, told_open):
    run = told_open[f"{number:02d}_{lang}_open"]
    assert run["error"] == ""
    names = [e.name for e in LESSONS[number].exercises]
    assert [(t["exercise"], t["status"]) for t in run["told"]] == [(n, "open") for n in names]
    start = LESSONS[number].exercises[0].start.said(lang)
    assert start in run["printed"]
    said = {9: "same numbers: True" if lang == "en" else "", 12: "the same bits: True"}
    assert said.get(number, "") in run["printed"]


@by_file
def test_a_lesson_with_right_answers_says_so(number, told):
    run = told[f"{number:02d}_en_answered"]
    assert run["error"] == ""
    statuses = Counter(t["status"] for t in run["told"])
    assert statuses == {"right": len(LESSONS[number].exercises)}, run["told"]


def test_the_lesson_on_gpus_finds_the_bits_of_the_cpu_in_the_simulator(told):
    yours = "your kernel, 2 blocks of 3: [-0.6  -0.45 -0.3  -0.15  0.    0.5   1.  "
    printed = told["12_en_answered"]["printed"]
    assert yours in printed and "elu, cuda   [-0.86" in printed
    assert "the same bits: True" in printed


def test_a_loop_and_its_kernel_give_the_same_numbers_as_lesson_9_says(told):
    assert "same numbers: True" in told["09_en_answered"]["printed"]


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "ja"])
@by_file
def test_a_notebook_executes(number, lang, tmp_path, monkeypatch):
    client = pytest.importorskip("nbclient", reason="nbclient is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.setenv("MINIGRAD_LEARN_DIR", str(tmp_path))
    file = TUTORIALS / ("ja" if lang == "ja" else "") / f"{FILES[number]}.ipynb"
    made = nbformat.read(file, as_version=4)
    client.NotebookClient(made, timeout=120, kernel_name="python3").execute()
    shown = str([c.get("outputs") for c in made.cells])
    # A lesson has something to look at; lessons 10 and 12 draw theirs in letters.
    assert number in (10, 12) or "image/svg+xml" in shown or "text/html" in shown
