"""What `minigrad learn` shows: the lessons and your progress, how to open one, a class's marks."""

import json
import sys
from pathlib import Path
from shlex import quote
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from . import progress
from .catalogue import every
from .grading import Work, grade, lesson_of, program, report, submissions, summary
from .words import Words

HEADERS = {
    "lesson": Words("lesson", "課"), "title": Words("title", "題"),
    "minutes": Words("minutes", "分"), "needs": Words("needs", "先に"),
    "solved": Words("solved", "解いた問題"),
}  # fmt: skip
OPEN = Words(
    "Open the notebook, with what `pip install -e '.[course]'` has brought, or fill in the script "
    "with any editor and run it:",
    "`pip install -e '.[course]'` のあと、ノートブックを開くか、スクリプトを書いて実行します。",
)
HOW = Words(
    "`minigrad learn 1` says how to open lesson 1.",
    "`minigrad learn 1` で第 1 課の開き方を表示します。",
)
KEPT = Words("Progress is kept in {folder}; delete it to start again.",
             "進みぐあいは {folder} にあります。消すと最初からになります。")  # fmt: skip


def lessons(console: Console, lang: str) -> None:
    """A table of all lessons with what this student has solved."""
    done = progress.solved()
    table = Table(*(words.said(lang) for words in HEADERS.values()))
    for lesson in every().values():
        solved = sum((lesson.number, e.name) in done for e in lesson.exercises)
        count = len(lesson.exercises)
        style = "green" if solved == count else "yellow" if solved else ""
        table.add_row(
            str(lesson.number), lesson.title.said(lang), str(lesson.minutes),
            ", ".join(map(str, lesson.needs)), Text(f"{solved}/{count}", style=style),
        )  # fmt: skip
    console.print(table)
    console.print(Text(HOW.said(lang)))
    if done:
        console.print(Text(KEPT.filled(folder=progress.folder()).said(lang)))


def one(console: Console, number: int, lang: str) -> None:
    """How to open a lesson, and which of its exercises are solved."""
    if number not in every():
        raise ValueError(f"learn: lesson {number} given; there are {', '.join(map(str, every()))}")
    lesson, done = every()[number], progress.solved()
    console.print(Text(f"{number} {lesson.title.said(lang)}", style="bold"))
    for exercise in lesson.exercises:
        mark = "x" if (number, exercise.name) in done else " "
        console.print(Text(f"  [{mark}] {exercise.name}"))
    folder = Path(__file__).parents[2] / "tutorials"  # in a checkout, beside the package
    folder = from_here(folder) if folder.is_dir() else Path("tutorials")
    file = folder / ("ja" if lang == "ja" else "") / lesson.file
    python = from_here(Path(sys.executable))
    console.print(Text(OPEN.said(lang)))
    for command in (f"-m jupyter lab {quote(f'{file}.ipynb')}", quote(f"{file}.py")):
        console.print(Text(f"  {quote(str(python))} {command}"), soft_wrap=True)


def from_here(path: Path) -> Path:
    """The path as short as it can be written."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def marks(console: Console, folder: str, file: str | None, timeout: float) -> None:
    """Grade a class: a table, and a JSON report if a file is given."""
    place = Path(folder)
    if timeout <= 0:
        raise ValueError(f"learn: --timeout {timeout:g} given; it must be more than 0 seconds")
    if file is not None and not Path(file).absolute().parent.is_dir():
        raise ValueError(f"learn: --json {file} given; it must be a file in a folder that is there")
    files = [f for _, f in submissions(place) if lesson_of(program(f)) is not None]
    if not files:
        raise ValueError(f"learn: --grade {folder}: no file in it begins with learn.lesson(...)")
    with Progress(console=console) as bar:
        task = bar.add_task("grade", total=len(files))
        works = grade(place, timeout, lambda: bar.advance(task))
    show_marks(console, works)
    if file is not None:
        text = json.dumps(report(works), indent=1, ensure_ascii=False)
        Path(file).write_text(text + "\n", encoding="utf-8")
        console.print(Text(f"report in {file}"))


def show_marks(console: Console, works: list[Work]) -> None:
    """A row for each student, a column for each lesson; then programs that did not end well."""
    found = summary(works)
    numbers = sorted({number for best in found.values() for number in best})
    table = Table("student", *(f"lesson {n}" for n in numbers), "right")
    for student, best in found.items():
        cells = [mark(best.get(n)) for n in numbers]
        states = [told["status"] for exercises in best.values() for told in exercises.values()]
        table.add_row(Text(student), *cells, f"{states.count('right')}/{len(states)}")
    console.print(table)
    hints = Table("student", "lesson", "exercise", title="Wrong answers")
    hints.add_column("what is said to it", overflow="fold")  # Japanese has no spaces to break at
    for student, best in found.items():
        for n, exercises in sorted(best.items()):
            for name, told in exercises.items():
                if told["status"] == "wrong":
                    hints.add_row(Text(student), str(n), name, Text(told["text"]))
    if hints.row_count:
        console.print(hints)
    for work in works:
        if work.error:
            console.print(Text(f"{work.file}: {work.error}"))


def mark(exercises: dict[str, dict[str, str]] | None) -> Text:
    """`2/4`, or nothing where no file was handed in."""
    if exercises is None:
        return Text("")
    right = sum(told["status"] == "right" for told in exercises.values())
    return Text(f"{right}/{len(exercises)}", style="green" if right == len(exercises) else "")


def learn(options: Any, console: Console) -> None:
    """What the command line asks for."""
    if options.grade is not None:
        marks(console, options.grade, options.json, options.timeout)
    elif options.json is not None:
        raise ValueError(f"learn: --json {options.json} given, which needs --grade FOLDER")
    elif options.lesson is not None:
        one(console, options.lesson, options.lang)
    else:
        lessons(console, options.lang)
