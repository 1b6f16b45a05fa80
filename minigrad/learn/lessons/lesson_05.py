"""Lesson 5: a gradient is a product of slopes, so small slopes make it vanish, and 0 ends it."""

from math import sqrt

import numpy as np

from ...arrays import Array
from ..exercise import Exercise, Mistake
from ..session import Lesson
from ..words import Words

# Rows are examples, columns are units.
OUTPUTS = (
    [[0.0, 1.0, 0.0, 0.5], [0.0, 0.0, 0.0, 2.0], [0.0, 0.0, 0.0, 1.0]],
    [[0.0, 2.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]],
    [[0.0, 1.0, 3.0], [2.0, 0.0, 0.0]],
    [[0.0, 0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 2.0, 0.0, 0.5]],
)


def most_left(sigmoids: int) -> float:
    """A quarter for each."""
    return float(0.25**sigmoids)


def he_stddev(inputs: int) -> float:
    """The standard deviation of He et al. 2015, https://arxiv.org/abs/1502.01852."""
    return sqrt(2 / inputs)


def dead_share(y: Array) -> float:
    """The share of columns that are 0 in every row."""
    return float((y == 0).all(axis=0).mean())


MOST_LEFT = Exercise(
    name="most_left",
    start=Words(
        "After one sigmoid it is 0.25. Each further one multiplies by at most 0.25 again.",
        "一つ通ると 0.25 です。もう一つ通るたびに、最大でまた 0.25 倍になります。",
    ),
    right=most_left,
    probes=[(1,), (2,), (3,), (5,)],
    mistakes=[
        Mistake(
            "added",
            lambda sigmoids: 0.25 * sigmoids,
            Words(
                "you added the slopes up; along a path they are multiplied",
                "傾きを足しています。一本の道に沿った傾きは掛け合わせます。",
            ),
        ),
        Mistake(
            "divided",
            lambda sigmoids: 0.25 / sigmoids,
            Words(
                "each sigmoid multiplies by 0.25 again: it goes down much faster than 1 / sigmoids",
                "シグモイドごとに 0.25 が掛かります。個数で割るよりずっと速く小さくなります。",
            ),
        ),
        Mistake(
            "value",
            lambda sigmoids: 0.5**sigmoids,
            Words(
                "0.5 is the value of a sigmoid at 0; its slope there is asked for",
                "0.5 はシグモイドの 0 での値です。必要なのはそこでの傾きです。",
            ),
        ),
        Mistake(
            "one_only",
            lambda sigmoids: 0.25,
            Words(
                "that is what one sigmoid leaves; there are several",
                "それは一つ通った場合です。いくつも通ることを考えてください。",
            ),
        ),
    ],
)

HE_STDDEV = Exercise(
    name="he_stddev",
    start=Words(
        "From s**2 * inputs / 2 = 1 you get s**2. Then take the root, math.sqrt or ** 0.5.",
        "s**2 * inputs / 2 = 1 から s**2 を求め、平方根（math.sqrt または ** 0.5）をとります。",
    ),
    right=he_stddev,
    probes=[(2,), (8,), (64,), (300,)],
    mistakes=[
        Mistake(
            "variance",
            lambda inputs: 2 / inputs,
            Words(
                "that is the variance s**2; the standard deviation is its root",
                "それは分散 s**2 です。標準偏差はその平方根です。",
            ),
        ),
        Mistake(
            "forgot_half",
            lambda inputs: sqrt(1 / inputs),
            Words(
                "you left out that relu throws away one half; s**2 * inputs must be 2",
                "relu が半分を捨てることを忘れています。s**2 * inputs は 2 でなければなりません。",
            ),
        ),
        Mistake(
            "half_at_the_wrong_side",
            lambda inputs: sqrt(1 / (2 * inputs)),
            Words(
                "the other way round: since one half is lost, the weights must be larger",
                "逆です。半分が失われるのですから、重みはその分大きくなければなりません。",
            ),
        ),
        Mistake(
            "upside_down",
            lambda inputs: sqrt(inputs / 2),
            Words(
                "the more inputs are added up, the smaller the weights must be",
                "足し合わせる入力が多いほど、重みは小さくなければなりません。",
            ),
        ),
        Mistake(
            "root_of_inputs_only",
            lambda inputs: 2 / sqrt(inputs),
            Words(
                "the 2 belongs under the root as well",
                "2 も平方根の中に入ります。",
            ),
        ),
    ],
)

GRADIENT_OF_W = Exercise(
    name="gradient_of_w",
    start=Words(
        "Two slopes, multiplied: that of leaky_relu at w * 2, and that of w * 2 with respect to w.",
        "二つの傾きの積です。w * 2 での leaky_relu の傾きと、w * 2 の w に関する傾きです。",
    ),
    right=0.4,
    mistakes=[
        Mistake(
            "still_dead",
            0.0,
            Words(
                "that is what relu gives; leaky_relu has slope 0.2 below 0",
                "それは relu の場合です。leaky_relu の傾きは 0 より下では 0.2 です。",
            ),
        ),
        Mistake(
            "forgot_input",
            0.2,
            Words(
                "that is the gradient of z; w is multiplied by the input",
                "それは z の勾配です。w には入力が掛かっています。",
            ),
        ),
        Mistake(
            "forgot_slope",
            2.0,
            Words(
                "that would be right above 0; here w * 2 is negative",
                "それは 0 より上の場合です。ここでは w * 2 は負です。",
            ),
        ),
        Mistake(
            "value",
            -0.6,
            Words(
                "that is the value of leaky_relu; its gradient is asked for",
                "それは leaky_relu の値です。求めるのは勾配です。",
            ),
        ),
        Mistake(
            "times_w",
            -0.3,
            Words(
                "you multiplied by w; the slope of w * 2 with respect to w is the input",
                "w を掛けています。w * 2 の w に関する傾きは入力のほうです。",
            ),
        ),
    ],
)

DEAD_SHARE = Exercise(
    name="dead_share",
    start=Words(
        "(y == 0).all(axis=0) says for each column whether all its rows are 0. Take the mean.",
        "(y == 0).all(axis=0) は、列ごとにすべての行が 0 かどうかを表します。その平均をとります。",
    ),
    right=dead_share,
    probes=[(np.array(y),) for y in OUTPUTS],
    mistakes=[
        Mistake(
            "share_of_zeros",
            lambda y: float((y == 0).mean()),
            Words(
                "you counted all zeros; a unit that is 0 for some examples only is alive",
                "0 をすべて数えています。一部のデータでだけ 0 になるユニットは生きています。",
            ),
        ),
        Mistake(
            "any_example",
            lambda y: float((y == 0).any(axis=0).mean()),
            Words(
                "you counted units that are 0 for any example; dead means 0 for all of them",
                "どれかのデータで 0 のものを数えています。死んでいるのは、すべてで 0 のものです。",
            ),
        ),
        Mistake(
            "rows",
            lambda y: float((y == 0).all(axis=1).mean()),
            Words(
                "you looked along the rows, at examples; units are the columns: axis=0",
                "行（データ）ごとに見ています。ユニットは列なので axis=0 です。",
            ),
        ),
        Mistake(
            "count_of_units",
            lambda y: int((y == 0).all(axis=0).sum()),
            Words(
                "that is how many are dead; the share is that divided by the number of units",
                "それは死んだユニットの個数です。割合は、それをユニットの数で割ったものです。",
            ),
        ),
        Mistake(
            "alive",
            lambda y: 1 - float((y == 0).all(axis=0).mean()),
            Words(
                "that is the share of units that are alive",
                "それは生きているユニットの割合です。",
            ),
        ),
    ],
)

LESSON = Lesson(
    number=5,
    name="vanishing",
    title=Words("Vanishing gradients and dead units", "勾配消失と死んだユニット"),
    minutes=45,
    needs=(2, 3),
    exercises=(MOST_LEFT, HE_STDDEV, GRADIENT_OF_W, DEAD_SHARE),
)
