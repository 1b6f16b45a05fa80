"""Arrays as serial kernels see them: of any shape, held by the caller, without Python's lock."""

import sys
import threading
import time

import numpy as np
import pytest

from minigrad.broadcasting import sum_rows
from minigrad.kernels import loops
from minigrad.kernels.kernel import Kernel
from minigrad.ops.reductions import dsum_dx

pytestmark = pytest.mark.compiler


def double(x):
    return 2 * x


def plus(x, a):
    return x + a


@pytest.fixture(scope="module")
def doubled():
    made, x = Kernel(loops.forward, double, patience=0), np.ones(3, np.float32)
    made.run((x,), (), np.empty_like(x))
    return made.run


SHAPES = [(), (0,), (7,), (3, 4), (2, 0, 5), (2, 3, 4), (1,) * 64, (1,) * 63 + (5,)]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{len(shape)} axes")
def test_a_loop_with_one_index_takes_any_shape(doubled, shape):
    x = np.arange(np.prod(shape, dtype=int), dtype=np.float32).reshape(shape)
    out = np.full_like(x, np.nan)
    doubled((x,), (), out)
    assert np.array_equal(out, 2 * x)


def test_the_first_call_may_have_any_shape_too():
    made, x = Kernel(loops.forward, double, patience=0), np.ones((3, 4, 5), np.float32)
    out = np.empty_like(x)
    made.run((x,), (), out)
    assert (out == 2).all()
    flat = np.empty(2, np.float32)
    made.run((np.ones(2, np.float32),), (), flat)
    assert (flat == 2).all()


def test_rows_keep_their_shape():
    made = Kernel(loops.forward_rows, plus, patience=0)
    x, a, out = np.zeros((2, 3)), np.arange(3.0), np.empty((2, 3))
    for _ in range(2):
        made.run((x, a), (), out)
        assert (out == a).all()


WRONG = {
    "another dtype": np.zeros(3), "half": np.zeros(3, np.float16), "list": [1.0], "None": None,
    "number": 1.0, "scalar": np.float32(1.0), "steps": np.zeros(6, np.float32)[::2],
    "columns": np.zeros((2, 3), np.float32).T, "backwards": np.zeros(3, np.float32)[::-1],
    "repeated": np.broadcast_to(np.float32(1.0), 3),
}  # fmt: skip


@pytest.mark.parametrize("last", WRONG.values(), ids=WRONG)
def test_something_else_than_the_array_is_an_error(doubled, last):
    x = np.ones(3, np.float32)
    for arguments in [((x,), (), last), ((last,), (), x)]:
        with pytest.raises(
            TypeError, match=r"^kernel: something else than array\(float32, 1d, C\)"
        ):
            doubled(*arguments)
    doubled((x,), (), x)  # and Python goes on
    assert (x == 2).all()


def test_nobody_keeps_an_array(doubled):
    x, out, inputs = np.ones(9, np.float32), np.empty(9, np.float32), ()
    inputs = (x,)
    before = sys.getrefcount(x), sys.getrefcount(out), sys.getrefcount(inputs)
    for _ in range(100):
        doubled(inputs, (), out)
    assert (sys.getrefcount(x), sys.getrefcount(out), sys.getrefcount(inputs)) == before


@pytest.fixture
def rounds():
    """How often another thread came round, which it only does where this one gives up the lock."""
    count, done, interval = [0], threading.Event(), sys.getswitchinterval()

    def go_round():
        while not done.is_set():
            count[0] += 1
            time.sleep(0)  # gives up the lock

    other = threading.Thread(target=go_round)
    other.start()
    sys.setswitchinterval(600)
    yield lambda: count[0]
    sys.setswitchinterval(interval)
    done.set()
    other.join()


def is_let_in(rounds, call):
    """Whether another thread came round in one of many calls."""
    for _ in range(100):
        before = rounds()
        call()
        if rounds() > before:
            return True
    return False


def test_others_go_on_while_a_large_array_is_written(doubled, rounds):
    x = np.ones(10_000_000, np.float32)
    out = np.empty_like(x)
    assert is_let_in(rounds, lambda: doubled((x,), (), out))


def test_others_go_on_while_many_numbers_are_added_up(rounds):
    summed = Kernel(loops.gradient_features, dsum_dx, patience=0)
    x = np.ones((100_000, 64), np.float32)
    blocks, out = np.empty((1563, 64)), np.empty(64, np.float32)
    summed.run(x, (), (), out, blocks)  # compiling lets others in, and so do all cores
    assert is_let_in(rounds, lambda: summed.run(x, (), (), out, blocks))


def test_others_wait_while_few_are_added_up(rounds):
    summed = Kernel(loops.gradient_features, dsum_dx, patience=0)
    x = np.ones((100, 64), np.float32)
    sum_rows(summed, x, (), (), x.dtype)  # compiling lets others in
    assert not is_let_in(rounds, lambda: sum_rows(summed, x, (), (), x.dtype))


def test_the_lock_is_kept_for_a_small_one(doubled, rounds):
    x = np.ones(16, np.float32)
    out = np.empty_like(x)
    before = rounds()
    for _ in range(10_000):
        doubled((x,), (), out)
    assert rounds() == before
