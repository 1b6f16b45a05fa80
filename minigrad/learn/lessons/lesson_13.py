"""Lesson 13: an activation of one's own: slope, kink, declaration, and the exact value."""

from fractions import Fraction
from typing import Any

import numpy as np

from ...arrays import Array
from ...elementwise import Elementwise, elementwise
from ..exercise import Exercise, Mistake
from ..hints import HINTS, finding
from ..judging import OP
from ..observing import UNFINISHED, Unfit, arguments_of, is_open, shown
from ..session import Lesson
from ..words import Words

POINTS = (-3.0, -0.5, 0.0, 0.5, 1.5)
ALPHAS = (0.5, 1.0, 2.0)
# An op is called with arrays, and with another alpha than its default.
ROWS = [
    (np.array(POINTS), 0.5, np.array([1.0, -3, 2, 0.5, -1])),
    (np.array(POINTS), 2.0, np.ones(5)),
]


def value(x: Any, alpha: Any) -> Any:
    """The value of soft leak."""
    return x if x > 0 else alpha * x / (1 - x)


def soft_leak_slope(x: Any, alpha: Any) -> Any:
    """1 above 0, else alpha / (1 - x)**2."""
    return 1.0 if x > 0 else alpha / (1 - x) ** 2


@elementwise(kinks=[0.0])
def soft_leak(x: Any, alpha: Any = 0.5) -> Any:
    """Soft leak: x for x > 0, alpha x / (1 - x) otherwise."""
    return x if x > 0 else alpha * x / (1 - x)


@soft_leak.partial("x")
def dsoft_leak_dx(x: Any, alpha: Any) -> Any:
    """1 above 0, else alpha / (1 - x)**2, without a large square."""
    return 1 if x > 0 else alpha / (1 - x) / (1 - x)


def exact(x: float, alpha: float) -> float:
    """The value of soft leak, rounded once."""
    return float(value(Fraction(x), Fraction(alpha)))


def worked(op: Any, x: Array, alpha: float, gy: Array) -> tuple[Array, Array]:
    """The result of a declared op and its gradient, in plain Python: nothing is compiled."""
    if not isinstance(op, Elementwise):
        raise Unfit(finding("type", call="soft_leak", given=shown(op), wanted=OP))
    formulas = [part.declaration.formula for part in (op, *op.partials.values())]
    if any(map(is_open, formulas)):
        raise Unfit(UNFINISHED)
    if len(formulas) < 2:
        raise Unfit(finding("undeclared", line='@soft_leak.partial("x")'))
    if dict(op.declaration.numbers) != {"alpha": 0.5}:
        raise Unfit(finding("defaults", given="alpha=0.5"))
    if op.declaration.points("kinks", (alpha,)) != [0.0]:
        raise Unfit(finding("undeclared", line="kinks=[0.0]"))
    rows = []
    for given in x:
        named = {op.declaration.inputs[0]: float(given), "alpha": alpha}
        rows.append([f(**{name: named[name] for name in arguments_of(f)}) for f in formulas])
    y, dx = np.array(rows, float).T
    return y, gy * dx


def declared(formula: Any, slope: Any) -> Elementwise:
    """Soft leak with mistakes in it."""
    op = elementwise(kinks=[0.0])(formula)
    op.partial("x")(slope)
    return op


def with_default(x: Any, alpha: Any = 0.5) -> Any:
    """The value of soft leak, with a default."""
    return value(x, alpha)


def endless(x: Any, alpha: Any = 0.5) -> Any:
    """Leaky relu in the place of soft leak."""
    return x if x > 0 else alpha * x


SLOPE = Exercise(
    name="soft_leak_slope",
    start=Words(
        "Above 0 it is 1. Below, u = alpha * x and v = 1 - x, so u' = alpha and v' = -1.",
        "0 より上では 1。下では u = alpha * x、v = 1 - x なので、u' = alpha、v' = -1 です。",
    ),
    right=soft_leak_slope,
    probes=[(x, alpha) for x in POINTS for alpha in ALPHAS],
    mistakes=[
        Mistake("value", value, HINTS["value"]),
        Mistake(
            "not_squared",
            lambda x, alpha: 1.0 if x > 0 else alpha / (1 - x),
            Words(
                "you divided by 1 - x{where}; in the slope of a quotient it is squared",
                "{where}1 - x で割っています。商の傾きでは 2 乗で割ります。",
            ),
        ),
        Mistake(
            "sign_of_v",
            lambda x, alpha: 1.0 if x > 0 else alpha * (1 - 2 * x) / (1 - x) ** 2,
            Words(
                "look at v'{where}: 1 - x falls when x grows, so v' is -1 and u v' is taken away",
                "{where}v' の符号が違います。x が増えると 1 - x は減るので v' = -1 です。",
            ),
        ),
        Mistake(
            "forgot_alpha",
            lambda x, alpha: 1.0 if x > 0 else 1 / (1 - x) ** 2,
            Words(
                "you forgot alpha{where}; it multiplies the value, and so the slope",
                "{where}alpha を忘れています。値に掛かっているので、傾きにも掛かります。",
            ),
        ),
        Mistake(
            "numerator_only",
            lambda x, alpha: 1.0 if x > 0 else alpha,
            Words(
                "that is the slope of alpha * x{where}; the 1 - x below it moves as well",
                "{where}それは alpha * x の傾きです。分母の 1 - x も動きます。",
            ),
        ),
    ],
)

SIDES = Exercise(
    name="sides",
    start=Words(
        "Put x = 0 into the slope of the lower branch, then into that of the upper one.",
        "x = 0 を、下の枝の傾きと上の枝の傾きに代入します。",
    ),
    right=(0.5, 1.0),
    mistakes=[
        Mistake(
            "relu",
            (0.0, 1.0),
            Words(
                "that would be relu; below 0 soft leak climbs, by alpha at 0",
                "それは relu です。soft leak は 0 より下でも増え、0 での傾きは alpha です。",
            ),
        ),
        Mistake(
            "no_kink",
            (1.0, 1.0),
            Words(
                "with equal slopes there would be no kink; put x = 0 into alpha / (1 - x) ** 2",
                "傾きが同じなら折れ点はありません。alpha / (1 - x) ** 2 に x = 0 を代入します。",
            ),
        ),
        Mistake(
            "values",
            (0.0, 0.0),
            Words(
                "those are the values on both sides; the slopes are asked for",
                "それは両側の値です。求めるのは傾きです。",
            ),
        ),
    ],
)

DECLARED = Exercise(
    name="soft_leak",
    start=Words(
        "return x if x > 0 else ..., and the slope as in soft_leak_slope.",
        "return x if x > 0 else ... と書きます。傾きは soft_leak_slope と同じです。",
    ),
    right=soft_leak,
    probes=ROWS,
    observe=worked,
    shows=Words(
        "With x = {0}, alpha = {1} and gy = {2}, the result and the gradient",
        "x = {0}、alpha = {1}、gy = {2} のとき、結果と勾配",
    ),
    mistakes=[
        Mistake(
            "not_squared",
            declared(with_default, lambda x, alpha: 1 if x > 0 else alpha / (1 - x)),
            Words(
                "the value is right; in the slope 1 - x is squared",
                "値は正しいです。傾きでは 1 - x を 2 乗します。",
            ),
        ),
        Mistake(
            "value",
            declared(with_default, value),
            Words(
                "you declared the formula twice; under partial stands the slope",
                "式が二度書かれています。partial の下に書くのは傾きです。",
            ),
        ),
        Mistake(
            "endless",
            declared(endless, lambda x, alpha: 1 if x > 0 else alpha),
            Words(
                "that is a leaky relu, which does not end at -alpha: divide by 1 - x",
                "それは leaky relu で、-alpha では終わりません。1 - x で割ってください。",
            ),
        ),
        Mistake(
            "kink",
            declared(with_default, lambda x, alpha: 1 if x >= 0 else alpha / (1 - x) ** 2),
            Words(
                "all is right except at the kink: use x > 0 in the slope as in the formula",
                "折れ点だけが違います。傾きでも、式と同じく x > 0 としてください。",
            ),
        ),
        Mistake(
            "fixed_alpha",
            declared(
                lambda x, alpha=0.5: value(x, 0.5),
                lambda x: soft_leak_slope(x, 0.5),
            ),
            Words(
                "you wrote 0.5 into the formula; use alpha, which may have another value",
                "式に 0.5 と書いています。ほかの値でも使えるように alpha と書いてください。",
            ),
        ),
    ],
)

EXACT = Exercise(
    name="exact",
    start=Words(
        "x, alpha = Fraction(x), Fraction(alpha); compute both branches; return float(...).",
        "x, alpha = Fraction(x), Fraction(alpha) とし、両方の枝を計算して float(...) を返します。",
    ),
    right=exact,
    probes=[
        (x, alpha) for x in (-1e-9, -0.1, -0.7, -3.3, -123.4, 0.0, 0.7, 2.5) for alpha in (0.1, 0.3)
    ],
    rtol=1e-17,  # every bit counts
    atol=0.0,
    mistakes=[
        Mistake(
            "floats",
            value,
            Words(
                "nearly: you computed in floats, and each step was rounded; make fractions first",
                "もう少しです。途中で丸められています。まず分数に直してから計算してください。",
            ),
        ),
        Mistake(
            "decimals",
            lambda x, alpha: float(value(Fraction(str(x)), Fraction(str(alpha)))),
            Words(
                "Fraction(str(x)) is the number as it is printed; Fraction(x) is the one that is "
                "stored",
                "Fraction(str(x)) は表示された数です。コンピュータの中の数は Fraction(x) です。",
            ),
        ),
        Mistake(
            "lost_digits",
            lambda x, alpha: x if x > 0 else alpha / (1 - x) - alpha,
            Words(
                "that is the other way to write it, in floats: near 0 it loses most digits",
                "もう一つの書き方を float で計算しています。0 の近くで桁が失われます。",
            ),
        ),
        Mistake(
            "one_branch",
            lambda x, alpha: float(Fraction(alpha) * Fraction(x) / (1 - Fraction(x))),
            Words(
                "you forgot the upper branch: for x > 0 the value is x itself",
                "上の枝を忘れています。x > 0 のとき、値は x そのものです。",
            ),
        ),
    ],
)

LESSON = Lesson(
    number=13,
    name="own",
    title=Words("Your own activation, end to end", "自分の活性化関数を最初から最後まで"),
    minutes=60,
    needs=(3, 4, 6, 8),
    exercises=(SLOPE, SIDES, DECLARED, EXACT),
)
