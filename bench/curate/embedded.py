"""All embedded stages together on talking faces of 512 px, against the work that no code of ours can spare."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from faceshards.bench.curate.child import used
from faceshards.bench.curate.clips import copied, talking, write
from faceshards.bench.curate.scale import CurateScale
from faceshards.bench.demo.road import ALL_STAGES
from faceshards.bench.figure import Figure
from faceshards.bench.stream.clips import FPS
from faceshards.errors import FaceshardsError

_SIDE = 512
FLOOR = ("networks", "decoding", "encoding")


def measure(scale: CurateScale, work: Path) -> Iterator[Figure]:
    """Frames a CPU second of one core, videos made included, the loading of networks too; and all of it over the floor:
    what networks, decoder and encoder take by themselves.
    """
    shard = write(work / "talking.tar", [talking(_SIDE, scale.seconds, number) for number in range(scale.talking)])
    runs = [_run(copied(shard, work / "made")) for _ in range(min(3, scale.runs))]
    frames = scale.talking * scale.seconds * FPS
    taken = median(run["all"] for run in runs)
    spent = {f"{name} s": median(run[name] for run in runs) for name in ("all", *FLOOR)}
    call = f"faceshards curate SHARD --stages {ALL_STAGES} --inline"
    name = f"all embedded stages together, clips of {_SIDE} px: frames a CPU second"
    yield Figure(name, frames / taken, "frames/s", None, frames / min(run["all"] for run in runs), spent, call)
    ratios = sorted(run["all"] / sum(run[part] for part in FLOOR) for run in runs)
    name = "the same: all of it over networks, decoding and encoding alone"
    yield Figure(name, median(ratios), "x", ("<=", 1.25), ratios[0], spent, call)


def _run(shard: Path) -> dict[str, Any]:
    _, out = used(["-m", "faceshards.bench.curate.embedded_process", str(shard), ALL_STAGES], one_core=True)
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    if found["failed"]:
        raise FaceshardsError(f"the bench's own clips fail: {found['failed']}: see {shard}")
    return found
