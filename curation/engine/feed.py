"""One decoding that feeds all stages of a pass: the slowest sets the pace, two chunks at most are held."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator

from faceshards.curation.engine.threads import Threads
from faceshards.jobs.watch import WorkStep
from faceshards.media.video.chunks import Chunk

#: Chunks of a clip in memory, the one that is just being decoded among them.
HELD = 2


class Feed:
    """The chunks of one pass over a clip, for several readers, who are all named before the first of them reads.

    What the decoder raises, each reader raises at that place. `step` names the decoding to who watches.
    """

    def __init__(self, chunks: Iterator[Chunk], threads: Threads, step: WorkStep, held: int = HELD) -> None:
        self._source, self._threads, self._step = chunks, threads, step
        self._chunks: deque[Chunk] = deque()
        self._first, self._held = 0, held
        self._readers: set[FeedReader] = set()
        self._job: asyncio.Task[None] | None = None
        self._error: Exception | None = None
        self._ended = False
        self._waiting: list[asyncio.Future[None]] = []

    def reader(self) -> FeedReader:
        """A reader from the first chunk on."""
        reader = FeedReader(self)
        self._readers.add(reader)
        return reader

    async def at(self, position: int) -> Chunk | None:
        """The chunk of a position; None behind the last. Raises the decoder's error."""
        while position >= self._first + len(self._chunks) and not self._ended:
            self._pump()
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        if position < self._first + len(self._chunks):
            return self._chunks[position - self._first]
        if self._error is not None:
            raise self._error
        return None

    def passed(self, reader: FeedReader, ended: bool = False) -> None:
        """A reader has done with a chunk, or with all: what nobody needs any more goes, and the next is decoded."""
        if ended:
            self._readers.discard(reader)
        low = min((one.position for one in self._readers), default=self._first + len(self._chunks))
        while self._chunks and self._first < low:
            self._chunks.popleft()
            self._first += 1
        if self._readers:
            self._pump()

    @property
    def bytes(self) -> int:
        """Bytes of the pictures that are held."""
        return sum(chunk.pictures.nbytes for chunk in self._chunks)

    def widen(self) -> bool:
        """Allows one chunk more, where stages wait for each other across more frames than are held; False where that
        helps nobody.
        """
        if self._job is not None or self._ended or not self._waiting:
            return False
        self._held += 1
        self._pump()
        return True

    async def close(self) -> None:
        """Ends the decoding, wherever it is."""
        self._ended = True
        if self._job is not None:
            await self._job
        close = getattr(self._source, "close", None)
        if close is not None:
            await self._threads.run(self._step, close)

    def _pump(self) -> None:
        """Has the next chunk decoded, where there is room for it."""
        if self._job is None and not self._ended and len(self._chunks) < self._held:
            self._job = asyncio.get_running_loop().create_task(self._decode())

    async def _decode(self) -> None:
        try:
            chunk = await self._threads.decode(self._step, next, self._source, None)
            if chunk is None:
                self._ended = True
            elif not self._ended:
                chunk.pictures.setflags(write=False)
                self._chunks.append(chunk)
        except Exception as error:  # noqa: BLE001 - it is raised to those who read
            self._error, self._ended = error, True
        self._job = None
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)
        if self._readers:
            self._pump()


class FeedReader:
    """One stage's way through a feed."""

    def __init__(self, feed: Feed) -> None:
        self._feed, self.position = feed, 0

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        try:
            while (chunk := await self._feed.at(self.position)) is not None:
                yield chunk
                del chunk
                self.position += 1
                self._feed.passed(self)
        finally:
            self.leave()

    def leave(self) -> None:
        """It reads no further."""
        self._feed.passed(self, ended=True)
