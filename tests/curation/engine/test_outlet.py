"""What a stage puts out: rows as they come, whole columns, scores, videos; and what is left of what is given up."""

from __future__ import annotations

import asyncio
import gc
import tempfile
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.engine.live import LiveTable
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.threads import Threads
from faceshards.errors import ClipError
from faceshards.jobs.watch import Watchdog, WorkStep
from faceshards.media.encode import encode
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import wide
from faceshards.media.timeline import Timeline
from faceshards.media.video.decode import frames
from faceshards.shards.schema.codecs import decode, encode_npy
from tests.curation.engine.conftest import pictures

STEP = WorkStep(("clip",), "toy")
EVEN = Timeline(np.arange(99, dtype=np.int64), Fraction(1, 25), 0, Fraction(25))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def threads(tmp_path: Path) -> Iterator[Threads]:
    with Watchdog(tmp_path / "slots") as watch, Threads(4, watch) as threads:
        yield threads


@pytest.fixture
def tables() -> dict[str, LiveTable]:
    return {}


@pytest.fixture
def out(folder: Path, threads: Threads, tables: dict[str, LiveTable]) -> Iterator[Outlet]:
    with closing(Outlet(folder, threads, STEP, lambda: EVEN, tables)) as out:
        yield out


@pytest.mark.parametrize("dtype", ["float32", "<i8", ">i2", "bool", "U3"])
def test_rows_that_come_bit_by_bit_make_the_bytes_of_the_whole_array(out, dtype) -> None:
    whole = np.arange(42).reshape(7, 3, 2).astype(dtype)
    for part in (whole[:2], whole[2:2], whole[2:6][:, :, :], whole[6:]):
        out.add("x.npy", part)
    assert out.outcome().columns["x.npy"] == encode_npy(whole)


def test_rows_of_any_layout_are_put_down_as_they_read(out) -> None:
    whole = np.arange(24.0).reshape(4, 3, 2).transpose(1, 2, 0)
    out.add("x.npy", whole)
    np.testing.assert_array_equal(decode("x.npy", out.outcome().columns["x.npy"]), whole)


def test_much_waits_on_the_disk_in_the_folder_of_the_work(out, folder, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")  # the system's is not asked
    part = np.random.default_rng(0).normal(size=(1 << 17, 2))
    for _ in range(3):
        out.add("x.npy", part)
    assert out.outcome().columns["x.npy"] == encode_npy(np.concatenate([part] * 3))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (np.zeros((2, 3), np.float32), "rows are float64 .3,. each, got float32"),
        (np.zeros((2, 4)), "got float64 .4,."),
        (np.full((1, 3), np.nan), "x.npy holds NaN or infinity"),
        (np.full((1, 3), -np.inf), "x.npy holds NaN or infinity"),
    ],
)
def test_rows_of_another_kind_and_what_no_shard_can_hold_are_refused(out, rows, says) -> None:
    out.add("x.npy", np.zeros((1, 3)))
    with pytest.raises(ValueError, match=says):
        out.add("x.npy", rows)


def test_objects_are_refused_at_once(out) -> None:
    with pytest.raises(ValueError, match="pickle"):
        out.add("x.npy", np.array([None]))


def test_columns_and_scores_are_kept_the_later_word_counts(out) -> None:
    out.put("x.txt", "one")
    out.put("x.txt", "two")
    out.score(mean=1, most=2)
    out.score(mean=3)
    assert out.outcome() == Outcome({"x.txt": "two"}, {"mean": 3, "most": 2})


def test_rows_are_told_to_who_reads_them_live_and_else_to_nobody(out, tables) -> None:
    rows = {"frame": np.array([0, 1])}
    out.tell("faces.msg", 3, rows)
    tables["faces.msg"] = LiveTable("faces.msg")
    out.tell("faces.msg", 3, rows)
    assert asyncio.run(tables["faces.msg"].between(1, 3))["frame"].tolist() == [1]


async def filmed(out: Outlet, shown: np.ndarray, chunk: int, error: Exception | None = None) -> None:
    async with out.video("twin.mp4") as video:
        for start in range(0, len(shown), chunk):
            await video.add(shown[start : start + chunk], np.arange(start, min(start + chunk, len(shown))))
        if error is not None:
            await asyncio.sleep(0)  # by now the last pictures are being encoded
            raise error


@pytest.mark.parametrize("chunk", [1, 4, 20])
def test_a_video_is_the_encoder_s_with_its_packet_table(out, folder, chunk) -> None:
    shown = pictures(11, 0)
    asyncio.run(filmed(out, shown, chunk))
    made = out.outcome()
    extent = made.columns["twin.mp4"]
    body = extent.path.read_bytes()
    assert body == encode(shown, Fraction(25)) and extent.path.parent == folder
    table, media = packet_table(body)
    np.testing.assert_array_equal(wide(made.columns["twin.mp4.packets.npy"]), table)
    assert made.media == {"twin.mp4": media} and len(list(frames(body))) == 11


def test_pictures_may_be_left_out_and_the_others_keep_their_times(folder, threads) -> None:
    line = Timeline(np.array([5, 6, 9, 30, 31]), Fraction(1, 25), 5, Fraction(25))
    out = Outlet(folder, threads, STEP, lambda: line, {})

    async def main() -> None:
        async with out.video("twin.mp4") as video:
            await video.add(pictures(2, 0), np.array([0, 3]))
            await video.add(pictures(1, 0), np.array([4]))

    asyncio.run(main())
    table, media = packet_table(out.outcome().columns["twin.mp4"].path.read_bytes())
    seconds = np.sort(table[:, 0]) * media["time_base"][0] / media["time_base"][1]
    np.testing.assert_allclose(seconds - seconds[0], [0, 1, 26 / 25])


@pytest.mark.parametrize("shown", [0, 3, 40])
def test_a_video_that_is_given_up_leaves_nothing_behind(out, folder, threads, caplog, shown) -> None:
    async def main() -> str:
        with pytest.raises(ClipError) as caught:
            await filmed(out, pictures(40, 0)[:shown], 20, ClipError("no-face", "none") if shown else None)
        assert threads.out == 0  # nothing is encoded any more
        return caught.value.code

    assert asyncio.run(main()) == ("no-face" if shown else "no-frames")
    gc.collect()
    assert out.outcome() == Outcome() and list(folder.iterdir()) == [] and not caplog.records


@pytest.mark.parametrize("last", [False, True])
def test_pictures_that_cannot_be_encoded_are_the_clip_s_failure_and_leave_nothing(out, folder, caplog, last) -> None:
    async def main() -> None:
        async with out.video("twin.mp4") as video:
            await video.add(pictures(3, 0), np.arange(3))
            await video.add(pictures(2, 0)[:, :32], np.arange(3, 5))
            if not last:
                await video.add(pictures(2, 0), np.arange(5, 7))

    with pytest.raises(ClipError) as caught:
        asyncio.run(main())
    gc.collect()
    assert caught.value.code == "mixed-sizes" and list(folder.iterdir()) == [] and not caplog.records


@pytest.mark.parametrize("ending", [False, True])
def test_who_is_cancelled_while_it_films_leaves_nothing_and_nothing_is_under_way(
    out, folder, threads, caplog, ending
) -> None:
    shown = np.repeat(np.repeat(pictures(60, 0), 4, axis=1), 4, axis=2)

    async def main() -> None:
        async def film() -> None:
            async with out.video("twin.mp4") as video:
                await video.add(shown, np.arange(60))
                if not ending:
                    await video.add(shown, np.arange(60, 120))

        task: Any = asyncio.ensure_future(film())
        while not threads.out:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert threads.out == 0

    asyncio.run(main())
    gc.collect()
    assert list(folder.iterdir()) == [] and out.outcome() == Outcome() and not caplog.records
