"""Lesson 8: right answers, and wrong ones as students write them, each with the hint it gets."""

import math
from math import exp, log, log1p

import numpy as np


def stable_softplus(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def stable_log_softmax(x):
    shifted = x - x.max()
    return shifted - np.log(np.exp(shifted).sum())


def sigmoid_slope(x):
    e = math.exp(-abs(x))
    return e / (1 + e) ** 2


def log_of_softmax(x):
    e = np.exp(x - x.max())
    return np.log(e / e.sum())


def from_y(x):
    y = 1 / (1 + exp(-x))
    return y * (1 - y)


WRONG = {
    "stable_softplus": [
        ("raises", lambda x: log(1 + exp(x))),
        ("not_finite", lambda x: np.log1p(np.exp(x))),
        ("lost_tail", lambda x: max(x, 0.0) + log(1 + exp(-abs(x)))),
        ("lost_tail", lambda x: x if x > 30 else log(1 + exp(x))),
        ("forgot_max", lambda x: log1p(exp(-abs(x)))),
        ("relu", lambda x: max(x, 0.0)),
        ("added_twice", lambda x: max(x, 0.0) + log1p(1 + exp(-abs(x)))),
    ],
    "stable_log_softmax": [
        ("log_after", log_of_softmax),
        ("not_shifted", lambda x: x - np.log(np.exp(x).sum())),
        ("shifted_once", lambda x: x - np.log(np.exp(x - x.max()).sum())),
        ("softmax", lambda x: np.exp(log_of_softmax(x))),
        ("forgot_sum", lambda x: x - max(x)),
        ("not_finite", lambda x: np.log(np.exp(x) / np.exp(x).sum())),
    ],
    "sigmoid_slope": [
        ("from_y", from_y),
        ("from_y", lambda x: from_y(abs(x))),
        ("value", lambda x: 1 / (1 + exp(-x))),
        ("not_squared", lambda x: exp(-abs(x)) / (1 + exp(-abs(x)))),
        ("forgot_lower_part", lambda x: exp(-abs(x))),
        ("raises", lambda x: exp(-x) / (1 + exp(-x)) ** 2),
        ("sign", lambda x: -exp(-abs(x)) / (1 + exp(-abs(x))) ** 2),
    ],
}
