"""Stages to measure the engine with: five that look at pictures for a moment each, one that takes its time, one with a
network of batch 32, one that must know another's whole column.

They are given to the command as `faceshards.bench.curate.toys:Bright`, as a user's own would be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from faceshards.curation.engine import Frames, Made, Net, Outlet, Stage, StageClip
from faceshards.curation.engine.need import Need
from faceshards.curation.stages.stylize.cartoon import Cartoon
from faceshards.shards.schema.columns import Column

#: Rows of the network's batch.
BATCH = 32
# Every so many pixels are looked at.
_STEP = 8


def column(name: str, doc: str) -> tuple[Column]:
    """The one column of a stage: a number a frame."""
    return (Column(f"{name}.npy", "npy", "float32", "(N,)", "", "", name, doc),)


def words(*stages: type[Stage[Any]]) -> str:
    """The stages as `--stages` takes them."""
    return ",".join(f"{stage.__module__}:{stage.__name__}" for stage in stages)


def thinned(pictures: np.ndarray) -> np.ndarray:
    """Some pixels of pictures (n, H, W, 3), in a grid."""
    return pictures[:, ::_STEP, ::_STEP]


@dataclass(frozen=True)
class NoParams:
    """None."""


class PictureStage(Stage[NoParams]):
    """A number a frame."""

    def needs(self) -> tuple[Need, ...]:
        """The pictures."""
        return (Frames(),)

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """Chunk by chunk; what `values` keeps of a chunk for the next is the clip's own."""
        kept: dict[str, np.ndarray] = {}
        async for chunk in clip.frames():
            found = self.values(chunk.pictures, kept)
            out.add(self.columns[0], found.astype(np.float32))

    def values(self, pictures: np.ndarray, kept: dict[str, np.ndarray]) -> np.ndarray:
        """The numbers (n,) of some pictures, uint8 (n, h, w, 3)."""
        raise NotImplementedError


class Bright(PictureStage):
    """How bright a frame is."""

    name, makes = "bench_bright", column("bench_bright", "mean of all channels")

    def values(self, pictures: np.ndarray, kept: dict[str, np.ndarray]) -> np.ndarray:
        """The mean."""
        return thinned(pictures).mean(axis=(1, 2, 3))


class Contrast(PictureStage):
    """How far bright and dark are apart."""

    name, makes = "bench_contrast", column("bench_contrast", "standard deviation of the green channel")

    def values(self, pictures: np.ndarray, kept: dict[str, np.ndarray]) -> np.ndarray:
        """The deviation."""
        return thinned(pictures)[..., 1].std(axis=(1, 2), dtype=np.float32)


class Colourful(PictureStage):
    """How colourful a frame is."""

    name, makes = "bench_colourful", column("bench_colourful", "mean distance of red and blue")

    def values(self, pictures: np.ndarray, kept: dict[str, np.ndarray]) -> np.ndarray:
        """The distance."""
        part = thinned(pictures)
        return np.abs(part[..., 0].astype(np.int16) - part[..., 2]).mean(axis=(1, 2))


class Motion(PictureStage):
    """How much a frame differs from the one before it."""

    name, makes = "bench_motion", column("bench_motion", "mean difference to the frame before; 0 for the first")

    def values(self, pictures: np.ndarray, kept: dict[str, np.ndarray]) -> np.ndarray:
        """The difference."""
        green = thinned(pictures)[..., 1].astype(np.int16)
        before = np.concatenate([kept.get("last", green[:1]), green[:-1]])
        kept["last"] = green[-1:]
        return np.abs(green - before).mean(axis=(1, 2))


class Sharp(PictureStage):
    """How sharp a frame is."""

    name, makes = "bench_sharp", column("bench_sharp", "variance of the Laplacian of the green channel")

    def values(self, pictures: np.ndarray, kept: dict[str, np.ndarray]) -> np.ndarray:
        """The variance."""
        greens = np.ascontiguousarray(thinned(pictures)[..., 1])
        return np.array([cv2.Laplacian(green, cv2.CV_32F).var() for green in greens])


#: The five.
FIVE = (Bright, Contrast, Colourful, Motion, Sharp)


class Cartooned(PictureStage):
    """How bright a frame is as a cartoon: some milliseconds of work."""

    name, makes = "bench_cartooned", column("bench_cartooned", "mean of all channels of the drawing")

    def setup(self) -> None:
        """One thread a call."""
        cv2.setNumThreads(1)
        self._cartoon = Cartoon()

    def values(self, pictures: np.ndarray, kept: dict[str, np.ndarray]) -> np.ndarray:
        """The mean of the drawing."""
        return np.array([self._cartoon.draw(picture).mean() for picture in pictures])


class Batched(PictureStage):
    """The brightness by a network with a free batch axis; its clips count the rows and the runs, `net_rows` and
    `net_runs`.
    """

    name, makes = "bench_batched", column("bench_batched", "mean of all channels, by a network")

    def setup(self) -> None:
        """Counts runs from here on."""
        self._runs = self._told = 0

    def networks(self) -> Mapping[str, Net]:
        """A sum over pictures."""
        return {"mean": Net(self._mean, batch=BATCH)}

    def _mean(self, pictures: np.ndarray) -> Sequence[np.ndarray]:
        assert len(pictures) == BATCH, "a network runs at one shape"
        self._runs += 1
        return (pictures.mean(axis=(1, 2, 3), dtype=np.float32),)

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """Asks for a chunk at a time."""
        async for chunk in clip.frames():
            (means,) = await self.nets["mean"](chunk.pictures)
            out.add(self.columns[0], means)
            clip.count("net_rows", len(means))
            clip.count("net_runs", self._runs - self._told)
            self._told = self._runs


class Relative(Stage[NoParams]):
    """The brightness of a frame over that of the whole clip, so that it cannot begin before `Bright` has ended."""

    name, makes = "bench_relative", column("bench_relative", "brightness over the clip's mean brightness")

    def needs(self) -> tuple[Need, ...]:
        """The pictures, and all brightnesses."""
        return (Frames(), Made(Bright.makes[0].name))

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """Looks at each frame again."""
        mean = float(clip.column(Bright.makes[0].name).mean())
        async for chunk in clip.frames():
            means = thinned(chunk.pictures).mean(axis=(1, 2, 3))
            out.add(self.columns[0], (means / max(mean, 1e-6)).astype(np.float32))
