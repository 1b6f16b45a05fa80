"""The loops of the softmax family: each result depends on a whole row.

For a row x with largest element m, let e_j = exp(x_j - m), which is 1 for the winner and cannot
overflow.  With rest = the sum of the other e_j, the total is 1 + rest, and what is close to 0 is
never computed as the difference of two numbers close to 1.

As in `loops.py` a function takes a scalar formula and returns a loop around it;
`after_exponentials` joins two.
"""

import numpy as np

from .loops import prange
from .mathematics import INFINITY, NAN, scaled


def winner(x, i):
    """The column of the largest element in row i, of a few; the first of equals."""
    k = 0
    for j in range(x.shape[1]):
        if x[i, j] > x[i, k]:
            k = j
    return k


def largest(x, i):
    """The largest element of row i, of many; with nan in the row, any.

    The largest of every fourth element, four times: a processor that waits for one comparison does
    three others.
    """
    a, b, c, d = x[i, 0], x[i, 0], x[i, 0], x[i, 0]
    fours = x.shape[1] // 4 * 4
    for j in range(0, fours, 4):
        a = x[i, j] if x[i, j] > a else a
        b = x[i, j + 1] if x[i, j + 1] > b else b
        c = x[i, j + 2] if x[i, j + 2] > c else c
        d = x[i, j + 3] if x[i, j + 3] > d else d
    for j in range(fours, x.shape[1]):
        a = x[i, j] if x[i, j] > a else a
    a, c = b if b > a else a, d if d > c else c
    return c if c > a else a


def sum_of(x, i, start, stop):
    """The sum of row i from `start` to `stop`, as four sums of every fourth element."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    fours = start + (stop - start) // 4 * 4
    for j in range(start, fours, 4):
        a += np.float64(x[i, j])
        b += np.float64(x[i, j + 1])
        c += np.float64(x[i, j + 2])
        d += np.float64(x[i, j + 3])
    for j in range(fours, stop):
        a += np.float64(x[i, j])
    return (a + b) + (c + d)


def rest_of(e, i, k):
    """The sum of row i without column k."""
    return sum_of(e, i, 0, k) + sum_of(e, i, k + 1, e.shape[1])


def exponentials(exp):
    """e = exp(x - m), and the statistics of each row: its winner, and the rest.

    An infinite winner is 1 and leaves 0 for the others; two of them, or a row of -inf, have no
    limit: nan.
    """

    def loop(x, statistics, e):
        for i in prange(x.shape[0]):
            m, k = np.float64(largest(x, i)), x.shape[1]  # no column yet
            for j in range(x.shape[1]):
                v = np.float64(x[i, j])
                power = exp(v - m)
                e[i, j] = 1.0 if v == m else power
                k = min(k, j if v == m else x.shape[1])
            k = k if m == m else 0  # nan is in no column
            rest = rest_of(e, i, k)
            lost = m == -INFINITY or (m == INFINITY and rest > 0.0)
            statistics[i, 0] = k
            statistics[i, 1] = NAN if lost or m != m else rest

    return loop


def after_exponentials(result):
    """`exponentials` and one of the loops below in one, a few rows at a time.

    So e is still in the core's cache when it is read.  It has room for `height` rows in each block;
    a block takes the next `height` rows after all others have taken theirs.  No row depends on
    another, so its bits do not depend on the height.
    """

    def factory(exp):
        powers = exponentials(exp)

        def loop(given, x, statistics, height, e, out):
            rows, blocks = out.shape[0], e.shape[0] // height
            for block in prange(blocks):
                first = block * height
                for start in range(first, rows, blocks * height):
                    stop = min(start + height, rows)
                    mine = e[first : first + stop - start]
                    powers(x[start:stop], statistics[start:stop], mine)
                    result(given[start:stop], mine, statistics[start:stop], out[start:stop])

        return loop

    # a kernel is named after its factory: exp_softmax_forward
    factory.__name__ = result.__qualname__.partition(".")[0]
    return factory


def softmax_forward(divide):
    """y = e / total."""

    def loop(x, e, statistics, y):
        for i in prange(y.shape[0]):
            total = 1.0 + statistics[i, 1]
            for j in range(y.shape[1]):
                y[i, j] = divide(e[i, j], total)

    return loop


def softmax_gradient(divide):
    """gx_i = p_i (g_i - g_k - mean) with mean = sum of p_j (g_j - g_k), for the winner k."""

    def loop(gy, e, statistics, gx):
        for i in prange(gx.shape[0]):
            k, total = int(statistics[i, 0]), 1.0 + statistics[i, 1]
            g = np.float64(gy[i, k])
            a, b, c, d = 0.0, 0.0, 0.0, 0.0
            fours = gx.shape[1] // 4 * 4
            for j in range(0, fours, 4):
                a += scaled(e[i, j], np.float64(gy[i, j]) - g)
                b += scaled(e[i, j + 1], np.float64(gy[i, j + 1]) - g)
                c += scaled(e[i, j + 2], np.float64(gy[i, j + 2]) - g)
                d += scaled(e[i, j + 3], np.float64(gy[i, j + 3]) - g)
            for j in range(fours, gx.shape[1]):
                a += scaled(e[i, j], np.float64(gy[i, j]) - g)
            mean = ((a + b) + (c + d)) / total  # times 1 / total, it would be rounded twice
            for j in range(gx.shape[1]):
                p = divide(e[i, j], total)
                gx[i, j] = scaled(p, np.float64(gy[i, j]) - g - mean)

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


def log_softmax_gradient(divide):
    """gx_i = g_i (1 - p_i) - p_i (sum of the other g); 1 - p_k of the winner k is rest / total."""

    def loop(gy, e, statistics, gx):
        for i in prange(gx.shape[0]):
            k, rest = int(statistics[i, 0]), statistics[i, 1]
            total = 1.0 + rest
            g, others = np.float64(gy[i, k]), rest_of(gy, i, k)
            for j in range(gx.shape[1]):
                v, p = np.float64(gy[i, j]), divide(e[i, j], total)
                not_p = divide(total - e[i, j], total)
                gx[i, j] = scaled(not_p, v) - scaled(p, others - v + g)
            gx[i, k] = scaled(rest / total, g) - scaled(1.0 / total, others)

    return loop
