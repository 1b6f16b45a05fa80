"""Activations: value and slopes of every declared op, correctly rounded but for a hundredth ulp."""

import math

import numpy as np
import oracle
import pytest

from minigrad import Tensor, activations, elementwise, ops

compiler = pytest.mark.compiler
INF, NAN = math.inf, math.nan
TINY = float(np.finfo(np.float32).smallest_subnormal)
ULPS = 0.51
CHUNK = 1 << 20

# The numbers with which an op is tested besides its defaults.
NUMBERS = {"elu": [(1.0,), (2.0,), (0.0,), (-0.5,)]}
SLOPES = [0.25, 0.0, 1.5]  # prelu's alpha


def value_and_slopes(op, x, numbers=(), gy=1.0):
    """f(x) and its slope by every input, by way of backward."""
    leaves = [Tensor(a, requires_grad=True) for a in x]
    y = op(*leaves, *numbers)
    y.backward(np.full(y.shape, gy, y.dtype))
    return y.data, *(leaf.grad for leaf in leaves)


def variants():
    """(op, other inputs, numbers) for every activation."""
    for op in activations.every().values():
        others = [()] if len(op.declaration.inputs) == 1 else [(a,) for a in SLOPES]
        for other in others:
            for numbers in NUMBERS.get(op.name, [oracle.numbers_of(op)]):
                yield pytest.param(op, other, numbers, id=f"{op.name}{[*other, *numbers]}")


OPS = [*oracle.elementwise_ops().values()]
VARIANTS = [*variants()]


def references(op, other, numbers):
    """The fast reference of the value and of every slope, in the order of `value_and_slopes`."""

    def of(name):
        fast = oracle.FAST.get(name)
        return name, lambda x: fast(x, *other, *numbers) if fast else None

    return [of(name) for name in (op.name, *(op.partials[k].name for k in op.declaration.inputs))]


def filled(x, other):
    return [x, *(np.full_like(x, a) for a in other)]


def interesting(dtype, count, seed=0):
    """Random bit patterns, the neighbours of 0, and where float32 over- or underflows."""
    rng = np.random.default_rng(seed)
    unsigned = np.dtype(f"u{np.dtype(dtype).itemsize}")
    x = rng.integers(0, np.iinfo(unsigned).max, count, unsigned, endpoint=True).view(dtype)
    near = [2.0**-k for k in range(60)] + [87.33, 88.72, 88.73, 103.97, 103.98, 16.6, 9.01, 17.32]
    limits = np.finfo(dtype)
    near += [limits.smallest_subnormal, limits.smallest_normal, limits.max]
    x = np.concatenate([x, near, np.negative(near), rng.normal(0, 5, count)]).astype(dtype)
    return x[np.isfinite(x)]


@pytest.mark.parametrize("op, other, numbers", VARIANTS)
def test_the_fast_reference_agrees_with_mpmath(op, other, numbers):
    x = interesting(np.float32, 150)
    slopes = [oracle.exact_slope(op, name) for name in op.declaration.inputs]
    for (name, fast), f in zip(
        references(op, other, numbers), [oracle.exact(op), *slopes], strict=True
    ):
        if fast(x.astype(np.float64)) is None:
            pytest.skip(f"{name} has no fast reference")
        wide = fast(x.astype(np.float64))
        others = [np.full(x.size, a) for a in (*other, *numbers)]
        error, where = oracle.worst(wide, f, x, *others)
        # to a millionth of a float32's spacing; where float64 underflows, float32 is 0 long before
        small = np.abs(wide) < 1e-300
        if small.any():
            error, where = oracle.worst(wide[~small], f, x[~small], *(o[~small] for o in others))
        assert error * 2.0**-29 < 1e-6, f"{name} {where}"


def sweep(op, other, numbers, dtype, step):
    """The largest error of the value and of each slope over one in `step` of all numbers."""
    found = {name: (0.0, "") for name, _ in references(op, other, numbers)}
    patterns = oracle.bit_patterns(dtype, step)
    for start in range(0, patterns.size, CHUNK):
        x = patterns[start : start + CHUNK]
        x = x[np.isfinite(x)]
        if not x.size:
            continue
        wide = x.astype(np.float64)
        with np.errstate(all="ignore"):
            got = value_and_slopes(op, filled(x, other), numbers)
            for (name, fast), values in zip(references(op, other, numbers), got, strict=True):
                want = fast(wide)
                if want is None:
                    continue
                error = oracle.ulps(values, want)
                i = int(np.argmax(error))
                where = f"{name} at {x[i]!r}: {values[i]!r}, exact {want[i]!r}"
                found[name] = max(found[name], (float(error[i]), where))
    return found


@compiler
@pytest.mark.parametrize("op, other, numbers", VARIANTS)
def test_values_and_slopes_are_within_half_an_ulp(op, other, numbers, step=4_093):
    for error, where in sweep(op, other, numbers, np.float32, step).values():
        assert error <= ULPS, where


@compiler
@pytest.mark.slow
@pytest.mark.parametrize("op, other, numbers", VARIANTS)
def test_values_and_slopes_are_within_half_an_ulp_at_8_million_points(op, other, numbers):
    test_values_and_slopes_are_within_half_an_ulp(op, other, numbers, step=509)


@compiler
@pytest.mark.parametrize("op, other, numbers", VARIANTS)
def test_every_float16_is_correctly_rounded(op, other, numbers):
    for error, where in sweep(op, other, numbers, np.float16, 1).values():
        assert error <= 0.500001, where


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_every_op_agrees_with_mpmath(op, dtype):
    rng = np.random.default_rng(5)
    inputs = [rng.normal(0, 3, 200).astype(dtype) for _ in op.declaration.inputs]
    if op.name in ("log", "pow"):
        inputs[0] = np.abs(inputs[0])
    numbers = oracle.numbers_of(op)
    got = value_and_slopes(op, inputs, numbers)
    exact = [oracle.exact(op), *(oracle.exact_slope(op, name) for name in op.declaration.inputs)]
    fixed = [np.full(200, n) for n in numbers]
    bound = ULPS if dtype == np.float32 else 20.0  # pow: y - 1 is rounded, times log(x)
    for values, f in zip(got, exact, strict=True):
        error, where = oracle.worst(values, f, *inputs, *fixed)
        assert error <= bound, where


def test_the_sweep_sees_a_float32_exponential():
    @elementwise()
    def coarse(x):
        return np.float32(1.0) * x

    @coarse.partial("x")
    def dcoarse_dx(x):
        return 1.0000001

    oracle.FAST["coarse"], oracle.FAST["dcoarse_dx"] = lambda x: x, lambda x: np.ones_like(x)
    try:
        found = sweep(coarse, (), (), np.float32, 1_000_003)
    finally:
        del oracle.FAST["coarse"], oracle.FAST["dcoarse_dx"]
    assert found["coarse"][0] == 0.0
    assert found["dcoarse_dx"][0] > ULPS


# x, value, and the slopes by x and, where there is one, by alpha
TABLES = {
    ("relu", (), ()): [
        (NAN, NAN, NAN), (INF, INF, 1), (-INF, 0, 0), (0.0, 0, 0), (-0.0, 0, 0), (TINY, TINY, 1),
        (-TINY, 0, 0), (3.0, 3, 1), (-3.0, 0, 0),
    ],
    ("elu", (), (1.0,)): [
        (NAN, NAN, NAN), (INF, INF, 1), (-INF, -1, 0), (0.0, 0, 1), (-0.0, 0, 1), (TINY, TINY, 1),
        (-TINY, -TINY, 1), (-800.0, -1, 0),
    ],
    ("elu", (), (2.0,)): [
        (NAN, NAN, NAN), (INF, INF, 1), (-INF, -2, 0), (0.0, 0, 2), (-0.0, 0, 2), (TINY, TINY, 1),
        (-TINY, -2 * TINY, 2),
    ],
    ("elu", (), (0.0,)): [
        (NAN, NAN, NAN), (INF, INF, 1), (-INF, 0, 0), (0.0, 0, 0), (-0.0, 0, 0), (-1.0, 0, 0),
    ],
    ("sigmoid", (), ()): [
        (NAN, NAN, NAN), (INF, 1, 0), (-INF, 0, 0), (0.0, 0.5, 0.25), (-0.0, 0.5, 0.25),
        (TINY, 0.5, 0.25), (-TINY, 0.5, 0.25),
    ],
    ("tanh", (), ()): [
        (NAN, NAN, NAN), (INF, 1, 0), (-INF, -1, 0), (0.0, 0, 1), (TINY, TINY, 1),
        (-TINY, -TINY, 1),
    ],
    ("prelu", (0.25,), ()): [
        (NAN, NAN, NAN, NAN), (INF, INF, 1, 0), (-INF, -INF, 0.25, -INF), (0.0, 0, 0.25, 0),
        (-0.0, 0, 0.25, 0), (TINY, TINY, 1, 0), (-4 * TINY, -TINY, 0.25, -4 * TINY),
        (-2.0, -0.5, 0.25, -2),
    ],
    ("prelu", (0.0,), ()): [
        (NAN, NAN, NAN, NAN), (INF, INF, 1, 0), (-INF, 0, 0, -INF), (0.0, 0, 0, 0), (-0.0, 0, 0, 0),
        (-1.0, 0, 0, -1), (-TINY, 0, 0, -TINY),
    ],
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("key", TABLES, ids=str)
def test_special_values_bit_for_bit(key, dtype):
    name, other, numbers = key
    rows = np.array(TABLES[key], np.float64)
    denormal = (np.abs(rows) < 1e-40) & (rows != 0)
    rows[denormal] = rows[denormal] / TINY * float(np.finfo(dtype).smallest_subnormal)
    x, *want = rows.astype(dtype).T
    got = value_and_slopes(activations.every()[name], filled(x, other), numbers)
    for part, values in zip(got, want, strict=True):
        assert oracle.bits(part) == oracle.bits(values), (part, values)


def test_the_tables_name_every_activation_that_has_a_kink():
    kinked = {op.name for op in activations.every().values() if op.declaration.kinks}
    assert kinked <= {name for name, *_ in TABLES}


@pytest.mark.parametrize("op, other, numbers", VARIANTS)
def test_neighbours_of_a_kink_have_the_slopes_of_their_sides(op, other, numbers):
    for kink in op.declaration.points("kinks", numbers):
        kink = np.float32(kink)
        sides = np.array([np.nextafter(kink, np.float32(s)) for s in (-INF, INF)])
        _, slope, *_ = value_and_slopes(op, filled(sides, other), numbers)
        at_kink = value_and_slopes(op, filled(np.array([kink]), other), numbers)[1]
        (_, _), (_, fast), *_ = references(op, other, numbers)
        if (want := fast(sides.astype(np.float64))) is not None:
            np.testing.assert_array_equal(slope, want.astype(np.float32))
        # the branch that is not active supplies value and slope at the kink itself
        np.testing.assert_array_equal(at_kink, slope[:1])


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
        read = [k in s.operands for s in op._slopes]
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
