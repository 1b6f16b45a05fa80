"""The loop of an update that writes a weight and the two means kept for it, in one pass.

Going over memory takes longer than the arithmetic, so each number is read once and written once.
"""

from .loops import at, prange


def means(f):
    """w, m, s = f(w, g, m, s), element by element, each in an array of its own."""

    def loop(inputs, numbers, w, m, s):
        for i in prange(w.size):
            w[i], m[i], s[i] = f(*at(inputs, i), *numbers)

    return loop
