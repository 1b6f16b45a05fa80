"""Lesson 9: right answers, and wrong ones as students write them, each with the hint it gets."""


def gradient_loop(slope, x, gy, out):
    for i in range(len(out)):
        out[i] = slope(x[i]) * gy[i]


def instructions(n, lanes):
    return n // lanes, n % lanes


def break_even(overhead, per_number, cores):
    saved = per_number * (1 - 1 / cores)
    return overhead / saved


def loop_without_gy(slope, x, gy, out):
    for i in range(len(out)):
        out[i] = slope(x[i])


def loop_not_to_the_end(slope, x, gy, out):
    for i in range(len(x) - 1):
        out[i] = gy[i] * slope(x[i])


def loop_adding(slope, x, gy, out):
    for i in range(len(x)):
        out[i] += gy[i] * slope(x[i])


def loop_swapped(slope, x, gy, out):
    for i in range(len(x)):
        out[i] = slope(gy[i]) * x[i]


def loop_returning(slope, x, gy, out):
    return [slope(a) * b for a, b in zip(x, gy)]  # noqa: B905


def loop_renaming(slope, x, gy, out):
    for i in range(len(x)):
        result = out[i]
        result = slope(x[i]) * gy[i]  # noqa: F841


def loop_whole(slope, x, gy, out):
    out[:] = slope(x) * gy


WRONG = {
    "gradient_loop": [
        ("forgot_gy", loop_without_gy),
        ("not_the_last", loop_not_to_the_end),
        ("added", loop_adding),
        ("at_gy", loop_swapped),
        ("nothing", loop_returning),
        ("nothing", loop_renaming),
        ("raises", loop_whole),
    ],
    "instructions": [
        ("rounded_up", lambda n, lanes: ((n + lanes - 1) // lanes, 0)),
        ("fraction", lambda n, lanes: (n / lanes, n % lanes)),
        ("all_single", lambda n, lanes: (n // lanes, n)),
        ("missing", lambda n, lanes: (n // lanes, lanes - n % lanes if n % lanes else 0)),
        ("swapped", lambda n, lanes: (n % lanes, n // lanes)),
        ("count", lambda n, lanes: n // lanes),
    ],
    "break_even": [
        ("forgot_share", lambda overhead, per_number, cores: overhead / per_number),
        ("share_only", lambda overhead, per_number, cores: overhead / (per_number / cores)),
        ("forgot_cores", lambda overhead, per_number, cores: overhead / per_number / (cores - 1)),
        ("inverted", lambda overhead, per_number, cores: per_number * (1 - 1 / cores) / overhead),
        ("sign", lambda overhead, per_number, cores: overhead / (per_number / cores - per_number)),
    ],
}
