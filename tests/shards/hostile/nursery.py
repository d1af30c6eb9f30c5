"""Hostile files are opened in children of this process: each has 2 GB of address space and a few seconds of a core.

Run as a program: reads one JSON object a line (kind, path), forks, and answers with what became of the child: the
error's class and base classes, or the value; its exit status; seconds; its peak resident bytes.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

MEMORY = 2 << 30
SECONDS = 20  # of a core: those of the clock say how busy the machine is
PATIENCE = 300  # seconds of the clock, for what sleeps
ROOT = Path(__file__).resolve().parents[3]


class Fate(NamedTuple):
    """What became of a trial: `error` is the class name of what it raised (None: it returned `value`)."""

    error: str | None
    ours: bool
    value: str
    status: int
    seconds: float
    peak: int


class Nursery:
    """The process in which trials run; use as a context manager."""

    def __enter__(self) -> Nursery:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def try_out(self, kind: str, path: Path) -> Fate:
        """Opens a file as its kind is opened (see `trials`), in a child whose folder is the file's."""
        self._process.stdin.write(json.dumps({"kind": kind, "path": str(path)}) + "\n")
        self._process.stdin.flush()
        return Fate(**json.loads(self._process.stdout.readline()))


def main() -> None:
    """The program: answers every line of stdin."""
    import pyarrow as pa

    from tests.shards.hostile.trials import TRIALS

    pa.array([0])  # loads pandas, where it is installed: here, and not in each child anew
    for line in sys.stdin:
        asked = json.loads(line)
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            _live(TRIALS[asked["kind"]], Path(asked["path"]), writer)
        os.close(writer)
        with open(reader, "rb") as pipe:
            told = pipe.read()
        _, status, usage = os.wait4(child, 0)
        fate = json.loads(told) if told else {"error": "death", "ours": False, "value": ""}
        fate |= {"status": status, "seconds": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * 1024}
        print(json.dumps(fate), flush=True)


def _live(trial: Any, path: Path, writer: int) -> None:
    """The child's whole life."""
    from faceshards.errors import FaceshardsError

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    signal.alarm(PATIENCE)
    os.chdir(path.parent)
    try:
        fate: dict[str, Any] = {"error": None, "ours": False, "value": str(trial(path))[:500]}
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is told
        fate = {"error": type(error).__name__, "ours": isinstance(error, FaceshardsError), "value": str(error)[:500]}
    os.write(writer, json.dumps(fate).encode())
    os._exit(0)


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    main()
