"""Lesson 5: right answers, and wrong ones as students write them, each with the hint it gets."""

from math import sqrt


def most_left(sigmoids):
    return 0.25**sigmoids


def he_stddev(inputs):
    return sqrt(2 / inputs)


gradient_of_w = 0.4


def dead_share(y):
    return (y == 0).all(axis=0).mean()


WRONG = {
    "most_left": [
        ("added", lambda sigmoids: 0.25 * sigmoids),
        ("divided", lambda sigmoids: 0.25 / sigmoids),
        ("value", lambda sigmoids: 0.5**sigmoids),
        ("one_only", lambda sigmoids: 0.25),
        ("too_large", lambda sigmoids: 0.25 ** (sigmoids - 1)),
        ("none", lambda sigmoids: print(0.25**sigmoids)),
    ],
    "he_stddev": [
        ("variance", lambda inputs: 2 / inputs),
        ("forgot_half", lambda inputs: 1 / sqrt(inputs)),
        ("half_at_the_wrong_side", lambda inputs: sqrt(1 / 2 / inputs)),
        ("upside_down", lambda inputs: (inputs / 2) ** 0.5),
        ("root_of_inputs_only", lambda inputs: 2 / sqrt(inputs)),
    ],
    "gradient_of_w": [
        ("still_dead", 0), ("forgot_input", 0.2), ("forgot_slope", 2), ("value", -0.6),
        ("times_w", -0.3), ("type", "0.4"),
    ],
    "dead_share": [
        ("share_of_zeros", lambda y: (y == 0).mean()),
        ("any_example", lambda y: (y == 0).any(axis=0).mean()),
        ("rows", lambda y: (y == 0).all(axis=1).mean()),
        ("count_of_units", lambda y: (y == 0).all(axis=0).sum()),
        ("alive", lambda y: y.any(axis=0).mean()),
        ("shape", lambda y: (y == 0).all(axis=0)),
    ],
}  # fmt: skip
