"""The lessons for students, made from `source/`: a script and a notebook each, in two languages.

    python tutorials/build.py            write them
    python tutorials/build.py --check    only say which are out of step, or not alike in Japanese

A source is a jupytext percent script.  Every English text cell is followed by the same in Japanese:

    # %% [markdown]
    # A **slope** says how much the output moves.
    # %% [markdown] lang="ja"
    # **傾き** は、出力がどれだけ動くかを表します。

Code cells are for both; a comment may be followed by its Japanese form, `# ja: ...`.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

try:
    import jupytext
    import nbformat
except ModuleNotFoundError as error:
    sys.exit(f"build: {error.name} is not installed; run pip install -e '.[test]'")

from bilingual import differences, joined

FOLDER = Path(__file__).parent
BEGIN = re.compile(r"learn\.lesson\((\d+)\)")
COMMENT = re.compile(r"^( *)# (?!ja:).*\n *# ja: (.*)$", re.MULTILINE)
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def sources() -> list[Path]:
    """The lessons, in order."""
    return sorted((FOLDER / "source").glob("[0-9][0-9]_*.py"))


def is_japanese(cell: nbformat.NotebookNode) -> bool:
    """Whether a text cell is the Japanese one of its pair."""
    return cell.metadata.get("lang") == "ja"


def unlike(source: Path) -> list[str]:
    """Each pair of text cells that do not say the same; each cell that has no partner."""
    cells = jupytext.read(source, fmt="py:percent").cells
    wrong, waiting = [], None
    for cell in [*cells, nbformat.v4.new_code_cell()]:
        if cell.cell_type == "markdown" and is_japanese(cell):
            if waiting is None:
                wrong.append(f"no English before {first_line(cell)}")
            else:
                found = differences(waiting.source, cell.source)
                wrong += [f"{first_line(waiting)}: {difference}" for difference in found]
            waiting = None
            continue
        if waiting is not None:
            wrong.append(f"no Japanese after {first_line(waiting)}")
        waiting = cell if cell.cell_type == "markdown" else None
    return [f"{source.name}: {what}" for what in wrong]


def first_line(cell: nbformat.NotebookNode) -> str:
    """How a cell begins, to find it by."""
    return repr(cell.source.strip().split("\n")[0][:60])


def translated(code: str, lang: str) -> str:
    """A code cell for one language: its comments, and the hints it asks for."""
    if lang == "ja":
        code = BEGIN.sub(r'learn.lesson(\1, lang="ja")', code)
        return COMMENT.sub(r"\1# \2", code)
    return re.sub(r"\n *# ja: .*", "", code)


def notebook(source: Path, lang: str) -> nbformat.NotebookNode:
    """The lesson in one language, without outputs."""
    cells = []
    for cell in jupytext.read(source, fmt="py:percent").cells:
        if cell.cell_type == "code":
            new = nbformat.v4.new_code_cell(translated(cell.source, lang))
        elif is_japanese(cell) == (lang == "ja"):
            text = joined(cell.source) if lang == "ja" else cell.source
            new = nbformat.v4.new_markdown_cell(text)
        else:
            continue
        new["id"] = f"cell-{len(cells) + 1}"
        cells.append(new)
    return nbformat.v4.new_notebook(cells=cells, metadata=METADATA)


def files(source: Path) -> Iterator[tuple[Path, str]]:
    """Each file of a lesson, and what it shall hold."""
    for lang, folder in (("en", FOLDER), ("ja", FOLDER / "ja")):
        made = notebook(source, lang)
        yield folder / f"{source.stem}.ipynb", nbformat.writes(made) + "\n"
        made.metadata = {"jupytext": {"notebook_metadata_filter": "-all"}}
        script = jupytext.writes(made, fmt="py:percent")
        yield folder / f"{source.stem}.py", script


def out_of_step() -> list[str]:
    """Files that are not what the build would write, and files of lessons that are gone."""
    wanted = {file: text for source in sources() for file, text in files(source)}
    wrong = [
        f"{file.relative_to(FOLDER)} is out of step with its source; run tutorials/build.py"
        for file, text in wanted.items()
        if not file.exists() or file.read_text(encoding="utf-8") != text
    ]
    for kind in ("[0-9][0-9]_*.py", "[0-9][0-9]_*.ipynb"):
        for file in [*FOLDER.glob(kind), *(FOLDER / "ja").glob(kind)]:
            if file not in wanted:
                wrong.append(f"{file.relative_to(FOLDER)} has no source")
    return wrong


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    wrong = [line for source in sources() for line in unlike(source)]
    if check:
        wrong += out_of_step()
    else:
        for source in sources():
            for file, text in files(source):
                file.parent.mkdir(exist_ok=True)
                file.write_text(text, encoding="utf-8", newline="\n")
        print(f"{len(sources())} lessons written")
    print("\n".join(wrong), end="\n" if wrong else "")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
