"""Another face onto a face, triangle by triangle of its mesh, in the light and the colours of the face that was there.

points -> triangles, far ones first -> where each pixel comes from -> the source's pixels -> light -> mixed, soft edge

What is seen through the lips and the lids stays: teeth, tongue, blinks and gaze are those of the clip.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from faceshards.curation.stages.swap.face_swap import Swapped
from faceshards.curation.stages.swap.mesh_source import MeshSource, width_of
from faceshards.curation.stages.swap.triangles import OPENINGS, filled, turns

#: The mask and where its pixels come from are drawn with the face so wide, in pixels; both are enlarged.
_DRAWN = 96
#: Light is compared with the face so wide.
_LIGHT = 40
#: In widths of the face: how far light reaches (a Gaussian's sigma), the soft edge of the face, that of an opening.
_SIGMA, _EDGE, _RIM = 0.12, 0.08, 0.012
#: What the source's detail may be multiplied by to be as strong as the frame's.
_GAINS = (0.5, 1.1)
#: Fractions of a pixel in which OpenCV draws corners: 1/16.
_SHIFT = 4


@dataclass(frozen=True)
class _Region:
    """The part of a frame that holds a face: its `rows` and `columns`; `scale` pixels are drawn for one of the frame's,
    (w, h) of them; `width` of the face in the frame's pixels.
    """

    rows: slice
    columns: slice
    size: tuple[int, int]
    scale: np.ndarray
    width: float

    @classmethod
    def of(cls, shape: tuple[int, ...], points: np.ndarray) -> _Region | None:
        """That of a face's points (468, 3) in a frame of a shape; None where no pixel of it is in the frame."""
        width, flat = width_of(points), points[:, :2]
        low = np.maximum(np.floor(flat.min(axis=0)) - 2, 0).astype(int)
        high = np.minimum(np.ceil(flat.max(axis=0)) + 2, shape[1::-1]).astype(int)
        if (high - low < 8).any():
            return None
        size = np.ceil((high - low) * min(1.0, _DRAWN / width)).astype(int)
        return cls(slice(low[1], high[1]), slice(low[0], high[0]), (size[0], size[1]), size / (high - low), width)

    @property
    def corner(self) -> np.ndarray:
        """The frame's pixel with which it begins, x and y."""
        return np.array([self.columns.start, self.rows.start])

    @property
    def full(self) -> tuple[int, int]:
        """Width and height in the frame's pixels."""
        return self.columns.stop - self.columns.start, self.rows.stop - self.rows.start

    def drawn(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 2) of the frame where OpenCV draws them: from the first pixel's centre, int32."""
        return np.rint(((points - self.corner) * self.scale - 0.5) * 2**_SHIFT).astype(np.int32)


def swap_mesh(frame: np.ndarray, points: np.ndarray, source: MeshSource) -> Swapped:
    """Puts `source` onto the face with these points (468, 3), in a copy of `frame`, uint8 (H, W, 3) RGB. A face outside
    of the frame is left as it is: the mask is then empty.
    """
    swapped, mask = frame.copy(), np.zeros(frame.shape[:2], bool)
    points = np.asarray(points, np.float64)
    flat, region = points[:, :2], _Region.of(frame.shape, points)
    if region is None:
        return Swapped(swapped, mask)
    inside = region.rows, region.columns
    drawn = _drawn_triangles(region, points, source)
    face = filled(source.kept[drawn] & (drawn >= 0) & _facing(flat, source)[drawn])
    open_ = _openings(region, flat)
    share = _share(region, face, open_)
    under = frame[inside]
    over = _lit(region, _texture(region, drawn, flat, source), under, face * (open_ < 0.5))
    wide = cv2.resize(share, region.full, interpolation=cv2.INTER_LINEAR)
    swapped[inside] = cv2.blendLinear(over, np.ascontiguousarray(under), wide, 1 - wide)
    mask[inside] = wide > 0
    return Swapped(swapped, mask)


def _facing(flat: np.ndarray, source: MeshSource) -> np.ndarray:
    """Which triangles, bool (T,), face the camera."""
    return turns(flat, source.triangles) > 0


def _drawn_triangles(region: _Region, points: np.ndarray, source: MeshSource) -> np.ndarray:
    """The number of the nearest triangle in each pixel, int32 (h, w), -1 where there is none. Those that face away are
    drawn first, so that they show only where no other one is.
    """
    depth = points[source.triangles, 2].mean(axis=1)
    order = np.lexsort([-depth, _facing(points[:, :2], source)])
    corners = region.drawn(points[:, :2])[source.triangles[order]]
    drawn = np.full(region.size[::-1], -1, np.int32)
    for number, triangle in zip(order.tolist(), corners, strict=True):
        cv2.fillConvexPoly(drawn, triangle, number, cv2.LINE_8, _SHIFT)
    return drawn


def _openings(region: _Region, flat: np.ndarray) -> np.ndarray:
    """How far each pixel is within lips or lids, float32 (h, w), 0 to 1, soft at the rim."""
    within = np.zeros(region.size[::-1], np.float32)
    for ring in OPENINGS:
        cv2.fillPoly(within, [region.drawn(flat[ring])], 1.0, cv2.LINE_8, _SHIFT)
    return cv2.GaussianBlur(within, (0, 0), max(0.5, _RIM * region.width * float(region.scale[0])))


def _share(region: _Region, face: np.ndarray, open_: np.ndarray) -> np.ndarray:
    """How much of the new face each pixel takes, float32 (h, w), 0 to 1."""
    edge = _EDGE * region.width * float(region.scale[0])
    within = cv2.distanceTransform(face, cv2.DIST_L2, 3)
    within = np.clip((within - 1) / edge, 0, 1)
    return within * within * (3 - 2 * within) * (1 - open_)


def _texture(region: _Region, drawn: np.ndarray, flat: np.ndarray, source: MeshSource) -> np.ndarray:
    """The source's pixels in the place of the frame's, CIE Lab, uint8 (H, W, 3)."""
    picture, onto = source.level(region.width)
    maps = _affine(flat - region.corner, onto[:, :2] - 0.5, source.triangles)[drawn]
    x = ((np.arange(region.size[0]) + 0.5) / region.scale[0]).astype(np.float32)
    y = ((np.arange(region.size[1]) + 0.5) / region.scale[1]).astype(np.float32)[:, None]
    places = maps[..., 0, :] * x[:, None] + maps[..., 1, :] * y[..., None] + maps[..., 2, :]
    places = cv2.resize(places, region.full, interpolation=cv2.INTER_LINEAR)
    return cv2.remap(picture, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _affine(source: np.ndarray, target: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Of each triangle, the map that takes `source` (N, 2) to `target` (N, 2), float32 (T, 3, 2): what x, y, 1 add."""
    first = source[corners[:, 0]]
    (ax, ay), (bx, by) = (source[corners[:, 1]] - first).T, (source[corners[:, 2]] - first).T
    area = ax * by - ay * bx
    area = np.where(np.abs(area) < 1e-3, 1e-3, area)[:, None]
    start = target[corners[:, 0]]
    along, across = target[corners[:, 1]] - start, target[corners[:, 2]] - start
    by_x = (along * by[:, None] - across * ay[:, None]) / area
    by_y = (across * ax[:, None] - along * bx[:, None]) / area
    return np.stack([by_x, by_y, start - first[:, :1] * by_x - first[:, 1:] * by_y], axis=1).astype(np.float32)


def _lit(region: _Region, over: np.ndarray, under: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """`over`, in Lab, in the light and the tone of `under`, RGB: what is smooth in one is exchanged for that of the
    other, where pixels are `shown` (h, w), and detail is made as strong. RGB, uint8 (H, W, 3).
    """
    scale = _LIGHT / region.width
    size = max(4, round(region.full[0] * scale)), max(4, round(region.full[1] * scale))
    weight = cv2.resize(shown.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    theirs = cv2.cvtColor(cv2.resize(under, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB).astype(np.float32)
    ours = cv2.resize(over, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    low, their_low = (_smooth(one, weight) for one in (ours, theirs))
    gain = _strengths(theirs - their_low, weight) / np.maximum(_strengths(ours - low, weight), 1e-3)
    gain = np.clip(gain, *_GAINS)[[0, 1, 1]]
    light = cv2.resize(their_low - gain * low, region.full, interpolation=cv2.INTER_LINEAR)
    table = np.arange(256, dtype=np.float32)[:, None, None] * gain.astype(np.float32)
    lit = cv2.add(cv2.LUT(over, table.reshape(1, 256, 3)), light, dtype=cv2.CV_8U)
    return cv2.cvtColor(lit, cv2.COLOR_LAB2RGB)


def _smooth(picture: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The Gaussian mean of a picture (h, w, 3) where `weight` (h, w) is."""
    both = cv2.GaussianBlur(np.dstack([picture * weight[..., None], weight]), (0, 0), _SIGMA * _LIGHT)
    return both[..., :3] / (both[..., 3:] + 1e-3)


def _strengths(detail: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The spread of a picture's lightness, and of its a and b, about what is smooth in them: (2,)."""
    squares = (np.square(detail) * weight[..., None]).sum(axis=(0, 1)) / (weight.sum() + 1e-3)
    return np.sqrt([squares[0], squares[1] + squares[2]])
