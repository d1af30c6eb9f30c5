"""A decoded picture at another size: the best path for each ratio and each kind of pixel.

| from : to, width and height  | filter                                           | by                             |
|---|---|---|
| 1 : 1                        | none; RGB is bit for bit what FFmpeg's users get | swscale, packed rgb24          |
| whole: 2 : 1, 4 : 1, 4 : 2   | box, the mean of the pixels that become one      | OpenCV's INTER_AREA, by planes |
| any other                    | bilinear, widened where it shrinks               | swscale, by planes             |

Chroma stands in the middle of its luma. Whole is a ratio that is so for all planes: RGB of 4:2:0 shrinks its luma by
even numbers, and keeps chroma as fine as the target. Where it scales, swscale's path to packed rgb24 is slower and one
to two levels too dark. What each path costs, and how far it is from floating point: `bench/stream/floor.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from multiprocessing import parent_process
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, VideoReformatter

from faceshards.media.video.colour import is_limited, planes_matrix, rgb_matrix
from faceshards.media.video.planes import planes_of, views

Planes = Sequence[np.ndarray]


class Scaler:
    """Scales pictures of one size and format, in the calling thread."""

    def __init__(self) -> None:
        if parent_process() is not None:  # in a loader's workers OpenCV's threads would only fight for the cores
            cv2.setNumThreads(0)
        self._swscale = VideoReformatter()
        self._three = np.empty((0, 0, 3), np.uint8)
        #: Pictures of one clip are alike: what `_takes` said of the last one.
        self._known: tuple[Any, bool] = (None, False)

    def rgb(self, picture: VideoFrame, out: np.ndarray) -> None:
        """Into `out`, uint8 (H, W, 3): full-range RGB by the matrix and range of the picture's tags."""
        height, width, _ = out.shape
        if (width, height) == (picture.width, picture.height):
            out.reshape(height, -1)[:] = self._reformatted(picture, width, height, "rgb24")[0]
            return
        matrix, planes = rgb_matrix(picture), planes_of(picture)
        if matrix is not None and planes is not None and _are_whole(planes, [(height, width)] * 3):
            if self._three.shape != out.shape:
                self._three = np.empty(out.shape, np.uint8)
            cv2.merge([_boxed(plane, width, height) for plane in planes], self._three)
            cv2.transform(self._three, matrix, out)
        else:
            green, blue, red = self._reformatted(picture, width, height, "gbrp")
            cv2.merge([red, green, blue], out)

    def planes(self, picture: VideoFrame, out: Planes) -> None:
        """Into the planes `out`, uint8 (H, W), (H / 2, W / 2), (H / 2, W / 2), which
        `colour.planes_matrix` takes to RGB.
        """
        height, width = out[0].shape
        planes = planes_of(picture) if self._takes(picture, height, width) else None
        if planes is None:
            planes = self._reformatted(picture, width, height, "yuv420p")
        for plane, own in zip(out, planes, strict=True):
            if plane.shape == own.shape:
                plane[:] = own
            else:
                cv2.resize(own, plane.shape[::-1], dst=plane, interpolation=cv2.INTER_AREA)

    def _takes(self, picture: VideoFrame, height: int, width: int) -> bool:
        """Whether the planes of a picture become those of one of `height` and `width` without swscale."""
        alike = (picture.format.name, picture.colorspace, picture.height, picture.width, height, width)
        if self._known[0] != alike:
            planes = None if rgb_matrix(picture) is None else planes_of(picture)
            halves = [(height, width), *[(height // 2, width // 2)] * 2]
            self._known = alike, planes is not None and _are_whole(planes, halves)
        return self._known[1]

    def _reformatted(self, picture: VideoFrame, width: int, height: int, layout: str) -> list[np.ndarray]:
        """The planes of a picture as swscale makes them; packed pixels are one plane (H, W * channels)."""
        space = Colorspace.ITU601 if layout == "yuv420p" and rgb_matrix(picture) is None else None
        limited = layout == "yuv420p" and is_limited(planes_matrix(picture))
        made = self._swscale.reformat(
            picture, width, height, layout, dst_colorspace=space, interpolation="BILINEAR",
            dst_color_range="MPEG" if limited else "JPEG", threads=1,
        )  # fmt: skip
        return views(made, 3 if layout == "rgb24" else 1)


def _are_whole(planes: Planes, shapes: Sequence[tuple[int, ...]]) -> bool:
    """Whether each plane's sides are whole multiples of those that are wanted of it."""
    return all(
        not (a % b)
        for plane, shape in zip(planes, shapes, strict=True)
        for a, b in zip(plane.shape, shape, strict=True)
    )


def _boxed(plane: np.ndarray, width: int, height: int) -> np.ndarray:
    if plane.shape == (height, width):
        return plane
    return cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA)
