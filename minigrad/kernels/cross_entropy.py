"""The loops of softmax cross-entropy: all of a loss in one pass over the logits, and one back.

The words are those of `rows.py`: of a row x the winner k has the largest element m, e_j is
exp(x_j - m), and rest is the sum of the other e_j.
"""

import numpy as np

from .loops import prange
from .mathematics import INFINITY, NAN, exp
from .rows import rest_of, winner


def cross_entropy(log1p):
    """loss_i = log(1 + rest) + m - x_label, for row i: -log of the label's softmax.

    `statistics` gets winner, rest and loss of each row; `summary` the mean loss, and the number of
    labels that are not a class.  `powers` is e as one flat array.
    """

    def loop(x, labels, statistics, summary, powers, e):
        rows, classes = x.shape
        for i in prange(rows):
            k = winner(x, i)
            statistics[i, 0] = k
            m = np.float64(x[i, k])
            for j in range(classes):
                v = np.float64(x[i, j])
                e[i, j] = 0.0 if v == m else v - m
        for j in prange(powers.size):  # rows are short: all together make vector code
            powers[j] = exp(powers[j])
        for i in prange(rows):
            k = int(statistics[i, 0])
            m = np.float64(x[i, k])
            rest = rest_of(e, i, k)
            # two infinite winners, or a row of -inf, have no limit
            lost = m == -INFINITY or (m == INFINITY and rest > 0.0)
            rest = NAN if lost or m != m else rest
            known = 0 <= labels[i] < classes
            v = np.float64(x[i, labels[i] if known else 0])
            loss = log1p(rest) + (0.0 if v == m else m - v)
            statistics[i, 1] = rest
            statistics[i, 2] = loss if known else -1.0
        total, unknown = 0.0, 0.0
        for i in range(rows):
            total += statistics[i, 2]
            unknown += 1.0 if statistics[i, 2] < 0.0 else 0.0
        summary[0] = total / rows
        summary[1] = unknown

    return loop


def cross_entropy_gradient(divide):
    """gx = (p - 1 at the label) g; where the label wins, p - 1 is -rest / total."""

    def loop(e, labels, statistics, g, gx):
        for i in prange(gx.shape[0]):
            k, rest = int(statistics[i, 0]), statistics[i, 1]
            total = 1.0 + rest
            for j in range(gx.shape[1]):
                gx[i, j] = divide(e[i, j], total) * g
            label = labels[i]
            gx[i, label] = (-rest if label == k else e[i, label] - total) / total * g

    return loop
