"""Side by side: pieces of work on Python threads that sleep in between."""

import os
import threading
import time

import numpy as np
import pytest

from minigrad import Tensor
from minigrad.kernels.side_by_side import PIECE, pieces_of, side_by_side
from minigrad.ops import log_softmax, softmax
from minigrad.optimizers import SGD, Adam


@pytest.fixture(params=["1", "2"])
def threads(request, monkeypatch):
    monkeypatch.setenv("MINIGRAD_THREADS", request.param)
    return int(request.param)


def test_every_piece_is_worked_on_once(threads):
    done = []
    side_by_side(done.append, range(1000))
    assert sorted(done) == list(range(1000))


@pytest.mark.parametrize("each", [0, 1, 3, 512, PIECE, 2 * PIECE])
@pytest.mark.parametrize("length", [1, 63, 64, 65, PIECE + 1])
def test_pieces_cover_all_rows_once(length, each):
    pieces = pieces_of(length, each)
    rows = [k for piece in pieces for k in range(length)[piece]]
    assert rows == list(range(length))
    sizes = [(piece.stop - piece.start) * each for piece in pieces]
    assert all(size <= max(PIECE, each) for size in sizes)


def test_several_threads_work_at_once(monkeypatch):
    pytest.importorskip("numba").config.NUMBA_NUM_THREADS > 1 or pytest.skip("one core")
    monkeypatch.setenv("MINIGRAD_THREADS", "2")
    together = threading.Barrier(2, timeout=30)  # broken, and an error, if one waits alone
    side_by_side(lambda piece: together.wait(), range(2))


def test_with_one_thread_all_work_is_done_by_the_caller(monkeypatch):
    monkeypatch.setenv("MINIGRAD_THREADS", "1")
    seen = set()
    side_by_side(lambda piece: seen.add(threading.get_ident()), range(100))
    assert seen == {threading.get_ident()}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("here", [True, False])
def test_an_error_comes_out_when_nobody_is_at_work_any_more(threads, error, here):
    at_work, caller = [], threading.get_ident()

    def work(piece):
        at_work.append(piece)
        time.sleep(0.002)
        mine = (threading.get_ident() == caller) == here
        at_work.remove(piece)
        if mine or threads == 1:
            raise error("stop")

    with pytest.raises(error, match="stop"):
        side_by_side(work, range(10))
    assert at_work == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_starts_threads_of_its_own(threads):
    side_by_side(lambda piece: None, range(4))
    child = os.fork()
    if not child:
        done = []
        side_by_side(done.append, range(100))
        os._exit(0 if len(done) == 100 else 1)
    deadline = time.monotonic() + 60
    while not (found := os.waitpid(child, os.WNOHANG))[0]:
        assert time.monotonic() < deadline, "the child hangs"
        time.sleep(0.01)
    assert os.waitstatus_to_exitcode(found[1]) == 0


@pytest.mark.parametrize("make", [SGD, Adam])
def test_a_large_weight_has_the_bits_of_small_ones(make):
    rng = np.random.default_rng(0)
    values, slope = rng.normal(size=(2, 5 * PIECE + 7)).astype(np.float32)
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


@pytest.mark.parametrize("op", [softmax, log_softmax])
def test_softmax_of_many_rows_has_the_bits_of_each(threads, op):
    values = np.random.default_rng(1).normal(0, 3, (701, 100)).astype(np.float32)
    x = Tensor(values, requires_grad=True)
    y = op(x)
    y.backward(values)
    for k in (0, 326, 327, 328, 700):
        row = Tensor(values[k : k + 1], requires_grad=True)
        one = op(row)
        one.backward(values[k : k + 1])
        assert np.array_equal(one.data[0], y.data[k])
        assert np.array_equal(row.grad[0], x.grad[k])


LATE = """
import threading, time
import numpy as np
from minigrad import Tensor
from minigrad.ops import softmax

x = Tensor(np.ones((400, 200), np.float32))
softmax(x)

def work():
    threading.main_thread().join()
    time.sleep(0.2)
    print(softmax(x).shape)

threading.Thread(target=work).start()
"""


def test_a_thread_that_outlives_the_main_one_computes_on(run_python):
    assert run_python(LATE).strip() == "(400, 200)"
