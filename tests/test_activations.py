"""Activations: values and slopes of every declared op against a textbook, run by mpmath.

float32 and float16 are correctly rounded but for a hundredth of an ulp; float64 is within 4 ulp,
and its slopes within 8.  The textbook itself is checked: its slopes are derivatives of its values.
"""

import math

import numpy as np
import oracle
import pytest
from mpmath import mp, mpf

from minigrad import Tensor, activations, elementwise, gradcheck, ops
from minigrad.sweep import textbook

compiler = pytest.mark.compiler
INF, NAN = math.inf, math.nan
ULPS = {np.float16: (0.500001, 0.500001), np.float32: (0.51, 0.51), np.float64: (4.0, 8.0)}
# Below the size from which a kernel is timed and may be compiled a second time, for all cores.
CHUNK = 16_000
BEYOND = mpf(10) ** 400  # stands for infinity, where only limits are left


def value_and_slopes(op, x, numbers=(), gy=1.0):
    """f(x) and its slope by every input, by way of backward."""
    leaves = [Tensor(a, requires_grad=True) for a in x]
    y = op(*leaves, *numbers)
    y.backward(np.full(y.shape, gy, y.dtype))
    return y.data, *(leaf.grad for leaf in leaves)


def variants():
    """(op, learned inputs, numbers as a user gives them): defaults first, then others."""
    for op in activations.every().values():
        given = textbook.NUMBERS.get(op.name, [])
        if op.declaration.default_numbers() is not None:
            given = [(), *given]
        for learned in textbook.LEARNED.get(op.name, [()]):
            for numbers in given:
                words = ",".join(map(str, (*learned, *numbers)))
                yield pytest.param(op, learned, numbers, id=f"{op.name}({words})")


OPS = [*oracle.elementwise_ops().values()]
VARIANTS = [*variants()]
EVERY_VARIANT = pytest.mark.parametrize("op, learned, numbers", VARIANTS)


def names(op):
    """The value's name in the textbook, and those of all slopes, in the op's order."""
    return [op.name, *(op.partials[k].name for k in op.declaration.inputs)]


def filled(x, learned):
    return [x, *(np.full_like(x, a) for a in learned)]


def points(op, numbers, dtype, seed=0):
    """200 numbers where formulas bend and tails end, and special ones; no infinity."""
    rng = np.random.default_rng(seed)
    limits = np.finfo(dtype)
    random = [
        rng.normal(0, 3, 80), rng.uniform(-40, 40, 50), rng.uniform(-760, -690, 15),
        rng.uniform(690, 760, 5), rng.uniform(-28, -10, 20), rng.uniform(-38.9, -37, 10),
        rng.normal(0, 1, 20) * 10.0 ** rng.integers(-37, 30, 20),
    ]  # fmt: skip
    sizes = [0, limits.smallest_subnormal, 3 * limits.smallest_subnormal, limits.smallest_normal]
    sizes += [limits.max, limits.eps, 1, 1e-3, 87.33, 88.72, 88.73, 103.97, 103.98, 709.78, 745.13]
    kinks = [p for which in ("kinks", "jumps") for p in op.declaration.points(which, numbers)]
    kinks = np.array([p for p in kinks if abs(p) < INF], dtype)
    below, above = np.nextafter(kinks, dtype(-INF)), np.nextafter(kinks, dtype(INF))
    with np.errstate(all="ignore"):
        x = np.concatenate([*random, sizes, np.negative(sizes), below, kinks, above]).astype(dtype)
    return x[np.isfinite(x)]


def errors(op, learned, numbers, x):
    """The largest error of the value and of each slope against mpmath, in ulp, and where."""
    numbers_used = oracle.used(op, numbers)
    inputs = filled(x, learned)
    fixed = [np.full(x.size, n) for n in numbers_used]
    got = value_and_slopes(op, inputs, numbers)
    exact = [oracle.exact(op), *(oracle.exact_slope(op, k) for k in op.declaration.inputs)]
    for name, values, f in zip(names(op), got, exact, strict=True):
        term = 0.0
        if name in textbook.LARGEST_TERM:
            with np.errstate(all="ignore"):
                term = textbook.LARGEST_TERM[name](x.astype(float), *learned, *numbers_used)
        yield name, *oracle.worst(values, f, *inputs, *fixed, term=term)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@EVERY_VARIANT
def test_values_and_slopes_agree_with_mpmath(op, learned, numbers, dtype):
    x = points(op, oracle.used(op, numbers), dtype)
    for name, error, where in errors(op, learned, numbers, x):
        assert error <= ULPS[dtype][name != op.name], f"{name} {where}"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", textbook.LEARNED)
def test_learned_inputs_of_all_sizes_agree_with_mpmath(name, dtype):
    op, rng = activations.every()[name], np.random.default_rng(11)
    x, *learned = rng.normal(0, 2, (len(op.declaration.inputs), 200)).astype(dtype)
    if name == "pelu":
        learned = [np.abs(a) + dtype(0.1) for a in learned]
    got = value_and_slopes(op, [x, *learned])
    exact = [oracle.exact(op), *(oracle.exact_slope(op, k) for k in op.declaration.inputs)]
    for part, values, f in zip(names(op), got, exact, strict=True):
        term = 0.0
        if part in textbook.LARGEST_TERM:
            wide = [a.astype(float) for a in (x, *learned)]
            term = textbook.LARGEST_TERM[part](*wide)
        error, where = oracle.worst(values, f, x, *learned, term=term)
        assert error <= ULPS[dtype][part != name], f"{part} {where}"


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@EVERY_VARIANT
def test_values_and_slopes_at_infinity_are_limits(op, learned, numbers, dtype):
    x = np.array([-INF, INF], dtype)
    got = value_and_slopes(op, filled(x, learned), numbers)
    exact = [oracle.exact(op), *(oracle.exact_slope(op, k) for k in op.declaration.inputs)]
    for name, values, f in zip(names(op), got, exact, strict=True):
        with mp.workdps(50):
            limits = [
                f(s * BEYOND, *map(mpf, (*learned, *oracle.used(op, numbers)))) for s in (-1, 1)
            ]
        want = np.array([NAN, NAN] if op.name in textbook.PERIODIC else [float(v) for v in limits])
        assert (oracle.ulps(values, want) <= 1).all(), f"{name}: {values}, limits {want}"


@EVERY_VARIANT
def test_zero_has_no_sign_where_a_formula_is_flat(op, learned, numbers):
    x = np.array([0.0, -INF, -50.0, -5.0, 5.0, 50.0])
    got = value_and_slopes(op, filled(x, learned), numbers)
    for name, values in zip(names(op), got, strict=True):
        assert not (np.signbit(values) & (values == 0)).any(), f"{name}: {values}"


NANS = [np.array([p], np.uint16).view(np.float16) for p in (0x7C01, 0x7E00, 0x7FFF, 0xFC01)]


@EVERY_VARIANT
def test_every_kind_of_nan_stays_nan(op, learned, numbers):
    x = np.concatenate(NANS)
    for dtype in (np.float16, np.float32, np.float64):
        y, gx, *_ = value_and_slopes(op, filled(x.astype(dtype), learned), numbers)
        assert np.isnan(y).all() and np.isnan(gx).all()


def fast(op, learned, numbers):
    """Name and float64 reference of the value and of each slope."""
    arguments = (*learned, *oracle.used(op, numbers))
    for name in names(op):
        yield name, lambda x, name=name: textbook.FORMULAS[name](textbook.FAST, x, *arguments)


def sweep(op, learned, numbers, dtype, step, chunk=CHUNK):
    """The largest error of the value and of each slope over one in `step` of all numbers."""
    found = {name: (0.0, "") for name in names(op)}
    patterns = oracle.bit_patterns(dtype, step)
    patterns = patterns[np.isfinite(patterns)]
    for start in range(0, patterns.size, chunk):
        x = patterns[start : start + chunk]
        wide = x.astype(np.float64)
        with np.errstate(all="ignore"):
            got = value_and_slopes(op, filled(x, learned), numbers)
            for (name, f), values in zip(fast(op, learned, numbers), got, strict=True):
                want = np.broadcast_to(f(wide), wide.shape)
                error = oracle.ulps(values, want)
                i = int(np.argmax(error))
                where = f"{name} at {x[i]!r}: {values[i]!r}, exact {want[i]!r}"
                found[name] = max(found[name], (float(error[i]), where))
    return found


@compiler
@EVERY_VARIANT
def test_values_and_slopes_are_within_half_an_ulp(op, learned, numbers, step=32_749):
    for error, where in sweep(op, learned, numbers, np.float32, step).values():
        assert error <= 0.51, where


@compiler
@pytest.mark.slow
@EVERY_VARIANT
def test_values_and_slopes_are_within_half_an_ulp_at_8_million_points(op, learned, numbers):
    for error, where in sweep(op, learned, numbers, np.float32, 509, 1 << 20).values():
        assert error <= 0.51, where


@compiler
@EVERY_VARIANT
def test_every_float16_is_correctly_rounded(op, learned, numbers):
    for error, where in sweep(op, learned, numbers, np.float16, 1).values():
        assert error <= 0.500001, where


@EVERY_VARIANT
def test_the_fast_reference_agrees_with_mpmath(op, learned, numbers):
    numbers_used = oracle.used(op, numbers)
    x = points(op, numbers_used, np.float32, seed=1)
    fixed = [np.full(x.size, a) for a in (*learned, *numbers_used)]
    for name, f in fast(op, learned, numbers):
        with np.errstate(all="ignore"):
            wide = np.broadcast_to(f(x.astype(np.float64)), x.shape).astype(np.float64)
            term = 0.0
            if name in textbook.LARGEST_TERM:
                term = textbook.LARGEST_TERM[name](x.astype(float), *learned, *numbers_used)
        seen = (np.abs(wide) > 1e-100) & (np.abs(wide) < 1e100)  # else 0 or infinite in float32
        exact = textbook.FORMULAS[name]
        error, where = oracle.worst(
            wide[seen], lambda *a, f=exact: mpf(f(textbook.EXACT, *a)), x[seen],
            *(a[seen] for a in fixed), term=term if np.ndim(term) == 0 else term[seen],
        ) if seen.any() else (0, "")  # fmt: skip
        # to a millionth of a float32's spacing
        assert error * 2.0**-29 < 1e-6, f"{name} {where}"


@EVERY_VARIANT
def test_the_slopes_of_the_textbook_are_derivatives_of_its_values(op, learned, numbers):
    x = np.random.default_rng(6).normal(0, 3, 12)
    fixed = [mpf(a) for a in (*learned, *oracle.used(op, numbers))]
    for k, name in enumerate(names(op)[1:]):
        for a in map(mpf, x):
            inputs = [a, *fixed]

            def along(t, k=k, inputs=inputs):
                return textbook.VALUES[op.name](textbook.EXACT, *inputs[:k], t, *inputs[k + 1 :])

            with mp.workdps(40):
                want = mp.diff(along, inputs[k])
                got = mpf(textbook.SLOPES[name](textbook.EXACT, *inputs))
                assert abs(got - want) < mpf(10) ** -15 * (1 + abs(want)), (name, a, got, want)


def test_the_textbook_has_every_activation_and_nothing_else():
    declared = activations.every().values()
    assert set(textbook.FORMULAS) == {name for op in declared for name in names(op)}
    least = {op.name: len([v for v in VARIANTS if v.values[0] is op]) for op in declared}
    takes_something = [
        op for op in declared if op.declaration.numbers or op.name in textbook.LEARNED
    ]
    assert all(least[op.name] >= 3 or op.name == "gelu" for op in takes_something)


@pytest.mark.parametrize("name", activations.every())
def test_gradcheck_finds_nothing_wrong(name):
    numbers = {"threshold": {"threshold": 0.5, "default_value": -1.0}}.get(name, {})
    assert gradcheck(activations.every()[name], **numbers)


# The checkers are checked


@elementwise()
def coarse(x):
    return np.float32(1.0) * x


@coarse.partial("x")
def dcoarse_dx(x):
    return 1.0000001


@pytest.fixture
def coarse_textbook(monkeypatch):
    monkeypatch.setitem(textbook.FORMULAS, "coarse", lambda m, x: x)
    monkeypatch.setitem(textbook.FORMULAS, "dcoarse_dx", lambda m, x: 1 + 0 * x)
    monkeypatch.setitem(textbook.SLOPES, "dcoarse_dx", lambda m, x: 1 + 0 * x)


def test_the_sweep_sees_a_float32_constant(coarse_textbook):
    found = sweep(coarse, (), (), np.float32, 1_000_003)
    assert found["coarse"][0] == 0.0
    assert found["dcoarse_dx"][0] > 0.51


def test_mpmath_sees_a_float32_constant(coarse_textbook):
    found = {
        name: error for name, error, _ in errors(coarse, (), (), points(coarse, (), np.float64))
    }
    assert found["coarse"] == 0.0 and found["dcoarse_dx"] > 8


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "op", [op for op in OPS if op.name not in textbook.VALUES], ids=lambda o: o.name
)
def test_arithmetic_agrees_with_mpmath(op, dtype):
    rng = np.random.default_rng(5)
    inputs = [rng.normal(0, 3, 200).astype(dtype) for _ in op.declaration.inputs]
    if op.name in ("log", "pow"):
        inputs[0] = np.abs(inputs[0])
    numbers = oracle.numbers_of(op)
    got = value_and_slopes(op, inputs, numbers)
    exact = [oracle.exact(op), *(oracle.exact_slope(op, name) for name in op.declaration.inputs)]
    fixed = [np.full(200, n) for n in numbers]
    bound = 0.51 if dtype == np.float32 else 20.0  # pow: y - 1 is rounded, times log(x)
    for values, f in zip(got, exact, strict=True):
        error, where = oracle.worst(values, f, *inputs, *fixed)
        assert error <= bound, where


@pytest.mark.parametrize("gy", [INF, -INF])
@pytest.mark.parametrize(
    "name, x", [("relu", -1.0), ("relu", 0.0), ("tanh", INF), ("sigmoid", -INF), ("elu", -INF)]
)
def test_a_slope_of_zero_passes_nothing_back_even_from_infinity(name, x, gy):
    _, gx = value_and_slopes(activations.every()[name], [np.array([x], np.float32)], gy=gy)
    assert oracle.bits(gx) == oracle.bits(np.zeros(1, np.float32))


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_nan_in_is_nan_out(op):
    for k in range(len(op.declaration.inputs)):
        x = [np.array([2.0], np.float32) for _ in op.declaration.inputs]
        x[k][:] = NAN
        y, *slopes = value_and_slopes(op, x, oracle.numbers_of(op))
        read = [k in s.operands for s in op.slopes]
        assert np.isnan(y).all()
        for slope, reads in zip(slopes, read, strict=True):
            assert np.isnan(slope).all() == reads


def exact_sums(x, gy):
    """The sums over rows of the part of x below 0 times gy, correctly rounded to float64."""
    products = np.where(x > 0, 0.0, x.astype(np.float64)) * gy
    return np.array([math.fsum(column) for column in products.T])


@compiler
@pytest.mark.parametrize("rows, features", [(128, 512), (2000, 64), (1, 5), (65, 3), (20_000, 4)])
def test_the_gradient_of_alpha_is_within_one_ulp(rows, features):
    rng = np.random.default_rng(rows)
    x = rng.normal(size=(rows, features)).astype(np.float32)
    gy = rng.normal(size=(rows, features)).astype(np.float32)
    x[:, 0] *= np.float32(2.0) ** rng.integers(-60, 60, rows)  # sizes far apart
    alpha = Tensor(np.full(features, 0.25, np.float32), requires_grad=True)
    activations.prelu(Tensor(x), alpha).backward(gy)
    assert oracle.ulps(alpha.grad, exact_sums(x, gy)).max() <= 1.0


@compiler
def test_the_gradient_of_alpha_survives_cancellation():
    rng = np.random.default_rng(2)
    x = -np.abs(rng.normal(size=(1000, 16))).astype(np.float32)
    gy = rng.normal(size=(1000, 16)).astype(np.float32)
    # the second half undoes the first, but for a millionth: six of sixteen digits are lost
    x[500:], gy[500:] = x[:500], -gy[:500]
    gy[999] *= np.float32(1 + 1e-6)
    x[998], gy[998] = -1e-6, 1.0
    alpha = Tensor(np.full(16, 0.25, np.float32), requires_grad=True)
    activations.prelu(Tensor(x), alpha).backward(gy)
    assert oracle.ulps(alpha.grad, exact_sums(x, gy)).max() <= 1.0


@compiler
def test_the_gradient_of_one_alpha_for_all_is_within_one_ulp():
    rng = np.random.default_rng(3)
    x, gy = rng.normal(size=(2, 999, 333)).astype(np.float32)
    alpha = Tensor(np.float32(0.25), requires_grad=True)
    activations.prelu(Tensor(x), alpha).backward(gy)
    want = exact_sums(x.reshape(-1, 1), gy.reshape(-1, 1))
    assert oracle.ulps(alpha.grad.reshape(1), want).max() <= 1.0


@compiler
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_sum_and_mean_of_three_million_are_within_one_ulp(axis):
    rng = np.random.default_rng(4)
    x = (rng.normal(1e-3, 1.0, (3000, 1000))).astype(np.float32)
    lines = {None: [x.ravel()], 0: x.T, 1: x}[axis]
    exact = np.array([math.fsum(line.tolist()) for line in lines])
    terms = x.size // exact.size
    assert oracle.ulps(ops.sum(x, axis=axis).data.reshape(-1), exact).max() <= 1.0
    assert oracle.ulps(ops.mean(x, axis=axis).data.reshape(-1), exact / terms).max() <= 1.0


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name, numbers", [("silu", ()), ("gelu", (0,)), ("gelu", (1,))])
def test_the_slope_of_a_gate_is_a_half_at_0(name, numbers, dtype):
    x = Tensor(np.array([0.0, -0.0], dtype), requires_grad=True)
    activations.every()[name](x, *numbers).backward(np.ones(2))
    assert x.grad.tolist() == [0.5, 0.5]


def test_learned_swish_with_a_beta_of_0_has_a_slope_of_a_half_everywhere():
    x = Tensor(np.array([-3.0, 0.0, 5.0]), requires_grad=True)
    activations.learned_swish(x, 0.0).backward(np.ones(3))
    assert x.grad.tolist() == [0.5] * 3
