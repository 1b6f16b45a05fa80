"""The command `minigrad sweep`: what is to be swept, a progress bar, and the table of receipts."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from .. import receipts
from ..elementwise import Elementwise
from .part import SETTINGS, settings
from .running import BLOCKS, Job, sweep, unfinished, usable_cores

LIMIT = 0.51
COLORS = {receipts.CURRENT: "green", receipts.STALE: "yellow", receipts.MISSING: "red"}


def jobs(ops: Mapping[str, Elementwise], names: Sequence[str] = ()) -> list[Job]:
    """Every activation with its defaults, then all with other numbers; those named, or all."""
    for name in names:
        if name not in ops:
            raise ValueError(f"sweep: {name!r} given; there are {', '.join(ops)}")
    chosen = [op for name, op in ops.items() if name in names or not names]
    made = [(k, Job(op, setting)) for op in chosen for k, setting in enumerate(settings(op))]
    return [job for turn in range(SETTINGS) for k, job in made if k == turn]


def run(console: Console, chosen: Sequence[Job], again: bool, cores: int | None) -> None:
    """Sweep what has no receipt that holds, or everything again; ValueError if one is too far off.

    RuntimeError if Ctrl-C stops it; the same command goes on from there.
    """
    if cores is not None and cores < 1:
        raise ValueError(f"sweep: --cores {cores} given; give 1 or more")
    todo = list(chosen if again else unfinished(chosen))
    if not todo:
        console.print(f"nothing to do: {len(chosen)} receipts are current; --all sweeps them again")
        return
    failed = []
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )  # fmt: skip
    with Progress(*columns, console=console, speed_estimate_period=300) as bar:
        everything = bar.add_task("all", total=BLOCKS * len(todo))
        for k, job in enumerate(todo):
            task = bar.add_task(str(job), total=BLOCKS)

            def advance(done: int, task=task, before=BLOCKS * k) -> None:  # type: ignore[no-untyped-def]
                bar.update(task, completed=done)
                bar.update(everything, completed=before + done)

            try:
                made = sweep(job, cores or usable_cores(), advance)
            except KeyboardInterrupt:
                raise RuntimeError(
                    f"sweep: stopped in {job}; the same command goes on from there"
                ) from None
            bar.remove_task(task)
            for receipt in made:
                console.print(line(job, receipt), highlight=False, soft_wrap=True)
            failed += [r.part for r in made if r.max_ulp > LIMIT]
    if failed:
        raise ValueError(f"sweep: off by more than {LIMIT} ulp: {', '.join(failed)}")


def line(job: Job, receipt: receipts.Receipt) -> str:
    """What was found, in a line."""
    where = "" if receipt.worst_input is None else f" at {receipt.worst_input:.9g}"
    return (
        f"{receipt.part} of {job}: at most {receipts.ulp(receipt.max_ulp)} ulp{where}, "
        f"{receipt.inputs:,} inputs, {receipt.seconds:.0f} s"
    )


def show(console: Console, chosen: Sequence[Job]) -> None:
    """A table of all receipts: which hold, which are of code that has changed, what is missing."""
    table = Table("activation", "receipts", "largest error", "at", "date")
    states = []
    for job in chosen:
        state, found = job.state()
        states.append(state)
        cells = ["", "", ""]
        if found:
            worst = max(found, key=lambda r: r.max_ulp)
            at = "" if worst.worst_input is None else f"{worst.worst_input:.9g} in {worst.part}"
            cells = [f"{receipts.ulp(worst.max_ulp)} ulp", at, worst.date]
        table.add_row(str(job), f"[{COLORS[state]}]{state}[/]", *cells)
    console.print(table)
    kinds = ", ".join(f"{states.count(kind)} {kind}" for kind in COLORS)
    console.print(f"{kinds}; `minigrad sweep` makes what is stale or missing")
