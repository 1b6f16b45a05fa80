"""Layout: boxes in columns from left to right, so that no line has to cross a box.

After Sugiyama, Tagawa and Toda 1981, https://doi.org/10.1109/TSMC.1981.4308636:

    columns  each box right of all that it depends on
    points   a line that passes a column gets a place of its own there, as if it were a flat box
    order    within a column by the mean place of the neighbours, again and again
    heights  as close to the neighbours as can be without touching: an isotonic regression
"""

from bisect import bisect_right, insort
from dataclasses import dataclass

MARGIN = 16.0
GAP = 14.0  # between boxes of a column
FLAT = 4.0  # the height of a line's place
AISLE = 44.0  # between columns, and a little more for each line that turns there
SWEEPS = 8

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are.

    corners  top left of each box
    lines    for each edge the points on its way: pairs, between which it goes straight
    """

    corners: list[Point]
    lines: list[list[Point]]
    width: float
    height: float


def arrange(sizes: list[Point], edges: list[tuple[int, int]]) -> Layout:
    """Place boxes of the given sizes; an edge goes from a box to a later one.

    >>> arrange([(40.0, 20.0), (60.0, 20.0)], [(0, 1)]).corners
    [(16.0, 16.0), (103.0, 16.0)]
    """
    column = columns_of(len(sizes), edges)
    places, steps, paths = with_points(column, edges)
    heights = [h for _, h in sizes] + [FLAT] * (len(places) - len(sizes))
    order = ordered(places, steps)
    middle = settled(order, steps, heights)
    top = min(y - h / 2 for y, h in zip(middle, heights, strict=True)) - MARGIN
    left, right = across(order, sizes, steps, places)
    corners = [(left[column[k]], middle[k] - h / 2 - top) for k, (_, h) in enumerate(sizes)]
    lines = []
    for path in paths:
        first, last = path[0], path[-1]
        line = [
            (left[places[first]] + sizes[first][0], middle[first] - top),
            (right[places[first]], middle[first] - top),
        ]
        for point in path[1:-1]:
            y = middle[point] - top
            line += [(left[places[point]], y), (right[places[point]], y)]
        y = middle[last] - top
        lines.append([*line, (left[places[last]], y), (left[places[last]], y)])
    bottom = max(y + h / 2 for y, h in zip(middle, heights, strict=True))
    return Layout(corners, lines, right[-1] + MARGIN, bottom - top + MARGIN)


def columns_of(boxes: int, edges: list[tuple[int, int]]) -> list[int]:
    """The column of each box: one right of its last input; what has no input, just before its use.

    >>> columns_of(4, [(0, 2), (1, 3), (2, 3)])
    [0, 1, 1, 2]
    """
    column = [0] * boxes
    inputs, outputs = neighbours(boxes, edges)
    for k in range(boxes):
        column[k] = max((column[i] + 1 for i in inputs[k]), default=0)
    for k in range(boxes):
        if not inputs[k] and outputs[k]:
            column[k] = min(column[o] for o in outputs[k]) - 1
    return column


def neighbours(count: int, edges: list[tuple[int, int]]) -> tuple[list[list[int]], list[list[int]]]:
    """For each box the boxes that it takes from, and those that it gives to."""
    inputs: list[list[int]] = [[] for _ in range(count)]
    outputs: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        inputs[target].append(source)
        outputs[source].append(target)
    return inputs, outputs


def with_points(
    column: list[int], edges: list[tuple[int, int]]
) -> tuple[list[int], list[tuple[int, int]], list[list[int]]]:
    """Columns of boxes and points, the steps between columns, and the path of each edge.

    Edges from the same box share their points, as a stem does with its branches.
    """
    places = list(column)
    points: dict[tuple[int, int], int] = {}
    steps: dict[tuple[int, int], None] = {}
    paths = []
    for source, target in edges:
        path = [source]
        for c in range(column[source] + 1, column[target]):
            if (source, c) not in points:
                points[source, c] = len(places)
                places.append(c)
            path.append(points[source, c])
        path.append(target)
        steps.update(dict.fromkeys(zip(path, path[1:], strict=False)))
        paths.append(path)
    return places, list(steps), paths


def ordered(places: list[int], steps: list[tuple[int, int]]) -> list[list[int]]:
    """Each column from top to bottom: of all orders tried, the one with the fewest crossings."""
    inputs, outputs = neighbours(len(places), steps)
    order: list[list[int]] = [[] for _ in range(max(places) + 1)]
    for k, c in enumerate(places):
        order[c].append(k)
    best, fewest = order, crossings(order, outputs)
    for sweep in range(SWEEPS):
        order = [list(column) for column in order]
        rank = {k: i for column in order for i, k in enumerate(column)}
        beside, walk = (inputs, order) if sweep % 2 == 0 else (outputs, order[::-1])
        for column in walk:
            mean = {
                k: sum(rank[n] for n in beside[k]) / len(beside[k]) if beside[k] else rank[k]
                for k in column
            }
            column.sort(key=lambda k: (mean[k], rank[k]))
            rank.update({k: i for i, k in enumerate(column)})
        found = crossings(order, outputs)
        if found < fewest:
            best, fewest = order, found
    return best


def crossings(order: list[list[int]], outputs: list[list[int]]) -> int:
    """How many pairs of lines cross."""
    total = 0
    for column, following in zip(order, order[1:], strict=False):
        rank = {k: i for i, k in enumerate(following)}
        above: list[int] = []
        for k in column:
            ends = [rank[o] for o in outputs[k]]
            total += sum(len(above) - bisect_right(above, end) for end in ends)
            for end in ends:
                insort(above, end)
    return total


def settled(
    order: list[list[int]], steps: list[tuple[int, int]], heights: list[float]
) -> list[float]:
    """The height of each middle: as near to the mean of the neighbours as the others let it."""
    inputs, outputs = neighbours(len(heights), steps)
    middle = [0.0] * len(heights)
    for column in order:
        for above, k in zip(column, column[1:], strict=False):
            middle[k] = middle[above] + (heights[above] + heights[k]) / 2 + GAP
    for sweep in range(2 * SWEEPS):
        for column in order if sweep % 2 == 0 else order[::-1]:
            wish = []
            for k in column:
                beside = inputs[k] + outputs[k]
                wish.append(sum(middle[n] for n in beside) / len(beside) if beside else middle[k])
            for k, y in zip(column, apart(wish, [heights[k] for k in column]), strict=True):
                middle[k] = y
    return middle


def apart(wish: list[float], heights: list[float]) -> list[float]:
    """The middles closest to the wished ones, by least squares, of boxes that do not touch.

    With the least distances taken off, middles need only not decrease: an isotonic regression, by
    pooling neighbours that are in the wrong order.

    >>> apart([0.0, 0.0], [10.0, 10.0])
    [-12.0, 12.0]
    """
    offset, offsets = 0.0, []
    for k, height in enumerate(heights):
        offset += (heights[k - 1] + height) / 2 + GAP if k else 0.0
        offsets.append(offset)
    pools: list[tuple[float, int]] = []
    for y, offset in zip(wish, offsets, strict=True):
        mean, count = y - offset, 1
        while pools and pools[-1][0] > mean:
            other, others = pools.pop()
            mean = (mean * count + other * others) / (count + others)
            count += others
        pools.append((mean, count))
    means = [mean for mean, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def across(
    order: list[list[int]], sizes: list[Point], steps: list[tuple[int, int]], places: list[int]
) -> tuple[list[float], list[float]]:
    """The left and right of each column; aisles are wider where more lines turn."""
    turning = [0] * len(order)
    for source, _ in steps:
        turning[places[source]] += 1
    left, right, x = [], [], MARGIN
    for c, column in enumerate(order):
        left.append(x)
        x += max((sizes[k][0] for k in column if k < len(sizes)), default=0.0)
        right.append(x)
        x += AISLE + min(3.0 * turning[c], 60.0)
    return left, right
