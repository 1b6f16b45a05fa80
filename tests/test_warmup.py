import pytest

from minigrad.__main__ import main

pytestmark = pytest.mark.compiler

WARM = """
from minigrad import warmup
from minigrad.__main__ import main
warmup.ROWS = {rows}
main(["warmup", "elu"])
"""
USE = """
import numpy as np
from minigrad import Tensor, activations
from minigrad.kernels import cache
compiled = []
cache.write = lambda key, content: compiled.append(key)
for size in {sizes}:
    x = Tensor(np.ones(size, np.float32), requires_grad=True)
    for _ in range(5):
        activations.elu(x, alpha=0.5).backward(np.ones(size, np.float32))
print(len(compiled))
"""


def compiled_after(run_python, folder, rows, sizes):
    cache = {"MINIGRAD_CACHE_DIR": str(folder), "seconds": 300}
    assert "kernels compiled" in run_python(WARM.format(rows=rows), **cache)
    return int(run_python(USE.format(sizes=sizes), **cache))


def test_after_a_warmup_nothing_is_compiled(run_python, tmp_path):
    assert compiled_after(run_python, tmp_path / "kernels", (2, 3), (1000,)) == 0


@pytest.mark.slow
def test_after_a_warmup_nothing_is_compiled_for_all_cores(run_python, tmp_path):
    assert compiled_after(run_python, tmp_path / "kernels", (2, 4000), (1000, 4_000_000)) == 0


def test_without_a_warmup_something_is_compiled(run_python):
    assert int(run_python(USE.format(sizes=(1000,)))) == 2


def test_an_unknown_name_is_refused(capsys):
    assert main(["warmup", "rellu"]) == 2
    assert "'rellu' given; there are training, relu" in capsys.readouterr().err


def test_without_the_compiler_there_is_nothing_to_warm_up(capsys, monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert main(["warmup"]) == 2
    assert "NUMBA_DISABLE_JIT" in capsys.readouterr().err
