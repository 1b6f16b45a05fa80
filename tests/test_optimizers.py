import numpy as np
import pytest

from minigrad import Tensor
from minigrad.optimizers import SGD, Adam


def steps_of(optimizer, gradients):
    """The weight after each step, from 1 and -2."""
    w = Tensor(np.array([1.0, -2.0]), requires_grad=True)
    seen = []
    for g in gradients:
        w.grad = g
        optimizer.step([w])
        seen.append(w.data.copy())
    return np.array(seen)


GRADIENTS = np.random.default_rng(0).standard_normal((6, 2))


def test_sgd_is_w_minus_rate_g():
    expected = [1.0, -2.0] - 0.1 * np.cumsum(GRADIENTS, axis=0)
    np.testing.assert_allclose(steps_of(SGD(0.1), GRADIENTS), expected, rtol=1e-14)


def test_momentum_is_a_running_velocity():
    w, v, expected = np.array([1.0, -2.0]), np.zeros(2), []
    for g in GRADIENTS:
        v = 0.9 * v - 0.1 * g
        w = w + v
        expected.append(w)
    np.testing.assert_allclose(steps_of(SGD(0.1, momentum=0.9), GRADIENTS), expected, rtol=1e-13)


def test_adam_is_the_papers_with_keras_epsilon():
    w, m, s, expected = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2), []
    for t, g in enumerate(GRADIENTS, 1):
        m = 0.9 * m + (1 - 0.9) * g
        s = 0.999 * s + (1 - 0.999) * g * g
        rate = 0.01 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        w = w - rate * m / (np.sqrt(s) + 1e-7)
        expected.append(w)
    np.testing.assert_allclose(steps_of(Adam(0.01), GRADIENTS), expected, rtol=1e-12)


def test_a_step_forgets_gradients_and_skips_weights_without_one():
    w, idle = (Tensor([1.0], requires_grad=True) for _ in range(2))
    w.grad = [1.0]
    SGD(0.5).step([w, idle, Tensor([3.0])])
    assert w.grad is None
    np.testing.assert_array_equal([w.item(), idle.item()], [0.5, 1.0])


def test_what_was_handed_out_never_changes():
    w, sgd = Tensor(np.ones(3000), requires_grad=True), SGD(0.5)
    handed, copies = [], []
    for _ in range(5):
        handed.append(w.data)
        copies.append(w.data.copy())
        w.grad = np.ones(3000)
        sgd.step([w])
    np.testing.assert_array_equal(handed, copies)


def test_a_graph_keeps_the_numbers_it_was_computed_with():
    w, sgd = Tensor(np.full(3000, 2.0), requires_grad=True), SGD(0.5)
    for _ in range(3):
        loss = (w * w).sum()
        before = w.data.copy()
        w.grad = np.ones(3000)
        sgd.step([w])
        loss.backward()
        np.testing.assert_array_equal(w.grad, 2 * before)
        w.grad = None


def test_memory_is_used_again_where_nobody_looks():
    w, sgd = Tensor(np.ones(3000), requires_grad=True), SGD(0.5)
    addresses = set()
    for _ in range(6):
        w.grad = np.ones(3000)
        sgd.step([w])
        addresses.add(w._data.ctypes.data)
    assert len(addresses) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: SGD(0),
        lambda: SGD(float("nan")),
        lambda: SGD("fast"),
        lambda: SGD(0.1, momentum=1.0),
        lambda: Adam(beta_1=-0.1),
        lambda: Adam(epsilon=0),
    ],
)
def test_bad_settings_are_refused_in_one_line(wrong):
    with pytest.raises(ValueError, match="given; it must be") as error:
        wrong()
    assert "\n" not in str(error.value)
