"""Pictures and sound into an H.264 mp4 that trains well: cheap to decode, closed groups, index first, same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import chain
from types import TracebackType
from typing import BinaryIO

import av
import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream

from faceshards.errors import ClipError
from faceshards.media.mp4 import new_mp4
from faceshards.media.sound.read import Sound
from faceshards.media.soundtrack import AacSoundtrack, Soundtrack

# One x264 thread and no code path that differs between processors: the same input gives the same bytes on every
# machine with this FFmpeg. Parallelism is workers, each with its own clip.
_X264 = "threads=1:lookahead-threads=1:cpu-independent=1:open-gop=0"
#: x264's quality, preset and tuning of what is trained from. Against `medium` at CRF 18, on real faces of 512 px: half
#: the decoder's time, 2.5 to 3 times as fast to encode, a fifth more bytes, within 0.4 dB (docs/benchmarks.md).
CRF = 17
FOR_TRAINING: Mapping[str, str] = {"preset": "veryfast", "tune": "fastdecode"}
_ACCURATE = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
_BT709 = 1  # ITU-T H.273: the code of BT.709 as matrix, as primaries and as transfer


def encode(
    frames: Iterable[np.ndarray],
    fps: Fraction,
    *,
    crf: int = CRF,
    gop: int | None = None,
    sound: Sound | None = None,
) -> bytes:
    """An mp4 of the pictures, each uint8 (H, W, 3) RGB, shown at exactly `fps`, with `sound` as AAC where given.

    As `Encoder` makes it. Raises ClipError: `no-frames`, `mixed-sizes`, `too-large` (beyond the encoder's limits);
    ValueError for an array that is no RGB picture or a sound that AAC does not take.
    """
    pictures = iter(frames)
    first = next(pictures, None)
    if first is None:
        raise ClipError("no-frames", "there is no picture to encode")
    buffer = io.BytesIO()
    with Encoder(buffer, fps, crf=crf, gop=gop, sound=sound) as encoder:
        for picture in chain([first], pictures):
            encoder.add(picture)
    return buffer.getvalue()


class Encoder:
    """An mp4 in the making, in a file that is open for writing and reading: `add` pictures, then `close` it.

    H.264 in yuv420p, BT.709 limited range and tagged so. An odd last row or column is dropped: yuv420p needs even
    sides. Pictures are shown at exactly `fps`, or at the times that come with them, in units of `tick` seconds.
    `gop` is the largest distance of two keyframes in frames; by default a keyframe comes at least every second.
    The same input gives the same bytes.
    """

    def __init__(
        self,
        file: BinaryIO,
        fps: Fraction,
        *,
        tick: Fraction | None = None,
        crf: int = CRF,
        gop: int | None = None,
        sound: Sound | Soundtrack | None = None,
    ) -> None:
        if fps <= 0:
            raise ValueError(f"fps must be above 0, got {fps}")
        self._fps, self._tick = fps, tick or 1 / fps
        self._crf, self._gop = crf, gop or max(1, int(fps))
        self._out = new_mp4(file)
        self._yuv = _Yuv(self._tick)
        self._video: VideoStream | None = None
        self._voice = AacSoundtrack(sound) if isinstance(sound, Sound) else sound
        self._shape: tuple[int, ...] = ()
        self._count = 0

    def add(self, picture: np.ndarray, time: int | None = None) -> None:
        """The next picture, uint8 (H, W, 3) RGB, shown at `time` in ticks, by default one tick behind the last.

        Raises ClipError `mixed-sizes`, `too-large`; ValueError for an array that is no RGB picture.
        """
        self._check(picture)
        even = np.ascontiguousarray(picture[: picture.shape[0] & ~1, : picture.shape[1] & ~1])
        if self._video is None:
            self._video = _video_stream(self._out, even.shape, self._fps, self._tick, self._crf, self._gop)
            if self._voice:
                self._voice.begin(self._out)
        self._out.mux(self._video.encode(self._yuv.frame(even, self._count if time is None else time)))
        self._count += 1
        if self._voice:
            self._out.mux(self._voice.packets_until(self._count / self._fps))

    def close(self) -> None:
        """Ends the file."""
        if self._video is not None:
            self._out.mux(self._video.encode())
        if self._voice:
            self._out.mux(self._voice.rest())
        self._out.close()

    def __enter__(self) -> Encoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._out.close()

    def _check(self, picture: np.ndarray) -> None:
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or min(picture.shape) < 2:
            raise ValueError(
                f"picture {self._count} must be uint8 (H, W, 3) of at least 2x2, got {picture.dtype} {picture.shape}"
            )
        self._shape = self._shape or picture.shape
        if picture.shape != self._shape:
            raise ClipError(
                "mixed-sizes", f"picture {self._count} is {picture.shape[:2]}, the first is {self._shape[:2]}"
            )


def _video_stream(
    out: OutputContainer, shape: tuple[int, ...], fps: Fraction, tick: Fraction, crf: int, gop: int
) -> VideoStream:
    options = {"crf": str(crf), "x264-params": _X264, **FOR_TRAINING}
    stream = out.add_stream("libx264", rate=fps, options=options)
    stream.height, stream.width = shape[:2]
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = tick
    context.gop_size = gop
    context.color_range = ColorRange.MPEG
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    try:
        context.open()
    except av.FFmpegError as error:
        raise ClipError(
            "too-large", f"H.264 cannot hold pictures of {shape[1]}x{shape[0]}: {error.strerror}"
        ) from error
    return stream


class _Yuv:
    """Turns RGB pictures into the frames that the encoder takes, with one scaler for all of them."""

    def __init__(self, tick: Fraction) -> None:
        self._time_base = tick
        self._scaler = VideoReformatter()

    def frame(self, picture: np.ndarray, time: int) -> VideoFrame:
        frame = self._scaler.reformat(
            VideoFrame.from_ndarray(picture, "rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=_ACCURATE,
            threads=1,
        )
        frame.pts, frame.time_base = time, self._time_base
        return frame
