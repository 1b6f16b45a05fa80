"""Grading a class: every student's lessons, each run in a process of its own.

    folder/
      aiko/01_graph.ipynb, aiko/02_chain_rule.py      one student: a folder, and all that is in it
      ben_03_activations.py                           or single files: this is ben's

A lesson reports each check as it happens, so that what a student had right before an error or an
endless loop still counts.  The files are programs and are run: grade what you would run yourself.
"""

import json
import linecache
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .catalogue import every
from .session import REPORT

BEGIN = re.compile(r"learn\.lesson\(\s*(\d+)")
FILE = re.compile(r"[ _-]*[01]\d_[a-z].*")  # how the file of a lesson is called
BEST = ("right", "wrong", "open", "not reached")  # the best first


@dataclass(slots=True)
class Work:
    """What one file of a student came to.

    exercises   name -> status, hint, text; status is one of BEST
    error       one line, if the program did not run to its end
    """

    student: str
    file: str
    lesson: int
    exercises: dict[str, dict[str, str]] = field(default_factory=dict)
    error: str = ""
    seconds: float = 0.0


def submissions(folder: Path) -> list[tuple[str, Path]]:
    """Each student and file: a subfolder is a student, and so is what a single file begins with."""
    if not folder.is_dir():
        raise ValueError(f"learn: --grade {folder} given; it must be a folder of students' files")
    found = []
    for entry in sorted(folder.iterdir()):
        inside = sorted(entry.rglob("*")) if entry.is_dir() else [entry]
        for file in inside:
            hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
            if file.suffix in (".py", ".ipynb") and not hidden:
                found.append((entry.name if entry.is_dir() else student_of(entry), file))
    return found


def student_of(file: Path) -> str:
    """Whose a single file is: `ben` for ben_03_activations.py.

    >>> student_of(Path("ben_03_activations.py")), student_of(Path("dora.py"))
    ('ben', 'dora')
    """
    return FILE.sub("", file.stem) or file.stem


def program(file: Path) -> str:
    """The code of a script or notebook; magics and shell lines are left out."""
    text = file.read_text(encoding="utf-8", errors="replace")
    if file.suffix == ".py":
        return text
    try:
        cells = json.loads(text)["cells"]
        codes = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):
        return ""
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", "\n\n".join(codes), flags=re.MULTILINE)


def lesson_of(code: str) -> int | None:
    """The number of the lesson that a program begins; None if it is none of ours."""
    begin = BEGIN.search(code)
    number = int(begin.group(1)) if begin else 0
    return number if number in every() else None


def grade(
    folder: Path, timeout: float = 60.0, watch: Callable[[], object] = lambda: None
) -> list[Work]:
    """Run every lesson in a folder of students.

    Parameters
    ----------
    folder : with a subfolder, or a single file, for each student.
    timeout : seconds that one file may run.
    watch : called after each file.
    """
    works = []
    for student, file in submissions(folder):
        code = program(file)
        number = lesson_of(code)
        if number is not None:
            works.append((Work(student, str(file.relative_to(folder)), number), code))

    def one(work: Work, code: str) -> Work:
        run(work, code, timeout)
        watch()
        return work

    with ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // 2)) as pool:
        return list(pool.map(lambda pair: one(*pair), works))


def run(work: Work, code: str, timeout: float) -> None:
    """Run one program in an empty folder, and note what its lesson reported."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="minigrad-grade-") as place:
        script, report = Path(place) / "lesson.py", Path(place) / "report.jsonl"
        script.write_text(code, encoding="utf-8")
        work.error = executed(script, surroundings(report), timeout)
        lines = report.read_text(encoding="utf-8").splitlines() if report.exists() else []
    work.seconds = round(time.monotonic() - start, 2)
    reached: dict[str, dict[str, str]] = {}
    for line in lines:
        with suppress(ValueError, KeyError, TypeError):  # killed while it wrote
            told = json.loads(line)
            reached[told["exercise"]] = {k: str(told[k]) for k in ("status", "hint", "text")}
    nothing = {"status": "not reached", "hint": "", "text": ""}
    names = [e.name for e in every()[work.lesson].exercises]
    work.exercises = {name: reached.get(name, nothing) for name in names}


def surroundings(report: Path) -> dict[str, str]:
    """The environment of a student's program: this minigrad, no windows, any letters."""
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    return os.environ | {
        REPORT: str(report), "MPLBACKEND": "Agg", "PYTHONUTF8": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }  # fmt: skip


def executed(script: Path, environment: dict[str, str], timeout: float) -> str:
    """Run a script; one line that says why it did not end well, or nothing."""
    own_group: dict[str, Any] = {"start_new_session": True} if os.name == "posix" else {}
    with subprocess.Popen(
        [sys.executable, str(script)], cwd=script.parent, env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **own_group,
    ) as process:  # fmt: skip
        try:
            errors: str = process.communicate(timeout=timeout)[1].decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            if os.name == "posix":  # its children too
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.communicate()
            return f"stopped after {timeout:g} s"
    if process.returncode == 0:
        return ""
    places = re.findall(r'lesson\.py", line (\d{1,6})', errors)
    where = ""
    if places:  # a line of a notebook is found by what stands in it
        code = linecache.getline(str(script), int(places[-1])).strip()
        where = f"line {places[-1]}, `{code[:60]}`: " if code else f"line {places[-1]}: "
    return where + (errors.strip().splitlines() or [f"exit {process.returncode}"])[-1][:200]


def summary(works: Iterable[Work]) -> dict[str, dict[int, dict[str, dict[str, str]]]]:
    """For each student and lesson, the best that any file has for each exercise."""
    found: dict[str, dict[int, dict[str, dict[str, str]]]] = {}
    for work in works:
        best = found.setdefault(work.student, {}).setdefault(work.lesson, {})
        for name, told in work.exercises.items():
            if name not in best or rank(told) < rank(best[name]):
                best[name] = told
    return found


def rank(told: dict[str, str]) -> int:
    """0 for the best status."""
    return BEST.index(told["status"]) if told["status"] in BEST else len(BEST)


def report(works: list[Work]) -> dict[str, Any]:
    """All of it, for a JSON file."""
    students = {}
    for student, lessons in summary(works).items():
        states = [told["status"] for best in lessons.values() for told in best.values()]
        students[student] = {
            "right": states.count("right"),
            "exercises": len(states),
            "lessons": {str(number): best for number, best in sorted(lessons.items())},
        }
    return {"students": students, "files": [asdict(work) for work in works]}
