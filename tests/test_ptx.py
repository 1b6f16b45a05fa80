"""Every kernel compiles for real GPUs: `pytest -m cuda`, with the extra cuda and without a GPU."""

import json
import subprocess
import sys

import pytest

from minigrad import ptx


@pytest.mark.cuda
@pytest.mark.parametrize("target", ptx.TARGETS)
def test_every_kernel_compiles_to_ptx_and_is_assembled(target):
    for package in ("numba_cuda", "cuda.bindings.nvjitlink", "nvidia.cu13"):
        pytest.importorskip(package, reason="needs the extra cuda: pip install -e '.[cuda]'")
    command = [sys.executable, "-m", "minigrad.ptx", target]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    kernels = json.loads(done.stdout)
    assert len(kernels) > 100
    for name, kernel in kernels.items():
        assert 0 < kernel["registers"] < 256, (name, kernel)
        # a b + c is rounded twice, as on the CPU; with float32 inside values need no float64
        assert kernel["contracted"] == 0 or "product in float64" in name, (name, kernel)
