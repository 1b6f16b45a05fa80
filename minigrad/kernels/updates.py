"""The loops of updates that spare memory: going over it takes longer than the arithmetic.

`forward` of `loops.py` reads w and g, and writes the new w into a third array.  It may as well take
the place of the gradient g, which nobody needs any more.
"""

import numpy as np

from .loops import any_nan, at, prange
from .mathematics import NAN


def over(f):
    """g = f(..., g), element by element."""

    def loop(inputs, numbers, g):
        for i in prange(g.size):
            x, last = at(inputs, i), np.float64(g[i])
            y = f(*x, last, *numbers)
            g[i] = NAN if any_nan(x) or last != last else y

    return loop


def means(f):
    """w, m, s = f(w, m, s, g), element by element in one pass, each in an array of its own."""

    def loop(inputs, numbers, w, m, s):
        for i in prange(w.size):
            w[i], m[i], s[i] = f(*at(inputs, i), *numbers)

    return loop


def means_over(f):
    """As `means`, with the new w in the place of g."""

    def loop(inputs, numbers, g, m, s):
        for i in prange(g.size):
            g[i], m[i], s[i] = f(*at(inputs, i), np.float64(g[i]), *numbers)

    return loop
