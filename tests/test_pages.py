"""The two Keras pages that minigrad began with: their examples, and where they contradict Keras 3.

The pages are "Advanced Activations" (Keras 2) and "activations" (tf.keras), both in Japanese.  The
numbers of their examples, which they have lost, are those of tf.keras.  An id such as "C13" names a
point on which old Keras, the pages and Keras 3 differ, and what minigrad decided.
"""

import inspect
import math

import numpy as np
import pytest

from minigrad import Tensor, activations, ops

INF, NAN = math.inf, math.nan
TENS, TWENTIES, THREES = [-10, -5, 0, 5, 10], [-20, -1, 0, 1, 20], [-3, -1, 0, 1, 3]

EXAMPLES = {
    "relu": ("relu", {}, TENS, [0, 0, 0, 5, 10]),
    "relu, alpha=0.5": ("relu", {"alpha": 0.5}, TENS, [-5, -2.5, 0, 5, 10]),
    "relu, max_value=5": ("relu", {"max_value": 5}, TENS, [0, 0, 0, 5, 5]),
    "relu, threshold=5": ("relu", {"threshold": 5}, TENS, [0, 0, 0, 0, 10]),
    "sigmoid": ("sigmoid", {}, TWENTIES, [2.0611537e-09, 0.26894143, 0.5, 0.7310586, 1.0]),
    "softplus": ("softplus", {}, TWENTIES,
                 [2.0611537e-09, 0.31326166, 0.6931472, 1.3132616, 20.0]),
    "softsign": ("softsign", {}, [-1, 0, 1], [-0.5, 0, 0.5]),
    "tanh": ("tanh", {}, THREES, [-0.9950547, -0.7615942, 0, 0.7615942, 0.9950547]),
    "exponential": ("exponential", {}, THREES,
                    [0.04978707, 0.36787945, 1, 2.7182817, 20.085537]),
    "swish": ("swish", {}, TWENTIES, [-4.1223075e-08, -0.26894143, 0, 0.7310586, 20]),
    "gelu": ("gelu", {}, THREES, [-0.00404951, -0.15865529, 0, 0.8413447, 2.9959507]),
    "gelu, approximate=True": ("gelu", {"approximate": True}, THREES,
                               [-0.00363752, -0.15880796, 0, 0.841192, 2.9963627]),
    "mish": ("mish", {}, [-3, -1, 0, 1], [-0.14564745, -0.30340144, 0, 0.86509836]),
    "old hard_sigmoid": ("hard_sigmoid", {"limit": 2.5}, THREES, [0, 0.3, 0.5, 0.7, 1]),
}  # fmt: skip


def agrees(name, options, x, want):
    got = activations.named()[name](np.array(x, np.float32), **options).data
    # tf.keras has computed gelu as 1 + erf(x), which cancels for x below 0
    cancelled = 3e-7 if name == "gelu" else 0
    return got.dtype == np.float32 and np.allclose(got, np.float32(want), 3e-7, cancelled)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_the_pages(example):
    assert agrees(*EXAMPLES[example])


def test_an_example_with_a_wrong_last_digit_is_seen():
    name, options, x, want = EXAMPLES["mish"]
    assert not agrees(name, options, x, [*want[:-1], want[-1] + 1e-6])


@pytest.mark.parametrize("name", [
    "relu", "sigmoid", "softplus", "softsign", "tanh", "selu", "elu", "exponential", "linear",
])  # fmt: skip
def test_every_function_of_the_pages_is_found_by_its_name(name):
    assert activations.get(name) is getattr(activations, name)
    assert activations.serialize(activations.get(name)) == name


def outcome(call):
    """What a call returns, or the class of its error."""
    try:
        y = call()
    except (TypeError, ValueError) as error:
        return type(error)
    return y.data.tolist() if isinstance(y, Tensor) else y


def slope(function, x, *numbers, **options):
    leaf = Tensor(np.array(x, np.float64), requires_grad=True)
    function(leaf, *numbers, **options).backward(np.ones(len(x)))
    return leaf.grad.tolist()


def default(function, name):
    return inspect.signature(function).parameters[name].default


relu, leaky, elu = activations.relu, activations.leaky_relu, activations.elu
X = np.array([-2.0, 0.0, 3.0])

# row of the table: what is called, what comes out
POINTS = [
    ("C1 relu slope keyword", lambda: relu(X, alpha=0.5), [-1, 0, 3]),
    ("C1 relu slope keyword", lambda: relu(X, negative_slope=0.5), [-1, 0, 3]),
    ("C1 relu slope keyword", lambda: relu(X, alpha=0.5, negative_slope=0.5), [-1, 0, 3]),
    ("C1 relu slope keyword", lambda: relu(X, alpha=0.5, negative_slope=0.2), TypeError),
    ("C2 LeakyReLU keyword", lambda: leaky(X, alpha=0.5), [-1, 0, 3]),
    ("C2 LeakyReLU keyword", lambda: leaky(X, negative_slope=0.5), [-1, 0, 3]),
    ("C3 slope defaults", lambda: default(leaky, "negative_slope"), 0.2),
    ("C3 slope defaults", lambda: default(relu, "alpha"), 0.0),
    *[("C4 negative slope value", lambda v=v: leaky(X, v), ValueError)
      for v in (None, -1, -1e-300, NAN, INF, -INF, "a")],
    *[("C4 negative slope value", lambda v=v: relu(X, alpha=v), ValueError)
      for v in (None, -1, NAN, INF, "a")],
    ("C4 negative slope value", lambda: leaky(X, 0), [0, 0, 3]),
    ("C5 ThresholdedReLU", lambda: activations.thresholded_relu(X, 1.0), [0, 0, 3]),
    ("C5 ThresholdedReLU", lambda: activations.thresholded_relu(X, theta=3.0), [0, 0, 0]),
    ("C6 ReLU arguments", lambda: relu(X, negative_slope=0.5, max_value=2.0, threshold=-1.0),
     [-0.5, 0, 2]),
    ("C9 ELU and SELU at 0", lambda: elu([0.0, -0.0]), [0, 0]),
    ("C9 ELU and SELU at 0", lambda: activations.selu([0.0, -0.0]), [0, 0]),
    ("C10 ELU alpha is the saturation", lambda: elu(np.array([-800.0]), 0.3), [-0.3]),
    *[("C11 ELU alpha check", lambda v=v: elu(X, v), ValueError) for v in (None, NAN, INF, "a")],
    ("C11 ELU alpha check", lambda: elu(np.array([-800.0]), -1.0), [1.0]),
    ("C12 SELU constants", lambda: activations.selu(np.array([1.0, -800.0])),
     [1.0507009873554805, -1.7580993408473766]),
    ("C13 threshold test", lambda: relu(np.array([5.0, np.nextafter(5, 6)]), threshold=5.0),
     [0, np.nextafter(5, 6)]),
    ("C14 below the threshold", lambda: relu(np.array([-3.0, 1.0]), 0.5, threshold=1.0), [-2, 0]),
    ("C14 no -0.0", lambda: np.signbit(relu(np.array([-0.0, -5, 4]), threshold=5).data).any(),
     False),
    ("C15 hard_sigmoid", lambda: activations.hard_sigmoid(np.array([-3.0, 0, 1.5, 3])),
     [0, 0.5, 0.75, 1]),
    ("C15 old hard_sigmoid", lambda: activations.hard_sigmoid(np.array([-2.5, 0, 1.25]), 2.5),
     [0, 0.5, 0.75]),
    *[("C18 unknown identifier", lambda v=v: activations.get(v), ValueError)
      for v in ("rellu", 3, 1.5, [])],
    ("C20 softplus", lambda: activations.softplus(np.array([1000.0, -1000.0])), [1000, 0]),
]  # fmt: skip

# Points about layers and rows of numbers: `test_softmax.py` and the tests of the layers have them.
ELSEWHERE = {"C7", "C8", "C16", "C17", "C19", "C21", "C22"}


@pytest.mark.parametrize(
    "row, call, want", POINTS, ids=[f"{row} ({k})" for k, (row, *_) in enumerate(POINTS)]
)
def test_a_point_on_which_the_pages_and_keras_3_differ(row, call, want):
    assert outcome(call) == want


def test_every_point_is_tested():
    here = {row.split()[0] for row, *_ in POINTS}
    assert here | ELSEWHERE == {f"C{k}" for k in range(1, 23)} and not here & ELSEWHERE


def test_a_custom_activation_is_any_function_that_keeps_shape_and_dtype():
    def custom(x):
        return ops.mul(x, activations.sigmoid(x))

    x = Tensor(np.float32([[-1, 2]]))
    assert activations.get(custom) is custom
    assert activations.applied(custom, x).dtype == np.float32
    with pytest.raises(ValueError, match="keeps both"):
        activations.applied(lambda x: ops.sum(x), x)


def test_slopes_at_0_are_what_help_says():
    assert slope(relu, [0.0]) == [0] and slope(leaky, [0.0], 0.3) == [0.3]
