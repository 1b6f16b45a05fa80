"""Lesson 1: a value and its graph, built by the student."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..exercise import Exercise, Mistake
from ..session import Lesson
from ..words import Words


def product_slopes(a: float, b: float) -> tuple[float, float]:
    """The slopes of a b."""
    return b, a


@dataclass(eq=False)
class Value:
    """As much of the lesson's Value as an answer needs to be tried."""

    data: float = 1.5
    grad: float = 0.0
    parents: Sequence["Value"] = ()
    slopes: Sequence[float] = ()


def hand_on(value: Any) -> None:
    """Add gradient times slope to each parent's gradient."""
    for parent, slope in zip(value.parents, value.slopes, strict=True):
        parent.grad += value.grad * slope


def handed(answer: Callable[..., Any], grad: float, slopes: Any, before: Any) -> Any:
    """The gradients after a value has handed on: of its parents, which may be one, and its own."""
    parents = [Value(grad=g) for g in before]
    value = Value(grad=grad, parents=(parents[0], parents[-1]), slopes=slopes)
    answer(value)
    return parents[0].grad, parents[-1].grad, value.grad


def overwriting(value: Any) -> None:
    """As hand_on, but what a parent had before is lost."""
    for parent, slope in zip(value.parents, value.slopes, strict=True):
        parent.grad = value.grad * slope


def without_gradient(value: Any) -> None:
    """As hand_on, but with the slope alone."""
    for parent, slope in zip(value.parents, value.slopes, strict=True):
        parent.grad += slope


def without_slope(value: Any) -> None:
    """As hand_on, but with the gradient alone."""
    for parent in value.parents:
        parent.grad += value.grad


def with_data(value: Any) -> None:
    """As hand_on, but with what the value is in the place of its gradient."""
    for parent, slope in zip(value.parents, value.slopes, strict=True):
        parent.grad += value.data * slope


def first_only(value: Any) -> None:
    """As hand_on, but for the first parent only."""
    value.parents[0].grad += value.grad * value.slopes[0]


def backward(result: Any, values: Sequence[Any], hand_on: Callable[[Any], None]) -> None:
    """Start from 1, then hand on, the newest first."""
    result.grad = 1.0
    for value in values:
        hand_on(value)


def walked(answer: Callable[..., Any], slope: float) -> Any:
    """The gradients of a, b and c after backward through b = slope a + slope a, c = b + b."""
    a = Value()
    b = Value(parents=(a, a), slopes=(slope, slope))
    c = Value(data=7.0, parents=(b, b), slopes=(1.0, 1.0))
    answer(c, [c, b, a], hand_on)
    return a.grad, b.grad, c.grad


def unseeded(result: Any, values: Sequence[Any], hand_on: Callable[[Any], None]) -> None:
    """As backward, but without the 1 to start from."""
    for value in values:
        hand_on(value)


def one_step(result: Any, values: Sequence[Any], hand_on: Callable[[Any], None]) -> None:
    """As backward, but only the result hands on; or all do, the oldest first, which is the same."""
    backward(result, [result], hand_on)


def started_from_value(result: Any, values: Sequence[Any], hand_on: Callable[[Any], None]) -> None:
    """As backward, but from the result's value."""
    result.grad = result.data
    for value in values:
        hand_on(value)


def seeded_everywhere(result: Any, values: Sequence[Any], hand_on: Callable[[Any], None]) -> None:
    """As backward, but with a 1 for every value."""
    for value in values:
        value.grad = 1.0
        hand_on(value)


SLOPE_OF_B = Exercise(
    name="slope_of_b",
    start=Words(
        "Nudge b as a was nudged: (f(2, -3 + nudge) - f(2, -3)) / nudge.",
        "a と同じように b を動かします: (f(2, -3 + nudge) - f(2, -3)) / nudge。",
    ),
    right=3.0,
    mistakes=[
        Mistake(
            "one_path",
            2.0,
            Words(
                "that is the product alone; b is also added, which moves the result by 1 more",
                "それは積の分だけです。b は足されてもいるので、その分 1 だけ多く動きます。",
            ),
        ),
        Mistake(
            "other_path",
            1.0,
            Words(
                "that is the sum alone; in a * b, b is multiplied by a = 2",
                "それは和の分だけです。a * b では b に a = 2 が掛かっています。",
            ),
        ),
        Mistake(
            "slope_of_a",
            -3.0,
            Words(
                "that is the slope with respect to a; nudge b",
                "それは a に関する傾きです。b のほうを動かしてください。",
            ),
        ),
        Mistake(
            "value",
            -9.0,
            Words(
                "that is the value of f; how much does it move when b moves?",
                "それは f の値です。b が動くと、それはどれだけ動きますか。",
            ),
        ),
    ],
    rtol=1e-3,  # found by nudging, it is not exact
)

PRODUCT_SLOPES = Exercise(
    name="product_slopes",
    start=Words(
        "If a moves by 1, by how much does a * b move? Return two numbers: return ..., ...",
        "a が 1 だけ動くと a * b はどれだけ動きますか。return で数を二つ返します。",
    ),
    right=product_slopes,
    probes=[(2.0, -3.0), (0.5, 4.0), (-1.5, 0.0), (3.0, 7.0)],
    mistakes=[
        Mistake(
            "swapped",
            lambda a, b: (a, b),
            Words(
                "the other way round: when a moves, it is multiplied by b",
                "順番が逆です。a が動くと、それには b が掛かります。",
            ),
        ),
        Mistake(
            "of_a_sum",
            lambda a, b: (1.0, 1.0),
            Words(
                "those are the slopes of a sum; here each factor is multiplied by the other",
                "それは和の傾きです。積では、互いに相手が掛かっています。",
            ),
        ),
        Mistake(
            "value",
            lambda a, b: (a * b, a * b),
            Words(
                "that is the product itself; how much does it move when one factor moves?",
                "それは積の値です。片方が動くと、積はどれだけ動きますか。",
            ),
        ),
        Mistake(
            "multiplied_again",
            lambda a, b: (a * b * b, a * b * a),
            Words(
                "you multiplied by the product as well; the slope is the other factor alone",
                "積も掛けています。傾きは相手の値だけです。",
            ),
        ),
    ],
)

HAND_ON = Exercise(
    name="hand_on",
    start=Words(
        "Inside a loop over parents and slopes: parent.grad += ...",
        "親と傾きについてのループの中で parent.grad += ... と書きます。",
    ),
    right=hand_on,
    probes=[
        (2.0, (3.0, 4.0), (0.5, -1.0)),
        (-0.5, (4.0, 0.25), (1.0, 2.0)),
        (2.0, (3.0, 5.0), (0.5,)),
    ],
    observe=handed,
    shows=Words(
        "With value.grad = {0}, slopes {1} and gradients {2} of the parents before, hand_on",
        "value.grad = {0}、傾き {1}、親の勾配がもともと {2} のとき、hand_on の結果",
    ),
    mistakes=[
        Mistake(
            "overwrites",
            overwriting,
            Words(
                "you wrote over what the parent had: gradients add up, so use += and not =",
                "親が持っていた分を消しています。勾配は足し合わせるので = ではなく += です。",
            ),
        ),
        Mistake(
            "forgot_gradient",
            without_gradient,
            Words(
                "you handed on the slope alone; multiply it by value.grad",
                "傾きだけを渡しています。value.grad を掛けてください。",
            ),
        ),
        Mistake(
            "forgot_slope",
            without_slope,
            Words(
                "you handed on value.grad alone; multiply it by the slope of each parent",
                "value.grad だけを渡しています。それぞれの親の傾きを掛けてください。",
            ),
        ),
        Mistake(
            "data_for_gradient",
            with_data,
            Words(
                "you multiplied by value.data; what is handed on is the gradient, value.grad",
                "value.data を掛けています。渡すのは勾配 value.grad のほうです。",
            ),
        ),
        Mistake(
            "first_only",
            first_only,
            Words(
                "only the first parent was given something; go over all of them",
                "最初の親にしか渡していません。すべての親に渡してください。",
            ),
        ),
        Mistake(
            "nothing",
            lambda value: value.grad,
            Words(
                "no parent was given anything: change parent.grad itself, with +=",
                "どの親にも渡っていません。+= で parent.grad そのものを変えてください。",
            ),
        ),
    ],
)

BACKWARD = Exercise(
    name="backward",
    start=Words(
        "result.grad = 1.0, then for each of the values: hand_on(value).",
        "result.grad = 1.0 とし、それから values のそれぞれについて hand_on(value) を呼びます。",
    ),
    right=backward,
    probes=[(1.0,), (3.0,), (-0.5,)],
    observe=walked,
    shows=Words(
        "For b = {0} * a + {0} * a and c = b + b, the gradients of a, b, c: backward",
        "b = {0} * a + {0} * a、c = b + b のとき、a, b, c の勾配",
    ),
    mistakes=[
        Mistake(
            "no_start",
            unseeded,
            Words(
                "all gradients stay 0: begin with result.grad = 1.0",
                "勾配がすべて 0 のままです。最初に result.grad = 1.0 としてください。",
            ),
        ),
        Mistake(
            "one_step",
            one_step,
            Words(
                "only the result had something to hand on: go through all values, the newest first",
                "結果しか渡せていません。すべての値を、新しいものから順に進んでください。",
            ),
        ),
        Mistake(
            "started_from_value",
            started_from_value,
            Words(
                "you began with the value of the result; its gradient with respect to itself is 1",
                "結果の値から始めています。結果の、自分自身に関する勾配は 1 です。",
            ),
        ),
        Mistake(
            "all_ones",
            seeded_everywhere,
            Words(
                "you set every gradient to 1; only that of the result is known from the start",
                "すべての勾配を 1 にしています。最初からわかるのは結果の勾配だけです。",
            ),
        ),
    ],
)

GRADIENT_OF_X = Exercise(
    name="gradient_of_x",
    start=Words(
        "How many paths lead from x to z? Each of them counts 1.",
        "x から z へ行く道はいくつありますか。道一つにつき 1 と数えます。",
    ),
    right=4.0,
    mistakes=[
        Mistake(
            "one_level",
            2.0,
            Words(
                "y moves 2 times as much as x, and z 2 times as much as y",
                "y は x の 2 倍動き、z は y の 2 倍動きます。",
            ),
        ),
        Mistake(
            "one_path",
            1.0,
            Words(
                "that is one path; x is used twice in y, and y twice in z",
                "それは道一つ分です。y では x が二度、z では y が二度使われています。",
            ),
        ),
        Mistake(
            "added",
            3.0,
            Words(
                "slopes along a path are multiplied, and paths are added up: 2 times 2",
                "一つの道に沿った傾きは掛け、道どうしは足します。2 掛ける 2 です。",
            ),
        ),
    ],
)

LESSON = Lesson(
    number=1,
    name="graph",
    title=Words("A value and its graph", "値とその計算グラフ"),
    minutes=50,
    needs=(),
    exercises=(SLOPE_OF_B, PRODUCT_SLOPES, HAND_ON, BACKWARD, GRADIENT_OF_X),
)
