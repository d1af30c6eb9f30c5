"""The stage `swap`: the clip with another person's face, by a bent picture and Poisson blending."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from faceshards.curation.clip import StageClip
from faceshards.curation.face_swap import SourceFace, swap_face
from faceshards.curation.face_table import FaceArrays
from faceshards.curation.faces import MTCNN_WEIGHTS, load_mtcnn
from faceshards.curation.stage import FRAMES, Outcome, Stage
from faceshards.curation.twin import twin, twin_columns
from faceshards.errors import ClipError
from faceshards.shards.reader import Shard

if TYPE_CHECKING:
    from faceshards.curation.swap_sources import Sources
    from faceshards.models.nets.mtcnn import MTCNN


@dataclass
class Swap(Stage):
    """`swapped.mp4`: every face of every frame becomes one face of another clip, or of a picture in `folder`.

    The new face is a picture: it turns, leans and opens its mouth as its five points are moved, and does not
    blink. Frames without a face are as they were. `min_face` is for the search in the source pictures.
    """

    name = "swap"
    version = 3  # encoded for training: media.encode.FOR_TRAINING
    needs = (FRAMES, "faces.msg")
    makes = twin_columns("swapped.mp4")
    scores = ("swapped_source",)
    weights = MTCNN_WEIGHTS

    min_face: int = 40
    folder: str | None = None
    digests: dict[str, str] = field(default_factory=dict)
    _net: MTCNN = field(init=False, repr=False)
    _sources: Sources = field(init=False, repr=False)

    @property
    def params(self) -> dict[str, Any]:
        """A folder counts by what is in it, not by where it lies."""
        return {name: value for name, value in super().params.items() if name != "folder"}

    def setup(self) -> None:
        """Loads the detector, and the folder's pictures. Raises WeightsError, StageError."""
        from faceshards.curation.swap_sources import FolderSources

        cv2.setNumThreads(1)
        self._net = load_mtcnn(self.min_face)
        if self.folder is not None:
            self._sources = FolderSources(Path(self.folder), self.digests, self._net.detect)

    def enter(self, shard: Shard) -> None:
        """Without a folder, the shard's other clips are the sources."""
        from faceshards.curation.swap_sources import ShardSources

        if self.folder is None:
            self._sources = ShardSources(shard, self._net.detect)

    def one(self, clip: StageClip) -> Outcome:
        """`swapped_source` names the clip or picture of the new face. Fails as `no-face` or `no-source-face`."""
        faces = FaceArrays.of(clip.column("faces.msg"))
        if not len(faces):
            raise ClipError("no-face", f"no face in any of {len(clip.frames)} frames")
        source = self._sources.face_for(clip)
        return twin("swapped.mp4", clip, swapped(clip.frames, faces, source), {"swapped_source": source.name})


def swapped(frames: np.ndarray, faces: FaceArrays, source: SourceFace) -> Iterator[np.ndarray]:
    """The frames (N, H, W, 3), one after the other, with `source` on every face."""
    points = steadied(faces)
    for number, frame in enumerate(frames):
        for row in np.flatnonzero(faces.frame == number):
            frame = swap_face(frame, points[row], source).frame
        yield frame


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
