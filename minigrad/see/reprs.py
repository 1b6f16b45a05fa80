"""What a notebook shows where the last line of a cell is a Tensor or a model."""

from itertools import chain
from typing import Any

import numpy as np

from ..arrays import Array
from ..summary import counted, table, totals
from ..tensor import Tensor
from .diagram import diagram
from .figures import figure
from .svg import safe

FIRST, LAST = 8, 3  # rows and columns that are shown of many
NEGATIVE, POSITIVE = "29,78,216", "234,88,12"
STRONGEST = 0.4  # how opaque the colour of the largest number is
CELL = "padding:2px 8px;text-align:right;font:13px ui-monospace,monospace"


def tensor_html(tensor: Tensor) -> str:
    """A table of the numbers, orange above 0 and blue below, the stronger the larger.

    >>> "rgba(234,88,12,0.40)" in tensor_html(Tensor([1.0, 2.0]))
    True
    """
    if tensor.ndim not in (1, 2) or not tensor.size:
        return f"<pre>{safe(repr(tensor))}</pre>"
    what = f"Tensor {tensor.shape} {tensor.dtype}"
    if tensor.node is not None:
        what += ", requires_grad" if tensor.node.op is None else f", op={tensor.node.op.name}"
    tables = [titled(f"{tensor.name} = {what}" if tensor.name else what, tensor.data)]
    if tensor.grad is not None:
        tables.append(titled("grad", tensor.grad))
    return f'<div style="display:flex;flex-wrap:wrap;gap:4px 24px">{"".join(tables)}</div>'


def titled(title: str, array: Array) -> str:
    """A table with what it is above."""
    rows = np.atleast_2d(array)
    with np.errstate(all="ignore"):
        finite = np.abs(rows[np.isfinite(rows)].astype(np.float64))
    top = float(finite.max(initial=0.0)) or 1.0
    down, across = picked(rows.shape[0]), picked(rows.shape[1])
    lines = [
        "<tr>"
        + "".join(
            cell("…", 0.0) if i is None or k is None else number(float(rows[i, k]), top)
            for k in across
        )
        + "</tr>"
        for i in down
    ]
    return (
        f"<div><div>{safe(title)}</div>"
        f'<table style="border-collapse:collapse">{"".join(lines)}</table></div>'
    )


def picked(count: int) -> list[int | None]:
    """The first and the last places of many, None between them.

    >>> picked(20)[6:]
    [6, 7, None, 17, 18, 19]
    """
    if count <= FIRST + LAST + 1:
        return list(range(count))
    return [*range(FIRST), None, *range(count - LAST, count)]


def number(value: float, top: float) -> str:
    """A cell with a number, as strong as its share of the largest."""
    return cell(figure(value), value / top if np.isfinite(value) else 0.0)


def cell(words: str, share: float) -> str:
    """A cell with a share of the strongest colour."""
    colour = f"rgba({POSITIVE if share > 0 else NEGATIVE},{abs(share) * STRONGEST:.2f})"
    return f'<td style="{CELL};background:{colour}">{words}</td>'


def model_html(model: Any) -> str:
    """The diagram, and beside it the summary."""
    summary = table(model)
    head = "".join(f"<th>{safe(str(column.header))}</th>" for column in summary.columns)
    cells = zip(*(column.cells for column in summary.columns), strict=True)
    body = "".join(
        f"<tr>{''.join(f'<td>{safe(str(one))}</td>' for one in row)}</tr>" for row in cells
    )
    lines = chain([safe(str(summary.title))], (f"{n}: {counted(w)}" for n, w in totals(model)))
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:8px 24px;align-items:flex-start">'
        f"{diagram(model).svg}<div>{'<br>'.join(lines)}"
        f"<table><tr>{head}</tr>{body}</table></div></div>"
    )
