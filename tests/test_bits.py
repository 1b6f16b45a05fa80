"""Bits: every build, any number of threads and any layout of the input give the same ones."""

import itertools
import json
import os

import numpy as np
import oracle
import pytest
from conftest import ROOT
from scoreboard import full
from test_threads import LOAD_TBB, every_layer

from minigrad import Tensor, ops

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
OF_LARGE = """
import json, sys
sys.path.insert(0, {tests!r})
import oracle
from minigrad.kernels import kernel, threads
{patch}
print(json.dumps([threads.layer(), oracle.large_fingerprints()]))
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
@pytest.mark.slow
@pytest.mark.scoreboard(19)
def test_bounds_checks_find_nothing_in_any_kernel_and_change_no_bit(fingerprints):
    assert fingerprints(NUMBA_BOUNDSCHECK="1") == oracle.fingerprints()


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


@compiler
@pytest.mark.slow
@pytest.mark.scoreboard(6)
@every_layer
def test_large_sums_and_a_training_have_the_bits_of_serial_ones_on_every_layer(
    layer, run_python, record_property
):
    serial, different = oracle.large_fingerprints(), []
    script = OF_LARGE.format(tests=str(ROOT / "tests"), patch=LOAD_TBB + ALWAYS_PARALLEL)
    environment = {
        "NUMBA_THREADING_LAYER": layer,
        "MINIGRAD_CACHE_DIR": os.environ["MINIGRAD_CACHE_DIR"],
    }
    for threads in ("1", "2", "4", "8"):
        ran = run_python(script, seconds=900, NUMBA_NUM_THREADS=threads, **environment)
        used, found = json.loads(ran.splitlines()[-1])
        assert used == layer and found.keys() == serial.keys()
        different += [(name, threads) for name in serial if found[name] != serial[name]]
    record_property("found", (len(different), 4 * len(serial)))
    assert different == []


def test_a_fingerprint_sees_a_single_bit():
    program = oracle.Program("add", ops.add, ((3,), (3,)))
    x, y = oracle.inputs_of(program, np.float32)
    before = [oracle.bits(a) for a in oracle.run(program, [x, y])]
    x[1] = np.nextafter(x[1], np.float32(np.inf)) * np.float32(1.001)
    assert [oracle.bits(a) for a in oracle.run(program, [x, y])] != before


@compiler
@pytest.mark.parametrize("program", oracle.LARGE, ids=lambda program: program.name)
def test_the_tenth_call_on_all_cores_gives_the_bits_of_one_thread(program, monkeypatch):
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


def pieces(size, rng):
    """Where parts of an array begin and end: many of one element, others up to a quarter of it."""
    lengths = [1] * (100 + size // 500)
    while sum(lengths) < size:
        lengths.append(int(rng.integers(2, size // 4)))
    ends = np.minimum(np.cumsum(lengths), size).tolist()
    return [slice(begin, end) for begin, end in itertools.pairwise([0, *ends])]


def unequal(found, wanted):
    """How many elements have other bits in any of these arrays, and how many there are."""
    pairs = zip(found, wanted, strict=True)
    same = [
        (a.view(np.uint32) == b.view(np.uint32)) | (np.isnan(a) & np.isnan(b)) for a, b in pairs
    ]
    return np.array([np.sum(~np.all(same, axis=0)), same[0].size])


def out_of_place(compute, arrays, rng):
    """`unequal` for parts of the arrays, single numbers and other layouts."""
    whole = compute(arrays)
    counts = [np.zeros(2, int)]
    for part in pieces(arrays[0].size, rng):
        counts.append(unequal(compute([a[part] for a in arrays]), [y[part] for y in whole]))
    for i in range(100):
        single = compute([np.array(a[i]) for a in arrays])  # 0-d
        counts.append(unequal([y.reshape(1) for y in single], [y[i : i + 1] for y in whole]))
    for layout in LAYOUTS.values():
        found = compute([layout(a.reshape(10, -1)) for a in arrays])
        counts.append(unequal([y.reshape(-1) for y in found], whole))
    return sum(counts)


@pytest.mark.parametrize("size", [1200, full(7, 1_000_000)])
@pytest.mark.parametrize("op", oracle.elementwise_ops().values(), ids=lambda op: op.name)
def test_an_element_has_the_same_bits_wherever_it_stands(op, size, record_property):
    numbers, rng = oracle.numbers_of(op), np.random.default_rng(9)

    def compute(arrays):
        leaves = [Tensor(a, requires_grad=True) for a in arrays[:-1]]
        with np.errstate(all="ignore"):
            y = op(*leaves, *numbers)
            y.backward(arrays[-1])
        return [y.data, *(leaf.grad for leaf in leaves)]

    program = oracle.Program(op.name, op, ((size // 4, 4),) * len(op.declaration.inputs))
    arrays = [a.reshape(-1) for a in oracle.inputs_of(program, np.float32)]
    arrays.append(rng.normal(size=size).astype(np.float32))
    wrong, count = out_of_place(compute, arrays, rng).tolist()
    record_property("found", (wrong, count))
    assert wrong == 0 and count >= 9 * size


def test_bits_that_depend_on_the_place_are_seen():
    def compute(arrays):
        return [a * np.float32(1 + 1e-6 * (a.size % 2)) for a in arrays]

    rng = np.random.default_rng(9)
    wrong, count = out_of_place(compute, [rng.normal(size=1200).astype(np.float32)], rng).tolist()
    assert 0.01 < wrong / count < 0.5


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
