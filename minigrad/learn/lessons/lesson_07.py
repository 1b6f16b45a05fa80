"""Lesson 7: gradients are checked by differences, and checkers by wrong gradients."""

from collections.abc import Callable
from math import cos, exp, sin

from ..exercise import Exercise, Mistake
from ..session import Lesson
from ..words import Words

Curve = Callable[[float], float]
Checker = Callable[[Curve, Curve], bool]


def square(x: float) -> float:
    """x x."""
    return x * x


def cube(x: float) -> float:
    """x x x."""
    return x * x * x


def difference(f: Curve, x: float, h: float) -> float:
    """The central difference."""
    return (f(x + h) - f(x - h)) / (2 * h)


def agrees(mine: float, found: float, rtol: float) -> bool:
    """Whether the difference is no more than rtol of the larger one."""
    return abs(mine - found) <= rtol * max(abs(mine), abs(found))


def trusted(check: Checker, f: Curve, slope: Curve, wrong: Curve) -> bool:
    """Whether a checker accepts what is right and refuses what is wrong."""
    return check(f, slope) and not check(f, wrong)


# Checkers to be judged, and wrong slopes of sin to feed them.
PLACES = (-2.0, 0.5, 1.0)


def good(f: Curve, slope: Curve) -> bool:
    """A checker that does what it should."""
    return all(abs(difference(f, x, 1e-5) - slope(x)) < 1e-6 for x in PLACES)


def always_yes(f: Curve, slope: Curve) -> bool:
    """A checker that finds nothing."""
    return True


def always_no(f: Curve, slope: Curve) -> bool:
    """A checker that refuses everything."""
    return False


def opposite(f: Curve, slope: Curve) -> bool:
    """A checker whose answer is the wrong way round."""
    return not good(f, slope)


def sizes_only(f: Curve, slope: Curve) -> bool:
    """A checker that does not look at signs."""
    return all(abs(abs(difference(f, x, 1e-5)) - abs(slope(x))) < 1e-6 for x in PLACES)


def minus_cos(x: float) -> float:
    """A slope of sin with the wrong sign."""
    return -cos(x)


def twice_cos(x: float) -> float:
    """A slope of sin that is twice too large."""
    return 2 * cos(x)


DIFFERENCE = Exercise(
    name="difference",
    start=Words(
        "f(x + h) - f(x - h), divided by the whole way, which is 2 * h wide.",
        "f(x + h) - f(x - h) を、幅全体の 2 * h で割ります。",
    ),
    right=difference,
    probes=[
        (f, x, h) for f in (square, cube, exp) for x, h in ((1.0, 0.5), (-2.0, 0.25), (0.0, 0.125))
    ],
    mistakes=[
        Mistake(
            "one_side",
            lambda f, x, h: (f(x + h) - f(x)) / h,
            Words(
                "you nudged to the right only; take f(x + h) and f(x - h)",
                "右側にしか動かしていません。f(x + h) と f(x - h) を使ってください。",
            ),
        ),
        Mistake(
            "left_side",
            lambda f, x, h: (f(x) - f(x - h)) / h,
            Words(
                "you nudged to the left only; take f(x + h) and f(x - h)",
                "左側にしか動かしていません。f(x + h) と f(x - h) を使ってください。",
            ),
        ),
        Mistake(
            "half_the_way",
            lambda f, x, h: (f(x + h) - f(x - h)) / h,
            Words(
                "you divided by h; from x - h to x + h it is 2 * h",
                "h で割っています。x - h から x + h までの幅は 2 * h です。",
            ),
        ),
        Mistake(
            "times_h",
            lambda f, x, h: (f(x + h) - f(x - h)) / 2 * h,
            Words(
                "(...) / 2 * h divides by 2 and then multiplies by h; write / (2 * h)",
                "(...) / 2 * h は、2 で割ってから h を掛けます。/ (2 * h) と書いてください。",
            ),
        ),
        Mistake(
            "not_divided",
            lambda f, x, h: f(x + h) - f(x - h),
            Words(
                "that is how far f moved; a slope is that divided by the way, 2 * h",
                "それは f が動いた量です。傾きは、それを幅 2 * h で割ったものです。",
            ),
        ),
    ],
)

BEST_STEP = Exercise(
    name="best_step",
    start=Words(
        "Find the smallest error in the middle column; write its step as 1e-3.",
        "真ん中の列で最も小さい誤差を探し、その幅を 1e-3 のように書いてください。",
    ),
    right=1e-5,
    mistakes=[
        Mistake(
            "smallest",
            1e-13,
            Words(
                "that is the smallest step; look at its error, which is rounding and little else",
                "それは最も小さい幅です。その誤差を見てください。ほとんど丸め誤差です。",
            ),
        ),
        Mistake(
            "largest",
            0.1,
            Words(
                "that is the largest step; the curve bends on such a long way",
                "それは最も大きい幅です。その間に曲線が曲がってしまいます。",
            ),
        ),
        Mistake(
            "one_side",
            1e-8,
            Words(
                "that is best for the difference to one side, the first column",
                "それは片側の差分（最初の列）で最もよい幅です。",
            ),
        ),
        Mistake(
            "float32",
            1e-2,
            Words(
                "that is best in float32, the last column",
                "それは float32（最後の列）で最もよい幅です。",
            ),
        ),
        Mistake(
            "exponent",
            -5.0,
            Words(
                "the step itself is asked for: 1e-5 if the exponent is -5",
                "幅そのものを答えてください。指数が -5 なら 1e-5 です。",
            ),
        ),
    ],
    atol=0.0,
)

AGREES = Exercise(
    name="agrees",
    start=Words(
        "abs(mine - found) on one side of <=, rtol * max(abs(mine), abs(found)) on the other.",
        "<= の一方に abs(mine - found)、他方に rtol * max(abs(mine), abs(found)) を書きます。",
    ),
    right=agrees,
    probes=[
        (1.0, 1.0, 0.0), (1.0, 1.5, 0.25), (1.5, 1.0, 0.25), (1.0, 2.0, 0.5), (2.0, 1.0, 0.5),
        (1.0, 2.0, 0.25), (0.0, 0.0, 0.5), (0.0, 1e-6, 0.5), (1e-6, 0.0, 0.5), (1e-6, 1e-5, 0.5),
        (1e6, 1e6 + 1, 0.001), (-1.0, -1.5, 0.5), (-1.0, -4.0, 0.5), (-1.0, 1.0, 0.5),
        (1.0, -1.0, 0.5), (4.0, 1.0, 0.5), (1.0, 4.0, 0.5), (-2.0, -1.0, 0.5), (-1.0, -2.0, 0.5),
        (3.0, -1.0, 1.25), (-1.0, 3.0, 1.25), (8.0, 0.5, 0.75), (0.5, 8.0, 0.75),
    ],
    mistakes=[
        Mistake(
            "fixed_limit",
            lambda mine, found, rtol: abs(mine - found) <= rtol,
            Words(
                "rtol is a fixed limit in yours; multiply it by the size of the numbers",
                "rtol を固定した限度にしています。数の大きさを掛けてください。",
            ),
        ),
        Mistake(
            "fixed_limit",
            lambda mine, found, rtol: abs(mine - found) < rtol,
            Words(
                "rtol is a fixed limit in yours; multiply it by the size, and let equal pass: <=",
                "rtol を固定した限度にしています。数の大きさを掛け、等しい場合も通します（<=）。",
            ),
        ),
        Mistake(
            "forgot_abs",
            lambda mine, found, rtol: mine - found <= rtol * max(abs(mine), abs(found)),
            Words(
                "mine - found is negative if mine is too small, and then you accept it: abs(...)",
                "mine が小さすぎると mine - found は負になり、通ってしまいます。abs が必要です。",
            ),
        ),
        Mistake(
            "strict",
            lambda mine, found, rtol: abs(mine - found) < rtol * max(abs(mine), abs(found)),
            Words(
                "no more than includes equal: with < even 0 and 0 do not agree",
                "「以下」なので等しい場合も含みます。< では 0 と 0 も一致しません。",
            ),
        ),
        Mistake(
            "always_yes",
            lambda mine, found, rtol: True,
            Words(
                "you accept everything{where}; there must be a gradient that you refuse",
                "{where}何でも受け入れています。断るべき勾配もあるはずです。",
            ),
        ),
        Mistake(
            "inverted",
            lambda mine, found, rtol: abs(mine - found) > rtol * max(abs(mine), abs(found)),
            Words(
                "it is the other way round: True if they agree",
                "逆です。一致するときに True を返します。",
            ),
        ),
        Mistake(
            "sizes_forgot_abs",
            lambda mine, found, rtol: abs(mine - found) <= rtol * max(mine, found),
            Words(
                "the size of a negative number is its abs; max(mine, found) may be negative",
                "負の数の大きさは abs です。max(mine, found) は負になることがあります。",
            ),
        ),
        Mistake(
            "signs_lost",
            lambda mine, found, rtol: (
                abs(abs(mine) - abs(found)) <= rtol * max(abs(mine), abs(found))
            ),
            Words(
                "you compare sizes only, so -1 and 1 agree; the difference comes first, then abs",
                "大きさだけを比べているので、-1 と 1 が一致してしまいます。先に差をとります。",
            ),
        ),
        Mistake(
            "one_size",
            lambda mine, found, rtol: abs(mine - found) <= rtol * abs(found),
            Words(
                "you take the size of found alone; take the larger of both",
                "found の大きさだけを使っています。二つのうち大きいほうを使ってください。",
            ),
        ),
    ],
)  # fmt: skip

TRUSTED = Exercise(
    name="trusted",
    start=Words(
        "check(f, slope) must be True, check(f, wrong) must be False.",
        "check(f, slope) は True、check(f, wrong) は False でなければなりません。",
    ),
    right=trusted,
    probes=[
        (check, sin, cos, wrong)
        for check in (good, always_yes, always_no, opposite, sizes_only)
        for wrong in (twice_cos, minus_cos)
    ],
    mistakes=[
        Mistake(
            "accepts_only",
            lambda check, f, slope, wrong: check(f, slope),
            Words(
                "you only saw that it accepts what is right; so does one that always says yes",
                "正しいものを受け入れることしか見ていません。いつも True の検査でも通ります。",
            ),
        ),
        Mistake(
            "refuses_only",
            lambda check, f, slope, wrong: not check(f, wrong),
            Words(
                "you only saw that it refuses what is wrong; so does one that always says no",
                "間違いを断ることしか見ていません。いつも False の検査でも通ります。",
            ),
        ),
        Mistake(
            "one_is_enough",
            lambda check, f, slope, wrong: check(f, slope) or not check(f, wrong),
            Words(
                "one of the two is enough in yours; both must hold: and, not or",
                "どちらか一方でよいことになっています。両方必要なので or ではなく and です。",
            ),
        ),
        Mistake(
            "accepts_wrong",
            lambda check, f, slope, wrong: check(f, slope) and check(f, wrong),
            Words(
                "you ask that it accepts the wrong slope too; it must refuse it: not check(...)",
                "間違った傾きも受け入れることを求めています。断るべきなので not check(...) です。",
            ),
        ),
        Mistake(
            "all_yes",
            lambda check, f, slope, wrong: True,
            Words(
                "yours trusts every checker, as always_yes does with slopes",
                "どんな検査も信用しています。いつも True と答える検査と同じです。",
            ),
        ),
    ],
)

LESSON = Lesson(
    number=7,
    name="checking",
    title=Words("Checking gradients, and how checkers lie", "勾配を確かめる、そして確かめ方のうそ"),
    minutes=45,
    needs=(1, 3, 4),
    exercises=(DIFFERENCE, BEST_STEP, AGREES, TRUSTED),
)
