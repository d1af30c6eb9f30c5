"""How large the measured views are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ViewScale:
    """Batches of `batch` samples, two workers: `batches` of them a run, of `runs`, behind `begin` that are not timed.
    `persons` of `sounds` voices and `pictures` faces each; `faces` pictures of a decoder;
    `sequences` of codes; `speakers` of a clip each, an even number; `portraits` of `portrait_seconds` and
    `portrait_side` pixels. `trainings`: width of a voice encoder, voices a step, steps.
    `planned`: rows of persons, in thousands, whose pairs are planned.
    """

    batch: int = 16
    batches: int = 40
    begin: int = 8
    runs: int = 5
    workers: int = 2
    persons: int = 20
    sounds: int = 60
    pictures: int = 20
    faces: int = 1500
    sequences: int = 320
    speakers: int = 52
    portraits: int = 96
    portrait_seconds: int = 6
    portrait_side: int = 512
    trainings: tuple[tuple[float, int, int], ...] = ((1.0, 4, 3), (0.125, 16, 6))
    planned: tuple[int, ...] = (100, 1000)


#: The same in under a minute.
QUICK = ViewScale(
    batches=3, begin=1, runs=1, persons=3, sounds=8, pictures=8, faces=80, sequences=32, speakers=16, portraits=8,
    portrait_seconds=3, trainings=((0.125, 4, 6),), planned=(10, 20),
)  # fmt: skip
