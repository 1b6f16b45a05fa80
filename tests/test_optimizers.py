import io
import json

import numpy as np
import pytest

from minigrad import Tensor, constraints, optimizers, schedules
from minigrad.configs import custom_objects, serialize
from minigrad.optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Lion,
    Nadam,
    Optimizer,
    RMSprop,
)

# The papers' rules in Keras's form, in plain float64: each gives a function of (g, t, rate) whose
# result is taken off the weight.


def sgd(momentum=0.0, nesterov=False):
    v = 0.0

    def step(g, t, rate):
        nonlocal v
        v = (momentum * v if momentum else 0.0) - rate * g  # not 0 times inf
        return -(momentum * v - rate * g) if nesterov else -v

    return step


def rmsprop(rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    s = m = v = 0.0

    def step(g, t, rate):
        nonlocal s, m, v
        s = rho * s + (1 - rho) * g**2
        m = rho * m + (1 - rho) * g
        v = momentum * v + rate * g / np.sqrt((s - m**2 if centered else s) + epsilon)
        return v

    return step


def adam(beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False):
    m = s = largest = 0.0

    def step(g, t, rate):
        nonlocal m, s, largest
        m = beta_1 * m + (1 - beta_1) * g
        s = beta_2 * s + (1 - beta_2) * g**2
        largest = np.maximum(largest, s)
        rate = rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        return rate * m / (np.sqrt(largest if amsgrad else s) + epsilon)

    return step


def adamax(beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m = u = 0.0

    def step(g, t, rate):
        nonlocal m, u
        m = beta_1 * m + (1 - beta_1) * g
        u = np.maximum(beta_2 * u, np.abs(g))
        return rate * m / ((1 - beta_1**t) * (u + epsilon))

    return step


def nadam(beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m = s = 0.0

    def momentum(t):
        return beta_1 * (1 - 0.5 * 0.96 ** np.asarray(t, float))

    def step(g, t, rate):
        nonlocal m, s
        m = beta_1 * m + (1 - beta_1) * g
        s = beta_2 * s + (1 - beta_2) * g**2
        p = np.prod(momentum(np.arange(1, t + 1)))
        p_next = np.prod(momentum(np.arange(1, t + 2)))
        mean = momentum(t + 1) * m / (1 - p_next) + (1 - momentum(t)) * g / (1 - p)
        return rate * mean / (np.sqrt(s / (1 - beta_2**t)) + epsilon)

    return step


def adagrad(initial=0.1, epsilon=1e-7):
    a = initial

    def step(g, t, rate):
        nonlocal a
        a = a + g**2
        return rate * g / np.sqrt(a + epsilon)

    return step


def adadelta(rho=0.95, epsilon=1e-7):
    a = d = 0.0

    def step(g, t, rate):
        nonlocal a, d
        a = rho * a + (1 - rho) * g**2
        delta = np.sqrt(d + epsilon) / np.sqrt(a + epsilon) * g
        d = rho * d + (1 - rho) * delta**2
        return rate * delta

    return step


def lion(beta_1=0.9, beta_2=0.99):
    m = 0.0

    def step(g, t, rate):
        nonlocal m
        direction = np.sign(beta_1 * m + (1 - beta_1) * g)
        m = beta_2 * m + (1 - beta_2) * g
        return rate * direction

    return step


def by_hand(rule, starts, gradients, rate=0.01, decay=0.0, clip=None, every=1, ema=None):
    """All weights after the last step; the options as in Keras.

    clip   a function of the list of gradients
    every  how many gradients are averaged for an update
    ema    (momentum, after how many updates weights become their averages)
    """
    weights, rules = [w.copy() for w in starts], [rule() for _ in starts]
    averages, waiting, t = [w.copy() for w in starts], [], 0
    for gs in gradients:
        waiting.append(gs)
        if len(waiting) < every:
            continue
        gs, waiting = [np.mean(g, axis=0) for g in zip(*waiting, strict=True)], []
        gs = clip(gs) if clip else gs
        now, t = rate(t) if callable(rate) else rate, t + 1
        for k, g in enumerate(gs):
            weights[k] = (1 - now * decay) * weights[k]
            weights[k] = weights[k] - rules[k](g, t, now)
            if ema:
                beta = ema[0] if t > 1 else 0.0
                averages[k] = beta * averages[k] + (1 - beta) * weights[k]
                if ema[1] and t % ema[1] == 0:
                    weights[k] = averages[k].copy()
    return weights


def each_norm(gs):
    return [g * 0.5 / np.maximum(0.5, np.sqrt((g**2).sum())) for g in gs]


def all_together(gs):
    norm = np.sqrt(sum((g**2).sum() for g in gs))
    return [g * 0.5 / np.maximum(0.5, norm) for g in gs]


def falling(step):
    return 0.05 * 0.5 ** (step / 40)


FALLING = schedules.ExponentialDecay(0.05, 40, 0.5)
CASES = {
    "sgd": (lambda: SGD(0.01), sgd, {}),
    "momentum": (lambda: SGD(0.01, 0.9), lambda: sgd(0.9), {}),
    "nesterov": (lambda: SGD(0.01, 0.9, True), lambda: sgd(0.9, True), {}),
    "rmsprop": (lambda: RMSprop(0.01), rmsprop, {}),
    "rmsprop momentum": (lambda: RMSprop(0.01, 0.8, 0.5), lambda: rmsprop(0.8, 0.5), {}),
    "centered": (
        lambda: RMSprop(0.01, epsilon=1e-3, centered=True),
        lambda: rmsprop(epsilon=1e-3, centered=True),
        {},
    ),
    "centered momentum": (
        lambda: RMSprop(0.01, momentum=0.7, epsilon=1e-3, centered=True),
        lambda: rmsprop(0.9, 0.7, 1e-3, True),
        {},
    ),
    "adam": (lambda: Adam(0.01), adam, {}),
    "amsgrad": (lambda: Adam(0.01, 0.8, 0.9, 1e-3, True), lambda: adam(0.8, 0.9, 1e-3, True), {}),
    "adamw": (lambda: AdamW(0.01), adam, {"decay": 0.004}),
    "adamax": (lambda: Adamax(0.01), adamax, {}),
    "nadam": (lambda: Nadam(0.01), nadam, {}),
    "adagrad": (lambda: Adagrad(0.01), adagrad, {}),
    "adagrad from 1": (lambda: Adagrad(0.01, 1.0), lambda: adagrad(1.0), {}),
    "adadelta": (lambda: Adadelta(0.01), adadelta, {}),
    "lion": (lambda: Lion(0.01), lion, {}),
    "sgd decay": (lambda: SGD(0.01, weight_decay=0.1), sgd, {"decay": 0.1}),
    "momentum decay": (
        lambda: SGD(0.01, 0.9, weight_decay=0.1), lambda: sgd(0.9), {"decay": 0.1},
    ),
    "nesterov decay": (
        lambda: SGD(0.01, 0.9, True, weight_decay=0.1), lambda: sgd(0.9, True), {"decay": 0.1},
    ),
    "rmsprop decay": (lambda: RMSprop(0.01, weight_decay=0.1), rmsprop, {"decay": 0.1}),
    "adamax decay": (lambda: Adamax(0.01, weight_decay=0.1), adamax, {"decay": 0.1}),
    "nadam decay": (lambda: Nadam(0.01, weight_decay=0.1), nadam, {"decay": 0.1}),
    "adagrad decay": (lambda: Adagrad(0.01, weight_decay=0.1), adagrad, {"decay": 0.1}),
    "adadelta decay": (lambda: Adadelta(0.01, weight_decay=0.1), adadelta, {"decay": 0.1}),
    "lion decay": (lambda: Lion(0.01, weight_decay=0.1), lion, {"decay": 0.1}),
    "clipvalue": (
        lambda: SGD(0.01, clipvalue=0.3), sgd, {"clip": lambda gs: [g.clip(-0.3, 0.3) for g in gs]},
    ),
    "clipnorm": (lambda: SGD(0.01, clipnorm=0.5), sgd, {"clip": each_norm}),
    "global_clipnorm": (lambda: SGD(0.01, global_clipnorm=0.5), sgd, {"clip": all_together}),
    "accumulation": (lambda: Adam(0.01, gradient_accumulation_steps=4), adam, {"every": 4}),
    "all at once": (
        lambda: Adam(
            FALLING, weight_decay=0.2, global_clipnorm=0.5, gradient_accumulation_steps=3,
            use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=5,
        ),
        adam,
        {"rate": falling, "decay": 0.2, "clip": all_together, "every": 3, "ema": (0.8, 5)},
    ),
    "ema": (
        lambda: SGD(0.01, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=7),
        sgd,
        {"ema": (0.9, 7)},
    ),
    "schedule": (lambda: Adam(FALLING), adam, {"rate": falling}),
}  # fmt: skip
SHAPES = [(4, 3), (3,), ()]
RNG = np.random.default_rng(0)
STARTS = [np.asarray(RNG.standard_normal(shape)) for shape in SHAPES]
GRADIENTS = [
    [
        np.asarray(scale * RNG.standard_normal(shape))
        for shape, scale in zip(SHAPES, (1, 3, 0.1), strict=True)
    ]
    for _ in range(100)
]


def tensors(starts=STARTS, dtype=np.float64):
    return [Tensor(w, requires_grad=True, dtype=dtype) for w in starts]


def train(optimizer, weights, gradients=GRADIENTS, **options):
    for gs in gradients:
        for w, g in zip(weights, gs, strict=True):
            w.grad = g
        optimizer.step(weights, **options)
    return [w.data for w in weights]


def expected(case, gradients=GRADIENTS):
    _, rule, options = CASES[case]
    return by_hand(rule, STARTS, gradients, **options)


def difference(found, wanted):
    pairs = zip(found, wanted, strict=True)
    return max(np.max(np.abs(a - b) / np.maximum(np.abs(b), 1e-3)) for a, b in pairs)


@pytest.mark.parametrize("case", CASES)
def test_a_hundred_steps_are_the_papers(case):
    assert difference(train(CASES[case][0](), tensors()), expected(case)) < 1e-9


@pytest.mark.parametrize("case", CASES)
def test_float32_weights_follow_closely(case):
    found = train(CASES[case][0](), tensors(dtype=np.float32))
    assert all(w.dtype == np.float32 for w in found)
    # Lion's steps are all of one size: a sign that rounding turns is seen
    assert difference(found, expected(case)) < (1e-3 if "lion" not in case else 0.5)


@pytest.mark.parametrize("case", CASES)
def test_no_other_reference_would_pass(case):
    found = train(CASES[case][0](), tensors())
    same = [other for other in CASES if difference(found, expected(other)) < 1e-6]
    assert same == [case]


def test_a_slightly_wrong_reference_is_seen():
    wrong = by_hand(lambda: adam(beta_2=0.9990001), STARTS, GRADIENTS)
    assert difference(train(Adam(0.01), tensors()), wrong) > 1e-6


@pytest.mark.parametrize("case", CASES)
def test_saved_and_loaded_it_goes_on_bit_for_bit(case):
    make = CASES[case][0]
    once, weights = make(), tensors(dtype=np.float32)
    train(once, weights, GRADIENTS[:50])
    file = io.BytesIO()
    np.savez(file, **once.get_state(weights))
    file.seek(0)
    again, copies = make(), [Tensor(w.data, requires_grad=True) for w in weights]
    again.set_state(copies, np.load(file))
    for a, b in zip(
        train(once, weights, GRADIENTS[50:]), train(again, copies, GRADIENTS[50:]), strict=True
    ):
        np.testing.assert_array_equal(a, b)
    ends = once.get_state(weights), again.get_state(copies)
    assert ends[0].keys() == ends[1].keys()
    for name in ends[0]:
        np.testing.assert_array_equal(ends[0][name], ends[1][name])


def test_a_state_names_what_is_kept():
    w, idle = tensors(STARTS[:2])
    adam = Adam(0.5, use_ema=True, gradient_accumulation_steps=2)
    train(adam, [w, idle], [[np.ones((4, 3)), None]] * 3)
    state = adam.get_state([idle, w])
    names = ["steps", "waiting", "learning_rate", "1.mean", "1.square", "1.average", "1.total"]
    assert list(state) == names
    assert (state["steps"], state["waiting"], state["learning_rate"]) == (1, 1, 0.5)
    np.testing.assert_allclose(state["1.mean"], np.full((4, 3), 0.1))
    np.testing.assert_array_equal(state["1.average"], w.data)


def test_what_a_state_handed_out_never_changes():
    adam, weights = Adam(0.1, use_ema=True), tensors()
    train(adam, weights, GRADIENTS[:3])
    state = adam.get_state(weights)
    before = {name: array.copy() for name, array in state.items()}
    train(adam, weights, GRADIENTS[:5])
    for name, array in state.items():
        np.testing.assert_array_equal(array, before[name])
    adam.set_state(weights, state)
    state["0.mean"][...] = np.nan
    assert np.isfinite(adam.get_state(weights)["0.mean"]).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("steps"), "the state has steps=None; it must be a whole number"),
        (lambda s: s.update(waiting=-1), "waiting=-1"),
        (lambda s: s.pop("0.square"), "has no '0.square'; it is that of an optimizer with other"),
        (lambda s: s.update({"0.mean": np.ones(3)}), r"has shape \(3,\) for '0.mean'"),
        (lambda s: s.update({"7.mean": np.ones(3)}), "has '7.mean', of a weight that was not"),
        (lambda s: s.update({"0.velocity": np.ones(3)}), "this one keeps mean, square"),
        (lambda s: s.update(learning_rate=-1), "learning_rate=-1 given"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, words):
    adam, weights = Adam(0.1), tensors()
    train(adam, weights, GRADIENTS[:3])
    state = adam.get_state(weights)
    change(state)
    train(adam, weights, GRADIENTS[:1])
    before = adam.get_state(weights)
    with pytest.raises(ValueError, match=f"Adam: .*{words}") as error:
        adam.set_state(weights, state)
    assert "\n" not in str(error.value)
    after = adam.get_state(weights)
    assert all(np.array_equal(after[name], before[name]) for name in before)


def test_a_step_forgets_gradients_and_skips_weights_without_one():
    w, idle = (Tensor([1.0], requires_grad=True) for _ in range(2))
    w.grad = [1.0]
    SGD(0.5).step([w, idle, Tensor([3.0])])
    assert w.grad is None
    np.testing.assert_array_equal([w.item(), idle.item()], [0.5, 1.0])


def test_a_weight_that_is_given_twice_is_updated_once():
    w = Tensor([1.0], requires_grad=True)
    w.grad = [1.0]
    SGD(0.5).step(iter([w, w]))
    assert w.item() == 0.5


def test_the_learning_rate_can_be_assigned():
    w, sgd = Tensor([1.0], requires_grad=True), SGD(0.5)
    for given in (0.25, np.float32(0.25), lambda: 0.25, schedules.InverseTimeDecay(0.25, 1, 0)):
        sgd.learning_rate = given
        assert sgd.learning_rate == 0.25
        before = w.item()
        w.grad = [1.0]
        sgd.step([w])
        assert w.item() == before - 0.25
    sgd.learning_rate *= 0.5
    assert sgd.learning_rate == 0.125


def test_a_schedule_is_called_with_the_number_of_updates():
    class Noted(schedules.LearningRateSchedule):
        seen = []

        def __call__(self, step):
            self.seen.append(step)
            return 0.1

    train(SGD(Noted(), gradient_accumulation_steps=2), tensors(), GRADIENTS[:6])
    assert Noted.seen == [0, 1, 2]


def test_a_weight_without_a_gradient_at_the_last_moment_is_updated_too():
    a, b = tensors([np.ones(2), np.ones(2)])
    sgd = SGD(1.0, gradient_accumulation_steps=2)
    train(sgd, [a, b], [[np.ones(2), np.ones(2)], [np.ones(2), None]])
    np.testing.assert_array_equal([a.data, b.data], [[0, 0], [0.5, 0.5]])


def test_averages_end_up_in_the_weights_when_asked_for():
    sgd, weights = SGD(0.01, use_ema=True, ema_momentum=0.5), tensors([np.ones(2)])
    weights.append(Tensor([5.0], requires_grad=True))  # never updated
    seen = [train(sgd, weights, [[g[1][:2], None]])[0].copy() for g in GRADIENTS[:3]]
    sgd.finalize_variable_values(weights)
    wanted = 0.25 * seen[0] + 0.25 * seen[1] + 0.5 * seen[2]
    np.testing.assert_allclose(weights[0].data, wanted, rtol=1e-14)
    plain, (w,) = SGD(0.01), tensors([np.ones(2)])
    plain.finalize_variable_values([w])
    assert weights[1].item() == 5.0 and (w.data == 1).all()


@pytest.mark.parametrize("use_ema", [False, True])
def test_constraints_hold_after_each_step(use_ema):
    weights = tensors()
    limits = {weights[0]: constraints.MaxNorm(0.5), weights[1]: lambda w: np.maximum(w, 0)}
    optimizer = SGD(0.1, use_ema=use_ema)
    for gs in GRADIENTS[:10]:
        train(optimizer, weights, [gs], constraints=limits)
        assert (np.linalg.norm(weights[0].data, axis=0) < 0.5 + 1e-6).all()
        assert (weights[1].data >= 0).all()
    free = by_hand(sgd, STARTS, GRADIENTS[:10], rate=0.1)[2]
    np.testing.assert_allclose(weights[2].data, free, rtol=1e-12)


def test_an_array_that_a_constraint_keeps_is_not_written_to():
    fixed, (w,) = np.ones(3), tensors([np.zeros(3)])
    optimizer = SGD(0.1)
    for gs in GRADIENTS[:4]:
        train(optimizer, [w], [[gs[1]]], constraints={w: lambda new: fixed})
        np.testing.assert_array_equal(w.data, np.ones(3))
    train(optimizer, [w], [[gs[1]] for gs in GRADIENTS[:4]])
    np.testing.assert_array_equal(fixed, np.ones(3))


@pytest.mark.parametrize("case", ["sgd", "amsgrad", "nadam", "all at once"])
@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_a_step_that_is_broken_off_changes_nothing(case, error):
    def fail(w):
        raise error

    once, whole = CASES[case][0](), CASES[case][0]()
    weights, twins = tensors(), tensors()
    train(once, weights, GRADIENTS[:5])
    train(whole, twins, GRADIENTS[:5])
    before = [w.data for w in weights], once.get_state(weights)
    with pytest.raises(error):
        train(once, weights, [GRADIENTS[5]], constraints={weights[1]: fail})
    for w, old in zip(weights, before[0], strict=True):
        np.testing.assert_array_equal(w.data, old)
        assert w.grad is not None
    after = once.get_state(weights)
    assert all(np.array_equal(after[name], before[1][name]) for name in before[1])
    once.step(weights)  # the gradients are still there: try again
    train(whole, twins, [GRADIENTS[5]])
    for a, b in zip(
        train(once, weights, GRADIENTS[6:20]), train(whole, twins, GRADIENTS[6:20]), strict=True
    ):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("case", ["sgd", "momentum", "all at once"])
def test_what_was_handed_out_never_changes(case):
    (w,), optimizer = tensors([np.ones(3000)]), CASES[case][0]()
    handed, copies = [], []
    for _ in range(12):
        handed.append(w.data)
        copies.append(w.data.copy())
        train(optimizer, [w], [[np.ones(3000)]])
    np.testing.assert_array_equal(handed, copies)


def test_a_graph_keeps_the_numbers_it_was_computed_with():
    w, sgd = Tensor(np.full(3000, 2.0), requires_grad=True), SGD(0.5)
    for _ in range(3):
        loss = (w * w).sum()
        before = w.data.copy()
        train(sgd, [w], [[np.ones(3000)]])
        loss.backward()
        np.testing.assert_array_equal(w.grad, 2 * before)
        w.grad = None


@pytest.mark.parametrize("case", ["sgd", "adam", "global_clipnorm"])
@pytest.mark.parametrize("shape", [(3000,), (50, 60)])
def test_memory_is_used_again_where_nobody_looks(case, shape):
    w, optimizer = Tensor(np.ones(shape), requires_grad=True), CASES[case][0]()
    addresses = set()
    for _ in range(6):
        w.grad = np.ones(shape)
        optimizer.step([w])
        addresses.add(w._data.ctypes.data)
    assert len(addresses) == 2


@pytest.mark.parametrize("case", CASES)
def test_nan_and_inf_do_what_the_formula_says(case):
    bad = [[g.copy() for g in gs] for gs in GRADIENTS[:4]]
    bad[1][0].flat[:3] = np.nan, np.inf, -np.inf
    found = train(CASES[case][0](), tensors(), bad)
    with np.errstate(invalid="ignore"):
        wanted = expected(case, bad)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(np.isnan(a), np.isnan(b))
        np.testing.assert_allclose(a, b, rtol=1e-9)
    assert np.isnan(found[0].flat[0])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("clip", ["clipnorm", "global_clipnorm"])
def test_a_norm_that_is_not_finite_is_not_hidden(clip, bad):
    found = train(SGD(0.1, **{clip: 1.0}), tensors(), [[np.full((4, 3), bad), *GRADIENTS[0][1:]]])
    assert np.isnan(found[0]).all()
    others = np.isnan(np.append(found[1], found[2]))
    assert others.all() if clip == "global_clipnorm" else not others.any()


@pytest.mark.parametrize("clip", ["clipnorm", "global_clipnorm"])
def test_gradients_whose_squares_overflow_are_clipped_too(clip):
    (found,) = train(SGD(1.0, **{clip: 1.0}), tensors([np.zeros(2)]), [[np.array([3e200, 4e200])]])
    np.testing.assert_allclose(found, [-0.6, -0.8], rtol=1e-15)


@pytest.mark.parametrize("case", CASES)
def test_float16_weights_are_updated_as_float64_and_rounded(case):
    small = [[1e-4 * g for g in gs] for gs in GRADIENTS[:20]]  # their squares are 0 in float16
    halves = [[g.astype(np.float16).astype(float) for g in gs] for gs in small]
    found = train(CASES[case][0](), tensors(dtype=np.float16), halves)
    assert all(w.dtype == np.float16 for w in found)
    for a, b in zip(found, expected(case, halves), strict=True):
        np.testing.assert_allclose(a, b, atol=0.02)


def test_centered_rmsprop_never_takes_the_root_of_a_negative_number():
    w, centered = Tensor([1.0], requires_grad=True), RMSprop(0.001, rho=0.5, centered=True)
    for _ in range(100):  # the mean of squares is the square of the mean, but for rounding
        w.grad = [1234.567]
        centered.step([w])
    assert np.isfinite(w.item())


@pytest.mark.parametrize("case", CASES)
def test_a_config_makes_an_equal_optimizer(case):
    made = CASES[case][0]()
    config = json.loads(json.dumps(serialize(made)))
    again = optimizers.get(config)
    assert type(again) is type(made) and again.get_config() == made.get_config()
    for a, b in zip(
        train(again, tensors(), GRADIENTS[:8]), train(made, tensors(), GRADIENTS[:8]), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_a_function_as_learning_rate_is_found_by_its_name():
    def slow():
        return 0.001

    config = serialize(SGD(slow))
    assert config["config"]["learning_rate"] == "slow"
    with custom_objects({"slow": slow}):
        assert optimizers.get(config).learning_rate == 0.001
    with pytest.raises(ValueError, match="learning_rate: 'slow' given"):
        optimizers.get(config)


@pytest.mark.parametrize(
    "kind", [SGD, RMSprop, Adam, AdamW, Adamax, Nadam, Adagrad, Adadelta, Lion]
)
def test_get_takes_names_in_any_case_classes_and_objects(kind):
    name = kind.__name__
    for given in (name, name.lower(), name.upper(), kind):
        assert type(optimizers.get(given)) is kind
    made = kind()
    assert optimizers.get(made) is made and optimizers.ALL[name.lower()] is kind


def test_defaults_are_keras_ones():
    shared = {
        "weight_decay": None, "clipnorm": None, "clipvalue": None, "global_clipnorm": None,
        "use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None,
        "loss_scale_factor": None, "gradient_accumulation_steps": None,
    }  # fmt: skip
    betas = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
    own = {
        SGD: {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
        RMSprop: {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False},
        Adam: betas | {"amsgrad": False},
        AdamW: betas | {"amsgrad": False, "weight_decay": 0.004},
        Adamax: betas,
        Nadam: betas,
        Adagrad: {"initial_accumulator_value": 0.1, "epsilon": 1e-7},
        Adadelta: {"rho": 0.95, "epsilon": 1e-7},
        Lion: {"beta_1": 0.9, "beta_2": 0.99},
    }
    for kind, settings in own.items():
        name = {"name": kind.__name__.lower()}
        assert kind().get_config() == {"learning_rate": 0.001} | shared | settings | name


def test_an_optimizer_of_your_own_needs_two_methods():
    class Signed(Optimizer):
        def numbers(self, rate, keep, t):
            return (rate,)

        def update(self, w, g, out, old, new, numbers):
            out[:] = w - numbers[0] * np.sign(g)

    (found,) = train(Signed(0.5), tensors([np.ones(2)]), [[np.array([3.0, -4.0])]])
    np.testing.assert_array_equal(found, [0.5, 1.5])
    for missing in (Optimizer(0.1), type("Half", (Optimizer,), {"numbers": Signed.numbers})(0.1)):
        with pytest.raises(TypeError, match="an optimizer must define"):
            train(missing, tensors([np.ones(2)]), [[np.ones(2)]])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: SGD(-0.1), "SGD: learning_rate=-0.1 given; it must be a finite number, 0 or more"),
        (lambda: SGD(float("nan")), "learning_rate=nan given; it must be"),
        (lambda: SGD("fast"), "learning_rate='fast' given; it must be"),
        (lambda: SGD(True), "learning_rate=True given"),
        (lambda: SGD(schedules.CosineDecay), "learning_rate=<class .* given"),
        (lambda: SGD(lambda step: 0.1), "a function is called without arguments"),
        (lambda: SGD(lambda: -1.0).learning_rate, "learning_rate after 0 updates=-1.0 given"),
        (lambda: SGD(lambda: 2.0**5000).learning_rate, "after 0 updates=inf given"),
        (lambda: SGD(0.1, momentum=1.0), "momentum=1.0 given; it must be less than 1"),
        (lambda: SGD(0.1, momentum=1.5), "momentum=1.5 given; it must be a number from 0 to 1"),
        (lambda: SGD(nesterov="yes"), "nesterov='yes' given; it must be True or False"),
        (lambda: RMSprop(centered=1), "centered=1 given; it must be True or False"),
        (lambda: RMSprop(rho=-1), "rho=-1 given; it must be"),
        (lambda: Adam(beta_1=-0.1), "beta_1=-0.1 given; it must be"),
        (lambda: Adam(epsilon=0), "epsilon=0 given; it must be a finite number, more than 0"),
        (lambda: Adam(amsgrad=None), "amsgrad=None given"),
        (lambda: AdamW(weight_decay=None), "AdamW: weight_decay=None given"),
        (lambda: Adagrad(initial_accumulator_value=-1), "initial_accumulator_value=-1 given"),
        (lambda: Lion(beta_2=1), "Lion: beta_2=1 given; it must be less than 1"),
        (lambda: SGD(weight_decay=-1), "weight_decay=-1 given"),
        (lambda: SGD(clipnorm=0), "clipnorm=0 given; it must be a finite number, more than 0"),
        (lambda: SGD(clipnorm=1, clipvalue=1), "clipnorm and clipvalue given; give at most one"),
        (lambda: SGD(use_ema=1), "use_ema=1 given"),
        (lambda: SGD(use_ema=True, ema_momentum=2), "ema_momentum=2 given"),
        (lambda: SGD(ema_overwrite_frequency=0), "ema_overwrite_frequency=0 given; it must be a w"),
        (lambda: SGD(gradient_accumulation_steps=1.5), "gradient_accumulation_steps=1.5 given"),
        (lambda: SGD(loss_scale_factor=2.0), "loss_scale_factor=2.0 given; it must be None"),
        (lambda: SGD(name=3), "name=3 given; it must be a string"),
        (lambda: optimizers.get("adm"), "optimizer: 'adm' given; did you mean 'adam'"),
        (lambda: optimizers.get(None), "optimizer: None given"),
        (lambda: optimizers.get(len), "optimizer: <built-in function len> given"),
        (lambda: optimizers.get({"class_name": "SGD", "config": {"lr": 1}}), "SGD.*'lr'"),
        (lambda: SGD().step(tensors()), "SGD: no weight has a gradient; call loss.backward"),
        (lambda: SGD().step(tensors()[0]), "SGD: no weight has a gradient; call loss.backward"),
        (
            lambda: train(SGD(), (w := tensors()[:1]), [GRADIENTS[0][:1]],
                          constraints={w[0]: np.sum}),
            r"the constraint <function sum .* made shape \(\) of a weight of shape \(4, 3\)",
        ),
    ],
)  # fmt: skip
def test_mistakes_are_refused_in_one_line(wrong, words):
    with pytest.raises(ValueError, match=words) as error:
        wrong()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("given", [None, 3, [1.0], [np.ones(3)], np.ones(3)])
def test_what_cannot_learn_is_refused(given):
    with pytest.raises(
        TypeError, match="SGD: step was given .*; give a list of the tensors"
    ) as error:
        SGD().step(given)
    assert "\n" not in str(error.value)


def test_results_cannot_be_updated():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * 2.0
    y.sum().backward()
    with pytest.raises(ValueError, match="step: a tensor is the output of mul; give the leaves"):
        SGD().step([x, y])
    np.testing.assert_array_equal(x.data, [1.0, 2.0])


def test_a_single_tensor_is_a_list_of_one():
    w = Tensor([[1.0, 2.0]], requires_grad=True)
    w.grad = [[1.0, 1.0]]
    SGD(0.5).step(w)
    np.testing.assert_array_equal(w.data, [[0.5, 1.5]])


def test_without_weights_there_is_nothing_to_do():
    SGD().step([])
    SGD().step([Tensor([1.0])])
