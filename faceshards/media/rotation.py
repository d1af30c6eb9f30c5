"""How a phone's clip is turned to be seen: the display matrix of its container, in quarter turns."""

from __future__ import annotations

from contextlib import suppress

import av
import numpy as np
from av.container import InputContainer
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame
from av.video.stream import VideoStream


def rotation_of(picture: VideoFrame) -> int:
    """Degrees clockwise, 0, 90, 180 or 270, by which a decoded picture is turned to stand upright.

    Other angles count as the nearest of these; a mirrored picture (no phone's) stays as it is.
    """
    found = picture.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
    if found is None:
        return 0
    # Fixed-point numbers, row by row; (a b) is where the picture's x axis points, y down (ISO/IEC 14496-12, 6.2.2).
    a, b, _, c, d = np.frombuffer(bytes(found)[:20], "=i4").astype(float)
    return round(np.degrees(np.arctan2(b, a)) / 90) * 90 % 360 if a * d - b * c > 0 else 0


def first_rotation(container: InputContainer, stream: VideoStream) -> int:
    """The rotation of the stream's first picture, which is decoded for it; 0 where none decodes. Reads the container
    anew.
    """
    with suppress(av.FFmpegError, StopIteration):
        container.seek(0)
        return rotation_of(next(container.decode(stream)))
    return 0
