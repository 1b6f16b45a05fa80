"""Lesson 2: the chain rule, by hand and by machine."""

from math import tanh
from typing import Any

import numpy as np

from ..exercise import Exercise, Mistake
from ..session import Lesson
from ..words import Words

POINTS = [(1.5, -0.5, 0.25), (-1.0, 0.75, 0.5), (2.0, 0.5, -1.25), (0.5, -1.5, 0.0)]


def neuron(x: float, w: float, b: float) -> float:
    """The value of the lesson's neuron."""
    return tanh(w * x + b)


def neuron_backward(x: float, w: float, b: float, gy: float) -> tuple[float, float, float]:
    """First the slope of tanh, then those of the product and the sum."""
    y = tanh(w * x + b)
    gz = gy * (1 - y * y)
    return gz * w, gz * x, gz


def two_paths(x: float, gy: float) -> float:
    """The slope of x tanh(x): one path through each factor."""
    t = tanh(x)
    return gy * (t + x * (1 - t * t))


def scale_backward(x: Any, s: float, gy: Any) -> Any:
    """A number that is used for every element gathers a share from each."""
    return s * gy, np.sum(x * gy)


ROWS = [
    (np.array([1.0, -2.0, 0.5]), 3.0, np.array([0.25, 1.0, -2.0])),
    (np.array([-0.75, 4.0]), -0.5, np.array([2.0, 0.5])),
    (np.array([1.5]), 2.0, np.array([-3.0])),
]

CHAIN_SLOPE = Exercise(
    name="chain_slope",
    start=Words(
        "u = 3 * x + 1 moves 3 times as much as x; and u * u, when u moves, at u = 4?",
        "u = 3 * x + 1 は x の 3 倍動きます。u = 4 で u が動くと、u * u はどれだけ動きますか。",
    ),
    right=24.0,
    mistakes=[
        Mistake(
            "forgot_inner",
            8.0,
            Words(
                "that is the slope of u * u alone; u itself moves 3 times as much as x",
                "それは u * u の傾きだけです。u は x の 3 倍動きます。",
            ),
        ),
        Mistake(
            "wrong_place",
            6.0,
            Words(
                "you took the slope of the square at x = 1; what is squared is u = 4",
                "2 乗の傾きを x = 1 で求めています。2 乗されるのは u = 4 です。",
            ),
        ),
        Mistake(
            "value",
            16.0,
            Words(
                "that is the value of y; how much does it move when x moves?",
                "それは y の値です。x が動くと、それはどれだけ動きますか。",
            ),
        ),
        Mistake(
            "added",
            11.0,
            Words(
                "you added the slopes 8 and 3; along a chain they are multiplied",
                "傾き 8 と 3 を足しています。鎖に沿った傾きは掛け合わせます。",
            ),
        ),
    ],
    rtol=1e-3,
)

NEURON_BACKWARD = Exercise(
    name="neuron_backward",
    start=Words(
        "y = math.tanh(w * x + b), then gz = gy * (1 - y * y); return gz times the slopes of z.",
        "y = math.tanh(w * x + b)、gz = gy * (1 - y * y) とし、gz と z の傾きの積を返します。",
    ),
    right=neuron_backward,
    probes=[(*point, gy) for point in POINTS for gy in (2.0, -0.5)],
    slope_of=neuron,
    mistakes=[
        Mistake(
            "forgot_gy",
            lambda x, w, b, gy: neuron_backward(x, w, b, 1.0),
            Words(
                "you began with 1; begin with gy, the gradient that comes from above",
                "1 から始めています。上から来た勾配 gy から始めてください。",
            ),
        ),
        Mistake(
            "forgot_tanh",
            lambda x, w, b, gy: (gy * w, gy * x, gy),
            Words(
                "you passed by tanh: on the way back, multiply by its slope, 1 - y * y",
                "tanh を飛ばしています。その傾き 1 - y * y も掛けてください。",
            ),
        ),
        Mistake(
            "tanh_of_x",
            lambda x, w, b, gy: (gy * (1 - tanh(x) ** 2) * w, gy * (1 - tanh(x) ** 2) * x,
                                 gy * (1 - tanh(x) ** 2)),
            Words(
                "you took the slope of tanh at x; it was called with w * x + b",
                "tanh の傾きを x で求めています。tanh に渡したのは w * x + b です。",
            ),
        ),
        Mistake(
            "swapped",
            lambda x, w, b, gy: tuple(neuron_backward(x, w, b, gy)[k] for k in (1, 0, 2)),
            Words(
                "the first two are swapped: x is multiplied by w, so its slope is w",
                "最初の二つが逆です。x には w が掛かるので、x の傾きは w です。",
            ),
        ),
        Mistake(
            "only_bias",
            lambda x, w, b, gy: (neuron_backward(x, w, b, gy)[2],) * 3,
            Words(
                "you returned the gradient of z three times; multiply it by the slopes of z",
                "z の勾配を三つ返しています。z の傾きを掛けてください。",
            ),
        ),
    ],
)  # fmt: skip

TWO_PATHS = Exercise(
    name="two_paths",
    start=Words(
        "t = math.tanh(x); one path has slope t, the other x * (1 - t * t). Add them, times gy.",
        "t = math.tanh(x) とすると、道の傾きは t と x * (1 - t * t) です。足して gy を掛けます。",
    ),
    right=two_paths,
    probes=[(x, gy) for x in (-1.5, -0.5, 0.0, 0.75, 2.0) for gy in (3.0, -0.5)],
    slope_of=lambda x: x * tanh(x),
    mistakes=[
        Mistake(
            "first_path",
            lambda x, gy: gy * tanh(x),
            Words(
                "that is the path through the factor x alone; the other goes through tanh(x)",
                "それは因子 x を通る道だけです。tanh(x) を通る道もあります。",
            ),
        ),
        Mistake(
            "second_path",
            lambda x, gy: gy * x * (1 - tanh(x) ** 2),
            Words(
                "that is the path through tanh(x) alone; the other goes through the factor x",
                "それは tanh(x) を通る道だけです。因子 x を通る道もあります。",
            ),
        ),
        Mistake(
            "multiplied",
            lambda x, gy: gy * (1 - tanh(x) ** 2),
            Words(
                "you multiplied the slopes of both factors; paths are added up",
                "二つの因子の傾きを掛けています。道どうしは足します。",
            ),
        ),
        Mistake(
            "paths_multiplied",
            lambda x, gy: gy * tanh(x) * (1 - tanh(x) ** 2),
            Words(
                "multiply along a path: that through tanh(x) has a factor x; then add both paths",
                "tanh(x) を通る道には因子 x も掛かります。道に沿って掛け、道どうしは足します。",
            ),
        ),
        Mistake(
            "all_multiplied",
            lambda x, gy: gy * tanh(x) * x * (1 - tanh(x) ** 2),
            Words(
                "each path is right, but you multiplied them; different paths are added up",
                "どちらの道も正しいのですが、道どうしを掛けています。道どうしは足します。",
            ),
        ),
        Mistake(
            "gy_once",
            lambda x, gy: tanh(x) + gy * x * (1 - tanh(x) ** 2),
            Words(
                "gy multiplies only one of the paths: put the sum in parentheses, then times gy",
                "gy が片方の道にしか掛かっていません。和を括弧に入れてから gy を掛けてください。",
            ),
        ),
        Mistake(
            "subtracted",
            lambda x, gy: gy * (tanh(x) - x * (1 - tanh(x) ** 2)),
            Words(
                "you subtracted one path from the other; they are added up",
                "道どうしを引いています。足してください。",
            ),
        ),
    ],
)

SCALE_BACKWARD = Exercise(
    name="scale_backward",
    start=Words(
        "gx is s * gy. Each element gives s a share of x * gy: sum the shares with .sum().",
        "gx は s * gy です。s には各要素から x * gy ずつ届きます。.sum() で合計します。",
    ),
    right=scale_backward,
    probes=ROWS,
    mistakes=[
        Mistake(
            "mean",
            lambda x, s, gy: (s * gy, np.mean(x * gy)),
            Words(
                "you took the mean of the shares; they add up, so it is their sum",
                "分け前の平均になっています。足し合わせるので合計です。",
            ),
        ),
        Mistake(
            "swapped",
            lambda x, s, gy: (np.sum(x * gy), s * gy),
            Words(
                "the gradient of x comes first, then the one of s",
                "先に x の勾配、次に s の勾配を返します。",
            ),
        ),
        Mistake(
            "sum_first",
            lambda x, s, gy: (s * gy, np.sum(x)),
            Words(
                "you summed x alone; each share is x * gy",
                "x だけを合計しています。分け前は x * gy です。",
            ),
        ),
        Mistake(
            "sums_multiplied",
            lambda x, s, gy: (s * gy, np.sum(x) * np.sum(gy)),
            Words(
                "multiply x and gy element by element first, then sum",
                "先に x と gy を要素ごとに掛け、それから合計してください。",
            ),
        ),
    ],
)

LESSON = Lesson(
    number=2,
    name="chain_rule",
    title=Words("The chain rule, by hand and by machine", "連鎖律を手で、機械で"),
    minutes=50,
    needs=(1,),
    exercises=(CHAIN_SLOPE, NEURON_BACKWARD, TWO_PATHS, SCALE_BACKWARD),
)
