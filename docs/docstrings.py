"""Docstrings as reStructuredText: what `help` shows as it is, made into what Sphinx reads.

A section becomes a field with its name, columns and indented lines stay as they are, and of prose
only `backticks` mean something: |x|, x**2 and x_i are formulas.
"""

import re
from collections.abc import Iterable
from inspect import getdoc, isroutine
from itertools import groupby
from typing import Any

CODE = re.compile(r"(`[^`]+`)")
NAME = re.compile(r"[A-Za-z_][\w.]*")
COLUMNS = re.compile(r"\S+(?: \S+)* {3,}\S")


def text_of(thing: Any) -> str:
    """What `help` says of it; of an op that has a class of its own, what its call says."""
    written = isinstance(thing, type) or isroutine(thing) or not callable(thing)
    made = isinstance(type(thing).__doc__, property)  # from a declaration, for each op
    return (getdoc(thing) if written or made else getdoc(type(thing).__call__)) or ""


def as_rst(lines: Iterable[str]) -> list[str]:
    r"""The lines of a docstring, in reStructuredText.

    >>> as_rst(["Power: x**2.", "", "Parameters", "----------", "x : any", "    number."])
    ['Power: x\\*\\*2.', '', ':Parameters:', '   | **x** : any number.', '']
    """
    found: list[str] = []
    for blank, block in groupby(lines, lambda line: not line.strip()):
        if not blank:
            found += [*of_block(list(block)), ""]
    return found


def of_block(block: list[str]) -> list[str]:
    """Lines without a blank one between them."""
    if len(block) > 1 and set(block[1]) == {"-"}:
        title, _, *rest = block
        return of_block(rest) if title == "Examples" else [f":{title}:", *items(title, rest)]
    start = next((k for k, line in enumerate(block) if line.startswith(">>>")), len(block))
    prose, example = block[:start], block[start:]
    if prose and (prose[0].startswith(" ") or all(COLUMNS.match(line) for line in prose)):
        prose = ["::", "", *(f"   {line}" for line in prose)]
    else:
        prose = [plain(line) for line in prose]
    return [*prose, *([""] if prose and example else []), *example]


def items(section: str, lines: list[str]) -> list[str]:
    """The lines of a section, each on a line of its own however long it is."""
    whole: list[str] = []
    for line in lines:
        if line.startswith(" ") and whole:
            whole[-1] += " " + line.strip()
        else:
            whole.append(line)
    shown = []
    for line in whole:
        name, colon, text = line.partition(": " if section == "Slope" else " : ")
        if not colon:
            shown.append(plain(line))
        elif section == "Slope":
            shown.append(f"``{name}`` = ``{text}``")
        else:
            shown.append(f"**{plain(name)}** : {plain(text)}")
    return [f"   | {line}" for line in shown]


def plain(line: str) -> str:
    """A line of prose in which only backticks are marks: a name is a link, all else is code."""
    pieces = CODE.split(line)
    for k, piece in enumerate(pieces):
        if k % 2 == 0:
            pieces[k] = re.sub(r"([\\*|]|_(?!\w))", r"\\\1", piece)
        elif not NAME.fullmatch(piece[1:-1]):
            pieces[k] = f"`{piece}`"
    return "".join(pieces)
