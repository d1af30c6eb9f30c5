"""Who is at work: told while it runs, told by what a dead process left, and ended where it runs too long."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from faceshards.errors import StorageError
from faceshards.jobs.watch import TIMED_OUT, Watchdog, WatchedCoroutine, WorkStep, left_at

ROOT = Path(__file__).resolve().parents[2]
A, B = WorkStep(("a",), "faces"), WorkStep(("b", "c"), "net")


def test_a_slot_a_thread_tells_what_runs_now(tmp_path: Path) -> None:
    path = tmp_path / "slots"
    with Watchdog(path) as watch:
        assert left_at(path) == [] and watch.now is None
        with watch.at(A):
            assert left_at(path) == [A] and watch.now == A
            with watch.at(B):
                assert left_at(path) == [B]
            assert left_at(path) == [A]
        assert left_at(path) == []
    assert left_at(path) == [] and not path.exists()


def busy(seconds: float) -> None:
    """Takes so much of a processor's time."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_only_running_counts_and_what_is_shared_is_divided(tmp_path: Path) -> None:
    with Watchdog(tmp_path / "slots") as watch:
        for _ in range(2):
            with watch.at(A):
                busy(0.02)
            busy(0.05)
        with watch.at(B):
            busy(0.02)
        assert 0.04 <= watch.spent("a")["faces"] < 0.06 and watch.spent("a") == {}
        b, c = watch.spent("b"), watch.spent("c")
        assert b == c and 0.01 <= b["net"] < 0.03


def test_a_coroutine_counts_while_it_runs_not_while_it_waits(tmp_path: Path) -> None:
    async def inner() -> int:
        busy(0.02)
        await asyncio.sleep(0.1)
        busy(0.02)
        try:
            await asyncio.wait_for(asyncio.get_running_loop().create_future(), 0.01)
        except TimeoutError:
            return 7
        return 0

    async def outer(watch: Watchdog) -> int:
        return await WatchedCoroutine(inner(), watch, A)

    with Watchdog(tmp_path / "slots") as watch:
        assert asyncio.run(outer(watch)) == 7
        assert 0.04 <= watch.spent("a")["faces"] < 0.06


def test_a_cancelled_coroutine_hears_of_it(tmp_path: Path) -> None:
    heard = []

    async def inner() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            heard.append(True)
            raise

    async def outer(watch: Watchdog) -> None:
        task = asyncio.ensure_future(asyncio.wait_for(WatchedCoroutine(inner(), watch, A), 60))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with Watchdog(tmp_path / "slots") as watch:
        asyncio.run(outer(watch))
    assert heard == [True]


HANG = """
import sys, time
from pathlib import Path
from faceshards.jobs.watch import WorkStep, Watchdog
def expired(step):
    Path(sys.argv[2]).write_text(repr(step))
    return "too long"
with Watchdog(Path(sys.argv[1]), 0.3, expired) as watch:
    for _ in range(100):
        with watch.at(WorkStep(("a",), "faces")):
            time.sleep(0.05)
        time.sleep(0.01)
"""


def test_a_step_that_runs_too_long_in_all_ends_its_process_and_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HANG, str(tmp_path / "slots"), str(tmp_path / "said")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == TIMED_OUT and done.stderr == "too long\n"
    assert (tmp_path / "said").read_text() == repr(A)
    assert left_at(tmp_path / "slots") == [A]


def test_what_a_killed_process_was_at_is_left_behind(tmp_path: Path) -> None:
    code = HANG.replace("0.3, expired", "None").replace("0.05", "60")
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "slots"), "-"], cwd=ROOT)
    while left_at(tmp_path / "slots") != [A]:
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert left_at(tmp_path / "slots") == [A]


def test_a_disk_without_room_for_the_slots_is_said_and_no_signal(tmp_path: Path, monkeypatch) -> None:
    """Bytes of a mapped file that the disk has no room for end the process, whatever it is at."""
    with Watchdog(tmp_path / "slots"):
        held = (tmp_path / "slots").stat()
        assert held.st_blocks * 512 >= held.st_size > 0

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(StorageError, match="slots: No space left"), Watchdog(tmp_path / "slots"):
        pass
