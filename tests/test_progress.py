import io
import time

import pytest

from minigrad.kernels import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def stderr(monkeypatch):
    def put(stream):
        monkeypatch.setattr("sys.stderr", stream)
        return stream

    monkeypatch.setattr(progress, "spent", progress.Spent())
    monkeypatch.setattr(progress, "PATIENCE", 0.05)
    return put


def wait(seconds):
    with progress.told("relu_forward"):
        time.sleep(seconds)


def test_a_long_wait_is_told_once(stderr):
    terminal = stderr(Terminal())
    for _ in range(2):
        wait(0.3)
    assert terminal.getvalue().count("\n") == 1 and "relu_forward" in terminal.getvalue()


def test_short_waits_add_up(stderr):
    terminal = stderr(Terminal())
    wait(0.04)
    wait(0.3)
    assert "compiling" in terminal.getvalue()


def test_a_short_wait_is_not_told(stderr):
    terminal = stderr(Terminal())
    wait(0)
    assert terminal.getvalue() == ""


def test_nothing_is_told_where_nobody_looks(stderr):
    pipe = stderr(io.StringIO())
    wait(0.2)
    assert pipe.getvalue() == "" and progress.spent.seconds == 0


def test_without_stderr_as_in_pythonw_kernels_compile(stderr):
    stderr(None)
    wait(0)
