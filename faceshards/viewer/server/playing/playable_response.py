"""A clip that is made for a player: a short one whole, in a file that is kept for a while and read by ranges; a long
one while it is played, from the second on that is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator
from contextlib import asynccontextmanager, closing
from math import isfinite
from threading import BoundedSemaphore, Event
from typing import Any, BinaryIO, cast

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from faceshards.errors import ClipError, UsageError
from faceshards.media.members import RowMembers
from faceshards.shards.reader import Shard
from faceshards.viewer.server.playing.byte_range import Bytes, ranged_response
from faceshards.viewer.server.playing.conversion import converted
from faceshards.viewer.server.playing.member_response import tag_of
from faceshards.viewer.server.playing.playable_cache import PlayableCache
from faceshards.viewer.server.playing.way import Way, ranged

#: Seconds of a clip that is made as a whole before it plays.
LONG = 60.0
#: Bytes of such a clip: what a container says of its duration may be wrong.
MOST_BYTES = 256 << 20
#: Short clips that are made at a time: each takes a core.
_AT_ONCE = BoundedSemaphore(2)


class Wanted:
    """Whether the client still waits: a clip that nobody waits for is not made on."""

    def __init__(self) -> None:
        self._left = Event()

    def __call__(self) -> bool:
        return not self._left.is_set()

    @classmethod
    @asynccontextmanager
    async def by(cls, request: Request) -> Any:
        """Listens within the block for the client of a request to leave."""
        wanted = cls()

        async def listen() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            wanted._left.set()

        listening = asyncio.create_task(listen())
        try:
            yield wanted
        finally:
            listening.cancel()


def playable_response(
    request: Request, shard: Shard, row: int, column: str, way: Way, cache: PlayableCache, wanted: Wanted
) -> Response:
    """The mp4 of a member; how it was made is said in a header. Raises ClipError, UsageError for a wrong `start`."""
    headers = {"x-faceshards-playable": way.said}
    tag = tag_of(shard, row, column) + "-playable"
    steps = _Steps(shard, row, column, way)
    if way.seconds > LONG:
        stream = steps.stream(_start(request))
        first = next(stream, b"")  # what is wrong with it is said before the answer begins
        return StreamingResponse(_all(first, stream), headers=headers, media_type="video/mp4")

    def write(out: BinaryIO) -> None:
        with _AT_ONCE, closing(steps.into(out)) as made:
            for _ in made:
                if not wanted():
                    raise ClipError("timeout", "the player left before its clip was made")
                if out.tell() > MOST_BYTES:
                    raise ClipError("too-large", f"the clip lasts longer than it says: {MOST_BYTES >> 20} MB were made")

    file = cache.file(tag, write)
    return ranged_response(request, Bytes(file.read, file.size, "video/mp4", tag), headers)


class _Steps:
    """A conversion of a member, step by step."""

    def __init__(self, shard: Shard, row: int, column: str, way: Way) -> None:
        members = RowMembers(shard, row)
        self._way, self._pictures = way, ranged(members, column)
        self._voice = ranged(members, way.voice) if way.voice else None

    def into(self, out: BinaryIO) -> Generator[None]:
        """Into a file."""
        return converted(self._way, self._pictures, self._voice, out)

    def stream(self, start: float) -> Iterator[bytes]:
        """As bytes, from `start` seconds on."""
        out = _Drain()
        with closing(
            converted(self._way, self._pictures, self._voice, cast(BinaryIO, out), start, fragmented=True)
        ) as made:
            for _ in made:
                if out.waiting:
                    yield out.taken()
        yield out.taken()


class _Drain:
    """A file that is written to and emptied."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.waiting.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """What was written since."""
        body = b"".join(self.waiting)
        self.waiting.clear()
        return body


def _all(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _start(request: Request) -> float:
    text = request.query_params.get("start", "0")
    try:
        start = float(text)
    except ValueError:
        start = -1
    if not (isfinite(start) and start >= 0):
        raise UsageError(f"start={text[:40]!r}: give seconds from the clip's first picture on")
    return start
