"""Numbers as pictures: lines over time, and maps of many. Arrays in, uint8 RGB arrays out."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faceshards.viewer.drawing.drawing import FAINT, SCREEN, TEXT, TRACK_COLOURS, Picture, screen

#: cv2 takes fixed-point coordinates with this many fractional bits.
_SUBPIXEL = 4


def lines(values: NDArray[np.float64], frames: NDArray[np.int64], width: int = 640, height: int = 96) -> Picture:
    """Values (n, k) of some frames (n,), which rise: a line for each of the k, all on one scale from the least to the
    greatest, which are written at the left; where frames are left out, or a value is no number, the line breaks. Zero,
    where it is in reach, is faint.
    """
    picture = screen(width, height)
    finite = values[np.isfinite(values)]
    if not finite.size:
        return picture
    low, high = float(finite.min()), float(finite.max())
    span = high - low or 1.0
    x = (frames - frames.min()) / max(1, int(frames.max() - frames.min())) * (width - 1)
    if low < 0 < high:
        picture[round((high / span) * (height - 9)) + 4] = FAINT
    for number, line in enumerate(values.T):
        y = (high - line) / span * (height - 9) + 4
        for part in _unbroken(frames, np.isfinite(line)):
            places = np.stack([x[part], y[part]], axis=1) * (1 << _SUBPIXEL)
            colour = TRACK_COLOURS[number % len(TRACK_COLOURS)]
            path = places.round().astype(np.int32)
            if len(path) == 1:
                cv2.circle(
                    picture, (int(path[0, 0]), int(path[0, 1])), 1 << _SUBPIXEL, colour, -1, cv2.LINE_AA, _SUBPIXEL
                )
            cv2.polylines(picture, [path], False, colour, 1, cv2.LINE_AA, _SUBPIXEL)
    for value, bottom in ((high, 11), (low, height - 4)):
        cv2.putText(picture, f"{value:.3g}", (3, bottom), cv2.FONT_HERSHEY_SIMPLEX, 0.35, TEXT, 1, cv2.LINE_AA)
    return picture


def _unbroken(frames: NDArray[np.int64], there: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """The rows of each stretch of frames that follow each other, of those that are there; two rows of one frame are of
    two faces.
    """
    rows = np.flatnonzero(there)
    cuts = np.flatnonzero(np.diff(frames[rows]) != 1) + 1
    return [part for part in np.split(rows, cuts) if len(part)]


def heat(values: NDArray[np.float64], width: int = 640, height: int = 96, *, apart: bool = False) -> Picture:
    """Values (n, m) as colours, from the least to the greatest of all or, `apart`, of each row; the first row is at the
    top; a few rows are drawn as bands of 12 pixels.
    """
    if not values.size:
        return screen(width, height)
    known = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    low, high = (end(known, axis=1 if apart else None, keepdims=True) for end in (np.min, np.max))
    grey = ((known - low) / np.where(high > low, high - low, 1.0) * 255).astype(np.uint8)
    tall = min(height, 12 * len(grey))
    how = cv2.INTER_AREA if grey.shape[1] > width or len(grey) > tall else cv2.INTER_NEAREST
    colours = cv2.applyColorMap(cv2.resize(grey, (width, tall), interpolation=how), cv2.COLORMAP_VIRIDIS)
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_BGR2RGB), np.uint8)


def dots(frame: Picture, points: NDArray[np.float64]) -> Picture:
    """A copy of `frame` with points (n, 2), in its pixels, as dots: small where there are many. Points that are no
    numbers, or all zero, are left out.
    """
    drawn = np.ascontiguousarray(frame).copy()
    there = points[np.isfinite(points).all(axis=1) & (points != 0).any(axis=1)]
    side = min(drawn.shape[:2])
    radius = max(1.0, side / (420 if len(there) > 200 else 220))
    for x, y in np.clip((there - 0.5) * (1 << _SUBPIXEL), -(2**20), 2**20).round().astype(int).tolist():
        whole = round(radius * (1 << _SUBPIXEL))
        cv2.circle(drawn, (x, y), whole + (1 << (_SUBPIXEL - 1)), SCREEN, -1, cv2.LINE_AA, _SUBPIXEL)
        cv2.circle(drawn, (x, y), whole, TRACK_COLOURS[0], -1, cv2.LINE_AA, _SUBPIXEL)
    return drawn
