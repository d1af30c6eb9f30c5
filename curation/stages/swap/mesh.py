"""The backend `mesh`: the face that `landmarks` follows, triangle by triangle of its mesh."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from faceshards.curation.engine.need import Live, Need
from faceshards.curation.stages.expression.openings import mouth_openings
from faceshards.curation.stages.headpose.head_angles import head_rotations
from faceshards.curation.stages.swap.backend import SwappedPictures
from faceshards.curation.stages.swap.mesh_finder import WEIGHTS, MeshFinder
from faceshards.curation.stages.swap.mesh_source import MeshSource, box_of, width_of
from faceshards.curation.stages.swap.mesh_swap import swap_mesh
from faceshards.curation.stages.swap.sources import FindFace
from faceshards.models.sessions.face_mesh import MESH_POINTS

# A face that is narrower, in pixels, is left alone; one that is farther from where it was, in its widths, is another.
_NARROWEST, _FAR = 24.0, 0.3
# A mouth whose opening spreads less over the frames, in heights of the face, stays as it is: what remains is noise.
_STILL = 0.003
# Its mouth is looked at anew in one frame of so many: the network takes a third as long as the swap.
_EVERY = 3


class Mesh:
    """`most_turned`: how far, in degrees, a face may look into another direction than the source does."""

    weights: ClassVar[tuple[str, ...]] = WEIGHTS
    runtimes: ClassVar[tuple[str, ...]] = ()
    column: ClassVar[str] = "landmarks.npy"

    _finder: MeshFinder

    def __init__(self, most_turned: float) -> None:
        self._least = float(np.cos(np.radians(most_turned)))

    def needs(self) -> tuple[Need, ...]:
        """The points, those of a frame more to steady them by."""
        return (Live("landmarks.npy", ahead=1), Live("landmarks_frame.npy", ahead=1))

    def load(self, device: str) -> FindFace:
        """Looks for the largest face by BlazeFace, and lays a mesh on it."""
        self._finder = MeshFinder()

        def look(name: str, picture: np.ndarray) -> MeshSource | None:
            points = self._finder.find(picture)
            return None if points is None else MeshSource.cut(name, picture, points)

        return look

    def drawn(
        self, pictures: np.ndarray, first: int, rows: Mapping[str, np.ndarray], source: MeshSource | None
    ) -> SwappedPictures:
        """The face of each picture (n, H, W, 3) is swapped, unless it is small, or looks elsewhere than the source; how
        open its mouth is, is then seen in some of the new ones.
        """
        frames, made, faced = rows["frame"], list(pictures), 0
        points = steadied(frames, rows[self.column]) if len(frames) else None
        boxes: dict[int, np.ndarray] = {}
        mouths = []
        for row in np.flatnonzero((frames >= first) & (frames < first + len(pictures))):
            assert source is not None and points is not None, "where there is a face a source was looked for"
            number, own, faced = int(frames[row]) - first, points[row], faced + 1
            if not self._suits(own, pictures.shape[2:0:-1], source):
                continue
            swap = swap_mesh(pictures[number], own, source)
            if swap.mask.any():
                made[number], boxes[number] = swap.frame, box_of(own)
                if frames[row] % _EVERY == 0:
                    seen = self._finder.again(swap.frame, own)
                    mouths.append(mouth_openings(np.stack([rows[self.column][row, :MESH_POINTS], seen])))
        return SwappedPictures(np.stack(made), faced, len(boxes), boxes, np.array(mouths, np.float64).reshape(-1, 2))

    def _suits(self, points: np.ndarray, size: tuple[int, ...], source: MeshSource) -> bool:
        if width_of(points) < _NARROWEST:
            return False
        facing = head_rotations(points[None], (size[0], size[1]))[0][:, 2]
        return float(facing @ source.facing) >= self._least


def steadied(frames: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The meshes, float64 (R, 468, 3), of frames (R,), with less jitter: the mean by 1, 6, 1 over the same face
    in the frames around, one that is near.
    """
    own = points[:, :MESH_POINTS].astype(np.float64)
    if len(own) < 3:
        return own
    near = np.diff(frames) == 1
    near &= np.linalg.norm(np.diff(own.mean(axis=1), axis=0), axis=1) < _FAR * np.ptp(own[:-1, :, 0], axis=1)
    between = np.flatnonzero(near[1:] & near[:-1]) + 1
    steady = own.copy()
    steady[between] = (own[between - 1] + 6 * own[between] + own[between + 1]) / 8
    return steady


def kept(mouths: np.ndarray) -> dict[str, float]:
    """The score of how open a mouth was and is, (m, 2); none of fewer than three frames, or a mouth that stays."""
    if len(mouths) < 3 or mouths.std(axis=0).min() < _STILL:
        return {}
    return {"swapped_expression": round(float(np.corrcoef(mouths.T)[0, 1]), 4)}
