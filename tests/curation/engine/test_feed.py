"""One decoding for several readers: what each sees, how much is held, and what ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceshards.curation.engine.feed import HELD, Feed, FeedReader
from faceshards.curation.engine.loop import run
from faceshards.curation.engine.threads import Threads
from faceshards.errors import ClipError
from faceshards.jobs.watch import Watchdog, WorkStep
from faceshards.media.video.chunks import Chunk

STEP = WorkStep(("clip",), "decode")


class Decoder:
    """So many chunks of two pictures, counted as they are asked for; behind them may come an error."""

    def __init__(self, chunks: int, error: Exception | None = None) -> None:
        self.begun = self.asked = 0
        self.closed = False
        self._chunks, self._error = chunks, error

    def run(self) -> Iterator[Chunk]:
        try:
            for number in range(self._chunks):
                self.begun += 1
                pictures = np.full((2, 2, 2, 3), number, np.uint8)
                yield Chunk(np.arange(2 * number, 2 * number + 2), pictures, lambda: np.arange(99) / 25)
            self.asked += 1
            if self._error is not None:
                raise self._error
        finally:
            self.closed = True


@pytest.fixture
def threads(tmp_path: Path) -> Iterator[Threads]:
    with Watchdog(tmp_path / "slots") as watch, Threads(4, watch) as threads:
        yield threads


async def numbers(reader: FeedReader) -> list[int]:
    return [int(number) async for chunk in reader for number in chunk.numbers]


async def settled(threads: Threads) -> None:
    """Until nothing is being decoded any more."""
    for _ in range(10):
        await asyncio.sleep(0)
        while threads.out:
            await asyncio.sleep(0.001)


def going(main: Any) -> Any:
    return run(main, lambda: False)


def test_each_reader_sees_all_of_one_decoding_and_may_write_into_none_of_it(threads) -> None:
    decoder = Decoder(7)

    async def main() -> list[list[int]]:
        feed = Feed(decoder.run(), threads, STEP)
        readers = [feed.reader() for _ in range(3)]
        async for chunk in readers[0]:
            with pytest.raises(ValueError, match="read-only"):
                chunk.pictures[0, 0, 0, 0] = 1
            assert (chunk.pictures == chunk.numbers[0] // 2).all() and chunk.times[1] == chunk.numbers[1] / 25
            break
        readers[0].leave()
        found = await asyncio.gather(*map(numbers, readers[1:]))
        await feed.close()
        return found

    assert going(main()) == [list(range(14))] * 2 and decoder.begun == 7


def test_the_slowest_sets_the_pace_and_two_chunks_are_held(threads) -> None:
    decoder = Decoder(9)

    async def main() -> None:
        feed = Feed(decoder.run(), threads, STEP)
        quick, slow = feed.reader(), feed.reader()
        ahead = asyncio.ensure_future(numbers(quick))
        position = 0
        async for _ in slow:
            await settled(threads)
            assert decoder.begun == min(9, position + HELD)
            assert not ahead.done() or position >= 9 - HELD
            position += 1
        assert await ahead == list(range(18)) and position == 9
        await feed.close()

    going(main())


def test_one_chunk_more_is_held_where_readers_wait_for_each_other(threads) -> None:
    decoder = Decoder(5)

    async def main() -> None:
        feed = Feed(decoder.run(), threads, STEP, held=1)
        quick, slow = feed.reader(), feed.reader()
        way = aiter(slow)
        first = await anext(way)
        ahead = asyncio.ensure_future(numbers(quick))
        held = []
        while not ahead.done():
            await settled(threads)
            held.append(decoder.begun)
            if not feed.widen():
                break
        await settled(threads)
        assert held == [1, 2, 3, 4, 5, 5] and first.numbers[0] == 0
        assert await ahead == list(range(10))
        assert not feed.widen()  # at the end it helps nobody
        await feed.close()

    going(main())


@pytest.mark.parametrize("leaves", ["at once", "in the middle"])
def test_a_reader_that_leaves_holds_nobody_up(threads, leaves) -> None:
    decoder = Decoder(6)

    async def main() -> list[int]:
        feed = Feed(decoder.run(), threads, STEP)
        goes, stays = feed.reader(), feed.reader()
        way = aiter(goes)
        if leaves == "in the middle":
            await anext(way)
        goes.leave()
        goes.leave()
        found = await numbers(stays)
        await feed.close()
        return found

    assert going(main()) == list(range(12))


def test_with_nobody_left_nothing_more_is_decoded(threads) -> None:
    decoder = Decoder(50)

    async def main() -> None:
        feed = Feed(decoder.run(), threads, STEP)
        reader = feed.reader()
        way = aiter(reader)
        await anext(way)
        reader.leave()
        await settled(threads)
        assert decoder.begun <= HELD + 1
        await feed.close()

    going(main())
    assert decoder.closed


def test_what_the_decoder_raises_each_reader_raises_at_that_place_and_it_is_asked_once(threads) -> None:
    decoder = Decoder(3, ClipError("broken-media", "it ends here"))

    async def main() -> list[list[int]]:
        feed = Feed(decoder.run(), threads, STEP)
        found: list[list[int]] = [[], []]

        async def read(reader: FeedReader, seen: list[int]) -> None:
            with pytest.raises(ClipError, match="it ends here"):
                async for chunk in reader:
                    seen.append(int(chunk.numbers[0]))
                    await asyncio.sleep(0)

        await asyncio.gather(*(read(feed.reader(), seen) for seen in found))
        await feed.close()
        return found

    assert going(main()) == [[0, 2, 4]] * 2 and decoder.asked == 1


def test_a_clip_without_a_picture_ends_at_once(threads) -> None:
    async def main() -> list[int]:
        feed = Feed(Decoder(0).run(), threads, STEP)
        return await numbers(feed.reader())

    assert going(main()) == []


@pytest.mark.parametrize("read", [0, 2])
def test_closing_ends_the_decoder_wherever_it_is(threads, read) -> None:
    decoder = Decoder(9)

    async def main() -> None:
        feed = Feed(decoder.run(), threads, STEP)
        reader = feed.reader()
        way = aiter(reader)
        for _ in range(read):
            await anext(way)
        await feed.close()

    going(main())
    assert decoder.begun <= read + HELD and (decoder.closed or not read)
