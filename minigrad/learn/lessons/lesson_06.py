"""Lesson 6: an activation that is learned has two slopes, and that of alpha is summed."""

from typing import Any

import numpy as np

from ...arrays import Array
from ...elementwise import Elementwise, elementwise
from ..exercise import Exercise, Mistake
from ..hints import finding
from ..judging import OP
from ..observing import NUMBER, UNFINISHED, Unfit, arguments_of, is_open, shown
from ..session import Lesson
from ..words import Words

Pair = tuple[Array, Array]

X = np.array([[-2.0, 1.0], [0.5, -1.0], [-3.0, 0.0]])
BATCHES = [
    (X, np.array([0.25, -0.5]), np.array([[1.0, 2.0], [-1.0, 3.0], [0.5, -2.0]])),
    (X[:2] - 0.25, np.array([2.0, 0.0]), np.array([[-1.0, 0.5], [2.0, 4.0]])),
]
# For an op, of which only the formulas are tried: an alpha for each x.
ROWS = [
    (np.array([-2.0, -0.5, 0.0, 0.5, 1.5]), np.full(5, 0.25), np.array([1.0, -3, 2, 0.5, -1])),
    (np.array([-3.0, 0.0, 2.0]), np.array([2.0, -0.5, 3.0]), np.array([2.0, 4.0, -0.5])),
]


def prelu_slopes(x: float, alpha: float) -> tuple[float, float]:
    """1 and 0 above the kink, else alpha and x."""
    return (1.0, 0.0) if x > 0 else (alpha, x)


def prelu_backward(x: Array, alpha: Array, gy: Array) -> Pair:
    """Slopes times gy; that of alpha summed over the examples."""
    return np.where(x > 0, gy, alpha * gy), np.where(x > 0, 0.0, x * gy).sum(axis=0)


@elementwise(inputs=2, kinks=[0.0])
def my_prelu(x: Any, alpha: Any) -> Any:
    """PReLU: x for x > 0, alpha x otherwise."""
    return x if x > 0 else alpha * x


@my_prelu.partial("x")
def dmy_prelu_dx(x: Any, alpha: Any) -> Any:
    """1 above the kink, else alpha."""
    return 1 if x > 0 else alpha


@my_prelu.partial("alpha")
def dmy_prelu_dalpha(x: Any) -> Any:
    """0 above the kink, else x."""
    return 0 if x > 0 else x


def worked(op: Any, x: Array, alpha: Array, gy: Array) -> tuple[Array, Array, Array]:
    """The result of a declared op and both gradients, in plain Python: nothing is compiled."""
    if not isinstance(op, Elementwise):
        raise Unfit(finding("type", call="my_prelu", given=shown(op), wanted=OP))
    parts = [op, *(op.partials[name] for name in op.declaration.inputs if name in op.partials)]
    if any(is_open(part.declaration.formula) for part in parts):
        raise Unfit(UNFINISHED)
    if len(parts) < 3:
        raise Unfit(finding("undeclared", line="my_prelu.partial for x and for alpha"))
    rows = []
    for given in zip(x, alpha, strict=True):
        named = dict(zip(op.declaration.inputs, map(float, given), strict=True))
        rows.append([part.declaration.formula(**pick(part, named)) for part in parts])
        for part, result in zip(parts, rows[-1], strict=True):
            if not isinstance(result, int | float):  # an array of np.where, say: not compiled
                raise Unfit(finding("type", call=part.name, given=repr(result), wanted=NUMBER))
    y, dx, dalpha = np.array(rows, float).T
    return y, gy * dx, gy * dalpha


def pick(part: Elementwise, named: dict[str, float]) -> dict[str, float]:
    """The arguments that a formula names."""
    arguments = arguments_of(part.declaration.formula)
    return {name: value for name, value in named.items() if name in arguments}


def value(x: Any, alpha: Any) -> Any:
    """The formula of PReLU."""
    return x if x > 0 else alpha * x


def slope(x: Any, alpha: Any) -> Any:
    """The slope with respect to x."""
    return 1 if x > 0 else alpha


def declared(dx: Any, dalpha: Any) -> Elementwise:
    """PReLU with mistaken slopes."""
    op = elementwise(inputs=2, kinks=[0.0])(value)
    op.partial("x")(dx)
    op.partial("alpha")(dalpha)
    return op


SLOPES = Exercise(
    name="prelu_slopes",
    start=Words(
        "For x > 0 the result is x itself: return 1.0, 0.0. Else it is alpha * x, a product.",
        "x > 0 では結果は x そのものなので return 1.0, 0.0 です。それ以外では積 alpha * x です。",
    ),
    right=prelu_slopes,
    probes=[(x, alpha) for x in (-2.0, -0.5, 0.0, 0.5, 1.5) for alpha in (0.25, -0.5, 3.0)],
    mistakes=[
        Mistake(
            "alpha_everywhere",
            lambda x, alpha: (1.0, x) if x > 0 else (alpha, x),
            Words(
                "you returned x{where}; for x > 0 the result does not depend on alpha at all",
                "{where}x を返しています。x > 0 では結果は alpha によりません。",
            ),
        ),
        Mistake(
            "value",
            lambda x, alpha: (1.0, 0.0) if x > 0 else (alpha, alpha * x),
            Words(
                "you returned the value alpha * x{where}; its slope with respect to alpha is x",
                "{where}値 alpha * x を返しています。alpha に関する傾きは x です。",
            ),
        ),
        Mistake(
            "alpha_twice",
            lambda x, alpha: (1.0, 0.0) if x > 0 else (alpha, alpha),
            Words(
                "you returned alpha{where}; when alpha moves, it is multiplied by x",
                "{where}alpha を返しています。alpha が動くと、それには x が掛かります。",
            ),
        ),
        Mistake(
            "of_a_sum",
            lambda x, alpha: (1.0, 0.0) if x > 0 else (alpha, 1.0),
            Words(
                "you returned 1{where}; alpha is not added, it is multiplied by x",
                "{where}1 を返しています。alpha は足されるのではなく、x に掛けられています。",
            ),
        ),
    ],
)

BACKWARD = Exercise(
    name="prelu_backward",
    start=Words(
        "gx = np.where(x > 0, gy, alpha * gy); galpha is a sum of np.where(x > 0, 0.0, x * gy).",
        "gx = np.where(x > 0, gy, alpha * gy)。galpha は np.where(x > 0, 0.0, x * gy) の和です。",
    ),
    right=prelu_backward,
    probes=BATCHES,
    shows=Words(
        "With x = {0}, alpha = {1}, gy = {2}, prelu_backward",
        "x = {0}、alpha = {1}、gy = {2} のとき、prelu_backward の結果",
    ),
    mistakes=[
        Mistake(
            "not_summed",
            lambda x, alpha, gy: (np.where(x > 0, gy, alpha * gy), np.where(x > 0, 0.0, x * gy)),
            Words(
                "galpha has a row for each example; all examples share one alpha, so add the rows "
                "up: .sum(axis=0)",
                "galpha がデータごとの行になっています。alpha は全データで共通なので、"
                ".sum(axis=0) で足し合わせます。",
            ),
        ),
        Mistake(
            "mean",
            lambda x, alpha, gy: (
                np.where(x > 0, gy, alpha * gy),
                np.where(x > 0, 0.0, x * gy).mean(axis=0),
            ),
            Words(
                "you took the mean over the examples; shares of one gradient add up, so .sum",
                "データについて平均しています。勾配は足し合わせるものなので .sum です。",
            ),
        ),
        Mistake(
            "wrong_axis",
            lambda x, alpha, gy: (
                np.where(x > 0, gy, alpha * gy),
                np.where(x > 0, 0.0, x * gy).sum(axis=1),
            ),
            Words(
                "you added up along each row, over the units; add up over the examples: axis=0",
                "行に沿って、ユニットについて足しています。データについて足すには axis=0 です。",
            ),
        ),
        Mistake(
            "one_sum",
            lambda x, alpha, gy: (
                np.where(x > 0, gy, alpha * gy),
                np.where(x > 0, 0.0, x * gy).sum(),
            ),
            Words(
                "you added everything up; each unit has an alpha of its own: .sum(axis=0)",
                "すべてを足しています。alpha はユニットごとにあるので .sum(axis=0) です。",
            ),
        ),
        Mistake(
            "forgot_gy",
            lambda x, alpha, gy: (
                np.where(x > 0, 1.0, alpha),
                np.where(x > 0, 0.0, x).sum(axis=0),
            ),
            Words(
                "those are the slopes; backward multiplies them by gy, before it adds up",
                "それは傾きです。逆伝播では gy を掛け、それから足し合わせます。",
            ),
        ),
        Mistake(
            "alpha_everywhere",
            lambda x, alpha, gy: (np.where(x > 0, gy, alpha * gy), (x * gy).sum(axis=0)),
            Words(
                "you added up x * gy for all examples; those with x > 0 do not depend on alpha",
                "すべてのデータの x * gy を足しています。x > 0 のものは alpha によりません。",
            ),
        ),
        Mistake(
            "kink",
            lambda x, alpha, gy: (
                np.where(x >= 0, gy, alpha * gy),
                np.where(x >= 0, 0.0, x * gy).sum(axis=0),
            ),
            Words(
                "all is right except where x = 0: there the slope is that of the lower branch",
                "x = 0 のところだけが違います。そこでは下側の枝の傾きを使います。",
            ),
        ),
    ],
)

DECLARED = Exercise(
    name="my_prelu",
    start=Words(
        "The formula is what prelu does to one number; the slopes are those of prelu_slopes.",
        "式は一つの数に対する prelu です。二つの傾きは prelu_slopes のものです。",
    ),
    right=my_prelu,
    probes=ROWS,
    observe=worked,
    shows=Words(
        "With x = {0}, alpha = {1}, gy = {2}, the result and both gradients",
        "x = {0}、alpha = {1}、gy = {2} のとき、結果と二つの勾配",
    ),
    mistakes=[
        Mistake(
            "alpha_everywhere",
            declared(slope, lambda x: x),
            Words(
                "the slope with respect to alpha is x for x <= 0 only; above, alpha does nothing",
                "alpha に関する傾きが x なのは x <= 0 のときだけです。上では alpha は働きません。",
            ),
        ),
        Mistake(
            "slopes_swapped",
            declared(lambda x: 0 if x > 0 else x, slope),
            Words(
                "your two slopes have changed places",
                "二つの傾きが入れ替わっています。",
            ),
        ),
        Mistake(
            "value",
            declared(slope, lambda x, alpha: 0 if x > 0 else alpha * x),
            Words(
                "the slope with respect to alpha is x, not the value alpha * x",
                "alpha に関する傾きは x です。値 alpha * x ではありません。",
            ),
        ),
        Mistake(
            "forgot_alpha",
            declared(lambda x: 1 if x > 0 else 0, lambda x: 0 if x > 0 else x),
            Words(
                "your slope with respect to x is that of relu; below 0 it is alpha",
                "x に関する傾きが relu のものです。0 より下では alpha です。",
            ),
        ),
        Mistake(
            "kink",
            declared(lambda x, alpha: 1 if x >= 0 else alpha, lambda x: 0 if x > 0 else x),
            Words(
                "all is right except at the kink: use x > 0 in the slope as in the formula",
                "折れ点だけが違います。傾きでも、式と同じく x > 0 としてください。",
            ),
        ),
    ],
)

LESSON = Lesson(
    number=6,
    name="prelu",
    title=Words("Learned activations: PReLU", "学習する活性化関数: PReLU"),
    minutes=50,
    needs=(3, 4),
    exercises=(SLOPES, BACKWARD, DECLARED),
)
