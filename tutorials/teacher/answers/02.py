"""Lesson 2: right answers, and wrong ones as students write them, each with the hint it gets."""

import math

chain_slope = 24.0


def neuron_backward(x, w, b, gy):
    y = math.tanh(w * x + b)
    gz = gy * (1 - y * y)
    return gz * w, gz * x, gz


def two_paths(x, gy):
    t = math.tanh(x)
    return gy * (t + x * (1 - t * t))


def scale_backward(x, s, gy):
    return s * gy, (x * gy).sum()


def neuron_without_gy(x, w, b, gy):
    gz = 1 - math.tanh(w * x + b) ** 2
    return gz * w, gz * x, gz


def neuron_without_tanh(x, w, b, gy):
    return gy * w, gy * x, gy


def neuron_tanh_of_x(x, w, b, gy):
    gz = gy * (1 - math.tanh(x) ** 2)
    return gz * w, gz * x, gz


def neuron_swapped(x, w, b, gy):
    gz = gy * (1 - math.tanh(w * x + b) ** 2)
    return gz * x, gz * w, gz


def neuron_without_bias(x, w, b, gy):
    gz = gy * (1 - math.tanh(w * x + b) ** 2)
    return gz * w, gz * x


def neuron_value(x, w, b, gy):
    y = math.tanh(w * x + b)
    return y, y, y


def neuron_not_squared(x, w, b, gy):
    gz = gy * (1 - math.tanh(w * x + b))
    return gz * w, gz * x, gz


def scale_in_place(x, s, gy):
    x *= gy
    return s * gy, x.sum()


WRONG = {
    "chain_slope": [
        ("forgot_inner", 8), ("wrong_place", 6), ("value", 16), ("added", 11), ("type", "8 * 3"),
    ],
    "neuron_backward": [
        ("forgot_gy", neuron_without_gy),
        ("forgot_tanh", neuron_without_tanh),
        ("tanh_of_x", neuron_tanh_of_x),
        ("swapped", neuron_swapped),
        ("count", neuron_without_bias),
        ("value", neuron_value),
        ("wrong", neuron_not_squared),
    ],
    "two_paths": [
        ("first_path", lambda x, gy: gy * math.tanh(x)),
        ("second_path", lambda x, gy: gy * x * (1 - math.tanh(x) ** 2)),
        ("multiplied", lambda x, gy: gy * (1 - math.tanh(x) ** 2)),
        ("paths_multiplied", lambda x, gy: gy * math.tanh(x) * (1 - math.tanh(x) ** 2)),
        ("all_multiplied", lambda x, gy: math.tanh(x) * x * (1 - math.tanh(x) ** 2) * gy),
        ("gy_once", lambda x, gy: math.tanh(x) + x * (1 - math.tanh(x) ** 2) * gy),
        ("subtracted", lambda x, gy: gy * (math.tanh(x) - x * (1 - math.tanh(x) ** 2))),
        ("forgot_factor", lambda x, gy: math.tanh(x) + x * (1 - math.tanh(x) ** 2)),
        ("value", lambda x, gy: x * math.tanh(x)),
    ],
    "scale_backward": [
        ("shape", lambda x, s, gy: (s * gy, x * gy)),
        ("mean", lambda x, s, gy: (s * gy, (x * gy).mean())),
        ("sum_first", lambda x, s, gy: (s * gy, x.sum())),
        ("swapped", lambda x, s, gy: ((x * gy).sum(), s * gy)),
        ("sums_multiplied", lambda x, s, gy: (s * gy, x.sum() * gy.sum())),
        ("changes_input", scale_in_place),
        ("shape", lambda x, s, gy: (s, (x * gy).sum())),
    ],
}  # fmt: skip
