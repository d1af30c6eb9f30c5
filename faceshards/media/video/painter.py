"""Decoded pictures become arrays: the part that is asked for, scaled, upright, in RGB or as planes."""

from __future__ import annotations

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from faceshards.errors import ClipError
from faceshards.media.geometry import upright
from faceshards.media.video.colour import black_of, planes_matrix
from faceshards.media.video.framing import Box, Framing, painted
from faceshards.media.video.planes import cut, planes_of, split
from faceshards.media.video.scaler import Scaler

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class Painter:
    """Paints the pictures of one clip, all of one size.

    `framing` says what is shown of the upright picture. RGB is of full range, by the matrix and range that the tags
    name; untagged pictures are BT.601 in limited range, as in FFmpeg and what is built on it. Planes are handed over in
    their own matrix and range. The filter goes by the ratio: see `media.video.scaler`. `rotation`: degrees clockwise
    that make a decoded picture stand upright.
    """

    def __init__(self, framing: Framing, rotation: int = 0) -> None:
        self._framing, self._rotation = framing, rotation
        self._own: tuple[int, int] | None = None
        self._scaler, self._planar = Scaler(), VideoReformatter()
        self._shape: tuple[int, ...] = ()
        #: What takes the planes that were painted last to RGB: see `media.video.colour.planes_matrix`.
        self.matrix = planes_matrix(None)

    def shape(self, picture: VideoFrame) -> tuple[int, ...]:
        """That of a picture as it will be painted: `framing.painted`."""
        if not self._shape:
            own = (picture.width, picture.height)
            size = self._framing.shown(upright(*own, self._rotation) if self._rotation else own)
            self._shape = painted(size, self._framing.pixel)
        return self._shape

    def paint(self, picture: VideoFrame, out: np.ndarray) -> None:
        """Paints a picture into `out`, uint8 of its `shape`. Raises ClipError `mixed-sizes` where it is not as large as
        the first, `bad-column` where the box shows nothing of it.
        """
        own = (picture.width, picture.height)
        if self._own is None:
            self._own, self._place = own, self._framing.place(own, self._rotation)
        if own != self._own:
            raise ClipError("mixed-sizes", f"the picture's size changes from {self._own} to {own}")
        whole = [out] if self._framing.pixel == "rgb" else split(out)
        lying = whole if not self._rotation else [_turned(one, self._rotation) for one in whole]
        self._paint(self._part(picture), lying)
        for one, upon in zip(lying, whole, strict=True):
            if self._rotation:
                cv2.rotate(one, _TURNS[self._rotation], upon)

    def _paint(self, picture: VideoFrame, lying: list[np.ndarray]) -> None:
        target, black = self._place.target, [0]
        if self._framing.pixel != "rgb":
            self.matrix = planes_matrix(picture)
            black = black_of(self.matrix)
        if target != (0, 0, *self._place.size):
            for one, level in zip(lying, black, strict=True):
                one[:] = level
            lying = [_within(one, target, self._place.size) for one in lying]
        if self._framing.pixel == "rgb":
            self._scaler.rgb(picture, lying[0])
        else:
            self._scaler.planes(picture, lying)

    def _part(self, picture: VideoFrame) -> VideoFrame:
        """What is shown of a picture."""
        if self._place.source == (0, 0, picture.width, picture.height):
            return picture
        if planes_of(picture) is None:
            picture = self._planar.reformat(picture, format="gbrp", dst_color_range="JPEG", threads=1)
        return cut(picture, self._place.source)


def _turned(picture: np.ndarray, rotation: int) -> np.ndarray:
    """Room for a picture (H, W, ...) before it is turned."""
    height, width = picture.shape[:2]
    return np.empty((*upright(height, width, rotation), *picture.shape[2:]), np.uint8)


def _within(plane: np.ndarray, box: Box, size: tuple[int, int]) -> np.ndarray:
    """The part of a plane where the box stands in a picture of `size`."""
    across, down = size[0] // plane.shape[1], size[1] // plane.shape[0]
    left, top, right, bottom = box
    return plane[top // down : bottom // down, left // across : right // across]
