"""The view `portrait`: windows of clips and their twins, against MegActor's data set on its own tars."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from faceshards.bench.figure import Figure
from faceshards.bench.stream.clips import DEFAULTS, FPS, GOP_25, bodies_of, kinds_of
from faceshards.bench.views.contest import Contest, cold_figure, warm_figure
from faceshards.bench.views.scale import ViewScale
from faceshards.bench.views.ways.megactor import VideosIterableDataset
from faceshards.loaders import ShardDataset
from faceshards.loaders.views import Portrait
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.shards.writer import ShardWriter

#: Where the face is, as shares of width and height: 0.29 of the picture.
FACE = (0.27, 0.24, 0.80, 0.79)
#: Of a clip, of its two twins: the columns here, the fields there.
VIDEOS = {"mp4": "mp4", "styled.mp4": "mp4_styled", "swapped.mp4": "swapped.mp4"}
#: What MegActor's first stage trains on: a twin drives once in ten samples.
SWAP = 0.1

# Of the clips and of each kind of twin: different ones, and folders' files.
_KINDS, _FILES = 3, 4
#: The videos of a sample, by our column.
VideosOfClip = Mapping[str, bytes]


def measure(scale: ViewScale, work: Path) -> Iterator[Figure]:
    """Samples a second, warm and cold, of MegActor's first stage, batches of one as there, without what its networks
    make; the same with our clips as this project encodes them.
    """
    scale = replace(scale, batch=1, batches=-(-scale.batches // 4))  # a sample of it takes seconds
    theirs = _videos(scale, DEFAULTS)
    tree = write_tars(work / "megactor", theirs, scale.portraits)
    contest = Contest(
        f"portrait, 12 of {scale.portrait_seconds * FPS} frames of {scale.portrait_side} px, {scale.portraits} clips",
        partial(_ours, work / "same", scale.portrait_side),
        write_shards(work / "same", theirs, scale),
        "VideosIterableDataset",
        lambda: VideosIterableDataset(str(tree), found, side=scale.portrait_side, swap=SWAP),
        tree,
        files_each=None,
        options=(("shuffle", None), ("drop_last", False)),
    )
    yield warm_figure(contest, scale)
    encoded = write_shards(work / "encoded", _videos(scale, GOP_25), scale)
    again = replace(contest, work=f"{contest.work}, ours GOP 25", shards=encoded)
    again = replace(again, ours=partial(_ours, encoded, scale.portrait_side))
    yield warm_figure(again, scale)
    yield cold_figure(contest, replace(scale, batches=min(scale.batches, scale.portraits)))


def _ours(shards: Path, side: int) -> ShardDataset:
    return ShardDataset(shards, view=Portrait(size=side, swap=SWAP / 2, style=SWAP / 2, conditions=False))


def found(pictures: torch.Tensor) -> list[list[float]]:
    """The face, where it is in every picture: a detector that costs nothing."""
    height, width = pictures.shape[2:]
    return [[side * of for side, of in zip(FACE, (width, height) * 2, strict=True)]] * len(pictures)


def _videos(scale: ViewScale, options: Mapping[str, str]) -> list[VideosOfClip]:
    """Different samples: a clip and its two twins, which are as good as any other pictures."""
    kinds = kinds_of(scale.portrait_side, scale.portrait_seconds, options, _KINDS * len(VIDEOS))
    bodies = bodies_of(kinds)
    return [dict(zip(VIDEOS, bodies[number::_KINDS], strict=True)) for number in range(_KINDS)]


def write_tars(folder: Path, videos: Sequence[VideosOfClip], clips: int) -> Path:
    """MegActor's tars, less the pickles that its loader does not look at."""
    folder.mkdir(parents=True)
    for file in range(_FILES):
        with tarfile.open(folder / f"{file}.tar", "w") as tar:
            for number in range(file, clips, _FILES):
                for column, body in videos[number % len(videos)].items():
                    member = tarfile.TarInfo(f"clip{number:05d}.{VIDEOS[column]}")
                    member.size = len(body)
                    tar.addfile(member, io.BytesIO(body))
    return folder


def write_shards(folder: Path, videos: Sequence[VideosOfClip], scale: ViewScale) -> Path:
    """Shards of the same samples, with the faces that `faceshards curate` would have found."""
    folder.mkdir(parents=True)
    frames, side = scale.portrait_seconds * FPS, scale.portrait_side
    box = [side * one for one in FACE]
    rows = {"frame": list(range(frames)), "track": [0] * frames, "box": [box] * frames}
    members: list[dict[str, Any]] = []
    for one in videos:
        tables = {column: packet_table(body) for column, body in one.items()}
        facts = {"frames": frames, "fps": [FPS, 1], "container": "mp4"}
        facts["media"] = {column: media for column, (_, media) in tables.items()}
        packets = {f"{column}.packets.npy": narrow(table) for column, (table, _) in tables.items()}
        faces = {"size": [side, side], "frames": frames, **rows}
        members.append({"json": facts, "faces.msg": faces, **one, **packets})
    for file in range(_FILES):
        with ShardWriter(folder / f"{file}.tar", durable=False) as writer:
            for number in range(file, scale.portraits, _FILES):
                writer.add(f"clip{number:05d}", members[number % len(members)])
    return folder
