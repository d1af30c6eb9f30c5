"""Decoded pictures become RGB arrays: colours by their tags, scaled, upright."""

from __future__ import annotations

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from faceshards.errors import ClipError
from faceshards.media.rotation import upright

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class Painter:
    """Turns decoded pictures into RGB arrays, with one scaler for all of them.

    Full-range RGB by the matrix and range that the picture's tags name; untagged pictures are BT.601 in limited range,
    as in FFmpeg and what is built on it. Scaling is bilinear, in the calling thread, by way of planes (gbrp): where it
    scales, FFmpeg's path to packed rgb24 is slower and one to two levels too dark (`bench/stream/floor.py`). `size`
    (width, height) is that of the upright picture; `rotation`: degrees clockwise that take it there.
    """

    def __init__(self, size: tuple[int, int] | None, rotation: int = 0) -> None:
        self._size, self._rotation = size, rotation
        self._own: tuple[int, int] | None = None
        self._scaler = VideoReformatter()

    def shape(self, picture: VideoFrame) -> tuple[int, int, int]:
        """Rows, columns and channels of a picture as it will be painted."""
        width, height = self._size or upright(picture.width, picture.height, self._rotation)
        return height, width, 3

    def paint(self, picture: VideoFrame, out: np.ndarray) -> None:
        """Paints a picture into uint8 (H, W, 3) RGB. Raises ClipError `mixed-sizes` where it is not as large as the
        first.
        """
        own = (picture.width, picture.height)
        self._own = self._own or own
        if own != self._own:
            raise ClipError("mixed-sizes", f"the picture's size changes from {self._own} to {own}")
        if not self._rotation:
            self._scale(picture, out)
            return
        width, height = upright(out.shape[1], out.shape[0], self._rotation)
        lying = np.empty((height, width, 3), np.uint8)
        self._scale(picture, lying)
        cv2.rotate(lying, _TURNS[self._rotation], out)

    def _scale(self, picture: VideoFrame, out: np.ndarray) -> None:
        height, width, _ = out.shape
        layout = "rgb24" if (width, height) == (picture.width, picture.height) else "gbrp"
        painted = self._scaler.reformat(
            picture, width, height, layout, interpolation="BILINEAR", dst_color_range="JPEG", threads=1
        )
        rows = [np.frombuffer(one, np.uint8).reshape(height, one.line_size) for one in painted.planes]  # type: ignore[call-overload]
        if layout == "rgb24":
            out.reshape(height, width * 3)[:] = rows[0][:, : width * 3]  # behind it there may be padding
        else:
            green, blue, red = (plane[:, :width] for plane in rows)
            cv2.merge([red, green, blue], out)
