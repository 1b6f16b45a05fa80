"""The disk cache: always the right kernel, whatever happened to the sources or to the folder."""

import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, output_of
from hypothesis import given
from hypothesis import strategies as st

from minigrad.kernels import cache, loops
from minigrad.kernels.kernel import Kernel

compiler = pytest.mark.compiler
row = pytest.mark.scoreboard(10)

# Prints {formula: [its value at 1, functions compiled]} for every formula in learner.py.
RUN_LEARNER = """
import json, numpy as np, learner
from numba.core import event
from minigrad.kernels import loops
from minigrad.kernels.kernel import Kernel

def run(formula):
    arguments = (np.ones(3),), (), np.empty(3)
    with event.install_recorder("numba:compile") as compiled:
        Kernel(loops.forward, formula).compile(arguments)(*arguments)
    return arguments[-1][1], len(compiled.buffer)

print(json.dumps({name: run(f) for name, f in vars(learner).items() if name.startswith("of_")}))
"""
# Every formula multiplies by 2 in its own way, so that editing 2.0 to 5.0 must be seen in each.
LEARNER = """
import enum, helpers, numba, numpy as np
from helpers import doubled

slope = 2.0
table = np.full(3000, 2.0)
near_one = np.array([1.0 + 2.0e-13])
pair = (1.0, (2.0,))
class Slope(enum.Enum):
    STEEP = 2.0
def factory(slope):
    return lambda x: slope * x
def around(helper):
    return lambda x: 1.0 * helper(x)
@numba.njit
def by_njit(x):
    return 2.0 * x
@numba.vectorize
def by_vectorize(x):
    return 2.0 * x

def of_a_constant(x):
    return 2.0 * x
def of_a_global(x):
    return slope * x
def of_an_array(x):
    return table[1500] * x
def of_the_last_digits(x):
    return (near_one[0] - 1.0) * 1e13 * x
def of_a_nested_tuple(x):
    return pair[1][0] * x
def of_an_enum(x):
    return Slope.STEEP.value * x
def of_a_helper_elsewhere(x):
    return doubled(x)
def of_a_module_attribute(x):
    return helpers.slope * x
def of_a_module_in_a_module(x):
    return helpers.further.slope * x
def of_njit(x):
    return by_njit(x)
def of_vectorize(x):
    return by_vectorize(x)
def of_a_default(x, slope=2.0):
    return slope * x
def of_a_nested_function(x):
    def inner(v):
        return 2.0 * v
    return inner(x)
of_a_closure = factory(2.0)
of_the_same_factory = factory(3.0)
of_a_helper_in_a_closure = around(lambda x: 2.0 * x)
"""
HELPERS = "import further, learner\nslope = 2.0\ndef doubled(x):\n    return 2.0 * x\n"
FURTHER = "import helpers\nslope = 2.0\n"


def edit(file, old, new):
    """Replace text of equal length, and give the file back its time: only its content tells."""
    before = file.stat()
    assert old in file.read_text() and len(old) == len(new)
    file.write_text(file.read_text().replace(old, new))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


@row
@compiler
def test_a_second_process_compiles_nothing_and_every_edit_is_seen(
    tmp_path, run_python, record_property
):
    sources = {"learner.py": LEARNER, "helpers.py": HELPERS, "further.py": FURTHER}
    for name, text in sources.items():
        (tmp_path / name).write_text(text)
    kernels = tmp_path / "kernels"

    def run():
        results = json.loads(run_python(RUN_LEARNER, MINIGRAD_CACHE_DIR=str(kernels)))
        values = {name: round(value, 1) for name, (value, _) in results.items()}
        return values, {name for name, (_, compiled) in results.items() if compiled}

    values, compiled = run()
    assert len(values) >= 16 and compiled == set(values)
    of_two = dict.fromkeys(values, 2.0) | {"of_the_same_factory": 3.0}
    assert values == of_two

    files = sorted(kernels.iterdir())
    for _ in range(2):
        assert run() == (of_two, set())
    assert sorted(kernels.iterdir()) == files

    for name in sources:
        edit(tmp_path / name, "2.0", "5.0")
    values, compiled = run()
    assert values == dict.fromkeys(values, 5.0) | {"of_the_same_factory": 3.0}
    assert compiled == set(values) - {"of_the_same_factory"}
    record_property("found", (0, len(values)))


@row
@compiler
def test_an_edit_of_minigrad_itself_is_seen(tmp_path, run_python, record_property):
    ignore = shutil.ignore_patterns("__pycache__")
    package = Path(shutil.copytree(ROOT / "minigrad", tmp_path / "minigrad", ignore=ignore))
    (tmp_path / "learner.py").write_text("from minigrad.kernels.mathematics import exp as of_exp")

    def run():
        environment = {"PYTHONPATH": str(tmp_path), "MINIGRAD_CACHE_DIR": str(tmp_path / "kernels")}
        value, compiled = json.loads(run_python(RUN_LEARNER, **environment))["of_exp"]
        return pytest.approx(value), compiled > 0

    assert run() == (np.e, True)
    assert run() == (np.e, False)
    edit(package / "kernels/mathematics/exponential.py", ") * half * rest", ") + half * rest")
    assert run() == (np.e / 2 + 2, True)
    edit(package / "kernels/loops.py", "y = f(*x, *numbers)", "y =-f(*x, *numbers)")
    assert run() == (-np.e / 2 - 2, True)
    record_property("found", (0, 2))


RUN_FLAGS = """
import json, numpy as np
from numba.core import event
from minigrad.kernels import loops
from minigrad.kernels.kernel import Kernel

def double(x):
    return 2.0 * x

def run(length, parallel):
    arguments = (np.ones(length),), (), np.empty(100)
    kernel = Kernel(loops.forward, double)
    with event.install_recorder("numba:compile") as compiled:
        run = kernel.compile(arguments, parallel)
    try:
        run(*arguments)
    except IndexError:
        return len(compiled.buffer) > 0, "IndexError"
    return len(compiled.buffer) > 0, arguments[-1].tolist() == [2.0] * 100

print(json.dumps([run(100, False), run(100, True), run(1, False)]))
"""


@row
@compiler
def test_builds_with_other_flags_never_share_an_entry(tmp_path, run_python, record_property):
    kernels = tmp_path / "kernels"
    settings = [{}, {"NUMBA_OPT": "0"}, {"NUMBA_BOUNDSCHECK": "1"}]
    for number, setting in enumerate(settings, start=1):
        serial, parallel, too_short = json.loads(
            run_python(RUN_FLAGS, MINIGRAD_CACHE_DIR=str(kernels), **setting)
        )
        assert serial == parallel == [True, True], "compiled anew, and right"
        assert too_short == [False, "IndexError" if "NUMBA_BOUNDSCHECK" in setting else False]
        assert len(list(kernels.iterdir())) == 2 * number
    record_property("found", (0, 3 * len(settings)))


def double(x):
    return 2.0 * x


def result_of(formula=double):
    """One call of a new kernel, which can only come from the cache folder or the compiler."""
    arguments = (np.arange(5.0),), (), np.empty(5)
    Kernel(loops.forward, formula).compile(arguments)(*arguments)
    return arguments[-1].tolist()


DOUBLED = [0.0, 2.0, 4.0, 6.0, 8.0]


@pytest.fixture
def kernels(tmp_path, monkeypatch):
    """An empty cache folder that is in use."""
    monkeypatch.setenv("MINIGRAD_CACHE_DIR", str(tmp_path / "kernels"))
    return tmp_path / "kernels"


def the_file_in(folder):
    [file] = folder.iterdir()
    return file


@row
@compiler
def test_a_kernel_of_another_version_is_neither_read_nor_replaced(
    kernels, monkeypatch, record_property
):
    from minigrad.kernels import compiler

    assert result_of() == DOUBLED
    before = the_file_in(kernels)
    cache.write(before.name, b"unreadable: whoever opens it would compile and replace it")
    written = before.read_bytes()
    monkeypatch.setattr(compiler, "VERSIONS", ("another",))
    assert result_of() == DOUBLED
    assert len([*kernels.iterdir()]) == 2 and before.read_bytes() == written
    record_property("found", (0, 1))


@row
@compiler
def test_without_a_usable_folder_kernels_are_compiled(tmp_path, monkeypatch, record_property):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("HOME", "")
    folders = ("file", "file/below", "nul\nline/\udcff", "x" * 300)
    for folder in folders:
        monkeypatch.setenv("MINIGRAD_CACHE_DIR", str(tmp_path / folder))
        assert result_of() == DOUBLED
    assert (tmp_path / "file").read_text() == "not a folder"
    record_property("found", (0, len(folders)))


@row
@pytest.mark.skipif(os.name != "posix", reason="file modes and sizes are limited on POSIX only")
def test_a_full_disk_leaves_no_half_entry(kernels, record_property):
    import resource

    cache.write("key", pickle.dumps("before"))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        cache.write("key", pickle.dumps("x" * 10_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [file.name for file in kernels.iterdir()] == ["key"]
    assert cache.read("key") == "before"
    record_property("found", (0, 1))


@row
def test_no_damaged_entry_is_read(kernels, record_property):
    content = pickle.dumps(list(range(1000)))
    cache.write("key", content)
    file = the_file_in(kernels)
    whole = file.read_bytes()
    assert cache.read("key") == list(range(1000))
    rng = np.random.default_rng(1)
    damaged = [whole[:n] for n in [*range(100), *rng.integers(100, len(whole), 100)]]
    for position in rng.integers(0, len(whole), 1000):
        damaged.append(bytearray(whole))
        damaged[-1][position] ^= 1 << rng.integers(8)
    damaged += [whole + b"more", whole[::-1], pickle.dumps(7)]
    read = 0
    for blob in damaged:
        file.write_bytes(blob)
        read += cache.read("key") is not None
    record_property("found", (read, len(damaged)))
    assert read == 0


@row
@compiler
def test_a_damaged_kernel_is_compiled_again_and_replaced(kernels, record_property):
    assert result_of() == DOUBLED
    file = the_file_in(kernels)
    whole = file.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 4
    for damaged in (b"", whole[:-1], whole[:1000], bytes(flipped)):
        file.write_bytes(damaged)
        assert result_of() == DOUBLED
        assert cache.read(file.name) is not None, "written anew"
    for foreign in (7, (1, 2, 3), {"not": "a kernel"}, [None] * 9):
        cache.write(file.name, pickle.dumps(foreign))
        assert result_of() == DOUBLED
    cache.write(file.name, b"not a pickle")
    assert result_of() == DOUBLED
    record_property("found", (0, 9))


class Planted:
    """Unpickling it leaves a trace."""

    def __init__(self, trace):
        self.trace = str(trace)

    def __reduce__(self):
        return os.mkdir, (self.trace,)


@row
@compiler
@pytest.mark.skipif(os.name != "posix", reason="folder modes and owners exist on POSIX only")
def test_a_folder_that_others_can_write_to_is_neither_read_nor_written(
    tmp_path, kernels, monkeypatch, record_property
):
    assert result_of() == DOUBLED
    file = the_file_in(kernels)
    assert kernels.stat().st_mode & 0o777 == 0o700
    cache.write(file.name, pickle.dumps(Planted(tmp_path / "trace")))
    planted = file.read_bytes()

    def is_left_alone():
        assert result_of() == DOUBLED
        return not (tmp_path / "trace").exists() and file.read_bytes() == planted

    for mode in (0o777, 0o1777, 0o720, 0o702):
        kernels.chmod(mode)
        assert is_left_alone()
    kernels.chmod(0o700)
    with monkeypatch.context() as another_user:
        another_user.setattr(os, "getuid", lambda: kernels.stat().st_uid + 1)
        assert is_left_alone()
    assert not is_left_alone(), "in a private folder the planted file would have run"
    record_property("found", (0, 5))


STORM = """
import os, sys, time, numpy as np
from pathlib import Path
from minigrad.kernels import compiler, loops
from minigrad.kernels.kernel import Kernel

def triple(x):
    return 3.0 * x

base, me = Path(os.environ["BASE"]), int(os.environ["ME"])
for storm in range(3):
    os.environ["MINIGRAD_CACHE_DIR"] = str(base / f"kernels_{storm}")
    (base / f"ready_{storm}_{me}").touch()
    while len(list(base.glob(f"ready_{storm}_*"))) < 4:
        time.sleep(0.002)
    for dtype in [np.float32, np.float64][:: 1 if me % 2 else -1]:
        for parallel in (False, True)[: 1 + storm // 2]:
            arguments = (np.arange(999, dtype=dtype),), (), np.empty(999, dtype)
            Kernel(loops.forward, triple).compile(arguments, parallel)(*arguments)
            print(int((arguments[-1] != 3 * arguments[0][0]).sum()), end=" ")
"""


@row
@compiler
def test_four_processes_compile_the_same_kernels_at_once(tmp_path, start_python, record_property):
    for again in range(2):  # then with everything in the cache
        processes = [start_python(STORM, BASE=str(tmp_path), ME=str(me)) for me in range(4)]
        wrong = [output_of(process).split() for process in processes]
        assert wrong == [["0"] * 8] * 4
        counts = [len(list((tmp_path / f"kernels_{storm}").iterdir())) for storm in range(3)]
        assert counts == [2, 2, 4], again
    record_property("found", (0, 2 * 4 * 8))


def formula_from(source, **names):
    """The function `f` of a source text, with these globals."""
    exec(source, names)
    return names["f"]


@pytest.mark.parametrize(
    "before, after",
    [
        ("def f(x): return x + 1", "def f(x): return x + 1.0"),
        ("def f(x): return x + 1", "def f(x): return x + True"),
        ("def f(x): return x * 0.0", "def f(x): return x * -0.0"),
        ("def f(x): return x + 1", "def f(x): return x - 1"),
        ("def f(x): return abs(x)", "def f(x): return min(x)"),
        ("def f(x, a=1.0): return a", "def f(x, a=2.0): return a"),
        ("def f(x, *, a=1.0): return a", "def f(x, *, a=2.0): return a"),
        ("def g(x): return x\ndef f(x): return g(x)", "def g(x): return -x\ndef f(x): return g(x)"),
        ("a = 1.0\nf = lambda x: (lambda: a)()", "a = 2.0\nf = lambda x: (lambda: a)()"),
        ("def f(x): return x in {1, 2}", "def f(x): return x in {1, 3}"),
    ],
)
def test_an_edit_changes_the_fingerprint(before, after):
    first, second = formula_from(before), formula_from(after)
    assert cache.fingerprint(first) != cache.fingerprint(second)


def test_layout_of_the_file_and_names_that_are_not_read_do_not_change_the_fingerprint():
    first = formula_from("def f(x): return slope * x", slope=2.0, unread=1)
    second = formula_from("# moved\n\ndef f(x):\n    return slope * x  # here", slope=2.0, unread=2)
    assert cache.fingerprint(first) == cache.fingerprint(second)


def test_the_fingerprint_is_the_same_in_every_process(run_python):
    script = (
        "from minigrad.kernels.cache import fingerprint\n"
        "def f(x): return max(x, x in {'a', 'b', 'c', 'd'}, f)\n"
        "print(fingerprint(f, 1.5, len, int))"
    )
    assert run_python(script, PYTHONHASHSEED="1") == run_python(script, PYTHONHASHSEED="2")


def test_which_of_two_equal_names_is_called_is_in_the_fingerprint():
    def times(slope):
        def g(x):
            return slope * x

        return g

    def f(first, second, z):
        def both(x):
            return first(x) + second(x)

        return lambda x: both(x) * z(x)

    g, h = times(1.0), times(2.0)
    assert cache.fingerprint(f(g, h, g)) != cache.fingerprint(f(g, h, h))


def test_modules_that_import_each_other_have_a_fingerprint():
    from types import ModuleType

    a, b = ModuleType("a"), ModuleType("b")
    a.b, b.a, a.slope, b.slope = b, a, 1.0, 2.0

    def f(x):
        return a.slope * x + a.b.slope * x

    before = cache.fingerprint(formula_from("def f(x): return a.slope + b.slope * x", a=a, b=b))
    b.slope = 3.0
    after = cache.fingerprint(formula_from("def f(x): return a.slope + b.slope * x", a=a, b=b))
    assert before != after


numbers = st.integers() | st.floats() | st.booleans() | st.text(max_size=3)
values = st.recursive(numbers, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=6)


@given(values, values)
def test_only_equal_values_have_equal_fingerprints(a, b):
    source = "def f(x): return value"
    one, other = (cache.fingerprint(formula_from(source, value=v)) for v in (a, b))
    assert (one == other) == (repr(a) == repr(b))


@given(st.lists(st.floats(width=32), min_size=2), st.data())
def test_every_bit_of_an_array_is_in_the_fingerprint(numbers, data):
    array = np.array(numbers, np.float32)
    before = cache.fingerprint(array)
    bits = array.view(np.uint32)
    bits[data.draw(st.integers(0, len(bits) - 1))] ^= 1 << data.draw(st.integers(0, 31))
    assert cache.fingerprint(array) != before
