"""How much memory there is, and what processes take of it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def machine_memory() -> int:
    """Bytes that the processes of this machine, or of the container that this one is in, may have together."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in (_CGROUP / "memory.max", _CGROUP / "memory" / "memory.limit_in_bytes"):
        with suppress(OSError, ValueError):  # "max" where there is no limit
            return min(physical, int(limit.read_text()))
    return physical


def resident(pid: int) -> int:
    """Bytes of memory that a process holds; 0 where that is not known."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def oom_kills() -> int:
    """How many processes the kernel has killed for want of memory, as far as it says so here."""
    found = 0
    for path in (Path("/proc/vmstat"), _CGROUP / "memory.events"):
        with suppress(OSError, ValueError):
            lines = dict(line.split()[:2] for line in path.read_text().splitlines())
            found += int(lines.get("oom_kill", 0))
    return found
