import pytest

from minigrad import bench
from minigrad.__main__ import main


def test_startup_is_measured_in_fresh_processes(capsys, monkeypatch):
    monkeypatch.setattr(bench, "PROCESSES", 1)
    assert main(["bench", "startup"]) == 0
    assert "first relu of 10 elements" in capsys.readouterr().out


def test_without_a_peer_the_table_says_so(capsys, monkeypatch):
    monkeypatch.setattr(bench, "has_torch", lambda: False)
    assert main(["bench", "chain"]) == 0
    assert "not installed" in capsys.readouterr().out


@pytest.mark.compiler
def test_a_training_step_is_measured():
    assert 0 < bench.alone("minigrad", "2-16-16-2, batch 32") < 60


def test_a_failing_side_is_one_line():
    with pytest.raises(RuntimeError, match=r"^bench: .*nope") as error:
        bench.alone("minigrad", "nope")
    assert "\n" not in str(error.value)
