"""Which part of a picture is shown, how large, and in which pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceshards.errors import ClipError
from faceshards.media.geometry import Fit, Pixel, apply, crop_matrix, letterbox_matrix, upright

Box = tuple[int, int, int, int]


def painted(size: tuple[int, int], pixel: Pixel) -> tuple[int, ...]:
    """The shape of a picture of `size` (width, height): (H, W, 3) RGB, or (3 H / 2, W) planes (`planes.split`)."""
    width, height = size
    return (height, width, 3) if pixel == "rgb" else (height * 3 // 2, width)


@dataclass(frozen=True)
class Placement:
    """Part `source` of a decoded picture stands at `target` in one of `size` (width, height), black elsewhere.

    Boxes are x1 y1 x2 y2 in pixels; they begin at even ones, so that chroma stays in its place.
    """

    source: Box
    target: Box
    size: tuple[int, int]


@dataclass(frozen=True)
class Framing:
    """`size` (width, height); without one that of the part. `box`: the part, x1 y1 x2 y2 in pixels of the upright
    picture, by default all of it; where it leaves the picture there is black. Both are brought to whole pixels.
    """

    size: tuple[int, int] | None = None
    fit: Fit = "squash"
    box: tuple[float, float, float, float] | None = None
    pixel: Pixel = "rgb"

    def shown(self, own: tuple[int, int]) -> tuple[int, int]:
        """Width and height of what becomes of an upright picture of `own` size."""
        if self.size is not None:
            return self.size
        width, height = own
        if self.box is not None:
            low, high = self._part(own).reshape(2, 2)
            width, height = np.maximum(2 * np.round((high - low) / 2), 2).astype(int).tolist()
        return (width // 2 * 2, height // 2 * 2) if self.pixel == "yuv420" else (width, height)

    def place(self, lying: tuple[int, int], rotation: int) -> Placement:
        """Where a decoded picture of size `lying` (width, height) goes that is turned so many degrees clockwise
        afterwards. Raises ClipError `bad-column` where nothing of the box is within the picture.
        """
        own = upright(*lying, rotation) if rotation else lying
        size = self.shown(own)
        if self.box is None and self.fit == "squash" and not rotation and (self.size or size == own):
            return Placement((0, 0, *own), (0, 0, *size), size)
        part = self._part(own)
        if self.size is None and self.box is None:
            part = np.array([0, 0, *size], float)  # of an odd side 4:2:0 leaves the last pixel out
        part, matrix = self._fitted(part, size)
        inside = np.clip(part.reshape(2, 2), 0, own)
        seen = apply(matrix, inside).ravel()
        source = _even(_lying(inside.ravel(), own, rotation), lying)
        target = _even(_lying(seen, size, rotation), upright(*size, rotation))
        if min(source[2] - source[0], source[3] - source[1], target[2] - target[0], target[3] - target[1]) < 1:
            raise ClipError("bad-column", f"the box {self.box} shows nothing of a picture of {own[0]}x{own[1]}")
        return Placement(source, target, upright(*size, rotation))

    def _part(self, own: tuple[int, int]) -> np.ndarray:
        part = np.array([0, 0, *own] if self.box is None else self.box, np.float64)
        if not (np.isfinite(part).all() and (part[2:] > part[:2]).all()):
            raise ClipError("bad-column", f"the box {self.box} is none: x1 y1 x2 y2 in pixels, x1 < x2 and y1 < y2")
        return part

    def _fitted(self, part: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """The part that is shown, and the matrix (2, 3) that takes it to its place."""
        low, high = part.reshape(2, 2)
        if self.fit == "letterbox":
            matrix = letterbox_matrix(tuple(high - low), size)
            return part, np.column_stack([matrix[:, :2], matrix[:, 2] - matrix[:, :2] @ low])
        if self.fit == "crop":
            sides = np.array(size) * ((high - low) / size).min()
            middle = (low + high) / 2
            part = np.concatenate([middle - sides / 2, middle + sides / 2])
        return part, crop_matrix(part, size)


def _lying(box: np.ndarray, own: tuple[int, int], rotation: int) -> np.ndarray:
    """A box (4,) of an upright picture of `own` size, in the picture before it was turned clockwise."""
    (left, top, right, bottom), (width, height) = box, own
    turned = {
        0: (left, top, right, bottom),
        90: (top, width - right, bottom, width - left),
        180: (width - right, height - bottom, width - left, height - top),
        270: (height - bottom, left, height - top, right),
    }
    return np.array(turned[rotation])


def _even(box: np.ndarray, own: tuple[int, int]) -> Box:
    """The box (4,) at even pixels, or at the picture's own end."""
    low, high = 2 * np.round(np.asarray(box).reshape(2, 2) / 2).astype(int)
    ends = np.where(box[2:] > np.array(own) - 1, own, np.maximum(high, low + 2))
    return int(low[0]), int(low[1]), int(min(ends[0], own[0])), int(min(ends[1], own[1]))
