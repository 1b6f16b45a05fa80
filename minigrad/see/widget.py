"""The stepper in a notebook: a widget that moves with the Stepper in Python, and moves it.

anywidget carries names and values between the kernel and `stepper.js`, which the page uses too.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from .page import RULES, SCRIPT


def available() -> bool:
    """Whether a notebook can have this widget."""
    return find_spec("anywidget") is not None


@cache
def widget_class() -> Any:
    """The class of the widget, made when it is first needed: anywidget takes time to import."""
    anywidget, traitlets = import_module("anywidget"), import_module("traitlets")
    shared: dict[str, Any] = {
        "_esm": f"{SCRIPT}\nexport default {{ render }};\n",
        "_css": RULES,
        "picture": traitlets.Unicode().tag(sync=True),
        "states": traitlets.List().tag(sync=True),
        "position": traitlets.Int().tag(sync=True),
    }
    return type("StepperWidget", (anywidget.AnyWidget,), shared)


def widget(picture: str, states: list[dict[str, Any]], position: int) -> Any:
    """A widget at this position."""
    return widget_class()(picture=picture, states=states, position=position)
