"""Rows that one stage tells and another reads, while they are made or when they are all there."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from faceshards.curation.engine.live import LiveTable
from faceshards.errors import ClipError


def rows(*frames: int) -> dict[str, np.ndarray]:
    """A row a frame; its value is ten times the frame."""
    frame = np.array(frames, np.int64)
    return {"frame": frame, "box": np.repeat(10.0 * frame[:, None], 4, axis=1)}


def no_rows() -> dict[str, np.ndarray]:
    """As a stage has them that tells none: of another type and shape than its rows."""
    return {"frame": np.zeros(0), "box": np.zeros(0)}


def frames_of(found: dict[str, np.ndarray]) -> list[int]:
    assert set(found) == {"frame", "box"} and (found["box"] == 10 * found["frame"][:, None]).all()
    return found["frame"].tolist()


def between(table: LiveTable, first: int, last: int) -> dict[str, np.ndarray]:
    return asyncio.run(table.between(first, last))


@pytest.fixture
def told() -> LiveTable:
    """Frames 0 to 9 in three parts, the second without a row; two rows in frames 1 and 8, none in 2 to 6 and 9."""
    table = LiveTable("faces.msg")
    table.tell(2, rows(0, 1, 1))
    table.tell(6, no_rows())
    table.tell(9, rows(7, 8, 8))
    return table


@pytest.mark.parametrize(
    ("first", "last", "frames"),
    [
        (0, 9, [0, 1, 1, 7, 8, 8]),
        (1, 7, [1, 1, 7]),
        (-1, 0, [0]),
        (1, 1, [1, 1]),
        (2, 6, []),
        (9, 9, []),
        (8, 9, [8, 8]),
    ],
)
def test_rows_are_those_of_the_frames_asked_for_both_ends_included(told, first, last, frames) -> None:
    found = between(told, first, last)
    assert frames_of(found) == frames and found["box"].shape == (len(frames), 4)


def test_who_asks_waits_for_all_of_the_frames_and_no_longer() -> None:
    async def main() -> None:
        table = LiveTable("faces.msg")
        asked = {last: asyncio.ensure_future(table.between(0, last)) for last in (1, 2, 5)}

        async def ready() -> list[int]:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return [last for last, one in asked.items() if one.done()]

        assert await ready() == []
        table.tell(1, rows(0))
        assert await ready() == [1]
        table.tell(2, no_rows())
        assert await ready() == [1, 2]
        table.end()
        assert await ready() == [1, 2, 5]  # the clip ends before
        assert [frames_of(one.result()) for one in asked.values()] == [[0]] * 3

    asyncio.run(main())


def test_several_wait_for_the_same_and_one_who_has_given_up_does_no_harm() -> None:
    async def main() -> None:
        table = LiveTable("faces.msg")
        asked = [asyncio.ensure_future(table.between(0, 3)) for _ in range(3)]
        await asyncio.sleep(0)
        asked[1].cancel()
        await asyncio.sleep(0)
        table.tell(3, rows(2))
        assert [frames_of(await one) for one in (asked[0], asked[2])] == [[2], [2]]

    asyncio.run(main())


def test_of_no_rows_at_all_there_are_frames_alone() -> None:
    table = LiveTable("faces.msg")
    table.tell(4, no_rows())
    found = between(table, 0, 4)
    assert list(found) == ["frame"] and found["frame"].shape == (0,) and found["frame"].dtype == np.int64


@pytest.mark.parametrize("before", [None, 3])
def test_a_maker_that_fails_is_heard_of_by_who_waits_and_by_who_comes_later(before) -> None:
    async def main() -> None:
        table = LiveTable("faces.msg")
        if before is not None:
            table.tell(before, rows(1))
        waiting = asyncio.ensure_future(table.between(0, 9))
        await asyncio.sleep(0)
        table.end(ClipError("no-face", "none"))
        for one in (waiting, table.between(0, 1)):
            with pytest.raises(ClipError, match=r"faces\.msg has no value") as caught:
                await one
            assert caught.value.code == "needs-failed"

    asyncio.run(main())


def test_one_that_is_there_already_is_read_at_once() -> None:
    table: Any = LiveTable.whole("faces.msg", rows(0, 4, 700))
    assert frames_of(between(table, 1, 800)) == [4, 700]
    assert between(LiveTable.whole("faces.msg", rows()), 0, 9)["frame"].tolist() == []
