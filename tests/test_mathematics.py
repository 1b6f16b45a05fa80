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
from minigrad.kernels.mathematics import trigonometry

compiler = pytest.mark.compiler
INF, NAN = math.inf, math.nan
TINY, LARGEST = 5e-324, 1.7976931348623157e308
SEED = 11


def x_minus_tanh(x):
    with mp.workdps(400):
        return x - mp.tanh(x)


EXACT = {
    "exp": mp.exp, "expm1": mp.expm1, "log": mp.log, "log1p": mp.log1p, "tanh": mp.tanh,
    "sqrt": mp.sqrt, "power": mp.power, "sin": mp.sin, "cos": mp.cos, "erf": mp.erf,
    "erfc": mp.erfc, "normal_cdf": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    "normal_pdf": lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi), "x_minus_tanh": x_minus_tanh,
    "root_of_square_plus": lambda x, b: mp.sqrt(x * x + b),
    "exp_sum": lambda high, low: mp.exp(high + low),
    "expm1_sum": lambda high, low: mp.expm1(high + low),
}  # fmt: skip
PI = np.longdouble("3.14159265358979323846264338327950288")


def erfc_by_series_or_fraction(x):
    """erfc in long double: near 0 by a series of positive terms, beyond by Laplace's fraction."""
    a = abs(x)
    term = total = 2 * a
    fraction = np.zeros_like(a)
    for k in range(1, 90):
        term = term * 2 * a * a / (2 * k + 1)
        total = total + term
        fraction = (90 - k) / (2 * (a + fraction))
    factor = np.exp(-a * a) / np.sqrt(PI)
    near = np.where(x > 0, 1 - factor * total, 1 + factor * total)
    far = factor / (a + fraction)
    return np.where(a < 1.5, near, np.where(x > 0, far, 2 - far))


def x_minus_tanh_by_fraction(x):
    """x - tanh(x) in long double, near 0 by Lambert's fraction."""
    q = np.zeros_like(x)
    for k in range(41, 1, -2):
        q = x * x / (k + q)
    return np.where(abs(x) < 2, x * (q / (1 + q)), x - np.tanh(x))


LONG_DOUBLE = {name: getattr(np, name) for name in EXACT if hasattr(np, name)}
LONG_DOUBLE |= {
    "erf": lambda x: 1 - erfc_by_series_or_fraction(x),
    "erfc": erfc_by_series_or_fraction,
    "normal_cdf": lambda x: erfc_by_series_or_fraction(-x / np.sqrt(np.longdouble(2))) / 2,
    "normal_pdf": lambda x: np.exp(-x * x / 2) / np.sqrt(2 * PI),
    "x_minus_tanh": x_minus_tanh_by_fraction,
    "root_of_square_plus": lambda x, b: np.sqrt(x * x + b),
    "exp_sum": lambda high, low: np.exp(high + low),
    "expm1_sum": lambda high, low: np.expm1(high + low),
}
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
    if name in MORE_POINTS:
        return MORE_POINTS[name](rng, size, np.concatenate([small, -small]))
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


def angles(rng, size, small):
    """Of every size; and next to multiples of pi / 2 that are known for how near they are."""
    large = logarithmic(rng, 1.0, 1e308, size)
    quarters = np.rint(logarithmic(rng, 1.0, 1e15, size)) * (np.pi / 2)
    floats = quarters[::2].astype(np.float32).astype(np.float64)
    known = [6381956970095103 * 2.0**797, 6411027962775774 * 2.0**-48, 2.0**53, 2.0**80, LARGEST]
    return (np.concatenate([small, rng.uniform(-9, 9, size), large, quarters, floats, known]),)


def around_zero(edge, middle):
    """Points between -edge and edge, half of them between -middle and middle, and tiny ones."""

    def make(rng, size, small):
        parts = [rng.uniform(-edge, edge, 2 * size), rng.uniform(-middle, middle, 2 * size)]
        return (np.concatenate([small, *parts]),)

    return make


def sizes_to_1e300(rng, size, small):
    large = rng.choice([-1, 1], size) * logarithmic(rng, 1.0, 1e300, size)
    small = small[abs(small) > 1e-100]
    return (np.concatenate([small, rng.uniform(-3, 3, 2 * size), large]),)


def squares_and_what_is_added(rng, size, small):
    x = np.concatenate([small, rng.uniform(-9, 9, size), logarithmic(rng, 1.0, 1e308, size)])
    b = logarithmic(rng, 1e-300, 1e308, x.size)
    with np.errstate(over="ignore"):
        alike = np.minimum(x * x * logarithmic(rng, 1e-3, 1e3, x.size), 1e308)
    return x, np.where(rng.uniform(size=x.size) < 0.2, b, alike)


def exponents_in_two(rng, size, small):
    high = np.concatenate([small, rng.uniform(-745.2, 709.78, 2 * size), rng.uniform(-1, 1, size)])
    return high, rng.uniform(-0.5, 0.5, high.size) * np.spacing(abs(high))


MORE_POINTS = {
    "sin": angles, "cos": angles, "erf": around_zero(7, 1.2), "erfc": around_zero(28, 1.5),
    "normal_cdf": around_zero(39, 3), "normal_pdf": around_zero(39, 3),
    "x_minus_tanh": sizes_to_1e300, "root_of_square_plus": squares_and_what_is_added,
    "exp_sum": exponents_in_two, "expm1_sum": exponents_in_two,
}  # fmt: skip


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
            loop(tuple(np.ascontiguousarray(a, np.float64) for a in x), (), out)
        return out

    return compute


def arity(name):
    parameters = inspect.signature(getattr(mathematics, name)).parameters.values()
    return sum(p.default is p.empty for p in parameters)


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
@pytest.mark.slow
@pytest.mark.parametrize("name", EXACT)
def test_one_core_and_all_cores_give_the_same_bits(name):
    x = points(name, 100_000, np.random.default_rng(SEED + 1))
    assert oracle.bits(build(name, "parallel")(*x)) == oracle.bits(build(name, "serial")(*x))


@compiler
@pytest.mark.parametrize("name", EXACT)
def test_plain_python_gives_the_bits_of_compiled_code(name):
    x = points(name, 100_000, np.random.default_rng(SEED + 1))
    special = [NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, TINY, -TINY, LARGEST, -LARGEST, -2.0, 1e-300]
    pairs = np.array(np.meshgrid(*[special] * len(x))).reshape(len(x), -1)
    x = [np.concatenate([p, a]) for p, a in zip(pairs, x, strict=True)]
    some = [np.concatenate([a[: pairs.shape[1]], a[:: a.size // 10_000]]) for a in x]
    assert oracle.bits(build(name, "plain")(*some)) == oracle.bits(build(name, "serial")(*some))


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
    "sin": {NAN: NAN, INF: NAN, -INF: NAN, 0.0: 0.0, TINY: TINY, -TINY: -TINY},
    "cos": {NAN: NAN, INF: NAN, -INF: NAN, 0.0: 1.0, TINY: 1.0, 1e-9: 1.0},
    "erf": {NAN: NAN, INF: 1.0, -INF: -1.0, 0.0: 0.0, TINY: TINY, -TINY: -TINY, LARGEST: 1.0},
    "erfc": {NAN: NAN, INF: 0.0, -INF: 2.0, 0.0: 1.0, TINY: 1.0, 28.0: 0.0, -LARGEST: 2.0},
    "normal_cdf": {NAN: NAN, INF: 1.0, -INF: 0.0, 0.0: 0.5, TINY: 0.5, -LARGEST: 0.0, 9.0: 1.0},
    "normal_pdf": {NAN: NAN, INF: 0.0, -INF: 0.0, 0.0: 0.3989422804014327, LARGEST: 0.0},
    "x_minus_tanh": {NAN: NAN, INF: INF, -INF: -INF, 0.0: 0.0, TINY: 0.0, 1e-150: 0.0,
                     100.0: 99.0, -100.0: -99.0, LARGEST: LARGEST},
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
    for name, value in {"exp": 1.0, "log": -INF, "log1p": 0.0, "sqrt": 0.0, "tanh": 0.0,
                        "sin": 0.0, "erf": 0.0, "x_minus_tanh": 0.0}.items():  # fmt: skip
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


@pytest.mark.parametrize("kind", ["plain", pytest.param("serial", marks=compiler)])
def test_special_roots(kind):
    x, b, want = np.transpose([
        (INF, 1.0, INF), (-INF, 0.0, INF), (0.0, INF, INF), (INF, -INF, NAN), (NAN, 1.0, NAN),
        (1.0, NAN, NAN), (1.0, -2.0, NAN), (1.0, -1.0, 0.0), (0.0, 0.0, 0.0), (0.0, 4.0, 2.0),
        (-TINY, 0.0, TINY), (0.0, TINY, 2.0**-537), (-LARGEST, LARGEST, LARGEST), (3.0, 16.0, 5.0),
    ])  # fmt: skip
    np.testing.assert_array_equal(build("root_of_square_plus", kind)(x, b), want)


def test_the_digits_of_two_over_pi():
    with mp.workdps(400):
        total = sum(mp.mpf(float(d)) / 2 ** (27 * k) for k, d in enumerate(trigonometry.DIGITS[1:]))
        assert abs(total - 2 / mp.pi) < mp.mpf(2) ** (-27 * len(trigonometry.DIGITS) + 27)
    assert max(abs(trigonometry.DIGITS)) <= 1.0
    np.testing.assert_array_equal(trigonometry.DIGITS * 2**26 % 1.0, 0.0)


def test_what_a_product_loses_is_found_exactly():
    a, b = np.random.default_rng(SEED).normal(size=(2, 1000))
    with mp.workdps(50):
        want = [float(mp.mpf(p) * mp.mpf(q) - mp.mpf(p * q)) for p, q in zip(a, b, strict=True)]
    got = [mathematics.product_error(p, q, p * q) for p, q in zip(a, b, strict=True)]
    np.testing.assert_array_equal(got, want)


def test_what_a_quotient_loses_is_found_to_53_bits():
    a, b = np.random.default_rng(SEED).normal(size=(2, 1000))
    with mp.workdps(50):
        want = [float(mp.mpf(p) / mp.mpf(q) - mp.mpf(p / q)) for p, q in zip(a, b, strict=True)]
    got = [mathematics.quotient_error(p, q, p / q) for p, q in zip(a, b, strict=True)]
    np.testing.assert_allclose(got, want, rtol=2**-52, atol=0)


@pytest.mark.parametrize("name", ["normal_cdf", "normal_pdf"])
def test_a_factor_saves_what_would_underflow(name):
    x = -np.linspace(37.0, 40.0, 50)
    got = np.array([getattr(mathematics, name)(v, 2.0**60) for v in x])
    error, where = oracle.worst(got, lambda x: EXACT[name](x) * 2**60, x)
    assert error <= promised(name), where


def test_a_slope_of_zero_passes_nothing_on():
    scaled = [mathematics.scaled(0.0, x) for x in (INF, -INF, -1.0)] + [mathematics.scaled(-1, 0.0)]
    assert oracle.bits(scaled) == oracle.bits([0.0] * 4)
