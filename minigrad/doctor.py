"""The doctor: what this installation is made of, what is missing, and how to get it."""

import importlib.metadata
import importlib.util
import os
import platform

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .cuda.array import simulator_is_on
from .kernels import cache
from .kernels.kernel import jit_is_off

# What an extra of pyproject.toml is for, and a module that tells whether it is there.
EXTRAS = {
    "data": ("sklearn", "real digits for `minigrad train`"),
    "plot": ("matplotlib", "pictures of curves"),
    "notebook": ("anywidget", "widgets in Jupyter"),
    "cuda": ("numba_cuda", "kernels on a GPU"),
    "course": ("jupyterlab", "notebooks to do the lessons of `minigrad learn` in"),
    "onnx": ("onnx", "examples of activations to test against"),
    "sweep": ("mpmath", "`minigrad sweep`"),
    "test": ("hypothesis", "the test suite"),
}


def report(console: Console) -> None:
    """Print versions, processor and threads, the disk cache, and the extras."""
    table = Table("what", "found", title="minigrad doctor")
    table.add_row(
        "Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    )
    for package in ("minigrad-numba", "numpy", "numba", "llvmlite"):
        table.add_row(package, version(package))
    table.add_row("cores", cores())
    table.add_row("compiler", "off: NUMBA_DISABLE_JIT is set" if jit_is_off() else "on")
    table.add_row("threading layer", layer())
    table.add_row("kernel cache", kernel_cache())
    for what, found in gpu():
        table.add_row(what, escape(found))
    for extra, (module, purpose) in EXTRAS.items():
        there = importlib.util.find_spec(module) is not None
        missing = escape(f"missing ({purpose}): pip install -e '.[{extra}]'")
        table.add_row(f"extra {extra}", "installed" if there else missing)
    console.print(table)


def gpu() -> list[tuple[str, str]]:
    """Whether kernels can run on a GPU: package, driver, toolkit, simulator."""
    simulated = simulator_is_on()
    simulator = ("simulator", "ON: NUMBA_ENABLE_CUDASIM is set, nothing runs on a GPU")
    off = ("simulator", "off; NUMBA_ENABLE_CUDASIM=1 before Python starts runs kernels without GPU")
    if importlib.util.find_spec("numba_cuda") is None:
        return [("cuda", "numba-cuda is missing, see extra cuda"), simulator if simulated else off]
    if simulated:
        return [("cuda", f"numba-cuda {version('numba-cuda')}"), simulator]
    from .kernels import cuda

    lost = cuda.missing_toolkit()
    found = cuda.device_name() if cuda.has_gpu() else "none found: device='cuda' is refused"
    return [
        ("cuda", f"numba-cuda {version('numba-cuda')}"),
        ("cuda driver and GPU", found),
        ("cuda toolkit", lost or "found: kernels can be compiled"),
        off,
    ]


def version(package: str) -> str:
    """An installed package's version."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed as a package"


def cores() -> str:
    """How many cores there are, and how many this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{usable} usable of {os.cpu_count()}; MINIGRAD_THREADS limits the threads of a kernel"


def layer() -> str:
    """The threading layer, and what follows from it."""
    if jit_is_off():
        return "none: kernels run as plain Python"
    from .kernels import threads

    try:
        name = threads.layer()
    except RuntimeError as error:
        return str(error)
    advice = {
        "workqueue": "cannot be shared by threads, so kernels stay serial; install libgomp (Linux) "
        "or the package tbb, or set MINIGRAD_THREADS to use it all the same",
        "omp": "fine; forked children run serial, so prefer multiprocessing's spawn",
        "tbb": "fine",
    }
    return f"{name}: {advice.get(name, '')}"


def kernel_cache() -> str:
    """The folder of compiled kernels, how many it holds, and whether it can be used."""
    folder = cache.folder()
    try:
        if not folder.exists():
            return f"{folder}: empty so far"
        if not cache.private(folder):
            return f"{folder}: not used, since others can write to it; run: chmod 700 {folder}"
        sizes = [file.stat().st_size for file in folder.iterdir()]
    except OSError as error:
        return f"{folder}: not used ({error.strerror}); set MINIGRAD_CACHE_DIR to another folder"
    writable = "" if os.access(folder, os.W_OK) else "; cannot be written to"
    return f"{folder}: {len(sizes)} kernels, {sum(sizes) / 1e6:.1f} MB{writable}; delete it at will"
