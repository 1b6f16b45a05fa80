"""The command line: `minigrad train`, `doctor` and `bench`.  No logic of its own."""

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from . import __version__, activations, bench, datasets, doctor, optimizers
from .layers import Activation, Dense, Layer, PReLU
from .model import History, Sequential

# The slope that every PReLU unit starts from, as in the paper.
START = 0.25


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status is 0, or 2 with one line that says what to change."""
    options = parser().parse_args(arguments)
    try:
        options.run(options, Console())
    except (ValueError, TypeError, ImportError, RuntimeError) as error:
        print(f"minigrad: {error}", file=sys.stderr)
        return 2
    return 0


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="minigrad", description=__doc__)
    top.add_argument("--version", action="version", version=f"minigrad {__version__}")
    commands = top.add_subparsers(required=True, metavar="command")

    command = commands.add_parser(
        "train",
        help="train a small network on real digits, and show what it learned",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    command.add_argument("--data", default="digits", choices=datasets.ALL)
    command.add_argument("--activation", default="prelu", choices=activations.every())
    command.add_argument("--layers", type=int, nargs="+", default=[256, 128], metavar="UNITS")
    command.add_argument("--epochs", type=int, default=30)
    command.add_argument("--batch-size", type=int, default=16)
    command.add_argument("--optimizer", default="adam", choices=optimizers.ALL)
    command.add_argument("--learning-rate", type=float, default=0.002)
    command.add_argument("--seed", type=int, default=0, help="of split, weights and order")
    command.set_defaults(run=train)

    command = commands.add_parser(
        "doctor", help="show versions, threads and cache, and what is missing"
    )
    command.set_defaults(run=lambda options, console: doctor.report(console))

    command = commands.add_parser("bench", help="measure speed, beside PyTorch if it is installed")
    command.add_argument("what", nargs="?", choices=[*bench.ALL, "all"], default="all")
    command.set_defaults(run=measure)
    return top


def measure(options: argparse.Namespace, console: Console) -> None:
    """Run one benchmark, or all."""
    console.print(bench.machine())
    for name, show in bench.ALL.items():
        if options.what in (name, "all"):
            show(console)


def train(options: argparse.Namespace, console: Console) -> None:
    """Train a model on a data set, with a progress bar, and show its accuracy and slopes."""
    if options.seed < 0:
        raise ValueError(f"train: --seed {options.seed} given; it must be 0 or more")
    data = datasets.ALL[options.data](seed=options.seed)
    model = network(options, int(data.y_train.max()) + 1)
    console.print(
        f"{options.data}: {len(data.x_train)} examples to learn from, {len(data.x_test)} to test; "
        f"layers {' '.join(map(str, options.layers))}, {options.activation}, {options.optimizer}, "
        f"seed {options.seed}"
    )
    columns = (
        TextColumn("epoch"), MofNCompleteColumn(), BarColumn(), TimeElapsedColumn(),
        TextColumn("loss {task.fields[loss]}"),
    )  # fmt: skip
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("train", total=options.epochs, loss="")
        history = model.fit(
            data.x_train,
            data.y_train,
            epochs=options.epochs,
            batch_size=options.batch_size,
            optimizer=optimizers.ALL[options.optimizer](options.learning_rate),
            seed=options.seed,
            progress=lambda epoch, loss: bar.update(task, completed=epoch, loss=f"{loss:.4f}"),
        )
    console.print(f"test accuracy: {model.accuracy(data.x_test, data.y_test):.2%}")
    if slopes := model.slopes():
        table = Table("layer", "units", "lowest", "mean", "highest")
        table.title = f"learned slopes, all {START:g} at the start"
        for name, alpha in slopes.items():
            figures = (f"{v:.3f}" for v in (alpha.min(), alpha.mean(), alpha.max()))
            table.add_row(name, str(alpha.size), *figures)
        console.print(table)
    console.print(where_the_time_went(history))


def network(options: argparse.Namespace, classes: int) -> Sequential:
    """Dense layers with the chosen activation between them; each layer has its own seed."""
    layers: list[Layer] = []
    for k, units in enumerate(options.layers):
        seed = [options.seed, k]
        layers.append(Dense(units, kernel_initializer="he_normal", seed=seed))
        if options.activation == "prelu":
            layers.append(PReLU(alpha_initializer=START))
        else:
            layers.append(Activation(options.activation))
    return Sequential([*layers, Dense(classes, seed=[options.seed, len(options.layers)])])


def where_the_time_went(history: History) -> str:
    """One line: the seconds of each part of training."""
    parts = [f"{name} {seconds:.1f} s" for name, seconds in history.seconds.items()]
    return f"time: {', '.join(parts)}"


if __name__ == "__main__":
    sys.exit(main())
