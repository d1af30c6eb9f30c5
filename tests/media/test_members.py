import pytest

from faceshards.errors import ColumnError
from faceshards.media.members import Files, RowMembers, clip_column, sound_column
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter


def test_members_of_a_row_and_in_memory_are_one_case(tmp_path):
    bodies = {"mp4": b"0123456789", "wav": b"", "flac": b"fLaC"}
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("a", {"json": {}, **bodies})
    with Shard(tmp_path / "a.tar") as shard:
        for members in (RowMembers(shard, 0), Files(bodies)):
            assert [members.size(name) for name in ("mp4", "wav", "flac", "mov")] == [10, 0, 4, 0]
            assert members.read("mp4") == bodies["mp4"] and members.read_range("mp4", 3, 6) == b"345"
            assert sound_column(members) == "flac"
        assert clip_column(shard, {"container": "flac"}) == "flac"
        assert [clip_column(shard, facts) for facts in ({"container": "mkv"}, {"container": 5}, {})] == ["mp4"] * 3
    assert sound_column(Files({"mp4": b"0"})) is None


def test_in_a_shard_of_sound_alone_the_sound_is_the_clip(tmp_path):
    for columns, clip in ((("flac",), "flac"), (("wav", "flac"), "wav"), (("wav", "jpg"), "jpg")):
        with ShardWriter(tmp_path / "a.tar") as writer:
            writer.add("a", {"json": {}, **dict.fromkeys(columns, b"0")})
        with Shard(tmp_path / "a.tar") as shard:
            assert clip_column(shard, {}) == clip
    with ShardWriter(tmp_path / "b.tar") as writer:
        writer.add("a", {"json": {}})
    with Shard(tmp_path / "b.tar") as shard, pytest.raises(ColumnError, match="no video column"):
        clip_column(shard, {})
