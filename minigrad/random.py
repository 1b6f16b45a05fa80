"""Random numbers: every generator starts from a seed that you gave, or from the process's own.

`set_random_seed` sets the latter.  It, and how many generators have been started from it, is the
only state that all of minigrad shares.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .arrays import brief

# What a generator starts from: a whole number, or several; None is the process's seed.
Seed = int | Sequence[int] | None

# The process's seed, and the numbers of the generators that are still to be started from it.
_process: tuple[Any, Iterator[int]] = np.random.SeedSequence().entropy, itertools.count()


def set_random_seed(seed: int | Sequence[int]) -> None:
    """Start the process's random numbers again from `seed`: then a program repeats itself.

    What has a seed of its own does not change; nor do Python's `random` and `np.random`.

    >>> set_random_seed(1)
    >>> generator().integers(100, size=4).tolist()
    [1, 69, 82, 17]
    >>> set_random_seed(1)
    >>> generator().integers(100, size=4).tolist()
    [1, 69, 82, 17]
    """
    global _process
    _process = checked(seed), itertools.count()


def generator(seed: Seed = None) -> np.random.Generator:
    """A fresh generator: from `seed`, or from the process's seed, and then another one each time.

    Threads may call it at once.  A forked process goes on where its parent was.

    >>> generator(3).integers(100, size=4).tolist()
    [81, 8, 17, 23]
    """
    if seed is not None:
        return np.random.default_rng(checked(seed))
    entropy, numbers = _process
    # What SeedSequence(entropy).spawn() gives, but counted in one step: there is no lock that one
    # thread could hold while another one forks.
    return np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(next(numbers),)))


def checked(seed: Any) -> Any:
    """A seed as it is, if a generator can start from it."""
    numbers = seed if isinstance(seed, list | tuple) and seed else [seed]
    for number in numbers:
        whole = isinstance(number, int | np.integer) and not isinstance(number, bool)
        if not whole or number < 0:
            raise ValueError(
                f"seed: {brief(seed)} given; give a whole number, 0 or more, or a list of them"
            )
    return seed
