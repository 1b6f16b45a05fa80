"""Lesson 6: right answers, and wrong ones as students write them, each with the hint it gets."""

import numpy as np

import minigrad as mg


def prelu_slopes(x, alpha):
    if x > 0:
        return 1.0, 0.0
    return alpha, x


def prelu_backward(x, alpha, gy):
    gx = np.where(x > 0, gy, alpha * gy)
    galpha = np.where(x <= 0, x * gy, 0.0).sum(axis=0)
    return gx, galpha


@mg.elementwise(inputs=2, kinks=[0.0])
def my_prelu(x, alpha):
    """PReLU: x for x > 0, alpha x otherwise."""
    return x if x > 0 else alpha * x


@my_prelu.partial("x")
def dmy_prelu_dx(x, alpha):
    return alpha if x <= 0 else 1


@my_prelu.partial("alpha")
def dmy_prelu_dalpha(x, alpha):
    return 0 if x > 0 else x


def gx_of(x, alpha, gy):
    return np.where(x > 0, gy, alpha * gy)


def declared(formula, dx, dalpha):
    op = mg.elementwise(inputs=2, kinks=[0.0])(formula)
    op.partial("x")(dx)
    op.partial("alpha")(dalpha)
    return op


def value(x, alpha):
    return x if x > 0 else alpha * x


def always_scaled(x, alpha):
    return alpha * x


def dx(x, alpha):
    return 1 if x > 0 else alpha


def dalpha(x):
    return 0 if x > 0 else x


@mg.elementwise(inputs=2)
def one_slope(x, alpha):
    return x if x > 0 else alpha * x


one_slope.partial("x")(dx)


@mg.elementwise()
def one_input(x, alpha=0.25):
    return x if x > 0 else alpha * x


WRONG = {
    "prelu_slopes": [
        ("swapped", lambda x, alpha: (0.0, 1.0) if x > 0 else (x, alpha)),
        ("alpha_everywhere", lambda x, alpha: (1.0 if x > 0 else alpha, x)),
        ("value", lambda x, alpha: (1.0, 0.0) if x > 0 else (alpha, alpha * x)),
        ("alpha_twice", lambda x, alpha: (1.0, 0.0) if x > 0 else (alpha, alpha)),
        ("of_a_sum", lambda x, alpha: (1.0, 0.0) if x > 0 else (alpha, 1.0)),
        ("kink", lambda x, alpha: (1.0, 0.0) if x >= 0 else (alpha, x)),
        ("count", lambda x, alpha: 1.0 if x > 0 else alpha),
    ],
    "prelu_backward": [
        ("not_summed", lambda x, a, gy: (gx_of(x, a, gy), np.where(x > 0, 0, x) * gy)),
        ("mean", lambda x, a, gy: (gx_of(x, a, gy), np.mean((x <= 0) * x * gy, axis=0))),
        ("wrong_axis", lambda x, a, gy: (gx_of(x, a, gy), np.sum((x <= 0) * x * gy, axis=1))),
        ("one_sum", lambda x, a, gy: (gx_of(x, a, gy), np.sum((x <= 0) * x * gy))),
        ("forgot_gy", lambda x, a, gy: (np.where(x > 0, 1, a), np.sum((x <= 0) * x, axis=0))),
        ("alpha_everywhere", lambda x, a, gy: (gx_of(x, a, gy), np.sum(x * gy, axis=0))),
        ("raises", lambda x, a, gy: (gy, x) if x > 0 else (a * gy, x * gy)),
    ],
    "my_prelu": [
        ("alpha_everywhere", declared(value, dx, lambda x: x)),
        ("slopes_swapped", declared(value, dalpha, dx)),
        ("value", declared(value, dx, lambda x, alpha: 0 if x > 0 else alpha * x)),
        ("forgot_alpha", declared(value, lambda x: 1 if x > 0 else 0, dalpha)),
        ("kink", declared(value, lambda x, alpha: 1 if x >= 0 else alpha, dalpha)),
        ("extra_factor", declared(always_scaled, dx, dalpha)),
        ("undeclared", one_slope),
        ("undeclared", one_input),
        ("type", value),
        ("type", declared(lambda x, alpha: np.where(x > 0, x, alpha * x), dx, dalpha)),
    ],
}

SURVIVORS = {
    "x > 0 -> x >= 0": "prelu(0) is 0 in both branches, and its slope for alpha is 0 too",
    "x <= 0 -> x < 0": "where x is 0, x * gy is 0 as well",
}
