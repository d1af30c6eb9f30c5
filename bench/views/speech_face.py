"""The view `speech_face`: all pairs of a person's voices and faces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from faceshards.bench.figure import Figure
from faceshards.bench.views.contest import Contest, cold_figure, packed, warm_figure
from faceshards.bench.views.planning import planned_figures
from faceshards.bench.views.scale import ViewScale
from faceshards.bench.views.waiting import waiting_figure
from faceshards.bench.views.ways.speech_to_face import S2fDataset
from faceshards.loaders import ShardDataset
from faceshards.loaders.views import SpeechFace
from faceshards.packing.kinds.speech_face.kind import PersonFolders
from faceshards.packing.options import PackOptions

SPECTROGRAM, EMBEDDING = (2, 257, 601), 4096


def measure(scale: ViewScale, work: Path) -> Iterator[Figure]:
    """Pairs a second, warm and cold, against Speech-to-face's data set on its own tree; the share of a training's
    time that it waits for pairs; and what planning many rows takes.
    """
    tree = written(work / "persons", scale)
    options = PackOptions(max_bytes=256 << 20)
    shards = packed(tree, work / "shards", PersonFolders(options), options)
    contest = Contest(
        f"speech_face, all pairs, {scale.persons} persons, {scale.sounds} voices and {scale.pictures} faces each",
        lambda: ShardDataset(shards, view=SpeechFace()),
        shards,
        "S2fDataset",
        lambda: S2fDataset(str(tree)),
        tree,
        files_each=2,
    )
    yield warm_figure(contest, scale)
    for number, (width, batch, steps) in enumerate(scale.trainings):
        yield waiting_figure(shards, work / f"run-{number}", width, batch, steps, scale.workers)
    yield from planned_figures(work, scale)
    yield cold_figure(contest, scale)


def written(root: Path, scale: ViewScale) -> Path:
    """A tree of persons, arrays of the published sizes."""
    random = np.random.default_rng(0)
    noise = random.normal(size=SPECTROGRAM).astype(np.float32)
    for person in range(scale.persons):
        for side, count in (("audios", scale.sounds), ("images", scale.pictures)):
            folder = root / f"id{person:05d}" / side
            folder.mkdir(parents=True)
            for number in range(count):
                face = np.maximum(0, random.normal(size=EMBEDDING)).astype(np.float32)
                array = noise * np.float32(1 + number / 100) if side == "audios" else face
                np.save(folder / f"{number:04d}.npy", array)
    return root
