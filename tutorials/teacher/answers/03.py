"""Lesson 3: right answers, and wrong ones as students write them, each with the hint it gets."""

import math


def tanh_slope(x):
    t = math.tanh(x)
    return 1 - t * t


def relu_backward(x, gy):
    return gy if x > 0 else 0.0


def elu_slope(x, alpha):
    return 1.0 if x > 0 else alpha * math.exp(x)


steepest = 0.25

WRONG = {
    "tanh_slope": [
        ("value", lambda x: math.tanh(x)),
        ("not_squared", lambda x: 1 - math.tanh(x)),
        ("of_x", lambda x: 1 - x**2),
        ("one_minus", lambda x: math.tanh(x) ** 2),
        ("sign", lambda x: math.tanh(x) ** 2 - 1),
        ("too_large", lambda x: 2 * (1 - math.tanh(x) ** 2)),
        ("none", lambda x: print(1 - math.tanh(x) ** 2)),
    ],
    "relu_backward": [
        ("forgot_factor", lambda x, gy: 1.0 if x > 0 else 0.0),
        ("value", lambda x, gy: max(x, 0.0)),
        ("sign_of_gy", lambda x, gy: max(gy, 0.0)),
        ("inverted", lambda x, gy: gy if x <= 0 else 0.0),
        ("kink", lambda x, gy: gy if x >= 0 else 0.0),
    ],
    "elu_slope": [
        ("value", lambda x, alpha: 1.0 if x > 0 else alpha * (math.exp(x) - 1)),
        ("value", lambda x, alpha: x if x > 0 else alpha * (math.exp(x) - 1)),
        ("forgot_alpha", lambda x, alpha: 1.0 if x > 0 else math.exp(x)),
        ("always_1", lambda x, alpha: 1.0),
        ("kink", lambda x, alpha: 1.0 if x >= 0 else alpha * math.exp(x)),
        ("zero", lambda x, alpha: 1.0 if x > 0 else 0.0),
    ],
    "steepest": [("value", 0.5), ("tanh", 1), ("place", 0.0), ("type", "1/4")],
}
