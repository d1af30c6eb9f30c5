"""A member of a shard as a browser's player asks for it: by ranges of bytes (RFC 9110, 14), of which only those are
read.
"""

from __future__ import annotations

import re

from starlette.responses import Response

from faceshards.errors import ColumnError
from faceshards.shards.reader import Shard

#: Suffix -> media type. All else is bytes, which no browser runs or draws.
TYPES = {
    "mp4": "video/mp4",
    "mov": "video/mp4",
    "webm": "video/webm",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "jpg": "image/jpeg",
    "png": "image/png",
}
#: Bytes of one answer: a player asks for the next ones.
MOST_BYTES = 4 << 20
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def member_response(shard: Shard, row: int, column: str, asked: str | None) -> Response:
    """The bytes of a member that the header `Range` asks for, at most `MOST_BYTES` of them.

    416 for a range that is not there. Raises ColumnError where the sample has no such member.
    """
    if not shard.has(column) or not shard.filled(row, column):
        raise ColumnError(f"{shard.path.name}: sample {shard.keys[row]!r} has no {column!r}")
    size = shard.extent(row, column).size
    kind = TYPES.get(column.rpartition(".")[2], "application/octet-stream")
    headers = {"accept-ranges": "bytes", "content-type": kind}
    if asked is None and size <= MOST_BYTES:
        return Response(shard.read_range(row, column, 0, size), headers=headers)
    span = span_of(asked or "bytes=0-", size)
    if span is None:
        return Response(status_code=416, headers=headers | {"content-range": f"bytes */{size}"})
    start, stop = span[0], min(span[1], span[0] + MOST_BYTES)
    headers["content-range"] = f"bytes {start}-{stop - 1}/{size}"
    return Response(shard.read_range(row, column, start, stop), 206, headers)


def span_of(asked: str, size: int) -> tuple[int, int] | None:
    """The bytes [start, stop) of `size` that a Range names; None where there are none. Of several ranges, which no
    player asks for, none.
    """
    found = _RANGE.fullmatch(asked.strip())
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, stop = max(0, size - int(found[2])), size
    else:
        start, stop = int(found[1]), min(size, int(found[2]) + 1) if found[2] else size
    return (start, stop) if start < stop else None
