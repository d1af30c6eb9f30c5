"""A group of pictures as a browser's own decoder takes it (WebCodecs): its packets, and what the codec is told.

    4 bytes    size of the head, little-endian
    head       JSON: codec, description (base64), width, height, rotation, and of each packet [size, key, time, shown]
    packets    behind one another, in decoding order

`time` is in microseconds from the clip's first picture on, `shown` the number of the picture in the clip, -1 for one
that is decoded and not shown.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from faceshards.errors import UsageError
from faceshards.media.clip import Clip
from faceshards.media.members import RowMembers
from faceshards.media.tables.packets import DISCARD, KEY, OFFSET, SIZE, display_order
from faceshards.media.tables.plan import plan_window
from faceshards.media.tables.ranges import HeldRanges
from faceshards.media.tables.track import VideoTable
from faceshards.shards.reader import Shard


def packet_group(
    shard: Shard,
    row: int,
    facts: Mapping[str, Any],
    column: str,
    first: int = 0,
    count: int | None = None,
    most: int | None = None,
) -> bytes:
    """The packets that pictures `first` to `first + count` of a video need; by default those of its group of pictures
    from `first` on, at most `most` of them. Only their bytes are read.

    Raises UsageError for a clip of which browsers decode no part, and for pictures that it does not have.
    """
    table = VideoTable(RowMembers(shard, row), facts, column)
    track = table.whole
    codec = decoder_of(track.media)
    if codec is None:
        raise UsageError(f"{column} ({track.media['codec']}): a browser decodes no part of it")
    shown = display_order(track.table)
    if not (0 <= first < len(shown) and (count is None or 0 < count <= len(shown) - first)):
        told = f"first={first}, count={'all' if count is None else count}"
        raise UsageError(f"{told}: {column} has pictures 0 to {len(shown) - 1}")
    if count is None:
        keys = track.keys
        count = int(keys[keys > first][0]) - first if (keys > first).any() else len(shown) - first
        count = min(count, most or count)
    plan = plan_window(track.table, first, count)
    rows = track.table[plan.first : plan.last]
    read = HeldRanges(table.reader(track), plan.ranges)
    number = np.full(len(track.table), -1)
    number[shown] = np.arange(len(shown))
    times = np.zeros(len(track.table))
    times[shown] = Clip(RowMembers(shard, row), facts, column).times
    packets = [
        [int(one[SIZE]), int(one[KEY]), round(times[at] * 1e6), -1 if one[DISCARD] else int(number[at])]
        for at, one in enumerate(rows, plan.first)
    ]
    head = {
        "codec": codec,
        "description": track.media["extradata"],
        "width": track.media["width"],
        "height": track.media["height"],
        "rotation": track.media.get("rotation", 0),
        "frames": len(shown),
        "packets": packets,
    }
    body = json.dumps(head).encode()
    data = (read(int(one[OFFSET]), int(one[OFFSET] + one[SIZE])) for one in rows)
    return b"".join([struct.pack("<I", len(body)), body, *data])


def decoder_of(media: Mapping[str, Any]) -> str | None:
    """What a browser's own decoder is asked for; None for a video of which it decodes no part."""
    return codec_string(media) if media["ranged"] else None


def codec_string(media: Mapping[str, Any]) -> str | None:
    """The name of a codec by RFC 6381, as WebCodecs asks for it; None for one that has none here.

    Of H.264 it holds profile, constraints and level, bytes 1 to 3 of the decoder's configuration (ISO/IEC 14496-15,
    5.3.3.1).
    """
    told = base64.b64decode(media["extradata"])
    if media["codec"] == "h264" and len(told) > 4 and told[0] == 1:
        return f"avc1.{told[1:4].hex()}"
    return {"vp8": "vp8", "vp9": "vp09.00.10.08", "av1": "av01.0.08M.08"}.get(media["codec"])
