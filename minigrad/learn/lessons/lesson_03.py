"""Lesson 3: slopes of activations, written by hand."""

from math import exp, expm1, tanh

from ..exercise import Exercise, Mistake
from ..hints import HINTS
from ..session import Lesson
from ..words import Words

POINTS = (-2.0, -0.5, 0.0, 0.5, 1.5)


def tanh_slope(x: float) -> float:
    """1 - tanh(x)**2."""
    return 1 - tanh(x) ** 2


def elu(x: float, alpha: float) -> float:
    """The value of ELU."""
    return x if x > 0 else alpha * expm1(x)


def elu_slope(x: float, alpha: float) -> float:
    """Below 0, alpha exp(x), which is y + alpha."""
    return 1.0 if x > 0 else alpha * exp(x)


def relu_backward(x: float, gy: float) -> float:
    """Gy where x > 0, else nothing."""
    return gy if x > 0 else 0.0


LESSON = Lesson(
    number=3,
    name="activations",
    title=Words("Activations and their slopes", "活性化関数とその傾き"),
    minutes=40,
    needs=(1, 2),
    exercises=(
        Exercise(
            name="tanh_slope",
            start=Words(
                "Call t = math.tanh(x); the slope is 1 minus the square of t.",
                "t = math.tanh(x) とすると、傾きは 1 から t の 2 乗を引いたものです。",
            ),
            right=tanh_slope,
            probes=[(x,) for x in POINTS],
            slope_of=tanh,
            mistakes=[
                Mistake(
                    "not_squared",
                    lambda x: 1 - tanh(x),
                    Words(
                        "you took 1 - tanh(x); the tanh is squared: 1 - tanh(x)**2",
                        "1 - tanh(x) になっています。tanh は 2 乗して 1 - tanh(x)**2 です。",
                    ),
                ),
                Mistake(
                    "of_x",
                    lambda x: 1 - x**2,
                    Words(
                        "you squared x; the square of t = tanh(x) is what is taken from 1",
                        "x を 2 乗しています。1 から引くのは t = tanh(x) の 2 乗です。",
                    ),
                ),
                Mistake(
                    "one_minus",
                    lambda x: tanh(x) ** 2,
                    Words(
                        "you returned tanh(x)**2; it is what is missing from 1",
                        "tanh(x)**2 を返しています。それを 1 から引いてください。",
                    ),
                ),
            ],
        ),
        Exercise(
            name="relu_backward",
            start=Words(
                "Where x > 0 the slope is 1, elsewhere 0. Multiply it by gy.",
                "x > 0 では傾きは 1、それ以外では 0 です。それに gy を掛けます。",
            ),
            right=relu_backward,
            probes=[(x, gy) for x in POINTS for gy in (1.0, -3.0, 0.5)],
            mistakes=[
                Mistake(
                    "inverted",
                    lambda x, gy: 0.0 if x > 0 else gy,
                    Words(
                        "it is the other way round: relu is active where x > 0",
                        "逆です。relu が働くのは x > 0 のところです。",
                    ),
                ),
                Mistake(
                    "sign_of_gy",
                    lambda x, gy: gy if gy > 0 else 0.0,
                    Words(
                        "you looked at the sign of gy; the sign of x decides",
                        "gy の符号を見ています。決めるのは x の符号です。",
                    ),
                ),
                Mistake(
                    "value",
                    lambda x, gy: x if x > 0 else 0.0,
                    Words(
                        "you returned relu(x){where}; asked for is gy times its slope",
                        "{where}relu(x) を返しています。求めるのは gy と傾きの積です。",
                    ),
                ),
            ],
        ),
        Exercise(
            name="elu_slope",
            start=Words(
                "For x > 0 it is 1. Below, differentiate alpha * (exp(x) - 1).",
                "x > 0 では 1 です。それ以外では alpha * (exp(x) - 1) を微分します。",
            ),
            right=elu_slope,
            probes=[(x, alpha) for x in POINTS for alpha in (1.0, 0.5, 2.0)],
            mistakes=[
                Mistake(
                    "value",
                    lambda x, alpha: 1.0 if x > 0 else elu(x, alpha),
                    Words(
                        "you returned y{where}, expected y + alpha",
                        "{where}y を返しています。y + alpha が必要です。",
                    ),
                ),
                Mistake("value", elu, HINTS["value"]),
                Mistake(
                    "forgot_alpha",
                    lambda x, alpha: 1.0 if x > 0 else exp(x),
                    Words(
                        "you forgot alpha{where}: the slope of alpha exp(x) is alpha exp(x)",
                        "{where}alpha を忘れています。alpha exp(x) の傾きは alpha exp(x) です。",
                    ),
                ),
                Mistake(
                    "always_1",
                    lambda x, alpha: 1.0,
                    Words(
                        "you returned 1{where}; below 0 the curve bends",
                        "{where}1 を返しています。0 より下では曲線は曲がっています。",
                    ),
                ),
            ],
        ),
        Exercise(
            name="steepest",
            start=Words(
                "Read it off the plot, or compute sigmoid(0) * (1 - sigmoid(0)).",
                "グラフから読み取るか、sigmoid(0) * (1 - sigmoid(0)) を計算します。",
            ),
            right=0.25,
            mistakes=[
                Mistake(
                    "value",
                    0.5,
                    Words(
                        "0.5 is the value at x = 0; the slope there is asked for",
                        "0.5 は x = 0 での値です。求めるのはそこでの傾きです。",
                    ),
                ),
                Mistake(
                    "tanh",
                    1.0,
                    Words(
                        "that is the slope of tanh; sigmoid climbs by 1 in all, not by 2",
                        "それは tanh の傾きです。sigmoid は 2 ではなく 1 しか上がりません。",
                    ),
                ),
                Mistake(
                    "place",
                    0.0,
                    Words(
                        "x = 0 is where it is steepest; how steep is it there?",
                        "x = 0 は最も急な場所です。そこでの傾きはいくつですか。",
                    ),
                ),
            ],
        ),
    ),
)
