"""The six light stages on talking faces of 512 px, and how much of their work is x264's."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from statistics import median

from faceshards.bench.curate.child import Usage, curated
from faceshards.bench.curate.clips import copied, talking, write
from faceshards.bench.curate.scale import CurateScale
from faceshards.bench.demo.road import ALL_STAGES
from faceshards.bench.figure import Figure
from faceshards.bench.stream.clips import FPS
from faceshards.media.clip import Clip
from faceshards.media.encode import Encoder
from faceshards.shards.reader import Shard

SIDE = 512
TWINS = ("styled.mp4", "swapped.mp4")
CALL = f"faceshards curate SHARD --stages {ALL_STAGES} --inline"


def measure(scale: CurateScale, work: Path) -> Iterator[Figure]:
    """Frames a second of one core, start included; x264's share of all; decodings."""
    shard = write(work / "talking.tar", [talking(SIDE, scale.seconds, number) for number in range(scale.talking)])
    runs: list[Usage] = []
    for _ in range(min(3, scale.runs)):
        made = copied(shard, work / "made")
        runs.append(curated([made], ALL_STAGES, "--inline"))
    cpu, total = median(run.cpu for run in runs), runs[0].total
    frames = scale.talking * scale.seconds * FPS
    best = frames / min(run.cpu for run in runs)
    spent = {f"{name} s": seconds for name, seconds in total["seconds"].items()}
    name = f"six stages on clips of {SIDE} px: frames a CPU second"
    yield Figure(name, frames / cpu, "frames/s", (">=", 22), best, spent, CALL)
    encoding = sum(_encoding(made, column) for column in TWINS)
    name = "the same: x264's share, conversion to YUV included"
    yield Figure(name, encoding / cpu, "", ("<=", 0.22), None, {"x264 s": encoding, "all s": cpu})
    decoded, peeked = runs[0].count("frames_decoded"), runs[0].count("frames_peeked")
    name = "the same: decodes a frame (and keyframes looked at for the swap, a frame)"
    yield Figure(name, decoded / frames, "", ("<=", 1.0), None, {"looked at": peeked / frames})


def _encoding(path: Path, column: str) -> float:
    """CPU seconds in which the encoder, with the same settings, takes the frames of a column again."""
    spent = 0.0
    with Shard(path) as shard:
        for row in range(len(shard)):
            clip = Clip.of(shard, row, {**shard.json(row), "container": column})
            encoder = Encoder(io.BytesIO(), Fraction(FPS))
            for chunk in clip.frames():
                start = time.process_time()
                for picture in chunk.pictures:
                    encoder.add(picture)
                spent += time.process_time() - start
            start = time.process_time()
            encoder.close()
            spent += time.process_time() - start
    return spent
