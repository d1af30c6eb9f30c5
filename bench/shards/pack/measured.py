"""The rows of `bench shards --only pack`: each source packed by the command, in a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from faceshards.bench.curate.child import Usage, used
from faceshards.bench.figure import Figure, ratio
from faceshards.bench.race import Times, race
from faceshards.bench.shards.pack import sources
from faceshards.bench.shards.scale import ShardScale
from faceshards.bench.stream.peers import PYTHON
from faceshards.errors import FaceshardsError
from faceshards.terminal import Screen

CALL = (
    "MegActor: iio.imwrite('<bytes>', np.array([iio.imread(archive.read(name)) ...]), extension='.mp4', "
    "plugin='pyav', codec='h264', fps=30)"
)
#: Rows a second by which a hundred thousand take five minutes.
_MINUTES = 100_000 / 300
_OTHER = Path(__file__).with_name("megactor_way.py")


def measure(scale: ShardScale, work: Path) -> Iterator[Figure]:
    """Many rows, and their memory; what each source is worth a second; frames against MegActor's way."""
    yield from _rows(scale, work)
    for source in sources.SOURCES:
        path = source.make(work / source.words[0], scale.packed)
        yield _speed(source.what, source.words, source.making, path, work)
        shutil.rmtree(path)
    path = sources.frame_zip(work / "zip", scale.frame_clips, scale.frames)
    what = f"{scale.frame_clips} clips of {scale.frames} PNG frames, {sources.FRAME} px"
    yield _speed(what, ("clips",), "PNG decoding and x264", path, work)
    yield _flat(what, path, work)
    yield from _against(scale, what, path, work)
    shutil.rmtree(path.parent)


def _rows(scale: ShardScale, work: Path) -> Iterator[Figure]:
    """Ready arrays of persons: rows a second, and memory over that of a hundredth of them."""
    words = ("speech-face", "--bins", str(sources.BINS), "--frames", str(sources.FRAMES), "--max-bytes", "64M")
    few, many = max(20, scale.rows // 100), scale.rows
    usages = {}
    for rows in (few, many):
        path = sources.persons(work / f"persons{rows}", rows)
        usages[rows], report = packed(path, work, words)
        shutil.rmtree(path)
    used_by = usages[many]
    name = f"pack speech-face, {many:,} rows of ready arrays"
    enough = (">=", _MINUTES) if many >= 100_000 else None  # of fewer, the start of the program takes most
    yield Figure(name, many / used_by.seconds, "rows/s", enough, None, _told(used_by, report))
    peaks = {f"{rows:,} rows, MB": usage.peak / 1e6 for rows, usage in usages.items()}
    yield Figure(
        f"{name}: peak RSS over that of {few:,}", used_by.peak / usages[few].peak, "x", ("<=", 1.5), None, peaks
    )


def _speed(what: str, words: tuple[str, ...], making: str, path: Path, work: Path) -> Figure:
    """Megabytes of a source a second, and whether making the samples or writing them takes longer."""
    size = (
        path.stat().st_size if path.is_file() else sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    )
    usage, report = packed(path, work, words)
    seconds = report["seconds"]
    bound = making if seconds["wait for samples"] > seconds["write"] else "the disk"
    told = {"MB": size / 1e6, **_told(usage, report)}
    return Figure(f"pack {what}; bound by {bound}", size / 1e6 / told["packing s"], "MB/s", None, None, told)


def _flat(what: str, path: Path, work: Path) -> Figure:
    """The memory of all clips over that of the first two."""
    two, all_of_them = (packed(path, work, ("clips", *limit))[0].peak for limit in (("--limit", "2"), ()))
    peaks = {"two, MB": two / 1e6, "all, MB": all_of_them / 1e6}
    return Figure(f"pack {what}: peak RSS over that of two", all_of_them / two, "x", ("<=", 1.3), None, peaks)


def _against(scale: ShardScale, what: str, path: Path, work: Path) -> Iterator[Figure]:
    """The same zip by MegActor's way, where its packages are."""
    if not PYTHON.exists():
        Screen(stderr=True).print(
            f"skipped: pack {what} against MegActor's way: `make peers` installs it", markup=False
        )
        return
    peaks: dict[str, float] = {}
    cpu: dict[str, list[float]] = {"faceshards": [], "MegActor": []}

    def ours() -> float:
        usage, _ = packed(path, work, ("clips",))
        peaks["faceshards MB"] = usage.peak / 1e6
        cpu["faceshards"].append(usage.cpu)
        return usage.seconds

    def theirs() -> float:
        start = time.perf_counter()
        done = subprocess.run([PYTHON, _OTHER, path, work / "theirs.tar"], capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - start
        said = json.loads(done.stdout)
        peaks["MegActor MB"] = said["peak"] / 1e6
        cpu["MegActor"].append(said["cpu"])
        return seconds

    times = race({"faceshards": ours, "MegActor": theirs}, min(scale.runs, 3))
    (work / "theirs.tar").unlink()
    figure = ratio(f"pack {what}", times, "MegActor", 2, CALL)
    yield replace(figure, peers={**figure.peers, **peaks})
    # On a machine that others use the clock tells of them; what the processors did for each tells of the two.
    spent = {name: Times(tuple(seconds)) for name, seconds in cpu.items()}
    yield replace(ratio(f"pack {what}: CPU seconds", spent, "MegActor", 2, CALL), target=None)


def packed(path: Path, work: Path, words: tuple[str, ...]) -> tuple[Usage, dict[str, Any]]:
    """What `faceshards pack` of these words used, and its report; what it made is removed. Raises FaceshardsError where
    it fails, or a sample does.
    """
    out = work / "packed"
    usage, said = used(["-m", "faceshards", "pack", words[0], str(path), *words[1:], "--out", str(out), "--json"])
    report = json.loads(said.splitlines()[-1])
    shutil.rmtree(out)
    if report["failures"]:
        raise FaceshardsError(f"the bench's own samples are rejected: {report['rejected'][0]}")
    return usage, report


def _told(usage: Usage, report: dict[str, Any]) -> dict[str, float]:
    """Seconds of the clock, of the processors, of packing alone (without the program's start and the listing), and of
    the two halves of the latter.
    """
    packing = datetime.fromisoformat(report["ended"]) - datetime.fromisoformat(report["started"])
    seconds = report["seconds"]
    halves = {"waiting for samples s": seconds["wait for samples"], "writing s": seconds["write"]}
    return {"s": usage.seconds, "cpu s": usage.cpu, "packing s": packing.total_seconds(), **halves}
