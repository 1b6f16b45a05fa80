"""The loops of sparsemax: the point of the simplex (all y >= 0, sum 1) that is nearest to a row.

It is y = x - tau where that is positive, else 0: the same tau is taken off all, and what would fall
below 0 stops there.  The columns with y > 0 are the support.  Their y add up to 1, so tau is (the
sum of their x - 1) / their number; which they are, is found by leaving out more and more.

All x are taken relative to the largest, m: then -1 <= tau < 0, and nothing overflows.
"""

import numpy as np

from .loops import prange
from .mathematics import INFINITY, NAN
from .rows import winner


def below(v, m):
    """How far v is from the largest element m, as a number <= 0; an infinite m is 0 from itself.

    >>> below(1.0, 3.0)
    -2.0
    """
    return 0.0 if v == m else v - m


def sparsemax_forward(below):
    """y = x - m - tau on the support, 0 elsewhere; `statistics` gets winner and tau of each row.

    Every round leaves out what is not above the last tau, which can only raise it (C. Michelot
    1986, https://doi.org/10.1007/BF00938486).  The first tau is -1, as if the winner were alone.
    With nan in the row tau is nan, and so is all that follows; two infinite winners, or a row of
    -inf, have no limit: nan too.
    """

    def loop(x, statistics, y):
        for i in prange(y.shape[0]):
            k = winner(x, i)
            m = np.float64(x[i, k])
            tau, last, inside = -1.0, -INFINITY, 0.0
            while tau > last:
                last = tau
                total, inside = -1.0, 0.0
                for j in range(y.shape[1]):
                    v = below(np.float64(x[i, j]), m)
                    total += 0.0 if v <= last else v
                    inside += 0.0 if v <= last else 1.0
                tau = total / inside
            lost = m == -INFINITY or (m == INFINITY and inside > 1.0)
            tau = NAN if lost else tau
            for j in range(y.shape[1]):
                v = below(np.float64(x[i, j]), m)
                y[i, j] = 0.0 if v <= tau else v - tau
            statistics[i, 0] = k
            statistics[i, 1] = tau

    return loop


def sparsemax_gradient(below):
    """gx = g - the mean of g over the support, 0 elsewhere: y cannot leave the plane of sum 1.

    All g are taken relative to that of the winner, whose differences are small where it matters.
    """

    def loop(gy, x, statistics, gx):
        for i in prange(gx.shape[0]):
            k, tau = int(statistics[i, 0]), statistics[i, 1]
            m, g = np.float64(x[i, k]), np.float64(gy[i, k])
            total, inside = 0.0, 0.0
            for j in range(gx.shape[1]):
                outside = below(np.float64(x[i, j]), m) <= tau
                total += 0.0 if outside else np.float64(gy[i, j]) - g
                inside += 0.0 if outside else 1.0
            mean = NAN if tau != tau else total / inside
            # the only column of a support is 1, whatever x: nothing passes
            limit = INFINITY if inside == 1.0 and tau == tau else tau
            for j in range(gx.shape[1]):
                outside = below(np.float64(x[i, j]), m) <= limit
                passed = np.float64(gy[i, j]) - g - mean
                gx[i, j] = 0.0 if outside else passed

    return loop
