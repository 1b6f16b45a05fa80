"""Lesson 10: right answers, and wrong ones as students write them, each with the hint it gets."""

from statistics import mean, pstdev, stdev, variance


def mean_and_spread(scores):
    n = len(scores)
    middle = sum(scores) / n
    squares = sum((score - middle) ** 2 for score in scores)
    return middle, (squares / (n - 1)) ** 0.5


def wrong_verdicts(better, worse):
    wrong = sum(w > b for b in better for w in worse)
    return wrong / (len(better) * len(worse))


def clearly_better(a, b):
    differences = [x - y for x, y in zip(a, b)]  # noqa: B905
    wobble = stdev(differences) / len(differences) ** 0.5
    return mean(differences) > 2 * wobble


def gains(a, b):
    return [x - y for x, y in zip(a, b)]  # noqa: B905


def pairs(better, worse):
    return [(b, w) for b in better for w in worse]


def unpaired(a, b):
    return mean(a) - mean(b) > 2 * (variance(a) / len(a) + variance(b) / len(b)) ** 0.5


WRONG = {
    "mean_and_spread": [
        ("divided_by_n", lambda s: (mean(s), pstdev(s))),
        ("not_rooted", lambda s: (mean(s), variance(s))),
        ("range", lambda s: (mean(s), max(s) - min(s))),
        ("median", lambda s: (sorted(s)[len(s) // 2] if len(s) % 2 else
                              sum(sorted(s)[len(s) // 2 - 1 : len(s) // 2 + 1]) / 2, stdev(s))),
        ("of_the_mean", lambda s: (mean(s), stdev(s) / len(s) ** 0.5)),
        ("swapped", lambda s: (stdev(s), mean(s))),
        ("count", lambda s: mean(s)),
    ],
    "wrong_verdicts": [
        ("same_seed", lambda b, w: sum(y > x for x, y in zip(b, w)) / len(b)),  # noqa: B905
        ("count", lambda b, w: sum(y > x for x, y in pairs(b, w))),
        ("right_verdicts", lambda b, w: mean(float(x > y) for x, y in pairs(b, w))),
        ("ties", lambda b, w: mean(float(x <= y) for x, y in pairs(b, w))),
        ("divided_once", lambda b, w: sum(y > x for x, y in pairs(b, w)) / len(b)),
    ],
    "clearly_better": [
        ("mean_only", lambda a, b: mean(a) > mean(b)),
        ("unpaired", unpaired),
        ("forgot_root", lambda a, b: mean(gains(a, b)) > 2 * stdev(gains(a, b))),
        ("forgot_2", lambda a, b: mean(gains(a, b)) > stdev(gains(a, b)) / len(a) ** 0.5),
        ("either_way", lambda a, b: clearly_better(a, b) or clearly_better(b, a)),
        ("inverted", lambda a, b: clearly_better(b, a)),
    ],
}  # fmt: skip

SURVIVORS = {
    "mean(differences) > 2 * wobble -> mean(differences) >= 2 * wobble":
        "a mean of exactly two wobbles does not happen with measured scores",
}  # fmt: skip
