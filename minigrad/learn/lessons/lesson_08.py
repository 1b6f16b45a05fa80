"""Lesson 8: a right formula may be a wrong program, in large numbers and in tails."""

from math import exp, log, log1p

import numpy as np

from ...arrays import Array
from ..exercise import Exercise, Mistake
from ..session import Lesson
from ..words import Words

ROWS = ([1.0, 2.0, 3.0], [1000.0, 0.0, -1000.0], [-900.0, -905.0], [0.0, -2.0, 800.0, 799.0])


def stable_softplus(x: float) -> float:
    """Log(1 + exp(x)) for any x."""
    return max(x, 0.0) + log1p(exp(-abs(x)))


def stable_log_softmax(x: Array) -> Array:
    """The logarithm of softmax for any row."""
    shifted = x - x.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()))


def sigmoid_slope(x: float) -> float:
    """The slope of the sigmoid, exact in both tails."""
    e = exp(-abs(x))
    return float(e / (1 + e) ** 2)


def sigmoid(x: float) -> float:
    """The value of the sigmoid."""
    return 1 / (1 + exp(-x))


SOFTPLUS = Exercise(
    name="stable_softplus",
    start=Words(
        "return max(x, 0.0) + math.log1p(t), where t is math.exp of a number that is not positive.",
        "return max(x, 0.0) + math.log1p(t) です。t は、正でない数の math.exp です。",
    ),
    right=stable_softplus,
    probes=[(x,) for x in (-700.0, -40.0, -2.0, 0.0, 0.5, 3.0, 40.0, 700.0, 1000.0)],
    mistakes=[
        Mistake(
            "forgot_max",
            lambda x: log1p(exp(-abs(x))),
            Words(
                "you left out max(x, 0){where}",
                "{where}max(x, 0) を足し忘れています。",
            ),
        ),
        Mistake(
            "lost_tail",
            lambda x: max(x, 0.0) + log(1 + exp(-abs(x))),
            Words(
                "the tail is lost{where}: 1 + a tiny number is rounded to 1; use math.log1p(...)",
                "{where}裾が失われています。1 に小さな数を足すと 1 に丸められます。"
                "math.log1p(...) を使ってください。",
            ),
        ),
        Mistake(
            "relu",
            lambda x: max(x, 0.0),
            Words(
                "that is relu; softplus is a little more, log1p(exp(-abs(x)))",
                "それは relu です。softplus はそれより log1p(exp(-abs(x))) だけ大きくなります。",
            ),
        ),
        Mistake(
            "added_twice",
            lambda x: max(x, 0.0) + log1p(1 + exp(-abs(x))),
            Words(
                "log1p adds the 1 itself: log1p(t) is log(1 + t)",
                "log1p は自分で 1 を足します。log1p(t) が log(1 + t) です。",
            ),
        ),
    ],
    atol=0.0,
)

LOG_SOFTMAX = Exercise(
    name="stable_log_softmax",
    start=Words(
        "shifted - np.log(np.exp(shifted).sum()), where shifted = x - x.max().",
        "shifted = x - x.max() として、shifted - np.log(np.exp(shifted).sum()) です。",
    ),
    right=stable_log_softmax,
    probes=[(np.array(row),) for row in ROWS],
    mistakes=[
        Mistake(
            "log_after",
            lambda x: np.log(np.exp(x - x.max()) / np.exp(x - x.max()).sum()),
            Words(
                "you divide first and take the logarithm then: the tails are 0 by that time",
                "先に割り算をして、あとから対数をとっています。そのときには裾はもう 0 です。",
            ),
        ),
        Mistake(
            "not_shifted",
            lambda x: x - np.log(np.exp(x).sum()),
            Words(
                "exp of large numbers overflows, and the sum of tiny ones is 0; use shifted",
                "大きな数の exp はオーバーフローし、小さな数の和は 0 になります。"
                "shifted を使ってください。",
            ),
        ),
        Mistake(
            "shifted_once",
            lambda x: x - np.log(np.exp(x - x.max()).sum()),
            Words(
                "you took the largest off in the sum only; use shifted at both places",
                "和の中でだけ最大値を引いています。両方で shifted を使ってください。",
            ),
        ),
        Mistake(
            "softmax",
            lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum(),
            Words(
                "that is softmax; its logarithm is asked for",
                "それは softmax です。求めるのはその対数です。",
            ),
        ),
        Mistake(
            "forgot_sum",
            lambda x: x - x.max(),
            Words(
                "you left out the logarithm of the sum",
                "和の対数を引き忘れています。",
            ),
        ),
    ],
)

SLOPE = Exercise(
    name="sigmoid_slope",
    start=Words(
        "With e = math.exp(-abs(x)) it is e / (1 + e)**2.",
        "e = math.exp(-abs(x)) とすると e / (1 + e)**2 です。",
    ),
    right=sigmoid_slope,
    probes=[(x,) for x in (-700.0, -40.0, -2.0, 0.0, 0.5, 3.0, 40.0, 700.0)],
    mistakes=[
        Mistake(
            "from_y",
            lambda x: sigmoid(x) * (1 - sigmoid(x)),
            Words(
                "the tail is lost{where}: y is rounded to 1 there, and 1 - y is 0; start from x",
                "{where}裾が失われています。y が 1 に丸められ、1 - y が 0 になるからです。"
                "x から計算してください。",
            ),
        ),
        Mistake(
            "from_y",
            lambda x: sigmoid(abs(x)) * (1 - sigmoid(abs(x))),
            Words(
                "the tail is lost{where}: y is rounded to 1 there, and 1 - y is 0; start from x",
                "{where}裾が失われています。y が 1 に丸められ、1 - y が 0 になるからです。"
                "x から計算してください。",
            ),
        ),
        Mistake(
            "value",
            sigmoid,
            Words(
                "that is the value of the sigmoid; its slope is asked for",
                "それはシグモイドの値です。求めるのは傾きです。",
            ),
        ),
        Mistake(
            "not_squared",
            lambda x: exp(-abs(x)) / (1 + exp(-abs(x))),
            Words(
                "the lower part is squared: (1 + e)**2",
                "分母は 2 乗です: (1 + e)**2。",
            ),
        ),
        Mistake(
            "forgot_lower_part",
            lambda x: exp(-abs(x)),
            Words(
                "that is the upper part; divide by (1 + e)**2",
                "それは分子です。(1 + e)**2 で割ってください。",
            ),
        ),
    ],
    atol=0.0,
)

LESSON = Lesson(
    number=8,
    name="numerics",
    title=Words(
        "Numerics: overflow, tails, and why x and not y",
        "数値計算: オーバーフロー、裾、なぜ y ではなく x か",
    ),
    minutes=45,
    needs=(3, 5),
    exercises=(SOFTPLUS, LOG_SOFTMAX, SLOPE),
)
