"""The view `face_decoder`: pictures of faces with their embeddings and landmarks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from faceshards.bench.figure import Figure
from faceshards.bench.views.contest import Contest, cold_figure, packed, warm_figure
from faceshards.bench.views.scale import ViewScale
from faceshards.bench.views.ways.speech_to_face import FaceDecoderDataset
from faceshards.loaders import ShardDataset
from faceshards.loaders.views import FaceWithLandmarks
from faceshards.media.picture import read_picture
from faceshards.packing.kinds.face_decoder.kind import FaceDecoderPictures
from faceshards.packing.options import PackOptions

_SIDE = 224


def measure(scale: ViewScale, work: Path) -> Iterator[Figure]:
    """Faces a second, warm and cold, against Speech-to-face's data set on its own tree; and what decoding alone takes:
    each sample of both decodes one JPEG.
    """
    tree = written(work / "faces", scale)
    options = PackOptions(max_bytes=256 << 20)
    shards = packed(tree, work / "shards", FaceDecoderPictures(options), options)
    contest = Contest(
        f"face_decoder, {scale.faces} faces of 224 px",
        lambda: ShardDataset(shards, view=FaceWithLandmarks()),
        shards,
        "FaceDecoderDataset",
        lambda: FaceDecoderDataset(str(tree)),
        tree,
        files_each=3,
    )
    yield warm_figure(contest, scale)
    yield _decoding(contest)
    yield cold_figure(contest, scale)


def _decoding(contest: Contest) -> Figure:
    """Which part of a sample's time, in one process, is the decoding of its JPEG."""
    data, peer = contest.ours(), contest.peer()
    bodies = [path.read_bytes() for path in sorted(contest.tree.rglob("*.jpg"))[:200]]
    numbers = range(len(bodies))
    decoding = _seconds(lambda: [read_picture(body) for body in bodies])
    ours = _seconds(lambda: [data[number] for number in numbers])
    theirs = _seconds(lambda: [peer[number] for number in numbers])
    peers = {"faceshards": decoding / ours, contest.name: decoding / theirs}
    return Figure(f"{contest.work}: share of decoding in a sample's time", decoding / ours, "", None, None, peers)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def written(root: Path, scale: ViewScale) -> Path:
    """A tree of faces, files of about the published sizes: 15 KB a picture, 16 KB an embedding."""
    random = np.random.default_rng(0)
    for number in range(scale.faces):
        folder = root / f"id{number % 50:05d}"
        folder.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(random.integers(0, 256, (28, 28, 3), np.uint8))
        coarse.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC).save(folder / f"{number}.jpg", quality=95)
        np.save(folder / f"{number}_embedding.npy", np.maximum(0, random.normal(size=4096)).astype(np.float32))
        np.save(folder / f"{number}_landmarks.npy", random.uniform(0, _SIDE, 144).astype(np.float32))
    return root
