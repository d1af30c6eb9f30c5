"""The faces of a data set side by side: small squares, of many persons and sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from faceshards.errors import FaceshardsError
from faceshards.media.picture import read_picture
from faceshards.viewer.drawing.drawing import Picture
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.report.cards import Image
from faceshards.viewer.report.examples import Candidate
from faceshards.viewer.report.opened import OpenShards
from faceshards.viewer.report.selection import covering

#: Faces on a page, and their sides in pixels: twice the size at which they are shown at least.
MOST_FACES, SIDE = 72, 144
#: Of a face's box, how far the square around its middle reaches: hair and chin are in it.
_AROUND = 1.5


@dataclass(frozen=True)
class ShownFace:
    """One face, and the name of the clip that it is of."""

    image: Image
    name: str


def faces_of(candidates: Sequence[Candidate], most: int = MOST_FACES) -> list[ShownFace]:
    """At most `most` faces, of many persons and sources; clips in which no stage found a face have none here."""
    able = [one for one in candidates if not any(name == "failure" for name, _ in one.features)]
    found = []
    with OpenShards() as shards:
        for place in covering([one.features for one in able], most):
            try:
                sample = ShownSample.of(shards[able[place].shard], able[place].row)
                picture = _face(sample)
            except (FaceshardsError, KeyError, TypeError, ValueError, IndexError):  # damaged, or no faces at all
                continue
            if picture is not None:
                found.append(ShownFace(Image.jpg(picture, f"Face in {sample.name}"), sample.name))
    return found


def _face(sample: ShownSample) -> Picture | None:
    """The crop that a stage made, else the surest face of the pictures that decode alone; None without a face."""
    if sample.shard.filled(sample.row, "face.jpg"):
        return _scaled(read_picture(sample.shard.read(sample.row, "face.jpg")))
    if not sample.shard.filled(sample.row, "faces.msg"):
        return None
    column, clip = sample.shard.get(sample.row, "faces.msg"), sample.opened(sample.clip)
    frames, scores = np.asarray(column["frame"], np.int64), np.asarray(column["score"], np.float64)
    alone = np.isin(frames, clip.keys if len(clip.keys) else [0])
    if not len(frames):
        return None
    row = int(np.argmax(np.where(alone, 2.0, 0.0) + scores))
    (chunk,) = clip.frames([int(frames[row])])
    return _square(chunk.pictures[0], np.asarray(column["box"], np.float64).reshape(-1, 4)[row])


def _square(picture: Picture, box: np.ndarray) -> Picture:
    """The square around a box x1 y1 x2 y2, as far as the picture reaches, scaled to `SIDE`."""
    height, width = picture.shape[:2]
    side = int(min(height, width, max(8.0, _AROUND * (box[2:] - box[:2]).max())))
    corner = np.clip((box[:2] + box[2:] - side) / 2, 0, (width - side, height - side))
    left, top = (int(one) for one in corner)
    return _scaled(np.ascontiguousarray(picture[top : top + side, left : left + side]))


def _scaled(picture: Picture) -> Picture:
    return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
