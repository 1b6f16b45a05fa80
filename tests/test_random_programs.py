"""Random programs: whatever is computed from whatever, its gradients are those of complex numbers.

For a formula that complex numbers can go through, the imaginary part of f(x + i h d) / h is the
derivative of f at x in the direction d: with h = 1e-30 there is no difference to lose digits in.
The oracle below is NumPy in complex128, and branches on the real part.  Each node of a program has
a random weight in the loss, so that no wrong gradient is hidden by symmetry or by a 0.
"""

import math

import numpy as np
import pytest
from conftest import ROOT
from oracle import used

import minigrad.tensor
from minigrad import Tensor, activations, no_grad, ops
from minigrad.elementwise import Elementwise
from minigrad.sweep import textbook

PROGRAMS = 3000
H = 1e-30
ERF = np.vectorize(math.erf, otypes=[float])
SHAPES = [(), (1,), (3,), (2, 3), (2, 1), (1, 3), (3, 3), (2, 2, 3)]


def where_positive(x, positive, otherwise):
    return np.where(np.real(x) > 0, positive, otherwise)


def softmax(x, axis):
    e = np.exp(x - np.real(x).max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def log_softmax(x, axis):
    m = np.real(x).max(axis, keepdims=True)
    return x - m - np.log(np.exp(x - m).sum(axis, keepdims=True))


def extreme(x, axis, keepdims, sign):
    best = sign * np.real(x) == np.max(sign * np.real(x), axis, keepdims=True)
    total = np.sum(np.where(best, x, 0), axis, keepdims=keepdims)
    return total / np.sum(best, axis, keepdims=keepdims)


def clip(x, low, high):
    return np.where(np.real(x) < low, low, np.where(np.real(x) > high, high, x))


ORACLE = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: np.exp(b * np.log(a)),
    "maximum": lambda a, b: np.where(np.real(a) > np.real(b), a, b),
    "minimum": lambda a, b: np.where(np.real(a) < np.real(b), a, b),
    "matmul": np.matmul,
    "where": lambda a, b, condition: np.where(condition, a, b),
    "concatenate": lambda a, b, axis: np.concatenate([a, b], axis),
    "stack": lambda a, b, axis: np.stack([a, b], axis),
    "neg": lambda x: -x,
    "exp": np.exp,
    "expm1": lambda x: np.exp(x) - 1,
    "log": np.log,
    "log1p": lambda x: np.log(1 + x),
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "erf": lambda x: (
        ERF(np.real(x)) + np.imag(x) * 2j / np.sqrt(np.pi) * np.exp(-(np.real(x) ** 2))
    ),
    "square": lambda x: x * x,
    "sign": lambda x: np.sign(np.real(x)),
    "clip": clip,
    "abs": lambda x: where_positive(x, x, -x),
    "softmax": softmax,
    "log_softmax": log_softmax,
    "sum": lambda x, axis, keepdims: np.sum(x, axis, keepdims=keepdims),
    "mean": lambda x, axis, keepdims: np.mean(x, axis, keepdims=keepdims),
    "max": lambda x, axis, keepdims: extreme(x, axis, keepdims, 1),
    "min": lambda x, axis, keepdims: extreme(x, axis, keepdims, -1),
    "reshape": np.reshape,
    "flatten": np.ravel,
    "expand_dims": np.expand_dims,
    "squeeze": np.squeeze,
    "transpose": np.transpose,
    "index": lambda x, where: x[where],
}


def complex_form(op):
    """An activation as the textbook has it, of complex inputs, and numbers as a user gives them."""
    f, inputs = textbook.VALUES[op.name], len(op.declaration.inputs)

    def compute(*arguments):
        with np.errstate(all="ignore"):
            numbers = used(op, arguments[inputs:])
            return f(textbook.COMPLEX, *arguments[:inputs], *numbers)

    return compute


ACTIVATIONS = activations.every()
ORACLE |= {name: complex_form(op) for name, op in ACTIVATIONS.items()}
OPS = {name: getattr(ops, name, None) or getattr(activations, name) for name in ORACLE}
OPS |= {
    "where": lambda a, b, condition: ops.where(condition, a, b),
    "concatenate": lambda a, b, axis: ops.concatenate([a, b], axis),
    "stack": lambda a, b, axis: ops.stack([a, b], axis),
}
TENSORS = dict.fromkeys(ORACLE, 1) | dict.fromkeys(("matmul", "where", "concatenate", "stack"), 2)
TENSORS |= {n: len(op.declaration.inputs) for n, op in OPS.items() if isinstance(op, Elementwise)}


def options(rng, name, x):
    """Random options of an op on an array x; None where it has none that make sense."""
    if name in ("softmax", "log_softmax", "concatenate"):
        return (int(rng.integers(-x.ndim, x.ndim)),) if x.ndim else None
    if name in ("sum", "mean", "max", "min"):
        axes = [k for k in range(x.ndim) if rng.integers(2)]
        axis = [None, tuple(axes), axes[0] - x.ndim if axes else None][rng.integers(3)]
        return axis, bool(rng.integers(2))
    if name in ("expand_dims", "stack"):
        return (int(rng.integers(-x.ndim - 1, x.ndim + 1)),)
    if name == "where":
        return (rng.random(x.shape) > 0.5,)
    if name == "clip":
        return float(rng.uniform(-1.5, 0)), float(rng.uniform(0, 1.5))
    if name == "transpose":
        return (tuple(rng.permutation(x.ndim).tolist()),)
    if name == "reshape":
        shapes = [(x.size,), (1, x.size), (x.size, 1), (3, -1) if x.size % 3 == 0 else (-1,)]
        return (shapes[rng.integers(4)],)
    if name == "index":
        if not x.ndim:
            return (((), None, ...)[rng.integers(3)],)
        n = x.shape[0]
        k = int(rng.integers(-n, n))
        mask = rng.integers(0, 2, n) > 0
        mask[k] = True
        wheres = [k, slice(None, None, -1), [k, 0, k], mask, (..., 0), (None, slice(1)), ([0], ...)]
        return (wheres[rng.integers(len(wheres))],)
    if name in ACTIVATIONS:
        given = textbook.NUMBERS.get(name, [()])
        return given[rng.integers(len(given))]
    return ()


def allowed(name, arguments):
    """Whether an op has a well conditioned value and slope here: not a property of minigrad."""
    if name in ("log", "pow", "sqrt") and np.min(arguments[0]) < 0.1:
        return False
    if name == "log1p" and np.min(arguments[0]) < -0.9:
        return False
    if name == "pow" and np.max(np.abs(arguments[1])) > 3:
        return False
    if name in ("div", "pelu") and np.min(np.abs(arguments[-1])) < 0.3:
        return False
    return name not in ("exp", "expm1", "exponential") or np.max(arguments[0]) < 3


def random_program(rng, names):
    """Leaves, and up to 12 steps (op, operands, options): an operand is a node or a number."""
    leaves = [
        rng.uniform(-2, 2, SHAPES[k]) if rng.integers(3) else rng.uniform(0.3, 2, SHAPES[k])
        for k in rng.integers(0, len(SHAPES), rng.integers(1, 4))
    ]
    values, steps = list(leaves), []
    for _ in range(rng.integers(1, 13)):
        name = names[rng.integers(len(names))]
        operands = [int(k) for k in rng.integers(0, len(values), TENSORS[name])]
        if len(operands) > 1 and name != "matmul" and rng.integers(6) == 0:
            operands[rng.integers(len(operands))] = float(rng.uniform(0.3, 2))
        arguments = [values[k] if isinstance(k, int) else k for k in operands]
        extra = options(rng, name, np.asarray(arguments[0]))
        if extra is None or not allowed(name, arguments):
            continue
        try:
            y = np.asarray(ORACLE[name](*arguments, *extra))
        except ValueError:  # these shapes do not fit
            continue
        if y.ndim <= 3 and y.size <= 64 and np.max(np.abs(y)) < 1e3:
            values.append(y)
            steps.append((name, operands, extra))
    return leaves, steps


def run(functions, steps, leaves):
    values = list(leaves)
    for name, operands, extra in steps:
        arguments = [values[k] if isinstance(k, int) else k for k in operands]
        values.append(functions[name](*arguments, *extra))
    return values


def mismatch(seed, names, oracle=ORACLE):
    """What is wrong with the gradients of one program; None if nothing is."""
    rng = np.random.default_rng(seed)
    leaves, steps = random_program(rng, names)
    tensors = [Tensor(x, requires_grad=bool(rng.integers(4))) for x in leaves]
    if not any(t.requires_grad for t in tensors):
        tensors[0] = Tensor(leaves[0], requires_grad=True)
    values = run(OPS, steps, tensors)
    weights = [rng.uniform(0.5, 1.5, v.shape) for v in values]
    loss = Tensor(0.0)
    for v, w in zip(values, weights, strict=True):
        loss = loss + (v * w).sum()
    loss.backward()
    for k, tensor in enumerate(tensors):
        if not tensor.requires_grad:
            assert tensor.grad is None
            continue
        if tensor.grad.shape != tensor.shape:
            return f"seed {seed}: gradient of shape {tensor.grad.shape} for {tensor.shape}, {steps}"
        d = rng.standard_normal(leaves[k].shape)
        moved = [x + 1j * H * d if j == k else x for j, x in enumerate(leaves)]
        terms = [
            w * np.imag(v) / H for v, w in zip(run(oracle, steps, moved), weights, strict=True)
        ]
        expected = sum(np.sum(t) for t in terms)
        got = np.sum(tensor.grad * d)
        scale = np.sum(np.abs(tensor.grad * d)) + sum(np.sum(np.abs(t)) for t in terms)
        if not abs(got - expected) <= 1e-11 * scale:
            shapes = [x.shape for x in leaves]
            return f"seed {seed}: {got} not {expected} for leaf {k} of {shapes}, steps {steps}"
    return None


def mismatches(programs):
    return [m for m in (mismatch(seed, list(ORACLE)) for seed in programs) if m is not None]


def test_random_programs_have_the_gradients_of_the_complex_oracle():
    wrong = mismatches(range(PROGRAMS // 30))
    assert not wrong, f"{len(wrong)}, first: {min(wrong, key=len)}"


def test_3000_random_programs_in_plain_python_have_the_gradients_of_the_complex_oracle(run_python):
    # compiling each kernel would take six times as long; `test_bits.py` has the same bits from both
    script = f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r})\n"
    script += f"from test_random_programs import mismatches\nprint(mismatches(range({PROGRAMS})))"
    assert run_python(script, seconds=300, NUMBA_DISABLE_JIT="1").strip() == "[]"


@pytest.mark.slow
def test_compiled_random_programs_have_the_gradients_of_the_complex_oracle():
    wrong = mismatches(range(PROGRAMS))
    assert not wrong, f"{len(wrong)} of {PROGRAMS}, first: {min(wrong, key=len)}"


def test_random_programs_are_long_and_use_every_op():
    programs = [random_program(np.random.default_rng(s), list(ORACLE))[1] for s in range(600)]
    used = {name for steps in programs for name, _, _ in steps}
    assert used == set(ORACLE) and sum(map(len, programs)) > 1800


def test_random_programs_compute_the_values_of_the_oracle():
    for seed in range(PROGRAMS, PROGRAMS + 200):
        leaves, steps = random_program(np.random.default_rng(seed), list(ORACLE))
        with no_grad():
            values = run(OPS, steps, [Tensor(x) for x in leaves])
        for y, expected in zip(values, run(ORACLE, steps, leaves), strict=True):
            assert y.shape == np.shape(expected) and y.data.flags.c_contiguous
            np.testing.assert_allclose(y.data, expected, rtol=1e-11, atol=1e-11)


# The checker is checked: each of these mistakes must be found, in programs of ops that have them

FEW = [name for name in ORACLE if name not in ACTIVATIONS or name in ("tanh", "elu", "srelu")]


def sign_of_sub(patch):
    patch.setitem(ORACLE, "sub", lambda a, b: a - b.real + 1j * np.imag(b) if np.ndim(b) else a - b)


def one_millionth_in_tanh(patch):
    tanh = ORACLE["tanh"]
    patch.setitem(ORACLE, "tanh", lambda x: np.real(tanh(x)) + 1.000001j * np.imag(tanh(x)))


def elu_without_its_alpha(patch):
    elu = ORACLE["elu"]
    patch.setitem(ORACLE, "elu", lambda x, alpha=1.0: elu(x, 1.0))


def srelu_with_the_slopes_swapped(patch):
    srelu = ORACLE["srelu"]
    patch.setitem(ORACLE, "srelu", lambda x, tl, al, tr, ar: srelu(x, tl, ar, tr, al))


def softmax_without_its_sum(patch):
    def vjp(self, node, gy):
        work, *_ = node.saved
        p = np.real(softmax(work.reshape(gy.shape), -1))
        return (p * (1 - p) * gy,)

    patch.setattr(type(ops.softmax), "vjp", vjp)


def transpose_that_is_not_put_back(patch):
    patch.setattr(
        type(ops.transpose), "vjp",
        lambda self, node, gy: (gy.transpose(node.saved).reshape(node.parents[0].shape),),
    )  # fmt: skip


def index_that_forgets_repetitions(patch):
    def vjp(self, node, gy):
        where, shape = node.saved
        gx = np.zeros(shape)
        gx[where] = gy
        return (gx,)

    patch.setattr(type(ops.index), "vjp", vjp)


def mean_that_is_a_sum(patch):
    patch.setattr(
        type(ops.mean), "vjp",
        lambda self, node, gy: (np.full(node.saved[0], gy.reshape(node.saved[1]), gy.dtype),),
    )  # fmt: skip


def gradients_that_replace_each_other(patch):
    patch.setattr(minigrad.tensor, "add_up", lambda total, gradient: gradient)


def half_of_the_second_use(patch):
    add_up = minigrad.tensor.add_up
    patch.setattr(
        minigrad.tensor, "add_up", lambda total, g: g if total is None else add_up(total, g / 2)
    )


def rows_that_are_not_added_up(patch):
    patch.setattr("minigrad.plans.unbroadcast", lambda g, shape: np.resize(g, shape))


def matmul_without_transposition(patch):
    vjp = type(ops.matmul).vjp

    def swapped(self, node, gy):
        gx, gw = vjp(self, node, gy)
        square = gw is not None and gw.ndim == 2 and gw.shape[0] == gw.shape[1]
        return gx, gw.T.copy() if square else gw

    patch.setattr(type(ops.matmul), "vjp", swapped)


MISTAKES = [
    sign_of_sub, one_millionth_in_tanh, elu_without_its_alpha, srelu_with_the_slopes_swapped,
    softmax_without_its_sum,
    transpose_that_is_not_put_back, index_that_forgets_repetitions, mean_that_is_a_sum,
    gradients_that_replace_each_other, half_of_the_second_use, rows_that_are_not_added_up,
    matmul_without_transposition,
]  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_by_random_programs(monkeypatch, mistake):
    mistake(monkeypatch)
    tried = range(PROGRAMS)
    assert any(mismatch(seed, FEW) is not None for seed in tried)
