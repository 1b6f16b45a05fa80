"""The machine: what figures depend on, in a few words each."""

import importlib.metadata
import os
import platform
from pathlib import Path

OURS = "numpy", "numba", "llvmlite"
# How busy the machine was before it was measured: what changes from idea to idea.
LOAD = "load before"


def cores() -> int:
    """How many cores this process may use; PyTorch gets as many threads."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def describe(peers: dict[str, str]) -> dict[str, str]:
    """Processor, cores, memory, system and versions."""
    ours = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in OURS)
    others = ", ".join(f"{name} {version}" for name, version in peers.items())
    found = {
        "processor": processor(),
        "cores": f"{cores()} usable; PyTorch runs {cores()} threads, the others as many as they do "
        "by themselves",
        "memory": memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": ours,
        "beside": others or "no other library",
    }
    if hasattr(os, "getloadavg"):
        found[LOAD] = f"{os.getloadavg()[0]:.1f}"
    return {what: text for what, text in found.items() if text}


def processor() -> str:
    """The processor's name, and its widest vectors where Linux tells."""
    file = Path("/proc/cpuinfo")
    if not file.exists():
        return platform.processor() or platform.machine()
    lines = [line.partition(":") for line in file.read_text().splitlines()]
    facts = {name.strip(): value.strip() for name, _, value in lines}
    name = facts.get("model name", platform.machine())
    widest = [v for v in ("avx512f", "avx2", "avx") if v in facts.get("flags", "").split()]
    return f"{name}, {widest[0]}" if widest else name


def memory() -> str:
    """How much memory there is, where the system tells."""
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (AttributeError, ValueError, OSError):
        return ""
