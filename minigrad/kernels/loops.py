"""The loops: a scalar formula goes in, a function over whole arrays comes out.

Every elementwise activation of minigrad runs through these functions.  Each takes
a scalar formula and returns a plain Python loop around it; `compiler.py` turns that loop into
machine code, once for one thread and once for all.  Written out for one input,

    forward:    out[i] = f(x[i])
    gradient:   gx[i]  = df(x[i]) * gy[i]

is all there is.  The rest is bookkeeping that is the same for every formula:

- `forward` and `gradient` have one index; they see arrays of any shape with one axis (`FLAT`).
- `inputs` is a tuple with an array, or a single number, for each tensor that the formula reads;
  `numbers` are its other arguments, such as the alpha of elu.
- Elements are computed in float64 and rounded once, when they are stored.
- nan in, nan out: a formula need not think of it.  The result is computed first and chosen after,
  so that nothing is loaded under a condition: that would keep the loop from being vector code.
- A slope of exactly 0 passes nothing back, even from an infinite or nan gradient (see `scaled`).
- The result of an element depends on nothing but the element.  Sums are made of blocks of a fixed
  size, so that one thread and many give the same bits.
"""

import numpy as np

from .mathematics import NAN, scaled

# The build for many threads puts numba.prange in its place.
prange = range

# Rows in a block of a sum: a sum is split here, never by the number of threads.
BLOCK = 64


def at(inputs, i):
    """Element i of every array in `inputs`, as float64; a number stands for itself."""
    return tuple(np.float64(a if isinstance(a, float) else a[i]) for a in inputs)


def at_row(inputs, i, j):
    """As `at`, for row i and feature j; an array with one axis is shared by every row."""
    return tuple(
        np.float64(a if isinstance(a, float) else a[i, j] if a.ndim == 2 else a[j]) for a in inputs
    )


def any_nan(values):
    """Whether one of a few numbers is nan, the only number that differs from itself."""
    return any(v != v for v in values)


def forward(f):
    """y = f(x), element by element."""

    def loop(inputs, numbers, out):
        for i in prange(out.size):
            x = at(inputs, i)
            y = f(*x, *numbers)
            out[i] = NAN if any_nan(x) else y

    return loop


def gradient(df):
    """gx = df(x) gy, element by element."""

    def loop(gy, inputs, numbers, out):
        for i in prange(out.size):
            x = at(inputs, i)
            gx = scaled(df(*x, *numbers), np.float64(gy[i]))
            out[i] = NAN if any_nan(x) else gx

    return loop


def gradient_of_steps(df):
    """As `gradient`, for a slope that is 0 or 1 nearly everywhere: neither need be multiplied.

    Told so, a compiler passes gx = gy on or not, four times as many numbers at once.
    """

    def loop(gy, inputs, numbers, out):
        for i in prange(out.size):
            x = at(inputs, i)
            slope, g = df(*x, *numbers), np.float64(gy[i])
            gx = 0.0 if slope == 0.0 else g if slope == 1.0 else slope * g
            out[i] = NAN if any_nan(x) else gx + 0.0

    return loop


def forward_rows(f):
    """y = f(x, a) for x of (rows, features) and a of (features,), as in bias and PReLU."""

    def loop(inputs, numbers, out):
        for i in prange(out.shape[0]):
            for j in range(out.shape[1]):
                x = at_row(inputs, i, j)
                y = f(*x, *numbers)
                out[i, j] = NAN if any_nan(x) else y

    return loop


def gradient_rows(df):
    """gx = df(x, a) gy for x of (rows, features) and a of (features,)."""

    def loop(gy, inputs, numbers, out):
        for i in prange(out.shape[0]):
            for j in range(out.shape[1]):
                x = at_row(inputs, i, j)
                gx = scaled(df(*x, *numbers), np.float64(gy[i, j]))
                out[i, j] = NAN if any_nan(x) else gx

    return loop


def gradient_features(df):
    """ga = sum over rows of df(x, a) gy: every row shares a, so their gradients add up.

    `blocks` has a float64 row for each block of rows; they are added in order at the end, and the
    sum is left in the first, before it is rounded.  It comes last: by its size a serial build sees
    how much there is to do (see `borrowed.py`).
    """

    def loop(gy, inputs, numbers, out, blocks):
        rows, features = gy.shape
        for block in prange(blocks.shape[0]):
            for j in range(features):
                blocks[block, j] = 0.0
            for i in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
                for j in range(features):
                    x = at_row(inputs, i, j)
                    ga = scaled(df(*x, *numbers), np.float64(gy[i, j]))
                    blocks[block, j] += NAN if any_nan(x) else ga
        for block in range(1, blocks.shape[0]):
            for j in range(features):
                blocks[0, j] += blocks[block, j]
        for j in range(features):
            out[j] = blocks[0, j]

    return loop


FLAT = forward, gradient, gradient_of_steps
