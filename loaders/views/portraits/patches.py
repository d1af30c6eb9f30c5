"""Sigma's drivers of eyes and mouth: which part of the pictures they are."""

from __future__ import annotations

import numpy as np

from faceshards.loaders.units.portrait.poses import Poses

#: What the drivers are called, and what is behind the name where they are not made yet but for their boxes.
PATCHES, BOX = ("frames_eye", "frames_eye_mouth"), ".box"
# Points of OpenPose's 134: the brow and eye on the picture's left, those on its right, the mouth.
_PARTS = (
    (*range(41, 46), *range(60, 66)),
    (*range(46, 51), *range(66, 72)),
    tuple(range(72, 92)),
)
# A patch reaches side / n from its middle; n is drawn.
_LEAST, _MOST = 8, 16


def patches(
    poses: Poses, boxes: np.ndarray, numbers: np.ndarray, side: int, dice: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The boxes, int64 (4,) each, about the eyes, and about eyes and mouth, in all of the frames `numbers`; empty where
    none is seen.

    In each frame a patch about the mean of a part's points, of the person whose face is nearest to that frame's box
    (F, 4). Its size, `side` / n with n of 8 to 16, is drawn once a window, where Sigma draws it anew for each frame, so
    that the largest nearly always wins.
    """
    reach = side / dice.integers(_LEAST, _MOST + 1, len(_PARTS))
    found = [[np.array([side, side, 0, 0], float)] for _ in _PARTS]
    for number, box in zip(numbers.tolist(), boxes, strict=True):
        person = poses.at(number).nearest(box)
        for part, points in enumerate(_PARTS):
            seen = person.points[person.there() & np.isin(np.arange(134), points)]
            if len(seen):
                middle = seen.mean(axis=0)
                found[part].append(np.concatenate([middle - reach[part], middle + reach[part]]))
    each = [_about(boxes, side) for boxes in found]
    return _about(each[:2], side), _about(each, side)


def _about(boxes: list[np.ndarray], side: int) -> np.ndarray:
    """The box about some boxes, within a picture."""
    table = np.array(boxes)
    low, high = table[:, :2].min(axis=0), table[:, 2:].max(axis=0)
    box = np.clip(np.round(np.concatenate([low, high])), 0, side).astype(np.int64)
    return box if (box[2:] > box[:2]).all() else np.zeros(4, np.int64)
