"""The benchmark: minigrad beside other libraries, on this machine, in turns.

    sides.py         the libraries
    turns.py         a process of its own for each, and A B A B
    worker.py        what such a process does: it takes the time of what it is asked for
    figures.py       what was measured: medians, ratios, goals
    activations.py   activations, from 64 to 10 million numbers
    ops.py           what an op costs on a handful of numbers
    train.py         a training step; `nets/` has the same net in each library
    cuda.py          the GPU beside the CPU, by itself
    memory.py        the memory that a deep net needs
    startup.py       the first seconds of a process
    page.py          the figures as a page
    chart.py         the figures as a picture
    command.py       `minigrad bench`

The speed of a machine drifts, so only ratios of figures that were taken in turns mean something.
"""

IDEAS = ("activations", "ops", "train", "memory", "startup")
