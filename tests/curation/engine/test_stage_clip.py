"""A clip as stages see it: the decoder's own pictures and sound, the columns of this run before those of the shard."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceshards.curation.engine.feed import Feed
from faceshards.curation.engine.live import LiveTable
from faceshards.curation.engine.stage_clip import CHUNK_FRAMES, SharedClip, StageClip, bytes_of, size_of
from faceshards.curation.engine.threads import Threads
from faceshards.errors import ClipError, StageBug
from faceshards.jobs.watch import Watchdog, WorkStep
from faceshards.media.encode import encode
from faceshards.media.picture import encode_png
from faceshards.media.sound import read_sound
from faceshards.media.video.chunks import Chunk
from faceshards.media.video.decode import frames
from faceshards.shards.legacy.wave import encode_wave
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode_npy
from faceshards.shards.storage.extent import FileExtent
from tests.curation.conftest import sample, voice, write_shard
from tests.curation.engine.conftest import pictures

STEP = WorkStep(("clip",), "toy")


@pytest.fixture(scope="module")
def bodies() -> dict[str, bytes]:
    """A clip of 70 frames with sound, a silent one of 5, and one that is cut off."""
    speaking = encode(pictures(70, 1), Fraction(25), sound=voice(70 / 25))
    return {"speaking": speaking, "silent": encode(pictures(5, 2), Fraction(25)), "cut": speaking[:-9000]}


@pytest.fixture(scope="module")
def shard(bodies, tmp_path_factory) -> Iterator[Shard]:
    members = {name: sample(name, body, broken=name == "cut" or None) for name, body in bodies.items()}
    with Shard(write_shard(tmp_path_factory.mktemp("shard") / "x.tar", members)) as opened:
        yield opened


def clip_of(shard: Shard, name: str, **facts: Any) -> SharedClip:
    row = next(row for row in range(len(shard)) if shard.json(row)["name"] == name)
    return SharedClip(shard, row, shard.json(row) | facts)


@pytest.fixture
def threads(tmp_path: Path) -> Iterator[Threads]:
    with Watchdog(tmp_path / "slots") as watch, Threads(2, watch) as threads:
        yield threads


def stack(chunks: list[Chunk]) -> np.ndarray:
    return np.concatenate([chunk.pictures for chunk in chunks])


@pytest.mark.parametrize("known", [70, None, 1, 5, 400])
def test_pictures_are_those_of_the_decoder_whatever_the_json_says_of_their_number(shard, bodies, known) -> None:
    clip = clip_of(shard, "speaking", frames=known)
    found = list(clip.chunks())
    assert np.array_equal(stack(found), np.stack(list(frames(bodies["speaking"]))))
    assert [len(chunk.numbers) for chunk in found] == [CHUNK_FRAMES, CHUNK_FRAMES, 70 - 2 * CHUNK_FRAMES]
    assert np.concatenate([chunk.numbers for chunk in found]).tolist() == list(range(70))
    assert np.concatenate([chunk.times for chunk in found]) == pytest.approx(np.arange(70) / 25)
    assert clip.counts == {"frames_decoded": 70}


def test_large_pictures_come_fewer_at_a_time(tmp_path, made) -> None:
    """So that memory does not depend on the clip: 4K pictures, of 25 MB each, come one by one."""
    body = made(
        [np.full((2160, 3840, 3), 60 * number, np.uint8) for number in range(2)], options={"preset": "ultrafast"}
    )
    with Shard(write_shard(tmp_path / "x.tar", {"large": sample("large", body)})) as opened:
        assert [len(chunk.pictures) for chunk in clip_of(opened, "large").chunks()] == [1, 1]


def test_sound_is_decoded_once_for_each_rate_and_a_clip_without_has_none(shard, bodies) -> None:
    clip = clip_of(shard, "speaking")
    assert clip.sound(16000) is clip.sound(16000) and clip.sound(8000).rate == 8000
    assert np.array_equal(clip.sound(16000).samples, read_sound(bodies["speaking"], 16000).samples)
    with pytest.raises(ClipError) as caught:
        clip_of(shard, "silent").sound(16000)
    assert caught.value.code == "no-sound"


def test_several_threads_that_listen_at_a_time_hear_one_decoding(shard, threads) -> None:
    clip = clip_of(shard, "speaking")

    async def main() -> list[Any]:
        return await asyncio.gather(*(threads.run(STEP, clip.sound, 16000) for _ in range(2)))

    one, other = asyncio.run(main())
    assert one is other


def test_a_picture_is_a_clip_of_one_frame(tmp_path) -> None:
    shown = pictures(1, 3)
    members = {"json": {"name": "p", "container": "png"}, "png": encode_png(shown[0])}
    with Shard(write_shard(tmp_path / "p.tar", {"p": members})) as opened:
        clip = clip_of(opened, "p")
        assert np.array_equal(stack(list(clip.chunks())), shown) and clip.counts == {"frames_decoded": 1}
        assert len(clip.clip.timeline) == 1
        with pytest.raises(ClipError) as caught:
            clip.sound(16000)
    assert caught.value.code == "no-sound"


def test_a_shard_of_sound_alone_is_heard_and_has_no_pictures(tmp_path) -> None:
    buzz = voice(0.5)
    members = {"json": {"name": "s"}, "wav": encode_wave(buzz.samples, buzz.rate)}
    with Shard(write_shard(tmp_path / "s.tar", {"s": members})) as opened:
        clip = clip_of(opened, "s")
        np.testing.assert_array_equal(clip.sound(buzz.rate).samples, buzz.samples)
        with pytest.raises(ClipError, match="the wav file has no video stream") as caught:
            list(clip.chunks())
    assert caught.value.code == "no-video"


def test_columns_of_this_run_come_before_those_of_the_shard(shard, tmp_path) -> None:
    (tmp_path / "spilled.npy").write_bytes(encode_npy(np.arange(3)))
    spilled = FileExtent.whole(tmp_path / "spilled.npy")
    clip = clip_of(shard, "silent")
    assert clip.value("mp4.packets.npy").shape[1] == 7
    clip.made |= {"mp4.packets.npy": b"", "new.txt": b"here", "spilled.npy": spilled}
    assert clip.value("new.txt") == "here" and clip.value("spilled.npy").tolist() == [0, 1, 2]
    assert size_of(spilled) == len(bytes_of(spilled)) == len(encode_npy(np.arange(3)))
    assert clip.has("new.txt") and clip.has("spilled.npy") and not clip.has("never.npy")
    for name in ("mp4.packets.npy", "never.npy"):
        assert not clip.has(name)
        with pytest.raises(ClipError, match=f"{name} is not made of this clip yet: run .* first") as caught:
            clip.value(name)
        assert caught.value.code == "needs-failed"


@pytest.mark.parametrize(("state", "there"), [("done", True), ("failed", False), ("n/a", False), ("not yet", False)])
def test_whether_a_column_has_a_value_is_stated_and_not_told_by_its_size(shard, state, there) -> None:
    clip = clip_of(shard, "silent", states={"text.txt": state})
    clip.made |= {"text.txt": b"some", "other.txt": b"x"}
    assert clip.has("text.txt") == there and clip.has("other.txt")
    with pytest.raises(ClipError, match=r"faces\.msg is not made of this clip yet: run faces first"):
        clip.value("faces.msg")
    if state == "failed":
        with pytest.raises(ClipError, match=r"text\.txt has no value: the stage that makes it failed"):
            clip.value("text.txt")


def test_counts_add_up_from_all_threads(shard, threads) -> None:
    clip = clip_of(shard, "silent")

    async def main() -> None:
        await asyncio.gather(*(threads.run(STEP, lambda: [clip.count("x", 2) for _ in range(500)]) for _ in range(4)))

    asyncio.run(main())
    assert clip.counts == {"x": 4000}


def seen(clip: SharedClip, threads: Threads) -> list[Chunk]:
    """What a stage sees of it."""

    async def main() -> list[Chunk]:
        feed = Feed(clip.chunks(), threads, STEP)
        view = StageClip(clip, threads, STEP, feed.reader())
        try:
            return [chunk async for chunk in view.frames()]
        finally:
            view.leave()
            await feed.close()

    return asyncio.run(main())


def test_a_stage_sees_the_clip_and_the_same_facts_as_all(shard, bodies, threads) -> None:
    clip = clip_of(shard, "speaking")
    view = StageClip(clip, threads, STEP, None)
    assert np.array_equal(stack(seen(clip, threads)), np.stack(list(frames(bodies["speaking"]))))
    assert (view.key, view.row, view.shard) == (clip.key, clip.row, shard)
    assert view.rate == 25 and view.timeline.times == pytest.approx(np.arange(70) / 25)
    clip.facts = clip.facts | {"found": 1}
    assert view.facts["found"] == 1
    view.count("x")
    assert clip.counts["x"] == 1 and view.sound(16000) is clip.sound(16000)


def test_a_clip_that_ends_too_soon_raises_at_its_end_and_one_of_nothing_has_no_frames(shard, threads) -> None:
    with pytest.raises(ClipError) as caught:
        seen(clip_of(shard, "cut"), threads)
    assert caught.value.code == "truncated-media"

    class Empty(SharedClip):
        def chunks(self) -> Iterator[Chunk]:
            return iter(())

    with pytest.raises(ClipError) as caught:
        seen(Empty(shard, 0, {}), threads)
    assert caught.value.code == "no-frames"


def test_the_rows_of_a_chunk_are_those_of_its_frames_and_of_so_many_around(shard, threads) -> None:
    clip = clip_of(shard, "speaking")
    clip.tables["faces.msg"] = LiveTable.whole("faces.msg", {"frame": np.arange(70)})
    view = StageClip(clip, threads, STEP, None)
    chunk = list(clip.chunks())[1]

    def rows(**around: int) -> list[int]:
        return asyncio.run(view.rows("faces.msg", chunk, **around))["frame"].tolist()

    assert rows() == list(range(32, 64)) and rows(before=2, ahead=1) == list(range(30, 65))
    assert rows(ahead=100)[-1] == 69


def test_frames_are_for_who_needs_them_and_for_once(shard, threads) -> None:
    clip = clip_of(shard, "silent")

    async def read(view: StageClip) -> int:
        return sum([len(chunk.numbers) async for chunk in view.frames()])

    async def main() -> None:
        feed = Feed(clip.chunks(), threads, STEP)
        view = StageClip(clip, threads, STEP, feed.reader())
        assert await read(view) == 5
        for again in (view, StageClip(clip, threads, STEP, None)):
            with pytest.raises(StageBug, match=r"stage toy: frames\(\) can be read once"):
                await read(again)
        await feed.close()

    asyncio.run(main())
