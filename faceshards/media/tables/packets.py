"""The packet table of a clip: where each packet of its video stands, when it is shown, where decoding can begin."""

from __future__ import annotations

import base64
from itertools import chain
from typing import Any, BinaryIO

import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream

from faceshards.errors import ClipError
from faceshards.media.container import Body, is_shown, opened, reading, video_stream
from faceshards.media.picture import MAX_PIXELS
from faceshards.media.rotation import first_rotation
from faceshards.media.tables.rows import row_check
from faceshards.media.timeline import NO_TIME, tick_of

#: The table's columns. `PTS` and `DTS` are ticks of `time_base` with the edit list applied; `OFFSET` and `SIZE` say
#: where the packet's bytes stand in the media member; `KEY` is 1 where decoding can begin; `DISCARD` is 1 where nothing
#: is shown; `CHECK` guards the row and the packet (`tables.rows.row_check`).
PTS, DTS, OFFSET, SIZE, KEY, DISCARD, CHECK = range(7)
#: How many columns those are.
WIDTH = 7

# A Matroska packet's position is that of its block, whose header of at most this many bytes stands before the payload.
_BLOCK_HEADER = 64


def packet_table(body: Body, *, max_pixels: int = MAX_PIXELS) -> tuple[np.ndarray, dict[str, Any]]:
    """The video stream's packets in decoding order, int64 (P, 7), and what a bare codec needs to decode them.

    What a codec is told, ready for json: `codec`, `extradata` (base64), `tag`, `time_base` [numerator, denominator],
    `width`, `height`, `pix_fmt`, `color_range` and `colorspace` (ITU-T H.273 codes), `reorder` (pictures), `bytes` (of
    the member) and `ranged`: false where packets do not stand whole in the file, as in MPEG program streams, or where
    their display times are not to be had, as with reordered pictures in AVI; a window then reads and decodes the file
    from its start. `seek` [back, ahead]: the rows from `back` before its first frame's number to `ahead` behind its
    last one's hold all that a window needs; absent where only the whole table tells. `zero`: when the first picture is
    shown, in ticks. `rows`: P. `rotation`: degrees clockwise, 90, 180 or 270, by which a decoded picture of
    `width` x `height` is turned to be seen; absent where it is upright.
    Raises ClipError as `probe` does.
    """
    with reading(body) as file, opened(body, max_pixels) as container:
        stream = video_stream(container, max_pixels)
        codec = stream.codec_context.codec.canonical_name
        rows = (_row(packet, codec, file) for packet in container.demux(stream) if packet.size)
        table = np.fromiter(chain.from_iterable(rows), np.int64).reshape(-1, WIDTH)
        if not len(table) or table[:, DISCARD].all():
            raise ClipError("no-frames", "the video stream holds no packet that is shown")
        ranged = _is_ranged(table) and not (container.format.name == "avi" and stream.codec_context.reorder_depth)
        zero = int(table[table[:, DISCARD] == 0, PTS].min())
        media = _told(stream) | {"bytes": file.seek(0, 2), "ranged": ranged, "zero": zero, "rows": len(table)}
        if ranged and not table[:, DISCARD].any():
            media["seek"] = _reach(table)
        if rotation := first_rotation(container, stream):
            media["rotation"] = rotation
        return table, media


def display_order(table: np.ndarray) -> np.ndarray:
    """Rows of the table whose pictures are shown, first shown first: int64 (frames,)."""
    shown = np.flatnonzero(table[:, DISCARD] == 0)
    return shown[np.argsort(table[shown, PTS], kind="stable")]


def _row(packet: Packet, codec: str, file: BinaryIO) -> tuple[int, ...]:
    numbers = (
        NO_TIME if packet.pts is None else packet.pts,
        NO_TIME if packet.dts is None else packet.dts,
        offset_of(packet, file),
        packet.size,
        int(packet.is_keyframe),
        int(not is_shown(packet, codec)),
    )
    return (*numbers, row_check(np.array(numbers, np.int64), bytes(packet)))


def offset_of(packet: Packet, file: BinaryIO) -> int:
    """Where the packet's bytes stand in the file, found by comparing them; -1 where they do not stand in one piece."""
    if packet.pos is None or packet.pos < 0:
        return -1
    file.seek(packet.pos)
    found = file.read(packet.size + _BLOCK_HEADER).find(bytes(packet))
    return -1 if found < 0 else packet.pos + found


def _reach(table: np.ndarray) -> list[int]:
    """How far from its number in display order a frame's packet stands, and the keyframe that it needs."""
    rows = display_order(table)
    numbers = np.arange(len(rows))
    keys = np.flatnonzero(table[:, KEY])
    if not len(keys):
        return [len(rows), len(rows)]
    key = np.searchsorted(keys, rows, side="right") - 1
    while (late := (key > 0) & (table[keys[key], PTS] > table[rows, PTS])).any():
        key -= late  # a picture of an open group, shown before the keyframe that stands before it
    away = int(np.abs(rows - numbers).max())
    return [max(away, int((numbers - keys[np.maximum(key, 0)]).max())), away + 1]


def _is_ranged(table: np.ndarray) -> bool:
    times = table[table[:, DISCARD] == 0, PTS]
    known = (table[:, PTS] != NO_TIME).all() and len(np.unique(times)) == len(times)
    return bool(known and (table[:, OFFSET] >= 0).all())


def _told(stream: VideoStream) -> dict[str, Any]:
    context = stream.codec_context
    return {
        "codec": context.codec.canonical_name,
        "extradata": base64.b64encode(context.extradata or b"").decode(),
        "tag": context.codec_tag,
        "time_base": list(tick_of(stream).as_integer_ratio()),
        "width": context.width,
        "height": context.height,
        "pix_fmt": context.pix_fmt,
        "color_range": int(context.color_range),
        "colorspace": int(context.colorspace),
        "reorder": context.reorder_depth,
    }
