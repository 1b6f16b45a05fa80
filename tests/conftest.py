"""For all tests: a kernel cache of their own, scripts in fresh processes, the same examples."""

import itertools
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import hypothesis
import pytest
import scoreboard

ROOT = Path(__file__).parents[1]
JIT_IS_OFF = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")

hypothesis.settings.register_profile("minigrad", deadline=None, derandomize=True)
hypothesis.settings.load_profile("minigrad")

# Before any kernel is compiled; the workers of pytest-xdist share their controller's folder.
if os.environ.get("MINIGRAD_TEST_CACHE") != "keep" and "PYTEST_XDIST_WORKER" not in os.environ:
    _kernels = tempfile.TemporaryDirectory(prefix="minigrad-kernels-")
    os.environ["MINIGRAD_CACHE_DIR"] = _kernels.name


# Each file goes to one of two workers: the longest first, so that both end at the same time.
LONGEST = "test_vectorised.py", "test_learn_lessons.py", "test_cuda.py", "test_threads.py"


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name not in LONGEST)
    reason = "NUMBA_DISABLE_JIT is set: there is no compiler to test"
    for item in items:
        if JIT_IS_OFF and item.get_closest_marker("compiler"):
            item.add_marker(pytest.mark.skip(reason=reason))
    scoreboard.mark_rows(items)


def pytest_terminal_summary(terminalreporter, config):
    if "scoreboard" in config.option.markexpr:
        scoreboard.write(terminalreporter)


@pytest.fixture
def start_python(tmp_path):
    """Start a script in a fresh process, with its own kernel cache; files of tmp_path import."""
    started, numbers = [], itertools.count()

    def start(script, **environment):
        file = tmp_path / f"script_{next(numbers)}.py"
        file.write_text(script)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA", "MINIGRAD"))}
        own = {
            "MINIGRAD_CACHE_DIR": str(tmp_path / f"kernels_{file.stem}"),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",  # a .pyc hides an edit with equal time and size
        }
        command = [sys.executable, str(file)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command,
            env=inherited | own | environment,
            stdout=pipe,
            stderr=pipe,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        end(process)


def output_of(process, seconds=60):
    """What a script printed; it must end by itself, in time and without an exception."""
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        pytest.fail(f"hung for {seconds} s; stderr: {end(process)[-3000:]}")
    assert process.returncode == 0, f"exit {process.returncode}; stderr: {errors[-3000:]}"
    return output


def end(process):
    """End a script and its own children, which would keep the pipe open; its stderr."""
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    return process.communicate()[1]


@pytest.fixture
def run_python(start_python):
    """Run a script in a fresh process and return what it printed."""
    return lambda script, seconds=60, **environment: output_of(
        start_python(script, **environment), seconds
    )
