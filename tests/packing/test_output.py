import json

import pytest

from faceshards.errors import ShardError
from faceshards.packing.options import VERSION, PackOptions
from faceshards.packing.output import Output, ShardNames, expected_bytes, provenance
from faceshards.packing.sources.archive import Entry, EntryFault
from faceshards.packing.sources.clip_list import RawClip
from faceshards.shards.reader import Shard


def raw(
    name: str, column: str = "mp4", frames: bool = False, size: int = 10, fault: EntryFault | None = None
) -> RawClip:
    return RawClip(name, name, column, frames, (Entry(name, size),), fault)


def columns(clips):
    return [clip.column for clip in clips if clip.column]


@pytest.fixture
def output(tmp_path):
    def begin(clips, max_bytes=None, checked=None, done=None, **rest):
        names = ShardNames(tmp_path, "x", columns(clips), max_bytes is not None)
        return Output(
            names,
            provenance(clips, lambda clip: PackOptions().made(clip.frames)),
            expected=expected_bytes(clips, None),
            max_bytes=max_bytes,
            may_write=checked or (lambda path: None),
            done=done or (lambda written: None),
            **rest,
        )

    return begin


def test_the_most_frequent_container_has_the_plain_name(tmp_path):
    clips = [raw("a", "mpg"), raw("b", "mpg"), raw("c", "mp4"), raw("d", "webm"), raw("lost", "")]
    names = ShardNames(tmp_path, "x.v2", columns(clips), False)
    assert [names.path(column).name for column in names.columns] == ["x.v2.tar", "x.v2-mp4.tar", "x.v2-webm.tar"]
    split = ShardNames(tmp_path, "x", ["webm", "mov"], True)  # a tie: the table's order
    assert [split.path(column, 12).name for column in split.columns] == ["x-00012.tar", "x-webm-00012.tar"]


def test_a_split_fills_its_shards_to_the_limit(tmp_path, output):
    clips = [raw(f"c{i}", size=30_000) for i in range(10)]
    checked, written = [], []
    with output(clips, 100_000, checked.append, written.append) as out:
        for clip in clips:
            out.add("mp4", clip.name, {"json": b"{}", "mp4": bytes(30_000), "mp4.packets.npy": b""})
    files = sorted(tmp_path.glob("*.tar"))
    assert [file.name for file in files] == [f"x-{i:05d}.tar" for i in range(5)] == [path.name for path in checked]
    keys = []
    for file in files:
        assert 60_000 < file.stat().st_size <= 100_000
        with Shard(file) as shard:
            keys += shard.keys
    assert keys == [f"c{i}" for i in range(10)] and [one.path for one in written] == files


def test_a_run_that_goes_on_begins_with_a_later_number(tmp_path, output):
    clips = [raw("a"), raw("b", "mpg")]
    with output(clips, 100_000, first={"mp4": 3}) as out:
        for clip in clips:
            out.add(clip.column, clip.name, {"json": b"{}", clip.column: b"x"})
    assert sorted(file.name for file in tmp_path.glob("*.tar")) == ["x-00003.tar", "x-mpg-00000.tar"]


def test_a_sample_beyond_the_limit_has_a_shard_of_its_own(tmp_path, output):
    with output([raw("a")], 1 << 16) as out:
        for i, size in enumerate((10, 200_000, 10)):
            out.add("mp4", f"c{i}", {"json": b"{}", "mp4": bytes(size), "mp4.packets.npy": b""})
    assert len(list(tmp_path.glob("*.tar"))) == 3


def test_an_exception_leaves_nothing(tmp_path, output):
    clips = [raw("a", "mp4"), raw("b", "mpg")]
    with pytest.raises(KeyboardInterrupt), output(clips) as out:
        for clip in clips:
            out.add(clip.column, clip.name, {"json": b"{}", clip.column: b"1"})
        assert len(list(tmp_path.glob(".*.tmp"))) == 2
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_failure_to_finish_one_discards_the_others(tmp_path, output):
    def refuse(written):
        raise ShardError("no")

    clips = [raw("a", "mp4"), raw("b", "mpg")]
    with pytest.raises(ShardError, match="no"), output(clips, done=refuse) as out:
        for clip in clips:
            out.add(clip.column, clip.name, {"json": b"{}", clip.column: b"1"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.parquet", "x.tar"]  # the first is whole


def test_the_shard_says_what_made_it(tmp_path, output):
    clips = [raw("a"), raw("b", frames=True)]
    with output(clips) as out:
        out.add("mp4", "a", {"json": json.dumps({"made": {}}).encode(), "mp4": b"1"})
    with Shard(tmp_path / "x.tar") as shard:
        assert {made.stage: made.version for made in shard.provenance.values()} == {"pack": VERSION}
        assert sorted(made.params["from"] for made in shard.provenance.values()) == ["frames", "video"]


def test_expected_bytes_trust_no_claim():
    clips = [raw("a", size=100), raw("b", size=200), raw("c", "mpg", size=7), raw("d", frames=True, size=50)]
    bad = raw("e", size=1 << 40, fault=EntryFault("too-large", "no"))
    assert expected_bytes([*clips, bad], None) == {"mp4": 300, "mpg": 7}
    assert expected_bytes(clips, 250) == {"mp4": 250, "mpg": 7}
