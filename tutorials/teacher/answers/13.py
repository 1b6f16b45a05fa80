"""Lesson 13: right answers, and wrong ones as students write them, each with the hint it gets."""

from fractions import Fraction

import minigrad as mg


def soft_leak_slope(x, alpha):
    return 1.0 if x > 0 else alpha / (1 - x) ** 2


sides = (0.5, 1.0)


@mg.elementwise(kinks=[0.0])
def soft_leak(x, alpha=0.5):
    """Soft leak: x for x > 0, alpha x / (1 - x) otherwise."""
    return x if x > 0 else alpha * x / (1 - x)


@soft_leak.partial("x")
def dsoft_leak_dx(x, alpha):
    return 1 if x > 0 else alpha / (1 - x) / (1 - x)


def exact(x, alpha):
    x, alpha = Fraction(x), Fraction(alpha)
    return float(x if x > 0 else alpha * x / (1 - x))


def declared(formula, slope, kinks=(0.0,)):
    op = mg.elementwise(kinks=list(kinks))(formula)
    op.partial("x")(slope)
    return op


def value(x, alpha=0.5):
    return x if x > 0 else alpha * x / (1 - x)


def slope(x, alpha):
    return 1 if x > 0 else alpha / (1 - x) ** 2


def leaky(x, alpha=0.5):
    return x if x > 0 else alpha * x


def half(x, alpha=0.5):
    return x if x > 0 else 0.5 * x / (1 - x)


def no_alpha(x):
    return x if x > 0 else 0.5 * x / (1 - x)


def half_slope(x):
    return 1 if x > 0 else 0.5 / (1 - x) ** 2


@mg.elementwise(kinks=[0.0])
def without_slope(x, alpha=0.5):
    return x if x > 0 else alpha * x / (1 - x)


def decimals(x, alpha):
    x, alpha = Fraction(str(x)), Fraction(str(alpha))
    return float(x if x > 0 else alpha * x / (1 - x))


def not_rounded(x, alpha):
    x, alpha = Fraction(x), Fraction(alpha)
    return x if x > 0 else alpha * x / (1 - x)


WRONG = {
    "soft_leak_slope": [
        ("value", lambda x, a: value(x, a)),
        ("not_squared", lambda x, a: 1.0 if x > 0 else a / (1 - x)),
        ("sign_of_v", lambda x, a: 1.0 if x > 0 else (a * (1 - x) - a * x) / (1 - x) ** 2),
        ("forgot_alpha", lambda x, a: 1.0 if x > 0 else (1 - x) ** -2),
        ("numerator_only", lambda x, a: 1.0 if x > 0 else a),
        ("kink", lambda x, a: 1.0 if x >= 0 else a / (1 - x) ** 2),
        ("sign", lambda x, a: 1.0 if x > 0 else -a / (1 - x) ** 2),
    ],
    "sides": [
        ("relu", (0, 1)), ("no_kink", (1, 1)), ("values", (0, 0)), ("swapped", (1, 0.5)),
        ("count", 0.5),
    ],
    "soft_leak": [
        ("not_squared", declared(value, lambda x, alpha: 1 if x > 0 else alpha / (1 - x))),
        ("value", declared(value, lambda x, alpha: x if x > 0 else alpha * x / (1 - x))),
        ("endless", declared(leaky, lambda x, alpha: 1 if x > 0 else alpha)),
        ("kink", declared(value, lambda x, alpha: 1 if x >= 0 else alpha / (1 - x) ** 2)),
        ("fixed_alpha", declared(half, half_slope)),
        ("undeclared", declared(value, slope, kinks=())),
        ("undeclared", without_slope),
        ("defaults", declared(no_alpha, half_slope)),
        ("type", value),
    ],
    "exact": [
        ("floats", value),
        ("decimals", decimals),
        ("lost_digits", lambda x, a: x if x > 0 else a / (1 - x) - a),
        ("one_branch", lambda x, a: float(Fraction(a) * Fraction(x) / (1 - Fraction(x)))),
        ("type", not_rounded),
    ],
}  # fmt: skip

SURVIVORS = {"x > 0 -> x >= 0": "at 0 the value is 0 in both branches"}
