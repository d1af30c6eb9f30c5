"""Two nodes of one CPU each, as `ray start` makes them: what the second adds, how soon one that joins is
used, and how soon the other goes on where one dies.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from faceshards.bench.curate.child import curated
from faceshards.bench.curate.clips import brief, copied, write
from faceshards.bench.curate.cluster import RAY_ENV
from faceshards.bench.curate.nodes import Nodes
from faceshards.bench.curate.scale import CurateScale
from faceshards.bench.curate.toys import Cartooned, words
from faceshards.bench.figure import Figure
from faceshards.bench.race import race
from faceshards.curation.work_folder import journal_path
from faceshards.errors import FaceshardsError

SIDE, FRAMES, SHARDS = 256, 50, 8
CALL = "ray start --head --num-cpus 0; twice ray start --address HOST:PORT --num-cpus 1; faceshards curate ... --ray"
# Seconds between two looks at the journal, and after which a run is given up.
_LOOK, _PATIENCE = 0.05, 600.0


def measure(scale: CurateScale, work: Path) -> Iterator[Figure]:
    """Two nodes over one, a node that joins, one that dies, and one that is silent, which informs."""
    bodies = [("nobody", brief(SIDE, FRAMES, number)) for number in range(2)]
    with Nodes(work / "nodes", environment=RAY_ENV) as nodes:
        for name in ("one", "two"):
            nodes.join(name)
        nodes.await_cpus(2)
        yield _two(scale, work, bodies, nodes)
        shard = write(work / "death.tar", bodies, max(60, scale.shared))
        nodes.kill("two")
        yield Figure("time from a node's joining to its first clip", _joining(shard, work, nodes), "s", ("<=", 30))
        name = "time from a node's death to its work going on elsewhere"
        waits = [_death(shard, work, nodes, signal.SIGKILL) for _ in range(min(3, scale.runs))]
        yield Figure(name, sorted(waits)[len(waits) // 2], "s", ("<=", 60), min(waits), {}, CALL)
        silent = _death(shard, work, nodes, signal.SIGSTOP)
        yield Figure("the same: of a node that falls silent and leaves its connections open", silent, "s")


def _two(scale: CurateScale, work: Path, bodies: list[tuple[str, bytes]], nodes: Nodes) -> Figure:
    count = max(2, scale.shared // SHARDS)
    shards = [write(work / "shared" / f"s{number}.tar", bodies, count) for number in range(SHARDS)]

    def run(workers: int) -> Callable[[], float]:
        def timed() -> float:
            shutil.rmtree(work / "made", ignore_errors=True)
            made = [copied(shard, work / "made" / shard.stem) for shard in shards]
            return curated(made, "stylize", "--ray", nodes.address, "--workers", str(workers)).seconds

        return timed

    times = race({"one node": run(1), "two nodes": run(2)}, scale.runs)
    peers = {f"{name} s": one.median for name, one in times.items()}
    name = f"two nodes of one CPU over one, {SHARDS} shards of {count} clips of {FRAMES} frames, {SIDE} px, Ray up"
    one, two = times["one node"], times["two nodes"]
    return Figure(name, one.median / two.median, "x", (">=", 1.7), one.best / two.best, peers, CALL)


def _joining(shard: Path, work: Path, nodes: Nodes) -> float:
    """Seconds from when a node is in, in the midst of a run, to the first clip that it begins."""
    with _run(shard, work, nodes) as journal:
        journal.wait_until(lambda: journal.ended)
        nodes.join("two")
        joined = time.monotonic()
        journal.wait_until(lambda: any(by in nodes.processes("two") for _, by in journal.begun))
        return time.monotonic() - joined


def _death(shard: Path, work: Path, nodes: Nodes, sent: signal.Signals) -> float:
    """Seconds from the end of a node, in the midst of its work, to the first of its clips begun on the other one; the
    node is replaced.
    """
    with _run(shard, work, nodes) as journal:
        journal.wait_until(lambda: len({by for _, by in journal.begun}) > 1)
        dead = nodes.kill("two", sent)
        died = time.monotonic()
        journal.read()
        hands = {key for key, by in journal.begun if by in dead} - journal.ended
        journal.wait_until(lambda: any(key in hands and by not in dead for key, by in journal.begun))
        waited = time.monotonic() - died
    if "two" in nodes.names:  # silent
        nodes.kill("two")
    nodes.join("two")
    nodes.await_cpus(2)
    return waited


@contextmanager
def _run(shard: Path, work: Path, nodes: Nodes) -> Iterator[_Journal]:
    """The command at a copy of the shard, and its journal; behind the block it must end well."""
    made = copied(shard, work / "made")
    command = ["-m", "faceshards", "curate", str(made), "--stages", words(Cartooned), "--ray", nodes.address]
    with open(work / "said", "wb") as said:
        driver = subprocess.Popen(
            [sys.executable, *command], env=nodes.environment("driver"), stdout=subprocess.DEVNULL, stderr=said
        )
    try:
        yield _Journal(journal_path(made), driver)
        if code := driver.wait(_PATIENCE):
            said_last = (work / "said").read_text()[-500:]
            raise FaceshardsError(f"`{' '.join(command)}` ended with exit code {code}: {said_last}")
    finally:
        driver.kill()
        driver.wait()


class _Journal:
    """What the journal of a driver's shard says of clips: which processes began them, and which are done."""

    def __init__(self, path: Path, driver: subprocess.Popen[bytes]) -> None:
        self._path, self._driver = path, driver
        self.begun: list[tuple[str, int]] = []
        self.ended: set[str] = set()

    def read(self) -> None:
        """Reads it anew."""
        with suppress(FileNotFoundError):
            lines = [json.loads(line) for line in self._path.read_text().splitlines() if line.endswith("}")]
            self.begun = [(one["begun"], int(one["by"].rpartition("-")[2])) for one in lines if "begun" in one]
            self.ended = {one["ended"] for one in lines if "ended" in one}

    def wait_until(self, so: Callable[[], object]) -> None:
        """Returns when it says so. Raises FaceshardsError where the run ends before."""
        end = time.monotonic() + _PATIENCE
        while not so():
            if self._driver.poll() is not None or time.monotonic() > end:
                raise FaceshardsError(f"{self._path}: the run ended, or stood still, before what was waited for")
            time.sleep(_LOOK)
            self.read()
