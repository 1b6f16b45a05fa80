"""What minigrad ought to give, by ways that share no line with it: mpmath, NumPy, exact sums."""

import hashlib
from collections.abc import Callable
from functools import partial
from types import FunctionType, SimpleNamespace
from typing import NamedTuple

import numpy as np
from mpmath import mp, mpf

from minigrad import Sequential, Tensor, activations, layers, losses, ops
from minigrad.elementwise import Elementwise
from minigrad.kernels import mathematics
from minigrad.ops import arithmetic
from minigrad.sweep import textbook

# float32 results of up to 1e38 are added to others of 1e-45: 83 digits, and some to round with.
DIGITS = 110

# The ops in the words of a textbook; activations are in `textbook.py`.  An op that is not listed is
# asked for its own formula, run by mpmath: that finds overflow, cancellation and rounding, but not
# a formula that is wrong.
EXACT = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda x: -x,
    "pow": lambda x, y: mp.power(x, y),
    "maximum": lambda a, b: max(a, b),
    "minimum": lambda a, b: min(a, b),
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": lambda x: mp.log1p(x) if x >= -1 else mp.nan,
    "sin": mp.sin,
    "cos": mp.cos,
    "erf": mp.erf,
    "square": lambda x: x * x,
    "sqrt": lambda x: mp.sqrt(x) if x >= 0 else mp.nan,
    "abs": abs,
    "sign": mp.sign,
    "clip": lambda x, low, high: min(max(x, low), high),
}


def exact(op: Elementwise) -> Callable[..., mpf]:
    """The op as a function of mpmath's numbers."""
    if op.name in textbook.FORMULAS:
        return partial(textbook.FORMULAS[op.name], textbook.EXACT)
    return EXACT.get(op.name) or in_mpmath(op.declaration.formula)


def exact_slope(op: Elementwise, name: str) -> Callable[..., mpf]:
    """Its derivative by an input, not from what the op declares; at kinks only for activations."""
    if op.partials[name].name in textbook.SLOPES:
        return exact(op.partials[name])
    f, k = exact(op), op.declaration.inputs.index(name)

    def slope(*x):
        return mp.diff(lambda t: f(*x[:k], t, *x[k + 1 :]), x[k])

    return slope


MPMATH = {getattr(mathematics, n): getattr(mp, n) for n in ("exp", "expm1", "log", "tanh", "sqrt")}
MPMATH |= {mathematics.log1p: mp.log1p, mathematics.power: mp.power}
MPMATH[mathematics.scaled] = lambda slope, x: mpf(0) if slope == 0 else slope * x


def in_mpmath(formula: FunctionType) -> Callable[..., mpf]:
    """The formula with mpmath's functions where it calls minigrad's."""
    names = dict(formula.__globals__)
    for name, value in names.items():
        if value is mathematics:
            known = {n: MPMATH.get(v, v) for n, v in vars(mathematics).items() if callable(v)}
            names[name] = SimpleNamespace(**known)
        elif isinstance(value, FunctionType):
            names[name] = MPMATH.get(value, value)
    return FunctionType(formula.__code__, names, formula.__name__, formula.__defaults__)


def spacing(want, dtype):
    """The distance of neighbours of `dtype` around `want`, also that of denormals."""
    limits = np.finfo(dtype)
    size = np.clip(np.abs(want), float(limits.smallest_normal), float(limits.max))
    return np.ldexp(1.0, np.frexp(size)[1] - 1 - limits.nmant)


def ulps(got, want, rest=0.0):
    """|got - want| in units of the spacing of got's dtype there.

    `want` is float64, and `rest` what that leaves over, in the same units.  Infinity counts as the
    number after the largest.
    """
    limits = np.finfo(got.dtype)
    top = 2.0**limits.maxexp if limits.maxexp < 1024 else np.inf
    value = np.clip(np.asarray(got, np.float64), -top, top)
    want = np.clip(want, -top, top)
    with np.errstate(invalid="ignore"):
        difference = np.where(value == want, 0.0, value - want)
        error = np.abs(difference / spacing(want, got.dtype) - rest)
    error[np.isnan(value) & np.isnan(want)] = 0.0
    return np.where(np.isnan(error), np.inf, error)


def in_two(values, dtype):
    """Numbers of mpmath as a float64 each, and what that leaves over, in spacings of `dtype`."""
    numbers = list(values)
    want = np.array([float(v) for v in numbers])
    units = spacing(want, dtype)
    rest = [
        0.0 if abs(w) > np.finfo(dtype).max else float((v - mpf(w)) / mpf(u))
        for v, w, u in zip(numbers, want, units.tolist(), strict=True)
    ]
    return want, np.array(rest)


def worst(got, f, *inputs, term=0.0):
    """The largest error in ulp against the mpmath function f, and the inputs where it is.

    Where f is 0 as a difference of terms, an ulp is no less than 2**-53 times the larger `term`.
    """
    with mp.workdps(DIGITS):
        exact = (f(*(mpf(float(v)) for v in x)) for x in zip(*inputs, strict=True))
        want, rest = in_two(exact, got.dtype)
    error = ulps(got, want, rest)
    if np.any(term):
        units = spacing(want, got.dtype)
        error *= units / np.maximum(units, np.where(np.isfinite(term), term, 0) * 2.0**-53)
    i = int(np.argmax(error))
    return error[i], f"at {[x[i].item() for x in inputs]}: {got[i]!r}, exact {want[i]!r}"


def bit_patterns(dtype, step):
    """One in `step` of all numbers of a float dtype, in the order of their bits."""
    unsigned = np.dtype(f"u{np.dtype(dtype).itemsize}")
    return np.arange(0, 2 ** (8 * unsigned.itemsize), step, unsigned).view(dtype)


def bits(array):
    """The bits of an array, with one pattern for nan."""
    array = np.array(array, order="C")
    array[np.isnan(array)] = np.nan
    return array.dtype.str, array.shape, array.tobytes()


def elementwise_ops():
    """Every elementwise op that is declared, by name; no partials."""
    declared = {v.name: v for v in vars(arithmetic).values() if isinstance(v, Elementwise)}
    partials = {df.name for op in declared.values() for df in op.partials.values()}
    return activations.every() | {n: op for n, op in declared.items() if n not in partials}


# For number arguments that have no default, or None, which may mean infinity.
ALLOWED = {"low": -1.0, "high": 2.0}


def numbers_of(op):
    """Its number arguments: defaults, or something allowed."""
    numbers = op.declaration.numbers
    return tuple(ALLOWED.get(n, 0.75) if v is None or isinstance(v, type)
                 else op.declaration.number(n, v) for n, v in numbers.items())  # fmt: skip


def used(op, numbers):
    """The numbers that an op computes with when it is given these; without any, its defaults."""
    names = op.declaration.numbers
    given = dict(zip(names, numbers, strict=bool(numbers)))
    return tuple(op.declaration.number(n, given.get(n, default)) for n, default in names.items())


class Program(NamedTuple):
    """Something to compute with tensors of given shapes."""

    name: str
    call: Callable[..., Tensor]
    shapes: tuple


def programs(only=None):
    """Every op of minigrad but the matrix product, whose bits are BLAS's."""
    full, row = (130, 7), (7,)
    found = []
    for name, op in elementwise_ops().items():
        others = [(full,) * (len(op.declaration.inputs) - 1)]
        if name in ("prelu", "add", "mul", "div"):  # stretching is the same for every formula
            others += [(row,), ((),), ((130, 1),)]
        call = op if op._numbers is not None else lambda *x, op=op: op(*x, *numbers_of(op))
        found += [Program(f"{name}{list(other)}", call, (full, *other)) for other in others]
    labels = np.arange(130) % 7
    calls = {
        f"{op.name} axis={axis}": lambda x, op=op, axis=axis: op(x, axis=axis)
        for op in (ops.sum, ops.mean, ops.max, ops.min, ops.softmax, ops.log_softmax)
        for axis in (0, 1)
    }
    calls |= {op.name: op for op in (ops.sum, ops.mean, ops.sparsemax, ops.softmin, ops.crelu)}
    calls["glu"] = lambda x: ops.glu(x[:, :6])
    calls["maxout"] = lambda x: ops.maxout(x[:, :6], 2)
    calls["transpose"] = lambda x: ops.mul(ops.transpose(x), 3.0)
    calls["reshape"] = lambda x: ops.mul(ops.reshape(x, (7, 130)), 3.0)
    calls["slice"] = lambda x: ops.index(x, (slice(None, None, -3), slice(1, 5)))
    calls["clip"] = lambda x: ops.clip(x, -1.0, 2.0)
    calls["where"] = lambda x: ops.where(x.data > 1, x, x.T.reshape(130, 7))
    calls["concatenate"] = lambda x: ops.concatenate([x, x[:3], x], 0)
    calls["stack"] = lambda x: ops.stack([x, x], 1)
    calls["fancy index"] = lambda x: ops.index(x, np.array([0, 5, 5, 129, 5, 0]))
    calls["softmax_cross_entropy"] = lambda x: losses.softmax_cross_entropy(x, labels)
    found += [Program(name, call, (full,)) for name, call in calls.items()]
    return [p for p in found if only is None or p.name.startswith(tuple(only))]


LABELS = np.arange(5000) % 64
LARGE = [
    Program("elu", activations.elu, [(300_000,)]),
    Program("prelu", activations.prelu, [(5000, 64), (64,)]),
    Program("bias", ops.add, [(5000, 64), (64,)]),
    Program("one alpha", activations.prelu, [(300_000,), ()]),
    Program("sum", ops.sum, [(300_007,)]),
    Program("sum of columns", lambda x: ops.sum(x, axis=0), [(5000, 64)]),
    Program("mean of rows", lambda x: ops.mean(x, axis=1), [(5000, 64)]),
    Program("softmax", ops.softmax, [(5000, 64)]),
    Program("cross-entropy", lambda x: losses.softmax_cross_entropy(x, LABELS), [(5000, 64)]),
    Program("squares", lambda x: losses.mean_squared_error(np.zeros(x.shape), x), [(5000, 64)]),
]


def inputs_of(program, dtype, seed=0):
    """Numbers of all sizes; in the first column of elementwise ops, special ones."""
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(0.0, 4.0, shape).astype(dtype) for shape in program.shapes]
    if isinstance(program.call, Elementwise):
        tiny, large = np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max
        special = [np.nan, np.inf, 0.0, tiny, large, 1.0, 88.8, 104.0, 709.8, 745.2]
        special = np.array(special, dtype)
        for array in arrays:
            if array.ndim == 2:
                array[:20, 0] = rng.permutation(np.concatenate([special, -special]))
    return arrays


def run(program, arrays, seed=1):
    """The result of a program and the gradients of its inputs, for a random gradient."""
    leaves = [Tensor(a, requires_grad=True) for a in arrays]
    with np.errstate(all="ignore"):
        y = program.call(*leaves)
        gradient = np.random.default_rng(seed).normal(size=y.shape).astype(y.dtype)
        y.backward(gradient)
    return [y.data, *(leaf.grad for leaf in leaves)]


def fingerprints(only=None, dtypes=("float32",)):
    """A hash of the result and the gradients of each program."""
    found = {}
    for program in programs(only):
        for dtype in dtypes:
            parts = [bits(a) for a in run(program, inputs_of(program, dtype))]
            found[f"{program.name} {dtype}"] = hashlib.sha256(repr(parts).encode()).hexdigest()
    return found


def large_fingerprints():
    """A hash of what each large program gives, and of a network after 100 steps."""
    found = {}
    for program in LARGE:
        parts = [bits(a) for a in run(program, inputs_of(program, np.float32))]
        found[program.name] = hashlib.sha256(repr(parts).encode()).hexdigest()
    rng = np.random.default_rng(3)
    x, labels = rng.normal(size=(5000, 20)).astype(np.float32), LABELS % 10
    model = Sequential([layers.Dense(32, seed=1), layers.PReLU(), layers.Dense(10, seed=2)])
    model.compile("adam", losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x, labels, batch_size=2500, epochs=50, seed=0, verbose=0)
    parts = [bits(w) for w in model.get_weights()]
    return found | {"training": hashlib.sha256(repr(parts).encode()).hexdigest()}
