"""An image: a finished picture, shown by notebooks and saved as a file."""

from collections.abc import Callable
from pathlib import Path

from .chart import style
from .draw import png
from .svg import PAGE, safe

KINDS = (".svg", ".png", ".html")


class Image:
    """A picture with a title; `drawn` makes the SVG, with the style rules that it is given."""

    def __init__(self, title: str, drawn: Callable[[str], str]) -> None:
        self.title = title
        self.drawn = drawn

    @property
    def svg(self) -> str:
        """The picture, in light or dark colours as the reader likes."""
        return self.drawn(style())

    @property
    def html(self) -> str:
        """A page of its own."""
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<title>{safe(self.title)}</title><meta name="color-scheme" content="light dark">'
            f"<style>{PAGE}svg{{max-width:100%;height:auto}}</style></head>\n<body>{self.svg}</body></html>\n"
        )

    def save(self, file: str | Path) -> Path:
        """Write a file of the kind that its name ends in: .svg, .png, .html."""
        target = Path(file)
        kind = target.suffix.lower()
        if kind not in KINDS:
            raise ValueError(f"save: {str(file)!r} given; its name must end in {', '.join(KINDS)}")
        if kind == ".png":
            target.write_bytes(png(self.drawn(style(dark=False))))
        else:
            target.write_text(self.svg if kind == ".svg" else self.html, encoding="utf-8")
        return target

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<{self.title}; .save('picture.svg') to see it>"
