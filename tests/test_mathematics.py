"""Mathematics: every function against mpmath, for all of float64, to the bound it promises."""

import inspect
import math
import re

import numpy as np
import oracle
import pytest
from mpmath import mp

from minigrad.kernels import loops, mathematics
from minigrad.kernels.kernel import Kernel, as_float64

compiler = pytest.mark.compiler
INF, NAN = math.inf, math.nan
TINY, LARGEST = 5e-324, 1.7976931348623157e308
SEED = 11

EXACT = {
    "exp": mp.exp, "expm1": mp.expm1, "log": mp.log, "log1p": mp.log1p, "tanh": mp.tanh,
    "sqrt": mp.sqrt, "power": mp.power,
}  # fmt: skip
LONG_DOUBLE = {name: getattr(np, name) for name in EXACT}
WIDER = np.finfo(np.longdouble).nmant > 60


def promised(name):
    """The bound that a docstring states, in ulp."""
    text = " ".join(getattr(mathematics, name).__doc__.split())
    if "Correctly rounded." in text:
        return 0.5
    return float(re.search(r"Below (\S+) ulp\.", text)[1])


def logarithmic(rng, low, high, count):
    return np.exp(rng.uniform(math.log(low), math.log(high), count))


def points(name, count, rng):
    """Inputs of every size with a finite result, more of them where rounding is hardest."""
    size = count // 4
    small = logarithmic(rng, 1e-320, 1.0, size)
    if name in ("exp", "expm1"):
        edges = [709.782712893384, -708.3964185322641, -745.1332191019411, -745.2, 0.0, 1.0, -1.0]
        parts = [small, -small, rng.uniform(-745.2, 709.78, size), rng.uniform(-1, 1, size), edges]
    elif name == "tanh":
        parts = [small, -small, rng.uniform(-1, 1, size), rng.uniform(-25, 25, size)]
        parts.append([TINY, -TINY, 1e300, -1e300])
    elif name in ("log", "sqrt"):
        near_one = 1 + rng.choice([-1, 1], size) * logarithmic(rng, 1e-16, 0.5, size)
        parts = [logarithmic(rng, 1e-323, 1e-307, size), logarithmic(rng, 1e-308, 1e308, size)]
        parts += [near_one, rng.uniform(0.4, 2.5, size), [TINY, LARGEST, 2.0, 2.0**-1022]]
    elif name == "log1p":
        parts = [small, -small, logarithmic(rng, 1e-17, 1e308, size), rng.uniform(-1, 3, size)]
        parts += [logarithmic(rng, 1.2e-16, 0.9, size) - 1, [TINY, -TINY, LARGEST]]
    else:  # power: results of every size, from x of every size and x near 1
        near_one = 1 + rng.choice([-1, 1], size) * logarithmic(rng, 1e-15, 0.5, size)
        x = np.concatenate([logarithmic(rng, 1e-323, 1e308, size), near_one])
        x = np.concatenate([x, logarithmic(rng, 0.1, 10, 2 * size)])
        return x, rng.uniform(-744.0, 709.7, x.size) / np.log(x)
    return (np.concatenate(parts),)


def build(name, kind):
    """A function of mathematics over arrays: as plain Python, or as one of the compiled builds."""
    inputs = tuple(np.zeros(2) for _ in range(arity(name)))
    kernel = Kernel(loops.forward, getattr(mathematics, name))
    if kind == "plain":
        loop = lambda *a: kernel.loop(*map(as_float64, a))  # noqa: E731
    else:
        loop = kernel.compile((inputs, (), np.zeros(2)), parallel=kind == "parallel")

    def compute(*x):
        out = np.empty(len(x[0]))
        with np.errstate(all="ignore"):
            loop(tuple(np.asarray(a, np.float64) for a in x), (), out)
        return out

    return compute


def arity(name):
    return len(inspect.signature(getattr(mathematics, name)).parameters)


def hardest(name, compute, count):
    """The inputs with the largest error among many, as far as long double can tell."""
    x = points(name, 200_000, np.random.default_rng(SEED))
    with np.errstate(all="ignore"):
        want = LONG_DOUBLE[name](*(a.astype(np.longdouble) for a in x))
        nearest = want.astype(np.float64)
        rest = (want - nearest) / oracle.spacing(nearest, np.float64)
        error = oracle.ulps(compute(*x), nearest, rest.astype(np.float64))
    chosen = np.argsort(error)[-count:]
    return tuple(a[chosen] for a in x)


@pytest.mark.parametrize("name", EXACT)
def test_the_error_is_below_what_the_docstring_says(name):
    compute = build(name, "plain")
    x = points(name, 2_000, np.random.default_rng(SEED))
    error, where = oracle.worst(compute(*x), EXACT[name], *x)
    assert error <= promised(name), where


@compiler
@pytest.mark.skipif(not WIDER, reason="long double is float64 here: nothing to search with")
@pytest.mark.parametrize("name", EXACT)
def test_the_error_is_below_what_the_docstring_says_where_it_is_largest(name):
    compute = build(name, "serial")
    x = hardest(name, compute, 300)
    error, where = oracle.worst(compute(*x), EXACT[name], *x)
    assert error <= promised(name), where
    assert error > 0.4, "the search found nothing hard: is it broken?"


def test_the_measure_sees_a_wrong_last_bit():
    x = np.linspace(1.0, 2.0, 100)
    error, _ = oracle.worst(np.nextafter(np.exp(x), 10.0), mp.exp, x)
    assert 1.0 < error < 2.0


@compiler
@pytest.mark.parametrize("name", EXACT)
def test_plain_python_and_both_builds_give_the_same_bits(name):
    x = points(name, 100_000, np.random.default_rng(SEED + 1))
    special = [NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, TINY, -TINY, LARGEST, -LARGEST, -2.0, 1e-300]
    pairs = np.array(np.meshgrid(*[special] * len(x))).reshape(len(x), -1)
    x = [np.concatenate([p, a]) for p, a in zip(pairs, x, strict=True)]
    serial = build(name, "serial")
    assert oracle.bits(build(name, "parallel")(*x)) == oracle.bits(serial(*x))
    some = [np.concatenate([a[: pairs.shape[1]], a[:: a.size // 10_000]]) for a in x]
    assert oracle.bits(build(name, "plain")(*some)) == oracle.bits(serial(*some))


SPECIAL = {
    "exp": {NAN: NAN, INF: INF, -INF: 0.0, 0.0: 1.0, 709.782712893385: INF, -745.14: 0.0,
            LARGEST: INF, -LARGEST: 0.0, TINY: 1.0},
    "expm1": {NAN: NAN, INF: INF, -INF: -1.0, 0.0: 0.0, TINY: TINY, -TINY: -TINY, 710.0: INF,
              -800.0: -1.0},
    "log": {NAN: NAN, INF: INF, -INF: NAN, 0.0: -INF, 1.0: 0.0, -1.0: NAN, -TINY: NAN},
    "log1p": {NAN: NAN, INF: INF, -INF: NAN, -1.0: -INF, 0.0: 0.0, -1.0000000000000002: NAN,
              TINY: TINY, -TINY: -TINY},
    "tanh": {NAN: NAN, INF: 1.0, -INF: -1.0, 0.0: 0.0, TINY: TINY, -TINY: -TINY, 400.0: 1.0},
    "sqrt": {NAN: NAN, INF: INF, -INF: NAN, 0.0: 0.0, -1.0: NAN, -TINY: NAN, 4.0: 2.0},
    "pow2": {NAN: NAN, 0.0: 1.0, -1022.0: 2.0**-1022, 1023.0: 2.0**1023},
    "exponent": {1.0: 0.0, 0.75: -1.0, -8.0: 3.0, LARGEST: 1023.0, 2.0**-1022: -1022.0},
    "significand": {1.0: 1.0, 0.75: 1.5, -10.0: 1.25, 2.0**-1022: 1.0},
    "nearest": {2.5: 2.0, 3.5: 4.0, -2.5: -2.0, 0.49999999999999994: 0.0, 2.0**50: 2.0**50},
    "upper": {1.0: 1.0, 1 + 2.0**-25: 1 + 2.0**-25, 1 + 2.0**-40: 1.0},
}  # fmt: skip


@pytest.mark.parametrize("kind", ["plain", pytest.param("serial", marks=compiler)])
@pytest.mark.parametrize("name", SPECIAL)
def test_special_values(name, kind):
    got = build(name, kind)(list(SPECIAL[name]))
    np.testing.assert_array_equal(got, list(SPECIAL[name].values()))


def test_minus_zero_is_zero():
    for name, value in {"exp": 1.0, "log": -INF, "log1p": 0.0, "sqrt": 0.0, "tanh": 0.0}.items():
        assert build(name, "plain")([-0.0]) == [value], name


@pytest.mark.parametrize("kind", ["plain", pytest.param("serial", marks=compiler)])
def test_power_has_the_special_values_of_c(kind):
    numbers = [NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 1e300, -1e300]
    numbers += [TINY, -TINY, LARGEST, -LARGEST, 2.5, -2.5, 2.0**53, 2.0**53 - 1, 1 - 2.0**-53]
    x, y = np.array(np.meshgrid(numbers, numbers)).reshape(2, -1)
    got = build("power", kind)(x, y)
    with np.errstate(all="ignore"):
        want = np.power(x, y)
    # nan in, nan out: minigrad makes no exception for 1**nan and nan**0
    want[np.isnan(x) | np.isnan(y)] = NAN
    # the sign of a zero or of the infinity made of it is not promised: 1 / -0.0
    from_zero = (x == 0.0) | (want == 0.0)
    got[from_zero], want[from_zero] = abs(got[from_zero]), abs(want[from_zero])
    np.testing.assert_allclose(got, want, rtol=4e-16, atol=0.0)


def test_whole_powers_that_float64_holds_are_exact():
    pairs = [(x, y) for x in range(-99, 100) for y in range(25) if abs(x**y) < 2**53]
    x, y = np.array(pairs, np.float64).T
    want = [float(a**b) for a, b in pairs]
    np.testing.assert_array_equal(build("power", "plain")(x, y), want)


def test_what_a_product_loses_is_found_exactly():
    a, b = np.random.default_rng(SEED).normal(size=(2, 1000))
    with mp.workdps(50):
        want = [float(mp.mpf(p) * mp.mpf(q) - mp.mpf(p * q)) for p, q in zip(a, b, strict=True)]
    np.testing.assert_array_equal(mathematics.product_error(a, b, a * b), want)


def test_a_slope_of_zero_passes_nothing_on():
    scaled = [mathematics.scaled(0.0, x) for x in (INF, -INF, -1.0)] + [mathematics.scaled(-1, 0.0)]
    assert oracle.bits(scaled) == oracle.bits([0.0] * 4)
