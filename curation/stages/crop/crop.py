"""The stage `crop`: the clip's main face in a square of one size, as a video, and the path of that square."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Made, Need
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.crop.face_path import FacePath
from faceshards.curation.stages.crop.rules import CropPath, aligned, avspeech, tracked
from faceshards.curation.stages.faces.table import FACES, FaceArrays, whole_table
from faceshards.curation.stages.twin import twin_columns
from faceshards.errors import ClipError, UsageError
from faceshards.media.geometry import warp
from faceshards.shards.schema.columns import PIXELS, Column
from faceshards.shards.schema.scalars import Scalar

#: How a face may be cut out.
RULES = ("track", "aligned", "avspeech")
# Sides of a crop: the least of which a video is made, and the most.
_SIDES = (32, 1024)
# Most frames of the filters that calm a way, whose work and memory grow with them.
_SMOOTHEST = 500


@dataclass(frozen=True)
class CropParams:
    """`size`: the crop's side in pixels (160, 224, 512, ...). `rule`: "track", an upright square that follows the face
    and never leaves the frame; "aligned", turned so that its five points stand as in ArcFace's template; "avspeech",
    exactly the box of the face at `pos_x`, `pos_y` of the json, drawn to a square, as that set's preparation does with
    160. `margin`: how far a crop reaches beyond the box's longer side or the template's side, as a share of it, on each
    side; `smooth`: frames over which its way is made calm. Both count for the first two rules alone.
    """

    size: int = 512
    rule: str = "track"
    margin: float = 0.3
    smooth: int = 13

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise UsageError(f"crop.rule must be one of {', '.join(RULES)}, got {self.rule!r}")
        if self.size % 2 or not _SIDES[0] <= self.size <= _SIDES[1]:
            raise UsageError(f"crop.size must be even, from {_SIDES[0]} to {_SIDES[1]}, got {self.size}")
        if not 0 <= self.margin <= 10:
            raise UsageError(f"crop.margin must be from 0 to 10, got {self.margin}")
        if not 1 <= self.smooth <= _SMOOTHEST:
            raise UsageError(f"crop.smooth must be from 1 to {_SMOOTHEST} frames, got {self.smooth}")


class Crop(Stage[CropParams]):
    """Which face is the clip's main one, and where it goes, is known when all faces are: so it looks at the pictures
    behind `faces`. Where a crop reaches beyond the frame, the frame's edge is drawn out.
    """

    name = "crop"
    makes = (
        *twin_columns("crop.mp4", "crop", "the main face in a square, same frames and times, silent"),
        Column(
            "crop_matrix.npy",
            "npy",
            "float32",
            "(N, 2, 3)",
            "px",
            PIXELS,
            "crop",
            "of each frame the matrix that takes (x, y, 1) of the frame to the pixels of `crop.mp4`",
        ),
    )
    scores = (
        Scalar("crop_share", pa.float64(), "0..1", "crop", "frames in which the face was found over all"),
        Scalar("crop_side", pa.float64(), "px", "crop", "what the crop's side shows of a frame; median over frames"),
        Scalar("crop_beyond", pa.float64(), "0..1", "crop", "how much of a crop lies beyond the frame, at the most"),
    )

    def needs(self) -> tuple[Need, ...]:
        """The pictures, and all faces before them."""
        return (Frames(), Made(FACES.name))

    def setup(self) -> None:
        """Loads the filters, which takes a while."""
        import_module("scipy.ndimage")

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """Fails as `no-face`; `bad-column` where the json does not say where to look."""
        faces, size, frames = whole_table(clip.column(FACES.name))
        path = self._path(faces, frames, size, clip)
        if path is None:
            raise ClipError("no-face", f"no face to cut out in any of {frames} frames")
        matrices = path.matrices.astype(np.float32)
        async with out.video("crop.mp4") as video:
            async for chunk in clip.frames():
                await video.add(await clip.thread(self._cut, chunk.pictures, matrices[chunk.numbers]), chunk.numbers)
        out.put("crop_matrix.npy", matrices)
        out.score(
            crop_share=round(float(path.seen.mean()), 4),
            crop_side=round(float(np.median(path.sides(self.params.size))), 2),
            crop_beyond=round(float(path.beyond(self.params.size, size).max()), 4),
        )

    def _path(self, faces: FaceArrays, frames: int, size: tuple[int, int], clip: StageClip) -> CropPath | None:
        given = self.params
        if given.rule == "avspeech":
            return avspeech(faces, frames, size, clip.facts, given.size)
        path = FacePath.of(faces, frames)
        if path is None:
            return None
        if given.rule == "aligned":
            return aligned(path, given.size, given.margin, given.smooth)
        return tracked(path, size, given.size, given.margin, given.smooth)

    def _cut(self, pictures: np.ndarray, matrices: np.ndarray) -> np.ndarray:
        """The crops of some pictures."""
        side = (self.params.size, self.params.size)
        pairs = zip(pictures, matrices.astype(np.float64), strict=True)
        return np.stack([warp(picture, matrix, side, beyond="edge") for picture, matrix in pairs])
