"""Memory: blocks are used again when nobody can see them any more, and never before."""

import os
import threading

import numpy as np
import pytest

from minigrad import Tensor, activations, memory
from minigrad.memory import LARGE, LIMIT, MOST, blocks, empty, own

FLOAT = np.dtype("float32")
COUNT = LARGE // FLOAT.itemsize


@pytest.fixture(autouse=True)
def no_blocks():
    blocks.clear()
    yield
    blocks.clear()


def address(array):
    return array.__array_interface__["data"][0]


def test_a_block_is_used_again_when_its_array_is_gone():
    first = empty((COUNT,), FLOAT)
    where = address(first)
    del first
    assert address(empty((8, COUNT // 8), FLOAT)) == where


@pytest.mark.parametrize("view", [lambda a: a[:1], lambda a: a.reshape(2, -1), memoryview])
def test_a_block_that_somebody_sees_a_part_of_is_not_used(view):
    first = empty((COUNT,), FLOAT)
    first[:] = 1.0
    seen = view(first)
    where = address(first)
    del first
    second = empty((COUNT,), FLOAT)
    second[:] = 2.0
    assert address(second) != where
    assert np.asarray(seen).ravel()[0] == 1.0


def test_small_arrays_have_memory_of_their_own():
    assert empty((COUNT - 1,), FLOAT).base is None
    assert not blocks


def test_what_was_shown_read_only_can_be_written_to_when_used_again():
    x = Tensor(np.ones(COUNT, np.float32))
    y = activations.relu(x)
    where = address(y.data)
    with pytest.raises(ValueError, match="WRITEABLE|writeable"):
        y.data.flags.writeable = True
    del y
    again = activations.relu(x)
    assert address(again._data) == where
    assert again._data.flags.writeable


def test_no_more_than_the_limit_is_kept():
    held = [empty((LIMIT // 12,), FLOAT) for _ in range(5)]
    assert sum(b.nbytes for b in blocks) <= LIMIT
    del held
    empty((LIMIT // 4 - 64,), FLOAT)
    assert sum(b.nbytes for b in blocks) <= LIMIT
    assert empty((LIMIT,), FLOAT).base is None


def test_no_more_than_so_many_blocks_are_kept():
    held = [empty((COUNT,), FLOAT) for _ in range(MOST + 5)]
    assert len(blocks) == MOST
    assert len({address(a) for a in held}) == MOST + 5


def test_threads_never_get_the_same_block():
    wrong = []

    def work(number):
        for _ in range(300):
            array = empty((COUNT,), FLOAT)
            array[::512] = number
            os.sched_yield() if hasattr(os, "sched_yield") else None
            if np.any(array[::512] != number):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_the_check_of_threads_sees_a_block_that_is_given_twice(monkeypatch):
    monkeypatch.setattr(memory, "ALONE", memory.ALONE + 1)
    first = empty((COUNT,), FLOAT)
    assert address(empty((COUNT,), FLOAT)) == address(first)


def test_gradients_of_leaves_do_not_share_memory():
    a, b = (Tensor(np.ones(COUNT, np.float32), requires_grad=True) for _ in range(2))
    seed = np.ones(COUNT, np.float32)
    (activations.relu(a) + b).reshape(2, -1).backward(seed.reshape(2, -1))
    arrays = [seed, a.grad, b.grad, a._data, b._data]
    for k, one in enumerate(arrays):
        for other in arrays[k + 1 :]:
            assert not np.shares_memory(one, other)


def test_own_copies_what_is_shared_or_a_part():
    gy = empty((COUNT,), FLOAT)
    fresh = empty((COUNT,), FLOAT)
    large = np.zeros(10)
    assert own(fresh, gy) is fresh
    for gx in (gy, gy.reshape(2, -1), gy[:8], large[:5], np.ones(3)[:2]):
        assert not np.shares_memory(own(gx, gy), gx)


def test_a_gradient_that_is_given_stays_as_it_was_and_is_not_kept():
    x = Tensor(np.ones(COUNT, np.float32), requires_grad=True)
    seed = np.full(COUNT, 3.0, np.float32)
    (x * 1.0).backward(seed)
    seed[:] = 0.0
    assert x.grad[0] == 3.0
    y = activations.relu(x)
    y.grad = seed
    seed[:] = 5.0
    assert y.grad[0] == 0.0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_writes_to_its_own_memory():
    array = empty((COUNT,), FLOAT)
    array[:] = 1.0
    del array
    parent = empty((COUNT,), FLOAT)
    parent[:] = 1.0
    child = os.fork()
    if not child:
        parent[:] = 2.0
        os._exit(int(empty((COUNT,), FLOAT) is None))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert np.all(parent == 1.0)
