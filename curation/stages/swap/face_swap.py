"""Another face onto a face: bent onto its five points, matched in colour, blended in by Poisson's equation.

frame -> place -> bend the source -> match colours -> Poisson -> paste within the mask, soft at its edge
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from faceshards.curation.stages.swap.face_warp import affine, bend
from faceshards.media.geometry import ARCFACE_112, apply, similarity, warp

#: The side of a source picture in pixels, and where its face's five points are to be.
_SIDE = 320
_POSE = (ARCFACE_112 + np.array([24.0, 30.0])) * (_SIDE / 160)
#: The mask in the ArcFace template's pixels: rounded, from above the brows to the chin, within the cheeks.
_TURN = np.linspace(0, 2 * np.pi, 48, endpoint=False)
_OUTLINE = np.stack(
    [
        56.5 + 36 * np.sign(np.cos(_TURN)) * np.abs(np.cos(_TURN)) ** 0.85,
        73.0 + 45 * np.sign(np.sin(_TURN)) * np.abs(np.sin(_TURN)) ** 0.9,
    ],
    axis=1,
)
#: Poisson's equation is solved at this size: what it adds is smooth, and is enlarged.
_SMALL = 112
#: The mask's outermost pixels, at that size, keep the gradients of the frame, so that the seam is not in sight.
_RIM = 3
#: Most that the blend may add to a value of 0..255; hair at the mask's edge would else glow far into the face.
_MOST = 25.0
#: Width of the mask's soft edge, in distances of the eyes.
_EDGE = 0.16
#: Half the side of a face's box, in distances of the eyes.
_BOX = 1.4
#: A face whose eyes are nearer, in pixels, or that is seen more edge-on, is left alone.
_LEAST_EYES, _LEAST_AREA = 10.0, 0.25


@dataclass(frozen=True)
class SourceFace:
    """A face to swap in: `picture` uint8 (S, S, 3) RGB, upright, and its five `points` (5, 2) in it; any one is as
    `fit` as another.
    """

    name: str
    picture: np.ndarray
    points: np.ndarray
    fit: float = 1.0

    @property
    def portrait(self) -> tuple[np.ndarray, np.ndarray]:
        """The picture, and the face's box in it."""
        reach = _BOX * np.linalg.norm(self.points[1] - self.points[0])
        middle = self.points.mean(axis=0)
        return self.picture, np.concatenate([middle - reach, middle + reach])

    @classmethod
    def cut(cls, name: str, frame: np.ndarray, points: np.ndarray) -> SourceFace:
        """The face with these five points (5, 2) in a frame; where it leaves the frame, the edge is repeated."""
        own = np.asarray(points, np.float64)
        room = int(4 * np.linalg.norm(own[1] - own[0])) + 8
        wide = cv2.copyMakeBorder(frame, room, room, room, room, cv2.BORDER_REPLICATE)
        matrix = similarity(own + room, _POSE)
        return cls(name, warp(wide, matrix, (_SIDE, _SIDE)), apply(matrix, own + room))


@dataclass(frozen=True)
class Swapped:
    """A frame with another face, and the mask (H, W) outside of which no pixel has changed."""

    frame: np.ndarray
    mask: np.ndarray


def swap_face(frame: np.ndarray, points: np.ndarray, source: SourceFace) -> Swapped:
    """Puts `source` onto the face whose five points (5, 2) are given, in a copy of `frame`, uint8 (H, W, 3).

    A face that is too small, seen edge-on or outside of the frame is left as it is: the mask is then empty.
    """
    own = np.asarray(points, np.float64)
    region = _Region.of(frame, own)
    swapped, mask = frame.copy(), np.zeros(frame.shape[:2], bool)
    if region is not None:
        theirs = frame[region.inside]
        ours, within = region.rendered(theirs, own, source)
        swapped[region.inside], mask[region.inside] = ours, within
    return Swapped(swapped, mask)


@dataclass(frozen=True)
class _Region:
    """The part of the frame that holds the mask; it may reach beyond the frame.

    `x`, `y` of its corner, `outline` (N, 2) of the mask in its own pixels, `eyes` their distance, `inside` the rows
    and columns of the frame that it covers.
    """

    x: int
    y: int
    width: int
    height: int
    outline: np.ndarray
    eyes: float
    inside: tuple[slice, slice]

    @classmethod
    def of(cls, frame: np.ndarray, points: np.ndarray) -> _Region | None:
        """The region of a face, None for one that is left alone."""
        eyes = float(np.linalg.norm(points[1] - points[0]))
        place = affine(ARCFACE_112, points)
        scale = np.linalg.norm(similarity(ARCFACE_112, points)[:, 0]) if eyes >= _LEAST_EYES else 0.0
        if not scale or np.linalg.det(place[:, :2]) < _LEAST_AREA * scale**2:
            return None
        outline = apply(place, _OUTLINE)
        x, y = (int(v) for v in np.floor(outline.min(axis=0)) - 2)
        width, height = (int(v) for v in np.ceil(outline.max(axis=0)) + 2 - [x, y])
        rows, columns = slice(max(0, y), max(0, y + height)), slice(max(0, x), max(0, x + width))
        if not frame[rows, columns].size:
            return None
        return cls(x, y, width, height, outline - [x, y], eyes, (rows, columns))

    def rendered(self, theirs: np.ndarray, points: np.ndarray, source: SourceFace) -> tuple[np.ndarray, np.ndarray]:
        """The part of the region inside of the frame, with the new face in the mask, and the mask there."""
        seen_rows = slice(max(0, -self.y), max(0, -self.y) + theirs.shape[0])
        seen_columns = slice(max(0, -self.x), max(0, -self.x) + theirs.shape[1])
        under = self._padded(theirs)
        over = cv2.remap(
            source.picture,
            *bend(points, source.points, (self.x, self.y), (self.width, self.height)),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        mask = np.zeros((self.height, self.width), np.uint8)
        cv2.fillPoly(mask, [np.floor(self.outline).astype(np.int32)], 255)
        over = blended(over, under, mask)
        edge = cv2.distanceTransform(mask, cv2.DIST_L2, 3) / max(1.0, _EDGE * self.eyes)
        share = np.minimum(edge, 1)[..., None]
        mixed = np.rint(under * (1 - share) + over * share).astype(np.uint8)
        return mixed[seen_rows, seen_columns], mask[seen_rows, seen_columns] > 0

    def _padded(self, theirs: np.ndarray) -> np.ndarray:
        """The frame's part of the region, its edges repeated where the region leaves the frame."""
        top, left = max(0, -self.y), max(0, -self.x)
        bottom, right = self.height - top - theirs.shape[0], self.width - left - theirs.shape[1]
        return cv2.copyMakeBorder(theirs, top, bottom, left, right, cv2.BORDER_REPLICATE)


def blended(over: np.ndarray, under: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """`over` in the colours of `under`, float32 (H, W, 3), so that both meet at the border of the mask, uint8 0 or 255.

    Within the mask `over` keeps its gradients (Pérez et al. 2003).
    """
    height, width = mask.shape
    scale = min(1.0, _SMALL / max(height, width))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small_over, small_under = (cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in (over, under))
    small_mask = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
    small_mask[[0, -1], :] = small_mask[:, [0, -1]] = 0
    match = _ColourMatch.of(small_over, small_under, small_mask)
    added = _poisson(match.of_picture(small_over), small_under, small_mask)
    added = _MOST * np.tanh(added / _MOST)
    return (match.of_picture(over) + cv2.resize(added, (width, height), interpolation=cv2.INTER_CUBIC)).clip(0, 255)


def _poisson(over: np.ndarray, under: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """What Poisson blending adds to `over`, float32 (H, W, 3).

    The blend has the gradients of `over` where both pixels are well in the mask, else those of `under`, and meets
    `under` at the picture's border. Less `under` it is zero there, and so a sum of sines, in which the equation is a
    division: what `cv2.seamlessClone` solves, which takes five times as long and rounds to 8 bits.
    """
    from scipy.fft import dstn, idstn  # half a second, which no command waits for that only lists the stages

    apart, inside = (
        over.astype(np.float32) - under,
        cv2.erode(mask, np.ones((2 * _RIM + 1, 2 * _RIM + 1), np.uint8)) > 0,
    )
    right = np.diff(apart, axis=1) * (inside[:, 1:] & inside[:, :-1])[..., None]
    down = np.diff(apart, axis=0) * (inside[1:] & inside[:-1])[..., None]
    divergence = np.diff(right, axis=1)[1:-1] + np.diff(down, axis=0)[:, 1:-1]
    height, width = divergence.shape[:2]
    waves = _curvature(height)[:, None] + _curvature(width)
    solved = idstn(dstn(divergence, type=1, axes=(0, 1)) / waves[..., None], type=1, axes=(0, 1))
    return np.pad(solved, ((1, 1), (1, 1), (0, 0))) - apart


def _curvature(size: int) -> np.ndarray:
    """Of the sines of DST-I, their second difference over themselves, float32 (size,)."""
    return (2 * np.cos(np.pi * np.arange(1, size + 1) / (size + 1)) - 2).astype(np.float32)


@dataclass(frozen=True)
class _ColourMatch:
    """Mean and spread of one picture's colours brought to another's, in CIE Lab (Reinhard et al. 2001).

    The spread changes by 15 % at most: a face lit from the side must not turn a flatly lit one into a mask.
    """

    mean: np.ndarray
    gain: np.ndarray
    wanted: np.ndarray

    @classmethod
    def of(cls, over: np.ndarray, under: np.ndarray, mask: np.ndarray) -> _ColourMatch:
        """The match of two pictures where the mask, uint8, is not 0."""
        if not mask.any():
            return cls(np.zeros(3), np.ones(3), np.zeros(3))
        lab = [cv2.cvtColor(picture, cv2.COLOR_RGB2LAB) for picture in (over, under)]
        (ours, our_spread), (theirs, their_spread) = (cv2.meanStdDev(one, mask=mask) for one in lab)
        gain = (their_spread / np.maximum(our_spread, 1)).clip(0.85, 1.15)
        return cls(ours[:, 0], gain[:, 0], theirs[:, 0])

    def of_picture(self, picture: np.ndarray) -> np.ndarray:
        """The picture in the new colours."""
        values = (np.arange(256)[:, None] - self.mean) * self.gain + self.wanted
        table = values.round().clip(0, 255).astype(np.uint8)  # (256, 3): what becomes of each value
        lab = cv2.LUT(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB), table[:, None])
        return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
