"""Groups: what is too much to be drawn one by one is drawn as one.

Ops are grouped by ranges of their age: first what repeats, such as the layers of a deep net, and if
that is not enough, stretches of equal length.  A range of ages cannot depend on itself in a circle.
"""

from collections import Counter
from collections.abc import Hashable, Sequence

from .graph import Graph

READABLE = 100  # so many boxes can be read
LONGEST = 64  # ops that are looked for as one repeating pattern
STRETCHES = 16  # where nothing repeats
OPEN = 12  # the newest of the repetitions is drawn in full if it has no more ops

Range = tuple[int, int]


def grouped(graph: Graph) -> list[list[int]]:
    """Positions in `graph.values`, one list for each box, oldest first."""
    values = graph.values
    if len(values) <= READABLE:
        return [[k] for k in range(len(values))]
    ops = [k for k, value in enumerate(values) if value.op]
    boxes = with_inputs(graph, [ops[a:b] for a, b in repeating([
        (values[k].op, values[k].shape) for k in ops
    ])])  # fmt: skip
    if len(boxes) > READABLE:
        length = -(-len(ops) // STRETCHES)
        boxes = with_inputs(graph, [ops[a : a + length] for a in range(0, len(ops), length)])
    if len(boxes) > READABLE:
        boxes = [[k for box in boxes if not values[box[0]].op for k in box]] + [
            box for box in boxes if values[box[0]].op
        ]
    return boxes


def with_inputs(graph: Graph, groups: list[list[int]]) -> list[list[int]]:
    """The groups of ops with the leaves and constants that only they use; others by themselves.

    An op comes first in its box.  A leaf of its own stands before the first box that uses it.
    """
    home = {k: g for g, group in enumerate(groups) for k in group}
    users: dict[int, list[int]] = {}
    for k, g in home.items():
        for place in graph.values[k].inputs:
            if place not in home:
                users.setdefault(place, []).append(g)
    boxes = [list(group) for group in groups]
    before: list[list[list[int]]] = [[] for _ in groups]
    for place, using in sorted(users.items()):
        if len(set(using)) == 1 and len(groups[using[0]]) > 1:
            boxes[using[0]].append(place)
        else:
            before[min(using)].append([place])
    return [box for g, group in enumerate(boxes) for box in (*before[g], group)]


def repeating(marks: Sequence[Hashable]) -> list[Range]:
    """Ranges that cover the marks: all but the last of three or more equal ones in a row are one.

    >>> repeating("xyabababab!")
    [(0, 1), (1, 2), (2, 8), (8, 9), (9, 10), (10, 11)]
    """
    numbers = {mark: k for k, mark in enumerate(dict.fromkeys(marks))}
    row = [numbers[mark] for mark in marks]
    ranges: list[Range] = []
    k = 0
    while k < len(row):
        period, times = longest_run(row, k)
        if times < 3:
            ranges.append((k, k + 1))
            k += 1
            continue
        last, end = k + period * (times - 1), k + period * times
        ranges.append((k, last))
        ranges += [(i, i + 1) for i in range(last, end)] if period <= OPEN else [(last, end)]
        k = end
    return ranges


def longest_run(row: list[int], start: int) -> tuple[int, int]:
    """The period and the number of the repetitions from `start` that cover most."""
    best = (1, 1)
    for period in range(1, min(LONGEST, (len(row) - start) // 3) + 1):
        pattern, times = row[start : start + period], 1
        while row[start + period * times : start + period * (times + 1)] == pattern:
            times += 1
        if times >= 3 and period * times > best[0] * best[1]:
            best = (period, times)
    return best


def summary(graph: Graph, box: list[int]) -> tuple[str, list[str]]:
    """What to write on a box for many values: a title, and what is in it."""
    ops = [graph.values[k].op for k in box if graph.values[k].op]
    inputs = len(box) - len(ops)
    rest = [f"{inputs:,} leaves and constants"] if inputs else []
    if not ops:
        return rest[0], []
    period, times = longest_run([*map(hash, ops)], 0) if len(ops) > 2 else (len(ops), 1)
    if period * times == len(ops) and period <= 4:
        return f"{times:,} × ({', '.join(ops[:period])})", rest
    most = Counter(ops).most_common()
    counts = [f"{n:,} × {name}" for name, n in most[:3]]
    if len(most) > 3:
        counts.append(f"{sum(n for _, n in most[3:]):,} others")
    return f"{len(ops):,} ops", [*counts, *rest]
