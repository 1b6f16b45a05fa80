import re

import numpy as np
import pytest

from minigrad import doctor
from minigrad.__main__ import main


def accuracy(printed: str) -> float:
    found = re.search(r"test accuracy: ([\d.]+)%", printed)
    assert found, printed
    return float(found[1])


@pytest.mark.compiler
def test_the_main_job_learns_digits_and_slopes(capsys):
    assert main(["train"]) == 0
    printed = capsys.readouterr().out
    assert accuracy(printed) >= 97
    assert "p_re_lu_1" in printed and "time: forward" in printed


@pytest.mark.slow
@pytest.mark.compiler
def test_ten_seeds_of_the_main_job(capsys):
    found = []
    for seed in range(10):
        assert main(["train", "--seed", str(seed)]) == 0
        found.append(accuracy(capsys.readouterr().out))
    assert min(found) >= 96
    assert np.mean(found) >= 97.5


def test_a_small_net_trains_with_other_options(capsys):
    options = "train --data moons --activation tanh --layers 4 --epochs 1 --optimizer sgd"
    assert main(options.split()) == 0
    printed = capsys.readouterr().out
    assert "tanh" in printed and "learned slopes" not in printed


@pytest.mark.parametrize(
    "options", ["--layers 0", "--epochs 0", "--seed -1", "--learning-rate nan", "--batch-size -4"]
)
def test_bad_options_end_with_one_line(options, capsys):
    assert main(["train", "--data", "moons", *options.split()]) == 2
    error = capsys.readouterr().err
    assert error.startswith("minigrad: ") and error.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["frobnicate"], ["train", "--activation", "nope"]])
def test_unknown_commands_and_choices_say_what_there_is(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: minigrad" in capsys.readouterr().err


def test_the_doctor_names_versions_cache_and_extras(capsys):
    assert main(["doctor"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    for word in ("Python", "numba", "threading layer", "kernel cache", "extra data"):
        assert word in printed


def test_the_doctor_refuses_a_cache_that_others_can_write_to(tmp_path, monkeypatch):
    tmp_path.chmod(0o777)
    monkeypatch.setenv("MINIGRAD_CACHE_DIR", str(tmp_path))
    assert "chmod 700" in doctor.kernel_cache()
