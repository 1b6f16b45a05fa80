"""`python -m minigrad.others` prints the page in Markdown."""

from . import markdown

if __name__ == "__main__":
    print(markdown(), end="")
