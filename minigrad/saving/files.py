"""A file: arrays by name and a JSON text, in safetensors, with a checksum for each of them.

It is replaced in one step: whenever a crash comes, the file holds the old contents or the new ones.
Reading it runs no code, and takes memory in proportion to the file, whatever the file says.

    8 bytes     the length of the header
    header      {"__metadata__": {"contents": JSON text, "tensors": checksums, "sha256": checksum
                of both}, name: {"dtype", "shape", "data_offsets"}, ...}
    the rest    the arrays' bytes
"""

import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Any, BinaryIO

import numpy as np
import safetensors
from safetensors.numpy import save

from ..arrays import Array, brief
from .notation import LONGEST, packed, parsed, unpacked, written

FORMAT = "1"
NAME = re.compile(r"[A-Za-z0-9_.]{1,1000}")
DTYPES = {
    "F16": "<f2", "F32": "<f4", "F64": "<f8", "I64": "<i8", "I32": "<i4", "U64": "<u8",
    "U32": "<u4", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip


class ModelFileError(ValueError):
    """A file that is no model of minigrad's, or is damaged, or does not fit."""


@contextmanager
def reading(path: str, hint: str = "") -> Iterator[None]:
    """Inside, whatever goes wrong is a ModelFileError of one line."""
    try:
        yield
    except ModelFileError:
        raise
    except Exception as error:  # a hostile file may go wrong in any way
        kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
        text = " ".join(f"{kind}{error}".split())[:300] + hint
        line = f"{brief(path)}: {text}".encode("ascii", "backslashreplace").decode()
        raise ModelFileError(line) from None


def write(path: str, contents: Any, arrays: Mapping[str, Array]) -> None:
    """Save contents, which JSON must have words for but for arrays and nan, and arrays by name."""
    whole = dict(arrays)
    text = written(packed(contents, whole))
    for name in whole:
        if not NAME.fullmatch(name):
            raise ValueError(
                f"save: the name {brief(name)} of a weight, or of its layer, cannot be in a file; "
                "use letters, digits, _ and . only"
            )
    whole = {name: np.asarray(array, order="C") for name, array in whole.items()}
    sums = written({name: checksum(array) for name, array in whole.items()})
    about = {"minigrad": FORMAT, "contents": text, "tensors": sums}
    data = save(whole, about | {"sha256": sha256((text + sums).encode()).hexdigest()})
    header_of(data)  # what cannot be read again is not written
    replace(path, data)


def read(path: str) -> tuple[Any, dict[str, Array]]:
    """What `write` was given; ModelFileError if a single bit is different."""
    with open_regular(path) as file, reading(path):
        data = file.read(os.fstat(file.fileno()).st_size)
        about = header_of(data).get("__metadata__", {})
        if "minigrad" not in about:
            raise ValueError("it is of safetensors' format, but minigrad has not written it")
        if about["minigrad"] != FORMAT:
            raise ValueError(f"its format is {brief(about['minigrad'])}; this reads {FORMAT!r}")
        text, sums = about["contents"], about["tensors"]
        if sha256((text + sums).encode()).hexdigest() != about["sha256"]:
            raise ValueError("its description is damaged: the checksum is another one")
        arrays = {}
        for name, entry in safetensors.deserialize(data):
            bytes_of = np.frombuffer(entry["data"], DTYPES[entry["dtype"]])
            arrays[name] = bytes_of.reshape(entry["shape"])
        known = parsed(sums)
        if known.keys() != arrays.keys():
            raise ValueError("the arrays in it are not those that were saved")
        for name, array in arrays.items():
            if checksum(array) != known[name]:
                raise ValueError(f"{brief(name)} is damaged: the checksum is another one")
        return unpacked(parsed(text), arrays), arrays


def header_of(data: bytes) -> Any:
    """The header, if its length and its names can be right."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        raise ValueError("it is cut off, or no file of this kind")
    if length > LONGEST:
        raise ValueError(
            f"the description takes {length:,} bytes, and {LONGEST:,} are allowed; large arrays "
            "belong in weights, not in configs"
        )
    header = parsed(data[8 : 8 + length].decode())
    if not isinstance(header, dict):
        raise ValueError("it is no file of this kind")
    for name in header:
        if not NAME.fullmatch(name):
            raise ValueError(f"the name {brief(name)} is not allowed")
    return header


def checksum(array: Array) -> str:
    """SHA-256 of dtype, shape and bytes."""
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    total = sha256(f"{array.dtype.str}{array.shape}".encode())
    total.update(array.reshape(-1).view(np.uint8).data)
    return total.hexdigest()


def open_regular(path: str) -> BinaryIO:
    """A file opened for reading; what is not a file, such as a pipe, could block for ever."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ModelFileError(f"{brief(path)}: it is not a file")
    return open(path, "rb")


def replace(path: str, data: bytes) -> None:
    """Put bytes in the place of a file, in one step, and on the disk before this returns."""
    folder, name = os.path.split(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"save: the folder of {brief(path)} does not exist; make it first")
    remove_left_over(folder, name)
    file, temporary = begin(folder, name)
    target = os.path.join(folder, name)
    try:
        with file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            if os.name == "posix":  # while the lock is held, so that nobody takes it for left over
                os.replace(temporary, target)
        if os.name != "posix":  # where a file that is open cannot be renamed, nor removed
            os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    if os.name == "posix":
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def begin(folder: str, name: str) -> tuple[BinaryIO, str]:
    """A new file beside the one that it will replace, locked as long as it is open."""
    while True:
        temporary = os.path.join(folder, f".{name[:200]}.{secrets.token_hex(4)}.saving")
        file = open(temporary, "xb")
        locked(file)
        if os.fstat(file.fileno()).st_nlink:
            return file, temporary
        file.close()  # another process took it for left over before it was locked


def remove_left_over(folder: str, name: str) -> None:
    """Remove what saves of the same file left when they were killed: nobody has it locked."""
    mine = re.compile(rf"\.{re.escape(name[:200])}\.[0-9a-f]{{8}}\.saving")
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if mine.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError), open(entry.path, "rb") as file:
                    if os.name != "posix" or locked(file):
                        os.unlink(entry.path)


def locked(file: BinaryIO) -> bool:
    """Lock a file; False if another one has it locked, or the file system cannot."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
