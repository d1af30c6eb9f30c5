"""A face to swap in by its mesh: a picture, where the points are in it, and which triangles may be shown."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from faceshards.curation.stages.headpose.head_angles import head_rotations
from faceshards.curation.stages.swap.triangles import BROWS, FEATURES, MOUTH, OPENINGS, SIDES, opening, triangles, turns
from faceshards.media.geometry import apply, warp

#: The width of a source's face in its picture, in pixels, at most; the picture's side, in heights of the face.
_WIDTH, _REACH = 320, 1.2
#: A triangle of the source is shown where it is seen at no flatter an angle (the cosine of 80 degrees).
_FLATTEST = 0.17
#: How far skin may be from the face's own median, in OpenCV's Lab: darker, brighter, and in a and b together. Hair is
#: farther, most of it darker.
_DARKER, _BRIGHTER, _CHROMA = 50, 90, 14
#: A face serves well whose forehead is bare by so much, that looks so straight (the cosine of 22 degrees), whose mouth
#: is no more open, and its eyes no less, and which is so wide in pixels.
_FREE, _STRAIGHT, _SHUT, _OPEN, _LARGE = 0.75, 0.93, 0.3, 0.2, 80.0


@dataclass(frozen=True)
class MeshSource:
    """A face to swap in: `pictures`, CIE Lab, uint8 (S, S, 3), each half as large as the one before; `points`,
    float64 (468, 3), in the first; `triangles`, int32 (T, 3), and which of them are to be shown, `kept` (T,); where it
    faces, a unit vector, `facing` (3,). `fit`: it serves well from 1 on.
    """

    name: str
    pictures: tuple[np.ndarray, ...]
    points: np.ndarray
    triangles: np.ndarray
    kept: np.ndarray
    facing: np.ndarray
    fit: float

    @classmethod
    def cut(cls, name: str, frame: np.ndarray, points: np.ndarray) -> MeshSource:
        """The face with these points (468, 3) in a frame, uint8 (H, W, 3) RGB; where it leaves the frame, the edge is
        repeated.
        """
        turned = head_rotations(points[None], frame.shape[1::-1])[0]
        front = (points @ turned)[:, :2]
        found = triangles(front)
        picture, placed = _cut(frame, points)
        pictures = _levels(picture)
        bare = _bare(pictures[0], placed, found)
        fit = min(
            _forehead(front, found, bare) / _FREE,
            turned[2, 2] / _STRAIGHT,
            _SHUT / max(opening(points, MOUTH), 1e-3),
            min(opening(points, ring) for ring in OPENINGS[1:]) / _OPEN,
            width_of(points) / _LARGE,
        )
        kept = _seen(placed, found) & (bare | _within(front, found))
        return cls(name, pictures, placed, found, kept, turned[:, 2], float(fit))

    @property
    def portrait(self) -> tuple[np.ndarray, np.ndarray]:
        """The picture, RGB, and the face's box in it."""
        return cv2.cvtColor(self.pictures[0], cv2.COLOR_LAB2RGB), box_of(self.points)

    def level(self, width: float) -> tuple[np.ndarray, np.ndarray]:
        """The smallest picture whose face is as wide as `width` pixels, and the points in it."""
        number = int(np.clip(np.log2(max(1.0, width_of(self.points) / width)), 0, len(self.pictures) - 1))
        return self.pictures[number], self.points / 2**number


def box_of(points: np.ndarray) -> np.ndarray:
    """The box x1 y1 x2 y2 of a face's points (468, 3)."""
    return np.concatenate([points[:, :2].min(axis=0), points[:, :2].max(axis=0)])


def width_of(points: np.ndarray) -> float:
    """How wide a face is, from ear to ear, in the units of its points (468, 3)."""
    return float(np.linalg.norm(points[SIDES[1], :3] - points[SIDES[0], :3]))


def _cut(frame: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The square about a face, uint8 (S, S, 3), and its points there, float64 (468, 3)."""
    flat = points[:, :2].astype(np.float64)
    low, high = flat.min(axis=0), flat.max(axis=0)
    scale = min(1.0, _WIDTH / width_of(points))
    reach = _REACH * (high - low).max()
    side = max(16, int(reach * scale))
    middle = (low + high) / 2
    room = int(reach)
    wide = cv2.copyMakeBorder(frame, room, room, room, room, cv2.BORDER_REPLICATE)
    matrix = np.column_stack([scale * np.eye(2), side / 2 - scale * middle])
    picture = warp(wide, matrix - np.array([[0, 0, scale * room]] * 2), (side, side))
    return picture, np.column_stack([apply(matrix, flat), points[:, 2] * scale])


def _levels(picture: np.ndarray) -> tuple[np.ndarray, ...]:
    """The picture in Lab, then halved, and halved again."""
    found = [cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)]
    for _ in range(2):
        height, width = found[-1].shape[:2]
        found.append(cv2.resize(found[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA))
    return tuple(found)


def _seen(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Which triangles, bool (T,), face the camera, and not too flatly."""
    first, second, third = (points[corners[:, number]] for number in range(3))
    normals = np.cross(second - first, third - first)
    return normals[:, 2] > _FLATTEST * np.linalg.norm(normals, axis=1).clip(1e-9)


def _bare(picture: np.ndarray, points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Which triangles, bool (T,), are in their middle and at two of their corners of the colour of most of the face's
    area: no hair, no background.
    """
    flat = points[:, :2]
    places = np.concatenate([flat[corners].mean(axis=1), flat]).astype(int).clip(0, len(picture) - 1)
    smooth = cv2.GaussianBlur(picture, (0, 0), len(picture) / 150)
    colours = smooth[places[:, 1], places[:, 0]].astype(np.float64)
    areas = turns(points, corners).clip(0)
    off = colours - np.array([_median(channel[: len(corners)], areas) for channel in colours.T])
    skin = (off[:, 0] > -_DARKER) & (off[:, 0] < _BRIGHTER) & (np.linalg.norm(off[:, 1:], axis=1) < _CHROMA)
    return skin[: len(corners)] & (skin[len(corners) :][corners].sum(axis=1) >= 2)


def _within(flat: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Which triangles, bool (T,), are between brows and lips, by points (468, 2) as seen from the front: what is not
    bare there is a feature.
    """
    outline = cv2.convexHull(flat[FEATURES].astype(np.float32))
    middles = flat[corners].mean(axis=1)
    return np.array([cv2.pointPolygonTest(outline, (float(x), float(y)), False) >= 0 for x, y in middles])


def _median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _forehead(flat: np.ndarray, corners: np.ndarray, bare: np.ndarray) -> float:
    """How much of the forehead is bare, 0 to 1, by points (468, 2) as seen from the front: where hair hangs down."""
    above = flat[corners, 1].mean(axis=1) < flat[BROWS, 1].min()
    areas = turns(flat, corners).clip(0) * above
    return float((areas * bare).sum() / max(areas.sum(), 1e-6))
