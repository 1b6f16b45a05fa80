"""A lesson, and a student at work on it: `check` says what it found and never stops the lesson."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import progress
from .exercise import Exercise
from .hints import (
    NEXT,
    NO_EXERCISE,
    NOTHING_GIVEN,
    OPEN,
    RIGHT,
    STANDS_IN,
    STILL,
    SUMMARY,
)
from .words import Words

REPORT = "MINIGRAD_LEARN_REPORT"  # a file: when a class is graded, each result is added to it


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What the course has to say of a lesson.

    number     and name: the file is called `01_graph.py`
    minutes    that it takes a class
    needs      the lessons to have done before
    """

    number: int
    name: str
    title: Words
    minutes: int
    needs: tuple[int, ...]
    exercises: Sequence[Exercise]

    @property
    def file(self) -> str:
        """The name of its script and notebook, without .py and .ipynb."""
        return f"{self.number:02d}_{self.name}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found: status is "right", "wrong" or "open"; hint names the mistake."""

    exercise: str
    status: str
    hint: str
    text: str


class Session:
    """A student at work on a lesson.

    >>> from minigrad import learn
    >>> lesson = learn.lesson(2)
    """

    def __init__(self, lesson: Lesson, lang: str, following: Lesson | None) -> None:
        self.lesson, self.lang, self.following = lesson, lang, following
        self.outcomes: dict[str, Outcome] = {}

    def check(self, *answers: Any, **named: Any) -> Any:
        """Check an answer, and say what was found.

        Above a function as `@lesson.check`, or with a value by name: `lesson.check(slope=2)`.

        Returns
        -------
        A function to go on with: the answer if it is right, else one that stands in for it.  Of a
        value, nothing.
        """
        given = named | {name_of(answer): answer for answer in answers}
        if len(given) != 1:
            say(NOTHING_GIVEN.said(self.lang))
            return answers[0] if answers else None
        ((name, answer),) = given.items()
        exercises = {e.name: e for e in self.lesson.exercises}
        if name not in exercises:
            known = ", ".join(exercises)
            text = NO_EXERCISE.filled(number=self.lesson.number, name=name, known=known)
            say(text.said(self.lang))
            return answer
        return self._checked(exercises[name], answer)

    def _checked(self, exercise: Exercise, answer: Any) -> Any:
        """Say and note what is found; what to go on with."""
        found = exercise.finding(answer)
        status = "right" if found is None else "open" if found.hint == "open" else "wrong"
        text = RIGHT if found is None else found.text
        if status == "open":
            text = OPEN.filled(start=exercise.start)
        outcome = Outcome(
            exercise.name, status, "" if found is None else found.hint, text.said(self.lang)
        )
        self.outcomes[exercise.name] = outcome
        lines = [f"{self.lesson.number}. {exercise.name}: {outcome.text}"]
        if status != "right" and exercise.slope_of is not None:
            lines.append(STANDS_IN.said(self.lang))
        say("\n   ".join(lines))
        note(self.lesson.number, outcome)
        if not callable(exercise.right) and exercise.instead is None:
            return None
        return answer if status == "right" else exercise.stand_in(answer)

    def end(self) -> None:
        """Say how many exercises are right, which are not, and what comes next."""
        names = [e.name for e in self.lesson.exercises]
        right = [n for n in names if n in self.outcomes and self.outcomes[n].status == "right"]
        count = len(names)
        text = SUMMARY.filled(number=self.lesson.number, right=len(right), count=count)
        said = text.said(self.lang)
        if left := [n for n in names if n not in right]:
            said += STILL.filled(names=", ".join(left)).said(self.lang)
        elif self.following is not None:
            number, title = self.following.number, self.following.title
            said += NEXT.filled(number=number, title=title).said(self.lang)
        say(said)


def name_of(answer: Any) -> str:
    """What an answer is called, if it is anything that can be called."""
    try:
        return str(answer.__name__)
    except Exception:  # a value, or an object of the student's own
        return type(answer).__name__


def note(number: int, outcome: Outcome) -> None:
    """Keep an outcome: in the report when a class is graded, else as the student's progress."""
    if report := os.environ.get(REPORT):
        line = {
            "lesson": number, "exercise": outcome.exercise, "status": outcome.status,
            "hint": outcome.hint, "text": outcome.text,
        }  # fmt: skip
        with open(report, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    elif outcome.status == "right":
        progress.solve(number, outcome.exercise)


def say(text: str) -> None:
    """Print, also where the terminal cannot write Japanese: with ? for what it has not."""
    coding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(coding, "replace").decode(coding))
