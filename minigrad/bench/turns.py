"""Turns: a process of its own for each library, and A B A B until the rounds are done.

In one process the threads of one library would spin on while another is measured, and what one
has loaded would change the other.
"""

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from time import perf_counter, sleep
from typing import IO, Any

from rich.console import Console
from rich.progress import Progress

from .figures import Cell, Figures
from .sides import Side, environment_of, python_of

# No round begins that would end later than this many seconds after the first.
PATIENCE = 480.0
TURNS = 2
# Seconds between turns: threads that wait by spinning go on for a while after theirs.
REST = 0.1

LOOK = """
import importlib.metadata as found, importlib.util, json
owners = found.packages_distributions()
there = [name for name in {modules!r} if importlib.util.find_spec(name) and name in owners]
print(json.dumps({{name: found.version(owners[name][0]) for name in there}}))
"""


def installed(python: str) -> dict[str, str]:
    """The versions of the libraries that a Python has, by module."""
    modules = ("torch", "jax", "mygrad", "keras", "tensorflow")
    return json.loads(run([python, "-c", LOOK.format(modules=modules)]))  # type: ignore[no-any-return]


def run(command: list[str], environment: dict[str, str] | None = None) -> str:
    """What a command prints."""
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        shown = " ".join(command[1:]) if "-c" not in command else "a script"
        raise RuntimeError(f"bench: {shown} failed: {last_line(done.stderr)}")
    return done.stdout


def last_line(text: str) -> str:
    """What an exception says, without its traceback."""
    return ([line for line in text.splitlines() if line.strip()] or ["no message"])[-1].strip()


class Worker:
    """A running `worker.py`."""

    def __init__(self, idea: str, side: Side, python: str, errors: IO[str]) -> None:
        self.side, self.errors = side, errors
        self.process = subprocess.Popen(
            [python_of(side, python), "-m", "minigrad.bench.worker", idea, side.library],
            env=environment_of(side), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=errors, text=True,
        )  # fmt: skip

    def ask(self, case: Sequence[str], seconds: float) -> Any:
        """The answer to one case."""
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps([list(case), seconds]) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            self.errors.seek(0)
            return {"error": last_line(self.errors.read())}
        return json.loads(answer)

    def end(self) -> None:
        """End the process, and wait for it."""
        self.process.kill()
        self.process.communicate()


@contextmanager
def workers(idea: str, sides: Sequence[Side], python: str) -> Iterator[list[Worker]]:
    """A fresh process for each side."""
    with ExitStack() as stack:
        started = []
        for side in sides:
            errors = stack.enter_context(tempfile.TemporaryFile("w+"))
            worker = Worker(idea, side, python, errors)
            stack.callback(worker.end)
            started.append(worker)
        yield started


def in_time(figures: Figures, rounds: int) -> Iterator[int]:
    """Rounds 0, 1, 2..., as long as one more would end in time; figures say how many there were."""
    begin = perf_counter()
    for done in range(rounds):
        spent = perf_counter() - begin
        if done and spent + spent / done > PATIENCE:
            figures.notes.append(f"{done} of {rounds} rounds: one more would take too long")
            return
        yield done
        figures.rounds = done + 1


def in_turns(
    figures: Figures,
    sides: Sequence[Side],
    python: str,
    rounds: int,
    seconds: float,
    console: Console,
) -> None:
    """Measure each cell on each side, A B A B; each round in processes that are new."""
    with Progress(console=console) as bar:
        task = bar.add_task(figures.what, total=rounds * len(figures.cells))
        for _ in in_time(figures, rounds):
            with workers(figures.what, sides, python) as started:
                for cell in figures.cells:
                    for _ in range(TURNS):
                        for worker in started:
                            sleep(REST)
                            add(figures, cell, worker, worker.ask(cell.case, seconds))
                    bar.advance(task)


def add(figures: Figures, cell: Cell, worker: Worker, answer: Any) -> None:
    """Keep an answer; the first failure of a library is noted, one of minigrad is an error."""
    side = worker.side
    if isinstance(answer, dict):
        note = f"{side.name} failed first at {', '.join(cell.case)}: {answer['error']}"
        if not side.needs:
            raise RuntimeError(f"bench: {note}")
        if not any(known.startswith(f"{side.name} failed") for known in figures.notes):
            figures.notes.append(note)
    elif answer is not None:
        cell.add(side.name, answer)


def one_by_one(
    figures: Figures,
    sides: Sequence[Side],
    rounds: int,
    measure: Callable[[Cell, Side, int], float | None],
    console: Console,
) -> None:
    """Measure each cell on each side, in turns, where every figure needs a process that is new."""
    with Progress(console=console) as bar:
        task = bar.add_task(figures.what, total=rounds * len(figures.cells))
        for k in in_time(figures, rounds):
            for cell in figures.cells:
                for side in sides:
                    if (value := measure(cell, side, k)) is not None:
                        cell.add(side.name, value)
                bar.advance(task)
