from faceshards.shards.reader import Shard
from faceshards.shards.schema.removed import is_removed, tombstone
from faceshards.shards.writer import ShardWriter


def test_what_is_a_tombstone():
    assert is_removed(tombstone("request")) and not is_removed({"removed": True}) and not is_removed({"name": "a"})


def test_no_column_of_a_tombstone_applies(tmp_path):
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("k", {"json": tombstone("request"), "mp4": None, "x.npy": None, "faces.msg": None, "face.jpg": None})
    with Shard(tmp_path / "a.tar") as shard:
        assert {shard.state(0, name) for name in shard.columns[1:]} == {"n/a"}
        assert shard.index["removed"].to_pylist() == ["request"]
