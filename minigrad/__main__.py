"""The command line: `minigrad train`, `learn`, `list`, `bench` and others.  No logic of its own."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import fields
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from . import __version__, datasets, listing, optimizers, warmup
from .bench import IDEAS
from .conventions import CONVENTIONS, kinks
from .cuda.tensor import DEVICES
from .experiment import (
    START,
    Experiment,
    accuracy,
    choices,
    compare,
    draw_curves,
    figure_class,
    slopes,
)
from .learn import showing
from .learn.words import LANGUAGES
from .training import History

# Everybody waits for the imports above; those that take long are in the commands that need them.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status is 0, or 2 with one line that says what to change."""
    options = parser().parse_args(arguments)
    try:
        options.run(options, Console())
    except (ValueError, TypeError, ImportError, RuntimeError, OSError) as error:
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
    start = Experiment()
    command.add_argument("--data", default=start.data, choices=datasets.CLASSES)
    command.add_argument("--activation", default=start.activation, choices=choices())
    command.add_argument("--layers", type=int, nargs="+", default=start.layers, metavar="UNITS")
    command.add_argument("--epochs", type=int, default=start.epochs)
    command.add_argument("--batch-size", type=int, default=start.batch_size)
    command.add_argument("--optimizer", default=start.optimizer, choices=optimizers.ALL)
    command.add_argument("--learning-rate", type=float, default=start.learning_rate)
    command.add_argument("--seed", type=int, default=start.seed, help="of split, weights and order")
    command.add_argument(
        "--compare", metavar="NAMES", help="activations to compare: relu,elu,prelu"
    )
    command.add_argument("--seeds", type=int, default=3, help="how many seeds to compare with")
    command.add_argument("--curves", metavar="PNG", help="a picture of what --compare finds")
    command.add_argument("--kinks", choices=CONVENTIONS, help="another slope at kinks")
    command.add_argument("--save", metavar="FILE", help="keep the trained model")
    command.add_argument("--resume", metavar="FILE", help="keep each epoch, and go on from there")
    command.set_defaults(run=train)

    command = commands.add_parser("learn", help="the lessons of the course, and your progress")
    command.add_argument("lesson", nargs="?", type=int, help="how to open this one")
    command.add_argument("--lang", default="en", choices=LANGUAGES)
    command.add_argument("--grade", metavar="FOLDER", help="run the lessons of a class")
    command.add_argument("--json", metavar="FILE", help="what --grade found, exercise by exercise")
    command.add_argument("--timeout", type=float, default=60.0, help="seconds for one file")
    command.set_defaults(run=showing.learn)

    command = commands.add_parser("list", help="show every activation: formula, kinks, source")
    command.add_argument("--import", dest="module", help="show those of a module or .py file")
    command.add_argument("--others", action="store_true", help="show where other frameworks differ")
    command.set_defaults(run=show_list)

    command = commands.add_parser("atlas", help="write a page with all activations, to look at")
    command.add_argument("--output", default="atlas.html", metavar="FILE")
    command.add_argument("--import", dest="module", help="those of a module or .py file")
    command.set_defaults(run=write_atlas)

    command = commands.add_parser("check", help="check the slopes of every activation, or of one")
    command.add_argument("name", nargs="?")
    command.add_argument("--import", dest="module", help="check those of a module or .py file")
    command.add_argument("--device", choices=DEVICES, help="cuda: compare the GPU with the CPU")
    command.set_defaults(
        run=lambda options, console: listing.check(
            console, options.name, options.module, options.device
        )
    )

    command = commands.add_parser(
        "sweep", help="put every float32 number through activations and slopes, and count errors"
    )
    command.add_argument(
        "names", nargs="*", metavar="NAME", help="activations; all if none is given"
    )
    command.add_argument("--all", action="store_true", help="also what has a receipt that holds")
    command.add_argument("--list", action="store_true", help="show which receipts hold")
    command.add_argument("--cores", type=int, metavar="N", help="how many to use; all if not given")
    command.set_defaults(run=sweep)

    command = commands.add_parser(
        "doctor", help="show versions, threads and cache, and what is missing"
    )
    command.set_defaults(run=examine)

    command = commands.add_parser("warmup", help="compile kernels ahead, and keep them on disk")
    command.add_argument("names", nargs="*", help="activations, or training; all if none is given")
    command.add_argument("--dtype", default="float32", choices=warmup.DTYPES)
    command.set_defaults(
        run=lambda options, console: warmup.warm_up(options.names, options.dtype, console)
    )

    command = commands.add_parser(
        "bench", help="measure speed and memory, beside other libraries if they are installed"
    )
    command.add_argument("what", nargs="?", choices=[*IDEAS, "all", "page", "cuda"], default="all")
    command.add_argument("--rounds", type=int, help="how often each figure is taken")
    command.add_argument("--quick", action="store_true", help="a few cases once")
    command.add_argument("--python", default=sys.executable, help="one that has other libraries")
    command.add_argument("--json", metavar="FILE", help="keep the figures, beside those in it")
    command.add_argument("--png", metavar="FILE", help="a picture of all figures")
    command.add_argument("--page", metavar="FILE", help="a page of all figures, in Markdown")
    command.set_defaults(run=measure)
    return top


def show_list(options: argparse.Namespace, console: Console) -> None:
    """The activations, or where others differ."""
    if options.others:
        from . import others

        others.show(console)
    else:
        listing.show(console, options.module)


def write_atlas(options: argparse.Namespace, console: Console) -> None:
    """One page, which needs nothing but a browser."""
    from . import others
    from .see import atlas

    atlas.write(options.output, listing.ops_of(options.module), others.every())
    console.print(f"all activations in {options.output}")


def examine(options: argparse.Namespace, console: Console) -> None:
    """What is installed, and what is missing."""
    from . import doctor

    doctor.report(console)


def sweep(options: argparse.Namespace, console: Console) -> None:
    """Sweep what has changed, or show what is known."""
    try:
        from .sweep import command
    except ModuleNotFoundError as error:
        raise ImportError(
            f"sweep: needs {error.name}; run pip install -e '.[sweep]' in minigrad's folder"
        ) from None
    jobs = command.jobs(listing.ops_of(None), options.names)
    if options.list:
        command.show(console, jobs)
    else:
        command.run(console, jobs, options.all, options.cores)


def measure(options: argparse.Namespace, console: Console) -> None:
    """Run one benchmark, or all."""
    if options.what == "cuda":
        from .bench import cuda

        return cuda.show(console)
    from .bench.command import Options, bench

    settings = {f.name: getattr(options, f.name) for f in fields(Options)}
    bench(Options(**settings), console)


def train(options: argparse.Namespace, console: Console) -> None:
    """Train a model on a data set, with a progress bar, and show its accuracy and slopes."""
    settings = {f.name: getattr(options, f.name) for f in fields(Experiment)}
    experiment = Experiment(**settings | {"layers": tuple(options.layers)})
    check_files(options)
    if options.compare is not None:
        with kinks(options.kinks) if options.kinks else nullcontext():
            comparison(experiment, options, console)
        return
    data = experiment.examples()
    model = experiment.network(int(data.y_train.max()) + 1)
    console.print(
        f"{options.data}: {len(data.x_train)} examples to learn from, {len(data.x_test)} to test; "
        f"layers {' '.join(map(str, options.layers))}, {options.activation}, {options.optimizer}, "
        f"seed {options.seed}"
    )
    with kinks(options.kinks) if options.kinks else nullcontext():
        history = experiment.run(model, data, verbose=1, checkpoint=options.resume)
    console.print(f"test accuracy: {accuracy(model, data.x_test, data.y_test):.2%}")
    if learned := slopes(model):
        table = Table("layer", "units", "lowest", "mean", "highest")
        table.title = f"learned slopes, all {START:g} at the start"
        for name, alpha in learned.items():
            figures = (f"{v:.3f}" for v in (alpha.min(), alpha.mean(), alpha.max()))
            table.add_row(name, str(alpha.size), *figures)
        console.print(table)
    console.print(where_the_time_went(history))
    if options.save:
        model.save(options.save)
        console.print(f"saved as {options.save}")


def check_files(options: argparse.Namespace) -> None:
    """Refuse files that cannot be written, before the training whose result they shall hold."""
    for name in ("save", "resume", "curves"):
        file = getattr(options, name)
        if file is None:
            continue
        if (options.compare is None) == (name == "curves"):
            needs = "needs --compare" if name == "curves" else "is not for --compare"
            raise ValueError(f"train: --{name} {file} given, which {needs}")
        path = Path(file)
        if path.is_dir() or not path.absolute().parent.is_dir():
            raise ValueError(f"train: --{name} {file} given; it must be a file in a folder that is")
    if options.curves:
        figure_class()


def comparison(experiment: Experiment, options: argparse.Namespace, console: Console) -> None:
    """Several activations on the same data, network and seeds: a table, and a picture if asked."""
    names = [name.strip() for name in options.compare.split(",")]
    for name in names:
        if name not in choices():
            raise ValueError(f"train: --compare {name!r} given; there are {', '.join(choices())}")
    if options.seeds < 1:
        raise ValueError(f"train: --seeds {options.seeds} given; it must be 1 or more")
    with Progress(console=console) as bar:
        task = bar.add_task("train", total=len(names) * options.seeds)
        outcomes = compare(experiment, names, options.seeds, lambda *_: bar.advance(task))
    table = Table("activation", "mean test accuracy", "spread", "lowest", "highest", "last loss")
    table.title = f"{experiment.data}, {options.seeds} seeds, the best first"
    for found in outcomes:
        worst, best = min(found.accuracies), max(found.accuracies)
        last = sum(losses[-1] for losses in found.losses) / len(found.losses)
        cells = (f"{v:.2%}" for v in (found.mean, found.spread, worst, best))
        table.add_row(found.activation, *cells, f"{last:.2g}")
    console.print(table)
    if options.curves:
        draw_curves(outcomes, options.curves)
        console.print(f"curves in {options.curves}")


def where_the_time_went(history: History) -> str:
    """One line: the seconds of each part of training."""
    parts = [f"{name} {seconds:.1f} s" for name, seconds in history.seconds.items()]
    return f"time: {', '.join(parts)}"


if __name__ == "__main__":
    sys.exit(main())
