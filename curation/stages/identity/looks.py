"""The frames in which a face is looked at: of each stretch of a track the best one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceshards.curation.stages.face_crop import quality
from faceshards.curation.stages.faces.table import FaceArrays
from faceshards.curation.stages.identity.backends import IdentityNet


@dataclass(frozen=True)
class FaceLook:
    """A face in a frame: how good it is to look at, and what the network sees of it."""

    track: int
    stretch: int
    quality: float
    crop: np.ndarray


class FaceLooks:
    """Of each `every` frames of the clip the best face of each track, by size, sharpness and frontality
    (`face_crop.quality`), the earlier one where two are equal.
    """

    def __init__(self, net: IdentityNet, every: int) -> None:
        self._net, self._every = net, every
        self._best: dict[int, FaceLook] = {}

    def see(self, faces: FaceArrays, pictures: np.ndarray, first: int) -> list[FaceLook]:
        """The faces of more pictures, of which the first is frame `first`: those that no later frame can better."""
        done = []
        for row, (frame, track) in enumerate(zip(faces.frame.tolist(), faces.track.tolist(), strict=True)):
            picture, stretch = pictures[frame - first], frame // self._every
            best = self._best.get(track)
            if best is not None and best.stretch != stretch:
                done.append(self._best.pop(track))
                best = None
            found = quality(picture, faces.points[row])
            if best is None or found > best.quality:
                crop = self._net.crop(picture, faces.boxes[row], faces.points[row])
                self._best[track] = FaceLook(track, stretch, found, crop)
        return done

    def rest(self) -> list[FaceLook]:
        """The last of each track."""
        return [self._best[track] for track in sorted(self._best)]
