"""Behaviour: what each activation takes, and does at kinks, at infinity and for wrong input.

Each table is one of decisions that users can rely on, and an id names its row: "kink: relu6 at 6".
Numbers with digits are from mpmath.  Rows about softmax, sparsemax, glu, maximum and layers are in
the tests of those.
"""

import inspect
import math

import numpy as np
import pytest

from minigrad import Tensor, activations, ops

INF, NAN = math.inf, math.nan
A = activations


def value_and_slope(function, x, *numbers, **options):
    """Lists of f(x) and of the slope by x, in float64."""
    leaf = Tensor(np.array(x, np.float64), requires_grad=True)
    y = function(leaf, *numbers, **options)
    y.backward(np.ones(leaf.shape))
    return y.data.tolist(), leaf.grad.tolist()


# name: signature, (value, slope) at -0.75, (value, slope) at 1.25; threshold is given 0.5 and -1
FUNCTIONS = {
    "relu": ("(x, alpha=0.0, max_value=None, threshold=0.0)", (0, 0), (1.25, 1)),
    "leaky_relu": ("(x, negative_slope=0.2)", (-0.15, 0.2), (1.25, 1)),
    "relu6": ("(x)", (0, 0), (1.25, 1)),
    "threshold": ("(x, threshold, default_value)", (-1, 0), (1.25, 1)),
    "hard_tanh": ("(x, low=-1.0, high=1.0)", (-0.75, 1), (1, 0)),
    "hard_sigmoid": ("(x, limit=3.0)",
        (0.375, 0.1666666666666667), (0.7083333333333333, 0.1666666666666667)),
    "hard_silu": ("(x)", (-0.28125, 0.25), (0.8854166666666667, 0.9166666666666667)),
    "elu": ("(x, alpha=1.0)", (-0.5276334472589853, 0.4723665527410147), (1.25, 1)),
    "selu": ("(x)",
        (-0.9276320158350512, 0.8304673250123256), (1.313376234194351, 1.05070098735548)),
    "celu": ("(x, alpha=1.0)", (-0.5276334472589853, 0.4723665527410147), (1.25, 1)),
    "exponential": ("(x)",
        (0.4723665527410147, 0.4723665527410147), (3.490342957461841, 3.490342957461841)),
    "sigmoid": ("(x)",
        (0.320821300824607, 0.217894993761814), (0.7772998611746911, 0.173104786992497)),
    "tanh": ("(x)",
        (-0.6351489523872873, 0.5965858082813314), (0.8482836399575129, 0.2804148661804326)),
    "softplus": ("(x, beta=1.0)",
        (0.3868710061148999, 0.320821300824607), (1.501929081345373, 0.7772998611746911)),
    "log_sigmoid": ("(x)",
        (-1.1368710061149, 0.679178699175393), (-0.2519290813453729, 0.2227001388253089)),
    "softsign": ("(x)",
        (-0.4285714285714286, 0.326530612244898), (0.5555555555555556, 0.1975308641975309)),
    "silu": ("(x)",
        (-0.2406159756184553, 0.1574000555032465), (0.9716248264683639, 0.9936808449153124)),
    "gelu": ("(x, approximate=False)",
        (-0.1699705142826511, 7.742782607648956e-4), (1.117937782916431, 1.122661583069422)),
    "mish": ("(x)",
        (-0.2764947145054652, 0.1607457404998387), (1.131870304241039, 1.080463093148231)),
    "squareplus": ("(x, b=4.0)",
        (0.6930004681646914, 0.3244382792058042), (1.804247641507075, 0.76499947000159)),
    "hard_shrink": ("(x, threshold=0.5)", (-0.75, 1), (1.25, 1)),
    "soft_shrink": ("(x, threshold=0.5)", (-0.25, 1), (0.75, 1)),
    "tanh_shrink": ("(x)",
        (-0.1148510476127127, 0.4034141917186686), (0.4017163600424871, 0.7195851338195674)),
    "sparse_plus": ("(x)", (0.015625, 0.125), (1.25, 1)),
    "sparse_sigmoid": ("(x)", (0.125, 0.5), (1, 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_this_signature_value_and_slope(name):
    op, (signature, *points) = activations.every()[name], FUNCTIONS[name]
    numbers = (0.5, -1.0) if name == "threshold" else ()
    assert str(inspect.signature(op)) == signature
    y, gx = value_and_slope(op, [-0.75, 1.25], *numbers)
    # the slope of gelu is the difference of two terms of 0.23 at -0.75
    np.testing.assert_allclose(list(zip(y, gx, strict=True)), points, rtol=2e-15, atol=1e-16)


@pytest.mark.parametrize("name, other", [
    ("silu", "swish"), ("hard_silu", "hard_swish"), ("hard_tanh", "hardtanh"),
    ("log_sigmoid", "logsigmoid"),
])  # fmt: skip
def test_an_alias_is_the_same_op(name, other):
    assert A.get(other) is A.get(name) and A.serialize(A.get(other)) == name


def test_linear_returns_its_argument():
    x = object()
    assert A.linear(x) is x and A.get(None) is A.linear and A.get("linear") is A.linear


# row: function, numbers, x, slopes there
KINKS = {
    "relu at 0": (A.relu, {}, [0, -0.0], [0, 0]),
    "clip(x, 0, 1) at 0 and 1": (ops.clip, {"low": 0.0, "high": 1.0}, [0, 1], [0, 0]),
    "leaky_relu(0.2) at 0": (A.leaky_relu, {}, [0], [0.2]),
    "PReLU(0.25) at 0": (A.prelu, {"alpha": 0.25}, [0], [0.25]),
    "relu(alpha=0.5, max_value=5) at 0": (A.relu, {"alpha": 0.5, "max_value": 5}, [0], [0.5]),
    "elu(2) at 0": (A.elu, {"alpha": 2}, [0], [2]),
    "elu(1) at 0": (A.elu, {}, [0], [1]),
    "celu(any alpha) at 0": (lambda x: A.celu(x, 0.3) + A.celu(x, 2.0), {}, [0], [2]),
    "selu at 0": (A.selu, {}, [0], [1.7580993408473766]),
    "relu6 at 0 and 6": (A.relu6, {}, [0, 6], [0, 0]),
    "relu(max_value=5) at 5": (A.relu, {"max_value": 5}, [5], [0]),
    "relu(threshold=5) at 5": (A.relu, {"threshold": 5}, [5], [0]),
    "relu(threshold=5, alpha=0.5) at 5": (A.relu, {"threshold": 5, "alpha": 0.5}, [5], [0.5]),
    "ThresholdedReLU(theta) at theta": (A.thresholded_relu, {"theta": 1.5}, [1.5], [0]),
    "threshold at t": (A.threshold, {"threshold": 1, "default_value": 20}, [1], [0]),
    "hard_sigmoid at -3 and 3": (A.hard_sigmoid, {}, [-3, 3], [0, 0]),
    "hard_silu at -3 and 3": (A.hard_silu, {}, [-3, 3], [0, 1]),
    "hard_tanh at -1 and 1": (A.hard_tanh, {}, [-1, 1], [0, 0]),
    "hard_shrink at the threshold": (A.hard_shrink, {}, [-0.5, 0.5], [0, 0]),
    "soft_shrink at the threshold": (A.soft_shrink, {}, [-0.5, 0.5], [0, 0]),
    "sparse_sigmoid at -1 and 1": (A.sparse_sigmoid, {}, [-1, 1], [0, 0]),
    "sparse_plus at -1 and 1": (A.sparse_plus, {}, [-1, 1], [0, 1]),
    "softsign at 0": (A.softsign, {}, [0], [1]),
    "abs at 0": (ops.abs, {}, [0], [0]),
}  # fmt: skip


@pytest.mark.parametrize("row", KINKS, ids=lambda row: f"kink: {row}")
def test_the_slope_at_a_kink(row):
    function, options, x, slopes = KINKS[row]
    assert value_and_slope(function, x, **options)[1] == slopes


def test_prelu_passes_nothing_to_alpha_at_0():
    alpha = Tensor([0.25], requires_grad=True)
    A.prelu(Tensor([0.0]), alpha).backward(np.ones(1, np.float32))
    assert alpha.grad.tolist() == [0]


# row: function, numbers, values and slopes at -inf, inf, nan
NOT_FINITE = {
    "relu": (A.relu, {}, [0, INF, NAN], [0, 1, NAN]),
    "leaky_relu": (A.leaky_relu, {}, [-INF, INF, NAN], [0.2, 1, NAN]),
    "elu": (A.elu, {}, [-1, INF, NAN], [0, 1, NAN]),
    "celu": (A.celu, {"alpha": 2}, [-2, INF, NAN], [0, 1, NAN]),
    "relu6": (A.relu6, {}, [0, 6, NAN], [0, 0, NAN]),
    "sigmoid": (A.sigmoid, {}, [0, 1, NAN], [0, 0, NAN]),
    "tanh": (A.tanh, {}, [-1, 1, NAN], [0, 0, NAN]),
    "softplus": (A.softplus, {}, [0, INF, NAN], [0, 1, NAN]),
    "log_sigmoid": (A.log_sigmoid, {}, [-INF, 0, NAN], [1, 0, NAN]),
    "hard_sigmoid": (A.hard_sigmoid, {}, [0, 1, NAN], [0, 0, NAN]),
    "hard_tanh": (A.hard_tanh, {}, [-1, 1, NAN], [0, 0, NAN]),
    "exponential": (A.exponential, {}, [0, INF, NAN], [0, INF, NAN]),
    "sparse_plus": (A.sparse_plus, {}, [0, INF, NAN], [0, 1, NAN]),
    "sparse_sigmoid": (A.sparse_sigmoid, {}, [0, 1, NAN], [0, 0, NAN]),
    "tanh_shrink": (A.tanh_shrink, {}, [-INF, INF, NAN], [1, 1, NAN]),
    "relu(threshold=1) keeps nan": (A.relu, {"threshold": 1}, [0, INF, NAN], [0, 1, NAN]),
    "threshold keeps nan": (A.threshold, {"threshold": 1, "value": 7}, [7, INF, NAN], [0, 1, NAN]),
    "hard_shrink keeps nan": (A.hard_shrink, {}, [-INF, INF, NAN], [1, 1, NAN]),
    "soft_shrink keeps nan": (A.soft_shrink, {}, [-INF, INF, NAN], [1, 1, NAN]),
    "softsign": (A.softsign, {}, [-1, 1, NAN], [0, 0, NAN]),
    "silu": (A.silu, {}, [0, INF, NAN], [0, 1, NAN]),
    "mish": (A.mish, {}, [0, INF, NAN], [0, 1, NAN]),
    "gelu": (A.gelu, {}, [0, INF, NAN], [0, 1, NAN]),
    "gelu by tanh": (A.gelu, {"approximate": True}, [0, INF, NAN], [0, 1, NAN]),
    "hard_silu": (A.hard_silu, {}, [0, INF, NAN], [0, 1, NAN]),
    "squareplus": (A.squareplus, {}, [0, INF, NAN], [0, 1, NAN]),
    "PReLU with alpha 0": (A.prelu, {"alpha": 0.0}, [0, INF, NAN], [0, 1, NAN]),
    "leaky_relu of slope 0": (A.leaky_relu, {"alpha": 0}, [0, INF, NAN], [0, 1, NAN]),
    "gaussian": (A.gaussian, {}, [0, 0, NAN], [0, 0, NAN]),
    "sine has no limit": (A.sine, {}, [NAN, NAN, NAN], [NAN, NAN, NAN]),
}  # fmt: skip


@pytest.mark.parametrize("row", NOT_FINITE, ids=lambda row: f"not finite: {row}")
def test_value_and_slope_at_infinity_and_nan(row):
    function, options, values, slopes = NOT_FINITE[row]
    y, gx = value_and_slope(function, [-INF, INF, NAN], **options)
    np.testing.assert_array_equal(y, values)
    np.testing.assert_array_equal(gx, slopes)


def test_float16_overflows_and_underflows_where_it_must():
    def half(op, x):
        return float(op(np.array([x], np.float16)).data[0])

    assert half(A.exponential, 12) == half(A.selu, 65504) == INF
    assert half(A.softplus, -12) == float(np.float16(6.1441935e-06))
    assert half(A.mish, -12) == float(np.float16(-7.3730e-05))
    assert half(A.softsign, 65504) == 1.0


# row: what is given, the dtype of the result
DTYPES = {
    "float16 in": (np.array([1], np.float16), "float16"),
    "float64 in": (np.array([1.0]), "float64"),
    "float32 in": (np.array([1], np.float32), "float32"),
    "a list of floats": ([1.0], "float32"),
    "int32": (np.array([1], np.int32), "float32"),
    "bool": (np.array([True]), "float32"),
}  # fmt: skip


@pytest.mark.parametrize("row", DTYPES, ids=lambda row: f"dtype: {row}")
def test_the_dtype_of_a_result_and_of_its_gradient(row):
    given, dtype = DTYPES[row]
    for op in activations.every().values():
        others = (0.5,) * (len(op.declaration.inputs) - 1)
        others += (0.5, -1.0) if op.name == "threshold" else ()
        assert op(given, *others).dtype == dtype, op.name
        if np.asarray(given).dtype.kind == "f":
            leaf = Tensor(given, requires_grad=True)
            op(leaf, *others).sum().backward()
            assert leaf.grad.dtype == leaf.dtype


# row: function, what it makes of the whole numbers -2, 0, 3
WHOLE = {
    "relu": (A.relu, [0, 0, 3]),
    "leaky_relu": (A.leaky_relu, [-0.4, 0, 3]),
    "selu": (A.selu, [-1.5201665, 0, 3.152103]),
    "gelu": (A.gelu, [-0.04550026, 0, 2.9959502]),
    "hard_sigmoid": (A.hard_sigmoid, [0.16666667, 0.5, 1]),
    "sigmoid": (A.sigmoid, [0.11920292, 0.5, 0.95257413]),
}  # fmt: skip


@pytest.mark.parametrize("row", WHOLE, ids=lambda row: f"int32: {row}")
def test_whole_numbers_are_taken_as_floats(row):
    function, want = WHOLE[row]
    y = function(np.array([-2, 0, 3], np.int32)).data
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, np.float32(want), rtol=2e-7)


X = [1.5, 0.5, -0.5, -1.5]
# row: function, arguments, options, the error or the values
ARGUMENTS = {
    "leaky_relu of None": (A.leaky_relu, [None], {}, ValueError),
    "leaky_relu of -1": (A.leaky_relu, [-1], {}, ValueError),
    "leaky_relu of a word": (A.leaky_relu, ["a"], {}, ValueError),
    "relu, max_value -1": (A.relu, [], {"max_value": -1}, ValueError),
    "relu, alpha -1": (A.relu, [], {"negative_slope": -1}, ValueError),
    "relu, alpha None": (A.relu, [], {"negative_slope": None}, ValueError),
    "relu, threshold None": (A.relu, [], {"threshold": None}, ValueError),
    "relu clips only from above": (
        A.relu, [], {"threshold": -1, "max_value": 1, "alpha": 1}, [1, 0.5, -0.5, -0.5]),
    "thresholded_relu of None": (A.thresholded_relu, [None], {}, ValueError),
    "thresholded_relu of -10": (A.thresholded_relu, [-10], {}, ValueError),
    "elu of None": (A.elu, [None], {}, ValueError),
    "celu of 0": (A.celu, [0], {}, ValueError),
    "celu of -1": (A.celu, [-1], {}, ValueError),
    "soft_shrink of -0.1": (A.soft_shrink, [-0.1], {}, ValueError),
    "hard_shrink of -0.1": (A.hard_shrink, [-0.1], {}, ValueError),
    "softplus, beta 0": (A.softplus, [], {"beta": 0}, ValueError),
    "squareplus, b -1": (A.squareplus, [-1], {}, ValueError),
    "hard_tanh, bounds swapped": (A.hard_tanh, [1, -1], {}, ValueError),
    "hard_sigmoid, limit 0": (A.hard_sigmoid, [0], {}, ValueError),
    "threshold without its numbers": (A.threshold, [], {}, TypeError),
    "an unknown keyword": (A.elu, [], {"alhpa": 1}, TypeError),
    "too many arguments": (A.sigmoid, [1, 2], {}, TypeError),
}  # fmt: skip


@pytest.mark.parametrize("row", ARGUMENTS, ids=lambda row: f"argument: {row}")
def test_an_argument_is_checked_and_the_error_names_it(row):
    function, arguments, options, want = ARGUMENTS[row]
    if isinstance(want, list):
        assert function(np.array(X), *arguments, **options).data.tolist() == want
        return
    with pytest.raises(want, match=f"^{function.name}: ") as caught:
        function(X, *arguments, **options)
    assert "\n" not in str(caught.value)


def test_max_value_wins_over_a_larger_threshold():
    y, gx = value_and_slope(A.relu, [1, 3, 6, 9], threshold=5, max_value=2)
    assert (y, gx) == ([0, 0, 2, 2], [0, 0, 0, 0])


def test_an_unknown_keyword_is_told_the_nearest():
    with pytest.raises(TypeError, match="did you mean 'alpha'"):
        A.elu(X, alhpa=1)
