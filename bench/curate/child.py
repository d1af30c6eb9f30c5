"""`faceshards curate` as a user runs it, in a process of its own, and what it used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import faceshards
from faceshards.bench.curate.cluster import RAY_ENV
from faceshards.errors import FaceshardsError

# A process's peak of memory begins with that of the process that starts it, which is large here: so a small one does
# it. What `wait4` tells includes all that the command started and waited for.
_STARTER = """
import json, os, sys, time
if sys.argv.pop(1) == "one":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
start = time.perf_counter()
_, status, used = os.wait4(os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ), 0)
seconds = time.perf_counter() - start
with open(sys.argv[1], "w") as out:
    json.dump([os.waitstatus_to_exitcode(status), seconds, used.ru_utime + used.ru_stime, used.ru_maxrss], out)
"""

# The command in a process that says at last what it used itself, without those that it started.
_OWN = """
import resource, sys
from faceshards.__main__ import main
try:
    main(sys.argv[1:])
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    print("own", used.ru_utime + used.ru_stime)
"""


@dataclass(frozen=True)
class Usage:
    """`seconds` of the clock, `cpu` seconds of all its processes, `peak` bytes of the largest of them; `total`, the
    command's report of all shards.
    """

    seconds: float
    cpu: float
    peak: int
    total: Mapping[str, Any] = field(default_factory=dict)

    def count(self, name: str) -> int:
        """One of the report's counts."""
        return int(self.total["counts"].get(name, 0))


def curated(paths: Sequence[Path | str], stages: str, *where: str, one_core: bool = False) -> Usage:
    """Runs the command over shards, `where` as in `--inline`; with `one_core` on one core alone, for figures that are
    of one: threads side by side take more processor time than in turns. Raises FaceshardsError where it fails, or a
    clip does.
    """
    words = ["-m", "faceshards", "curate", *map(str, paths), "--stages", stages, "--json", *where]
    usage, out = used(words, one_core=one_core)
    total = json.loads(out.splitlines()[-1])["total"]
    if total["failures"]:
        raise FaceshardsError(f"the bench's own clips fail: {total['failed']}: see {paths[0]}")
    return replace(usage, total=total)


def driven(paths: Sequence[Path], stages: str, *where: str) -> float:
    """CPU seconds of the process that drives such a run, without its workers and without the one that rewrites shards.
    Raises FaceshardsError.
    """
    _, out = used(["-c", _OWN, "curate", *map(str, paths), "--stages", stages, "--json", *where])
    return float(out.rpartition("own ")[2])


def used(words: Sequence[str], *, one_core: bool = False) -> tuple[Usage, str]:
    """What a Python of these words used, and what it printed. Raises FaceshardsError where it fails."""
    home = str(Path(faceshards.__file__).resolve().parent.parent)
    env = {**os.environ, "PYTHONPATH": home, **RAY_ENV}
    with tempfile.NamedTemporaryFile("r") as told:
        starter = [
            sys.executable,
            "-S",
            "-E",
            "-c",
            _STARTER,
            "one" if one_core else "all",
            told.name,
            sys.executable,
            *words,
        ]
        done = subprocess.run(starter, capture_output=True, text=True, check=False, env=env)
        code, seconds, cpu, peak = json.load(told) if done.returncode == 0 else (done.returncode, 0.0, 0.0, 0)
    if code:
        raise FaceshardsError(f"`{' '.join(words)}` ended with exit code {code}: {done.stderr.strip()[-2000:]}")
    return Usage(seconds, cpu, peak << 10), done.stdout
