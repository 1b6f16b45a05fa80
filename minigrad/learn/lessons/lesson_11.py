"""Lesson 11: selu keeps mean 0 and variance 1; where its constants come from, what breaks it."""

from math import sqrt
from statistics import NormalDist

import numpy as np

from ...activations.exponentials import SELU_ALPHA, SELU_SCALE
from ...arrays import Array
from ..exercise import Exercise, Mistake
from ..session import Lesson
from ..words import Words

EVEN = np.array([NormalDist().inv_cdf((k + 0.5) / 200) for k in range(200)])
# Evenly placed; and two that balance elsewhere, one of them with most of it below 0.
NUMBERS = [(EVEN,), (np.array([-2.0, -0.5, 0.25, 1.0]),), (np.array([-1.0, -0.75, -0.5, 3.0]),)]


def lecun_stddev(inputs: float) -> float:
    """1 / sqrt(inputs)."""
    return 1 / sqrt(inputs)


def parts(z: Array) -> tuple[Array, Array]:
    """What elu leaves as it is, and what it bends, for alpha = 1."""
    return np.maximum(z, 0), np.expm1(np.minimum(z, 0))


def balancing(z: Array) -> float:
    """The alpha with which elu has mean 0."""
    above, below = parts(z)
    return float(-above.mean() / below.mean())


def bent(z: Array, alpha: float) -> Array:
    """The elu of z."""
    above, below = parts(z)
    return np.asarray(above + alpha * below)


def selu_constants(z: Array) -> tuple[float, float]:
    """Alpha for mean 0, then scale for variance 1."""
    alpha = balancing(z)
    return alpha, float(bent(z, alpha).std() ** -1)


def halves(z: Array) -> float:
    """As balancing, but with the mean of each part over its own numbers."""
    return float(-z[z > 0].mean() / np.expm1(z[z <= 0]).mean())


STDDEV = Exercise(
    name="lecun_stddev",
    start=Words(
        "s ** 2 = 1 / inputs; now take the root.",
        "s ** 2 = 1 / inputs なので、その平方根をとります。",
    ),
    right=lecun_stddev,
    probes=[(4,), (16,), (100,), (1000,)],
    mistakes=[
        Mistake(
            "variance",
            lambda inputs: 1 / inputs,
            Words(
                "that is the variance s ** 2; the standard deviation is its root",
                "それは分散 s ** 2 です。標準偏差はその平方根です。",
            ),
        ),
        Mistake(
            "he",
            lambda inputs: sqrt(2 / inputs),
            Words(
                "that is for relu, which throws one half away; here nothing is thrown away",
                "それは半分を捨てる relu のためのものです。ここでは何も捨てません。",
            ),
        ),
        Mistake(
            "inverted",
            sqrt,
            Words(
                "it is the other way round: more inputs need smaller weights",
                "逆数になっています。入力が多いほど、重みは小さくします。",
            ),
        ),
    ],
)

CONSTANTS = Exercise(
    name="selu_constants",
    start=Words(
        "alpha = -np.maximum(z, 0).mean() / np.expm1(np.minimum(z, 0)).mean(); then the scale.",
        "alpha = -np.maximum(z, 0).mean() / np.expm1(np.minimum(z, 0)).mean()。次に scale です。",
    ),
    right=selu_constants,
    probes=NUMBERS,
    shows=Words("For z = {0}, selu_constants", "z = {0} のとき、selu_constants の結果"),
    mistakes=[
        Mistake(
            "from_paper",
            lambda z: (1.6733, 1.0507),
            Words(
                "those are the paper's numbers, for all real numbers; compute yours from z",
                "それは論文の値です。z から計算してください。",
            ),
        ),
        Mistake(
            "not_rooted",
            lambda z: (a := balancing(z), 1 / bent(z, a).var()),
            Words(
                "you divided by the variance; scale * y has variance scale ** 2 * y.var(), so "
                "take the root",
                "分散で割っています。scale * y の分散は scale ** 2 * y.var() なので、平方根を"
                "とってください。",
            ),
        ),
        Mistake(
            "multiplied",
            lambda z: (a := balancing(z), bent(z, a).std()),
            Words(
                "that is the standard deviation that elu has; scale must undo it: 1 divided by it",
                "それは elu の標準偏差です。scale はそれを打ち消すので、1 をそれで割ります。",
            ),
        ),
        Mistake(
            "alpha_1",
            lambda z: (balancing(z), 1 / bent(z, 1.0).std()),
            Words(
                "your scale is for alpha = 1; use the alpha that you have found",
                "scale が alpha = 1 のものです。求めた alpha を使ってください。",
            ),
        ),
        Mistake(
            "inverted",
            lambda z: (a := 1 / balancing(z), 1 / bent(z, a).std()),
            Words(
                "your alpha is upside down: alpha times the negative mean balances the positive",
                "alpha が逆数になっています。alpha と負の平均の積が、正の平均とつり合います。",
            ),
        ),
        Mistake(
            "sign",
            lambda z: (a := -balancing(z), 1 / bent(z, a).std()),
            Words(
                "your alpha has the wrong sign: the mean of expm1 of negative numbers is negative",
                "alpha の符号が逆です。負の数の expm1 の平均は負になります。",
            ),
        ),
        Mistake(
            "own_numbers",
            lambda z: (a := halves(z), 1 / bent(z, a).std()),
            Words(
                "you took the mean of each part over its own numbers; take both over all of z",
                "それぞれの部分だけで平均しています。どちらも z 全体で平均してください。",
            ),
        ),
    ],
)

LOWEST = Exercise(
    name="lowest",
    start=Words(
        "exp(x) becomes 0, so scale * alpha * (exp(x) - 1) becomes ... Or try selu(-100.0).",
        "exp(x) は 0 になるので scale * alpha * (exp(x) - 1) は…。selu(-100.0) でもわかります。",
    ),
    right=-SELU_SCALE * SELU_ALPHA,
    rtol=2e-3,
    mistakes=[
        Mistake(
            "forgot_scale",
            -SELU_ALPHA,
            Words(
                "that is where its elu ends, at -alpha; selu stretches everything by scale",
                "それは elu の行き着く先 -alpha です。selu は全体を scale 倍します。",
            ),
        ),
        Mistake(
            "relu",
            0.0,
            Words(
                "there relu ends; look at the plot of selu, far to the left",
                "それは relu の行き着く先です。selu のグラフの左端を見てください。",
            ),
        ),
        Mistake(
            "sign",
            SELU_SCALE * SELU_ALPHA,
            Words(
                "the right size; but below 0 selu is negative",
                "大きさは合っています。しかし、0 より下では selu は負です。",
            ),
        ),
        Mistake(
            "forgot_alpha",
            -SELU_SCALE,
            Words(
                "that is scale alone; below 0 it is multiplied by alpha as well",
                "それは scale だけです。0 より下では alpha も掛かります。",
            ),
        ),
    ],
)

LESSON = Lesson(
    number=11,
    name="selu",
    title=Words("selu: a network that keeps its own scale", "selu: 自分で大きさを保つネットワーク"),
    minutes=45,
    needs=(3, 5),
    exercises=(STDDEV, CONSTANTS, LOWEST),
)
