"""Seeing: pictures, records and explanations of a graph.  All of it reads, and changes nothing.

Its files, in the order of reading:

    graph.py     the values below a tensor, with a name for each
    record.py    backward, step by step, as numbers to be checked by hand
    explain.py   why a gradient is what it is, in words
    draw.py      a picture: boxes (picture.py, groups.py), places (layout.py), SVG (svg.py)
    step.py      a walk through backward, in a terminal, on a page (page.py, stepper.js), or as a
                 widget of a notebook (widget.py)
    plot.py      an op and its slope: points (curve.py), SVG (chart.py), sliders (slider.py)
    atlas.py     a page with every activation
    kernel.py    what a formula becomes: types, LLVM code, machine code
    curves.py    how a training went, epoch by epoch: frames (panels.py)
    boundary.py  which class a model gives to each point of a plane
    diagram.py   the layers of a model
    reprs.py     what a notebook shows of a Tensor and of a model
"""

from .boundary import boundary
from .curves import curves
from .diagram import diagram
from .draw import Drawing, draw
from .explain import Explanation, explain
from .image import Image
from .kernel import KernelView, kernel
from .plot import Plot, plot
from .record import Record, record
from .step import Stepper, step

__all__ = [
    "Drawing", "Explanation", "Image", "KernelView", "Plot", "Record", "Stepper", "boundary",
    "curves", "diagram", "draw", "explain", "kernel", "plot", "record", "step",
]  # fmt: skip
