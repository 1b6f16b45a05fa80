"""Seeing: pictures, records and explanations of a graph.  All of it reads, and changes nothing.

graph.py     the values below a tensor, with a name for each
record.py    backward, step by step, as numbers to be checked by hand
explain.py   why a gradient is what it is, in words
draw.py      a picture: boxes (picture.py, groups.py), places (layout.py), SVG (svg.py)
step.py      a walk through backward, in a terminal or on a page (page.py)
"""

from .draw import Drawing, draw
from .explain import Explanation, explain
from .record import Record, record
from .step import Stepper, step

__all__ = [
    "Drawing", "Explanation", "Record", "Stepper", "draw", "explain", "record", "step",
]  # fmt: skip
