"""The catalogue: the lessons of the course, found by their files in `lessons/`."""

import pkgutil
from functools import lru_cache
from importlib import import_module

from . import lessons as folder
from .session import Lesson, Session
from .words import LANGUAGES


@lru_cache
def every() -> dict[int, Lesson]:
    """All lessons by number, in order."""
    names = sorted(found.name for found in pkgutil.iter_modules(folder.__path__))
    found = [import_module(f"{folder.__name__}.{name}").LESSON for name in names]
    return {lesson.number: lesson for lesson in found}


def lesson(number: int, lang: str = "en") -> Session:
    """Begin a lesson: what its exercises are checked with.

    Parameters
    ----------
    number : of the lesson, as in `tutorials/01_graph.py`.
    lang : of the hints: "en" or "ja".
    """
    known = every()
    if lang not in LANGUAGES:
        raise ValueError(f"lesson: lang={lang!r} given; there are {', '.join(LANGUAGES)}")
    if not isinstance(number, int) or number not in known:
        raise ValueError(f"lesson: {number!r} given; there are {', '.join(map(str, known))}")
    return Session(known[number], lang, known.get(number + 1))
