"""Lesson 4: right answers, and wrong ones as students write them, each with the hint it gets."""


def sides(f, x, h):
    return (f(x) - f(x - h)) / h, (f(x + h) - f(x)) / h


def legal(left, right, slope):
    return min(left, right) <= slope <= max(left, right)


gradient_at_0 = 0.0
convention = "middle"


def central(f, x, h):
    slope = (f(x + h) - f(x - h)) / (2 * h)
    return slope, slope


def relu_only(f, x, h):
    return 0.0, 1.0


WRONG = {
    "sides": [
        ("sign_of_left", lambda f, x, h: ((f(x - h) - f(x)) / h, (f(x + h) - f(x)) / h)),
        ("central", central),
        ("forgot_h", lambda f, x, h: (f(x) - f(x - h), f(x + h) - f(x))),
        ("swapped", lambda f, x, h: ((f(x + h) - f(x)) / h, (f(x) - f(x - h)) / h)),
        ("value", lambda f, x, h: (f(x - h), f(x + h))),
        ("count", lambda f, x, h: (f(x + h) - f(x - h)) / (2 * h)),
        ("twice_the_step", lambda f, x, h: ((f(x) - f(x - h)) / 2 / h, (f(x + h) - f(x)) / 2 / h)),
        ("wrong", relu_only),
    ],
    "legal": [
        ("rising_only", lambda left, right, slope: slope >= left and slope <= right),
        ("ends_only", lambda left, right, slope: slope in (left, right)),
        ("without_ends", lambda left, right, slope: min(left, right) < slope < max(left, right)),
        ("rising_without_ends", lambda left, right, slope: left < slope < right),
        ("from_0_to_1", lambda left, right, slope: 0 <= slope <= 1),
        ("none", lambda left, right, slope: print(left <= slope <= right)),
        ("type", lambda left, right, slope: "yes"),
    ],
    "gradient_at_0": [("truth", 1), ("right_side", 2), ("middle", 0.5), ("wrong", -1)],
    "convention": [("left", "left"), ("right", "right"), ("zero", "Zero"), ("type", 0.5)],
}
