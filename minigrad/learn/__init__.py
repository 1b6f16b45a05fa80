"""Learning: the exercises of the course in `tutorials/`, and checks that explain what is wrong.

    lesson = learn.lesson(3)        the exercises of lesson 3; lang="ja" for hints in Japanese

    @lesson.check                   checks the function below by calling it, and says what it found
    def slope(x):
        ...

words.py        a text in English and Japanese
catalogue.py    the lessons by number
session.py      a lesson, and a student at work on it
exercise.py     what is asked for, and how answers are compared
observing.py    an answer at work: what it returns for chosen arguments, whatever it is
diagnosis.py    from numbers that differ to the mistake behind them
hints.py        the sentences that belong to each mistake
lessons/        the exercises of each lesson
judging.py      an op that a student declared
progress.py     which exercises this student has solved
showing.py      what `minigrad learn` prints
grading.py       a class: every student's files, each run in a process of its own
"""

from .catalogue import lesson
from .exercise import Exercise, Mistake
from .session import Lesson
from .words import Words

__all__ = ["Exercise", "Lesson", "Mistake", "Words", "lesson"]
