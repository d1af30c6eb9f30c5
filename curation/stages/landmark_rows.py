"""The face that `landmarks` follows, as it tells it while the pictures are here, to the stages that look at it, too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceshards.curation.engine.stage_clip import StageClip
from faceshards.media.video.chunks import Chunk

_COLUMN = "landmarks.npy"


@dataclass(frozen=True)
class LandmarkRows:
    """Of those pictures of a chunk that show a face: its points (n, 478, 3), the pictures (n, H, W, 3), and their
    numbers (n,).
    """

    points: np.ndarray
    pictures: np.ndarray
    numbers: np.ndarray


async def landmark_rows(clip: StageClip, chunk: Chunk) -> LandmarkRows:
    """The rows of `landmarks.npy`, a need `Live`, of the frames of a chunk. Raises ClipError `needs-failed`."""
    rows = await clip.rows(_COLUMN, chunk)
    numbers = rows["frame"].astype(np.int64)
    points = rows.get(_COLUMN, np.zeros((0, 478, 3), np.float32))
    return LandmarkRows(points, chunk.pictures[numbers - chunk.numbers[0]], numbers)
