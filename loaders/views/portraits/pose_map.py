"""Points of persons, drawn as OpenPose and DWPose draw them: limbs in colours, the face as white dots."""

from __future__ import annotations

import colorsys

import cv2
import numpy as np

from faceshards.loaders.units.portrait.poses import FACE, Poses

#: OpenPose's limbs, as pairs of its body points 0-17: neck to shoulders, arms, legs, neck to nose, eyes, ears.
LIMBS = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 0),
    (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip
#: Of limbs and joints alike: 18 colours once round the circle of hues, RGB.
COLOURS = tuple(tuple(round(255 * one) for one in colorsys.hsv_to_rgb(hue / 18, 1, 1)) for hue in range(18))
#: In a picture of 512 pixels: half of a limb's width, a joint's radius, a dot's radius.
STICK, JOINT, DOT = 4.0, 4.0, 3.0
#: How much of its colour a limb has.
FAINT = 0.6
_BASE, _SHIFT, _CORNERS = 512, 4, 64
# It is drawn several times larger and averaged: OpenCV's own anti-aliasing makes dots of three pixels half as large
# again. What it fills reaches half a pixel beyond its edge.
_LARGE, _EDGE = 1024, 0.5


def pose_map(poses: Poses, side: int) -> np.ndarray:
    """uint8 (side, side, 3) RGB on black, anti-aliased: all rows of `poses`, whose points are in pixels of it.

    A limb is an ellipse from joint to joint; one whose ends are not both there is not drawn.
    """
    fine = min(4, max(1, round(_LARGE / side)))
    picture, scale = np.zeros((fine * side, fine * side, 3), np.uint8), fine * side / _BASE
    body = list(zip(fine * poses.points, poses.there(), strict=True))
    for points, there in body:
        for limb, colour in zip(LIMBS, COLOURS, strict=False):
            if there[list(limb)].all():
                first, last = points[list(limb)]
                _fill(picture, _ellipse(first, last, STICK * scale - _EDGE), [FAINT * one for one in colour])
    for points, there in body:
        for point, colour in zip(np.flatnonzero(there[:18]), np.array(COLOURS)[there[:18]], strict=True):
            _dot(picture, points[point], JOINT * scale - _EDGE, colour.tolist())
        for point in points[FACE][there[FACE]]:
            _dot(picture, point, DOT * scale - _EDGE, [255, 255, 255])
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)


def _ellipse(first: np.ndarray, last: np.ndarray, half_width: float) -> np.ndarray:
    """The corners (n, 2) of an ellipse whose long axis goes from one point to another."""
    along = (last - first) / 2
    length = np.hypot(*along) or 1.0
    across = np.array([-along[1], along[0]]) / length * half_width
    turn = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)[:, None]
    return (first + last) / 2 + np.cos(turn) * along + np.sin(turn) * across


def _fixed(value: np.ndarray | float) -> np.ndarray:
    """A place in OpenCV's fixed point, which counts from the first pixel's centre."""
    return np.round((np.asarray(value) - 0.5) * (1 << _SHIFT)).astype(np.int32)


def _fill(picture: np.ndarray, corners: np.ndarray, colour: list[float]) -> None:
    if np.abs(corners).max() < 1 << 16:  # OpenCV's fixed point ends there
        cv2.fillConvexPoly(picture, _fixed(corners), colour, cv2.LINE_8, _SHIFT)


def _dot(picture: np.ndarray, at: np.ndarray, radius: float, colour: list[float]) -> None:
    _fill(picture, at + _CIRCLE * radius, colour)


_TURN = np.linspace(0, 2 * np.pi, 24, endpoint=False)
_CIRCLE = np.column_stack([np.cos(_TURN), np.sin(_TURN)])
