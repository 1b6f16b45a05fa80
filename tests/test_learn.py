"""What is said to an answer, to a student at work, and what is remembered."""

import json
import re
import subprocess
import sys
from math import exp, tanh

import numpy as np
import pytest

from minigrad import Tensor, activations, elementwise, learn
from minigrad.kernels import mathematics
from minigrad.learn import Exercise, Mistake, Words, hints, progress
from minigrad.learn.judging import declared
from minigrad.learn.session import REPORT
from minigrad.learn.words import LANGUAGES

NO_WORDS = Words("", "")


def backward(x, alpha, gy):
    """The gradient of ELU."""
    return gy * (1 if x > 0 else alpha * exp(x))


PROBES = [(x, a, gy) for x in (-2.0, -0.5, 0.0, 1.5) for a in (0.5, 2.0) for gy in (1.0, -3.0)]
SCALAR = Exercise(
    "backward",
    NO_WORDS,
    backward,
    PROBES,
    mistakes=[
        Mistake(
            "y",
            lambda x, alpha, gy: gy * (1 if x > 0 else alpha * (exp(x) - 1)),
            Words("you returned y{where}, expected y + alpha", "{where}y"),
        )
    ],
)
TANH = Exercise("slope", NO_WORDS, lambda x: 1 - tanh(x) ** 2, [(-1.0,), (0.5,)], slope_of=tanh)
PAIR = Exercise(
    "pair", NO_WORDS, lambda x, s: (x * s, (x * s).sum()), [(np.array([1.0, -2.0, 4.0]), 3.0)]
)
DIFFERENCE = Exercise("difference", NO_WORDS, lambda a, b: (a, -2 * b), [(1.0, 3.0), (2.0, -0.5)])
WORD = Exercise("word", NO_WORDS, "relu", mistakes=[Mistake("other", "tanh", NO_WORDS)])


def doubled_below(x, alpha, gy):
    return backward(x, alpha, gy) * (2 if x < 0 else 1)


def unfinished(x, alpha, gy):
    y = ...
    return y * gy


def in_place(x, s):
    x *= s
    return x, x.sum()


@pytest.mark.parametrize(
    "exercise, answer, hint",
    [
        (SCALAR, 3, "not_a_function"),
        (SCALAR, lambda x: x, "arguments"),
        (SCALAR, lambda x, alpha, gy: 1 / 0, "raises"),
        (SCALAR, lambda x, alpha, gy: print(x), "none"),
        (SCALAR, lambda x, alpha, gy: "1", "type"),
        (SCALAR, lambda x, alpha, gy: (1, 2), "count"),
        (SCALAR, lambda x, alpha, gy: [1, 2], "shape"),
        (SCALAR, lambda x, alpha, gy: float("nan"), "not_finite"),
        (SCALAR, lambda x, alpha, gy: gy * (1 if x > 0 else alpha * (exp(x) - 1)), "y"),
        (SCALAR, lambda x, alpha, gy: gy * (1 if x >= 0 else alpha * exp(x)), "kink"),
        (SCALAR, lambda x, alpha, gy: -backward(x, alpha, gy), "sign"),
        (SCALAR, lambda x, alpha, gy: backward(x, alpha, 1), "forgot_factor"),
        (SCALAR, lambda x, alpha, gy: backward(x, alpha, gy) * alpha, "extra_factor"),
        (SCALAR, doubled_below, "too_large"),
        (SCALAR, lambda x, alpha, gy: backward(x, alpha, gy) / 4, "too_small"),
        (SCALAR, lambda x, alpha, gy: gy if x > 0 else 0, "zero"),
        (SCALAR, lambda x, alpha, gy: 7, "constant"),
        (SCALAR, lambda x, alpha, gy: backward(x, alpha, gy) + 0.25, "offset"),
        (SCALAR, lambda x, alpha, gy: gy + x, "wrong"),
        (SCALAR, unfinished, "open"),
        (SCALAR, lambda x, alpha, gy: ..., "open"),
        (SCALAR, ..., "open"),
        (SCALAR, None, "open"),
        (TANH, tanh, "value"),
        (TANH, lambda x: 0, "zero"),
        (PAIR, in_place, "changes_input"),
        (PAIR, lambda x, s: (x * s, x * s), "shape"),
        (PAIR, lambda x, s: (x * s, (x * s).mean()), "wrong"),
        (PAIR, lambda x, s: (x * s, "sum"), "type"),
        (DIFFERENCE, lambda a, b: (-2 * b, a), "swapped"),
        (WORD, "tanh", "other"),
        (WORD, "gelu", "wrong"),
        (WORD, 3, "type"),
    ],
)
def test_a_mistake_gets_its_hint(exercise, answer, hint):
    assert exercise.finding(answer).hint == hint


def test_a_list_of_the_parts_is_as_good_as_a_tuple():
    assert PAIR.finding(lambda x, s: [x * s, (x * x).sum()]).hint == "wrong"
    assert DIFFERENCE.finding(lambda a, b: [-2 * b, a]).hint == "swapped"
    assert TANH.finding(lambda x: [1, 2]).hint == "shape"


def test_a_wrong_shape_says_which_part_has_it():
    told = PAIR.finding(lambda x, s: (x * s, x * s)).text
    assert "in second place, shape (3,), expected a single number" in told.en
    assert "の 2 番目の結果は形 (3,) ですが、一つの数が必要です" in told.ja


def above(a, b):
    return a > b


YES_OR_NO = Exercise(
    "above",
    NO_WORDS,
    above,
    [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (2.0, 1.0)],
    mistakes=[Mistake("inverted", lambda a, b: a <= b, Words("other way", "逆"))],
)


def test_a_wrong_yes_is_not_taken_for_another_mistake_that_is_as_wrong_there():
    assert YES_OR_NO.finding(lambda a, b: not a > b).hint == "inverted"
    told = YES_OR_NO.finding(lambda a, b: a >= b)
    assert told.hint == "wrong" and "above(0, 0) gives True, expected False" in told.text.en
    assert YES_OR_NO.finding(lambda a, b: False).hint == "wrong"  # and not "zero"


def test_numbers_that_differ_in_the_last_bit_are_shown_in_full():
    exact = Exercise("third", NO_WORDS, lambda n: n / 3, [(1.0,), (2.0,)], rtol=1e-17, atol=0.0)
    told = exact.finding(lambda n: n * (1 / 3 + 1e-16)).text.en
    assert "expected 0.33333333333333331" in told


def test_a_value_that_is_asked_for_is_not_told_to_one_who_says_inf():
    value = Exercise("lowest", NO_WORDS, -1.75)
    told = value.finding(-np.inf).text.en
    assert "not a finite number" in told and "1.75" not in told


def test_returning_0_or_a_string_is_not_taken_for_an_empty_answer():
    for answer in (lambda x: 0, lambda x: "x", lambda x: False):
        assert TANH.finding(answer).hint != "open"


@pytest.mark.parametrize(
    "exercise, answer",
    [
        (SCALAR, backward),
        (SCALAR, lambda *given: np.float32(backward(*given))),
        (SCALAR, lambda *given: Tensor(backward(*given))),
        (SCALAR, lambda gx, alpha, out: backward(gx, alpha, out)),
        (PAIR, lambda x, s: ([float(e) * s for e in x], np.sum(x) * s)),
        (WORD, " ReLU "),
    ],
)
def test_a_right_answer_is_right_in_any_type(exercise, answer):
    assert exercise.finding(answer) is None


def test_the_hint_says_where_how_much_and_shows_a_call():
    assert SCALAR.finding(doubled_below).text.en == (
        "it is 2x too large for x < 0. backward(-2, 0.5, 1) gives 0.135335, expected 0.0676676."
    )
    returned_y = SCALAR.finding(lambda x, a, gy: gy * (1 if x > 0 else a * (exp(x) - 1)))
    assert returned_y.text.en.startswith("you returned y for x <= 0, expected y + alpha. backward(")
    second = PAIR.finding(lambda x, s: (x * s, (x * s).sum() + 1))
    assert "in the second number" in second.text.en and "2 番目" in second.text.ja


def test_the_right_value_is_not_told():
    exercise = Exercise("slope", NO_WORDS, 0.25)
    assert "0.25" not in exercise.finding(3).text.en


def test_every_hint_has_both_languages_and_the_same_names_in_them():
    for words in hints.HINTS.values():
        names = [set(re.findall(r"{(\w+)", text)) for text in words]
        assert names[0] == names[1]
        assert re.search("[ぁ-ん]", words.ja)


def op_like(elu, slope=1.0, kinks=(0.0,), partial=True):
    op = elementwise(kinks=kinks)(elu)
    if partial:

        @op.partial("x")
        def delu_dx(x, alpha):
            return 1 if x > 0 else slope * alpha * mathematics.exp(x)

    return op


def elu(x, alpha=1.0):
    return x if x > 0 else alpha * mathematics.expm1(x)


def without_default(x, alpha):
    return x if x > 0 else alpha * mathematics.expm1(x)


def two_tensors(x, alpha):
    return alpha * x


def line(x, alpha=1.0):
    return x if x > 0 else alpha * x


@pytest.mark.parametrize(
    "op, hint",
    [
        (lambda: op_like(elu), None),
        (lambda: elu, "type"),
        (lambda: op_like(without_default), "defaults"),
        (lambda: elementwise(inputs=2)(two_tensors), "tensors"),
        (lambda: op_like(line), "wrong"),
        (lambda: op_like(elu, partial=False), "undeclared"),
        (lambda: op_like(line, kinks=()), "wrong"),
        (lambda: op_like(elu, slope=2.0), "partial"),
    ],
)
def test_an_op_that_a_student_declares_is_judged(op, hint):
    right = Exercise("my_elu", NO_WORDS, None, judge=declared(activations.elu))
    found = right.finding(op())
    assert (found and found.hint) == hint


# A student at work.


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("MINIGRAD_LEARN_DIR", str(tmp_path / "progress"))
    monkeypatch.delenv(REPORT, raising=False)
    return tmp_path


def right_backward(x, gy):
    return gy if x > 0 else 0.0


def test_a_right_answer_is_said_to_be_right_and_remembered(place, capsys):
    lesson = learn.lesson(3)
    relu_backward = right_backward
    assert lesson.check(relu_backward=relu_backward) is relu_backward
    assert capsys.readouterr().out == "3. relu_backward: right.\n"
    assert progress.solved() == {(3, "relu_backward")}


def test_hints_are_in_the_language_of_the_lesson(place, capsys):
    learn.lesson(3, lang="ja").check(steepest=0.5)
    assert "0.5 は x = 0 での値です" in capsys.readouterr().out


def test_an_answer_that_is_not_right_is_stood_in_for(place, capsys):
    lesson = learn.lesson(3)

    @lesson.check
    def tanh_slope(x): ...

    assert tanh_slope(0.5) == pytest.approx(1 - tanh(0.5) ** 2)
    assert "slopes found by differences" in capsys.readouterr().out
    neuron_backward = learn.lesson(2).check(neuron_backward=...)
    gx, gw, gb = neuron_backward(1.0, 2.0, -0.5, gy=3.0)
    assert (gx, gw, gb) == pytest.approx([3 * (1 - tanh(1.5) ** 2) * s for s in (2, 1, 1)])
    assert progress.solved() == set()


@pytest.mark.parametrize(
    "use, said",
    [
        (lambda lesson: lesson.check(), "one value by name"),
        (lambda lesson: lesson.check(a=1, b=2), "one value by name"),
        (lambda lesson: lesson.check(steep=1), "no exercise 'steep'; it has tanh_slope"),
        (lambda lesson: lesson.check(0.25), "no exercise 'float'"),
        (lambda lesson: lesson.check(steepest="x"), "not a number"),
    ],
)
def test_a_check_used_wrongly_says_how_to_use_it(use, said, place, capsys):
    use(learn.lesson(3))
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [(99,), ("1",), (1, "fr"), (None,), ([],)])
def test_a_lesson_that_there_is_not_is_refused_in_one_line(arguments):
    with pytest.raises(ValueError, match=r"^lesson: .* given; there are [\w, ]+$"):
        learn.lesson(*arguments)


def test_the_end_says_what_is_left_and_what_comes_next(place, capsys):
    lesson = learn.lesson(1)
    lesson.check(slope_of_b=3.001)
    lesson.check(gradient_of_x=2)
    lesson.end()
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("Lesson 1: 1 of 5 right. Still to do: product_slopes, hand_on")
    for exercise in lesson.lesson.exercises:
        lesson.check(**{exercise.name: exercise.right})
    lesson.end()
    assert "Next: lesson 2, The chain rule" in capsys.readouterr().out


def test_japanese_hints_are_printed_where_the_terminal_cannot_write_them(run_python):
    script = "from minigrad import learn\nlearn.lesson(3, lang='ja').check(steepest=0.5)"
    assert "0.5 ? x = 0 ????" in run_python(script, PYTHONIOENCODING="ascii")


# Progress.


def test_progress_that_cannot_be_kept_is_no_error(place, monkeypatch):
    (place / "file").write_text("")
    monkeypatch.setenv("MINIGRAD_LEARN_DIR", str(place / "file"))
    progress.solve(1, "slope_of_b")
    assert progress.solved() == set()


def test_foreign_files_among_the_progress_are_passed_over(place):
    progress.solve(1, "slope_of_b")
    for name in ("notes.txt", "x_1", "_", "02_", ".DS_Store"):
        (progress.folder() / name).write_text("\0broken")
    assert progress.solved() == {(1, "slope_of_b")}


def test_many_processes_at_once_lose_no_progress(place):
    script = (
        "import sys; from minigrad.learn import progress\n"
        "for k in range(50): progress.solve(k, sys.argv[1])"
    )
    started = [subprocess.Popen([sys.executable, "-c", script, name]) for name in "ab"]
    assert [process.wait() for process in started] == [0, 0]
    assert progress.solved() == {(k, name) for k in range(50) for name in "ab"}


def test_a_report_takes_the_place_of_progress(place, monkeypatch, capsys):
    report = place / "report.jsonl"
    monkeypatch.setenv(REPORT, str(report))
    learn.lesson(3).check(steepest=0.25)
    assert json.loads(report.read_text())["status"] == "right"
    assert progress.solved() == set()


def test_learning_costs_nothing_until_it_is_asked_for(run_python):
    script = "import sys, minigrad; print(any(m.startswith('minigrad.learn') for m in sys.modules))"
    assert run_python(script).strip() == "False"


def test_numbers_of_the_languages():
    assert LANGUAGES == Words._fields
