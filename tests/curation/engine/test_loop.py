"""The loop: `idle` is asked when nothing can go on, and only then; the first error ends all."""

from __future__ import annotations

import asyncio
import time

import pytest

from faceshards.curation.engine.loop import run, together


def test_idle_is_asked_whenever_nothing_is_ready_and_what_it_makes_ready_goes_on() -> None:
    waiting: list[asyncio.Future[int]] = []
    asked: list[int] = []

    def idle() -> bool:
        asked.append(len(waiting))
        if not waiting:
            return False
        waiting.pop(0).set_result(len(asked))
        return True

    async def one() -> int:
        future = asyncio.get_running_loop().create_future()
        waiting.append(future)
        return await future

    async def main() -> list[int]:
        for _ in range(50):
            await asyncio.sleep(0)  # something is always ready: nobody is asked
        assert asked == []
        return [*await asyncio.gather(one(), one(), one()), await one()]

    assert run(main(), idle) == [1, 2, 3, 4] and asked[:4] == [3, 2, 1, 1]


def test_where_idle_has_nothing_threads_and_clocks_are_waited_for() -> None:
    asked: list[bool] = []

    def idle() -> bool:
        asked.append(False)
        return False

    async def main() -> str:
        await asyncio.sleep(0.01)
        return await asyncio.get_running_loop().run_in_executor(None, lambda: time.sleep(0.02) or "done")

    assert run(main(), idle) == "done" and 0 < len(asked) < 20  # it waits: it does not go round and round


def test_what_idle_raises_ends_the_run_and_everybody_cleans_up() -> None:
    cleaned: list[str] = []

    async def stuck(name: str) -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            cleaned.append(name)

    def idle() -> bool:
        if cleaned:
            return False
        raise RuntimeError("nothing will come")

    async def main() -> None:
        await together([stuck("a"), stuck("b")])

    with pytest.raises(RuntimeError, match="nothing will come"):
        run(main(), idle)
    assert sorted(cleaned) == ["a", "b"]


def test_the_first_error_ends_the_others_and_is_raised_when_they_have_ended() -> None:
    told: list[str] = []

    async def long() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # its cleaning up takes a moment
            told.append("ended")
            raise

    async def failing() -> None:
        await asyncio.sleep(0)
        raise ValueError("no good")

    async def main() -> None:
        with pytest.raises(ValueError, match="no good"):
            await together([long(), failing(), long()])
        assert told == ["ended", "ended"]

    run(main(), lambda: False)


def test_those_who_are_ended_from_outside_clean_up_in_peace() -> None:
    cleaned: list[int] = []

    async def one(number: int) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            for _ in range(5 * number):
                await asyncio.sleep(0)
            cleaned.append(number)

    async def failing(after: int) -> None:
        for _ in range(after):
            await asyncio.sleep(0)
        raise ValueError("no good")

    async def main() -> None:
        inner = [together([one(1), failing(after=3), one(2)]), together([one(0), one(3)])]
        with pytest.raises(ValueError, match="no good"):
            await together([*inner, failing(after=6)])  # the first of the inner ones is just cleaning up

    run(main(), lambda: False)
    assert sorted(cleaned) == [0, 1, 2, 3]


def test_together_waits_for_all_and_for_none() -> None:
    done: list[int] = []

    async def one(number: int) -> None:
        await asyncio.sleep(0)
        done.append(number)

    async def main() -> None:
        await together([])
        await together([one(1), one(2)])

    run(main(), lambda: False)
    assert done == [1, 2]
