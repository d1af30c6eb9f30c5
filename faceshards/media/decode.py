"""Pictures out of a clip, as RGB arrays in display order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from faceshards.errors import ClipError
from faceshards.media.container import MAX_PIXELS, Body, opened, video_stream


class Painter:
    """Turns decoded pictures into RGB arrays, reusing one scaler.

    Full-range RGB by the matrix and range that the picture's tags name; untagged pictures are BT.601, limited range, as
    in FFmpeg and all that is built on it. Scaling is bilinear, in the calling thread.
    """

    def __init__(self, size: tuple[int, int] | None = None) -> None:
        self._size = size
        self._clip_size: tuple[int, int] | None = None
        self._scaler = VideoReformatter()

    def paint(self, frame: VideoFrame) -> np.ndarray:
        """One picture as uint8 (H, W, 3) RGB. Raises ClipError `mixed-sizes` where the clip's size changes."""
        own = (frame.width, frame.height)
        self._clip_size = self._clip_size or own
        if own != self._clip_size:
            raise ClipError("mixed-sizes", f"the picture's size changes from {self._clip_size} to {own}")
        width, height = self._size or own
        scaled = self._scaler.reformat(
            frame, width, height, "rgb24", interpolation="BILINEAR", dst_color_range="JPEG", threads=1
        )
        return scaled.to_ndarray()


def frames(
    body: Body, *, size: tuple[int, int] | None = None, max_pixels: int = MAX_PIXELS
) -> Iterator[np.ndarray]:
    """All pictures of a clip in display order, each uint8 (H, W, 3) RGB; `size` = (width, height) to scale to.

    The container closes when the iterator ends or is dropped. A stored rotation is not applied.
    Raises ClipError: those of `probe`, `broken-media` where a packet does not decode, `truncated-media` where fewer
    pictures come out than the packets promise.
    """
    painter = Painter(size)
    with opened(body) as container:
        stream = video_stream(container, max_pixels)
        promised = shown = 0
        for packet in container.demux(stream):
            promised += bool(packet.size) and not packet.is_discard
            for frame in packet.decode():
                shown += 1
                yield painter.paint(frame)
        check_complete(shown, promised)


def frame_times(body: Body) -> np.ndarray:
    """When each picture of a clip is shown: float64 (frames,), seconds on the clip's own clock, ascending."""
    with opened(body) as container:
        stream = video_stream(container)
        ticks = [
            packet.pts if packet.pts is not None else packet.dts or 0
            for packet in container.demux(stream)
            if packet.size and not packet.is_discard
        ]
        return np.sort(np.array(ticks, np.float64)) * float(stream.time_base)


def check_complete(shown: int, promised: int) -> None:
    """Raise ClipError where `shown` pictures were decoded and the packets promised more."""
    if not promised:
        raise ClipError("no-frames", "the video stream holds no packet that is shown")
    if shown < promised:
        raise ClipError("truncated-media", f"{shown} pictures decode of the {promised} that the packets promise")
