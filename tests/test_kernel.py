"""Kernels: three ways to run a formula that give the same bits, and clear words for a bad one."""

import ast
import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

from minigrad import activations, elementwise
from minigrad.elementwise import Elementwise
from minigrad.kernels import cache, kernel, loops
from minigrad.kernels.kernel import PATIENCE, TIMINGS, Kernel
from minigrad.ops import arithmetic

compiler = pytest.mark.compiler


def ops_of(*modules):
    """Every op and every partial that these modules declare."""
    found = {v.name: v for m in modules for v in vars(m).values() if isinstance(v, Elementwise)}
    partials = {p.name: p for op in found.values() for p in op.partials.values()}
    return [*(found | partials).values()]


OPS = ops_of(activations, arithmetic)
PARTIALS = {partial for op in OPS for partial in op.partials.values()}


def every_kind_of_number(dtype, count, rng):
    """`count` numbers: random bits, which reach every exponent, and all special values."""
    bits = np.dtype(f"u{np.dtype(dtype).itemsize}")
    limits = np.finfo(dtype)
    special = [math.nan, math.inf, limits.max, limits.tiny, limits.smallest_subnormal, 0.0]
    special += [1.0, 0.5, 2.0, 3.0, 6.0, 20.0, 88.8, 104.0, 709.8, 745.2, limits.eps]
    special = np.array(special, dtype)
    numbers = rng.integers(0, np.iinfo(bits).max, count, bits, endpoint=True).view(dtype)
    numbers[: 2 * special.size] = np.concatenate([special, -special])
    numbers[count // 2 :] = rng.normal(0.0, 4.0, count - count // 2)
    return rng.permutation(numbers)


def bits_of(array):
    """The bit patterns, with one pattern for nan."""
    array = np.where(np.isnan(array), array.dtype.type(math.nan), array)
    return array.view(np.dtype(f"u{array.dtype.itemsize}"))


def results_of_the_builds(factory, formula, arguments, dtype):
    """What the loop gives as it stands, serial and parallel, written to the last argument."""
    *given, out = arguments
    made = Kernel(factory, formula)
    builds = {
        "as it stands": lambda *a: made.loop(*map(kernel.as_float64, a)),
        "serial": made.compile(arguments),
        "parallel": made.compile(arguments, parallel=True),
    }
    results = {}
    for name, run in builds.items():
        result = out.copy()
        with np.errstate(all="ignore"):
            run(*given, result)
        results[name] = bits_of(result)
    return results


def numbers_of(op):
    return tuple(
        0.75 if isinstance(v, type) else op.declaration.number(name, v)
        for name, v in op.declaration.numbers.items()
    )


@compiler
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_all_builds_give_the_same_bits(op, dtype):
    rng = np.random.default_rng(3)
    inputs = tuple(every_kind_of_number(dtype, 500, rng) for _ in op.declaration.inputs)
    out = np.empty(500, dtype)
    if op in PARTIALS:
        arguments = every_kind_of_number(dtype, 500, rng), inputs, numbers_of(op), out
        factory = loops.gradient
    else:
        arguments = inputs, numbers_of(op), out
        factory = loops.forward
    plain, *compiled = results_of_the_builds(
        factory, op.declaration.formula, arguments, dtype
    ).values()
    for build in compiled:
        np.testing.assert_array_equal(build, plain)
