"""Every kernel compiles for real GPUs: `pytest -m cuda`, with the extra cuda and without a GPU."""

import json
import subprocess
import sys

import pytest

from minigrad import activations, ptx


def needs_the_toolkit():
    for package in ("numba_cuda", "cuda.bindings.nvjitlink", "nvidia.cu13"):
        pytest.importorskip(package, reason="needs the extra cuda: pip install -e '.[cuda]'")


@pytest.mark.cuda
@pytest.mark.parametrize("target", ptx.TARGETS)
def test_every_kernel_compiles_to_ptx_and_is_assembled(target):
    needs_the_toolkit()
    command = [sys.executable, "-m", "minigrad.ptx", target]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    kernels = json.loads(done.stdout)
    assert len(kernels) > 100
    for name, kernel in kernels.items():
        assert 0 < kernel["registers"] < 256, (name, kernel)
        # a b + c is rounded twice, as on the CPU, unless the formula says fma(a, b, c)
        assert kernel["contracted"] == 0, (name, kernel)
    # what is counted as asked for are the fma of short forms; relu has none
    assert kernels["relu"]["asked"] == 0 < kernels["sigmoid"]["asked"]
    # values of float32 inside need no float64, but for sinf and cosf of very large numbers
    needs = {name for name in activations.every() if kernels[f"{name} in float32"]["float64"]}
    assert needs == {"sine", "cosine"}


CONTRACTED = """
import contextlib
from minigrad import activations, ptx
from minigrad.kernels import cuda
cuda.uncontracted = contextlib.nullcontext  # as Numba would compile it
for name, kernel in ptx.compiled("8.0", ["sigmoid", "bent_identity", "relu"]).items():
    print(name, kernel["contracted"], sep=":")
"""


@pytest.mark.cuda
def test_a_multiply_add_that_the_compiler_fuses_is_seen(run_python):
    needs_the_toolkit()
    found = dict(line.rsplit(":", 1) for line in run_python(CONTRACTED, seconds=120).splitlines())
    assert int(found["sigmoid"]) > 0 and int(found["bent_identity d/dx"]) > 0, found
    assert int(found["relu"]) > 0, found


@pytest.mark.parametrize("given", [["6.0"], ["7.5", "gellu"], ["--help"]])
def test_what_is_no_target_or_activation_is_refused_in_one_line(given):
    command = [sys.executable, "-m", "minigrad.ptx", *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"ptx: {' '.join(given)!r} given; give one of 7.5, 8.0, 9.0,")


def test_the_table_has_a_line_for_each_activation_and_says_what_is_spilled():
    one = {"registers": 40, "spilled": 0, "contracted": 0}
    wide = {"registers": 255, "spilled": 16, "contracted": 0}
    kernels = {"elu": one, "elu in float32": one, "elu d/dx": wide, "sum of elu d/da": one}
    text = ptx.table({"7.5": kernels | {"product in float64": one}})
    assert "| elu | 255 + 16 B / 40 |\n| product in float64 | 40 |" in text
    assert "5 kernels for each target: at most 255 registers, 16 bytes spilled, 0 multi" in text
