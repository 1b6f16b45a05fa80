"""Lesson 11: right answers, and wrong ones as students write them, each with the hint it gets."""

import math

import numpy as np


def lecun_stddev(inputs):
    return (1 / inputs) ** 0.5


def selu_constants(z):
    above = np.maximum(z, 0)
    below = np.expm1(np.minimum(z, 0))
    alpha = -above.mean() / below.mean()
    y = above + alpha * below
    return alpha, 1 / y.var() ** 0.5


lowest = -1.7581


def elu(z, alpha):
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def balance(z):
    return -np.maximum(z, 0).mean() / np.expm1(np.minimum(z, 0)).mean()


def with_alpha(z, alpha):
    return alpha, 1 / elu(z, alpha).std()


def means_of_halves(z):
    return with_alpha(z, -z[z > 0].mean() / np.expm1(z[z < 0]).mean())


WRONG = {
    "lecun_stddev": [
        ("variance", lambda inputs: 1 / inputs),
        ("he", lambda inputs: (2 / inputs) ** 0.5),
        ("inverted", lambda inputs: inputs**0.5),
        ("too_small", lambda inputs: (1 / inputs) ** 0.5 / 2),
    ],
    "selu_constants": [
        ("from_paper", lambda z: (1.6733, 1.0507)),
        ("not_rooted", lambda z: (balance(z), 1 / elu(z, balance(z)).var())),
        ("multiplied", lambda z: (balance(z), elu(z, balance(z)).var() ** 0.5)),
        ("alpha_1", lambda z: (balance(z), 1 / elu(z, 1).std())),
        ("inverted", lambda z: with_alpha(z, 1 / balance(z))),
        ("sign", lambda z: with_alpha(z, -balance(z))),
        ("own_numbers", means_of_halves),
        ("swapped", lambda z: with_alpha(z, balance(z))[::-1]),
        ("count", balance),
    ],
    "lowest": [
        ("forgot_scale", -1.6733), ("relu", 0), ("sign", 1.758), ("forgot_alpha", -1.0507),
        ("wrong", -2), ("type", "-1.758"), ("type", -math.inf),
    ],
}  # fmt: skip
