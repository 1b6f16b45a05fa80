"""The disk cache: compiled kernels under a name that says everything they depend on.

A cache that is wrong once is worse than none, so an entry is found by a hash of the *code reached*:
the formula's bytecode and constants, the values of the globals and closure cells that it reads, and
the same for every plain function that it calls, in whatever file.  An edit anywhere changes the
name, so a stale entry is never looked up.  Each entry is one file with its own checksum, and
whatever is wrong with it or its folder means no more than "compile again".
"""

import hashlib
import os
import pickle
import stat
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from enum import EnumType
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

MAGIC = b"minigrad kernel 1\n"


def folder() -> Path:
    """Where kernels are kept: MINIGRAD_CACHE_DIR, or the user's own cache folder."""
    if chosen := os.environ.get("MINIGRAD_CACHE_DIR"):
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "minigrad"


def read(key: str) -> Any:
    """The object kept under `key`, or None if there is none that can be trusted."""
    try:
        path = folder() / key
        if not private(path.parent):
            return None
        magic, checksum, content = split(path.read_bytes())
        if magic != MAGIC or checksum != hashlib.sha256(content).digest():
            return None
        return pickle.loads(content)
    except Exception:  # a cache may fail in any way it likes; the kernel is compiled instead
        return None


def write(key: str, content: bytes) -> None:
    """Keep pickled `content` under `key`, whole or not at all; a folder may refuse."""
    with suppress(OSError, RuntimeError):
        path = folder()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not private(path):
            return
        handle, unfinished = tempfile.mkstemp(dir=path, prefix=".unfinished-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(MAGIC + hashlib.sha256(content).digest() + content)
            os.replace(unfinished, path / key)
        except BaseException:
            with suppress(OSError):
                os.unlink(unfinished)
            raise


def split(blob: bytes) -> tuple[bytes, bytes, bytes]:
    """A file's magic line, checksum and content."""
    start = len(MAGIC)
    return blob[:start], blob[start : start + 32], blob[start + 32 :]


def private(path: Path) -> bool:
    """Whether only this user can write to the folder: its files are run as machine code."""
    if os.name != "posix":
        return True
    status = path.stat()
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def fingerprint(*roots: Any, written: Callable[[FunctionType], str] | None = None) -> str:
    """A hash of everything that the given functions and values reach.

    Of a function: its bytecode, or the text that `written` makes of it.

    >>> def slope(): return 0.1
    >>> def leaky(x): return x if x > 0 else slope() * x
    >>> before = fingerprint(leaky)
    >>> def slope(): return 0.2
    >>> fingerprint(leaky) == before
    False
    """
    sha = hashlib.sha256()
    seen: dict[int, int] = {}
    for root in roots:
        for part in reached(root, seen, written=written):
            sha.update(f"{len(part)}:".encode() + part)
    return sha.hexdigest()


def plain_functions(*roots: Any) -> list[FunctionType]:
    """Every plain Python function that the given functions reach, themselves first."""
    seen: dict[int, int] = {}
    found: list[FunctionType] = []
    for root in roots:
        for _ in reached(root, seen, found):
            pass
    return found


def reached(
    value: Any,
    seen: dict[int, int],
    found: list[FunctionType] | None = None,
    written: Callable[[FunctionType], str] | None = None,
) -> Any:
    """Yield, as bytes, all that `value` depends on; functions are followed into what they call."""
    if type(value).__module__.startswith("numba.") and hasattr(value, "__wrapped__"):
        # a learner's own @njit or @vectorize function: what it was made of, and how
        options = getattr(getattr(value, "_dispatcher", value), "targetoptions", {})
        yield repr(sorted(options.items())).encode()
        value = value.__wrapped__
    if isinstance(value, FunctionType):
        if id(value) in seen:
            yield f"function {seen[id(value)]}".encode()
            return
        seen[id(value)] = len(seen)
        if found is not None:
            found.append(value)
        yield b"function"
        yield from [written(value).encode()] if written else code_reached(value.__code__)
        for name, used in names_read(value):
            yield name.encode()
            yield from reached(used, seen, found, written)
    elif isinstance(value, CodeType):
        yield from code_reached(value)
    elif isinstance(value, tuple | list | frozenset):
        yield f"{type(value).__name__} {len(value)}".encode()
        for item in sorted(value, key=repr) if isinstance(value, frozenset) else value:
            yield from reached(item, seen, found, written)
    elif isinstance(value, np.ndarray | np.generic):  # repr leaves out digits and elements
        yield f"{value.dtype!r} {value.shape}".encode()
        yield value.tobytes()
    elif isinstance(value, EnumType):
        yield repr(list(value)).encode()
    elif hasattr(value, "__name__"):  # a class, a module, a function that is not Python
        yield f"{getattr(value, '__module__', '')}.{value.__name__}".encode()
    else:
        yield f"{type(value).__qualname__} {value!r}".encode()


def code_reached(code: CodeType) -> Any:
    """A code object's instructions, names and constants, those of nested functions too."""
    yield code.co_code
    yield repr((code.co_argcount, code.co_flags, code.co_names, code.co_varnames)).encode()
    yield repr((code.co_freevars, code.co_cellvars)).encode()
    yield getattr(code, "co_exceptiontable", b"")
    for constant in code.co_consts:
        yield from reached(constant, {})


def names_read(function: FunctionType) -> Any:
    """(name, value) of each default, closure cell and global that the function reads.

    Of a module of the learner, what is read from it: `shapes.slope`.
    """
    yield "defaults", function.__defaults__
    yield "keyword defaults", tuple(sorted((function.__kwdefaults__ or {}).items()))
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # a cell that is still empty
            yield name, cell.cell_contents
    names = all_names(function.__code__)
    waiting = [(n, function.__globals__[n]) for n in names if n in function.__globals__]
    modules = {"math", "numpy"}
    for name, value in waiting:
        yield name, value
        if isinstance(value, ModuleType) and value.__name__ not in modules:
            modules.add(value.__name__)  # modules may import each other
            waiting += [(n, getattr(value, n)) for n in names if hasattr(value, n)]


def all_names(code: CodeType) -> list[str]:
    """The names that a code object and the functions inside it read, sorted."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names.update(all_names(constant))
    return sorted(names)
