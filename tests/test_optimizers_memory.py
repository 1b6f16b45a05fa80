"""Weights that share long arrays get the bits that they would get alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import Tensor, optimizers
from minigrad.optimizers import memory
from minigrad.optimizers.memory import Long, together

SHAPES = (3,), (2, 4), (), (5, 1), (7,)
KINDS = {
    "sgd": lambda: optimizers.SGD(0.1),
    "momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
    "adam": lambda: optimizers.Adam(0.1, use_ema=True, ema_overwrite_frequency=3),
    "waiting": lambda: optimizers.Adam(0.1, gradient_accumulation_steps=2),
    "clipped": lambda: optimizers.RMSprop(0.1, centered=True, clipnorm=0.5),
}


def weights(dtype="f4"):
    rng = np.random.default_rng(0)
    return [Tensor(rng.standard_normal(s), requires_grad=True, dtype=dtype) for s in SHAPES]


def stepped(kind, choices, dtype="f4", state_at=-1):
    """All weights after steps in which some have gradients; a new optimizer goes on at one step."""
    rng, own, optimizer = np.random.default_rng(1), weights(dtype), KINDS[kind]()
    for k, chosen in enumerate(choices):
        for w, has in zip(own, chosen, strict=True):
            g = rng.standard_normal(w.shape)
            if has:
                w.grad = g
        if k == state_at:
            state = optimizer.get_state(own)
            optimizer = KINDS[kind]()
            optimizer.set_state(own, state)
        optimizer.step([w for w in own if w.grad is not None])
    return [w.data.copy() for w in own], optimizer.get_state(own)


def alone(monkeypatch, *arguments, **options):
    with monkeypatch.context() as patch:
        patch.setattr(memory, "SMALL", 0)
        return stepped(*arguments, **options)


CHOICES = st.lists(
    st.lists(st.booleans(), min_size=5, max_size=5).filter(any), min_size=1, max_size=12
)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("kind", KINDS)
def test_together_or_alone_the_bits_are_the_same(kind, dtype, monkeypatch):
    @given(CHOICES, st.integers(-1, 11))
    @settings(max_examples=15)
    def check(choices, state_at):
        found, state = stepped(kind, choices, dtype, state_at)
        wanted, other = alone(monkeypatch, kind, choices, dtype)
        assert all(a.tobytes() == b.tobytes() for a, b in zip(found, wanted, strict=True))
        assert state.keys() == other.keys()
        assert all(state[k].tobytes() == other[k].tobytes() for k in state)

    check()


def test_what_was_handed_out_of_one_weight_stays_when_all_are_updated():
    own, sgd = weights(), optimizers.SGD(0.1)
    handed, copies = [], []
    for k in range(10):
        handed.append(own[k % 5].data)
        copies.append(own[k % 5].data.copy())
        for w in own:
            w.grad = np.ones(w.shape)
        sgd.step(own)
    for a, b in zip(handed, copies, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_weight_that_is_assigned_to_goes_on_from_there():
    own, sgd = weights(), optimizers.SGD(0.5)
    for k in range(4):
        if k == 2:
            own[1].data = np.full((2, 4), 10.0)
        for w in own:
            w.grad = np.ones(w.shape)
        sgd.step(own)
    np.testing.assert_array_equal(own[1].data, np.full((2, 4), 9.0))
    np.testing.assert_allclose(own[0].data, weights()[0].data - 2, rtol=1e-6)


def test_two_long_arrays_take_turns():
    own, sgd = weights(), optimizers.SGD(0.1)
    places = set()
    for _ in range(8):
        for w in own:
            w.grad = np.ones(w.shape)
        sgd.step(own)
        places.add(own[0]._data.ctypes.data)
    assert len(places) == 2
    assert all(w._data.base is own[0]._data.base for w in own)


def test_only_small_weights_of_one_dtype_share():
    def sizes(*shapes_and_dtypes):
        made = [Tensor(np.zeros(s), requires_grad=True, dtype=d) for s, d in shapes_and_dtypes]
        return [len(group) for group in together(made)]

    half = memory.SMALL // 2
    assert sizes((3, "f4"), (4, "f4"), (5, "f8")) == [2, 1]
    assert sizes((half, "f4"), (half, "f4"), (1, "f4")) == [2, 1]
    assert sizes((1, "f4"), (memory.SMALL + 1, "f4"), (1, "f4"), (2, "f4")) == [1, 1, 2]


def test_a_held_view_is_seen():
    pair = Long([(2,), (3, 1)], lambda: np.empty(5, "f4"))
    assert pair.is_free()
    held = pair.views[1]
    assert not pair.is_free()
    del held
    assert pair.is_free()
    part = pair.views[0][:1]
    assert not pair.is_free()
    del part
    assert pair.is_free()


@pytest.mark.parametrize("shape", [(3,), (3, 4), (200, 200)])
def test_a_graph_that_waits_for_backward_keeps_the_numbers_that_it_was_made_from(shape):
    w = Tensor(np.random.default_rng(0).standard_normal(shape), requires_grad=True, dtype="f8")
    optimizer, waiting = optimizers.SGD(0.1), []
    for _ in range(6):
        waiting.append(((w * w).sum(), 2 * np.array(w)))  # not w.data, which would lock the array
        w.grad = np.ones(shape)
        optimizer.step([w])
    for loss, expected in waiting:
        w.grad = None
        loss.backward()
        np.testing.assert_array_equal(w.grad, expected)


@pytest.mark.parametrize("kind", ["adam", "momentum"])
def test_in_pieces_or_at_once_the_bits_are_the_same(kind, monkeypatch):
    def trained(piece):
        monkeypatch.setattr(memory, "PIECE", piece)
        rng = np.random.default_rng(3)
        weight = Tensor(rng.normal(size=(7, 5)).astype(np.float32), requires_grad=True)
        optimizer = KINDS[kind]()
        for _ in range(3):
            weight.backward(rng.normal(size=(7, 5)))
            optimizer.step([weight])
        return len(optimizer._memories.of([weight])[0].pieces), weight.numpy().tobytes()

    (pieces, in_pieces), (none, at_once) = trained(8), trained(100)
    assert (pieces, none) == (5, 0) and in_pieces == at_once
