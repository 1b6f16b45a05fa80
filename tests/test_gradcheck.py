"""gradcheck is a checker, so it is fed wrong things here, and must say what is wrong with them."""

import math

import numpy as np
import pytest

from minigrad import Tensor, activations, elementwise, ops
from minigrad.activations import relu, tanh
from minigrad.differences import richardson, slopes
from minigrad.elementwise import Elementwise
from minigrad.gradcheck import GradientError, gradcheck
from minigrad.kernels.mathematics import exp
from minigrad.ops import arithmetic, log_softmax, matmul, softmax
from minigrad.tensor import record


def declared(formula, *partials, **facts):
    """An op of a formula and its partials, in the order of the inputs."""
    op = elementwise(inputs=len(partials) or 1, **facts)(formula)
    for name, partial in zip(op.declaration.inputs, partials, strict=False):
        op.partial(name)(partial)
    return op


def leaky(x):
    """Leaky ReLU: x for x > 0, x / 5 otherwise."""
    return x if x > 0 else 0.2 * x


def leaky_slope(x):
    return 1 if x > 0 else 0.2


def zero_at_the_kink(x):
    return 1 if x > 0 else 0.2 if x < 0 else 0


def one_at_the_kink(x):
    return 1 if x >= 0 else 0.2


def knee_a_little_off(x):
    return 1 if x > 1e-9 else 0.2


def swapped_sign(x):
    return -1 if x > 0 else -0.2


def doubled(x):
    return 2 if x > 0 else 0.4


def growth(x):
    """Exponential."""
    return exp(x)


def growth_slope(x):
    return exp(x)


def off_by_0_09_percent(x):
    return 1.0009 * exp(x)


def off_by_one_millionth(x):
    return 1.000001 * exp(x)


def step(x):
    """Step: x + 1 above 2, x / 2 otherwise."""
    return x + 1 if x > 2 else 0.5 * x


def step_slope(x):
    return 1 if x > 2 else 0.5


def step_slope_between(x):
    return 1 if x > 2 else 0.5 if x < 2 else 0.75


def scaled_leak(x, alpha):
    """PReLU: x for x > 0, alpha x otherwise."""
    return x if x > 0 else alpha * x


def scaled_leak_dx(x, alpha):
    return 1 if x > 0 else alpha


def right_dalpha(x):
    return 0 if x > 0 else x


def halved_dalpha(x):
    return 0 if x > 0 else 0.5 * x


def hinge(x, width=1.0):
    """Hinge: 0 up to the width, x - width above."""
    return x - width if x > width else 0.0


def hinge_slope(x, width):
    return 1 if x > width else 0


def hinge_at(width):
    return [width]


def error_of(op, *inputs, **options):
    with pytest.raises(GradientError) as caught:
        gradcheck(op, *inputs, **options)
    return str(caught.value)


def every_op(*modules):
    found = {id(op): op for m in modules for op in vars(m).values() if isinstance(op, Elementwise)}
    partials = {id(df) for op in found.values() for df in op.partials.values()}
    return [op for key, op in found.items() if key not in partials]


@pytest.mark.parametrize("op", every_op(activations, arithmetic), ids=lambda op: op.name)
def test_every_op_has_the_slopes_that_it_declares(op):
    numbers = {n: 0.75 for n, v in op.declaration.numbers.items() if isinstance(v, type)}
    report = gradcheck(op, raises=False, **numbers)
    assert report.ok, str(report)
    assert report.worst < 0.1


COMPOSITIONS = {
    "a layer": lambda x, w, b: tanh(x @ w + b),
    "softmax": lambda x, w, b: softmax(x @ w) * b,
    "a loss": lambda x, w, b: -(log_softmax(x @ w + b)[[0, 1, 2], [0, 1, 1]]).mean(),
    "an input used twice": lambda x, w, b: (x @ w) * (x @ w).exp() + b * b,
    "shapes": lambda x, w, b: (x.T.reshape(3, 4) @ w)[:, 1:] / (b[:1] * b[1] + 9),
    "sums": lambda x, w, b: x.sum(axis=0, keepdims=True) @ w - abs(b),
    "an input not used": lambda x, w, b: (x @ w).sum(),
    "no input used": lambda x, w, b: Tensor(np.ones(3)),
}


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_compositions_with_broadcasting_pass(name):
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), rng.normal(size=2)
    assert gradcheck(COMPOSITIONS[name], *inputs).worst < 0.1


def test_a_large_jacobian_is_checked_in_random_directions():
    rng = np.random.default_rng(2)
    x, w = rng.normal(size=(20, 5)), rng.normal(size=(5, 6))
    assert gradcheck(lambda x, w: softmax(tanh(x @ w)), x, w)
    wrong = error_of(lambda x, w: softmax(x @ w) * (x @ w).detach(), x, w)
    assert "f: d/dx in a random direction is" in wrong


@pytest.mark.parametrize("seed", range(50))
def test_a_relu_network_passes_with_any_seed(seed):
    rng = np.random.default_rng(seed)
    x, w, v = rng.normal(size=(4, 3)), rng.normal(size=(3, 8)), rng.normal(size=(8, 2))
    assert gradcheck(lambda x, w, v: (relu(x @ w) @ v).sum(), x, w, v, seed=seed).worst < 1


@pytest.mark.parametrize("distance", [0.0, *(0.5 ** np.arange(2, 53, 5))])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_kink_near_the_point_is_no_false_alarm(distance, sign):
    assert gradcheck(lambda x: relu(x - 1) + 3 * x * x, 1 + sign * distance)


def test_a_kink_at_an_input_is_accepted_and_reported():
    report = gradcheck(activations.elu, [-1.0, 0.0, 3.0], alpha=0.2)
    assert report.lines == ("elu: kink at x[1] = 0: legal [0.2, 1], yours 0.2",)
    assert gradcheck(abs, 0.0).lines == ("abs: kink at x = 0: legal [-1, 1], yours 0",)


def test_a_jump_counts_the_side_that_has_the_value():
    op = declared(step, step_slope, jumps=[2.0])
    assert gradcheck(op).lines == ("step: jump at 2: legal 0.5, yours 0.5",)
    wrong = declared(step, step_slope_between, jumps=[2.0])
    assert "step: d/dx at 2 is 0.75, expected 0.5" in error_of(wrong)


def test_an_infinite_slope_is_accepted_where_quotients_grow_without_end():
    assert gradcheck(lambda x: x**0.5, 0.0)


@pytest.mark.parametrize(
    ("slope", "said"),
    [
        (zero_at_the_kink, "leaky: d/dx at 0 is 0 at a kink, legal is [0.2, 1]"),
        (knee_a_little_off, "is 0.2, expected 1 +- "),
        (swapped_sign, ": the sign is wrong (and "),
        (doubled, ": too large by the factor 2 (and "),
    ],
)
def test_a_wrong_partial_is_caught(slope, said):
    assert said in error_of(declared(leaky, slope, kinks=[0.0]))


def test_either_slope_is_legal_at_a_kink():
    assert gradcheck(declared(leaky, leaky_slope, kinks=[0.0]))
    report = gradcheck(declared(leaky, one_at_the_kink, kinks=[0.0]))
    assert report.lines == ("leaky: kink at 0: legal [0.2, 1], yours 1",)


@pytest.mark.parametrize(
    ("slope", "factor"), [(off_by_0_09_percent, "1.0009"), (off_by_one_millionth, "1.000001")]
)
def test_a_slope_that_is_a_little_too_steep_is_caught(slope, factor):
    assert f"too large by the factor {factor} (and" in error_of(declared(growth, slope))


def test_a_wrong_partial_of_the_second_input_is_caught():
    op = declared(scaled_leak, scaled_leak_dx, halved_dalpha, kinks=[0.0])
    said = error_of(op)
    assert "scaled_leak: d/dalpha at x = " in said
    assert "too small by the factor 2" in said
    said = error_of(op, np.array([1.0, -0.5]), np.array([0.3, 0.3]))
    assert "scaled_leak: dy[1]/dalpha[1] is -0.25, expected -0.5 +- " in said


def test_a_kink_that_is_not_declared_is_found():
    said = error_of(declared(leaky, leaky_slope))
    assert said == "leaky: a kink at 0 (slopes 0.2 | 1) that kinks= does not declare"
    said = error_of(declared(hinge, hinge_slope), width=math.pi)
    assert said == "hinge: a kink at 3.14159 (slopes 0 | 1) that kinks= does not declare"
    said = error_of(declared(scaled_leak, scaled_leak_dx, right_dalpha))
    assert "scaled_leak: a kink at x = 0 (slopes " in said


def test_a_jump_that_is_not_declared_is_found():
    said = "step: a jump at 2 (values 1 | 3) that jumps= does not declare"
    assert said in error_of(declared(step, step_slope))
    assert said in error_of(declared(step, step_slope, kinks=[2.0]))


def test_kinks_may_depend_on_numbers_and_a_declared_kink_may_be_missing():
    op = declared(hinge, hinge_slope, kinks=hinge_at)
    assert gradcheck(op, width=-2.5).lines == ("hinge: kink at -2.5: legal [0, 1], yours 0",)
    smooth = declared(growth, growth_slope, kinks=[1.0])
    assert gradcheck(smooth).lines == ("growth: no kink at 1 for these numbers",)


def test_a_missing_partial_is_one_line():
    op = declared(growth)
    said = "growth: d/dx is not declared; write it under @growth.partial('x')"
    assert error_of(op) == said
    assert "its slope with respect to x is not declared" in error_of(op, [1.0])


class Wrong:
    """The square of x, with a gradient that is wrong in a way of its own."""

    name = "wrong"

    def __init__(self, vjp):
        self.gradient = vjp

    def __call__(self, x):
        return record(self, (x.node,), x.data, x.data * x.data)

    def vjp(self, node, gy):
        return (self.gradient(node.saved, gy),)


def test_faults_of_a_backward_by_hand_are_named():
    x, rng = [1.0, 2.0, 3.0], np.random.default_rng(0)
    assert gradcheck(Wrong(lambda x, gy: 2 * x * gy), x)
    said = error_of(Wrong(lambda x, gy: (2 * x * gy)[:1]), x)
    assert said == (
        "wrong: the gradient of x has shape (1,) and dtype float64, x itself (3,) and float64"
    )
    assert "dtype float32" in error_of(Wrong(lambda x, gy: (2 * x * gy).astype("f")), x)
    said = error_of(Wrong(lambda x, gy: 2 * x * gy + 1e-9 * rng.random(3)), x)
    assert said == "wrong: two backward passes give different gradients of x"
    said = error_of(Wrong(lambda x, gy: 2 * x * gy * np.sign(gy)), x)
    assert "wrong: backward is not linear: " in said
    assert "wrong: dy[2]/dx[2] is 0, expected 6 +- 6e-07: the difference is -6" in error_of(
        Wrong(lambda x, gy: 0 * gy), x
    )
    assert "is nan" in error_of(Wrong(lambda x, gy: gy * np.nan), x)
    assert "is inf" in error_of(Wrong(lambda x, gy: gy * np.inf), [2.0])
    said = error_of(Wrong(lambda x, gy: 2 * x * gy.sum()), x)
    assert "dy[" in said and "expected 0 +-" in said


def test_a_function_that_is_not_one_is_caught():
    rng = np.random.default_rng(0)
    said = error_of(lambda x: x * rng.random(2), [1.0, 2.0])
    assert said == "f: two calls with the same inputs return different numbers"

    def doubles_its_input(x):
        x.data = 2 * x.data
        return x * 1

    said = error_of(doubles_its_input, [1.0])
    assert said == "doubles_its_input: it changes its input x"
    assert error_of(ops.log, [0.0]) == "log: the result is not finite at these inputs"
    said = error_of(lambda x: Tensor(x.data, dtype="float32"), [1.0])
    assert said == "f: the result is float32 though the inputs are float64"


def test_what_has_no_gradient_is_refused():
    with pytest.raises(TypeError, match="input 0 has dtype int64; only floats have gradients"):
        gradcheck(relu, np.array([1, 2]))
    with pytest.raises(TypeError, match="input 1 has dtype complex128"):
        gradcheck(matmul, np.ones(2), np.ones(2) * 1j)
    with pytest.raises(TypeError, match="dtype object"):
        gradcheck(relu, np.array([None]))
    with pytest.raises(TypeError, match="f returned a float, not a Tensor"):
        gradcheck(lambda x: x.item(), 1.0)
    with pytest.raises(TypeError, match="no inputs given for softmax"):
        gradcheck(softmax)


def test_inputs_are_promoted_and_left_alone():
    x = Tensor([0.1, 0.2], requires_grad=True)
    seen = []
    assert gradcheck(lambda x: seen.append(x.dtype) or tanh(x), x)
    assert set(seen) == {np.dtype(np.float64)}
    assert x.grad is None
    assert gradcheck(tanh, np.empty((0, 3)))


def test_a_report_says_what_it_found():
    wrong = gradcheck(lambda x: x * x.detach(), [3.0, 5.0], raises=False)
    assert not wrong
    assert not wrong.ok
    assert wrong.worst > 1e6
    assert wrong.errors == (
        "f: dy[1]/dx[1] is 5, expected 10 +- 1e-06: too small by the factor 2 (and 1 more)",
    )
    assert str(wrong).splitlines()[-1].startswith("gradients wrong, largest error ")
    assert str(gradcheck(relu, 1.0)).startswith("gradients ok, largest error ")


@pytest.mark.parametrize("x", [0.3, 2.0, 50.0, 1e-3, 1e4])
def test_differences_are_as_exact_as_their_error_says(x):
    found = slopes(lambda t: np.sin(np.asarray(x) + t))
    assert abs(found.low - math.cos(x)) <= 10 * found.error
    assert found.error < 1e-9 * max(1, x)


def test_richardson_finds_a_limit_from_its_series():
    h = 0.5 ** np.arange(6)
    limit, error = richardson(3 + h - 2 * h**3, 1)
    np.testing.assert_allclose(limit, 3, rtol=1e-14)
    assert error < 1e-13
