"""Lesson 12: right answers, and wrong ones as students write them, each with the hint it gets."""

import math


def one_thread(number, count, x, y):
    for i in range(number, len(x), count):
        y[i] = x[i] if x[i] > 0 else 0.3 * x[i]


def blocks_for(n, threads):
    return (n + threads - 1) // threads


elements_of_thread_0 = 4


def bent(v):
    return v if v > 0 else 0.3 * v


def one_element(number, count, x, y):
    if number < len(x):
        y[number] = bent(x[number])


def one_element_unguarded(number, count, x, y):
    y[number] = bent(x[number])


def all_of_them(number, count, x, y):
    for i in range(len(x)):
        y[i] = bent(x[i])


def from_zero(number, count, x, y):
    for i in range(0, len(x), count):
        y[i] = bent(x[i])


def without_stride(number, count, x, y):
    for i in range(number, len(x)):
        y[i] = bent(x[i])


def a_stretch(number, count, x, y):
    size = math.ceil(len(x) / count)
    for i in range(number * size, min(len(x), number * size + size)):
        y[i] = bent(x[i])


def returned(number, count, x, y):
    return [bent(v) for v in x[number::count]]


def always_scaled(number, count, x, y):
    for i in range(number, len(x), count):
        y[i] = 0.3 * x[i]


WRONG = {
    "one_thread": [
        ("one_each", one_element),
        ("raises", one_element_unguarded),
        ("everything", all_of_them),
        ("from_zero", from_zero),
        ("forgot_stride", without_stride),
        ("neighbours", a_stretch),
        ("nothing", returned),
        ("too_small", always_scaled),
    ],
    "blocks_for": [
        ("rounded_down", lambda n, threads: n // threads),
        ("one_too_many", lambda n, threads: 1 + n // threads),
        ("fraction", lambda n, threads: n / threads),
        ("rounded", lambda n, threads: round(n / threads)),
        ("none", lambda n, threads: print(math.ceil(n / threads))),
    ],
    "elements_of_thread_0": [
        ("fraction", 3.90625), ("last_thread", 3), ("one_block", 16), ("share_of_block", 250),
        ("wrong", 5),
    ],
}  # fmt: skip

SURVIVORS = {"x[i] > 0 -> x[i] >= 0": "0.3 * 0 is 0 as well"}
