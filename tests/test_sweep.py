"""The sweep: errors counted as mpmath counts them, wrong formulas found, stopped and resumed."""

from dataclasses import replace

import numpy as np
import oracle
import pytest
from mpmath import mp, mpf

import minigrad as mg
from minigrad import activations, receipts
from minigrad.__main__ import main
from minigrad.kernels.mathematics import INFINITY, exp, expm1
from minigrad.sweep import command, running, tally, textbook
from minigrad.sweep.part import Part, forward, parts, settings
from minigrad.sweep.tally import LABELS, NOISE, Counter, Tally, exact_error

compiler = pytest.mark.compiler
EVERY = activations.every()
JOBS = command.jobs(EVERY)
STEP = 1_000_003  # one in so many of all float32 numbers
SAMPLE = range(0, 2**32, STEP)


def floats(patterns):
    return np.array(patterns, np.uint32).view(np.float32)


def sample(rng, n):
    """Numbers of all sizes, and those where float32 results are neither 0 nor 1."""
    patterns = rng.integers(0, 2**32, n, dtype=np.uint32).view(np.float32)
    x = np.concatenate([patterns, rng.normal(0, 3, n // 2), rng.uniform(-106, 106, n // 2)])
    return x[np.isfinite(x)].astype(np.float32)


def part_of(formula, reference, exact, run=None):
    """A formula beside what is right."""
    return Part(formula.__name__, run or forward(formula, (), ()), reference, exact)


def swept(part, patterns=SAMPLE):
    """The tally of one part, with mpmath's judgement."""
    (found,) = Counter([part]).tallies(patterns)
    found.judge(part)
    return found


def test_every_activation_is_swept_with_three_settings_and_defaults_first():
    assert [job.op.name for job in JOBS[: len(EVERY)]] == list(EVERY)
    for op in EVERY.values():
        found = settings(op)
        adjustable = op.declaration.numbers or op.declaration.inputs[1:]
        assert len(found) == (2 if op.name == "gelu" else 3 if adjustable else 1), op
        if (numbers := op.declaration.default_numbers()) is not None:
            assert found[0].numbers == numbers
        assert [p.name for p in parts(op, found[0])] == [
            op.name, *(op.partials[n].name for n in op.declaration.inputs)
        ]  # fmt: skip


@pytest.mark.parametrize("op", EVERY.values(), ids=str)
def test_what_is_swept_is_what_float32_results_are_computed_by(op):
    x, *learned = [mg.Tensor(np.full(3, 0.5, np.float32))] * len(op.declaration.inputs)
    numbers = settings(op)[0].numbers
    with mg.no_grad():
        op(x, *learned, *numbers)
    for part, swept in zip((op, *op.partials.values()), op.formulas_for_float32(), strict=True):
        assert swept is part.formula.for_results_of(np.dtype(np.float32))
    used = {k.formula for key, k in op.formula._kernels.items() if np.dtype(np.float32) in key}
    assert used == {op.formulas_for_float32()[0]}


@compiler
@pytest.mark.parametrize(
    "name, zero", [("gelu", -0.7517915), ("silu", -1.2784645), ("mish", -1.1924313)]
)
def test_slopes_are_exact_around_their_zeros_where_terms_cancel(name, zero):
    _, slope = parts(EVERY[name], settings(EVERY[name])[0])
    middle = int(np.float32(zero).view(np.uint32))
    around = floats([*range(middle - 30, middle + 30)])
    assert len(np.unique(np.sign([float(slope.exact(mpf(float(x)))) for x in around]))) == 2
    assert max(exact_error(slope, float(x)) for x in around) < 0.51


def errors_of_the_reference(part, x):
    """By how many float32 spacings the textbook in float64 is off, where it is not in doubt."""
    wide = x.astype(np.float64)
    with np.errstate(all="ignore"):
        want = np.array(np.broadcast_to(part.reference(wide), x.shape), np.float64)
        term = 0.0 if part.term is None else part.term(wide)
        sure = ~(np.abs(want) < tally.CANCELLED * term)
    with mp.workdps(60):
        exact, rest = oracle.in_two((mpf(part.exact(mpf(float(v)))) for v in x[sure]), np.float32)
    top = tally.OVERFLOW
    want, exact = np.clip(want[sure], -top, top), np.clip(exact, -top, top)
    return np.abs((want - exact) / oracle.spacing(exact, np.float32) - rest)


@pytest.mark.parametrize("job", JOBS, ids=str)
def test_the_larger_of_two_terms_that_cancel_is_below_its_bound(job):
    with np.errstate(all="ignore"):
        x = np.concatenate([np.linspace(-50, 50, 2001), floats(SAMPLE).astype(float)])
        for part in parts(job.op, job.setting):
            assert part.term is None or not (part.term(x) > part.bound).any(), part.name


@pytest.mark.parametrize("job", JOBS, ids=str)
def test_the_textbook_in_float64_is_within_its_bound(job, n=30):
    x = sample(np.random.default_rng(7), n)
    for part in parts(job.op, job.setting):
        assert errors_of_the_reference(part, x).max() < NOISE, part.name


@pytest.mark.slow
@pytest.mark.parametrize("job", JOBS, ids=str)
def test_the_textbook_in_float64_is_within_its_bound_at_many_points(job):
    test_the_textbook_in_float64_is_within_its_bound(job, 3000)


def test_a_reference_in_float32_is_not_within_the_bound():
    def coarse(x):
        return np.exp(x.astype(np.float32)).astype(np.float64)

    part = part_of(exp, coarse, mp.exp)
    x = np.random.default_rng(7).normal(0, 3, 100).astype(np.float32)
    assert errors_of_the_reference(part, x).max() > 0.1


@compiler
@pytest.mark.parametrize("name", ["squared_relu", "selu", "silu"])
def test_errors_are_counted_as_mpmath_counts_them(name):
    op, few_inputs = EVERY[name], SAMPLE[::10]
    x = floats(few_inputs)
    for part in parts(op, settings(op)[0]):
        exact = np.array([exact_error(part, v) for v in x.tolist()])
        found = swept(part, few_inputs)
        assert abs(found.worst - exact.max()) < NOISE
        # an error of nearly nothing may be nothing in float64
        counted = np.searchsorted(tally.EDGES[1:], exact + 1e-12)
        few = sum(found.counts[:2]), *found.counts[2:]
        assert np.abs(few - np.bincount(counted, minlength=len(few))).sum() <= 2, part.name
        assert sum(found.counts) == x.size


def naive_expm1(x):
    """exp(x) - 1 in float32, which cancels."""
    return np.float32(np.float32(exp(x)) - np.float32(1.0))


def wrong_at_infinity(x):
    return x if x < INFINITY else 0.0


@compiler
def test_a_formula_that_cancels_is_found_with_its_worst_input():
    right = {"reference": np.expm1, "exact": mp.expm1}
    found = swept(part_of(naive_expm1, **right))
    x = floats(SAMPLE)
    x = x[np.isfinite(x)]
    got = np.empty_like(x)
    forward(naive_expm1, (), ())(x, got)
    error, where = oracle.worst(got, mp.expm1, x)
    assert found.worst > 0.51 and found.worst == pytest.approx(error, rel=1e-12)
    assert where.startswith(f"at [{found.at}]")
    assert sum(found.counts[LABELS.index("1") :]) > x.size / 4
    assert swept(part_of(expm1, **right)).worst <= 0.5 + NOISE


def fills_with_0(x, out):
    out.fill(0.0)


@pytest.mark.parametrize(
    "run", [fills_with_0, forward(wrong_at_infinity, (), ())], ids=["nan", "infinity"]
)
def test_what_is_wrong_at_nan_or_infinity_only_is_found(run):
    """The largest number, infinity, two kinds of nan."""
    last = range(0x7F7FFFFF if run is not fills_with_0 else 0x7F800001, 0x7F800003)
    identity = {"reference": lambda x: x, "exact": lambda x: x}
    assert swept(part_of(wrong_at_infinity, **identity, run=run), last).worst > 1e6
    right = swept(part_of(wrong_at_infinity, **identity, run=lambda x, y: np.copyto(y, x)), last)
    assert right.worst == 0 and right.histogram() == {"0": len(last)}


def test_where_terms_cancel_mpmath_judges():
    op = EVERY["silu"]
    (part,) = [p for p in parts(op, settings(op)[0]) if p.name == "dsilu_dx"]
    zero = int(np.float32(-1.27846454276107).view(np.uint32))
    found = swept(part, range(zero - 100, zero + 100))
    assert found.judged == 200 and found.worst <= 0.51
    shifted = swept(replace(part, run=fills_with_0), range(zero - 100, zero + 100))
    assert shifted.judged == 200 and shifted.worst > 1e6


# Stopped, and gone on with


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Sweeps of 6 blocks of 1,000 numbers, with receipts and progress in a folder of their own."""
    monkeypatch.setattr(running, "BLOCK", 1000)
    monkeypatch.setattr(running, "BLOCKS", 6)
    monkeypatch.setattr(command, "BLOCKS", 6)
    monkeypatch.setattr(running, "PIECE", 300)
    monkeypatch.setattr(running, "folder", lambda: tmp_path / "sweeps")
    monkeypatch.setattr(receipts, "FOLDER", tmp_path)
    return tmp_path


def without_time(found):
    return [replace(r, seconds=0.0, date="") for r in found]


@compiler
def test_a_sweep_that_was_stopped_goes_on_and_finds_the_same(small, monkeypatch):
    job, seen = JOBS[0], []
    whole = running.sweep(job, 1, seen.append)
    assert seen == [0, 1, 2, 3, 4, 5, 6] and sum(whole[0].histogram.values()) == 6000
    assert not list((small / "sweeps").iterdir())

    def stop_at_4(done):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        running.sweep(job, 2, stop_at_4)
    measured = []
    original = Counter.tallies
    monkeypatch.setattr(
        Counter, "tallies", lambda self, r: measured.append(r.start) or original(self, r)
    )
    again = running.sweep(job, 2, lambda done: None)
    assert min(measured) == 4000
    assert without_time(again) == without_time(whole)
    assert without_time(receipts.read("relu")) == without_time(whole)


@compiler
def test_what_is_kept_of_a_sweep_is_not_used_for_other_code_or_numbers(small, monkeypatch):
    first, other = (running.progress_file(job, running.digests(job.op)) for job in JOBS[:2])
    assert first != other
    now = running.digests(JOBS[0].op)
    changed = running.progress_file(JOBS[0], now | {"relu": "0"})
    assert changed != first
    first.parent.mkdir(parents=True)
    first.write_text('{"done": 3')  # cut off
    assert running.progress(first, 2) == (0, 0.0, [Tally(), Tally()])


@compiler
def test_the_command_sweeps_what_is_missing_and_stale_and_nothing_else(small, capsys):
    assert main(["sweep", "--list", "relu6"]) == 0
    assert "0 current, 0 stale, 1 missing" in capsys.readouterr().out
    assert main(["sweep", "relu6"]) == 0
    assert "drelu6_dx of relu6(): at most 0 ulp, 6,000 inputs" in capsys.readouterr().out
    assert main(["sweep", "relu6"]) == 0
    assert "nothing to do: 1 receipts are current" in capsys.readouterr().out
    file = small / "relu6.json"
    file.write_text(file.read_text().replace('"digest": "', '"digest": "0'))
    assert main(["sweep", "--list", "relu6"]) == 0
    assert "0 current, 1 stale, 0 missing" in capsys.readouterr().out
    assert main(["sweep", "relu6"]) == 0
    assert len(receipts.read("relu6")) == 2
    assert JOBS[list(EVERY).index("relu6")].state()[0] == receipts.CURRENT


@compiler
def test_the_command_fails_where_a_formula_is_wrong(small, capsys, monkeypatch):
    monkeypatch.setitem(textbook.FORMULAS, "relu6", lambda m, x: x + 1)
    assert main(["sweep", "relu6"]) == 2
    assert "sweep: off by more than 0.51 ulp: relu6\n" in capsys.readouterr().err


@compiler
def test_ctrl_c_ends_the_command_with_one_line(small, capsys, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "keep", stopped)
    assert main(["sweep", "relu6"]) == 2
    assert "sweep: stopped in relu6(); the same command goes on" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options, words",
    [(["nope"], "'nope' given; there are relu"), (["relu", "--cores", "0"], "give 1 or more")],
)
def test_bad_options_end_with_one_line(options, words, capsys):
    assert main(["sweep", *options]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1


def test_without_mpmath_the_command_says_what_to_install(run_python):
    script = "import sys; sys.modules['mpmath'] = None\nfrom minigrad.__main__ import main\n"
    printed = run_python(script + "sys.stderr = sys.stdout; main(['sweep', '--list'])")
    assert "sweep: needs mpmath; run pip install -e '.[sweep]'" in printed


def test_without_the_compiler_a_sweep_is_refused(monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    with pytest.raises(ValueError, match="NUMBA_DISABLE_JIT is set; unset it"):
        running.sweep(JOBS[0], 1, print)
