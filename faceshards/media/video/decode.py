"""Pictures out of a clip as RGB arrays, in display order: all of them, or a window from byte ranges alone."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from typing import Any, Literal

import av
import cv2
import numpy as np
from av.codec.codec import UnknownCodecError
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from faceshards.errors import ClipError
from faceshards.media.container import Body, is_shown, opened, tick_of, video_stream
from faceshards.media.picture import MAX_PIXELS
from faceshards.media.tables.packets import NO_TIME, PTS, Window, plan_window
from faceshards.media.tables.ranges import Ranges, ReadRange, read_exactly

# Codecs in which a picture that nothing refers to is marked as such in its own header, so that skipping it while
# decoding towards a window changes no other picture. (In HEVC the mark holds within a temporal layer only.)
_SKIPS_EXACTLY = {"h264", "mpeg1video", "mpeg2video", "mpeg4"}

_PADDING = 64  # AV_INPUT_BUFFER_PADDING_SIZE

# FFmpeg's decoder of that name needs hardware; this is the one in software.
_DECODERS = {"av1": "libdav1d"}


def frames(body: Body, *, size: tuple[int, int] | None = None, max_pixels: int = MAX_PIXELS) -> Iterator[np.ndarray]:
    """All pictures of a clip in display order, each uint8 (H, W, 3) RGB; `size` = (width, height) scales them.

    The container closes when the iterator ends or is dropped. A stored rotation is not applied.
    Raises ClipError: those of `probe`; `broken-media` where a packet does not decode; `truncated-media` where fewer
    pictures come out than the packets promise; `mixed-sizes` where the picture's size changes on the way.
    """
    painter = _Painter(size)
    for picture in _pictures(body, max_pixels):
        out = np.empty(painter.shape(picture), np.uint8)
        painter.paint(picture, out)
        yield out


def frame_times(body: Body) -> np.ndarray:
    """When each picture of a clip is shown: float64 (frames,), seconds on the clip's own clock, ascending."""
    with opened(body) as container:
        stream = video_stream(container)
        codec = stream.codec_context.codec.canonical_name
        ticks = [
            packet.pts if packet.pts is not None else packet.dts or 0
            for packet in container.demux(stream)
            if is_shown(packet, codec)
        ]
        return np.sort(np.array(ticks, np.int64)) * float(tick_of(stream))


def window(
    read_range: ReadRange,
    table: np.ndarray,
    media_facts: Mapping[str, Any],
    start_frame: int,
    count: int,
    *,
    size: tuple[int, int] | None = None,
) -> np.ndarray:
    """`count` pictures from the `start_frame`-th shown one on: `pictures` of neighbours."""
    return pictures(read_range, table, media_facts, np.arange(start_frame, start_frame + count), size=size)


def pictures(
    read_range: ReadRange,
    table: np.ndarray,
    media_facts: Mapping[str, Any],
    numbers: np.ndarray,
    *,
    size: tuple[int, int] | None = None,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """The pictures of these numbers: uint8 (N, H, W, 3) RGB, equal to those of `frames`.

    `numbers` int64 (N,), ascending, counts the shown pictures from 0; one that is named twice is decoded once. Reads
    only the byte ranges of the groups of pictures that are needed, and feeds their packets to a bare codec; where
    `media_facts["ranged"]` is false the whole member is read and decoded up to the last one. `table` and `media_facts`
    come from `packet_table`; `size` = (width, height) scales the pictures; `out` of the right shape is filled and
    returned.
    Raises ValueError where a number leaves the clip, LookupError where rows of the table are not known; ClipError
    `truncated-media` or `broken-media`.
    """
    first, last, asked = int(numbers[0]), int(numbers[-1]), set(numbers.tolist())
    wanted, copies = np.unique(numbers - first, return_counts=True)
    for keys_back in range(len(table)):
        plan = plan_window(table, first, last + 1 - first, keys_back=keys_back)
        plan = replace(plan, wanted=plan.wanted[wanted])
        if media_facts["ranged"]:
            found = _from_ranges(read_range, table, media_facts, plan)
        else:
            body = read_exactly(read_range, 0, media_facts["bytes"])
            found = (one for number, one in enumerate(islice(_pictures(body), last + 1)) if number in asked)
        painted = _painted(found, copies, size, out)
        if painted is not None:
            return painted
        # With a rolling intra refresh the decoder shows nothing for a while after a "key" packet: begin one earlier.
        if plan.first == 0 or not media_facts["ranged"]:
            break
    raise ClipError("broken-media", f"fewer than {len(wanted)} pictures decode from {first} to {last}")


def _painted(
    found: Iterator[VideoFrame], copies: np.ndarray, size: tuple[int, int] | None, out: np.ndarray | None
) -> np.ndarray | None:
    """The pictures found, each as often as `copies` (N,) says; None where there are fewer than N."""
    painter, filled = _Painter(size), 0
    stops = np.cumsum(copies).tolist()
    for picture, stop in zip(found, stops, strict=False):
        shape = (stops[-1], *painter.shape(picture))
        if not filled and (out is None or out.shape != shape):
            out = np.empty(shape, np.uint8)
        assert out is not None
        painter.paint(picture, out[filled])
        out[filled + 1 : stop] = out[filled]
        filled = stop
    return out if filled == stops[-1] else None


class _Painter:
    """Turns decoded pictures into RGB arrays, with one scaler for all of them.

    Full-range RGB by the matrix and range that the picture's tags name; untagged pictures are BT.601 in limited range,
    as in FFmpeg and what is built on it. Scaling is bilinear, in the calling thread, by way of planes (gbrp): where it
    scales, FFmpeg's path to packed rgb24 is slower and one to two levels too dark (`bench/stream/floor.py`).
    """

    def __init__(self, size: tuple[int, int] | None) -> None:
        self._size = size
        self._own: tuple[int, int] | None = None
        self._scaler = VideoReformatter()

    def shape(self, picture: VideoFrame) -> tuple[int, int, int]:
        """Rows, columns and channels of a picture as it will be painted."""
        width, height = self._size or (picture.width, picture.height)
        return height, width, 3

    def paint(self, picture: VideoFrame, out: np.ndarray) -> None:
        """Paints a picture into uint8 (H, W, 3) RGB. Raises ClipError `mixed-sizes` where it is not as large as the
        first.
        """
        own = (picture.width, picture.height)
        self._own = self._own or own
        if own != self._own:
            raise ClipError("mixed-sizes", f"the picture's size changes from {self._own} to {own}")
        height, width, _ = out.shape
        layout = "rgb24" if (width, height) == own else "gbrp"
        painted = self._scaler.reformat(
            picture, width, height, layout, interpolation="BILINEAR", dst_color_range="JPEG", threads=1
        )
        rows = [np.frombuffer(one, np.uint8).reshape(height, one.line_size) for one in painted.planes]  # type: ignore[call-overload]
        if layout == "rgb24":
            out.reshape(height, width * 3)[:] = rows[0][:, : width * 3]  # behind it there may be padding
        else:
            green, blue, red = (plane[:, :width] for plane in rows)
            cv2.merge([red, green, blue], out)


def _pictures(body: Body, max_pixels: int = MAX_PIXELS) -> Iterator[VideoFrame]:
    with opened(body, max_pixels) as container:
        stream = video_stream(container, max_pixels)
        codec = stream.codec_context.codec.canonical_name
        promised = shown = 0
        for packet in container.demux(stream):
            promised += is_shown(packet, codec)
            for picture in packet.decode():
                shown += 1
                yield picture
        if not promised:
            raise ClipError("no-frames", "the video stream holds no packet that is shown")
        if shown < promised:
            raise ClipError("truncated-media", f"{shown} pictures decode of the {promised} that are promised")


def _from_ranges(
    read_range: ReadRange, table: np.ndarray, media_facts: Mapping[str, Any], plan: Window
) -> Iterator[VideoFrame]:
    wanted_rows, wanted_times = set(plan.wanted.tolist()), set(table[plan.wanted, PTS].tolist())
    unwanted: Literal["NONREF", "DEFAULT"] = "NONREF" if media_facts["codec"] in _SKIPS_EXACTLY else "DEFAULT"
    try:
        context = _bare_context(media_facts)
        for row, packet in _packets(read_range, table, media_facts, plan):
            context.skip_frame = "DEFAULT" if row in wanted_rows else unwanted
            yield from (p for p in context.decode(packet) if p.pts in wanted_times)
        yield from (p for p in context.decode(None) if p.pts in wanted_times)
    except (av.FFmpegError, UnknownCodecError) as error:
        raise ClipError("broken-media", f"the window does not decode: {error}") from error


def _packets(
    read_range: ReadRange, table: np.ndarray, media_facts: Mapping[str, Any], plan: Window
) -> Iterator[tuple[int, Packet]]:
    ranges = Ranges(read_range, plan.ranges)
    time_base = Fraction(*media_facts["time_base"])
    for row in range(plan.first, plan.last):
        pts, dts, offset, size, _, _, check = table[row].tolist()
        packet = ranges.packet(offset, size, check)
        packet.pts, packet.dts, packet.time_base = pts, None if dts == NO_TIME else dts, time_base
        yield row, packet


def _bare_context(media_facts: Mapping[str, Any]) -> VideoCodecContext:
    """A codec set up as the container would have set it up."""
    try:
        return _told(media_facts)
    except (TypeError, ValueError, OverflowError) as error:
        raise ClipError("broken-media", f"the facts of the video in the json are no codec's: {error}") from error


def _told(media_facts: Mapping[str, Any]) -> VideoCodecContext:
    name = media_facts["codec"]
    context = VideoCodecContext.create(_DECODERS.get(name, name), "r")
    extradata = base64.b64decode(media_facts["extradata"])
    if extradata:
        # Twice: the first leaves zeros behind the second, which codecs read and PyAV does not put there.
        context.extradata = extradata + bytes(_PADDING)
        context.extradata = extradata
    for field in ("width", "height", "pix_fmt", "color_range", "colorspace"):
        if media_facts[field] is not None:
            setattr(context, field, media_facts[field])
    context.codec_tag = media_facts["tag"]
    context.reorder_depth = media_facts["reorder"]
    context.thread_type, context.thread_count = "NONE", 1
    return context
