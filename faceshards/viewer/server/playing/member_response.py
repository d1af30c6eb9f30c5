"""A member of a shard as it stands there, by ranges of bytes, of which only those are read."""

from __future__ import annotations

import zlib
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from faceshards.errors import ColumnError
from faceshards.shards.reader import Shard
from faceshards.viewer.server.playing.byte_range import Bytes, ranged_response

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
_SAVED = {"content-disposition": "attachment"}


def member_response(request: Request, shard: Shard, row: int, column: str) -> Response:
    """The bytes of a member that the request asks for. What is no medium is saved by a browser, not shown.

    Raises ColumnError where the sample has no such member.
    """
    if not shard.has(column) or not shard.filled(row, column):
        raise ColumnError(f"{shard.path.name}: sample {shard.keys[row]!r} has no {column!r}")
    kind = TYPES.get(column.rpartition(".")[2], "")
    size = shard.extent(row, column).size
    body = Bytes(
        partial(shard.read_range, row, column), size, kind or "application/octet-stream", tag_of(shard, row, column)
    )
    return ranged_response(request, body, {} if kind else _SAVED)


def tag_of(shard: Shard, row: int, column: str) -> str:
    """What tells a member of this generation of its shard from all others."""
    return f"{shard.generation}-{row}-{zlib.crc32(column.encode()):08x}"
