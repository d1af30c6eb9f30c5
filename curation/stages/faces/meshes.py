"""Faces by MediaPipe's networks: BlazeFace finds them, the face mesh follows each."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import cv2
import numpy as np

from faceshards.curation.stages.faces.finder import SAME_FACE, Looked, distinct, joined, large
from faceshards.media.geometry import apply, invert, iou, warp
from faceshards.models.detections import Detections, Floats, Frame
from faceshards.models.nets.boxes import moved
from faceshards.models.sessions.blazeface import LEFT_EYE, RIGHT_EYE, BlazeFace
from faceshards.models.sessions.face_mesh import EYES, MESH_SIDE, FaceMesh, angle_of, roi_matrix

# How far a square about a face reaches beyond its box (MediaPipe's graph face_landmark_landmarks_to_roi).
_REACH = 1.5
# How sure the mesh must be that it sees a face.
_LEAST = 0.5
# What MTCNN calls a face: the box about all points of the mesh with each edge moved by so many of its widths, heights.
# The median of 660 frames of 21 real clips, of a clip and then over clips, the same on the left and on the right.
_EDGES = np.array([0.012, -0.104, -0.012, -0.008], np.float32)
# That undone, in widths and heights of the box that it makes.
_BACK: Floats = (-_EDGES / np.tile(1 + _EDGES[2:] - _EDGES[:2], 2)).astype(np.float32)
# The full range network finds faces of 12 pixels and more of its 192: all of 33 real faces at that size, 94 % at 10.
_SMALLEST = 12
# A level of windows is so much finer than the one above it; neighbours share a quarter, so that a face that is too
# small for the level above is whole in one of them.
_FINER = 4
# A few pixels less than `_SMALLEST` are not worth another level.
_SLACK = 1.5
# The points of the mesh that MTCNN's five are the middle of: eye, eye, nose, corner, corner of the mouth.
_FIVE = (EYES[0], EYES[1], (1, 4), (61, 61), (291, 291))


class Meshes:
    """The mesh sees each face where it was in the frame before. BlazeFace looks for further ones where that is asked,
    on the frame in which a face is lost, and while none is in view; the mesh has to see a face there, too.

    The full range network looks at the whole frame and, where the smallest faces are too small in it, at windows of it;
    the short range one at frames in which it saw none. Faces whose longer side is less than `min_face` pixels are not
    looked for. Scores are the mesh's.
    """

    def __init__(self, near: BlazeFace, far: BlazeFace, mesh: FaceMesh, min_face: int) -> None:
        self._near, self._far, self._mesh, self._min_face = near, far, mesh, min_face

    def look(self, frame: Frame, before: Detections, everywhere: bool) -> Looked:
        """See `Finder.look`."""
        seen = self._seen(frame, moved(before.boxes, _BACK), before.points[:, :2])
        kept = seen.take(distinct(seen, seen.scores >= _LEAST))
        if len(before) and len(kept) == len(before) and not everywhere:
            return kept, np.zeros(len(kept), bool)
        found = self._new(frame, kept)
        return joined(kept, found), np.arange(len(kept) + len(found)) >= len(kept)

    def _new(self, frame: Frame, kept: Detections) -> Detections:
        """The faces of a frame that are none of those `kept`."""
        boxes, eyes = self._found(frame)
        free = iou(boxes, kept.boxes).max(axis=1, initial=0) < SAME_FACE
        # From the detector's square the mesh finds the face; from its own it sees it as it does in the next frame.
        seen = self._seen(frame, boxes[free], eyes[free])
        seen = self._seen(frame, moved(seen.boxes, _BACK), seen.points[:, :2])
        alive = seen.take(distinct(seen, seen.scores >= _LEAST))
        alive = alive.take(iou(alive.boxes, kept.boxes).max(axis=1, initial=0) < SAME_FACE)
        return large(alive, self._min_face)

    def _found(self, frame: Frame) -> tuple[Floats, Floats]:
        """What BlazeFace takes for faces in a frame: boxes (D, 4), and eyes (D, 2, 2), as seen; the surest first."""
        windows = list(_windows(frame.shape[1], frame.shape[0], self._min_face * self._far.side / _SMALLEST))
        found = [_detected(self._far, frame, window) for window in windows]
        if not any(len(scores) for _, _, scores in found):
            found = [_detected(self._near, frame, windows[0])]
        boxes, points, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
        order = np.argsort(-scores, kind="stable")
        return boxes[order], points[order][:, [RIGHT_EYE, LEFT_EYE]]

    def _seen(self, frame: Frame, boxes: Floats, eyes: Floats) -> Detections:
        """What the mesh sees in boxes about faces (D, 4), whose eyes (D, 2, 2) say how they are turned; as many rows,
        each with the score of the mesh.
        """
        matrices = [_square(box, *pair) for box, pair in zip(boxes, eyes, strict=True)]
        faces = [self._face(frame, matrix) for matrix in matrices]
        return Detections(*map(np.stack, zip(*faces, strict=True))) if faces else Detections.none()

    def _face(self, frame: Frame, matrix: np.ndarray) -> tuple[Floats, Floats, np.float32]:
        """Box (4,), points (5, 2) and score of the face that a matrix (2, 3) cuts out."""
        (mesh,), (score,) = self._mesh.run(warp(frame, matrix, (MESH_SIDE, MESH_SIDE))[None])
        places = apply(invert(matrix), mesh[:, :2]).astype(np.float32)
        around = np.concatenate([places.min(axis=0), places.max(axis=0)])
        return moved(around[None], _EDGES)[0], places[_FIVE, :].mean(axis=1), np.float32(score)


def _square(box: Floats, right: Floats, left: Floats) -> np.ndarray:
    """The matrix (2, 3) that cuts out an upright square about the box (4,) of a face with such eyes (2,)."""
    low, high = box.astype(np.float64).reshape(2, 2)
    side = max(1.0, float((high - low).max()) * _REACH)
    return roi_matrix((low + high) / 2, side, angle_of(right, left), MESH_SIDE)


def _windows(width: int, height: int, least: float) -> Iterator[tuple[int, int, int]]:
    """Squares of a frame, x, y and side: one about all of it, then ever finer ones that cover it, down to a side of
    about `least`.
    """
    side = float(max(width, height))
    yield 0, 0, ceil(side)
    while side > _SLACK * least:
        side = max(least, side / _FINER)
        whole = ceil(side)
        for y in _starts(height, whole):
            for x in _starts(width, whole):
                yield x, y, whole


def _starts(length: int, side: int) -> list[int]:
    """Where stretches of `side` begin that cover `length`, neighbours sharing a quarter of theirs or more."""
    rest = max(0, length - side)
    count = ceil(rest / (side * (1 - 1 / _FINER)))
    return [round(rest * number / max(1, count)) for number in range(count + 1)]


def _detected(net: BlazeFace, frame: Frame, window: tuple[int, int, int]) -> tuple[Floats, Floats, Floats]:
    """Boxes (D, 4), six points (D, 6, 2) and scores (D,) of the faces in a window of a frame, in the frame's pixels."""
    x, y, side = window
    part = frame[y : y + side, x : x + side]
    height, width = (max(1, round(length * net.side / side)) for length in part.shape[:2])
    canvas = np.zeros((1, net.side, net.side, 3), np.uint8)
    canvas[0, :height, :width] = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
    regressors, logits = net.run(canvas)
    boxes, points, scores = net.faces(regressors[0], logits[0])
    unit = np.array([part.shape[1] / width, part.shape[0] / height], np.float32)
    corner = np.array([x, y], np.float32)
    return boxes * np.tile(unit, 2) + np.tile(corner, 2), points * unit + corner, scores
