"""The six light stages on talking faces of 512 px, and how much of their work is x264's."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from statistics import median

import av
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from faceshards.bench.curate.child import Usage, curated
from faceshards.bench.curate.clips import copied, talking, write
from faceshards.bench.curate.scale import CurateScale
from faceshards.bench.figure import Figure
from faceshards.bench.stream.clips import FPS
from faceshards.media.encode import CRF, FOR_TRAINING
from faceshards.shards.reader import Shard

SIDE = 512
STAGES = "faces,face_crop,spectrogram,loudness,stylize,swap"
TWINS = ("styled.mp4", "swapped.mp4")
WORDS = ("--set", "swap.backend=blend", "--inline")
CALL = " ".join(["faceshards curate SHARD --stages", STAGES, *WORDS])


def measure(scale: CurateScale, work: Path) -> Iterator[Figure]:
    """Frames a second of one core, start included; x264's share of all; decodings."""
    shard = write(work / "talking.tar", [talking(SIDE, scale.seconds, number) for number in range(scale.talking)])
    runs: list[Usage] = []
    for _ in range(min(3, scale.runs)):
        made = copied(shard, work / "made")
        runs.append(curated([made], STAGES, *WORDS, one_core=True))
    cpu, total = median(run.cpu for run in runs), runs[0].total
    frames = scale.talking * scale.seconds * FPS
    best = frames / min(run.cpu for run in runs)
    spent = {f"{name} s": seconds for name, seconds in total["seconds"].items()}
    name = f"six stages on clips of {SIDE} px: frames a CPU second"
    yield Figure(name, frames / cpu, "frames/s", (">=", 22), best, spent, CALL)
    encoding = sum(_encoding(made, column) for column in TWINS)
    name = "the same: x264's share of it, its frames encoded again apart"
    yield Figure(name, encoding / cpu, "", ("<=", 0.22), None, {"x264 s": encoding, "all s": cpu})
    decoded, peeked = runs[0].count("frames_decoded"), runs[0].count("frames_peeked")
    name = "the same: decodes a frame (and keyframes looked at for the swap, a frame)"
    yield Figure(name, decoded / frames, "", ("<=", 1.0), None, {"looked at": peeked / frames})


def _encoding(path: Path, column: str) -> float:
    """CPU seconds in which x264, with the same settings, takes the frames of a column again, as they come decoded."""
    spent = 0.0
    with Shard(path) as shard:
        for row in range(len(shard)):
            with (
                av.open(io.BytesIO(shard.read(row, column)), "r") as twin,
                av.open(io.BytesIO(), "w", format="mp4") as out,
            ):
                options = {"crf": str(CRF), "x264-params": "threads=1:cpu-independent=1", **FOR_TRAINING}
                stream = out.add_stream("libx264", rate=FPS, options=options)
                stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, "yuv420p"
                stream.codec_context.gop_size = FPS
                for number, frame in enumerate(twin.decode(video=0)):
                    frame.pts, frame.time_base, frame.pict_type = number, Fraction(1, FPS), PictureType.NONE
                    spent += _timed(stream, frame)
                spent += _timed(stream, None)
    return spent


def _timed(stream: VideoStream, frame: VideoFrame | None) -> float:
    start = time.process_time()
    stream.encode(frame)
    return time.process_time() - start
