"""Mutants: every small mistake in a formula or a partial of an activation is found.

Each comparison, constant, sign, operation, branch and term of `minigrad/activations/` is changed in
turn, and the changed function is run in plain Python at a few hundred points, against mpmath.  What
survives is listed below, with the reason: programs that compute the same.
"""

import ast
import inspect
import math
from types import FunctionType

import numpy as np
import oracle
import pytest
from mpmath import mp, mpf
from test_activations import BEYOND, INF, ULPS, VARIANTS, names

from minigrad import activations
from minigrad.activations.smooth import GELU_FLAT
from minigrad.kernels.mathematics.error_function import FLAT
from minigrad.sweep import textbook

OTHER_OPERATION = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
OTHER_COMPARISONS = {
    ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE), ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE), ast.Eq: (ast.NotEq,),
}  # fmt: skip
OTHER_FUNCTION = {
    "exp": "expm1", "expm1": "exp", "exp_sum": "expm1_sum", "expm1_sum": "exp_sum", "min": "max",
    "max": "min", "sin": "cos", "cos": "sin", "normal_cdf": "normal_pdf",
    "normal_pdf": "normal_cdf", "log1p": "log",
}  # fmt: skip


def constants(c):
    """Other numbers than c: a little larger, much larger, of the other sign, 0."""
    changed = (c * (1 + 1e-9) or 1e-9, c * (1 + 1e-4), c + 1, -c, 0.0)
    return [ast.Constant(v) for v in dict.fromkeys(changed) if v != c]


def changes(node, constant):
    """What a node may be mistaken for; `constant` has the values of names that are numbers."""
    match node:
        case ast.Compare(left, [op], right):
            return [ast.Compare(left, [o()], right) for o in OTHER_COMPARISONS[type(op)]]
        case ast.Constant(bool() | str() | None):
            return []
        case ast.Constant(c):
            return constants(c)
        case ast.Name(name) if name in constant:
            return constants(constant[name])
        case ast.BinOp(left, op, right):
            return [ast.BinOp(left, OTHER_OPERATION[type(op)](), right), left, right]
        case ast.UnaryOp(ast.USub(), operand):
            return [operand]
        case ast.IfExp(test, body, orelse):
            return [ast.IfExp(test, orelse, body), body, orelse]
        case ast.Call(ast.Name("abs"), [x]):
            return [x, ast.UnaryOp(ast.USub(), x)]
        case ast.Call(ast.Name("scaled"), [a, b]):
            return [ast.BinOp(a, ast.Mult(), b), a, b]
        case ast.Call(ast.Name(name), arguments) if name in OTHER_FUNCTION:
            other = ast.Call(ast.Name(OTHER_FUNCTION[name], ast.Load()), arguments, [])
            return [other, *arguments]
    return []


def mutants(function):
    """(what was changed, the tree with that change), for every change of a function's body."""
    tree = ast.parse(inspect.getsource(function)).body[0]
    tree.decorator_list = []
    known = {n: v for n, v in function.__globals__.items() if isinstance(v, float) and v < INF}
    for statement in tree.body:
        for parent in list(ast.walk(statement)):
            for field, value in list(ast.iter_fields(parent)):
                for k, child in enumerate(value if isinstance(value, list) else [value]):
                    if not isinstance(child, ast.expr):
                        continue
                    leaf = isinstance(child, ast.Constant | ast.Name)
                    where = f" in {ast.unparse(parent)}" if leaf else ""
                    for other in changes(child, known):
                        changed = other
                        if isinstance(value, list):
                            changed = [*value[:k], other, *value[k + 1 :]]
                        setattr(parent, field, changed)
                        yield f"{ast.unparse(child)} -> {ast.unparse(other)}{where}", tree
                        setattr(parent, field, value)


def built(tree, global_names):
    """A function of a tree, with these global names."""
    known = dict(global_names)
    module = ast.fix_missing_locations(ast.Module([tree], []))
    exec(compile(module, "<mutant>", "exec"), known)
    return known[tree.name]


# Where slopes are 0.
ROOTS = {"gelu": [GELU_FLAT, -FLAT]}


def where_it_matters(op, numbers):
    """Kinks and their neighbours, zeros, tails, infinities, and some numbers in between."""
    rng = np.random.default_rng(7)
    limits = np.finfo(np.float64)
    near = [0.0, limits.smallest_subnormal, 1e-300, 1e-9, 1e-3, 1.0, limits.max, 1e160]
    kinks = [p for which in ("kinks", "jumps") for p in op.declaration.points(which, numbers)]
    for root in ROOTS.get(op.name, ()):
        near += [root, root + 1e-8, root - 2e-8, root - 3e-3]
    kinks += [1.0, 3.0, 6.0] if op.name in ("hard_silu", "sparse_plus", "srelu") else []
    for k in kinks:
        if abs(k) < INF:
            near += [k, *(k * (1 + s * 2.0**-j) for j in (52, 40, 28, 14) for s in (1, -1))]
            near += [math.nextafter(k, -INF), math.nextafter(k, INF)]
    x = [rng.uniform(-5, 5, 12), rng.uniform(-30, 30, 6), rng.uniform(-740, -600, 3)]
    x += [[-38.2, -37.0, -26.0, -21.3, -20.9, -745.5, -709.0, 708.0]]
    return np.unique(np.concatenate([near, np.negative(near), *x]))


def exact_rows(op, learned, numbers):
    """For the value and each slope: rows of arguments, number wanted, tolerance."""
    inputs = (*learned, *oracle.used(op, numbers))
    x = where_it_matters(op, oracle.used(op, numbers))
    for name in names(op):
        f, term = textbook.FORMULAS[name], textbook.LARGEST_TERM.get(name)
        with np.errstate(all="ignore"):
            terms = np.zeros(x.size) + (term(x, *inputs) if term else 0)
        with mp.workdps(oracle.DIGITS):
            exact = [mpf(f(textbook.EXACT, mpf(v), *map(mpf, inputs))) for v in x.tolist()]
            limits = [mpf(f(textbook.EXACT, s * BEYOND, *map(mpf, inputs))) for s in (-1, 1)]
        want = np.array([float(v) for v in exact])
        if (name, inputs) == ("dgelu_dx", (1.0,)):  # no terms that cancel
            terms[:] = 0.0
        elif name == "dgelu_dx":  # a series of its own, around where it is 0
            terms[abs(x - FLAT) < 3e-8] = 0.0
        spacing = np.maximum(oracle.spacing(want, np.float64), np.nan_to_num(terms) * 2.0**-53)
        most = ULPS[np.float64][name != op.name] * spacing
        rows = [*zip(x.tolist(), want.tolist(), most.tolist(), strict=True)]
        if op.name not in textbook.PERIODIC:
            rows += [(s * INF, float(v) + 0.0, 4e-16) for s, v in zip((-1, 1), limits, strict=True)]
        yield name, [((v, *inputs), w, t) for v, w, t in rows]


@pytest.fixture(scope="module")
def table():
    """All rows of each formula and partial, the arguments as float64, those that it reads."""
    found = {}
    for variant in VARIANTS:
        op, learned, numbers = variant.values
        arguments = (*op.declaration.inputs, *op.declaration.numbers)
        ops = {df.name: df for df in (op, *op.partials.values())}
        for name, rows in exact_rows(op, learned, numbers):
            read = inspect.signature(ops[name].declaration.formula).parameters
            reads = [arguments.index(a) for a in read]
            found.setdefault(name, []).extend(
                ([np.float64(row[k]) for k in reads], want, most) for row, want, most in rows
            )
    return found


def wrong(function, rows):
    """Whether a function gives something else than mpmath in one of these rows."""
    with np.errstate(all="ignore"):
        for arguments, want, tolerance in rows:
            try:
                got = float(function(*arguments))
            except (ArithmeticError, ValueError, TypeError, NameError):
                return True
            if not (got == want or abs(got - want) <= tolerance):
                return True
            x_is_signed = arguments[0] == 0 and math.copysign(1, arguments[0]) < 0
            if got == want == 0 and math.copysign(1, got) < math.copysign(1, want):
                if not x_is_signed:
                    return True  # no -0 where the textbook has none
    return False


def functions():
    """Every formula and partial, and every function that they share, with those that call it."""
    formulas = {}
    for op in activations.every().values():
        for df in (op, *op.partials.values()):
            formulas[df.name] = df.declaration.formula
    shared = {}
    for formula in formulas.values():
        for name in formula.__code__.co_names:
            helper = formula.__globals__.get(name)
            if isinstance(helper, FunctionType) and helper.__module__ == formula.__module__:
                shared.setdefault(helper, []).append(formula)
    return [(f, [f]) for f in formulas.values()] + list(shared.items())


def survivors(table):
    """How many mutants there were, and those that no row contradicts."""
    count, alive = 0, set()
    for function, callers in functions():
        for change, tree in mutants(function):
            count += 1
            mutant = built(tree, function.__globals__)
            known = {**function.__globals__, function.__name__: mutant}
            users = [mutant if c is function else FunctionType(c.__code__, known) for c in callers]
            if not any(wrong(f, table[c.__name__]) for f, c in zip(users, callers, strict=True)):
                alive.add(f"{function.__name__}: {change}")
    return count, alive


# Mutants that no point can tell from the original, by the reason.
EQUIVALENT = {
    "Both pieces have this value where they meet.": [
        "celu: x > 0 -> x >= 0",
        "dcelu_dx: x > 0 -> x >= 0",
        "dgelu_dx: x > 0 -> x >= 0",
        "dlearned_elu_dalpha: x > 0 -> x >= 0",
        "dlearned_elu_dscale: x > 0 -> x >= 0",
        "dlog_sigmoid_dx: x > 0 -> x >= 0",
        "dmish_dx: x > 0 -> x >= 0",
        "dpelu_da: x > 0 -> x >= 0",
        "dpelu_db: x > 0 -> x >= 0",
        "dpelu_dx: x > 0 -> x >= 0",
        "dprelu_dalpha: x > 0 -> x >= 0",
        "dsoftplus_dx: x > 0 -> x >= 0",
        "dsparse_plus_dx: x > -1 -> x >= -1",
        "dsquared_relu_dx: x > 0 -> x >= 0",
        "disrlu_dx: 0 -> 1e-09 in x > 0",
        "disrlu_dx: x > 0 -> x >= 0",
        "isrlu: 0 -> 1e-09 in x > 0",
        "isrlu: x > 0 -> x >= 0",
        "dsparse_plus_dx: x >= 1 -> x > 1",
        "dsrelu_da_left: x > t_left -> x >= t_left",
        "dsrelu_da_right: x >= t_right -> x > t_right",
        "elu: x > 0 -> x >= 0",
        "gelu: x > 0 -> x >= 0",
        "hard_sigmoid: x > -limit -> x >= -limit",
        "hard_sigmoid: x >= limit -> x > limit",
        "hard_silu: x >= 3 -> x > 3",
        "hard_tanh: x > low -> x >= low",
        "hard_tanh: x >= high -> x > high",
        "leaky_relu: x > 0 -> x >= 0",
        "learned_elu: x > 0 -> x >= 0",
        "learned_swish: t > 0 -> t >= 0",
        "mish: x > 0 -> x >= 0",
        "pelu: x > 0 -> x >= 0",
        "prelu: x > 0 -> x >= 0",
        "relu6: x > 0 -> x >= 0",
        "relu6: x >= 6 -> x > 6",
        "selu: x > 0 -> x >= 0",
        "sigmoid: x > 0 -> x >= 0",
        "silu: x > 0 -> x >= 0",
        "soft_shrink: x < -threshold -> x <= -threshold",
        "soft_shrink: x > threshold -> x >= threshold",
        "sparse_plus: 1 -> 1.000000001 in x >= 1",
        "sparse_plus: x > -1 -> x >= -1",
        "sparse_plus: x >= 1 -> x > 1",
        "sparse_sigmoid: x > -1 -> x >= -1",
        "sparse_sigmoid: x >= 1 -> x > 1",
        "squared_relu: x > 0 -> x >= 0",
        "srelu: x > t_left -> x >= t_left",
    ],
    "The sign is read for an infinite x only.": [
        "dbent_identity_dx: 0 -> 1 in x > 0",
        "dbent_identity_dx: 0 -> 1e-09 in x > 0",
        "dbent_identity_dx: x > 0 -> x >= 0",
        "isru: 0 -> 1 in x > 0",
        "isru: 0 -> 1e-09 in x > 0",
        "isru: x > 0 -> x >= 0",
        "softsign: 0 -> 1 in x > 0",
        "softsign: 0 -> 1e-09 in x > 0",
        "softsign: x > 0 -> x >= 0",
    ],
    "A part of a rounding error, and a small part.": [
        "dgaussian_dx: 0.5 -> 0.5000000005 in 0.5 * product_error(-x, x, t)",
        "dgaussian_dx: 0.5 -> 0.50005 in 0.5 * product_error(-x, x, t)",
        "dpelu_db: 0.5 -> 0.5000000005 in 0.5 * quotient_error(x, b, q)",
        "dpelu_db: 0.5 -> 0.50005 in 0.5 * quotient_error(x, b, q)",
        "gelu_exponential: 0.5 -> 0.5000000005 in 0.5 * (error if t < 0 else -error)",
        "gelu_exponential: 0.5 -> 0.50005 in 0.5 * (error if t < 0 else -error)",
        "gelu_exponential: GELU_CUBIC -> 0.07135481634395507 "
        "in GELU_CUBIC * product_error(x, x, square)",
        "gelu_exponential: GELU_CUBIC -> 0.0713619517542275 "
        "in GELU_CUBIC * product_error(x, x, square)",
        "gelu_exponential: GELU_CUBIC_REST -> -6.175149924330466e-19 in GELU_CUBIC_REST * square",
        "gelu_exponential: GELU_CUBIC_REST -> -6.17576743314713e-19 in GELU_CUBIC_REST * square",
        "gelu_exponential: GELU_LINEAR_REST -> -9.96930881908023e-17 "
        "in GELU_LINEAR_REST + cubic_rest",
        "gelu_exponential: GELU_LINEAR_REST -> -9.970305739991832e-17 "
        "in GELU_LINEAR_REST + cubic_rest",
        "half_exponential: 0.5 -> 0.5000000005 in 0.5 * (error if t < 0 else -error)",
        "half_exponential: 0.5 -> 0.50005 in 0.5 * (error if t < 0 else -error)",
    ],
    "The normal distribution has ended long before.": [
        "gelu: PHI_IS_0 -> -39.0 in max(x, PHI_IS_0)",
        "gelu: PHI_IS_0 -> -40.00000004 in max(x, PHI_IS_0)",
        "gelu: PHI_IS_0 -> -40.004 in max(x, PHI_IS_0)",
    ],
    "It is squared.": [
        "dsoftsign_dx: 1 -> -1 in 1 / (1 + abs(x))",
    ],
    "Both branches compute it with all its digits there.": [
        "dsquareplus_dx: 0 -> 1e-09 in x > 0",
        "dsquareplus_dx: x > 0 -> x >= 0",
        "squareplus: 0 -> 1e-09 in x > 0",
        "squareplus: x > 0 -> x >= 0",
    ],
    "Above 0 the exponential is added to 1, so its last digits are not seen.": [
        "gelu_exponential: -error -> error",
        "gelu_exponential: error if t < 0 else -error -> error",
    ],
    "There is no rounding error to speak of yet.": [
        "gelu_exponential: 0 -> 1 in t < 0",
        "gelu_exponential: 0 -> 1e-09 in t < 0",
        "gelu_exponential: t < 0 -> t <= 0",
        "half_exponential: 0 -> 1 in t < 0",
        "half_exponential: 0 -> 1e-09 in t < 0",
        "half_exponential: t < 0 -> t <= 0",
    ],
    "What is taken away here, the rest makes up for.": [
        "gelu_exponential: GELU_CUBIC -> 0.07135481634395507 in GELU_CUBIC * square",
        "gelu_exponential: GELU_CUBIC -> 0.0713619517542275 in GELU_CUBIC * square",
        "gelu_exponential: GELU_LINEAR -> 1.5957691232015 in GELU_LINEAR + cubic",
        "gelu_exponential: GELU_LINEAR -> 1.5959286985178913 in GELU_LINEAR + cubic",
    ],
}  # fmt: skip


def test_every_formula_and_partial_agrees_with_its_table(table):
    for function, _ in functions():
        if function.__name__ in table:
            assert not wrong(function, table[function.__name__]), function.__name__


@pytest.mark.scoreboard(5)
def test_every_mutant_is_found_but_for_those_that_compute_the_same(table, record_property):
    count, alive = survivors(table)
    listed = {mutant for mutants in EQUIVALENT.values() for mutant in mutants}
    record_property("found", f"{count - len(alive):,} of {count - len(listed):,}")
    assert count > 1500
    assert alive == listed, f"of {count}, new: {alive - listed}, found by now: {listed - alive}"
