"""NetQueue: full where they can be, padded where not, the same results in any company."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceshards.curation.engine.loop import run
from faceshards.curation.engine.network import WORKS_FOR, Net, NetQueue
from faceshards.jobs.watch import Watchdog


@pytest.fixture
def watch(tmp_path: Path):
    with Watchdog(tmp_path / "slots") as watch:
        yield watch


def going(batches: NetQueue, main: Any) -> Any:
    """Runs a coroutine; whenever it is stuck, a short batch runs."""

    def idle() -> bool:
        if not batches.queued:
            return False
        batches.run()
        return True

    return run(main, idle)


def doubled(seen: list[int]) -> Callable[..., tuple[np.ndarray, ...]]:
    def net(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, ...]:
        seen.append(len(a))
        if (a < 0).any():
            raise ValueError("below 0")
        return a * 2, a.sum(axis=1) + b

    return net


def rows(count: int, start: int = 0) -> tuple[np.ndarray, np.ndarray]:
    a = np.arange(start, start + 2 * count, dtype=np.float32).reshape(count, 2)
    return a, np.arange(count, dtype=np.float32)


def test_requests_share_batches_and_get_their_own_rows(watch) -> None:
    seen: list[int] = []
    batches = NetQueue("toy.net", Net(doubled(seen), batch=4), watch)

    async def main() -> list[Any]:
        return await asyncio.gather(*(batches(*rows(count, 10 * count)) for count in (3, 6, 1, 9)))

    for count, (twice, sums) in zip((3, 6, 1, 9), going(batches, main()), strict=True):
        a, b = rows(count, 10 * count)
        np.testing.assert_array_equal(twice, a * 2)
        np.testing.assert_array_equal(sums, a.sum(axis=1) + b)
    assert seen == [4] * 5 and (batches.rows, batches.runs) == (19, 5) and batches.fill == 19 / 20


def test_no_rows_give_no_rows_of_the_right_kind(watch) -> None:
    batches = NetQueue("toy.net", Net(doubled([]), batch=4), watch)

    async def main() -> Any:
        return await batches(*rows(0))

    twice, sums = going(batches, main())
    assert twice.shape == (0, 2) and sums.shape == (0,) and twice.dtype == np.float32


def test_rows_that_a_network_refuses_cost_only_those_who_sent_them(watch) -> None:
    batches = NetQueue("toy.net", Net(doubled([]), batch=8), watch)

    async def main() -> list[Any]:
        asked = [
            batches(*rows(3)),
            batches(np.full((1, 2), -1, np.float32), np.zeros(1, np.float32)),
            batches(*rows(2)),
        ]
        return await asyncio.gather(*asked, return_exceptions=True)

    good, bad, other = going(batches, main())
    assert isinstance(bad, ValueError)
    np.testing.assert_array_equal(good[0], rows(3)[0] * 2)
    np.testing.assert_array_equal(other[0], rows(2)[0] * 2)


def test_what_a_runtime_gives_out_again_does_not_change_what_was_given(watch) -> None:
    memory = np.zeros((2, 1), np.float32)

    def net(a: np.ndarray) -> tuple[np.ndarray]:
        memory[:] = a
        return (memory,)

    batches = NetQueue("toy.net", Net(net, batch=2), watch)

    async def main() -> Any:
        return [await batches(np.full((2, 1), value, np.float32)) for value in (1, 2)]

    first, second = going(batches, main())
    assert first[0].tolist() == [[1], [1]] and second[0].tolist() == [[2], [2]]


def test_rows_that_a_task_of_a_task_brings_are_on_the_account_of_its_clip(watch) -> None:
    blamed: list[tuple[str, ...]] = []

    def net(a: np.ndarray) -> tuple[np.ndarray, ...]:
        assert watch.now is not None
        blamed.append(watch.now.keys)
        return (a,)

    batches = NetQueue("toy.net", Net(net, batch=3), watch)

    async def clip(key: str, count: int) -> None:
        WORKS_FOR.set((key,))

        async def crop() -> None:
            await batches(np.zeros((1, 2)))

        await asyncio.gather(*(crop() for _ in range(count)))

    async def main() -> None:
        await asyncio.gather(clip("a", 2), clip("b", 2))

    going(batches, main())
    assert blamed == [("a", "b"), ("b",)]
