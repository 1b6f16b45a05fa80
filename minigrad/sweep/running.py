"""Running: all float32 numbers, block by block, on all cores; Ctrl-C loses one block at most.

What is found so far is kept in the cache folder under a name that says what is swept, so that the
same command goes on from there, and code that has changed begins anew.
"""

import json
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from time import process_time

import numba
import numpy as np

from .. import receipts
from ..elementwise import Elementwise
from ..kernels import cache
from ..kernels.kernel import jit_is_off
from .part import Setting, digests, parts
from .tally import Counter, Tally

BLOCK = 2**24
BLOCKS = receipts.EVERY // BLOCK
# A block is shared out among the cores in pieces of this size.
PIECE = 2**20


@dataclass(frozen=True)
class Job:
    """One activation with one setting of its numbers."""

    op: Elementwise
    setting: Setting

    @property
    def settings(self) -> receipts.Settings:
        """The numbers by name."""
        return self.setting.named(self.op)

    def __str__(self) -> str:
        numbers = ", ".join(f"{n}={v}" for n, v in self.settings.items())
        return f"{self.op.name}({numbers})"

    def state(self) -> tuple[str, list[receipts.Receipt]]:
        """Whether its receipts hold, and the receipts."""
        return receipts.state(self.op.name, self.settings, digests(self.op))


def sweep(job: Job, cores: int, advance: Callable[[int], None]) -> list[receipts.Receipt]:
    """Every float32 number through the value and the slopes; the receipts are written.

    `advance` is called with the number of blocks that are done.
    """
    if jit_is_off():
        raise ValueError("sweep: NUMBA_DISABLE_JIT is set; unset it, plain Python would take weeks")
    now = digests(job.op)
    counter = Counter(list(parts(job.op, job.setting)))
    kept = progress_file(job, now)
    done, seconds, tallies = progress(kept, len(counter.parts))
    advance(done)
    with ThreadPoolExecutor(cores) as pool:
        for block in range(done, BLOCKS):
            start = process_time()
            found = block_of(counter, pool, range(block * BLOCK, (block + 1) * BLOCK))
            for tally, more in zip(tallies, found, strict=True):
                tally.add(more)
            seconds += process_time() - start
            keep(kept, block + 1, seconds, tallies)
            advance(block + 1)
    made = [
        receipts.Receipt(
            part=part.name, settings=job.settings, digest=now[part.name],
            inputs=sum(tally.counts), max_ulp=tally.worst, worst_input=tally.at,
            histogram=tally.histogram(), judged=tally.judged,
            date=datetime.now(UTC).date().isoformat(), machine=machine(),
            seconds=round(seconds / len(tallies), 1),
        )
        for part, tally in zip(counter.parts, tallies, strict=True)
    ]  # fmt: skip
    receipts.write(job.op.name, made)
    kept.unlink()
    return made


def block_of(counter: Counter, pool: ThreadPoolExecutor, patterns: range) -> list[Tally]:
    """The tallies of a block, on all cores; mpmath, which has one precision for all, at the end."""
    pieces = [patterns[k : k + PIECE] for k in range(0, len(patterns), PIECE)]
    found = [Tally() for _ in counter.parts]
    for tallies in pool.map(counter.tallies, pieces):
        for tally, more in zip(found, tallies, strict=True):
            tally.add(more)
    for part, tally in zip(counter.parts, found, strict=True):
        tally.judge(part)
    return found


def progress_file(job: Job, now: dict[str, str]) -> Path:
    """Where progress is kept; its name depends on all that the result depends on."""
    what = repr((str(job), sorted(now.items()), BLOCK))
    return folder() / f"{job.op.name}-{sha256(what.encode()).hexdigest()[:16]}"


def folder() -> Path:
    """Where progress is kept."""
    return cache.folder() / "sweeps"


def progress(file: Path, parts: int) -> tuple[int, float, list[Tally]]:
    """Blocks done, processor time used, and the tallies; nothing if there is no whole file."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        found = json.loads(file.read_text(encoding="utf-8"))
        return found["done"], found["seconds"], [Tally(**t) for t in found["tallies"]]
    return 0, 0.0, [Tally() for _ in range(parts)]


def keep(file: Path, done: int, seconds: float, tallies: Sequence[Tally]) -> None:
    """Keep progress, whole or not at all."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = {"done": done, "seconds": seconds, "tallies": [asdict(t) for t in tallies]}
    receipts.replace(file, json.dumps(found))


def machine() -> str:
    """What a receipt says of where it was made."""
    return (
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"NumPy {np.__version__}, Numba {numba.__version__}"
    )


def usable_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def unfinished(jobs: Sequence[Job]) -> Iterator[Job]:
    """Those whose receipts do not hold, or are not there."""
    return (job for job in jobs if job.state()[0] != receipts.CURRENT)
