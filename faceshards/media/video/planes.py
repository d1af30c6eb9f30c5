"""The planes of a picture as arrays: of a decoded one, and of one that is handed over as planes (I420)."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane

# Pictures whose planes are bytes.
_BYTES = {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "gbrp"}


def planes_of(picture: VideoFrame) -> list[np.ndarray] | None:
    """Its three planes, uint8 (rows, columns) each, in the picture's own memory; None for one that has no such."""
    if picture.format.name not in _BYTES:
        return None
    return views(picture)


def views(picture: VideoFrame, channels: int = 1) -> list[np.ndarray]:
    """The planes of a picture of bytes, `channels` in each pixel: uint8 (rows, columns * channels), in its own memory,
    without the padding behind each row.
    """
    return [_view(plane, channels) for plane in picture.planes]


def _view(plane: VideoPlane, channels: int) -> np.ndarray:
    row, width, height = plane.line_size, plane.width * channels, plane.height
    whole = np.frombuffer(plane, np.uint8).reshape(-1, row)  # type: ignore[call-overload]
    return whole if whole.shape == (height, width) else whole[:height, :width]


def split(picture: np.ndarray) -> list[np.ndarray]:
    """Y (H, W), Cb and Cr (H / 2, W / 2), views of a picture uint8 (3 H / 2, W), H and W even, in which they follow one
    another: FFmpeg's yuv420p without padding, OpenCV's I420.
    """
    rows, width = picture.shape
    height = rows * 2 // 3
    luma, rest = picture[:height], picture[height:].reshape(2, height // 2, width // 2)
    return [luma, rest[0], rest[1]]


def cut(picture: VideoFrame, box: tuple[int, int, int, int]) -> VideoFrame:
    """The part x1 y1 x2 y2 of a picture that has `planes_of`, a copy; x1 and y1 are even."""
    left, top, right, bottom = box
    part = VideoFrame(right - left, bottom - top, picture.format.name)
    part.colorspace, part.color_range = picture.colorspace, picture.color_range
    for own, plane in zip(planes_of(picture) or (), planes_of(part) or (), strict=True):
        down, across = (
            -(-whole // some) for whole, some in zip((picture.height, picture.width), own.shape, strict=True)
        )
        y, x = top // down, left // across
        plane[:] = own[y : y + plane.shape[0], x : x + plane.shape[1]]
    return part
