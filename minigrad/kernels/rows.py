"""The loops of the softmax family: each result depends on a whole row.

For a row x with largest element m, let e_j = exp(x_j - m), which is 1 for the winner and cannot
overflow.  With rest = the sum of the other e_j, the total is 1 + rest, and what is close to 0 is
never computed as the difference of two numbers close to 1.

As in `loops.py` a function takes a scalar formula and returns a loop around it.
"""

import numpy as np

from .loops import prange
from .mathematics import INFINITY, NAN


def winner(x, i):
    """The column of the largest element in row i; the first of equals."""
    k = 0
    for j in range(x.shape[1]):
        if x[i, j] > x[i, k]:
            k = j
    return k


def rest_of(e, i, k):
    """The sum of e over row i without column k.

    Four sums of every fourth element: a processor that waits for one addition does three others.
    """
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    fours = e.shape[1] // 4 * 4
    for j in range(0, fours, 4):
        a += 0.0 if j == k else e[i, j]
        b += 0.0 if j + 1 == k else e[i, j + 1]
        c += 0.0 if j + 2 == k else e[i, j + 2]
        d += 0.0 if j + 3 == k else e[i, j + 3]
    for j in range(fours, e.shape[1]):
        a += 0.0 if j == k else e[i, j]
    return (a + b) + (c + d)


def exponentials(exp):
    """e = exp(x - m), and the statistics of each row: its winner, and the rest.

    An infinite winner is 1 and leaves 0 for the others; two of them, or a row of -inf, have no
    limit: nan.
    """

    def loop(x, statistics, e):
        for i in prange(x.shape[0]):
            k = winner(x, i)
            m = np.float64(x[i, k])
            for j in range(x.shape[1]):
                v = np.float64(x[i, j])
                power = exp(v - m)
                e[i, j] = 1.0 if v == m else power
            rest = rest_of(e, i, k)
            lost = m == -INFINITY or (m == INFINITY and rest > 0.0)
            statistics[i, 0] = k
            statistics[i, 1] = NAN if lost or m != m else rest

    return loop


def softmax_forward(divide):
    """y = e / total."""

    def loop(x, e, statistics, y):
        for i in prange(y.shape[0]):
            total = 1.0 + statistics[i, 1]
            for j in range(y.shape[1]):
                y[i, j] = divide(e[i, j], total)

    return loop


def softmax_gradient(scaled):
    """gx_i = p_i (g_i - g_k - c) with c = sum of p_j (g_j - g_k), for the winner k."""

    def loop(gy, e, statistics, gx):
        for i in prange(gx.shape[0]):
            k, total = int(statistics[i, 0]), 1.0 + statistics[i, 1]
            g = np.float64(gy[i, k])
            a, b = 0.0, 0.0
            twos = gx.shape[1] // 2 * 2
            for j in range(0, twos, 2):
                a += scaled(e[i, j], np.float64(gy[i, j]) - g)
                b += scaled(e[i, j + 1], np.float64(gy[i, j + 1]) - g)
            for j in range(twos, gx.shape[1]):
                a += scaled(e[i, j], np.float64(gy[i, j]) - g)
            c = (a + b) / total
            for j in range(gx.shape[1]):
                gx[i, j] = scaled(e[i, j] / total, np.float64(gy[i, j]) - g - c)

    return loop


def log_softmax_forward(log1p):
    """y = x - m - log(1 + rest)."""

    def loop(x, e, statistics, y):
        for i in prange(y.shape[0]):
            m, lost = np.float64(x[i, int(statistics[i, 0])]), log1p(statistics[i, 1])
            for j in range(y.shape[1]):
                v = np.float64(x[i, j])
                y[i, j] = (0.0 if v == m else v - m) - lost

    return loop


def log_softmax_gradient(scaled):
    """gx_i = g_i (1 - p_i) - p_i (sum of the other g); 1 - p_k of the winner k is rest / total."""

    def loop(gy, e, statistics, gx):
        for i in prange(gx.shape[0]):
            k, rest = int(statistics[i, 0]), statistics[i, 1]
            total = 1.0 + rest
            others = 0.0
            for j in range(gx.shape[1]):
                others += 0.0 if j == k else np.float64(gy[i, j])
            g = np.float64(gy[i, k])
            for j in range(gx.shape[1]):
                v, p = np.float64(gy[i, j]), e[i, j] / total
                gx[i, j] = scaled((total - e[i, j]) / total, v) - scaled(p, others - v + g)
            gx[i, k] = scaled(rest / total, g) - scaled(1.0 / total, others)

    return loop


def divide(a, b):
    return a / b
