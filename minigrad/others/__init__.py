"""Where others differ: the places at which frameworks disagree, and what minigrad does there.

    difference.py     what a row of the page is, and how minigrad's own answer is found
    conflicts.py      C1 to C22: where Keras 3 contradicts Keras 2 and tf.keras
    kinks.py          2.3: the slope where there are two to choose from
    infinities.py     2.4: values and slopes at infinity and nan
    dtypes.py         2.5: which dtype comes out
    arguments.py      2.6: which error senseless arguments get
    page.py           all of it as Markdown, or as tables in a terminal

`python -m minigrad.others > docs/where-others-differ.md` writes the page, `minigrad list --others`
shows it.

What others do was measured with released versions: Keras 3.15.1 (on NumPy, JAX 0.10, PyTorch
2.14.1 and TensorFlow 2.21), MyGrad 2.5, HIPS autograd 1.9 and tinygrad 0.14.  Keras 2, tf.keras,
micrograd, DeZero, Chainer, numpy-ml and TF Playground were read: source, tests, documentation.
"PyTorch 2.13" stands where that release gives something else than 2.14, or was the only one
measured.
"""

from .arguments import ARGUMENTS
from .conflicts import CONFLICTS
from .difference import NAMES, Difference, outcome, slope, text
from .dtypes import DTYPES
from .infinities import INFINITIES
from .kinks import KINKS
from .page import SECTIONS, markdown, show

__all__ = [
    "ARGUMENTS", "CONFLICTS", "DTYPES", "INFINITIES", "KINKS", "NAMES", "SECTIONS", "Difference",
    "every", "markdown", "outcome", "show", "slope", "text",
]  # fmt: skip


def every() -> list[Difference]:
    """All rows of the page, in its order.

    >>> every()[0].id, every()[0].answer()
    ('C1', '[-0.5, -0.5]')
    """
    return [row for _, rows in SECTIONS for row in rows]
