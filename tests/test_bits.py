"""Bits: every build, any number of threads and any layout of the input give the same ones."""

import itertools
import json
import os

import numpy as np
import oracle
import pytest
from conftest import ROOT

from minigrad import Tensor, activations, losses, ops

compiler = pytest.mark.compiler
PROGRAMS = oracle.programs()
BY_NAME = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)

SCRIPT = """
import json, sys
sys.path.insert(0, {tests!r})
import oracle
from minigrad.kernels import kernel
{patch}
print(json.dumps(oracle.fingerprints({only!r}, {dtypes!r})))
"""
ALWAYS_PARALLEL = """
compile = kernel.Kernel.compile
kernel.Kernel.compile = lambda self, arguments, parallel=True: compile(self, arguments, True)
"""
# Every loop of `loops.py` and `rows.py`; `test_kernel.py` has the others with every formula.
EVERY_LOOP = ("elu", "prelu", "add", "sum", "mean", "softmax", "log_softmax")
TWO = ("float32", "float64")


@pytest.fixture
def fingerprints(run_python):
    """What another process finds; its compiled kernels are kept with those of this one."""

    def run(only=None, dtypes=("float32",), patch="", **environment):
        tests = str(ROOT / "tests")
        script = SCRIPT.format(tests=tests, patch=patch, only=only, dtypes=dtypes)
        environment.setdefault("MINIGRAD_CACHE_DIR", os.environ["MINIGRAD_CACHE_DIR"])
        return json.loads(run_python(script, seconds=900, **environment))

    return run


@compiler
def test_plain_python_gives_the_bits_of_compiled_kernels(fingerprints):
    assert fingerprints(NUMBA_DISABLE_JIT="1") == oracle.fingerprints()


@compiler
@pytest.mark.slow
def test_plain_python_gives_the_bits_of_compiled_kernels_in_float64(fingerprints):
    here = oracle.fingerprints(dtypes=("float16", "float64"))
    assert fingerprints(dtypes=("float16", "float64"), NUMBA_DISABLE_JIT="1") == here


@compiler
def test_parallel_kernels_give_the_bits_of_serial_ones_with_any_threads(fingerprints):
    serial = oracle.fingerprints(EVERY_LOOP)
    for threads in ("2", "5"):
        parallel = fingerprints(EVERY_LOOP, patch=ALWAYS_PARALLEL, NUMBA_NUM_THREADS=threads)
        assert parallel == serial


@compiler
@pytest.mark.slow
def test_parallel_kernels_of_every_op_give_the_bits_of_serial_ones(fingerprints):
    serial = oracle.fingerprints(dtypes=TWO)
    assert fingerprints(dtypes=TWO, patch=ALWAYS_PARALLEL) == serial


def test_a_fingerprint_sees_a_single_bit():
    program = oracle.Program("add", ops.add, ((3,), (3,)))
    x, y = oracle.inputs_of(program, np.float32)
    before = [oracle.bits(a) for a in oracle.run(program, [x, y])]
    x[1] = np.nextafter(x[1], np.float32(np.inf)) * np.float32(1.001)
    assert [oracle.bits(a) for a in oracle.run(program, [x, y])] != before


LARGE = {
    "elu": (activations.elu, [(300_000,)]),
    "prelu": (activations.prelu, [(5000, 64), (64,)]),
    "bias": (ops.add, [(5000, 64), (64,)]),
    "one alpha": (activations.prelu, [(300_000,), ()]),
    "sum": (ops.sum, [(300_007,)]),
    "sum of columns": (lambda x: ops.sum(x, axis=0), [(5000, 64)]),
    "softmax": (ops.softmax, [(5000, 64)]),
    "cross-entropy": (
        lambda x: losses.softmax_cross_entropy(x, np.arange(5000) % 64),
        [(5000, 64)],
    ),
}  # fmt: skip


@compiler
@pytest.mark.parametrize("name", LARGE)
def test_the_tenth_call_on_all_cores_gives_the_bits_of_one_thread(name, monkeypatch):
    program = oracle.Program(name, *LARGE[name])
    arrays = oracle.inputs_of(program, np.float32)
    monkeypatch.setenv("MINIGRAD_THREADS", "1")
    want = [oracle.bits(a) for a in oracle.run(program, arrays)]
    monkeypatch.setenv("MINIGRAD_THREADS", "2")
    for _ in range(10):
        assert [oracle.bits(a) for a in oracle.run(program, arrays)] == want


def misaligned(x):
    """x at an odd address."""
    memory = np.empty(x.nbytes + 1, np.uint8)[1:]
    array = np.ndarray(x.shape, x.dtype, memory)
    array[...] = x
    return array


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


def every_second(x):
    if not x.ndim:
        return x
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    wide[..., ::2] = x
    return wide[..., ::2]


LAYOUTS = {
    "Fortran order": lambda x: np.asarray(x, order="F"),
    "reversed": lambda x: np.flip(np.flip(x).copy()),
    "step 2": every_second,
    "misaligned": misaligned,
    "read-only": read_only,
    "big-endian": lambda x: x.astype(x.dtype.newbyteorder(">")),
    "little-endian": lambda x: x.astype(x.dtype.newbyteorder("<")),
    "transposed": lambda x: x.T.copy().T,
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_are_what_they_are_called(layout):
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    laid = LAYOUTS[layout](x)
    np.testing.assert_array_equal(laid, x)
    if layout == "misaligned":
        assert not laid.flags.aligned
    elif layout not in ("read-only", "little-endian", "big-endian"):
        assert not laid.flags.c_contiguous


@BY_NAME
def test_the_layout_of_the_input_changes_no_bit(program):
    arrays = oracle.inputs_of(program, np.float32)
    want = [oracle.bits(a) for a in oracle.run(program, arrays)]
    for name, layout in LAYOUTS.items():
        got = oracle.run(program, [layout(a) for a in arrays])
        assert [oracle.bits(a) for a in got] == want, name
        assert all(a.flags.c_contiguous for a in got), name


@BY_NAME
def test_a_stretched_input_gives_the_bits_of_its_copy(program):
    arrays = [
        np.broadcast_to(a[:1], a.shape) if a.ndim else a
        for a in oracle.inputs_of(program, np.float32)
    ]
    want = [oracle.bits(a) for a in oracle.run(program, [a.copy() for a in arrays])]
    assert [oracle.bits(a) for a in oracle.run(program, arrays)] == want


@pytest.mark.parametrize("op", oracle.elementwise_ops().values(), ids=lambda op: op.name)
def test_an_element_has_the_same_bits_wherever_it_stands(op):
    program = oracle.Program(op.name, op, ((300, 4),) * len(op.declaration.inputs))
    arrays, numbers = oracle.inputs_of(program, np.float32), oracle.numbers_of(op)
    with np.errstate(all="ignore"):
        whole = op(*arrays, *numbers).data
        for rows in (slice(0, 1), slice(17, 18), slice(3, 290), slice(-1, None)):
            part = op(*(a[rows] for a in arrays), *numbers).data
            assert oracle.bits(part) == oracle.bits(whole[rows])
        for i, j in itertools.product((0, 5, 299), (0, 3)):
            alone = op(*(np.array(a[i, j]) for a in arrays), *numbers).data  # 0-d
            assert oracle.bits(alone) == oracle.bits(whole[i, j])


@pytest.mark.parametrize("op", oracle.elementwise_ops().values(), ids=lambda op: op.name)
def test_a_row_or_a_number_gives_the_bits_of_its_copies(op):
    count = len(op.declaration.inputs) - 1
    if not count:
        return
    rng = np.random.default_rng(6)
    x = rng.normal(0, 3, (50, 9)).astype(np.float32)
    for other in (rng.normal(0, 3, 9), rng.normal(0, 3, (50, 1)), np.float64(0.7)):
        other = np.asarray(other, np.float32)
        copies = np.broadcast_to(other, x.shape).copy()
        same = oracle.bits(op(x, *[copies] * count).data)
        assert oracle.bits(op(x, *[other] * count).data) == same
        same = oracle.bits(op(copies, *[x] * count).data)
        assert oracle.bits(op(other, *[x] * count).data) == same


@pytest.mark.parametrize("op", [ops.softmax, ops.log_softmax], ids=lambda op: op.name)
def test_a_row_of_softmax_has_the_same_bits_alone(op):
    x = np.random.default_rng(8).normal(0, 5, (300, 10)).astype(np.float32)
    whole = op(Tensor(x)).data
    for i in (0, 17, 299):
        assert oracle.bits(op(x[i]).data) == oracle.bits(whole[i])


SIMULATOR = """
import json, sys
sys.path.insert(0, {tests!r})
import numpy as np
import oracle
from numba import cuda
from minigrad import activations

assert cuda.is_available() and "imulator" in cuda.jit.__module__, cuda.jit.__module__

def kernel_of(formula, count, numbers):
    @cuda.jit
    def kernel(x, out):
        step = cuda.gridDim.x * cuda.blockDim.x
        for i in range(cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x, out.size, step):
            out[i] = formula(*[np.float64(x[k, i]) for k in range(count)], *numbers)
    return kernel

for name in ("elu", "sigmoid", "prelu"):
    op = activations.every()[name]
    for df in (op, *op.partials.values()):
        inputs, numbers = len(df.declaration.inputs), oracle.numbers_of(df)
        x = np.random.default_rng(1).normal(0, 6, (inputs, 50)).astype(np.float32)
        out = np.empty(50, np.float32)
        kernel_of(df.declaration.formula, inputs, numbers)[2, 8](x, out)
        assert oracle.bits(out) == oracle.bits(df(*x).data), df.name
        print(df.name)
"""


def test_the_cuda_simulator_gives_the_same_bits(run_python):
    pytest.importorskip("numba.cuda", reason="numba.cuda cannot be imported here")
    script = SIMULATOR.format(tests=str(ROOT / "tests"))
    names = run_python(script, NUMBA_ENABLE_CUDASIM="1").split()
    assert names == ["elu", "delu_dx", "sigmoid", "dsigmoid_dx", "prelu", "dprelu_dx",
                     "dprelu_dalpha"]  # fmt: skip
