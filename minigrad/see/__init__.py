"""Seeing: pictures, records and explanations of a graph.  All of it reads, and changes nothing.

graph.py     the values below a tensor, with a name for each
record.py    backward, step by step, as numbers to be checked by hand
explain.py   why a gradient is what it is, in words
draw.py      a picture: boxes (picture.py, groups.py), places (layout.py), SVG (svg.py)
step.py      a walk through backward, in a terminal or on a page (page.py)
plot.py      an op and its slope: points (curve.py), SVG (chart.py), sliders (slider.py)
atlas.py     a page with every activation
kernel.py    what a formula becomes: types, LLVM code, machine code
"""

from .draw import Drawing, draw
from .explain import Explanation, explain
from .kernel import KernelView, kernel
from .plot import Plot, plot
from .record import Record, record
from .step import Stepper, step

__all__ = [
    "Drawing", "Explanation", "KernelView", "Plot", "Record", "Stepper", "draw", "explain",
    "kernel", "plot", "record", "step",
]  # fmt: skip
