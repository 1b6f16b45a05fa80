"""GLU, maxout, CReLU: against mpmath and NumPy, with infinities, on any axis, and bad input."""

import json
import math
import os

import numpy as np
import oracle
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from minigrad import GradientError, Tensor, gradcheck
from minigrad.ops.gates import Parts, crelu, glu, maxout

INF, NAN = math.inf, math.nan
FLOATS = np.float16, np.float32, np.float64
OPS = {
    "glu": glu, "maxout": lambda x, axis=-1: maxout(x, 2, axis),
    "maxout of 3": lambda x, axis=-1: maxout(x, 3, axis), "crelu": crelu,
}  # fmt: skip
EVERY_OP = pytest.mark.parametrize("op", OPS.values(), ids=OPS)


def both(op, x, gy):
    """The result and the gradient of x."""
    leaf = Tensor(x, requires_grad=True)
    y = op(leaf)
    y.backward(np.asarray(gy, y.dtype))
    return y.data, leaf.grad


def halves(dtype):
    """Values a, gates b and gradients g of all sizes."""
    rng = np.random.default_rng(1)
    exponents = (-5, 4) if dtype == np.float16 else (-20, 20)
    a, g = rng.normal(size=(2, 800)) * 10 ** rng.uniform(*exponents, (2, 800))
    b = np.concatenate([rng.normal(0, 4, 400), rng.uniform(-200, 200, 390), [0.0] * 10])
    if dtype == np.float16:
        g = np.clip(g, -1, 1)
    return [v.astype(dtype) for v in (a, b, g)]


@pytest.mark.parametrize("dtype, bound", [(np.float16, 0.51), (np.float32, 0.51), (np.float64, 4)])
def test_glu_and_both_of_its_gradients_are_within_half_an_ulp(dtype, bound):
    a, b, g = halves(dtype)
    y, gx = both(glu, np.concatenate([a, b]), g)
    ga, gb = np.split(gx, 2)

    def slope(b):
        return 1 / (2 * mp.cosh(b / 2)) ** 2

    for got, f, inputs in (
        (y, lambda a, b: a / (1 + mp.exp(-b)), (a, b)),
        (ga, lambda b, g: g / (1 + mp.exp(-b)), (b, g)),
        (gb, lambda a, b, g: a * slope(b) * g, (a, b, g)),
    ):
        error, where = oracle.worst(got, f, *inputs)
        assert error <= bound, where


def test_the_oracle_sees_a_gate_that_saturates_too_early():
    # 1 - sigmoid(-b) is 0 from b = -37 on, where sigmoid(b) is not
    b = np.array([-40.0, -20.0], np.float32)
    early = (1 - 1 / (1 + np.exp(b))).astype(np.float32)
    assert oracle.worst(early, lambda b: 1 / (1 + mp.exp(-b)), b)[0] > 1


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("a, b, y, ga, gb", [
    (2.0, 0.0, 1, 1.5, 1.5),
    (0.0, 0.0, 0, 1.5, 0),
    (-0.0, 5000.0, 0, 3, 0),
    (2.0, INF, 2, 3, 0),
    (2.0, -INF, 0, 0, 0),
    (INF, 0.0, INF, 1.5, INF),
    (-INF, INF, -INF, 3, 0),
    (INF, -INF, 0, 0, 0),
    (-INF, -5000.0, 0, 0, 0),
    (NAN, 0.0, NAN, 1.5, NAN),
    (NAN, -INF, NAN, 0, NAN),
    (2.0, NAN, NAN, NAN, NAN),
])  # fmt: skip
def test_glu_of_special_values(a, b, y, ga, gb, dtype):
    x = np.array([a, 0.0, b, 0.0], dtype)
    got, gx = both(glu, x, [3.0, 4.0])
    np.testing.assert_array_equal(got, np.array([y, 0], dtype))
    np.testing.assert_array_equal(gx, np.array([ga, 2, gb, 0], dtype))
    zeros = np.concatenate([got, gx])
    assert not np.signbit(zeros[zeros == 0]).any()


def test_a_shut_gate_passes_nothing_of_an_infinite_gradient():
    x = [1.0, 1.0, -INF, -5000.0]
    np.testing.assert_array_equal(both(glu, x, [INF, NAN])[1], np.zeros(4))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("x, y, gx", [
    ([1, 3, 2], 3, [0, 6, 0]),
    ([3, 1, 3], 3, [3, 0, 3]),
    ([2, 2, 2], 2, [2, 2, 2]),
    ([-INF, -INF, -INF], -INF, [2, 2, 2]),
    ([INF, 1, INF], INF, [3, 0, 3]),
    ([-INF, 1, -1], 1, [0, 6, 0]),
    ([0.0, -0.0, -1], 0, [3, 3, 0]),
    ([NAN, 1, 2], NAN, [NAN] * 3),
    ([1, 2, NAN], NAN, [NAN] * 3),
    ([INF, NAN, 2], NAN, [NAN] * 3),
])  # fmt: skip
def test_maxout_takes_the_largest_and_ties_share_evenly(x, y, gx, dtype):
    rows = np.array([*x, 1, 2, 0], dtype)
    got, gradient = both(OPS["maxout of 3"], rows, [6.0, 1.0])
    np.testing.assert_array_equal(got, np.array([y, 2], dtype))
    np.testing.assert_array_equal(gradient, np.array([*gx, 0, 1, 0], dtype))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("x, up, down, gx", [
    (2.0, 2, 0, 3), (-2.0, 0, 2, -4), (0.0, 0, 0, 0), (-0.0, 0, 0, 0), (INF, INF, 0, 3),
    (-INF, 0, INF, -4), (NAN, NAN, NAN, NAN),
])  # fmt: skip
def test_crelu_sends_each_sign_to_its_half(x, up, down, gx, dtype):
    y, gradient = both(crelu, np.array([x], dtype), [3.0, 4.0])
    np.testing.assert_array_equal(y, np.array([up, down], dtype))
    np.testing.assert_array_equal(gradient, np.array([gx], dtype))
    assert not np.signbit(y).any() and (gradient != 0 or not np.signbit(gradient))


def in_numpy(name, x, axis):
    """The ops in NumPy, along any axis."""
    x = np.moveaxis(x, axis, -1)
    a, b = np.split(x, 2, axis=-1)
    y = {
        "glu": lambda: a / (1 + np.exp(-b)),
        "crelu": lambda: np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)], axis=-1),
        "maxout": lambda: np.maximum(x[..., ::2], x[..., 1::2]),
        "maxout of 3": lambda: x.reshape(*x.shape[:-1], -1, 3).max(-1),
    }[name]()
    return np.moveaxis(y, -1, axis)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3, np.int64(1)])
@pytest.mark.parametrize("name", OPS)
def test_any_axis(name, axis):
    x = np.random.default_rng(2).normal(size=(6, 12, 6))
    y = OPS[name](x, axis=axis).data
    np.testing.assert_allclose(y, in_numpy(name, x, axis), rtol=1e-14)
    x = np.random.default_rng(3).normal(size=np.where(np.arange(3) == axis % 3, 6, 2))
    assert gradcheck(lambda t: OPS[name](t, axis=axis), x)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=12), st.integers(1, 4))
def test_laws_that_hold_for_all_numbers(numbers, pieces):
    x = np.array(numbers)
    up, down = np.split(crelu(x).data, 2)
    np.testing.assert_array_equal(up - down, x)
    np.testing.assert_array_equal(up + down, np.abs(x))
    np.testing.assert_array_equal(maxout(np.repeat(x, pieces), pieces).data, x)
    np.testing.assert_array_equal(maxout(x, len(x)).data, [x.max()])
    shut, open = (glu(np.concatenate([x, np.full(len(x), b)])).data for b in (-INF, INF))
    np.testing.assert_array_equal(shut, 0 * np.abs(x))
    np.testing.assert_array_equal(open, x)
    opposite = glu(np.concatenate([x, x])).data - glu(np.concatenate([x, -x])).data
    np.testing.assert_allclose(opposite, x * np.tanh(x / 2), atol=1e-13)


@EVERY_OP
@pytest.mark.parametrize("shape", [(0,), (0, 6), (3, 0)])
def test_nothing_gives_nothing(op, shape):
    y, gx = both(op, np.empty(shape, np.float32), 0.0 * op(np.empty(shape)).data)
    assert y.size == gx.size == 0 and gx.shape == shape


@EVERY_OP
def test_a_mistake_in_the_gradient_is_found(op, monkeypatch):
    right = Parts.vjp
    x = np.random.default_rng(4).normal(size=12)
    assert gradcheck(op, x)
    monkeypatch.setattr(Parts, "vjp", lambda self, node, gy: (right(self, node, gy)[0] * 1.000001,))
    with pytest.raises(GradientError):
        gradcheck(op, x)


def test_ties_are_kinks_where_an_even_share_is_legal():
    assert "kink" in str(gradcheck(OPS["maxout"], np.array([1.0, 1.0])))
    assert "legal [0, 1], yours 0" in str(gradcheck(crelu, np.array([0.0])))


@pytest.mark.parametrize("call, error, words", [
    (lambda: glu([1.0, 2.0, 3.0]), ValueError, r"^glu: x of shape \(3,\) has 3 .*even"),
    (lambda: glu([[1.0, 2.0]], axis=0), ValueError, "^glu: .* has 1 elements along axis=0"),
    (lambda: maxout([1.0, 2.0, 3.0], 2), ValueError, "^maxout: .* no multiple of pieces=2"),
    (lambda: maxout([1.0, 2.0], 0), ValueError, "^maxout: pieces=0 given; .* from 1 up"),
    (lambda: maxout([1.0, 2.0], -1), ValueError, "^maxout: pieces=-1"),
    (lambda: maxout([1.0, 2.0], True), ValueError, "^maxout: pieces=True"),
    (lambda: maxout([1.0, 2.0], 2.0), ValueError, "^maxout: pieces=2.0"),
    (lambda: maxout([1.0, 2.0], "2"), ValueError, "^maxout: pieces='2'"),
    (lambda: maxout([1.0, 2.0], None), ValueError, "^maxout: pieces=None"),
    (lambda: maxout([1.0, 2.0], 10**30), ValueError, "^maxout: .* no multiple"),
    (lambda: glu(1.0), np.exceptions.AxisError, "^glu: axis=-1 .* no axes"),
    (lambda: crelu([1.0], axis=1), np.exceptions.AxisError, "^crelu: axis=1"),
    (lambda: crelu([1.0], axis=None), np.exceptions.AxisError, "^crelu: axis=None"),
    (lambda: crelu([1.0], axis="0"), np.exceptions.AxisError, "^crelu: axis='0'"),
    (lambda: maxout([1.0, 2.0], 2, (0,)), np.exceptions.AxisError, "^maxout: axis=.0,."),
    (lambda: glu("a"), TypeError, "^glu: .*float32"),
    (lambda: crelu([1j]), TypeError, "^crelu: .*complex"),
    (lambda: maxout([None], 1), TypeError, "^maxout: .*object"),
])  # fmt: skip
def test_bad_input_is_one_line(call, error, words):
    with pytest.raises(error, match=words) as raised:
        call()
    assert type(raised.value) is error and "\n" not in str(raised.value)


BITS = """
import json, sys
sys.path.insert(0, {tests!r})
import numpy as np
import oracle
from minigrad.kernels import kernel
from minigrad.ops.gates import crelu, glu, maxout
from minigrad.ops.softmax import log_softmax, softmax, softmin
from minigrad.ops.sparsemax import sparsemax
{patch}
keep = np.arange(91 * 12).reshape(91, 12) % 5 != 0
calls = dict(
    glu=glu, crelu=crelu, maxout=lambda x: maxout(x, 3), rows=lambda x: glu(x, 1).transpose(),
    sparsemax=sparsemax, columns=lambda x: sparsemax(x, 0), softmin=softmin,
    joint=lambda x: softmax(x, None), masked=lambda x: log_softmax(x, mask=keep),
)
found = dict()
for name, call in calls.items():
    x = np.random.default_rng(1).normal(0, 1, (91, 12)).round(1).astype(np.float32)
    x[3, 4], x[5, 6], x[7, 8] = np.nan, np.inf, -np.inf
    parts = [oracle.bits(a) for a in oracle.run(oracle.Program(name, call, ()), [x])]
    found[name] = repr(parts)
print(json.dumps(found))
"""
ALL_CORES = """
compile = kernel.Kernel.compile
kernel.Kernel.compile = lambda self, arguments, parallel=True: compile(self, arguments, True)
"""
OTHER_BITS = """
glu._of(np.dtype("float32"))[0].run = lambda x, y: y.fill(1.0)
"""


@pytest.fixture
def bits(run_python):
    def run(patch="", **environment):
        script = BITS.format(tests=str(ROOT / "tests"), patch=patch)
        environment["MINIGRAD_CACHE_DIR"] = os.environ["MINIGRAD_CACHE_DIR"]
        return json.loads(run_python(script, seconds=300, **environment))

    return run


@pytest.mark.compiler
def test_plain_python_one_core_and_all_cores_give_the_same_bits(bits):
    one_core = bits()
    assert bits(ALL_CORES, NUMBA_NUM_THREADS="2") == one_core
    assert bits(NUMBA_DISABLE_JIT="1") == one_core
    other = bits(OTHER_BITS, NUMBA_DISABLE_JIT="1")
    different = [name for name in one_core if other[name] != one_core[name]]
    assert different == ["glu", "rows"]
