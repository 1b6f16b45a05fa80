"""Small things around training, by the names that Keras has for them."""

from typing import Any

import numpy as np

from .arrays import Array, brief
from .configs import custom_objects as custom_object_scope
from .random import set_random_seed

__all__ = [
    "custom_object_scope", "normalize", "plot_model", "set_random_seed", "to_categorical",
]  # fmt: skip


def to_categorical(x: Any, num_classes: int | None = None) -> Array:
    """One-hot: a row of zeros with a 1 at the class, for each whole number.

    >>> to_categorical([0, 2], 3)
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    classes = np.asarray(x)
    if classes.ndim > 1 and classes.shape[-1] == 1:
        classes = classes[..., 0]
    if classes.dtype.kind not in "iub" and not np.array_equal(classes, np.round(classes)):
        raise ValueError(f"to_categorical: {brief(x)} given; classes are whole numbers")
    classes = classes.astype(np.int64)
    count = int(classes.max(initial=-1)) + 1 if num_classes is None else num_classes
    if classes.size and not 0 <= classes.min() <= classes.max() < count:
        raise ValueError(
            f"to_categorical: classes from {classes.min()} to {classes.max()} given for "
            f"num_classes={count}; they must be from 0 to {count - 1}"
        )
    return np.asarray(np.eye(count, dtype=np.float32)[classes])


def normalize(x: Any, axis: int = -1, order: int = 2) -> Array:
    """Vectors of length 1 along the axis; zeros stay zeros.

    >>> normalize([[3.0, 4.0], [0.0, 0.0]])
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    x = np.atleast_1d(np.asarray(x, np.float64))
    norm = np.linalg.norm(x, order, axis, keepdims=True)
    return np.asarray(x / np.where(norm == 0, 1, norm))


def plot_model(model: Any, to_file: Any = "model.png", **options: Any) -> Any:
    """The diagram of a model, written to a file; a notebook shows what it returns.

    Parameters
    ----------
    to_file : its name ends in .svg, .png or .html; None for no file.
    options : Keras's show_shapes, show_layer_names and the like: all is shown, whatever they say.
    """
    from .see.diagram import diagram

    for name in options:
        if not name.startswith("show_"):
            raise TypeError(f"plot_model: no argument {name!r}; it takes to_file")
    made = diagram(model)
    if to_file is not None:
        made.save(to_file)
    return made
