"""Weights that share long arrays get the bits that they would get alone."""

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import Tensor, optimizers
from minigrad.optimizers import memory
from minigrad.optimizers.adam import larger
from minigrad.optimizers.memory import Long, is_ours, together

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


@pytest.fixture
def large(monkeypatch):
    """A weight that counts as large, so that a step may write over its gradient."""
    monkeypatch.setattr(memory, "SMALL", 4)
    return Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)


def place_of(array):
    """Where it is; array.ctypes would hold on to it."""
    return array.__array_interface__["data"][0]


OVER = {
    "sgd": lambda: optimizers.SGD(0.1),
    "nesterov": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: optimizers.Adam(0.1),
    "amsgrad": lambda: optimizers.Adam(0.1, amsgrad=True),
    "adamw": lambda: optimizers.AdamW(0.1),
}


@pytest.mark.parametrize("kind", OVER)
def test_new_numbers_take_the_place_of_a_gradient_that_nobody_holds(kind, large, monkeypatch):
    optimizer = OVER[kind]()
    large.backward(np.ones((2, 3)))
    place = place_of(large.node.gradient)
    optimizer.step([large])
    assert place_of(large._data) == place

    other, elsewhere = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True), OVER[kind]()
    monkeypatch.setattr(memory, "SMALL", 6)
    other.backward(np.ones((2, 3)))
    place = place_of(other.node.gradient)
    elsewhere.step([other])
    assert place_of(other._data) != place
    assert large.data.tobytes() == other.data.tobytes()


HOLDS = {
    "as it was shown": lambda w: w.grad,
    "itself": lambda w: w.node.gradient,
    "a part of it": lambda w: w.node.gradient[:1],
}


@pytest.mark.parametrize("how", HOLDS)
@pytest.mark.parametrize("kind", OVER)
def test_a_gradient_that_somebody_holds_stays_as_it_is(how, kind, large):
    optimizer = OVER[kind]()
    for k in range(3):
        large.backward(np.full((2, 3), k + 1.0))
        held = HOLDS[how](large)
        copy = held.copy()
        optimizer.step([large])
        np.testing.assert_array_equal(held, copy)


def test_numbers_that_were_a_gradient_are_never_overwritten_while_somebody_reads_them(large):
    sgd, handed = optimizers.SGD(0.1), []
    for k in range(6):
        large.backward(np.full((2, 3), float(k)))
        if k % 2:
            held = large.grad
        sgd.step([large])
        handed.append((large._data, large.data, large._data.copy()))
    for own, shown, copy in handed:
        np.testing.assert_array_equal(own, copy)
        np.testing.assert_array_equal(shown, copy)
    assert held[0, 0] == 5.0


def test_an_update_of_yours_never_gets_its_gradient_as_out(large):
    class Twice(optimizers.SGD):
        def update(self, w, g, out, old, new, numbers):
            out[...] = w
            out -= g

    large.backward(np.ones((2, 3)))
    Twice(0.1).step([large])
    np.testing.assert_array_equal(large.data, np.arange(6.0).reshape(2, 3) - 1)


@pytest.mark.parametrize("kind", OVER)
def test_a_step_that_breaks_off_after_writing_leaves_the_weights_and_no_gradient(kind, large):
    optimizer, other = OVER[kind](), Tensor(np.zeros(9), requires_grad=True)
    update = type(optimizer).update

    class Stopped(type(optimizer)):
        def update(self, w, g, out, old, new, numbers):
            update(self, w, g, out, old, new, numbers)
            if w.size == 9:
                raise KeyboardInterrupt

        update.over_gradient = update

    stopped = Stopped(0.1)
    stopped._memories = optimizer._memories
    for w in (large, other):
        w.backward(np.ones(w.shape))
    with pytest.raises(KeyboardInterrupt):
        stopped.step([large, other])
    np.testing.assert_array_equal(large.data, np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(other.data, np.zeros(9))
    assert large.grad is None and other.grad is None
    held = [w.backward(np.full(w.shape, 2.0)) or w.grad for w in (large, other)]
    optimizer.step([large, other])
    again = OVER[kind]()
    twin = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    twin.backward(np.full((2, 3), 2.0))
    again.step([twin])
    assert large.data.tobytes() == twin.data.tobytes() and held[0][0, 0] == 2.0


def test_a_mark_is_of_one_function_and_not_of_what_wraps_or_replaces_it(large):
    class Wrapped(optimizers.SGD):
        @functools.wraps(optimizers.SGD.update)
        def update(self, w, g, out, old, new, numbers):
            super().update(w, g, out, old, new, numbers)
            assert g[0] == 1.0

    def replaced(w, g, out, old, new, numbers):
        out[...] = w
        out -= g

    replacing = optimizers.SGD(0.1)
    replacing.update = replaced
    for optimizer, after in ((Wrapped(1.0), -1.0), (replacing, -2.0)):
        large.backward(np.ones((2, 3)))
        optimizer.step([large])
        assert large.data[0, 0] == after


def test_a_thread_that_looks_at_gradients_meanwhile_never_sees_weights(monkeypatch):
    monkeypatch.setattr(memory, "SMALL", 4)
    monkeypatch.setattr(memory, "is_ours", lambda w, gradients: looked(w) or ours(w, gradients))
    ours, seen = is_ours, []

    def looked(weight):
        seen.extend(w.grad for w in own)  # as another thread would, in the middle of the step

    own = [Tensor(np.full((2, 3), 7.0), requires_grad=True) for _ in range(3)]
    sgd = optimizers.SGD(0.5)
    for w in own:
        w.backward(np.ones((2, 3)))
    sgd.step(own)
    assert len(seen) == 9 and all(g is None for g in seen)
    assert all((w.data == 6.5).all() for w in own)


def test_over_the_last_input_nan_stays_nan():
    a, b = np.array([np.nan, 1.0, 2.0]), np.array([1.0, np.nan, 1.0])
    apart = np.empty(3)
    larger.run((a, b), (), apart)
    larger.run((a, b), (), b)
    np.testing.assert_array_equal(b, apart)
    np.testing.assert_array_equal(b, [np.nan, np.nan, 2.0])


@pytest.mark.parametrize("make", [optimizers.SGD, optimizers.Adam])
def test_a_large_weight_has_the_bits_of_small_ones(make):
    rng = np.random.default_rng(0)
    values, slope = rng.normal(size=(2, 5 * memory.PIECE + 7)).astype(np.float32)
    large = Tensor(values, requires_grad=True)
    parts = [Tensor(part, requires_grad=True) for part in np.array_split(values, 11)]
    of_large, of_parts = make(0.1), make(0.1)
    for _ in range(3):
        large.grad = slope
        for part, grad in zip(parts, np.array_split(slope, 11), strict=True):
            part.grad = grad
        of_large.step([large])
        of_parts.step(parts)
    assert np.array_equal(large.data, np.concatenate([part.data for part in parts]))
    assert not np.array_equal(large.data, values)
