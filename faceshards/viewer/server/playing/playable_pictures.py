"""Decoded pictures as the frames of an H.264 stream that is looked at once: quick to make, upright, not too large."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream

from faceshards.media.geometry import upright
from faceshards.media.rotation import rotation_of

#: Pixels of the longer side; what is larger is scaled down to it.
MOST_SIDE = 1280
#: x264 as fast as it goes, at a quality that faces can be judged by.
_OPTIONS = {"preset": "ultrafast", "crf": "18"}
_BT709 = 1  # ITU-T H.273: the code of BT.709 as matrix, as primaries and as transfer


class PlayablePictures:
    """Frames like `first`, in yuv420p, BT.709 limited range and tagged so, with even sides; `tick`: seconds of a unit
    of their times.
    """

    def __init__(self, first: VideoFrame, tick: Fraction) -> None:
        self._turns, self._tick = rotation_of(first) // 90, tick
        share = min(1.0, MOST_SIDE / max(first.width, first.height))
        self._size = (_even(first.width * share), _even(first.height * share))
        self._scaler = VideoReformatter()

    def stream(self, out: OutputContainer, rate: Fraction) -> VideoStream:
        """The stream of an mp4 in the making that takes the frames; a keyframe a second."""
        stream = out.add_stream("libx264", rate=rate, options=dict(_OPTIONS))
        stream.width, stream.height = upright(*self._size, 90 * self._turns)
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base, context.gop_size = self._tick, max(1, round(rate))
        context.color_range = ColorRange.MPEG
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        return stream

    def frame(self, picture: VideoFrame, time: int) -> VideoFrame:
        """A picture, shown at `time` in ticks; one of another size is scaled to the first one's."""
        frame = self._scaler.reformat(
            picture,
            *self._size,
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.BILINEAR,
        )
        if self._turns:
            frame = _turned(frame, self._turns)
        frame.pts, frame.time_base, frame.pict_type = time, self._tick, 0
        return frame


def _turned(frame: VideoFrame, turns: int) -> VideoFrame:
    """A yuv420p frame, turned by so many quarters clockwise."""
    turned = VideoFrame(*upright(frame.width, frame.height, 90 * turns), "yuv420p")
    for plane, old in zip(turned.planes, frame.planes, strict=True):
        there = np.frombuffer(memoryview(old), np.uint8).reshape(old.height, old.line_size)[:, : old.width]
        room = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        room[:, : plane.width] = np.rot90(there, -turns)
    return turned


def _even(pixels: float) -> int:
    return max(2, round(pixels) & ~1)
