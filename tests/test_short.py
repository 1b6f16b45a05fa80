"""Short forms: their errors, where their coefficients come from, and when they are used."""

import inspect
import re

import numpy as np
import oracle
import pytest
from mpmath import chebyfit, mp, mpf

from minigrad import activations, elementwise
from minigrad.kernels import loops, mathematics
from minigrad.kernels.kernel import Kernel
from minigrad.kernels.mathematics import exp, half_turns, short
from minigrad.kernels.mathematics.short import FORMS, shortened

compiler = pytest.mark.compiler
with mp.workdps(60):
    LN2, ROOT_HALF, FAR = mp.log(2), mp.sqrt(mpf(1) / 2), (mpf(15) - 4) / (mpf(15) + 4)


def slope_of_gated(x, t, dt):
    """That of x sigmoid(t), for the slope dt of t."""
    return (1 + x * dt / (1 + mp.exp(t))) / (1 + mp.exp(-t))


EXACT = {
    "exp": (mp.exp, -700, 700),
    "expm1": (mp.expm1, -40, 700),
    "log1p": (mp.log1p, -1, 1e30),
    "log1p_up_to_1": (mp.log1p, 0, 1),
    "normal_cdf": (lambda x: mp.erfc(-x / mp.sqrt(2)) / 2, -15, 40),
    "sin": (mp.sin, -np.inf, np.inf),
    "cos": (mp.cos, -np.inf, np.inf),
    "slope_of_x_sigmoid": (lambda x: slope_of_gated(x, x, 1), -200, 200),
    "slope_of_x_cdf": (lambda x: mp.erfc(-x / mp.sqrt(2)) / 2 + x * mp.npdf(x), -14, 40),
}


def exp_minus_line(r):
    with mp.workdps(60):
        return sum(r**k / mp.factorial(k + 2) for k in range(30))


def log_minus_line(f):
    with mp.workdps(60):
        return (mp.log1p(f) - f) / f**2 if abs(f) > 1e-8 else mpf(-1) / 2 + f / 3


def log_share(x):
    with mp.workdps(60):
        return mp.log1p(x) / x if x > 1e-30 else 1 - x / 2


def scaled_tail(t):
    with mp.workdps(60):
        a = 4 * (1 + t) / (1 - t)
        return (a + 4) * mp.erfc(a / mp.sqrt(2)) / 2 * mp.exp(a * a / 2)


def scaled_slope(t):
    """What is left of the slope of x Phi(x) at -a, after the density and its root are split off."""
    with mp.workdps(60):
        flat = -mpf(short.FLAT) - mpf(short.FLAT_REST)
        a = 4 * (1 + t) / (1 - t)
        tail = mp.erfc(a / mp.sqrt(2)) / 2 * mp.exp(a * a / 2)
        return (tail - a / mp.sqrt(2 * mp.pi)) / (flat - a)


def sin_of_root(z):
    with mp.workdps(60):
        return sum((-z) ** k * mp.pi ** (2 * k + 1) / mp.factorial(2 * k + 1) for k in range(30))


SERIES = {
    short.reduced: (exp_minus_line, (-LN2 / 2, LN2 / 2), 7),
    short.log1p: (log_minus_line, (ROOT_HALF - 1, 2 * ROOT_HALF - 1), 12),
    short.log1p_up_to_1: (log_share, (0, 1), 13),
    short.normal_cdf: (scaled_tail, (-1, FAR), 13),
    short.slope_of_x_cdf: (scaled_slope, (-1, FAR), 13),
    half_turns.sin_after: (sin_of_root, (0, mpf(1) / 4), 6),
}


@pytest.mark.filterwarnings("ignore:Descending:DeprecationWarning")  # mpmath 1.3 knows no other
@pytest.mark.parametrize("form", SERIES)
def test_the_coefficients_are_those_of_chebyshev_interpolation(form):
    function, interval, count = SERIES[form]
    source = inspect.getsource(form)
    written = re.findall(r"\bp = (?:fma\(p, \w, )?(-?[\d.]+(?:e-\d+)?)", source)[:count]
    with mp.workdps(40):
        want = [float(c) for c in chebyfit(function, [mpf(b) for b in interval], count)]
    assert [float(c) for c in written] == pytest.approx(want, rel=1e-12)


def everywhere(step):
    with np.errstate(invalid="ignore"):
        return oracle.bit_patterns(np.float32, step).astype(float)


def relative_error(name, build):
    """The largest, as a power of two, over float32 numbers of every size and some dense ones."""
    exact, low, high = EXACT[name]
    rng = np.random.default_rng(5)
    x = np.concatenate([everywhere(1 << 22), rng.uniform(-1, 1, 500), rng.uniform(-40, 40, 500)])
    x = x[(x > low) & (x < high) & (x != 0)]
    with mp.workdps(40):
        want = [exact(mpf(v)) for v in x]
        errors = [abs(mpf(got) / w - 1) for got, w in zip(build(x), want, strict=True)]
    return float(mp.log(max(errors), 2))


@pytest.mark.parametrize("name", EXACT)
def test_the_error_is_below_what_the_docstring_says(name):
    form = getattr(short, name)
    promised = int(re.search(r"Below 2\*\*(-\d+)\.", form.__doc__)[1])
    assert promised - 4 < relative_error(name, lambda x: [form(v) for v in x]) < promised


def slope_of_gelu_by_tanh(x):
    linear, cubic = 2 * mp.sqrt(2 / mp.pi), mpf("0.044715")
    return slope_of_gated(x, linear * (x + cubic * x**3), linear * (1 + 3 * cubic * x**2))


ROOTS = {
    "gelu": (-0.75179, EXACT["slope_of_x_cdf"][0], (0.0,)),
    "gelu by tanh": (-0.75246, slope_of_gelu_by_tanh, (1.0,)),
    "silu": (-1.27846, lambda x: slope_of_gated(x, x, 1), ()),
}


def slope_error_near_its_root(name, shift=0.0):
    """The largest relative error, as a power of two, of float32 numbers next to a root."""
    guess, exact, numbers = ROOTS[name]
    slope = activations.every()[name.removesuffix(" by tanh")].partials["x"]
    formula = slope.formula.for_results_of(np.dtype(np.float32))
    with mp.workdps(60):
        root = float(mp.findroot(exact, guess))
        near = [np.float32(root)] * 2
        for _ in range(30):
            near = [np.nextafter(near[0], -9), *near, np.nextafter(near[-1], 0)]
        near += [np.float32(root + d) for d in (-0.1, -1e-3, 1e-3, 0.1)]
        pairs = [(formula(float(v), *numbers) + shift, exact(mpf(float(v)))) for v in near]
        return float(mp.log(max(abs(got / want - 1) for got, want in pairs), 2))


@pytest.mark.parametrize("name", ROOTS)
def test_a_slope_has_all_its_digits_next_to_its_root(name):
    assert slope_error_near_its_root(name) < -34 < slope_error_near_its_root(name, 2.0**-54)


def closest_to_roots():
    """The m 2**e, m < 2**24, closest to some k pi / 2: k / m are convergents of 2**(e+1) / pi."""
    found = []
    with mp.workdps(120):
        for e in range(-24, 105):
            rest, m, before = mpf(2) ** (e + 1) / mp.pi, 0, 1
            while m < 2**24:
                found += [k * m * 2.0**e for k in (1, 2, 3) if 0 < k * m < 2**24]
                whole = int(mp.floor(rest))
                m, before, rest = whole * m + before, m, 1 / (rest - whole)
    return np.unique(found)


def root_error(name, change=0.0):
    """As `relative_error`, where it is hardest."""
    x = closest_to_roots()
    with mp.workdps(120):
        values = [(EXACT[name][0](mpf(v)), v) for v in np.concatenate([x, -x])]
        assert min(abs(want) for want, _ in values) < 4e-9
        form = getattr(short, name)
        return float(mp.log(max(abs((form(v) + change) / w - 1) for w, v in values), 2))


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_the_float32_numbers_closest_to_roots_have_all_their_digits(name):
    assert root_error(name) < -35
    assert root_error(name, 2.0**-60) > -34


@pytest.mark.parametrize("form", [short.sin, short.cos])
def test_sine_and_cosine_of_any_float64_that_float32_can_reach(form):
    """Of products of two float32 numbers, and of what has more bits: 2**-35, or 2**-50 in all."""
    rng = np.random.default_rng(6)
    a, b = (rng.normal(size=(2, 1000)) * 10.0 ** rng.uniform(-19, 19, (2, 1000))).astype("f4")
    x = np.concatenate([a.astype(float) * b, rng.normal(size=1000) * 2.0 ** rng.uniform(-9, 125)])
    with mp.workdps(80):
        for v in x:
            want = getattr(mp, form.__name__)(mpf(v))
            assert abs(form(v) - want) < 2.0**-35 * abs(want) + 2.0**-50, v
    assert np.signbit(short.sin(-0.0)) and np.isnan(form(2.0**128)) and np.isnan(form(-1e300))


def test_the_bits_of_one_over_pi():
    with mp.workdps(80):
        assert half_turns.ONE_OVER_PI == int(2**200 / mp.pi)


def test_a_wrong_digit_would_be_seen():
    assert relative_error("exp", lambda x: [short.exp(v) * (1 + 2**-35) for v in x]) > -36


def error_over_root(over_root):
    """The largest relative error, for numbers of all sizes that a step has."""
    rng = np.random.default_rng(5)
    x, s = rng.normal(size=(2, 4000)) * 10.0 ** rng.integers(-12, 12, (2, 4000))
    with mp.workdps(40):
        exact = [
            mpf(a) / (mp.sqrt(mpf(b)) + mpf("1e-7")) for a, b in zip(x, np.abs(s), strict=True)
        ]
        return max(
            abs(mpf(float(over_root(a, b, 1e-7))) / e - 1)
            for a, b, e in zip(x, np.abs(s), exact, strict=True)
        )


def test_the_short_quotient_by_a_root_is_within_its_bound():
    assert error_over_root(mathematics.over_root) < 2**-50
    assert 2**-24 < error_over_root(short.over_root) < 2**-21
    assert error_over_root(lambda x, s, e: short.over_root(x, s, e) * (1 + 2**-20)) > 2**-21


def test_a_quotient_by_an_inverse_is_within_its_bound():
    a, b = np.random.default_rng(0).uniform(1, 2, (2, 100_000))
    worst = max(abs(mpf(short.divide(p, q)) * q / p - 1) for p, q in zip(a, b, strict=True))
    assert mathematics.divide(49.0, 49.0) == 1.0 != short.divide(49.0, 49.0)
    assert 2**-53 < worst <= 2**-52


def test_the_short_quotient_is_0_for_0_whatever_epsilon_is():
    assert [short.over_root(0.0, 0.0, e) for e in (1e-7, 1e-40, 1e-50, 0.0)] == [0.0] * 4


def test_the_short_quotient_by_the_root_of_a_negative_number_is_nan():
    assert np.isnan(short.over_root(1.0, -1.0, 1e-7)) and np.isnan(short.over_root(1.0, np.nan, 1))


@compiler
@pytest.mark.parametrize("name", sorted({form.__name__ for form in FORMS.values()}))
def test_plain_python_gives_the_bits_of_compiled_code(name):
    x = np.concatenate(
        [everywhere(1 << 21), [709.4, 709.5, 709.9, -708.3, -709.1, -709.5, 1e300, -1e300]]
    )
    arity = len(inspect.signature(getattr(short, name)).parameters)
    kernel, arguments = Kernel(loops.forward, getattr(short, name)), ((x,) * arity, ())
    plain, serial = np.empty((2, x.size))
    with np.errstate(all="ignore"):
        kernel.loop(*arguments, plain)
    kernel.compile((*arguments, serial))(*arguments, serial)
    assert oracle.bits(plain) == oracle.bits(serial)


def test_fma_rounds_once():
    rng = np.random.default_rng(2)
    a, b, c = rng.normal(size=(3, 2000)) * 10.0 ** rng.integers(-20, 20, (3, 2000))
    c[::2] = -(a * b)[::2]
    with mp.workdps(200):
        want = [float(mpf(p) * mpf(q) + mpf(r)) for p, q, r in zip(a, b, c, strict=True)]
    assert [mathematics.fma(*v) for v in zip(a, b, c, strict=True)] == want
    twice = a * b + c
    assert np.any(twice != want), "these numbers need no fma"


@compiler
def test_fma_is_the_same_compiled():
    special = [0.0, -0.0, 1.0, -1.5, 1e-200, 1e200, 5e-324, np.inf, -np.inf, np.nan]
    grid = np.array(np.meshgrid(special, special, special)).reshape(3, -1)
    random = np.random.default_rng(3).normal(size=(3, 1000))
    inputs = tuple(np.ascontiguousarray(np.concatenate(p)) for p in zip(grid, random, strict=True))
    kernel, (plain, serial) = Kernel(loops.forward, mathematics.fma), np.empty((2, inputs[0].size))
    with np.errstate(all="ignore"):
        kernel.loop(inputs, (), plain)
    kernel.compile((inputs, (), serial))(inputs, (), serial)
    assert oracle.bits(plain) == oracle.bits(serial)


def through_a_helper(x):
    return helper(x) + 1.0


def helper(x):
    return exp(x)


def test_short_forms_are_put_in_place_in_what_a_formula_calls_too():
    assert shortened(through_a_helper)(2.0) == short.exp(2.0) + 1.0 != through_a_helper(2.0)
    assert shortened(short.exp) is short.exp


@pytest.mark.parametrize("marked", [False, True])
def test_only_float32_results_of_ops_that_say_so_are_short(marked):
    @elementwise(short=marked)
    def formula(x):
        return exp(x)

    assert formula.formula.for_results_of(np.dtype("float64")) is exp_of(formula)
    assert (formula.formula.for_results_of(np.dtype("float32")) is exp_of(formula)) != marked


def exp_of(op):
    return op.declaration.formula


def test_a_slope_whose_terms_cancel_is_not_short():
    """Next to a root of the slope, 33 bits of each term are none of the sum."""
    assert not activations.mish.partials["x"].formula.short
