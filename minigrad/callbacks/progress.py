"""Progress: how far a run is, as a bar in a terminal or as a line for each epoch."""

from time import perf_counter
from typing import Any

from rich import progress as rich_progress
from rich.console import Console

from .callback import Callback, Logs

# Seconds between two looks of the bar: as often as an eye follows.
PAUSE = 0.1


class Progress(Callback):
    """What both ways of showing share; a validation inside `fit` is not shown by itself."""

    mode = ""  # "train", "test" or "predict"

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.start("train")

    def on_test_begin(self, logs: Logs | None = None) -> None:
        if self.mode != "train":
            self.start("test")

    def on_test_end(self, logs: Logs | None = None) -> None:
        if self.mode == "test":
            self.finish("test", logs or {})

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self.start("predict")

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self.finish("predict", {})

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.begin(f"epoch {epoch + 1}/{self.params['epochs']}")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.finish(f"epoch {epoch + 1}/{self.params['epochs']}", logs or {})

    def start(self, mode: str) -> None:
        """Begin to show a run."""
        self.mode = mode
        self.begin(mode)

    def begin(self, what: str) -> None:
        """Begin to show an epoch, or an evaluation."""

    def finish(self, what: str, logs: Logs) -> None:
        """Show how it ended."""

    def due(self, mode: str) -> bool:
        """Whether to show something after this batch."""
        return False

    def show(self, done: int, logs: Logs) -> None:
        """Show how many batches are done."""


class Bar(Progress):
    """Bar: epoch, batch, elapsed time, loss and metrics in one line that changes."""

    def __init__(self) -> None:
        self.bar: rich_progress.Progress | None = None
        self.next = 0.0

    def start(self, mode: str) -> None:
        column = rich_progress.TextColumn
        self.bar = rich_progress.Progress(
            column("{task.description}"),
            rich_progress.MofNCompleteColumn(),
            rich_progress.BarColumn(20),
            rich_progress.TimeElapsedColumn(),
            column("{task.fields[logs]}", markup=False),
            auto_refresh=False,  # no thread: forks and signals stay simple
        )
        self.task = self.bar.add_task(mode, total=self.params["steps"], logs="")
        self.bar.start()
        super().start(mode)

    def begin(self, what: str) -> None:
        assert self.bar is not None
        self.bar.update(self.task, completed=0, description=what)

    def due(self, mode: str) -> bool:
        return mode == self.mode and perf_counter() > self.next

    def show(self, done: int, logs: Logs) -> None:
        assert self.bar is not None
        self.bar.update(self.task, completed=done, logs=described(logs))
        self.bar.refresh()
        self.next = perf_counter() + PAUSE

    def finish(self, what: str, logs: Logs) -> None:
        self.show(self.params["steps"], logs)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = None


class Lines(Progress):
    """Lines: one for each epoch, or for an evaluation."""

    def begin(self, what: str) -> None:
        self.since = perf_counter()

    def finish(self, what: str, logs: Logs) -> None:
        print(f"{what}  {perf_counter() - self.since:.1f} s  {described(logs)}".strip(), flush=True)


def silent_for(verbose: Any) -> Progress | None:
    """What shows an evaluation or prediction: nothing, unless it was asked for."""
    return None if verbose == "auto" else progress_for(verbose)


def progress_for(verbose: Any) -> Progress | None:
    """What shows a run: nothing for 0, a bar for 1, lines for 2; "auto" looks at the terminal.

    >>> progress_for(0), progress_for(2)
    (None, Lines())
    """
    if isinstance(verbose, str) and verbose == "auto":
        console = Console()
        verbose = 1 if console.is_terminal or console.is_jupyter else 2
    if isinstance(verbose, str | float) or verbose not in (0, 1, 2):
        raise ValueError(
            f"verbose={verbose!r} given; it must be 0 for silence, 1 for a bar, 2 for lines, or "
            "'auto'"
        )
    return None if verbose == 0 else Bar() if verbose == 1 else Lines()


def described(logs: Logs) -> str:
    """The loss and the metrics in a line.

    >>> described({"loss": 0.25, "accuracy": 1.0})
    'loss 0.2500  accuracy 1.0000'
    """
    return "  ".join(f"{name} {short(value)}" for name, value in logs.items())


def short(value: Any) -> str:
    """A number in few digits; a metric may also give a list of them."""
    if isinstance(value, list):
        return f"[{' '.join(map(short, value))}]"
    return f"{value:.4f}" if value == 0 or abs(value) >= 1e-3 else f"{value:.3e}"
