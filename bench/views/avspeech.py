"""The view `avspeech`: mixtures of two voices made while they are read, against mixtures that lie on the disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from faceshards.bench.figure import Figure
from faceshards.bench.views.contest import Contest, cold_figure, files, warm_figure
from faceshards.bench.views.scale import ViewScale
from faceshards.bench.views.ways.speech_separation import FACES, AVGenerator, as_tensors, write_mixtures
from faceshards.loaders import ShardDataset
from faceshards.loaders.views import SpeechMixtures
from faceshards.media.separation import RATE, SAMPLES
from faceshards.packing.kinds.avspeech.kind import wav
from faceshards.shards.schema.codecs import encode
from faceshards.shards.writer import ShardWriter

#: Of each clip: three seconds over their peak, float32 (48000,), and its face's embeddings (75, 1, 1792).
SpokenClips = Mapping[int, tuple[np.ndarray, np.ndarray]]


def measure(scale: ViewScale, work: Path) -> Iterator[Figure]:
    """Mixtures a second, warm and cold, against speech_separation's own database of the same clips, all combinations;
    and the bytes on the disk of both, which grow with the clips here and with their square there.
    """
    clips = spoken(scale.speakers)
    tree = write_mixtures(work / "data", clips)
    shards = packed(work / "shards", clips)
    contest = Contest(
        f"avspeech, all {(scale.speakers // 2) ** 2} mixtures of {scale.speakers} clips",
        lambda: ShardDataset(shards, view=SpeechMixtures()),
        shards,
        "AVGenerator",
        lambda: AVGenerator(str(tree)),
        tree,
        files_each=5,
        options=(("collate_fn", as_tensors),),
    )
    yield warm_figure(contest, scale)
    ours, theirs = (sum(path.stat().st_size for path in files(folder)) for folder in (shards, tree))
    told = {"faceshards MB": ours / 1e6, f"{contest.name} MB": theirs / 1e6}
    yield Figure(f"{contest.work}: bytes on the disk", theirs / ours, f"x {contest.name}", None, None, told)
    yield cold_figure(contest, replace(scale, batches=min(scale.batches, len(contest.ours()) // scale.batch)))


def spoken(count: int) -> SpokenClips:
    """Noise in the place of voices and of embeddings, which take as long to read whatever they hold."""
    random = np.random.default_rng(0)
    clips = {}
    for number in range(count):
        sound = random.integers(-9000, 9000, SAMPLES, np.int16).astype(np.float32)
        clips[number] = sound / np.abs(sound).max(), np.maximum(0, random.normal(size=FACES[:3])).astype(np.float32)
    return clips


def packed(folder: Path, clips: SpokenClips) -> Path:
    """A folder with a shard of the clips: WAV as the packer writes it, embeddings float32.

    They stand in turns of both halves, so that the mixtures are those of `write_mixtures`: a clip without a name is a
    speaker of its own, and speakers of one clip each go to one block and the other by turns.
    """
    folder.mkdir(parents=True)
    half = len(clips) // 2
    with ShardWriter(folder / "clips.tar", durable=False) as writer:
        for number in (one for pair in zip(range(half), range(half, 2 * half), strict=True) for one in pair):
            sound, face = clips[number]
            facts = {"fps": [25, 1], "frames": FACES[0], "sound_duration": SAMPLES / RATE}
            members = {"json": facts, "wav": wav(sound), "face_embeddings.npy": encode("x.npy", face)}
            writer.add(f"{number:05d}", members)
    return folder
