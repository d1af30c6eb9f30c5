"""The stage `swap`: the clip with another person's face, by a bent picture and Poisson blending."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Live, Need
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import PLANNED, Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.faces.faces import MTCNN_WEIGHTS, load_mtcnn
from faceshards.curation.stages.faces.table import FACES, FaceArrays
from faceshards.curation.stages.swap.face_swap import SourceFace, swap_face
from faceshards.curation.stages.swap.sources import FolderSources, ShardSources, Sources, digests_of
from faceshards.curation.stages.twin import twin_columns
from faceshards.errors import ClipError
from faceshards.shards.schema.scalars import Scalar


@dataclass(frozen=True)
class SwapParams:
    """`min_face`: smallest face that is looked for in source pictures, in pixels. `folder`: portraits to take faces
    from; by default the shard's other clips. `digests`, filled in by `planned`: file name -> sha256 of its pictures.
    """

    min_face: int = 40
    folder: str | None = None
    digests: dict[str, str] = field(default_factory=dict, metadata=PLANNED)


class Swap(Stage[SwapParams]):
    """`swapped.mp4`: every face of every frame becomes one face of another clip, or of a picture in `folder`.

    The new face is a picture: it turns, leans and opens its mouth as its five points are moved, and does not
    blink. Frames without a face are as they were.
    """

    name = "swap"
    version = 4  # Poisson's equation by sines
    makes = twin_columns("swapped.mp4", "swap", "the clip with another person's face, same frames and times, silent")
    scores = (Scalar("swapped_source", pa.string(), "", "swap", "where the swapped-in face came from"),)
    weights = MTCNN_WEIGHTS

    def planned(self) -> Swap:
        """With the folder in full, and what is in it."""
        if self.params.folder is None:
            return self
        folder = Path(self.params.folder).resolve()
        return Swap(replace(self.params, folder=str(folder), digests=digests_of(folder)))

    @property
    def record(self) -> dict[str, Any]:
        """A folder counts by what is in it, not by where it lies."""
        return {name: value for name, value in super().record.items() if name != "folder"}

    def needs(self) -> tuple[Need, ...]:
        """The pictures, and the faces in them: those of a frame more, to steady them by."""
        return (Frames(), Live(FACES.name, ahead=1))

    def setup(self) -> None:
        """Loads the detector, and the folder's pictures. Raises WeightsError, StageError."""
        cv2.setNumThreads(1)
        detect = load_mtcnn(self.params.min_face).detect
        self._sources: Sources = (
            ShardSources(detect)
            if self.params.folder is None
            else FolderSources(Path(self.params.folder), self.params.digests, detect)
        )

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """`swapped_source` names the clip or picture of the new face. Fails as `no-face` or `no-source-face`."""
        source: SourceFace | None = None
        frames = 0
        async with out.video("swapped.mp4") as video:
            async for chunk in clip.frames():
                faces = FaceArrays.of(await clip.rows(FACES.name, chunk, before=1, ahead=1))
                first = int(chunk.numbers[0])
                if len(faces) and source is None:
                    source = await clip.thread(self._sources.face_for, clip)
                pictures = await clip.thread(swapped, chunk.pictures, first, faces, source)
                await video.add(pictures, chunk.numbers)
                frames += len(chunk.numbers)
            if source is None:
                raise ClipError("no-face", f"no face in any of {frames} frames")
        out.score(swapped_source=source.name)


def swapped(pictures: np.ndarray, first: int, faces: FaceArrays, source: SourceFace | None) -> np.ndarray:
    """The pictures (n, H, W, 3), of which the first is frame `first`, with `source` on every face."""
    points, made = steadied(faces), []
    for number, picture in enumerate(pictures, first):
        for row in np.flatnonzero(faces.frame == number):
            assert source is not None, "where there is a face a source was looked for"
            picture = swap_face(picture, points[row], source).frame
        made.append(picture)
    return np.stack(made)


def steadied(faces: FaceArrays) -> np.ndarray:
    """The five points (D, 5, 2) without their jitter: binomial mean (1 2 1) over the same face in the frames
    around.
    """
    points = faces.points.astype(np.float64)
    rows = {(int(f), int(t)): row for row, (f, t) in enumerate(zip(faces.frame, faces.track, strict=True))}
    steady = points.copy()
    for (frame, track), row in rows.items():
        before, after = rows.get((frame - 1, track)), rows.get((frame + 1, track))
        if before is not None and after is not None:
            steady[row] = (points[before] + 2 * points[row] + points[after]) / 4
    return steady
