"""Kernels: three ways to run a formula that give the same bits, and clear words for a bad one."""

import ast
import inspect
import itertools
import json
import math
import os
import sys

import numpy as np
import pytest
from conftest import ROOT
from scoreboard import full

from minigrad import activations, elementwise
from minigrad.elementwise import Elementwise
from minigrad.kernels import cache, kernel, loops, threads
from minigrad.kernels.kernel import PATIENCE, TIMINGS, Kernel
from minigrad.ops import arithmetic

compiler = pytest.mark.compiler
EMPTY = inspect.Parameter.empty


def ops_of(*modules):
    """Every op and every partial that these modules declare."""
    found = {v.name: v for m in modules for v in vars(m).values() if isinstance(v, Elementwise)}
    partials = {p.name: p for op in found.values() for p in op.partials.values()}
    return [*(found | partials).values()]


OPS = ops_of(activations, arithmetic)
PARTIALS = {partial for op in OPS for partial in op.partials.values()}


def every_kind_of_number(dtype, count, rng):
    """`count` numbers: random bits, which reach every exponent, and all special values."""
    bits = np.dtype(f"u{np.dtype(dtype).itemsize}")
    limits = np.finfo(dtype)
    special = [math.nan, math.inf, limits.max, limits.tiny, limits.smallest_subnormal, 0.0]
    special += [1.0, 0.5, 2.0, 3.0, 6.0, 20.0, 88.8, 104.0, 709.8, 745.2, limits.eps]
    special = np.array(special, dtype)
    numbers = rng.integers(0, np.iinfo(bits).max, count, bits, endpoint=True).view(dtype)
    numbers[: 2 * special.size] = np.concatenate([special, -special])
    numbers[count // 2 :] = rng.normal(0.0, 4.0, count - count // 2)
    return rng.permutation(numbers)


def bits_of(array):
    """The bit patterns, with one pattern for nan."""
    array = np.where(np.isnan(array), array.dtype.type(math.nan), array)
    return array.view(np.dtype(f"u{array.dtype.itemsize}"))


def results_of_the_builds(factory, formula, arguments, builds):
    """What the loop gives in the named builds, in its last argument, or before blocks of a sum."""
    place = len(arguments) - (2 if factory is loops.gradient_features else 1)
    made, results = Kernel(factory, formula), []
    for build in builds:
        if build == "as it stands":
            run = lambda *a: made.loop(*map(kernel.as_float64, a))  # noqa: E731
        elif build == "with known numbers":
            run = Kernel(factory, formula, known=arguments[-2]).compile(arguments)
        else:
            run = made.compile(arguments, parallel=build == "parallel")
        results.append(np.full_like(arguments[place], 7.0))
        with np.errstate(all="ignore"):
            run(*arguments[:place], results[-1], *arguments[place + 1 :])
    return map(bits_of, results)


def numbers_of(op):
    defaults = op.declaration.numbers.items()
    return tuple(0.75 if v is EMPTY else op.declaration.number(n, v) for n, v in defaults)


def arguments_of(op, dtype, rng):
    """The loop that an op runs in, as a partial or by itself, and arguments for it."""
    inputs = tuple(every_kind_of_number(dtype, 500, rng) for _ in op.declaration.inputs)
    given = inputs, numbers_of(op), np.empty(500, dtype)
    if op in PARTIALS:
        return loops.gradient, (every_kind_of_number(dtype, 500, rng), *given)
    return loops.forward, given


def require_the_same_bits(op, dtype, *builds):
    factory, arguments = arguments_of(op, dtype, np.random.default_rng(3))
    formula = op.declaration.formula
    first, *others = results_of_the_builds(factory, formula, arguments, builds)
    for other in others:
        np.testing.assert_array_equal(other, first)


def name_of(case):
    return getattr(case, "name", getattr(case, "__name__", None))


@compiler
@pytest.mark.parametrize("op", OPS, ids=name_of)
def test_plain_python_and_the_serial_builds_give_the_same_bits(op):
    require_the_same_bits(op, np.float32, "as it stands", "serial", "with known numbers")


@compiler
@pytest.mark.slow
@pytest.mark.parametrize("op", OPS, ids=name_of)
def test_plain_python_and_the_serial_builds_give_the_same_bits_in_float64(op):
    require_the_same_bits(op, np.float64, "as it stands", "serial", "with known numbers")


@compiler
@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=name_of)
@pytest.mark.parametrize("op", OPS, ids=name_of)
def test_the_serial_and_the_parallel_build_give_the_same_bits(op, dtype):
    require_the_same_bits(op, dtype, "serial", "parallel")


STEPS = [
    op.partials[name]
    for op in OPS
    for name, slope in zip(op.declaration.inputs, op.slopes, strict=True)
    if slope is not None and slope.loop is loops.gradient_of_steps
]


def test_slopes_that_are_declared_as_steps_are_0_or_1():
    x = np.linspace(-9.0, 9.0, 1000)
    for op in STEPS:
        assert set(op(x, *numbers_of(op)).data.tolist()) <= {0.0, 1.0}, op.name
    assert {op.name for op in STEPS} > {"drelu_dx", "dhard_tanh_dx", "dclip_dx"}


@compiler
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=name_of)
@pytest.mark.parametrize("op", [*STEPS, activations.elu.partials["x"]], ids=name_of)
def test_a_slope_of_steps_gives_the_bits_of_a_product(op, dtype):
    _, arguments = arguments_of(op, dtype, np.random.default_rng(3))
    formula, builds = op.declaration.formula, ["serial", "with known numbers", "as it stands"]
    (product,) = results_of_the_builds(loops.gradient, formula, arguments, ["serial"])
    for passed_on in results_of_the_builds(loops.gradient_of_steps, formula, arguments, builds):
        np.testing.assert_array_equal(passed_on, product)


def in_rows(array):
    return array[:480].reshape(160, 3)


@compiler
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=name_of)
@pytest.mark.parametrize(
    "factory, op, out",
    [
        (loops.forward, arithmetic.pow, (500,)),
        (loops.gradient, activations.elu.partials["x"], (500,)),
        (loops.forward_rows, activations.prelu, (160, 3)),
        (loops.gradient_rows, activations.prelu.partials["x"], (160, 3)),
        (loops.gradient_features, arithmetic.mul.partials["b"], (3,)),
    ],
    ids=name_of,
)
def test_all_three_builds_of_every_loop_give_the_same_bits(factory, op, out, dtype):
    x, a, gy = (every_kind_of_number(dtype, 500, np.random.default_rng(n)) for n in range(3))
    if factory is loops.gradient_features:  # one nan or infinity would hide a whole sum
        x, gy = np.random.default_rng(4).normal(size=(2, 500)).astype(dtype)
    if out != (500,):
        x, a, gy = in_rows(x), a[:3].copy(), in_rows(gy)
    arguments = (x, a)[: len(op.declaration.inputs)], numbers_of(op), np.empty(out, dtype)
    if factory is loops.gradient_features:
        arguments = *arguments, np.empty((3, 3))
    if factory.__name__.startswith("gradient"):
        arguments = gy, *arguments
    builds = "as it stands", "serial", "parallel"
    first, *others = results_of_the_builds(factory, op.declaration.formula, arguments, builds)
    for other in others:
        np.testing.assert_array_equal(other, first)


@compiler
def test_a_sum_in_another_order_would_be_noticed():
    def same(x):
        return x

    gy, ones = np.random.default_rng(5).normal(size=(160, 3)), np.ones((160, 3))
    arguments = gy, (ones,), (), np.empty(3), np.empty((3, 3))
    [ours] = results_of_the_builds(loops.gradient_features, same, arguments, ["serial"])
    backwards = np.array([sum(column[::-1].tolist()) for column in gy.T])
    assert np.allclose(ours.view(np.float64), backwards) and (ours != bits_of(backwards)).any()


def test_the_first_elements_do_not_import_numba(run_python):
    script = """
import sys, minigrad
print(minigrad.activations.relu([-1.0, 2.0]), "numba" in sys.modules)
"""
    assert run_python(script).split() == ["Tensor([0.,", "2.])", "False"]


def test_without_the_jit_everything_runs_as_it_stands(run_python):
    script = """
import sys, numpy as np, minigrad
x = minigrad.Tensor(np.linspace(-9.0, 9.0, 20_000), requires_grad=True)
for _ in range(5):
    y = minigrad.activations.sigmoid(x)
y.backward(np.ones(20_000))
print(np.allclose(y.numpy(), 1 / (1 + np.exp(-x.numpy()))), "numba" in sys.modules)
"""
    assert run_python(script, NUMBA_DISABLE_JIT="1").split() == ["True", "False"]


def double(x):
    return 2.0 * x


@compiler
def test_a_kernel_is_compiled_when_its_patience_ends():
    made = Kernel(loops.forward, double)
    x = np.arange(float(PATIENCE))
    for array, compiled in [(x, False), (x[:1], True)]:
        made.run((array,), (), array)
        assert (made.run != made._run_as_it_stands) == compiled
    assert x.tolist() == [0.0, *range(2, 2 * PATIENCE, 2)]


@compiler
def test_a_formula_of_a_learner_is_compiled_at_once_and_one_of_minigrad_is_not(monkeypatch):
    compiled, build = [], Kernel.compile
    monkeypatch.setattr(Kernel, "compile", lambda k, a: compiled.append(k.formula) or build(k, a))
    elementwise()(double)([1.0])
    arithmetic.neg(np.ones(3))
    assert compiled == [double]


@compiler
def test_where_python_raises_the_compiled_result_is_taken():
    def inverse(x):
        return 1.0 / float(int(x))

    made, out = Kernel(loops.forward, inverse), np.empty(2)
    made.run((np.array([0.0, 2.0]),), (), out)
    assert out.tolist() == [math.inf, 0.5]


@compiler
def test_only_calls_that_take_long_go_parallel(monkeypatch):
    made, out = Kernel(loops.forward, double, patience=0), np.empty(10_000)
    clock = itertools.count()
    monkeypatch.setattr(kernel, "perf_counter", lambda: float(next(clock)))
    parallel = []
    monkeypatch.setattr(Kernel, "_run_on_all_cores", lambda self, *a: parallel.append(a))
    made.run((out,), (), out)
    for _ in range(TIMINGS):
        made.run_long((out,), (), out)
        assert parallel == []
    made.run_long((out,), (), out)
    assert len(parallel) == 1
    assert made.serial_below == kernel.TIMED_FROM, "a second for 10,000 elements is long"


@pytest.mark.parametrize("took, rests", [(0.9, False), (1.4, False), (1.6, True), (30.0, True)])
def test_after_parallel_calls_that_took_too_long_one_thread_works_for_a_while(
    took, rests, monkeypatch
):
    made, out, now, ran = Kernel(loops.forward, double), np.empty(100), [1e9], []
    made._timings = [1 / out.size] * TIMINGS  # one thread takes a second

    def work_in_parallel(team, parallel, serial, arguments):
        now[0] += took
        ran.append("all")

    monkeypatch.setattr(kernel, "perf_counter", lambda: now[0])
    monkeypatch.setattr(threads, "team", lambda: 2)
    monkeypatch.setattr(threads, "run_alone", work_in_parallel)
    monkeypatch.setattr(Kernel, "compile", lambda self, *a, **k: "built")
    made.run = lambda *a: ran.append("one")
    before = kernel.NEW + kernel.CALLS
    for pause in (*[0.0] * before, 0.9 * kernel.REST, 0.2 * kernel.REST):
        now[0] += pause
        made._run_on_all_cores((out,), (), out)
    assert ran[:-2] == ["all"] * before
    assert ran[-2:] == (["one", "all"] if rests else ["all", "all"])


# Each formula is wrong in its own way; the comment on its line is what the message must quote.
WRONG = """
import contextlib
import numpy as np
import others
from others import halved

def unknown_name(x):
    return x * slope  # x * slope

def unsupported_function(x):
    return x + np.einsum("i", x)  # return x + np.einsum("i", x)

def a_string(x):
    return x + "one"  # return x + "one"

def an_attribute(x):
    return 1.0 + x.slope * x  # x.slope

def a_method(x):
    return 2.0 * x.mean()  # x.mean()

def a_helper_elsewhere(x):
    return 1.0 + halved(x)  # return x / 'two'

def a_helper_by_module(x):
    return 1.0 + others.halved(x)  # return x / 'two'

def a_context(x):
    with contextlib.suppress(ValueError):  # with contextlib.suppress(ValueError):
        return x

def a_dictionary(x):
    return x * {"slope": 2.0}["slope" if x > 0 else 1]  # return x *
"""
COMPILE_WRONG = """
import inspect, json, wrong
from minigrad import elementwise

messages = {}
for name, f in vars(wrong).items():
    if inspect.isfunction(f) and f.__module__ == "wrong":
        try:
            elementwise()(f)([0.5])
        except TypeError as error:
            messages[name] = [type(error).__name__, str(error)]
print(json.dumps(messages))
"""


@compiler
def test_a_formula_that_cannot_be_compiled_is_named_in_one_line(tmp_path, run_python):
    (tmp_path / "wrong.py").write_text(WRONG)
    (tmp_path / "others.py").write_text("def halved(x):\n    return x / 'two'\n")
    messages = json.loads(run_python(COMPILE_WRONG))
    functions = ast.parse(WRONG).body[4:]
    assert list(messages) == [f.name for f in functions]
    for function, (kind, message) in zip(functions, messages.values(), strict=True):
        lines = WRONG.splitlines()[function.lineno - 1 : function.end_lineno]
        [guilty] = [line.split("  # ")[1] for line in lines if "  # " in line]
        assert kind == "FormulaError" and "\n" not in message
        assert message.startswith(f"{function.name}: ") and f"`{guilty}" in message


SOURCES = sorted((ROOT / "minigrad").rglob("*.py"))
LOOPS = [
    (file, node)
    for file in SOURCES
    for node in ast.walk(ast.parse(file.read_text()))
    if isinstance(node, ast.For) and ast.unparse(node.iter).startswith("prange(")
]


def sums_shared_by_threads(loop):
    """The `+=` in a prange loop whose target another thread may also change."""
    own = {n.id for part in loop.body for n in ast.walk(part) if stored(n)}
    for node in ast.walk(loop):
        if isinstance(node, ast.AugAssign):
            target = node.target
            if isinstance(target, ast.Subscript):
                index = (
                    target.slice.elts[0] if isinstance(target.slice, ast.Tuple) else target.slice
                )
                if ast.unparse(index) != loop.target.id:
                    yield ast.unparse(node)
            elif target.id not in own:
                yield ast.unparse(node)


def stored(node):
    """Whether a node gives a name its value, other than by `+=` itself."""
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def test_no_two_threads_add_to_the_same_element():
    assert len(LOOPS) >= 5
    assert [s for _, loop in LOOPS for s in sums_shared_by_threads(loop)] == []


@pytest.mark.parametrize(
    "body", ["out[j] += x[i]", "out[j, i] += x[i]", "out[0] += 1", "out[i + 1] += 1"]
)
def test_a_shared_sum_is_noticed(body):
    [loop] = ast.parse(f"for i in prange(n):\n    {body}").body
    assert list(sums_shared_by_threads(loop)) == [body]


def is_factory(function):
    """Whether a function returns a loop for a kernel."""
    module = str(getattr(function, "__module__", ""))
    if not inspect.isfunction(function) or not module.startswith("minigrad.kernels."):
        return False
    return "loop" in [getattr(c, "co_name", "") for c in function.__code__.co_consts]


@pytest.mark.scoreboard(9)
def test_nothing_that_a_loop_calls_is_a_kernel_or_goes_parallel():
    modules = [m for name, m in [*sys.modules.items()] if name.startswith("minigrad.")]
    factories = {f for module in modules for f in vars(module).values() if is_factory(f)}
    assert factories >= {loops.forward, loops.gradient_features}
    made = [factory(math.sqrt) for factory in factories]
    for loop in made:
        for called in cache.plain_functions(loop)[1:]:
            assert "prange" not in called.__code__.co_names, called
            assert called.__code__.co_name != "loop", called
        reached = loop.__closure__ + tuple(loop.__globals__.get(n) for n in loop.__code__.co_names)
        assert not any(isinstance(r, Kernel | Elementwise) for r in reached)


def test_everything_is_compiled_with_the_same_flags():
    """But for CUDA's kernels, and for the sweep's textbook, which shares nothing with ours."""
    files = {}
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text())):
            called = ast.unparse(node.func).split(".") if isinstance(node, ast.Call) else [""]
            if called[-1] in JIT and called[0] != "jax":
                keywords = [ast.unparse(k.value).lower() for k in node.keywords]
                files.setdefault(file.name, []).append(keywords)
            assert not isinstance(node, ast.keyword) or node.arg != "fastmath", file
    assert files.pop("cuda.py") == [[]]
    assert files.pop("textbook.py") == [["true"]]
    assert files == {"compiler.py": [["flags"], ["flags"]]}


JIT = {"njit", "jit", "vectorize", "guvectorize", "stencil", "cfunc"}


@compiler
@pytest.mark.parametrize("parallel", [False, True])
def test_flags_of_a_build(parallel):
    from minigrad.kernels.compiler import prepare

    x = np.ones(3)
    dispatcher, _ = prepare(loops.forward(double), "double", ((x,), (), x), parallel)
    expected = {"error_model": "numpy", "nogil": parallel, "parallel": parallel, "nopython": True}
    options = dispatcher.targetoptions
    assert {k: v for k, v in options.items() if v} == {k: v for k, v in expected.items() if v}


SPECIALISATIONS = """
import collections, json, sys
sys.path.insert(0, {tests!r})
import numpy as np
import oracle
from test_bits import LAYOUTS
from minigrad.kernels import kernel

builds, compile = collections.Counter(), kernel.Kernel.compile

def ranks(arguments):
    return [ranks(a) if isinstance(a, tuple) else np.ndim(a) for a in arguments]

def counted(self, arguments, parallel=False):
    inside = [cell.cell_contents for cell in self.loop.__closure__ or ()]
    known = any("knowing" in getattr(f, "__qualname__", "") for f in inside)
    builds[f"{{self.name}} {{ranks(arguments)}} {{known}} {{parallel}}"] += 1
    return compile(self, arguments, parallel)

kernel.Kernel.compile = counted
for program in oracle.programs({only!r}):
    for dtype in ("float16", "float32", "float64"):
        arrays = oracle.inputs_of(program, dtype)
        for layout in LAYOUTS.values():
            oracle.run(program, [layout(a) for a in arrays])
print(json.dumps(builds))
"""


@compiler
@pytest.mark.parametrize("only", [("elu", "prelu", "sum", "softmax"), full(20, None)])
def test_a_kernel_is_built_once_for_each_dtype_whatever_the_layout(
    only, run_python, record_property
):
    script = SPECIALISATIONS.format(tests=str(ROOT / "tests"), only=only)
    shared = {"MINIGRAD_CACHE_DIR": os.environ["MINIGRAD_CACHE_DIR"], "MINIGRAD_TEST_CACHE": "keep"}
    builds = json.loads(run_python(script, seconds=1500, **shared))
    many = {name: count for name, count in builds.items() if count > 2}
    record_property("found", f"{max(builds.values())}; more than 2: {len(many)} of {len(builds)}")
    record_property("missed", bool(many))
    # float16 is computed as float64, and so is what is summed over copies
    assert not many


COLD = """
import sys
import numba, numpy as np
import minigrad

@numba.njit
def product(a):
    return a @ a

minigrad.activations.relu(np.ones(1000))
print("scipy.linalg" in sys.modules)
print(product(np.eye(2) * 3.0)[1, 1], "scipy.linalg" in sys.modules)
"""


@compiler
def test_a_first_kernel_imports_no_linear_algebra_and_others_have_it(run_python):
    pytest.importorskip("scipy")
    assert run_python(COLD).split() == ["False", "9.0", "True"]
