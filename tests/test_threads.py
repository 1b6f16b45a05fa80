"""Threads and forks: right results, no process aborted, killed or hung, on every layer."""

import ctypes
import os
import sys
from pathlib import Path

import numba
import pytest
from scoreboard import full

from minigrad.kernels import threads

pytestmark = pytest.mark.compiler

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
LIBTBB = (
    Path(sys.prefix) / "lib" / "libtbb.so.12"
)  # where `pip install tbb` puts it, unseen by Numba


def tbb_is_there():
    try:
        ctypes.CDLL(str(LIBTBB) if LIBTBB.exists() else "libtbb.so.12")
    except OSError:
        return False
    return True


needs_tbb = pytest.mark.skipif(not tbb_is_there(), reason="no libtbb: pip install tbb")
every_layer = pytest.mark.parametrize(
    "layer", ["omp", "workqueue", pytest.param("tbb", marks=needs_tbb)]
)

LOAD_TBB = """
import ctypes, sys
from pathlib import Path
libtbb = Path(sys.prefix) / "lib" / "libtbb.so.12"
if libtbb.exists():
    ctypes.CDLL(str(libtbb), ctypes.RTLD_GLOBAL)
"""
# A kernel that is parallel from its first element on, and what every scenario below shares.
SETUP = (
    LOAD_TBB
    + """
import os, threading, time
import numba, numpy as np
from minigrad.kernels import kernel, loops, threads

def mixed(x):
    return 3.0 * x if x > 0 else x - 1.0

x = np.linspace(-1.0, 1.0, 640)
expected = np.where(x > 0, 3.0 * x, x - 1.0)
parallel_calls = wrong = 0
lock = threading.Lock()

def always_parallel(formula):
    made = kernel.Kernel(loops.forward, formula)
    made.run = made.compile(((x,), (), x))
    made._timings = [1.0] * kernel.TIMINGS
    built = made.compile(((x,), (), x), parallel=True)
    def counted(*arguments):
        global parallel_calls
        parallel_calls += 1  # only one thread at a time is here
        built(*arguments)
    made._parallel = counted
    return made

ours = always_parallel(mixed)

def check(run, expected, calls):
    global wrong
    out = np.empty(x.shape)
    for _ in range(calls):
        out.fill(7.0)
        run(out)
        if not np.array_equal(out, expected):
            with lock:
                wrong += 1

def call_ours(calls):
    check(lambda out: ours.run_long((x,), (), out), expected, calls)

def at_once(*jobs):
    started = [threading.Thread(target=job, args=arguments) for job, *arguments in jobs]
    for thread in started:
        thread.start()
    return started

def ended(child, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return "hung"

def in_a_child(job, *arguments):
    child = os.fork()
    if child:
        return child
    code = 99
    try:
        global wrong
        wrong = 0
        job(*arguments)
        code = min(wrong, 50)
    finally:
        os._exit(code)
"""
)

FOUR_THREADS = """
for thread in at_once(*[(call_ours, 3000)] * 4):
    thread.join()
print(wrong, parallel_calls > 0, threads.layer())
"""

FOREIGN = """
@numba.njit(parallel=True)
def foreign(x, out):
    for i in numba.prange(x.size):
        out[i] = 5.0 * x[i]

foreign(x, np.empty(x.shape))
jobs = (check, lambda out: foreign(x, out), 5.0 * x, 3000), (call_ours, 3000)
for thread in at_once(*jobs):
    thread.join()
print(wrong, parallel_calls > 0)
"""

BUSY_PARENT = """
stop = False
def busy():
    while not stop:
        call_ours(10)

busy_threads = at_once((busy,), (busy,))
codes = []
while len(codes) < int(os.environ["CHILDREN"]) and not any(codes):
    codes.append(ended(in_a_child(call_ours, 20)))
stop = True
for thread in busy_threads:
    thread.join()
print(codes.count(0), set(codes), wrong, parallel_calls > 0)
"""

FORK_DURING_COMPILE = """
os.environ["MINIGRAD_CACHE_DIR"] = "/dev/null/none"
stop = False
compiled = []  # to free machine code takes a lock as well

def compile_one(slope):
    def f(x):
        return slope * x
    compiled.append(kernel.Kernel(loops.forward, f).compile(((x,), (), x)))
    check(lambda out: compiled[-1]((x,), (), out), slope * x, 1)

def keep_compiling():
    while not stop:
        compile_one(float(len(compiled)))

[compiling] = at_once((keep_compiling,))
codes = []
while len(codes) < int(os.environ["CHILDREN"]) and not any(codes):
    time.sleep(0.01 * (len(codes) % 10))
    codes.append(ended(in_a_child(compile_one, 0.5)))
stop = True
compiling.join()
print(codes.count(0), set(codes), wrong, len(compiled) > 0)
"""


@pytest.fixture
def run_scenario(run_python):
    """The words in the last line that a script prints; all scripts share their compiled kernels."""
    shared = {"MINIGRAD_CACHE_DIR": os.environ["MINIGRAD_CACHE_DIR"], "NUMBA_NUM_THREADS": "2"}

    def run(scenario, setup=SETUP, seconds=60, **environment):
        # tbb prints what it thinks of forks in the lines before
        lines = run_python(setup + scenario, seconds, **shared, **environment).splitlines()
        return lines[-1].split()

    return run


@pytest.mark.scoreboard(9)
@every_layer
def test_four_threads_get_right_results(layer, run_scenario, record_property):
    wrong, parallel, used = run_scenario(FOUR_THREADS, NUMBA_THREADING_LAYER=layer)
    record_property("found", (0, 1))
    assert (wrong, used) == ("0", layer)
    assert parallel == str(layer != "workqueue"), "which aborts when regions overlap"


def test_workqueue_goes_parallel_when_asked(run_scenario):
    environment = {"NUMBA_THREADING_LAYER": "workqueue", "MINIGRAD_THREADS": "2"}
    assert run_scenario(FOUR_THREADS, **environment) == ["0", "True", "workqueue"]


@pytest.mark.scoreboard(9)
@every_layer
def test_the_parallel_kernels_of_another_library_may_run_meanwhile(
    layer, run_scenario, record_property
):
    wrong, parallel = run_scenario(FOREIGN, NUMBA_THREADING_LAYER=layer)
    record_property("found", (0, 1))
    assert (wrong, parallel) == ("0", str(layer != "workqueue"))


@needs_fork
@every_layer
@pytest.mark.parametrize("children", [20, full(9, 150)])
def test_children_of_a_busy_parent_end_well(layer, children, run_scenario, record_property):
    environment = {"NUMBA_THREADING_LAYER": layer, "CHILDREN": str(children)}
    well, *rest = run_scenario(BUSY_PARENT, seconds=600, **environment)
    record_property("found", (children - int(well), children))
    assert [well, *rest] == [str(children), "{0}", "0", str(layer != "workqueue")]


@needs_fork
@pytest.mark.parametrize("children", [8, full(9, 50)])
def test_a_child_made_while_another_thread_compiles_can_compile(
    children, run_scenario, record_property
):
    well, *rest = run_scenario(FORK_DURING_COMPILE, seconds=600, CHILDREN=str(children))
    record_property("found", (children - int(well), children))
    assert [well, *rest] == [str(children), "{0}", "0", "True"]


FORK_DURING_IMPORT = """
import os, threading, time, numpy as np, minigrad

x = np.linspace(-1.0, 1.0, 1000)
thread = threading.Thread(target=minigrad.activations.sigmoid, args=(x,))
thread.start()  # imports Numba, compiles
time.sleep(0.1)
child = os.fork()
if child == 0:
    minigrad.activations.sigmoid(x)
    os._exit(0)
thread.join()
for _ in range(500):
    pid, status = os.waitpid(child, os.WNOHANG)
    if pid:
        break
    time.sleep(0.01)
else:
    os.kill(child, 9)
    os.waitpid(child, 0)
print("exit", os.waitstatus_to_exitcode(status) if pid else "hung")
"""


@needs_fork
@pytest.mark.parametrize("children", [1, full(9, 10)])
def test_a_child_made_while_another_thread_imports_the_compiler_ends_well(
    children, run_scenario, record_property
):
    ends = [run_scenario(FORK_DURING_IMPORT, setup="") for _ in range(children)]
    record_property("found", (sum(end != ["exit", "0"] for end in ends), children))
    assert ends == [["exit", "0"]] * children


RELU_IN_PARALLEL = """
import gc, numba, numpy as np, minigrad
from minigrad.kernels.kernel import TIMINGS, Kernel
relu, x = minigrad.activations.relu, np.linspace(-1.0, 1.0, 1000)
relu(x)
[kernel] = [k for k in gc.get_objects() if isinstance(k, Kernel) and k.name == "relu_forward"]
kernel._timings, kernel.serial_below = [1.0] * TIMINGS, 0
assert np.array_equal(relu(x).numpy(), np.maximum(x, 0.0))
try:
    print(numba.threading_layer())
except ValueError:
    print("never started")
"""


def test_with_one_thread_no_pool_is_started(run_scenario):
    assert run_scenario(RELU_IN_PARALLEL, setup="") in (["omp"], ["tbb"], ["workqueue"])
    result = run_scenario(RELU_IN_PARALLEL, setup="", MINIGRAD_THREADS="1")
    assert result == ["never", "started"]


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "²", " "])
def test_a_wrong_number_of_threads_is_refused_in_one_line(text, monkeypatch):
    monkeypatch.setenv("MINIGRAD_THREADS", text)
    with pytest.raises(ValueError) as refused:
        threads.team()
    assert str(refused.value) == f"MINIGRAD_THREADS={text!r}: give a whole number from 1 up"


def test_a_missing_threading_layer_is_reported_in_one_line(monkeypatch):
    def fail():
        raise ValueError("No threading layer could be loaded.\nHINT:\npip install tbb")

    monkeypatch.setattr(numba, "get_num_threads", fail)
    with pytest.raises(RuntimeError, match="minigrad doctor") as refused:
        threads.layer.__wrapped__()  # what was found before is remembered
    assert "\n" not in str(refused.value)


def test_a_second_thread_does_not_wait_for_the_first():
    calls = []
    with threads._one_at_a_time:
        threads.run_alone(2, lambda: calls.append("parallel"), lambda: calls.append("serial"), ())
    threads.run_alone(2, lambda: calls.append("parallel"), lambda: calls.append("serial"), ())
    assert calls == ["serial", "parallel"]


def test_a_kernel_that_fails_leaves_the_way_free_for_the_next():
    def fail():
        raise MemoryError

    with pytest.raises(MemoryError):
        threads.run_alone(2, fail, fail, ())
    assert not threads._one_at_a_time.locked()


LATE = """
import threading, time
import numpy as np
from minigrad import Tensor
from minigrad.ops import softmax

x = Tensor(np.ones((2000, 200), np.float32))
for _ in range(5):
    softmax(x)

def work():
    threading.main_thread().join()
    time.sleep(0.2)
    print(softmax(x).shape)

threading.Thread(target=work).start()
"""


def test_a_thread_that_outlives_the_main_one_computes_on(run_python):
    assert run_python(LATE).strip() == "(2000, 200)"
