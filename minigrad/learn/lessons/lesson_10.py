"""Lesson 10: a result is a mean and a spread, and the same seeds are compared."""

from collections.abc import Sequence
from itertools import product
from math import sqrt
from statistics import mean, median, pstdev, stdev, variance

from ..exercise import Exercise, Mistake
from ..session import Lesson
from ..words import Words

Scores = Sequence[float]

LISTS = ([0.9, 0.8, 0.85], [0.5, 0.9, 0.7, 0.6, 0.8], [0.91, 0.92, 0.6, 0.93], [0.25, 0.75])
# Pairs of lists: some scores are equal, and some lists have different lengths.
PAIRS = [
    ([0.9, 0.8, 0.85], [0.85, 0.7, 0.8]),
    ([0.9, 0.8, 0.7, 0.6], [0.85, 0.75, 0.66, 0.55]),
    ([0.6, 0.7, 0.65, 0.6], [0.9, 0.95, 0.9, 0.92]),
    ([0.9, 0.95], [0.5, 0.6, 0.95, 0.99]),
]
LUCK = ((0.60, 0.90, 0.75, 0.80), (0.9, 0.7, 0.8, 0.75, 0.85, 0.6))
# How many of its own wobbles the mean difference is away from 0.
WOBBLES = (3.5, 1.5, 1.99, 2.01, 2.5, 0.5, -1.5, -3.0, 5.0)


def twins(wobbles: float, luck: Scores) -> tuple[list[float], list[float]]:
    """Scores that share their luck, and differ so clearly."""
    n = len(luck)
    signs = [(-1.0) ** k * sqrt((n - 1) / n) for k in range(n)]  # mean 0, deviation 1
    ahead = [0.01 * (wobbles / sqrt(n) + sign) for sign in signs]
    return [b + d for b, d in zip(luck, ahead, strict=True)], [*luck]


TWINS = [twins(wobbles, luck) for wobbles in WOBBLES for luck in LUCK]


def mean_and_spread(scores: Scores) -> tuple[float, float]:
    """The mean, and the root of the squared distances' sum / (n - 1)."""
    return mean(scores), stdev(scores)


def wrong_verdicts(better: Scores, worse: Scores) -> float:
    """The share of pairs in which worse scores higher."""
    return mean(float(w > b) for b, w in product(better, worse))


def clearly_better(a: Scores, b: Scores) -> bool:
    """Whether the mean difference is more than two standard errors."""
    d = differences(a, b)
    return mean(d) > 2 * stdev(d) / sqrt(len(d))


def differences(a: Scores, b: Scores) -> list[float]:
    """Of the same seeds."""
    return [x - y for x, y in zip(a, b, strict=True)]


def unpaired(a: Scores, b: Scores) -> bool:
    """As clearly_better, but as if the seeds had nothing to do with each other."""
    return mean(a) - mean(b) > 2 * sqrt((variance(a) + variance(b)) / len(a))


SPREAD = Exercise(
    name="mean_and_spread",
    start=Words(
        "m = sum(scores) / len(scores); then add up (score - m) ** 2 for every score.",
        "m = sum(scores) / len(scores) とし、各 score の (score - m) ** 2 を足し合わせます。",
    ),
    right=mean_and_spread,
    probes=[(scores,) for scores in LISTS],
    mistakes=[
        Mistake(
            "divided_by_n",
            lambda scores: (mean(scores), pstdev(scores)),
            Words(
                "you divided by n; the mean is from the same scores, so divide by n - 1",
                "n で割っています。平均も同じ点数から求めたので、n - 1 で割ります。",
            ),
        ),
        Mistake(
            "not_rooted",
            lambda scores: (mean(scores), variance(scores)),
            Words(
                "that is the variance, in squared units; its root is the spread",
                "それは分散で、単位が二乗になっています。その平方根がばらつきです。",
            ),
        ),
        Mistake(
            "range",
            lambda scores: (mean(scores), max(scores) - min(scores)),
            Words(
                "from lowest to highest is set by two unlucky runs; use all of the scores",
                "最大と最小の差は、二つの実験だけで決まります。すべての点数を使ってください。",
            ),
        ),
        Mistake(
            "median",
            lambda scores: (median(scores), stdev(scores)),
            Words(
                "that is the median, the score in the middle; the mean is sum / n",
                "それは真ん中の点数、中央値です。平均は合計 / n です。",
            ),
        ),
        Mistake(
            "of_the_mean",
            lambda scores: (mean(scores), stdev(scores) / sqrt(len(scores))),
            Words(
                "that is how far the mean wobbles; the spread of the scores has no root of n",
                "それは平均の揺れです。点数のばらつきには n の平方根は出てきません。",
            ),
        ),
    ],
)

VERDICTS = Exercise(
    name="wrong_verdicts",
    start=Words(
        "Two loops, one in the other: count the pairs with w > b, and divide by all pairs.",
        "二重のループで w > b となる組を数え、すべての組の数で割ります。",
    ),
    right=wrong_verdicts,
    probes=PAIRS,
    mistakes=[
        Mistake(
            "same_seed",
            lambda better, worse: (
                sum(w > b for b, w in zip(better, worse, strict=False)) / len(better)
            ),
            Words(
                "you compared only scores in the same place; here any score may meet any other",
                "同じ位置の点数だけを比べています。ここでは、どの点数どうしも組になります。",
            ),
        ),
        Mistake(
            "count",
            lambda better, worse: sum(w > b for b, w in product(better, worse)),
            Words(
                "that is how many pairs there are; divide by the number of all pairs",
                "それは組の個数です。すべての組の数で割ってください。",
            ),
        ),
        Mistake(
            "right_verdicts",
            lambda better, worse: mean(float(b > w) for b, w in product(better, worse)),
            Words(
                "those are the pairs that come out right; count those in which worse is higher",
                "それは正しい結論になる組です。worse のほうが高い組を数えてください。",
            ),
        ),
        Mistake(
            "ties",
            lambda better, worse: mean(float(w >= b) for b, w in product(better, worse)),
            Words(
                "nearly: equal scores have no winner, so they do not count",
                "もう少しです。同点に勝者はいないので、数えません。",
            ),
        ),
        Mistake(
            "divided_once",
            lambda better, worse: sum(w > b for b, w in product(better, worse)) / len(better),
            Words(
                "you divided by the runs of one; there are len(better) * len(worse) pairs",
                "一方の個数で割っています。組は len(better) * len(worse) 個あります。",
            ),
        ),
    ],
)

CLEARLY = Exercise(
    name="clearly_better",
    start=Words(
        "d = [x - y for x, y in zip(a, b)]; compare its mean with 2 * its spread / root of n.",
        "d = [x - y for x, y in zip(a, b)] の平均と、2 * ばらつき / n の平方根とを比べます。",
    ),
    right=clearly_better,
    probes=TWINS,
    mistakes=[
        Mistake(
            "mean_only",
            lambda a, b: mean(a) > mean(b),
            Words(
                "you compared the means alone; the question is whether they differ by luck",
                "平均だけを比べています。問題は、その差が偶然かどうかです。",
            ),
        ),
        Mistake(
            "unpaired",
            unpaired,
            Words(
                "you used the spreads of a and b; the luck of a seed drops out of differences "
                "only, so take the spread of these",
                "a と b それぞれのばらつきを使っています。シードの運が消えるのは差をとったとき"
                "だけです。差のばらつきを使ってください。",
            ),
        ),
        Mistake(
            "forgot_root",
            lambda a, b: mean(differences(a, b)) > 2 * stdev(differences(a, b)),
            Words(
                "you compared with the spread of one difference; that of a mean is smaller, by "
                "the root of n",
                "差一つのばらつきと比べています。平均の揺れは、その n の平方根分の一です。",
            ),
        ),
        Mistake(
            "forgot_2",
            lambda a, b: mean(d := differences(a, b)) > stdev(d) / sqrt(len(d)),
            Words(
                "you forgot the 2: once the wobble is reached by luck alone quite often",
                "2 を忘れています。揺れの 1 倍くらいなら、偶然だけでもよく起こります。",
            ),
        ),
        Mistake(
            "either_way",
            lambda a, b: abs(mean(d := differences(a, b))) > 2 * stdev(d) / sqrt(len(d)),
            Words(
                "yours says that they differ; asked is whether a is the better one, so no abs",
                "違いがあるかどうかになっています。a のほうがよいかを問うので abs は要りません。",
            ),
        ),
        Mistake(
            "inverted",
            lambda a, b: clearly_better(b, a),
            Words(
                "it is the other way round: a - b is positive where a is better",
                "逆です。a のほうがよければ a - b が正になります。",
            ),
        ),
    ],
)

LESSON = Lesson(
    number=10,
    name="compare",
    title=Words("Twelve activations, compared honestly", "十二の活性化関数を公平に比べる"),
    minutes=50,
    needs=(3, 5),
    exercises=(SPREAD, VERDICTS, CLEARLY),
)
