"""Pictures and sound into an H.264 mp4 that trains well: cheap to decode, closed groups, index first, same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import chain
from types import TracebackType
from typing import BinaryIO

import av
import numpy as np
from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream

from faceshards.errors import ClipError
from faceshards.media.sound.read import Sound

# One x264 thread and no code path that differs between processors: the same input gives the same bytes on every
# machine with this FFmpeg. Parallelism is workers, each with its own clip.
_X264 = "threads=1:lookahead-threads=1:cpu-independent=1:open-gop=0"
#: x264's quality, preset and tuning of what is trained from. Against `medium` at CRF 18, on real faces of 512 px: half
#: the decoder's time, 2.5 to 3 times as fast to encode, a fifth more bytes, within 0.4 dB (docs/benchmarks.md).
CRF = 17
FOR_TRAINING: Mapping[str, str] = {"preset": "veryfast", "tune": "fastdecode"}
_ACCURATE = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
_BT709 = 1  # ITU-T H.273: the code of BT.709 as matrix, as primaries and as transfer
_AAC_SAMPLES = 1024  # samples of one AAC packet (ISO/IEC 14496-3)
_LAYOUTS = {1: "mono", 2: "stereo"}
_AAC_BITS = 64_000  # bits a second of each sound channel


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
        sound: Sound | None = None,
    ) -> None:
        if fps <= 0:
            raise ValueError(f"fps must be above 0, got {fps}")
        self._fps, self._tick, self._sound = fps, tick or 1 / fps, sound
        self._crf, self._gop = crf, gop or max(1, int(fps))
        options = {"movflags": "+faststart", "fflags": "+bitexact"}
        self._out = av.open(file, "w", format="mp4", container_options=options, io_open=_second_reader(file))
        self._yuv = _Yuv(self._tick)
        self._video: VideoStream | None = None
        self._voice: _Voice | None = None
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
            self._voice = _Voice(self._out, self._sound) if self._sound is not None else None
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


class _Voice:
    """The sound stream of an mp4 in the making, encoded as far as the pictures have come, so that both interleave."""

    def __init__(self, out: OutputContainer, sound: Sound) -> None:
        samples = sound.samples if sound.samples.ndim == 2 else sound.samples[:, None]
        rates = av.Codec("aac", "w").audio_rates or []
        if sound.rate not in rates or samples.shape[1] not in _LAYOUTS:
            raise ValueError(
                f"AAC takes 1 or 2 channels at {sorted(rates)} Hz, got {samples.shape[1]} at {sound.rate} Hz"
            )
        self._rate, self._layout = sound.rate, _LAYOUTS[samples.shape[1]]
        self._planes = np.ascontiguousarray(samples.T)
        self._done = 0
        # Noise substitution draws random numbers in the decoder: a window would never equal the whole.
        self._stream = out.add_stream("aac", rate=sound.rate, layout=self._layout, options={"aac_pns": "0"})
        self._stream.bit_rate = _AAC_BITS * len(self._planes)

    def packets_until(self, seconds: Fraction) -> list[Packet]:
        """The packets of the whole AAC frames that begin before `seconds`."""
        packets: list[Packet] = []
        while self._done + _AAC_SAMPLES <= self._planes.shape[1] and self._done < seconds * self._rate:
            packets += self._next()
        return packets

    def rest(self) -> list[Packet]:
        """All packets that are still to come."""
        packets: list[Packet] = []
        while self._done < self._planes.shape[1]:
            packets += self._next()
        return packets + self._stream.encode()

    def _next(self) -> list[Packet]:
        part = np.ascontiguousarray(self._planes[:, self._done : self._done + _AAC_SAMPLES])
        frame = av.AudioFrame.from_ndarray(part, "fltp", self._layout)
        frame.rate, frame.pts, frame.time_base = self._rate, self._done, Fraction(1, self._rate)
        self._done += part.shape[1]
        return self._stream.encode(frame)


def _second_reader(file: BinaryIO) -> Callable[..., _Rereader]:
    # To put the index first, the muxer reads back, through a file of its own, what it wrote.
    return lambda url, flags, options: _Rereader(file)


class _Rereader:
    """A second reading position in a file that is still being written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._position = 0

    def read(self, size: int) -> bytes:
        written = self._file.tell()
        self._file.seek(self._position)
        part = self._file.read(size)
        self._file.seek(written)
        self._position += len(part)
        return part

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        written = self._file.tell()
        end = self._file.seek(0, io.SEEK_END)
        self._file.seek(written)
        self._position = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: end}[whence] + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def close(self) -> None:
        """Nothing to close: the file belongs to the writer."""
