"""Configs: what something was made with, as plain JSON, and the same thing made again from it.

    L2(0.1)   ->   {"class_name": "L2", "config": {"l2": 0.1}}   ->   L2(0.1)

A class that keeps each argument of its constructor as an attribute of the same name needs nothing
else.  Nothing here runs code from a config: it names classes, which must be known already, those of
minigrad or those given to `custom_objects`.
"""

import difflib
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Self

import numpy as np

from .arrays import brief

_custom: ContextVar[Mapping[str, Any]] = ContextVar("custom_objects", default={})  # noqa: B039


class Configured:
    """Subclasses keep each argument of `__init__` as an attribute of that name."""

    def __new__(cls, *values: Any, **options: Any) -> Self:
        """A new object, unless an option has a name that no argument has."""
        known = every_argument(cls)  # type: ignore[arg-type]
        wrong = [name for name in options if known is not None and name not in known]
        if wrong and known is not None:
            close = difflib.get_close_matches(wrong[0], known, n=1)
            takes = ", ".join(known) or "no arguments"
            hint = f"did you mean {close[0]!r}?" if close else f"it takes {takes}"
            raise TypeError(f"{cls.__name__}: no argument {brief(wrong[0])}; {hint}")
        if values and not known and known is not None:
            raise TypeError(f"{cls.__name__}: {brief(values[0])} given; it takes no arguments")
        return super().__new__(cls)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal object, as JSON has them."""
        return {name: plain(getattr(self, name)) for name in argument_names(type(self))}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The object that `get_config` was called on, without what it has learned."""
        return cls(**config)

    def __repr__(self) -> str:
        settings = (f"{name}={getattr(self, name)!r}" for name in argument_names(type(self)))
        return f"{type(self).__name__}({', '.join(settings)})"


def argument_names(made: type) -> list[str]:
    """The names of a constructor's arguments, without `*` and `**`."""
    named = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    return [p.name for p in signature(made).parameters.values() if p.kind in named]


def signature(made: type) -> inspect.Signature:
    """What a constructor takes.  Early Python 3.11 would give what `__new__` takes."""
    if hasattr(made, "__signature__"):
        return inspect.signature(made)
    own = inspect.signature(made.__init__)  # type: ignore[misc]
    return own.replace(parameters=[*own.parameters.values()][1:])


@lru_cache(maxsize=1024)
def every_argument(made: type) -> list[str] | None:
    """The names of all arguments, with those that `**shared` hands on; None if it takes any."""
    names: list[str] = []
    for base in made.__mro__[:-1]:
        if "__init__" not in vars(base):
            continue
        parameters = [*inspect.signature(base.__init__).parameters.values()][1:]  # type: ignore[misc]
        rest = [p.name for p in parameters if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        names += [p.name for p in parameters if p.name not in rest]
        if rest != ["shared"]:
            return None if rest else list(dict.fromkeys(names))
    return names


def serialize(thing: Any) -> Any:
    """A configured object as {"class_name", "config"}; a function as its name."""
    if isinstance(thing, Configured):
        return {"class_name": type(thing).__name__, "config": thing.get_config()}
    name = getattr(thing, "name", None) or getattr(thing, "__name__", None)
    if not callable(thing) or not isinstance(name, str) or name == "<lambda>":
        raise ValueError(
            f"config: {brief(thing)} has no name to be found by again; use a function with a "
            "name, and give it as custom_objects={name: function} when loading"
        )
    return name


def plain(value: Any) -> Any:
    """A value of a config as JSON has it."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return serialize(value)


def find(kind: str, given: Any, known: Mapping[str, Any], base: type) -> Any:
    """What a user means by `given`: the object itself, a class, a name or a config.

    kind      what errors call it: "initializer"
    known     classes and functions by name; case and underscores do not matter
    base      what it must be; any other function is taken as it is
    """
    if isinstance(given, type) and issubclass(given, base):
        return given()
    if isinstance(given, base) or (callable(given) and not isinstance(given, type)):
        return given
    if isinstance(given, str):
        found = lookup(kind, given, known)
        return found() if isinstance(found, type) else found
    if isinstance(given, Mapping) and isinstance(given.get("class_name"), str):
        found = lookup(kind, given["class_name"], known)
        config = given.get("config") or {}
        if not isinstance(config, Mapping):
            raise ValueError(f"{kind}: config {brief(config)} given; it must be a dict")
        try:
            made = getattr(found, "from_config", None)
            return made(config) if made is not None else found
        except TypeError as error:
            raise ValueError(f"{kind}: config of {given['class_name']}: {error}") from None
    raise ValueError(f"{kind}: {brief(given)} given; it must be {described(kind, known)}")


def described(kind: str, known: Mapping[str, Any]) -> str:
    """What `find` takes, in words."""
    return f"a name such as {next(iter(known))!r}, a config, a function, or an {kind} object"


def lookup(kind: str, name: str, known: Mapping[str, Any]) -> Any:
    """A class or function by name; near misses are suggested."""
    names = {squashed(n): thing for n, thing in {**known, **_custom.get()}.items()}
    if squashed(name) in names:
        return names[squashed(name)]
    spelled = {squashed(n): n for n in {**known, **_custom.get()}}
    close = difflib.get_close_matches(squashed(name), spelled, n=1)
    hint = f"did you mean {spelled[close[0]]!r}?" if close else f"there are {', '.join(known)}"
    raise ValueError(f"{kind}: {name!r} given; {hint}")


def other_spelling(module: str, name: str, known: Mapping[str, Any]) -> Any:
    """What `module.l2` is where the class is called L2; for a module's `__getattr__`."""
    for spelled, thing in known.items():
        if name.islower() and squashed(name) == squashed(spelled):
            return thing
    raise AttributeError(f"module {module!r} has no attribute {name!r}")


def squashed(name: str) -> str:
    """A name without case and underscores: he_normal and HeNormal are one.

    >>> squashed("HeNormal") == squashed("he_normal")
    True
    """
    return name.replace("_", "").replace(" ", "").lower()


@contextmanager
def custom_objects(objects: Mapping[str, Any]) -> Iterator[None]:
    """Inside, configs and names may mean your own classes and functions too.

    >>> def double(x):
    ...     return 2 * x
    >>> with custom_objects({"double": double}):
    ...     lookup("activation", "double", {}) is double
    True
    """
    token = _custom.set({**_custom.get(), **objects})
    try:
        yield
    finally:
        _custom.reset(token)
