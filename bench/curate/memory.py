"""The memory of long clips: of pictures it stays, of sound it grows by what the sound takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from faceshards.bench.curate.child import curated
from faceshards.bench.curate.clips import lasting, write
from faceshards.bench.curate.scale import CurateScale
from faceshards.bench.curate.toys import FIVE, words
from faceshards.bench.figure import Figure

SIDE, SHORT = 256, 10
SOUND_STAGES = "spectrogram,loudness,envelope,speech,voice"


def measure(scale: CurateScale, work: Path) -> Iterator[Figure]:
    """Peaks of the largest process of the command, one clip a run."""
    long = SHORT * scale.times
    bodies = {seconds: [("nobody", lasting(SIDE, seconds))] for seconds in (SHORT, long)}
    stages = {"pictures": words(*FIVE) + ",stylize", "sound": SOUND_STAGES}
    peaks = {}
    for kind, names in stages.items():
        for seconds, body in bodies.items():
            shard = write(work / f"{kind}{seconds}.tar", body)
            peaks[kind, seconds] = curated([shard], names, "--inline").peak / 1e6
    name = f"peak RSS of a clip of {long} s over one of {SHORT} s, {SIDE} px, picture stages and a twin"
    yield Figure(name, _ratio(peaks, "pictures", long), "x", ("<=", 1.3), None, _said(peaks, "pictures"))
    more = (peaks["sound", long] - peaks["sound", SHORT]) / ((long - SHORT) / 60)
    yield Figure(
        f"sound stages: memory a minute of sound, {long} s", more, "MB", ("<=", 40), None, _said(peaks, "sound")
    )


def _ratio(peaks: dict[tuple[str, int], float], kind: str, long: int) -> float:
    return peaks[kind, long] / peaks[kind, SHORT]


def _said(peaks: dict[tuple[str, int], float], kind: str) -> dict[str, float]:
    return {f"{seconds} s, MB": peak for (of, seconds), peak in peaks.items() if of == kind}
