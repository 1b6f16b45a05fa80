"""The worker: a process for one library, which takes the time of one case after another.

`python -m minigrad.bench.worker train torch` reads cases from its standard input, one line of JSON
each, and answers each with the median seconds of a call, null if the library has no such thing, or
{"error": ...}.
"""

import json
import os
import statistics
import sys
from collections.abc import Callable
from importlib import import_module
from time import perf_counter
from typing import Any

# Called this often at least before it counts: minigrad times three calls, then decides on threads.
WARM_CALLS = 5
# A sample is this long at least, so that taking the time takes none.
SAMPLE = 1e-3

Make = Callable[..., Callable[[], Any] | None]


def main(idea: str, library: str) -> None:
    """Answer until there are no more questions."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints shall not be taken for an answer
    make = import_module(f"minigrad.bench.{idea}").maker(library)
    last, once = None, None
    for line in sys.stdin:
        case, seconds = json.loads(line)
        try:
            if case != last:
                once = None  # the arrays of the last case, before there are others
                last, once = case, make(*case)
                if once is not None:
                    warm(once, seconds)
            answer: Any = None if once is None else median(once, seconds)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


def warm(once: Callable[[], Any], seconds: float) -> None:
    """Call until compilers, caches and threads are as they will be."""
    start = perf_counter()
    calls = 0
    while calls < WARM_CALLS or perf_counter() - start < seconds:
        once()
        calls += 1


def median(once: Callable[[], Any], seconds: float) -> float:
    """The median of samples; each has as many calls as fit into SAMPLE."""
    start = perf_counter()
    once()
    calls = max(1, round(SAMPLE / (perf_counter() - start)))
    samples: list[float] = []
    begin = perf_counter()
    while len(samples) < 2 or perf_counter() - begin < seconds:
        start = perf_counter()
        for _ in range(calls):
            once()
        samples.append((perf_counter() - start) / calls)
    return statistics.median(samples)


if __name__ == "__main__":
    main(*sys.argv[1:])
