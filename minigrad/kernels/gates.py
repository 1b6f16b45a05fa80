"""The loops of GLU, maxout and CReLU, which halve, divide or double an axis.

An array whose axis falls into parts is, without moving a number, (outer, parts, inner): what stands
before the axis, which part, and what is left.  Each loop goes over (outer, inner).
"""

import numpy as np

from .loops import prange
from .mathematics import NAN, exp, scaled


def gate(b):
    """How far a gate is open, sigmoid: 1 / (1 + exp(-b)), and the slope of that.

    >>> gate(0.0)
    (0.5, 0.25)
    """
    e = exp(-abs(b))  # never overflows
    total = 1.0 + e
    return (1.0 if b > 0.0 else e) / total, e / (total * total)


def glu_forward(gate):
    """y = a gate(b), for the halves a and b; 0 where the gate is shut, even for an infinite a."""

    def loop(x, y):
        for i in prange(y.shape[0]):
            for j in range(y.shape[1]):
                a, b = np.float64(x[i, 0, j]), np.float64(x[i, 1, j])
                product = scaled(gate(b)[0], a)
                y[i, j] = NAN if a != a or b != b else product

    return loop


def glu_gradient(gate):
    """ga = gate(b) g and gb = a gate'(b) g.

    Each has a loop of its own: a compiler cannot know that rows of ga and of gb, which lie between
    each other, are apart, and makes no vector code of a loop that writes both.
    """

    def loop(gy, x, gx):
        for i in prange(gy.shape[0]):
            for j in range(gy.shape[1]):
                b, g = np.float64(x[i, 1, j]), np.float64(gy[i, j])
                ga = scaled(gate(b)[0], g)
                gx[i, 0, j] = NAN if b != b else ga
            for j in range(gy.shape[1]):
                a, b, g = np.float64(x[i, 0, j]), np.float64(x[i, 1, j]), np.float64(gy[i, j])
                gb = scaled(scaled(gate(b)[1], a), g)
                gx[i, 1, j] = NAN if a != a or b != b else gb

    return loop


def larger(a, b):
    """The larger of two numbers; nan if one is.

    >>> larger(1.0, 2.0)
    2.0
    """
    return b if b > a or b != b else a


def maxout_forward(larger):
    """y = the largest of the pieces."""

    def loop(x, y):
        for i in prange(y.shape[0]):
            for j in range(y.shape[1]):
                y[i, j] = x[i, 0, j]
            for k in range(1, x.shape[1]):
                for j in range(y.shape[1]):
                    y[i, j] = larger(y[i, j], x[i, k, j])

    return loop


def maxout_gradient(larger):
    """gx = g for the largest piece; several share it evenly, and what is smaller gets 0."""

    def loop(gy, x, gx):
        for i in prange(gy.shape[0]):
            for j in range(gy.shape[1]):
                y, equal = x[i, 0, j], 0.0
                for k in range(1, x.shape[1]):
                    y = larger(y, x[i, k, j])
                for k in range(x.shape[1]):
                    equal += 1.0 if x[i, k, j] == y else 0.0
                share = np.float64(gy[i, j]) / max(equal, 1.0)
                for k in range(x.shape[1]):
                    part = share if x[i, k, j] == y else 0.0
                    gx[i, k, j] = NAN if y != y else part

    return loop


def positive(x):
    """ReLU: x for x > 0, 0 otherwise.

    >>> positive(-1.0)
    0.0
    """
    return x if x > 0.0 else 0.0


def dpositive_dx(x):
    """The slope of `positive`: 1 for x > 0, 0 otherwise.

    >>> dpositive_dx(0.0)
    0.0
    """
    return 1.0 if x > 0.0 else 0.0


def crelu_forward(positive):
    """y = what is positive of x, then what is positive of -x, in two loops as in `glu_gradient`."""

    def loop(x, y):
        for i in prange(x.shape[0]):
            for j in range(x.shape[1]):
                v = np.float64(x[i, j])
                y[i, 0, j] = NAN if v != v else positive(v)
            for j in range(x.shape[1]):
                v = np.float64(x[i, j])
                y[i, 1, j] = NAN if v != v else positive(-v)

    return loop


def crelu_gradient(dpositive_dx):
    """gx = the gradient of the half that x went to, with its sign; 0 for x = 0, as in ReLU."""

    def loop(gy, x, gx):
        for i in prange(x.shape[0]):
            for j in range(x.shape[1]):
                v = np.float64(x[i, j])
                up, down = np.float64(gy[i, 0, j]), np.float64(gy[i, 1, j])
                g = scaled(dpositive_dx(v), up) - scaled(dpositive_dx(-v), down)
                gx[i, j] = NAN if v != v else g

    return loop
