"""The view `emoca`: windows of ten seconds, against 3DXTalker's data set on its own folders."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from faceshards.bench.figure import Figure
from faceshards.bench.views.contest import Contest, cold_figure, packed, warm_figure
from faceshards.bench.views.scale import ViewScale
from faceshards.bench.views.ways.three_d_xtalker import FPS, FRAMES, RATE, TalkingDataset
from faceshards.loaders import ShardDataset
from faceshards.loaders.views import CodeStatistics, EmocaCodes
from faceshards.packing.kinds.emoca.kind import Emoca
from faceshards.packing.options import PackOptions

# Numbers a frame of each array.
_WIDTHS = {
    "shapecode": (100,),
    "expcode": (50,),
    "posecode": (6,),
    "cam": (3,),
    "lightcode": (9, 3),
    "texcode": (50,),
    "detailcode": (128,),
}
# Seconds: the mean of 3DXTalker's 11,706 sequences is 20.7 (67.4 hours); how they spread is not published. Its data set
# takes none below eleven.
_MEDIAN, _SPREAD, _LEAST, _MOST = 18.5, 0.45, 11.2, 120


def measure(scale: ViewScale, work: Path) -> Iterator[Figure]:
    """Windows a second, warm and cold; cold also with the envelope made of the sound, for half the bytes.

    Neither can reach the fivefold of a cold cache: of a sequence of 20.7 s the original reads 2.5 MB, and a window of
    ten seconds is 0.6 MB of sound and codes, 1.2 MB with the column of the envelope. The bytes are the floor.
    """
    tree = written(work / "trainset", scale.sequences)
    options = PackOptions(max_bytes=256 << 20)
    shards = packed(tree, work / "shards", Emoca(), options)
    statistics = CodeStatistics(np.zeros(284), np.ones(284))
    contest = Contest(
        f"emoca, windows of {FRAMES} frames, {scale.sequences} sequences",
        lambda: ShardDataset(shards, view=EmocaCodes(FRAMES, statistics=statistics)),
        shards,
        "TalkingDataset",
        lambda: TalkingDataset(str(tree)),
        tree,
        files_each=6,
    )
    yield warm_figure(contest, scale)
    epoch = replace(scale, batches=min(scale.batches, scale.sequences // scale.batch))
    yield cold_figure(contest, epoch)
    view = EmocaCodes(FRAMES, statistics=statistics, envelope="sound")
    words = f"{contest.work}, envelope of the sound"
    yield cold_figure(replace(contest, work=words, ours=lambda: ShardDataset(shards, view=view)), epoch)


def written(root: Path, sequences: int) -> Path:
    """A tree of a collection of sequences of noise, of the lengths that the published ones have in the mean."""
    random = np.random.default_rng(0)
    for number in range(sequences):
        seconds = float(np.clip(random.lognormal(np.log(_MEDIAN), _SPREAD), _LEAST, _MOST))
        frames, samples = int(seconds * FPS), int(seconds * RATE)
        folder = root / "V3-VoxCeleb2" / f"V3-{number:05d}"
        folder.mkdir(parents=True)
        for name, widths in _WIDTHS.items():
            np.save(folder / f"{name}.npy", random.standard_normal((frames, *widths), np.float32))
        np.save(folder / "refimg.npy", np.zeros((3, 224, 224), np.float32))
        sound = random.integers(-9000, 9000, samples, np.int16)
        wavfile.write(folder / "audio.wav", RATE, sound)
        np.save(folder / "envelope.npy", np.abs(sound / np.float32(32768)))
        (folder / "metadata.pkl").write_bytes(pickle.dumps(None))
    return root
