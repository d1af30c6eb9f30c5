"""Pictures out of a clip as RGB arrays, in display order: all of them, or a window from byte ranges alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Literal

import av
import numpy as np
from av.codec.codec import UnknownCodecError
from av.packet import Packet
from av.video.frame import VideoFrame

from faceshards.errors import ClipError
from faceshards.media.container import Body, is_shown, opened, video_stream
from faceshards.media.picture import MAX_PIXELS
from faceshards.media.rotation import rotation_of
from faceshards.media.tables.packets import NO_TIME, PTS
from faceshards.media.tables.plan import DecodePlan, plan_window
from faceshards.media.tables.ranges import Ranges, ReadRange, read_exactly
from faceshards.media.timeline import told_tick
from faceshards.media.video.codec import bare_codec
from faceshards.media.video.framing import Framing
from faceshards.media.video.painter import Painter

# Codecs in which a picture that nothing refers to is marked as such in its own header, so that skipping it while
# decoding towards a window changes no other picture. (In HEVC the mark holds within a temporal layer only.)
_SKIPS_EXACTLY = {"h264", "mpeg1video", "mpeg2video", "mpeg4"}


def frames(
    body: Body, *, size: tuple[int, int] | None = None, max_pixels: int = MAX_PIXELS, every: int = 1
) -> Iterator[np.ndarray]:
    """All pictures of a clip in display order, each uint8 (H, W, 3) RGB, upright; `size` = (width, height) scales them.
    Of `every` n pictures the first: the others are decoded, and no more.

    The container closes when the iterator ends or is dropped.
    Raises ClipError: those of `probe`; `broken-media` where a packet does not decode; `truncated-media` where fewer
    pictures come out than the packets promise; `mixed-sizes` where the picture's size changes on the way.
    """
    painter: Painter | None = None
    for picture in islice(decoded(body, max_pixels), 0, None, every):
        painter = painter or Painter(Framing(size), rotation_of(picture))
        out = np.empty(painter.shape(picture), np.uint8)
        painter.paint(picture, out)
        yield out


def window(
    read_range: ReadRange,
    table: np.ndarray,
    media: Mapping[str, Any],
    start_frame: int,
    count: int,
    *,
    size: tuple[int, int] | None = None,
) -> np.ndarray:
    """`count` pictures from the `start_frame`-th shown one on: `pictures` of neighbours."""
    return pictures(read_range, table, media, np.arange(start_frame, start_frame + count), size=size)


def pictures(
    read_range: ReadRange,
    table: np.ndarray,
    media: Mapping[str, Any],
    numbers: np.ndarray,
    *,
    size: tuple[int, int] | None = None,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """The pictures of these numbers: uint8 (N, H, W, 3) RGB, equal to those of `frames`.

    `numbers` int64 (N,), ascending; one that is named twice is decoded once. `size` = (width, height) scales the
    pictures; `out` of the right shape is filled and returned. The rest is as in `decoded_of`.
    """
    return shown(read_range, table, media, numbers, Framing(size), out)[0]


def shown(
    read_range: ReadRange,
    table: np.ndarray,
    media: Mapping[str, Any],
    numbers: np.ndarray,
    framing: Framing,
    out: np.ndarray | None = None,
    plan: DecodePlan | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """`pictures` in any framing, uint8 (N, ...) as `Painter.shape` says; what takes planes to RGB, float64 (3, 4)."""
    painter = Painter(framing, media.get("rotation", 0))
    filled = 0
    distinct, copies = np.unique(numbers, return_counts=True)
    stops = np.cumsum(copies).tolist()
    for picture, stop in zip(decoded_of(read_range, table, media, distinct, plan), stops, strict=False):
        shape = (stops[-1], *painter.shape(picture))
        if not filled and (out is None or out.shape != shape):
            out = np.empty(shape, np.uint8)
        assert out is not None
        painter.paint(picture, out[filled])
        out[filled + 1 : stop] = out[filled]
        filled = stop
    if out is None or filled < stops[-1]:
        raise ClipError("broken-media", f"fewer than {len(distinct)} pictures decode up to frame {numbers[-1]}")
    return out, painter.matrix


def decoded(body: Body, max_pixels: int = MAX_PIXELS) -> Iterator[VideoFrame]:
    """All pictures of a clip in display order, as they leave the decoder: see `frames`."""
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


def damaged_frames(body: Body, max_pixels: int = MAX_PIXELS) -> int:
    """How many pictures of a clip the decoder itself takes for damaged: it filled in what it could not read.

    Decodes all and paints the first; what the decoder does not notice (a wrong coefficient) is not counted.
    Raises ClipError as `frames`.
    """
    damaged, own = 0, None
    for picture in decoded(body, max_pixels):
        size = (picture.width, picture.height)
        if own is None:
            own, painter = size, Painter(Framing(None), rotation_of(picture))
            painter.paint(picture, np.empty(painter.shape(picture), np.uint8))
        if size != own:
            raise ClipError("mixed-sizes", f"the picture's size changes from {own} to {size}")
        damaged += bool(picture.is_corrupt)
    return damaged


def decoded_of(
    read_range: ReadRange,
    table: np.ndarray,
    media: Mapping[str, Any],
    numbers: np.ndarray,
    plan: DecodePlan | None = None,
) -> Iterator[VideoFrame]:
    """The pictures of these numbers, as they leave the decoder.

    `numbers` int64 (N,), ascending, all different, counts the shown pictures from 0. Reads only the byte ranges of the
    groups of pictures that are needed, and feeds their packets to a bare codec; where `media["ranged"]` is false the
    whole member is read and decoded up to the last one. `table` and `media` come from `packet_table`,
    `plan`, where it is known, from `plan_window`.
    Raises ValueError where a number leaves the clip, LookupError where rows of the table are not known; ClipError
    `truncated-media` or `broken-media`.
    """
    first, count = int(numbers[0]), int(numbers[-1] - numbers[0]) + 1
    plan = plan or plan_window(table, first, count)
    if media["ranged"]:
        yield from _of_ranges(read_range, table, media, plan, plan.wanted[numbers - first])
        return
    asked, found = set(numbers.tolist()), decoded(read_exactly(read_range, 0, media["bytes"]))
    yield from (picture for number, picture in enumerate(islice(found, first + count)) if number in asked)


def _of_ranges(
    read_range: ReadRange, table: np.ndarray, media: Mapping[str, Any], plan: DecodePlan, rows: np.ndarray
) -> Iterator[VideoFrame]:
    """The pictures of these rows of the table, int64 (N,), in display order, which the plan leads to."""
    times, done = table[rows, PTS].tolist(), 0
    for keys_back in range(1, len(table) + 1):
        for picture in _decoded_along(read_range, table, media, plan, rows[done:]):
            if picture.pts != times[done]:
                break
            yield picture
            done += 1
            if done == len(rows):
                return
        # With a rolling intra refresh the decoder shows nothing for a while after a "key" packet: begin one earlier.
        if plan.first == 0:
            break
        plan = plan.earlier(table, keys_back)
    raise ClipError("broken-media", f"only {done} of {len(rows)} pictures decode from byte {plan.ranges[0][0]} on")


def _decoded_along(
    read_range: ReadRange, table: np.ndarray, media: Mapping[str, Any], plan: DecodePlan, rows: np.ndarray
) -> Iterator[VideoFrame]:
    """Those of the pictures of these rows that the decoder shows when it begins where the plan does."""
    wanted_rows, wanted_times = set(rows.tolist()), set(table[rows, PTS].tolist())
    unwanted: Literal["NONREF", "DEFAULT"] = "NONREF" if media["codec"] in _SKIPS_EXACTLY else "DEFAULT"
    try:
        context = bare_codec(media)
        skipped = ""
        for row, packet in _packets(read_range, table, media, plan):
            skips = "DEFAULT" if row in wanted_rows else unwanted
            if skips != skipped:
                context.skip_frame = skipped = skips
            yield from (p for p in context.decode(packet) if p.pts in wanted_times)
        yield from (p for p in context.decode(None) if p.pts in wanted_times)
    except (av.FFmpegError, UnknownCodecError) as error:
        raise ClipError("broken-media", f"the window does not decode: {error}") from error


def _packets(
    read_range: ReadRange, table: np.ndarray, media: Mapping[str, Any], plan: DecodePlan
) -> Iterator[tuple[int, Packet]]:
    ranges, tick = Ranges(read_range, plan.ranges), told_tick(media)
    for row in range(plan.first, plan.last):
        pts, dts, offset, size, _, _, check = table[row].tolist()
        packet = ranges.packet(offset, size, check)
        packet.pts, packet.dts, packet.time_base = pts, None if dts == NO_TIME else dts, tick
        yield row, packet
