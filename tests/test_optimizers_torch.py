"""Where PyTorch's definitions agree with Keras's, a hundred steps agree too."""

import numpy as np
import pytest

from minigrad import Tensor, schedules
from minigrad.optimizers import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, Nadam, RMSprop

torch = pytest.importorskip("torch")

TINY = 1e-13  # an epsilon so small that it does not matter where it is added
RNG = np.random.default_rng(0)
START = RNG.standard_normal((4, 3))
GRADIENTS = RNG.standard_normal((100, 4, 3))

PAIRS = {
    "sgd": (SGD(0.01), lambda w: torch.optim.SGD(w, 0.01)),
    "momentum": (SGD(0.01, 0.9), lambda w: torch.optim.SGD(w, 0.01, 0.9)),
    "nesterov": (SGD(0.01, 0.9, True), lambda w: torch.optim.SGD(w, 0.01, 0.9, nesterov=True)),
    "rmsprop": (
        RMSprop(0.01, epsilon=TINY), lambda w: torch.optim.RMSprop(w, 0.01, 0.9, eps=TINY),
    ),
    "rmsprop centered, momentum": (
        RMSprop(0.01, 0.8, 0.5, TINY, centered=True),
        lambda w: torch.optim.RMSprop(w, 0.01, 0.8, eps=TINY, momentum=0.5, centered=True),
    ),
    "adam": (Adam(0.01, epsilon=TINY), lambda w: torch.optim.Adam(w, 0.01, eps=TINY)),
    "adamw": (
        AdamW(0.01, 0.1, epsilon=TINY),
        lambda w: torch.optim.AdamW(w, 0.01, eps=TINY, weight_decay=0.1),
    ),
    "adamax": (Adamax(0.01, epsilon=TINY), lambda w: torch.optim.Adamax(w, 0.01, eps=TINY)),
    "nadam": (
        Nadam(0.01, epsilon=TINY),
        lambda w: torch.optim.NAdam(w, 0.01, eps=TINY, momentum_decay=1.0),
    ),
    "adagrad": (
        Adagrad(0.01, epsilon=TINY),
        lambda w: torch.optim.Adagrad(w, 0.01, initial_accumulator_value=0.1, eps=TINY),
    ),
    "adadelta": (Adadelta(1.0), lambda w: torch.optim.Adadelta(w, 1.0, 0.95, eps=1e-7)),
}  # fmt: skip


def ours(optimizer, gradients=GRADIENTS):
    w = Tensor(START, requires_grad=True)
    for g in gradients:
        w.grad = g
        optimizer.step([w])
    return w.data


def theirs(make, clip=None, gradients=GRADIENTS):
    w = torch.tensor(START, requires_grad=True)
    optimizer = make([w])
    for g in gradients:
        w.grad = torch.tensor(g)
        if clip:
            clip([w])
        optimizer.step()
    return w.detach().numpy()


@pytest.mark.parametrize("name", PAIRS)
def test_a_hundred_steps_are_those_of_pytorch(name):
    optimizer, make = PAIRS[name]
    np.testing.assert_allclose(ours(type(optimizer)(**optimizer.get_config())), theirs(make), 1e-6)


def test_another_optimizer_of_pytorch_would_not_pass():
    ends = {name: theirs(make) for name, (_, make) in PAIRS.items()}
    for name, (optimizer, _) in PAIRS.items():
        found = ours(type(optimizer)(**optimizer.get_config()))
        assert [n for n, end in ends.items() if np.allclose(found, end, rtol=1e-6)] == [name]


@pytest.mark.parametrize(
    ("options", "clip"),
    [
        ({"clipvalue": 0.5}, lambda w: torch.nn.utils.clip_grad_value_(w, 0.5)),
        # PyTorch adds 1e-6 to the norm
        ({"global_clipnorm": 0.5}, lambda w: torch.nn.utils.clip_grad_norm_(w, 0.5)),
    ],
)
def test_clipped_gradients_are_those_of_pytorch(options, clip):
    wanted = theirs(lambda w: torch.optim.SGD(w, 0.01), clip)
    np.testing.assert_allclose(ours(SGD(0.01, **options)), wanted, rtol=1e-5)


def test_amsgrad_is_that_of_pytorch():
    # PyTorch keeps the largest of s too, and corrects it in the same way
    wanted = theirs(lambda w: torch.optim.Adam(w, 0.01, eps=TINY, amsgrad=True))
    np.testing.assert_allclose(ours(Adam(0.01, epsilon=TINY, amsgrad=True)), wanted, rtol=1e-6)


@pytest.mark.parametrize(
    ("schedule", "make"),
    [
        (
            schedules.ExponentialDecay(0.1, 1, 0.95),
            lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.95),
        ),
        (
            schedules.ExponentialDecay(0.1, 20, 0.5, staircase=True),
            lambda o: torch.optim.lr_scheduler.StepLR(o, 20, 0.5),
        ),
        (
            schedules.PolynomialDecay(0.1, 60, 0.0, 2.0),
            lambda o: torch.optim.lr_scheduler.PolynomialLR(o, 60, 2.0),
        ),
        # Keras changes the rate after a boundary, PyTorch at it
        (
            schedules.PiecewiseConstantDecay([29, 59], [0.1, 0.01, 0.001]),
            lambda o: torch.optim.lr_scheduler.MultiStepLR(o, [30, 60], 0.1),
        ),
        (
            schedules.CosineDecay(0.1, 100, alpha=0.2),
            lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 100, 0.02),
        ),
        (
            schedules.CosineDecayRestarts(0.1, 10, 2.0),
            lambda o: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 10, 2),
        ),
    ],
    ids=lambda given: repr(given) if isinstance(given, schedules.LearningRateSchedule) else "",
)
def test_schedules_are_those_of_pytorch(schedule, make):
    optimizer = torch.optim.SGD([torch.zeros(1)], 0.1)
    theirs, wanted = make(optimizer), []
    for _ in range(100):
        wanted.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        theirs.step()
    np.testing.assert_allclose([schedule(t) for t in range(100)], wanted, rtol=1e-9, atol=1e-15)
