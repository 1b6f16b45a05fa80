"""The tally: how far float32 results are from the exact ones, in units in the last place.

The textbook in float64 is the judge, for it is right to a hundred-thousandth of a float32's spacing
(NOISE).  Where it may not be, since two terms cancel, and at infinity, mpmath decides.  mpmath also
measures the worst input of each block again, so that a receipt's largest error is no estimate.
"""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from mpmath import mp, mpf

from ..arrays import Array
from ..kernels.kernel import Kernel
from ..kernels.mathematics import INFINITY
from .part import Part

# How far off the textbook in float64 may be, in float32 spacings; tests/test_sweep.py proves it.
NOISE = 1e-5
# A sum in float64 may be off by 2**-50 of its larger term.  That is more than NOISE where the sum
# is smaller than this times the term.
CANCELLED = 2.0**-50 / (NOISE * 2.0**-24)
# An error is counted with the first of these that it does not pass.
EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5 + NOISE, 0.51, 1.0, 10.0, 1e3, 1e6, INFINITY)
LABELS = ("0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.51", "1", "10", "1000", "1000000", "inf")
ABOVE = np.array((-1.0, *EDGES[:-1]))
# Numbers at a time: they and what is computed of them stay in the processor's cache.
CHUNK = 2**14
# float32 results of up to 1e38 are added to others of 1e-45: 83 digits, and some to round with.
DIGITS = 110
BEYOND = mpf(10) ** 400  # stands for infinity, where only limits are left
OVERFLOW = 2.0**128  # infinity counts as the number after the largest


def error_in_ulp(got, want, inverse):  # type: ignore[no-untyped-def]
    """|got - want| times 1 / spacing; infinity counts as 2**128."""
    got = OVERFLOW if got > OVERFLOW else -OVERFLOW if got < -OVERFLOW else got
    want = OVERFLOW if want > OVERFLOW else -OVERFLOW if want < -OVERFLOW else want
    return abs(got - want) * inverse


def inverse_spacing_bits(bits):  # type: ignore[no-untyped-def]
    """The bits of 1 / the distance of the float32 neighbours around a float64 with these bits."""
    exponent = (bits >> 52) & 2047
    exponent = 1023 - 126 if exponent < 1023 - 126 else exponent
    exponent = 1023 + 127 if exponent > 1023 + 127 else exponent
    return (2 * 1023 + 23 - exponent) << 52


def errors_of(error_in_ulp):  # type: ignore[no-untyped-def]
    """The error of every result: nan must stay nan, and what is not `sure` has -1."""

    def loop(x, sure, got, want, bits, inverse_bits, inverse, errors):  # type: ignore[no-untyped-def]
        for i in range(x.size):
            inverse_bits[i] = inverse_spacing_bits(bits[i])
        for i in range(x.size):
            error = error_in_ulp(np.float64(got[i]), want[i], inverse[i])
            error = INFINITY if (error != error) | (x[i] != x[i]) else error
            error = 0.0 if (x[i] != x[i]) & (got[i] != got[i]) else error
            errors[i] = error if sure[i] else -1.0

    return loop


def count(is_above):  # type: ignore[no-untyped-def]
    """How many errors are above each edge, and where the largest is."""

    def loop(errors, edges, above):  # type: ignore[no-untyped-def]
        for k in range(edges.size):
            n = 0
            for i in range(errors.size):
                n += 1 if is_above(errors[i], edges[k]) else 0
            above[k] = n
            if n == 0:
                break
        at = 0
        for i in range(errors.size):
            if errors[i] > errors[at]:
                at = i
        above[edges.size] = at

    return loop


def is_above(error, edge):  # type: ignore[no-untyped-def]
    """Whether an error passes an edge."""
    return error > edge


@dataclass
class Tally:
    """The errors of one part over some inputs.

    counts   how many inputs belong to each of EDGES
    worst    the largest error
    at       the input where it is; None if none is off
    doubts   inputs that mpmath must judge
    judged   how many it has judged
    """

    counts: list[int] = field(default_factory=lambda: [0] * len(EDGES))
    worst: float = 0.0
    at: float | None = None
    doubts: list[float] = field(default_factory=list)
    judged: int = 0

    def add(self, other: "Tally") -> None:
        """Join what was found elsewhere, later."""
        self.counts = [a + b for a, b in zip(self.counts, other.counts, strict=True)]
        if other.worst > self.worst:
            self.worst, self.at = other.worst, other.at
        self.doubts += other.doubts
        self.judged += other.judged

    def judge(self, part: Part) -> None:
        """Let mpmath judge the doubts, and the largest error among the others."""
        if self.at is not None:
            self.worst = exact_error(part, self.at)
        for x in self.doubts:
            error = exact_error(part, x)
            self.counts[next(k for k, edge in enumerate(EDGES) if error <= edge)] += 1
            if error > self.worst:
                self.worst, self.at = error, x
        self.judged += len(self.doubts)
        self.doubts = []

    def histogram(self) -> dict[str, int]:
        """The counts that are not 0."""
        return {label: n for label, n in zip(LABELS, self.counts, strict=True) if n}


class Counter:
    """Compares parts with their textbooks, chunk by chunk."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        self.all_sure = np.ones(CHUNK, np.bool)
        self.errors_of = Kernel(errors_of, error_in_ulp)
        self.count = Kernel(count, is_above)

    def tallies(self, patterns: range) -> list[Tally]:
        """Of each part over the float32 numbers with these bits."""
        found = [Tally() for _ in self.parts]
        with np.errstate(all="ignore"):
            for first in range(0, len(patterns), CHUNK):
                bits = patterns[first : first + CHUNK]
                x = np.arange(bits.start, bits.stop, bits.step, dtype=np.uint32).view(np.float32)
                wide = x.astype(np.float64)
                infinite = np.isinf(x)
                sure = ~infinite if infinite.any() else self.all_sure
                for part, tally in zip(self.parts, found, strict=True):
                    tally.add(self.compare(part, x, wide, sure))
        return found

    def compare(self, part: Part, x: Array, wide: Array, sure: Array) -> Tally:
        """One part over a chunk."""
        got = np.empty_like(x)
        part.run(x, got)
        want = np.array(np.broadcast_to(part.reference(wide), x.shape), np.float64)
        size = np.abs(want)
        if part.term is not None and (size < CANCELLED * part.bound).any():
            sure = sure[: x.size] & ~(size < CANCELLED * part.term(wide))
        inverse, errors = np.empty(x.size), np.empty(x.size)
        above = np.zeros(len(ABOVE) + 1, np.int64)
        bits, inverse_bits = want.view(np.int64), inverse.view(np.int64)
        self.errors_of.run(x, sure, got, want, bits, inverse_bits, inverse, errors)
        self.count.run(errors, ABOVE, above)
        *passed, at = above.tolist()
        return Tally(
            counts=[a - b for a, b in pairwise((*passed, 0))],
            worst=max(0.0, float(errors[at])),
            at=float(x[at]) if errors[at] > 0 else None,
            doubts=[] if sure is self.all_sure else x[~sure[: x.size]].tolist(),
        )


def exact_error(part: Part, x: float) -> float:
    """How far the result at one float32 is from mpmath's, in ulp."""
    given = np.array([x], np.float32)
    result = np.empty_like(given)
    part.run(given, result)
    got = float(result[0])
    infinite = np.isinf(given[0])
    if np.isnan(given[0]) or (infinite and not part.limits):
        return 0.0 if np.isnan(got) else INFINITY
    with mp.workdps(DIGITS):
        want = mpf(part.exact(mp.sign(x) * BEYOND if infinite else mpf(x)))
        want = max(min(want, mpf(OVERFLOW)), mpf(-OVERFLOW))
        exponent = max(min(mp.mag(want) - 1, 127), -126) if want else -126
        error = error_in_ulp(mpf(got), want, mpf(2) ** (23 - exponent))
    return INFINITY if mp.isnan(error) else float(error)
