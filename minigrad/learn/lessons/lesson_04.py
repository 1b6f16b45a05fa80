"""Lesson 4: at a kink there are two slopes, and all between them are legal."""

from collections.abc import Callable

from ..exercise import Exercise, Mistake
from ..session import Lesson
from ..words import Words

Curve = Callable[[float], float]


def relu(x: float) -> float:
    """The value of relu."""
    return x if x > 0 else 0.0


def leaky(x: float) -> float:
    """The value of leaky relu."""
    return x if x > 0 else 0.25 * x


def square(x: float) -> float:
    """x x."""
    return x * x


def sides(f: Curve, x: float, h: float) -> tuple[float, float]:
    """What f gains in a step, from the left and to the right."""
    return (f(x) - f(x - h)) / h, (f(x + h) - f(x)) / h


def legal(left: float, right: float, slope: float) -> bool:
    """Between them, whichever is larger."""
    return min(left, right) <= slope <= max(left, right)


def central(f: Curve, x: float, h: float) -> tuple[float, float]:
    """The mean of both sides, twice."""
    slope = (f(x + h) - f(x - h)) / (2 * h)
    return slope, slope


SIDES = Exercise(
    name="sides",
    start=Words(
        "On the right it is (f(x + h) - f(x)) / h. On the left, f goes from f(x - h) to f(x).",
        "右側は (f(x + h) - f(x)) / h です。左側では f が f(x - h) から f(x) まで変わります。",
    ),
    right=sides,
    probes=[(f, x, h) for f in (relu, abs, leaky, square) for x, h in ((0.0, 0.5), (1.0, 0.25))],
    mistakes=[
        Mistake(
            "sign_of_left",
            lambda f, x, h: ((f(x - h) - f(x)) / h, (f(x + h) - f(x)) / h),
            Words(
                "on the left f goes from f(x - h) to f(x): the gain is f(x) - f(x - h)",
                "左側では f は f(x - h) から f(x) へ変わります。差は f(x) - f(x - h) です。",
            ),
        ),
        Mistake(
            "central",
            central,
            Words(
                "you took one step across x; that gives the mean of both sides and hides the kink",
                "x をまたいで差を取っています。両側の平均になり、折れ点が見えなくなります。",
            ),
        ),
        Mistake(
            "forgot_h",
            lambda f, x, h: (f(x) - f(x - h), f(x + h) - f(x)),
            Words(
                "you took the differences; a slope is a difference divided by the step h",
                "差を返しています。傾きは、差を動いた幅 h で割ったものです。",
            ),
        ),
        Mistake(
            "value",
            lambda f, x, h: (f(x - h), f(x + h)),
            Words(
                "you returned the values on both sides; how much does f change, for each h?",
                "両側の値を返しています。f は h あたりどれだけ変わりますか。",
            ),
        ),
        Mistake(
            "twice_the_step",
            lambda f, x, h: ((f(x) - f(x - h)) / (2 * h), (f(x + h) - f(x)) / (2 * h)),
            Words(
                "you divided by 2 * h; each of the two steps is only h wide",
                "2 * h で割っています。それぞれ動いた幅は h だけです。",
            ),
        ),
    ],
)

LEGAL = Exercise(
    name="legal",
    start=Words(
        "The smaller of the two slopes is min(left, right), the larger max(left, right).",
        "二つの傾きの小さいほうは min(left, right)、大きいほうは max(left, right) です。",
    ),
    right=legal,
    probes=[
        (0.0, 1.0, 0.0), (0.0, 1.0, 0.5), (0.0, 1.0, 1.0), (0.0, 1.0, 2.0), (0.0, 1.0, -0.5),
        (1.0, 0.0, 0.0), (1.0, 0.0, 0.5), (1.0, 0.0, 1.0), (1.0, 0.0, 1.5), (1.0, 0.0, -1.0),
        (-1.0, 1.0, 0.0), (0.25, 1.0, 0.0), (2.0, 2.0, 2.0), (2.0, 2.0, 1.0),
    ],
    mistakes=[
        Mistake(
            "rising_only",
            lambda left, right, slope: left <= slope <= right,
            Words(
                "that holds where the left slope is the smaller one; at the upper corner of "
                "hard_tanh it is the larger one",
                "左の傾きのほうが小さい場合しか考えていません。hard_tanh の上の角では逆です。",
            ),
        ),
        Mistake(
            "ends_only",
            lambda left, right, slope: slope == left or slope == right,
            Words(
                "the two slopes themselves are legal, and so is every slope between them",
                "両側の傾きそのものだけでなく、その間の傾きもすべて許されます。",
            ),
        ),
        Mistake(
            "without_ends",
            lambda left, right, slope: min(left, right) < slope < max(left, right),
            Words(
                "the ends count: the slopes of the two sides are legal too, so <= and not <",
                "端も含みます。両側の傾きも許されるので、< ではなく <= です。",
            ),
        ),
        Mistake(
            "rising_without_ends",
            lambda left, right, slope: left < slope < right,
            Words(
                "the slopes of both sides are legal themselves, and the left one may be the larger",
                "両側の傾きそのものも許されます。また、左の傾きのほうが大きいこともあります。",
            ),
        ),
        Mistake(
            "from_0_to_1",
            lambda left, right, slope: 0 <= slope <= 1,
            Words(
                "those are the legal slopes of relu; use left and right",
                "それは relu の場合です。left と right を使ってください。",
            ),
        ),
    ],
)  # fmt: skip

GRADIENT = Exercise(
    name="gradient_at_0",
    start=Words(
        "s * 1 - s * (-1) by the chain rule, where s is the slope that relu takes at its kink.",
        "連鎖律から s * 1 - s * (-1) です。s は relu が折れ点で使う傾きです。",
    ),
    right=0.0,
    mistakes=[
        Mistake(
            "truth",
            1.0,
            Words(
                "that is the true slope; backward does not know that the sum is x, it only has the "
                "slope of each relu at 0",
                "それは本当の傾きです。逆伝播は全体が x だとは知らず、"
                "それぞれの relu の 0 での傾きだけを使います。",
            ),
        ),
        Mistake(
            "right_side",
            2.0,
            Words(
                "you took the slope 1 for both; at 0 relu takes the branch else 0",
                "両方の傾きを 1 としています。0 では relu は else 0 のほうを通ります。",
            ),
        ),
        Mistake(
            "middle",
            0.5,
            Words(
                "0.5 is the middle of 0 and 1; relu takes the slope of the branch that gives the "
                "value",
                "0.5 は 0 と 1 の平均です。relu が使うのは、値を決めた枝の傾きです。",
            ),
        ),
    ],
)

CONVENTION = Exercise(
    name="convention",
    start=Words(
        "Both relus are at their kink. Their gradients come to two times the slope taken there.",
        "二つの relu はどちらも折れ点にあります。勾配は、そこで使う傾きの二倍になります。",
    ),
    right="middle",
    mistakes=[
        Mistake(
            "left",
            "left",
            Words(
                "on the left relu has slope 0: the gradient is 0 + 0",
                "左側では relu の傾きは 0 なので、勾配は 0 + 0 になります。",
            ),
        ),
        Mistake(
            "right",
            "right",
            Words(
                "on the right relu has slope 1: the gradient is 1 + 1",
                "右側では relu の傾きは 1 なので、勾配は 1 + 1 になります。",
            ),
        ),
        Mistake(
            "zero",
            "zero",
            Words(
                "then both relus pass nothing back: the gradient is 0",
                "それでは、どちらの relu も何も逆に流さないので、勾配は 0 になります。",
            ),
        ),
    ],
)

LESSON = Lesson(
    number=4,
    name="kinks",
    title=Words("Kinks and subgradients", "折れ点と劣勾配"),
    minutes=40,
    needs=(1, 2, 3),
    exercises=(SIDES, LEGAL, GRADIENT, CONVENTION),
)
