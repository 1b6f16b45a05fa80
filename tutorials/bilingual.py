"""Two languages, one source: whether the Japanese says what the English says, as far as a program
can tell.

Code, numbers, formulas and links must be the same on both sides.  For README.ja.md, each section
also carries a digest of the English section that it was translated from:

    python tutorials/bilingual.py                    which sections of README.ja.md are out of step
    python tutorials/bilingual.py --stamp "See it"   this one is translated again; or --stamp all
"""

import argparse
import hashlib
import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
CODE = re.compile(r"^```.*?^```$|^(?: {4}[^\n]*\n)+|`[^`\n]+`", re.DOTALL | re.MULTILINE)
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|<(https?://[^>\s]+)>")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
HEADING = re.compile(r"^#+ ", re.MULTILINE)
WIDE = r"[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]"
STAMP = re.compile(r"<!-- translated from: (.*?) ([0-9a-f]{12}) -->\n?")


def taken(pattern: re.Pattern[str], text: str) -> tuple[Counter[str], str]:
    """What a pattern finds, whatever its order, and the text without it."""
    found = [next(filter(None, (*m.groups(), m.group().strip()))) for m in pattern.finditer(text)]
    return Counter(found), pattern.sub(" ", text)


def differences(english: str, japanese: str) -> list[str]:
    """What one text has and the other has not, in words.

    Each language may point to its own pages: README.ja.md and tutorials/ja/ for README.md and
    tutorials/.
    """
    english, japanese = (text.replace(".ja.", ".") for text in (english, japanese))
    japanese = japanese.replace("tutorials/ja/", "tutorials/")
    wrong = []
    for kind, pattern in {
        "code": CODE, "formula": FORMULA, "link": LINK, "number": NUMBER, "heading": HEADING,
    }.items():  # fmt: skip
        one, english = taken(pattern, english)
        other, japanese = taken(pattern, japanese)
        for name, more in (("English", one - other), ("Japanese", other - one)):
            wrong += [f"{kind} only in {name}: {text!r}" for text in more]
    return wrong


def joined(text: str) -> str:
    """Japanese lines of one paragraph as one line: a line break would be shown as a space."""
    after, before = rf"(?<={WIDE})([*_`$)]*)", rf"(?=[*_`$(\[]*{WIDE})"
    begin = r"(?!```|[|#>]|[-*] |\d+\. |<!--|\s)"
    text = re.sub(rf"{after}\n *{begin}", r"\1", text)
    return re.sub(rf"(?<=\S)\n *{begin}{before}", "", text)


def sections(text: str) -> dict[str, str]:
    """A README by its second-level headings, outside of code; "" is what stands before them."""
    found, name, fenced = {"": ""}, "", False
    for line in text.splitlines(keepends=True):
        fenced ^= line.startswith("```")
        if line.startswith("## ") and not fenced:
            name = line[3:].strip()
            found[name] = ""
        else:
            found[name] += line
    return found


def digest(text: str) -> str:
    """Twelve digits that change with the text."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:12]


def out_of_step(english: str, japanese: str) -> list[str]:
    """Each section of the Japanese README that is not a translation of the English one as it is."""
    source, wrong, seen = sections(english), [], []
    for title, text in sections(japanese).items():
        stamp = STAMP.search(text)
        if stamp is None:
            wrong.append(f"{title or 'the top'}: no line <!-- translated from: ... -->")
            continue
        name, mark = stamp.groups()
        name = "" if name == "the top" else name
        seen.append(name)
        if name not in source:
            wrong.append(f"{title}: README.md has no section {name!r}")
        elif mark != digest(source[name]):
            wrong.append(f"{name or 'the top'}: README.md has changed; translate it again")
        else:
            found = differences(source[name], STAMP.sub("", text))
            wrong += [f"{name or 'the top'}: {difference}" for difference in found]
    wrong += [f"{name}: not in README.ja.md" for name in source if name not in seen]
    if not wrong and seen != list(source):
        wrong.append("the sections stand in another order")
    return wrong


def stamped(english: str, japanese: str, which: str) -> str:
    """The Japanese README with new digests for one section, or for all."""
    source = sections(english)

    def renewed(stamp: re.Match[str]) -> str:
        name = stamp.group(1)
        text = source.get("" if name == "the top" else name)
        if text is None or which not in (name, "all"):
            return stamp.group()
        return f"<!-- translated from: {name} {digest(text)} -->\n"

    return STAMP.sub(renewed, japanese)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--stamp", metavar="SECTION", help="a section translated again, or all")
    which = parser.parse_args().stamp
    english = (ROOT / "README.md").read_text(encoding="utf-8")
    file = ROOT / "README.ja.md"
    if which:
        file.write_text(stamped(english, file.read_text("utf-8"), which), encoding="utf-8")
    wrong = out_of_step(english, file.read_text(encoding="utf-8"))
    print("\n".join(wrong) or "README.ja.md is in step")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
