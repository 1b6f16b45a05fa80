"""Lesson 7: right answers, and wrong ones as students write them, each with the hint it gets."""


def difference(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


best_step = 1e-5


def agrees(mine, found, rtol):
    return abs(mine - found) <= rtol * max(abs(mine), abs(found))


def trusted(check, f, slope, wrong):
    return check(f, slope) and not check(f, wrong)


WRONG = {
    "difference": [
        ("one_side", lambda f, x, h: (f(x + h) - f(x)) / h),
        ("left_side", lambda f, x, h: (f(x) - f(x - h)) / h),
        ("half_the_way", lambda f, x, h: (f(x + h) - f(x - h)) / h),
        ("times_h", lambda f, x, h: (f(x + h) - f(x - h)) / 2 * h),
        ("not_divided", lambda f, x, h: f(x + h) - f(x - h)),
        ("sign", lambda f, x, h: (f(x - h) - f(x + h)) / (2 * h)),
    ],
    "best_step": [
        ("smallest", 1e-13), ("largest", 1e-1), ("one_side", 1e-8), ("float32", 0.01),
        ("exponent", -5), ("wrong", 1e-6),
    ],
    "agrees": [
        ("fixed_limit", lambda mine, found, r: abs(mine - found) <= r),
        ("fixed_limit", lambda mine, found, r: abs(mine - found) < r),
        ("wrong", lambda mine, found, r: abs(mine - found) <= r * abs(mine + found)),
        ("forgot_abs", lambda mine, found, r: mine - found <= r * max(abs(mine), abs(found))),
        ("strict", lambda mine, found, r: abs(mine - found) < r * max(abs(mine), abs(found))),
        ("sizes_forgot_abs", lambda mine, found, r: abs(mine - found) <= r * max(mine, found)),
        ("one_size", lambda mine, found, r: abs(mine - found) <= r * abs(found)),
        ("raises", lambda mine, found, r: abs(mine - found) / abs(found) <= r),
        ("always_yes", lambda mine, found, r: mine == found or True),
    ],
    "trusted": [
        ("accepts_only", lambda check, f, slope, wrong: check(f, slope)),
        ("refuses_only", lambda check, f, slope, wrong: not check(f, wrong)),
        ("one_is_enough", lambda check, f, slope, wrong: check(f, slope) or not check(f, wrong)),
        ("accepts_wrong", lambda check, f, slope, wrong: check(f, slope) and check(f, wrong)),
        ("all_yes", lambda check, f, slope, wrong: 1),
        ("type", lambda check, f, slope, wrong: check),
    ],
}  # fmt: skip
