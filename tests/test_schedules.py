import json
import math

import numpy as np
import pytest

from minigrad import schedules
from minigrad.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

# Keras's definitions for a whole array of steps, in float64 NumPy.


def exponential(step, initial, steps, rate, staircase=False):
    p = step / steps
    return initial * rate ** (np.floor(p) if staircase else p)


def inverse_time(step, initial, steps, rate, staircase=False):
    p = step / steps
    return initial / (1 + rate * (np.floor(p) if staircase else p))


def polynomial(step, initial, steps, end=0.0001, power=1.0, cycle=False):
    if cycle:
        steps = steps * np.where(step == 0, 1.0, np.ceil(step / steps))
    else:
        step = np.minimum(step, steps)
    return (initial - end) * (1 - step / steps) ** power + end


def piecewise(step, boundaries, values):
    cases = [step <= boundaries[0]]
    cases += [(step > a) & (step <= b) for a, b in zip(boundaries, boundaries[1:], strict=False)]
    return np.select([*cases, step > boundaries[-1]], values)


def half_wave(p, alpha):
    return (1 - alpha) * 0.5 * (1 + np.cos(np.pi * p)) + alpha


def cosine(step, initial, steps, alpha=0.0, target=None, warmup=0):
    if target is None:
        return initial * half_wave(np.minimum(step, steps) / steps, alpha)
    step = np.minimum(step, steps + warmup)
    rising = (target - initial) * step / max(warmup, 1) + initial
    return np.where(step < warmup, rising, target * half_wave((step - warmup) / steps, alpha))


def restarts(steps, initial, first, t_mul=2.0, m_mul=1.0, alpha=0.0):
    """Period after period, as the paper says it."""
    rates = []
    begin, length, height = 0.0, float(first), 1.0
    for step in steps:
        while step >= begin + length:
            begin, length, height = begin + length, length * t_mul, height * m_mul
        wave = 0.5 * height * (1 + np.cos(np.pi * (step - begin) / length))
        rates.append(initial * ((1 - alpha) * wave + alpha))
    return np.array(rates)


CASES = [
    (ExponentialDecay(0.1, 30, 0.5), lambda t: exponential(t, 0.1, 30, 0.5)),
    (ExponentialDecay(0.1, 30, 0.5, True), lambda t: exponential(t, 0.1, 30, 0.5, True)),
    (ExponentialDecay(0.1, 100, 3.0), lambda t: exponential(t, 0.1, 100, 3.0)),
    (InverseTimeDecay(0.1, 30, 0.7), lambda t: inverse_time(t, 0.1, 30, 0.7)),
    (InverseTimeDecay(0.1, 30, 0.7, True), lambda t: inverse_time(t, 0.1, 30, 0.7, True)),
    (PolynomialDecay(0.1, 40), lambda t: polynomial(t, 0.1, 40)),
    (PolynomialDecay(0.1, 40, 0.02, 2.5), lambda t: polynomial(t, 0.1, 40, 0.02, 2.5)),
    (PolynomialDecay(0.1, 40, 0.02, 2.5, True), lambda t: polynomial(t, 0.1, 40, 0.02, 2.5, True)),
    (PiecewiseConstantDecay([20], [1, 0.5]), lambda t: piecewise(t, [20], [1, 0.5])),
    (
        PiecewiseConstantDecay((20, 30, 90), (1, 0.5, 0.7, 0)),
        lambda t: piecewise(t, [20, 30, 90], [1, 0.5, 0.7, 0]),
    ),
    (CosineDecay(0.1, 60), lambda t: cosine(t, 0.1, 60)),
    (CosineDecay(0.1, 60, 0.2), lambda t: cosine(t, 0.1, 60, 0.2)),
    (CosineDecay(0.0, 60, 0.1, 0.3, 15), lambda t: cosine(t, 0.0, 60, 0.1, 0.3, 15)),
    (CosineDecay(0.1, 60, 0.1, 0.3), lambda t: cosine(t, 0.1, 60, 0.1, 0.3, 0)),
    (CosineDecayRestarts(0.1, 10), lambda t: restarts(t, 0.1, 10)),
    (CosineDecayRestarts(0.1, 3, 3.0), lambda t: restarts(t, 0.1, 3, 3.0)),
    (CosineDecayRestarts(0.1, 7, 1.0, 0.9), lambda t: restarts(t, 0.1, 7, 1.0, 0.9)),
    (CosineDecayRestarts(0.1, 7, 1.5, 0.8, 0.1), lambda t: restarts(t, 0.1, 7, 1.5, 0.8, 0.1)),
]
STEPS = np.arange(301)


@pytest.mark.parametrize(("schedule", "by_hand"), CASES, ids=[repr(case[0]) for case in CASES])
def test_three_hundred_steps_are_keras_ones(schedule, by_hand):
    rates = [schedule(step) for step in STEPS]
    assert all(type(rate) is float for rate in rates)
    np.testing.assert_allclose(rates, by_hand(STEPS), rtol=1e-12, atol=1e-16)


def test_no_other_reference_would_pass():
    for schedule, by_hand in CASES:
        rates = [schedule(step) for step in STEPS]
        same = [other for _, other in CASES if np.allclose(rates, other(STEPS), rtol=1e-6)]
        assert same == [by_hand]


def test_a_restart_is_not_missed_by_rounding():
    for t_mul in (2, 3, 5, 7, 10):
        schedule, begin = CosineDecayRestarts(1.0, 1, t_mul), 0
        for k in range(15):
            assert schedule.restarts(begin) == k
            assert schedule(begin) == 1.0
            assert schedule.restarts(begin + t_mul**k - 0.5) == k
            begin += t_mul**k


def test_periods_that_hardly_grow_take_no_time():
    schedule = CosineDecayRestarts(1.0, 1, 1 + 1e-12)
    assert 0 <= schedule(10**9 + 0.5) <= 1


@pytest.mark.parametrize("schedule", [case[0] for case in CASES], ids=repr)
def test_a_config_makes_an_equal_schedule(schedule):
    config = json.loads(json.dumps(schedules.serialize(schedule)))
    again = schedules.deserialize(config)
    assert type(again) is type(schedule) and again.get_config() == schedule.get_config()
    assert [again(step) for step in STEPS] == [schedule(step) for step in STEPS]


def test_arguments_have_keras_names_and_defaults():
    assert PolynomialDecay(0.1, 10).get_config() == {
        "initial_learning_rate": 0.1, "decay_steps": 10, "end_learning_rate": 0.0001, "power": 1.0,
        "cycle": False,
    }  # fmt: skip
    assert CosineDecay(0.1, 10).get_config() == {
        "initial_learning_rate": 0.1, "decay_steps": 10, "alpha": 0.0, "warmup_target": None,
        "warmup_steps": 0,
    }  # fmt: skip
    assert CosineDecayRestarts(0.1, 10).get_config() == {
        "initial_learning_rate": 0.1, "first_decay_steps": 10, "t_mul": 2.0, "m_mul": 1.0,
        "alpha": 0.0,
    }  # fmt: skip


def test_a_schedule_of_your_own_defines_call():
    class Halved(LearningRateSchedule):
        def __call__(self, step):
            return 0.5**step

    assert Halved()(3) == 0.125
    with pytest.raises(TypeError, match="LearningRateSchedule: a schedule must define __call__"):
        LearningRateSchedule()(0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: ExponentialDecay(-0.1, 10, 0.5), "ExponentialDecay: initial_learning_rate=-0.1"),
        (lambda: ExponentialDecay(0.1, 0, 0.5), "decay_steps=0 given; it must be .* more than 0"),
        (lambda: ExponentialDecay(0.1, 10, -0.5), "decay_rate=-0.5 given"),
        (lambda: ExponentialDecay(0.1, 10, math.nan), "decay_rate=nan given"),
        (lambda: ExponentialDecay(0.1, 10, 0.5, "no"), "staircase='no' given; it must be True or"),
        (lambda: InverseTimeDecay(None, 10, 0.5), "initial_learning_rate=None given"),
        (lambda: PolynomialDecay(0.1, 10, power=-1), "power=-1 given"),
        (lambda: PolynomialDecay(0.1, 10, cycle=1), "cycle=1 given"),
        (lambda: PiecewiseConstantDecay([1, 2], [1, 2]), "2 boundaries and 2 values given"),
        (lambda: PiecewiseConstantDecay([2, 1], [1, 2, 3]), r"boundaries=\[2, 1\] given; each"),
        (lambda: PiecewiseConstantDecay(3, [1, 2]), "boundaries=3 given; it must be a list"),
        (lambda: PiecewiseConstantDecay([3], [1, "a"]), r"values\[1\]='a' given"),
        (lambda: CosineDecay(0.1, 10, alpha=-1), "alpha=-1 given"),
        (
            lambda: CosineDecay(0.1, 10, warmup_steps=5),
            "warmup_steps=5 given without warmup_target",
        ),
        (lambda: CosineDecay(0.1, 10, 0, "high", 5), "warmup_target='high' given"),
        (lambda: CosineDecayRestarts(0.1, 10, t_mul=0.5), "t_mul=0.5 given; it must be .* 1 or"),
        (lambda: CosineDecayRestarts(0.1, 10, m_mul=math.inf), "m_mul=inf given"),
        (lambda: ExponentialDecay(0.1, 10, 0.5)(-1), "step=-1 given"),
        (lambda: CosineDecay(0.1, 10)("soon"), "step='soon' given"),
        (lambda: schedules.deserialize({"class_name": "CosinDecay"}), "did you mean 'CosineDecay'"),
        (lambda: schedules.deserialize("CosineDecay"), "schedule: 'CosineDecay' given; it must be"),
        (
            lambda: schedules.deserialize({"class_name": "CosineDecay", "config": {"rate": 1}}),
            "config of CosineDecay: .*'rate'",
        ),
    ],
)
def test_mistakes_are_refused_in_one_line(wrong, words):
    with pytest.raises(ValueError, match=words) as error:
        wrong()
    assert "\n" not in str(error.value)
