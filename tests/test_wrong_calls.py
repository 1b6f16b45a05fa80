"""Wrong calls, tens of thousands of them at random: each is answered by one line, none is let in.

Every call below is wrong by construction: shapes that do not fit, things that are no numbers, axes,
indices and labels that are not there.  What is right in it has any layout.  At full count kernels
are compiled anew, with bounds checks.
"""

import json

import numpy as np
import oracle
import pytest
from conftest import ROOT
from scoreboard import full

from minigrad import Tensor, activations, layers, losses, ops

OPS = oracle.elementwise_ops()
OF_SEVERAL = [op for op in OPS.values() if len(op.declaration.inputs) > 1]
OF_AXES = [ops.sum, ops.mean, ops.max, ops.min, ops.softmax, ops.log_softmax, ops.softmin]
OF_AXES += [ops.sparsemax]
OF_ONE_AXIS = [ops.crelu, ops.glu, ops.argmax, lambda x, axis: ops.maxout(x, 1, axis)]
LOSSES = [losses.get(name) for name in losses.SHORT]


def shape_of(rng, ndim=None):
    ndim = rng.integers(1, 4) if ndim is None else ndim
    return tuple(rng.integers(2, 5, ndim).tolist())


def array(rng, shape):
    """Numbers in any dtype and layout; half of them as a Tensor."""
    a = rng.normal(size=shape).astype(rng.choice(["f2", "f4", "f8", ">f4", "i4"]))
    a = [a, np.asarray(a, order="F"), a[::-1], a.repeat(2, -1)[..., ::2]][rng.integers(4)]
    return Tensor(a, requires_grad=bool(rng.integers(2))) if rng.integers(2) else a


def no_number(rng):
    wrong = (
        None, "text", ["a", "b"], 1j, np.ones(3, complex), np.array([{}]), [[1.0], [1.0, 2.0]],
        np.array(["1"]), {}, {1, 2}, object(), np.ones(2, "m8[s]"), np.ones(2, np.longdouble),
        np.ones(2, [("a", "f4")]), b"1", print, [None], np.datetime64("2026-01-01"), Ellipsis,
    )  # fmt: skip
    return wrong[rng.integers(len(wrong))]


def other(rng, shape):
    """A shape that does not broadcast with this one."""
    changed = list(shape)
    changed[rng.integers(len(shape))] += int(rng.integers(1, 5))
    return (*[1] * rng.integers(2), *changed)


def axis_outside(rng, ndim):
    outside = (ndim, ndim + 7, -ndim - 1, 2**40, -(2**70), 0.5, "x", 1j, [0.0], np.ones((1, 1)), {})
    return outside[rng.integers(len(outside))]


def shapes(rng):
    op, shape = OF_SEVERAL[rng.integers(len(OF_SEVERAL))], shape_of(rng)
    arguments = [array(rng, shape) for _ in op.declaration.inputs]
    arguments[rng.integers(len(arguments))] = array(rng, other(rng, shape))
    return lambda: op(*arguments, *oracle.numbers_of(op))


def things(rng):
    op = [*OPS.values()][rng.integers(len(OPS))]
    arguments = [array(rng, (3,)) for _ in op.declaration.inputs]
    arguments[rng.integers(len(arguments))] = no_number(rng)
    return lambda: op(*arguments, *oracle.numbers_of(op))


def numbers(rng):
    with_numbers = [op for op in activations.every().values() if op.declaration.numbers]
    op = with_numbers[rng.integers(len(with_numbers))]
    wrong = ("a", float("nan"), 1j, [1.0, 2.0], {}, np.ones(2), object(), 10**400)
    name = [*op.declaration.numbers][rng.integers(len(op.declaration.numbers))]
    given = {name: wrong[rng.integers(len(wrong))]}
    if rng.integers(4) == 0:
        given = {f"{name}s": 1.0}
    return lambda: op(*(array(rng, (3,)) for _ in op.declaration.inputs), **given)


def counts(rng):
    op = [*OPS.values()][rng.integers(len(OPS))]
    known = len(op.declaration.inputs) + len(op.declaration.numbers)
    count = known + 1 + rng.integers(3) if rng.integers(2) else len(op.declaration.inputs) - 1
    return lambda: op(*(1.0 for _ in range(count)))


def axes(rng):
    several = bool(rng.integers(2))
    which = OF_AXES if several else OF_AXES + OF_ONE_AXIS
    op, x = which[rng.integers(len(which))], array(rng, shape_of(rng))
    axis = axis_outside(rng, x.ndim)
    if several:
        axis = [(0, 0), (0, -x.ndim), (0, axis)][rng.integers(3)]
    return lambda: op(x, axis=axis)


def views(rng):
    x = array(rng, shape_of(rng, 2))
    n, m = x.shape
    calls = (
        lambda: ops.reshape(x, n * m + 1), lambda: ops.reshape(x, (-1, -1)),
        lambda: ops.reshape(x, (-2, n)), lambda: ops.reshape(x, "a"),
        lambda: ops.reshape(x, (n, 0.5)), lambda: ops.reshape(x, (2**40, 2**40)),
        lambda: ops.transpose(x, 0), lambda: ops.transpose(x, (0, 0)),
        lambda: ops.transpose(x, (0, axis_outside(rng, 2))), lambda: ops.squeeze(x, 0),
        lambda: ops.squeeze(x, axis_outside(rng, 2)), lambda: ops.expand_dims(x, 3),
        lambda: ops.expand_dims(x, "a"), lambda: ops.index(x, n), lambda: ops.index(x, (0, -m - 1)),
        lambda: ops.index(x, (0, 0, 0)), lambda: ops.index(x, [0, n]), lambda: ops.index(x, 0.5),
        lambda: ops.index(x, "a"), lambda: ops.index(x, np.ones(n + 1, bool)),
        lambda: ops.index(x, slice(0, 1, 0)), lambda: ops.clip(x, 2, 1), lambda: ops.clip(x, "a"),
    )  # fmt: skip
    return calls[rng.integers(len(calls))]


def joined(rng):
    shape = shape_of(rng)
    a, b = array(rng, shape), array(rng, other(rng, shape)[-len(shape) :])
    calls = (
        lambda: ops.stack([a, b]), lambda: ops.concatenate([a, array(rng, (*shape, 1))]),
        lambda: ops.concatenate([]), lambda: ops.stack([]), lambda: ops.concatenate(3),
        lambda: ops.concatenate([a, a], axis_outside(rng, a.ndim)),
        lambda: ops.concatenate([a, no_number(rng)]), lambda: ops.stack([a, a], a.ndim + 1),
        lambda: ops.where(np.ones(shape, bool), a, b), lambda: ops.where(a, a, a),
        lambda: ops.where(np.ones(other(rng, shape), bool), a, a),
        lambda: ops.where(True, a, no_number(rng)),
    )  # fmt: skip
    return calls[rng.integers(len(calls))]


def products(rng):
    n, k = shape_of(rng, 2)
    a, b, bias = array(rng, (n, k)), array(rng, (k, 3)), array(rng, (3,))
    calls = (
        lambda: ops.matmul(a, array(rng, (k + 1, 2))), lambda: ops.matmul(a, 2.0),
        lambda: ops.matmul(a, array(rng, (k + 1,))), lambda: ops.matmul(a, no_number(rng)),
        lambda: ops.matmul(array(rng, (2, n, k)), array(rng, (3, k, 2))),
        lambda: ops.affine(a, array(rng, (k + 1, 3)), bias),
        lambda: ops.affine(a, b, no_number(rng)), lambda: ops.affine(a, b, array(rng, (4,))),
        lambda: ops.affine(a, b, array(rng, (n + 3, 3))),
        lambda: ops.affine(array(rng, (k,)), array(rng, (k + 1, 3)), bias),
    )  # fmt: skip
    return calls[rng.integers(len(calls))]


def labels(rng):
    n, k = shape_of(rng, 2)
    x = array(rng, (n, k))
    right = np.zeros(n, int)
    wrong = (
        right + k, right - 1, right + 2**40, right + 0.5, right[1:], right[:, None], ["a"] * n,
        right.astype(complex), None, np.full(n, 2**63, np.uint64), np.full(n, np.nan),
    )  # fmt: skip
    given = wrong[rng.integers(len(wrong))]
    if rng.integers(4) == 0:
        x, given = array(rng, (n, k, 2)), right
    return lambda: ops.softmax_cross_entropy(x, given)


def targets(rng):
    loss, shape = LOSSES[rng.integers(len(LOSSES))], shape_of(rng, 2)
    y, wrong = array(rng, shape), (array(rng, other(rng, shape)), no_number(rng))
    pair = [y, wrong[rng.integers(2)]]
    return lambda: loss(*pair)


def given_to_layers(rng):
    n, k = shape_of(rng, 2)
    kinds = (layers.Dense(3), layers.PReLU(), layers.BatchNormalization(),
             layers.LayerNormalization())  # fmt: skip
    layer, wrong = kinds[rng.integers(4)], (array(rng, (n, k + 1)), no_number(rng), 2.0)
    layer(np.ones((n, k)))
    x = wrong[rng.integers(3)]
    merging = (layers.Add(), layers.Multiply(), layers.Average(), layers.Concatenate(axis=0))
    merge, a, b = merging[rng.integers(4)], array(rng, (n, k)), array(rng, (n, k + 1))
    embedding, where = layers.Embedding(5, 2), ([5], [-6], [0.5], ["a"], [2**40], None)
    calls = (lambda: layer(x), lambda: merge([a, b]), lambda: embedding(where[rng.integers(6)]))
    return calls[rng.integers(3)]


def graphs(rng):
    shape = shape_of(rng)
    x = Tensor(np.ones(shape), requires_grad=True)
    y, wrong = x * 2, np.ones(other(rng, shape))
    y.backward(np.ones(shape))
    calls = (
        lambda: y.backward(np.ones(shape)), lambda: (x * 2).backward(),
        lambda: (x * 2).backward(wrong), lambda: (x * 2).backward(no_number(rng) or "a"),
        lambda: setattr(x, "data", wrong), lambda: setattr(x, "data", no_number(rng)),
        lambda: setattr(x, "grad", wrong), lambda: setattr(y, "data", np.ones(shape)),
        lambda: Tensor(no_number(rng)), lambda: Tensor([1.0], dtype="i4"), lambda: float(x),
        lambda: Tensor(1.0).backward(),
    )  # fmt: skip
    return calls[rng.integers(len(calls))]


KINDS = (shapes, things, numbers, counts, axes, views, joined, products, labels, targets,
         given_to_layers, graphs)  # fmt: skip


def fault(call):
    """What is wrong with the answer to a wrong call, if anything."""
    try:
        result = call()
    except (TypeError, ValueError, IndexError) as error:
        text = str(error)
        if not text or "\n" in text or "numba" in text.lower() or len(text) > 300:
            return f"{type(error).__name__}: {text}"
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return f"accepted: {result!r}"


def faults(count, seed=0, kinds=KINDS):
    """Each different fault that wrong calls find, and how often."""
    rng, found = np.random.default_rng(seed), {}
    for k in range(count):
        kind = kinds[k % len(kinds)]
        if (wrong := fault(kind(rng))) is not None:
            wrong = f"{kind.__name__}: {wrong.splitlines()[0][:150]}"
            found[wrong] = found.get(wrong, 0) + 1
    return found


SCRIPT = """
import json, sys, warnings
sys.path.insert(0, {tests!r})
warnings.simplefilter("error")
from test_wrong_calls import faults
print(json.dumps(faults({count})))
"""


@pytest.mark.compiler
@pytest.mark.parametrize("count", [1200, full(19, 50_000)])
def test_a_wrong_call_is_answered_by_one_line(count, run_python, record_property):
    script = SCRIPT.format(tests=str(ROOT / "tests"), count=count)
    settings = {"NUMBA_BOUNDSCHECK": "1", "MINIGRAD_CACHE_DIR": "/dev/null/none"}
    found = json.loads(run_python(script, seconds=1500, **settings))
    record_property("found", (sum(found.values()), count))
    assert found == {}


def test_wrong_answers_are_seen():
    def fails(error):
        raise error

    def kind(*calls):
        return lambda rng: calls[rng.integers(len(calls))]

    wrong = [lambda: fails(KeyError("x")), lambda: fails(ValueError("two\nlines"))]
    wrong += [lambda: fails(TypeError("")), lambda: fails(TypeError("Numba says")), lambda: 1]
    assert len(faults(100, kinds=[kind(*wrong)])) == len(wrong)
    assert faults(100, kinds=[kind(lambda: fails(IndexError("op: one line")))]) == {}
