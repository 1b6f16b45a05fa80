"""Ctrl-C at any moment leaves a model between two steps, and nothing else changed."""

import _thread
import math
import signal
import threading

import numpy as np
import pytest
from scoreboard import full
from test_training import deep, line, some, trajectory

from minigrad.callbacks import LambdaCallback
from minigrad.interrupts import deferred_interrupt


@pytest.fixture(autouse=True)
def ctrl_c_is_heard():
    """A process that a shell starts in the background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt():
    """What Ctrl-C does."""
    _thread.interrupt_main()  # as the signal does it, on every system


@pytest.mark.parametrize("moments", [300, full(15, 1000)])
def test_an_interrupt_at_any_moment_leaves_weights_between_two_steps(moments, record_property):
    known = {tuple(w.tobytes() for w in weights) for weights in trajectory(deep(), 20)}
    rng = np.random.default_rng(0)
    ended = half_updated = 0
    for _ in range(moments):
        model = deep()
        timer = threading.Timer(rng.uniform(0.001, 0.02), interrupt)
        try:
            timer.start()
            model.fit(*some(8), batch_size=2, epochs=20, seed=0, verbose=0)
            timer.join()
        except KeyboardInterrupt:
            ended += 1
        finally:
            timer.cancel()
        half_updated += tuple(w.tobytes() for w in model.get_weights()) not in known
    record_property("found", (half_updated, moments))
    assert half_updated == 0
    assert ended > moments / 2  # one that comes after the end counts too
    assert math.isfinite(model.fit(*some(8), verbose=0).losses[-1])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_in_another_thread_than_the_main_one_is_left_alone():
    found = []
    worker = threading.Thread(target=lambda: found.append(line().fit(*some(), verbose=0).losses))
    worker.start()
    worker.join()
    assert len(found[0]) == 1


def test_inside_an_interrupt_waits_until_it_is_asked_for():
    done = []
    with pytest.raises(KeyboardInterrupt), deferred_interrupt() as interrupted:
        interrupt()
        done.append("waits")
        interrupted()
        done.append("too late")
    with pytest.raises(KeyboardInterrupt), deferred_interrupt():
        interrupt()
        done.append("waits for the end")
    assert done == ["waits", "waits for the end"]


def test_the_check_of_moments_sees_a_step_that_is_cut_in_two():
    known = {tuple(w.tobytes() for w in weights) for weights in trajectory(deep(), 2)}
    two = trajectory(deep(), 1)[:2]
    half = [new if k < 2 else old for k, (old, new) in enumerate(zip(*two, strict=True))]
    assert tuple(w.tobytes() for w in half) not in known


def test_an_interrupt_during_validation_ends_training():
    x, y = some()
    model = line()
    at_test = LambdaCallback(on_test_batch_end=lambda *_: interrupt())
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, validation_data=(x, y), callbacks=at_test, verbose=0)
