"""Lesson 1: right answers, and wrong ones as students write them, each with the hint it gets."""

slope_of_b = 3.0


def product_slopes(a, b):
    return b, a


def hand_on(value):
    for parent, slope in zip(value.parents, value.slopes):  # noqa: B905
        parent.grad += value.grad * slope


def backward(result, values, hand_on):
    result.grad = 1.0
    for value in values:
        hand_on(value)


gradient_of_x = 4.0


def hand_on_by_name(value):
    for parent, slope in zip(value.parents, value.slopes):  # noqa: B905
        gradient = parent.grad
        gradient += value.grad * slope


def hand_on_by_return(value):
    return [value.grad * slope for slope in value.slopes]


def hand_on_overwriting(value):
    for parent, slope in zip(value.parents, value.slopes):  # noqa: B905
        parent.grad = value.grad * slope


def hand_on_data(value):
    for parent, slope in zip(value.parents, value.slopes):  # noqa: B905
        parent.grad += value.data * slope


def hand_on_slopes(value):
    for parent, slope in zip(value.parents, value.slopes):  # noqa: B905
        parent.grad += slope


def hand_on_gradient(value):
    for parent in value.parents:
        parent.grad += value.grad


def hand_on_to_first(value):
    parent, slope = value.parents[0], value.slopes[0]
    parent.grad += value.grad * slope


def hand_on_twice(value):
    for parent, slope in zip(value.parents, value.slopes):  # noqa: B905
        parent.grad += value.grad * slope
        parent.grad += value.grad * slope


def backward_oldest_first(result, values, hand_on):
    result.grad = 1.0
    for value in reversed(values):
        hand_on(value)


def backward_without_start(result, values, hand_on):
    for value in values:
        hand_on(value)


def backward_one_step(result, values, hand_on):
    result.grad = 1.0
    hand_on(result)


def backward_from_the_value(result, values, hand_on):
    result.grad = result.data
    for value in values:
        hand_on(value)


def backward_all_ones(result, values, hand_on):
    for value in values:
        value.grad = 1.0
        hand_on(value)


WRONG = {
    "slope_of_b": [
        ("one_path", 2), ("other_path", 1), ("slope_of_a", -3.0), ("value", -9), ("type", "3"),
    ],
    "product_slopes": [
        ("swapped", lambda a, b: (a, b)),
        ("of_a_sum", lambda a, b: (1, 1)),
        ("value", lambda a, b: (a * b, a * b)),
        ("count", lambda a, b: a * b),
        ("sign", lambda a, b: (-b, -a)),
        ("none", lambda a, b: print(b, a)),
    ],
    "hand_on": [
        ("overwrites", hand_on_overwriting),
        ("forgot_gradient", hand_on_slopes),
        ("forgot_slope", hand_on_gradient),
        ("data_for_gradient", hand_on_data),
        ("first_only", hand_on_to_first),
        ("nothing", hand_on_by_name),
        ("nothing", hand_on_by_return),
        ("wrong", hand_on_twice),
    ],
    "backward": [
        ("one_step", backward_oldest_first),
        ("no_start", backward_without_start),
        ("one_step", backward_one_step),
        ("started_from_value", backward_from_the_value),
        ("all_ones", backward_all_ones),
    ],
    "gradient_of_x": [("one_level", 2), ("one_path", 1), ("added", 3), ("wrong", 8)],
}  # fmt: skip
