"""The page: all differences in tables, as Markdown to be kept or as text for a terminal."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .arguments import ARGUMENTS
from .conflicts import CONFLICTS
from .difference import Difference, text
from .dtypes import DTYPES
from .infinities import INFINITIES
from .kinks import KINKS

SECTIONS: list[tuple[str, list[Difference]]] = [
    ("C1 to C22: where Keras 3 contradicts Keras 2", CONFLICTS),
    ("2.3 Slopes at kinks", KINKS),
    ("2.4 Infinity and nan", INFINITIES),
    ("2.5 Dtypes (the others are backends of Keras 3)", DTYPES),
    ("2.6 Senseless arguments", ARGUMENTS),
]
COLUMNS = ("id", "question", "others", "minigrad runs", "and gives", "because")
TEST = "test_minigrad_does_what_the_page_says"
INTRODUCTION = f"""\
# Where others differ

The frameworks that networks are written in do not agree: on a slope at a kink, on a value at
infinity, on what an argument is called. Each row below is one such place: what others give, what
minigrad gives, and why.

This page is made by `python -m minigrad.others > docs/where-others-differ.md`. The fifth column is
not typed in: it is what the fourth gave when the page was made, and a test fails if it is no longer
what minigrad gives.

How to read it

- **Bold** is wrong: a slope that no side of the kink allows, a value that is not what the formula
  or its limit says, a text that the code contradicts. What is not bold is another choice, or the
  same one.
- A range of slopes, such as "0.2 to 1", goes from that on one side of a kink to that on the other;
  each of them is legal. A single number means that both sides agree.
- "Keras on ..." is Keras 3 with that backend. In section 2.3, "JAX" is Keras on JAX too.
- Where minigrad's answer is the name of an error or a warning, the expression ends with that.
  `slope(f, x)` is the slope of `f` at `x` by way of `backward`.
- The id leads to the test, which runs alone by its name:
  `pytest "tests/test_others.py::{TEST}[C4]"`.
- One rule gives all slopes of section 2.3: at a kink, the branch that supplies the value supplies
  the slope too, and the upper branch starts strictly above the kink; at an upper bound, the flat
  side counts. `abs` has the smallest legal slope; `maximum` and `max` share evenly.

What others do was measured with released versions: Keras 3.15.1 (on NumPy, JAX 0.10, PyTorch 2.14.1
and TensorFlow 2.21), MyGrad 2.5, HIPS autograd 1.9 and tinygrad 0.14. Keras 2, tf.keras, micrograd,
DeZero, Chainer, numpy-ml and TF Playground were read: source, tests, documentation. "PyTorch 2.13"
stands where that release gives something else than 2.14, or was the only one measured. What is said
of PyTorch alone is tested wherever PyTorch is installed.
"""


def markdown() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for title, rows in SECTIONS:
        lines = [f"## {title}", "", line(COLUMNS), line("---" for _ in COLUMNS)]
        lines += [line(markdown_cells(row)) for row in rows]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def line(cells: Iterable[str]) -> str:
    r"""A row of a Markdown table.

    >>> line(["a", "|x|"])
    '| a | \\|x\\| |'
    """
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def markdown_cells(row: Difference) -> list[str]:
    """The cells of a row; what others do wrong is bold."""
    answers = [
        f"**{name}: {text(given)}**" if name in row.wrong else f"{name}: {text(given)}"
        for name, given in row.others.items()
    ]
    link = f'[{row.id}](../tests/test_others.py "{TEST}[{row.id}]")'
    return [link, question(row), "; ".join(answers), f"`{row.run}`", row.answer(), row.because]


def question(row: Difference) -> str:
    """What is asked, with the legal slopes of a kink."""
    if row.legal is None:
        return row.asks
    low, high = row.legal
    return (
        f"{row.asks} ({text(low)})" if low == high else f"{row.asks} ({text(low)} to {text(high)})"
    )


def show(console: Console) -> None:
    """A table for each section; what others do wrong is red."""
    for title, rows in SECTIONS:
        table = Table("id", "question", "others", "minigrad", "because", title=title)
        for row in rows:
            others = Text()
            for name, given in row.others.items():
                others.append("; " if others else "")
                others.append(f"{name}: {text(given)}", style="red" if name in row.wrong else "")
            cells = (row.id, question(row))
            table.add_row(*map(Text, cells), others, Text(row.answer()), Text(row.because))
        console.print(table)
