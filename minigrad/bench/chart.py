"""The picture: each idea as points, minigrad's share of the time or memory of others."""

from collections.abc import Callable, Mapping
from textwrap import fill
from typing import Any

from .figures import Figures


def figure_class() -> Any:
    """Matplotlib's Figure, if it is installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(
            "bench: matplotlib draws the picture; in the folder of minigrad run: pip install -e "
            "'.[plot]'"
        ) from None
    return Figure


def draw(found: Mapping[str, Figures], path: str) -> None:
    """A panel for each idea that has something to draw."""
    panels = [(what, PANELS[what]) for what in found if what in PANELS and found[what].measured()]
    if not panels:
        raise ValueError("bench: there are no figures to draw; measure some first")
    rows = (len(panels) + 1) // 2
    figure = figure_class()(figsize=(14, 5 * rows), layout="constrained")
    cells = list(figure.subplots(rows, 2, squeeze=False).flat)
    for axes, (what, panel) in zip(cells, panels, strict=False):
        axes.set_title(found[what].title)
        panel(axes, found[what])
        axes.grid(axis="y", alpha=0.3)
    for axes in cells[len(panels) :]:
        axes.set_axis_off()
    newest = max(found.values(), key=lambda figures: figures.date)
    figure.suptitle(f"{newest.date}, {newest.machine.get('processor', '')}", fontsize=9)
    figure.savefig(path, dpi=110)


def shares(axes: Any, figures: Figures) -> None:
    """A point for each activation at each size, and the geometric means; 1 is as fast as PyTorch.

    Where nothing else was measured there are microseconds instead.
    """
    name = (figures.compared() or figures.measured())[0]
    groups = list(dict.fromkeys(figures.group(cell) for cell in figures.cells))
    for k, group in enumerate(groups):
        cells = [c for c in figures.cells if figures.group(c) == group]
        values = [v for c in cells if (v := c.value(name)) is not None]
        axes.plot([k] * len(values), values, "o", alpha=0.4, color="tab:blue")
    means = {group: mean for group, ratio, mean in figures.means() if ratio == name}
    for k, group in enumerate(groups):
        if group in means:
            axes.plot([k - 0.2, k + 0.2], [means[group]] * 2, color="black")
            axes.annotate(f"{means[group]:.2f}", (k + 0.22, means[group]), fontsize=8)
    axes.set_xticks(
        range(len(groups)), ["\n".join(g).replace(" + ", "\n+ ") for g in groups], fontsize=8
    )
    axes.set(yscale="log", ylabel=name)
    if figures.compared():
        axes.axhline(1, color="tab:red", linewidth=1)


def bars(axes: Any, figures: Figures) -> None:
    """A group of bars for each case, a bar for each library."""
    sides, cells = figures.measured(), figures.cells
    width = 0.8 / len(sides)
    for k, side in enumerate(sides):
        known = [(j, v) for j, cell in enumerate(cells) if (v := cell.value(side)) is not None]
        where = [j + (k - (len(sides) - 1) / 2) * width for j, _ in known]
        axes.bar(where, [v * figures.scale for _, v in known], width, label=side)
    parts = [", ".join(cell.case).split(", ") for cell in cells]
    labels = ["\n".join(fill(part, 16) for part in words) for words in parts]
    axes.set_xticks(range(len(cells)), labels, fontsize=7)
    axes.set(ylabel=figures.unit, yscale="linear" if figures.unit == "MB" else "log")
    axes.legend(fontsize=7)


PANELS: dict[str, Callable[[Any, Figures], None]] = {
    "activations": shares, "ops": bars, "train": bars, "memory": bars, "startup": bars,
}  # fmt: skip
