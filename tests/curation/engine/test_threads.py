"""Work in threads: how much is out, whose it is, and on how many cores."""

from __future__ import annotations

import asyncio
import ctypes
import threading
from pathlib import Path

import pytest

from faceshards.curation.engine.threads import Threads
from faceshards.jobs.watch import Watchdog, WorkStep

STEP = WorkStep(("clip",), "toy")


@pytest.fixture
def watch(tmp_path: Path):
    with Watchdog(tmp_path / "slots") as watch:
        yield watch


def test_what_is_out_is_counted_until_its_result_or_its_error_is_there(watch) -> None:
    gate = threading.Event()

    async def main() -> None:
        waiting = [asyncio.ensure_future(threads.run(STEP, gate.wait)) for _ in range(3)]
        failing = asyncio.ensure_future(threads.run(STEP, int, "x"))
        await asyncio.sleep(0)
        assert threads.out == 4
        gate.set()
        assert await asyncio.gather(*waiting) == [True] * 3
        with pytest.raises(ValueError, match="'x'"):
            await failing
        assert threads.out == 0

    with Threads(4, watch) as threads:
        asyncio.run(main())


def test_a_call_is_its_step_s_while_it_runs(watch) -> None:
    async def main() -> None:
        assert await threads.run(STEP, lambda: watch.now) == STEP
        assert watch.now is None

    with Threads(1, watch) as threads:
        asyncio.run(main())


def openmp() -> ctypes.CDLL:
    """The very library that torch counts its threads with."""
    pytest.importorskip("torch")
    maps = Path("/proc/self/maps")
    names = {line.split()[-1] for line in maps.read_text().splitlines()} if maps.exists() else set()
    found = [name for name in names if "torch" in name and "gomp" in Path(name).name]
    if not found:
        pytest.skip("torch has no OpenMP of its own here")
    return ctypes.CDLL(found[0])


def test_torch_runs_on_one_core_in_each_thread(watch) -> None:
    most = openmp().omp_get_max_threads

    async def main() -> list[int]:
        return await asyncio.gather(*(threads.run(STEP, most) for _ in range(3)))

    with Threads(3, watch) as threads:
        assert set(asyncio.run(main())) == {1}
