"""Elementwise: one declaration becomes function, kernels, node, gradient and help."""

import importlib
import itertools
import pydoc
import sys

import numpy as np
import pytest

import minigrad
from minigrad import Tensor, activations, elementwise, gradcheck
from minigrad.kernels.mathematics import exp, tanh

DECLARED = '''
import math
from minigrad import elementwise
from minigrad.kernels.mathematics import exp, log1p, scaled


@elementwise(
    inputs=2,
    kinks=lambda knee: [knee],
    jumps=lambda knee: [knee],
    aliases={"theta": "knee"},
    none={"limit": math.inf},
    ranges={"limit": (0, math.inf)},
    source="Author 2020, https://example.org",
)
def gated(x, slope, knee=0.5, limit=None):
    """Gated: x slope beyond the knee, exp(x) otherwise."""
    return min(x * slope, limit) if x > knee else exp(x)


@gated.partial("x")
def dgated_dx(x, slope, knee, limit):
    return (slope if x * slope < limit else 0.0) if x > knee else exp(x)


@gated.partial("slope")
def dgated_dslope(x, slope, knee, limit):
    return (x if x * slope < limit else 0.0) if x > knee else 0.0
'''

X = np.array([[-1.0, 0.25, 2.0], [3.0, -2.0, 0.75]])


@pytest.fixture(scope="module")
def gated(tmp_path_factory):
    """An op that a user has written into a file."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "users_activations.py").write_text(DECLARED)
    sys.path.insert(0, str(folder))
    yield importlib.import_module("users_activations").gated
    sys.path.remove(str(folder))
    del sys.modules["users_activations"]


def test_a_declaration_computes(gated):
    y = gated(X, [1.0, 2.0, 3.0])
    np.testing.assert_allclose(y.data, np.where(X > 0.5, X * [1, 2, 3], np.exp(X)), rtol=1e-15)


def test_a_declaration_has_a_graph_and_gradients_for_both_inputs(gated):
    x, slope = Tensor(X, requires_grad=True), Tensor([1.0, 2.0, 3.0], True, dtype="float64")
    gated(x, slope).sum().backward()
    beyond = X > 0.5
    np.testing.assert_allclose(x.grad, np.where(beyond, [1, 2, 3], np.exp(X)), rtol=1e-15)
    np.testing.assert_allclose(slope.grad, np.where(beyond, X, 0).sum(0), rtol=1e-15)


def test_a_declaration_passes_gradcheck(gated):
    gradcheck(gated, X, np.array([1.0, 2.0, 3.0]))


def test_numbers_aliases_and_none_change_the_result(gated):
    assert gated(1.0, 3.0, 2.0).item() == pytest.approx(np.e, rel=1e-6)
    assert gated(1.0, 3.0, theta=2.0).item() == gated(1.0, 3.0, knee=2.0).item()
    assert gated(1.0, 3.0, limit=2).item() == 2 and gated(1.0, 3.0, limit=None).item() == 3


def test_wrong_numbers_of_a_declaration_are_one_line(gated):
    for options in ({"theta": 1, "knee": 2}, {"limit": -1}, {"kne": 1}, {"knee": None}):
        with pytest.raises((TypeError, ValueError)) as raised:
            gated(1.0, 2.0, **options)
        assert str(raised.value).startswith("gated: ") and "\n" not in str(raised.value)


def test_help_is_generated_from_the_declaration(gated):
    text = pydoc.plain(pydoc.render_doc(gated))
    for words in (
        "Gated: x slope beyond the knee, exp(x) otherwise.",
        "slope : Tensor",
        "knee : a finite number; default 0.5; also called theta",
        "limit : a finite number of at least 0, or None; default None",
        "d/dx: (slope if x * slope < limit else 0.0) if x > knee else exp(x)",
        "kinks at places that knee set",
        "Author 2020, https://example.org",
        ">>> gated([-2.0, 0.0, 3.0], 0.25)",
        "Tensor([0.1353",
    ):
        assert words in text, text


def test_help_of_every_activation_has_a_computed_example():
    for name, op in activations.every().items():
        if op.declaration.default_numbers() is not None:
            assert f">>> {name}(" in op.__doc__ and "Tensor(" in op.__doc__.split(">>>")[1]


def test_an_op_looks_like_its_formula(gated):
    assert (gated.__name__, gated.__module__) == ("gated", "users_activations")
    assert repr(gated) == "<op gated(x, slope, knee=0.5, limit=None)>"


def test_kinks_and_jumps_move_with_the_numbers(gated):
    assert gated.declaration.points("kinks", (0.25, np.inf)) == [0.25]
    assert gated.declaration.points("jumps", (0.75, np.inf)) == [0.75]


# Partials


def swell(x, rate=1.0):
    """Swell: exp(rate x)."""
    return exp(rate * x)


def swell_slope(x, rate):
    return rate * exp(rate * x)


def swell_curvature(x, rate):
    return rate * rate * exp(rate * x)


@pytest.fixture
def swelling():
    op = elementwise(aliases={"speed": "rate"})(swell)
    op.partial("x")(swell_slope)
    return op


def test_a_partial_is_an_op_with_partials_of_its_own(swelling):
    slope = swelling.partials["x"]
    slope.partial("x")(swell_curvature)
    x = Tensor(np.array([0.5, 1.0]), requires_grad=True)
    y = slope(x, speed=2)
    y.backward(np.ones(2))
    np.testing.assert_allclose(y.data, 2 * np.exp([1.0, 2.0]), rtol=1e-15)
    np.testing.assert_allclose(x.grad, 4 * np.exp([1.0, 2.0]), rtol=1e-15)


def test_a_partial_may_read_the_result():
    op = elementwise()(lambda x: tanh(x))
    op.partial("x")(lambda y: 1 - y * y)
    for shape in [(), (4,), (2, 3), (40, 50)]:
        values = np.linspace(-2, 2, int(np.prod(shape))).reshape(shape)
        x = Tensor(values, requires_grad=True)
        op(x).backward(np.ones(shape))
        np.testing.assert_allclose(x.grad, 1 / np.cosh(values) ** 2, rtol=1e-13)


def test_a_partial_of_two_inputs_may_read_the_result():
    op = elementwise(inputs=2)(lambda a, b: a * b)
    op.partial("a")(lambda b: b)
    op.partial("b")(lambda b, y: y / b)
    a, b = Tensor(X, requires_grad=True), Tensor(np.array([1.0, 2.0, 4.0]), requires_grad=True)
    op(a, b).sum().backward()
    np.testing.assert_allclose(b.grad, X.sum(0), rtol=1e-15)


@pytest.mark.parametrize("slope", [0, 1, -1, 2.5])
def test_a_partial_may_be_a_constant(slope):
    op = elementwise()(lambda x: slope * x)
    op.partial("x")(lambda: slope)
    for shape in [(), (3,), (2, 3)]:
        x = Tensor(np.ones(shape), requires_grad=True)
        op(x).backward(np.full(shape, 2.0))
        assert x.grad.shape == shape and (x.grad == 2 * slope).all()


def test_what_no_partial_reads_is_not_kept():
    x = Tensor(np.ones(5000), requires_grad=True)
    saved = (x + Tensor(np.ones(5000))).node.saved
    assert not any(isinstance(a, np.ndarray) for a in saved)


def test_without_its_partial_an_op_computes_but_has_no_gradient():
    op = elementwise()(swell)
    x = Tensor([0.0], requires_grad=True)
    y = op(x)
    assert y.data.tolist() == [1]
    with pytest.raises(TypeError) as raised:
        y.backward([1.0])
    assert str(raised.value) == (
        "swell: its slope with respect to x is not declared; write it under @swell.partial('x')"
    )
    assert x.grad is None


@pytest.mark.parametrize("name", ["rate", "z", "y"])
def test_a_partial_is_for_a_tensor_argument(swelling, name):
    with pytest.raises(TypeError) as raised:
        swelling.partial(name)
    assert str(raised.value) == f"swell: no tensor argument {name!r}; partials are for x"


def mistaken(x, speed):
    return x


def out_of_order(rate, x):
    return x


@pytest.mark.parametrize("partial", [mistaken, out_of_order])
def test_a_partial_that_reads_what_there_is_not_is_an_error(swelling, partial):
    with pytest.raises(TypeError) as raised:
        swelling.partial("x")(partial)
    text = str(raised.value)
    assert partial.__name__ in text and "x, y, rate, tensors first" in text and "\n" not in text


def test_more_inputs_than_arguments_are_an_error():
    with pytest.raises(TypeError) as raised:
        elementwise(inputs=3)(swell)
    assert str(raised.value).startswith("swell: inputs=3")


# Many inputs


def check_by_differences(op, formula, arrays, h=1e-5):
    tensors = [Tensor(a, requires_grad=True) for a in arrays]
    y = op(*tensors)
    np.testing.assert_allclose(y.data, formula(*arrays), rtol=1e-14)
    seed = np.random.default_rng(5).uniform(0.5, 1.5, y.shape)
    y.backward(seed)
    for k, tensor in enumerate(tensors):
        d = np.random.default_rng(k).standard_normal(tensor.shape)

        def along(t, k=k, d=d):
            return np.sum(
                seed * formula(*(a + t * d if j == k else a for j, a in enumerate(arrays)))
            )

        expected = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h)
        np.testing.assert_allclose(np.sum(tensor.grad * d), expected, rtol=1e-8)


@pytest.mark.parametrize("shapes", [[(2, 3)] * 3, [(2, 3), (3,), (2, 1)], [(3,), (), (2, 3)]])
def test_three_tensor_inputs_have_their_gradients(shapes):
    op = elementwise(inputs=3)(lambda a, b, c: a * b + exp(c) * b)
    op.partial("a")(lambda b: b)
    op.partial("b")(lambda a, c: a + exp(c))
    op.partial("c")(lambda b, c: exp(c) * b)
    arrays = [np.random.default_rng(k).uniform(0.5, 2, s) for k, s in enumerate(shapes)]
    check_by_differences(op, lambda a, b, c: a * b + np.exp(c) * b, arrays)


def test_five_tensor_inputs_have_their_gradients():
    """SReLU (Jin et al. 2015): two knees and two slopes, all learned."""
    op = elementwise(inputs=5)(
        lambda x, tr, ar, tl, al: (
            tr + ar * (x - tr) if x >= tr else x if x > tl else tl + al * (x - tl)
        )
    )
    op.partial("x")(lambda x, tr, ar, tl, al: ar if x >= tr else 1.0 if x > tl else al)
    op.partial("tr")(lambda x, tr, ar: 1 - ar if x >= tr else 0.0)
    op.partial("ar")(lambda x, tr: x - tr if x >= tr else 0.0)
    op.partial("tl")(lambda x, tl, al: 0.0 if x > tl else 1 - al)
    op.partial("al")(lambda x, tl: 0.0 if x > tl else x - tl)

    def srelu(x, tr, ar, tl, al):
        return np.where(x >= tr, tr + ar * (x - tr), np.where(x > tl, x, tl + al * (x - tl)))

    learned = [np.array(v) for v in ([0.8] * 3, 0.3, [-0.9] * 3, 0.2)]
    check_by_differences(op, srelu, [np.linspace(-3.1, 3, 12).reshape(4, 3), *learned])


def test_numbers_alone_make_a_single_number():
    assert minigrad.ops.add(1, 2).shape == () and minigrad.ops.add(1, 2).dtype == np.float32


# Notebooks and the prompt


CELL = '''
from minigrad import elementwise
@elementwise()
def cell(x):
    """Cell."""
    return {value} * x
@cell.partial("x")
def dcell_dx():
    return {value}
'''


def run_cell(value, namespace):
    exec(CELL.format(value=value), namespace)
    return namespace["cell"]


def test_a_formula_from_the_prompt_has_no_file_and_is_compiled_all_the_same():
    cell = run_cell(3, {"__name__": "__main__"})
    x = Tensor(np.ones(1000), requires_grad=True)
    cell(x).sum().backward()
    assert (cell(x).data == 3).all() and (x.grad == 3).all()
    assert "Cell." in cell.__doc__ and "d/dx: dcell_dx" in cell.__doc__


def test_a_cell_that_is_run_again_takes_effect_at_once():
    namespace = {"__name__": "__main__"}
    for value in (3, 5, 3, 7):
        cell = run_cell(value, namespace)
        x = Tensor(np.ones(10), requires_grad=True)
        y = cell(x)
        y.sum().backward()
        assert y.data[0] == x.grad[0] == value


def test_a_constant_that_is_redefined_takes_effect_in_the_cell_after_it():
    namespace = {"__name__": "__main__", "factor": 2.0}
    source = "from minigrad import elementwise\n@elementwise()\ndef f(x):\n    return factor * x\n"
    exec(source, namespace)
    assert namespace["f"](1.0).item() == 2
    namespace["factor"] = 3.0
    exec(source, namespace)
    assert namespace["f"](1.0).item() == 3


def test_a_new_partial_replaces_the_old_one_at_once(swelling):
    x = Tensor(np.zeros(3), requires_grad=True)
    swelling(x).sum().backward()
    swelling.partial("x")(lambda: 10)
    x.grad = None
    swelling(x).sum().backward()
    assert x.grad.tolist() == [10, 10, 10]


@pytest.mark.compiler
def test_a_formula_that_cannot_be_compiled_is_one_line():
    op = elementwise()(lambda x: sorted({"a": x}.values(), key=str)[0])
    with pytest.raises(TypeError) as raised:
        op(np.ones(3))
    assert "\n" not in str(raised.value)


def test_a_slope_that_reads_all_inputs_does_not_get_the_result_which_another_one_reads():
    @elementwise(inputs=2)
    def product(a, b):
        """Product: a b."""
        return a * b

    @product.partial("a")
    def dproduct_da(a, b):
        return b + 0 * a

    @product.partial("b")
    def dproduct_db(b, y):
        return y / b

    a = Tensor([2.0, 3.0], requires_grad=True)
    b = Tensor([5.0, 7.0], requires_grad=True)
    product(a, b).backward([1.0, 1.0])
    assert a.grad.tolist() == [5.0, 7.0]
    assert b.grad.tolist() == [2.0, 3.0]


def test_numbers_that_are_alike_are_not_taken_for_each_other():
    calls = [
        lambda: activations.leaky_relu([-1.0], 0.0),
        lambda: activations.leaky_relu([-1.0], -0.0),
        lambda: activations.leaky_relu([-1.0], alpha=0.5),
        lambda: activations.leaky_relu([-1.0], negative_slope=0.25),
        lambda: activations.leaky_relu([-1.0], 0.5),
        lambda: activations.leaky_relu([-1.0]),
        lambda: activations.relu([-1.0, 9.0], 0.5, 4.0),
        lambda: activations.relu([-1.0, 9.0], alpha=0.5, max_value=4.0),
        lambda: activations.relu([-1.0, 9.0], max_value=0.5, alpha=4.0),
        lambda: activations.relu([-1.0, 9.0], 0.5, threshold=4.0),
    ]
    first = [str(call()) for call in calls]
    for a, b in itertools.product(range(len(calls)), repeat=2):
        assert (str(calls[a]()), str(calls[b]())) == (first[a], first[b])
    assert first[6] == first[7] and len(set(first)) >= 7


@pytest.mark.parametrize("call", [(), (0.5,)])
def test_a_missing_tensor_is_told_after_calls_with_the_same_numbers(call):
    op = elementwise(inputs=2)(lambda x, w, a=1.0: x * w * a)
    op([1.0], [2.0], *call)
    op([1.0], [2.0], a=0.5)
    with pytest.raises(TypeError):
        op([1.0], a=0.5)
    with pytest.raises(TypeError):
        op([1.0])


@pytest.mark.parametrize(
    "value", [np.full(2, 0.5), Tensor(0.5, requires_grad=True), "0.5", b"1", [0.5]]
)
def test_what_is_not_a_number_is_told_after_calls_with_the_same_one(value):
    calls = [
        lambda alpha: activations.leaky_relu([-1.0], alpha),
        lambda alpha: activations.leaky_relu([-1.0], alpha=alpha),
    ]
    for call in calls:
        call(0.5)
        with pytest.raises((TypeError, ValueError), match="leaky_relu: negative_slope"):
            call(value)
