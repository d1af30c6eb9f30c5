import pytest

from faceshards.dataset.removal.affected import affected_by, contents_of, taken_back
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter


def test_found_by_key_in_its_shard_and_by_content_anywhere(data):
    with Shard(data / "a.tar") as a, Shard(data / "b.tar") as b:
        (found,) = affected_by(a, {"ann-1"}, (), {0})
        assert (found.key, found.stages) == ("cy-1", ("swap", "sync"))
        assert list(affected_by(b, {"ann-1"}, contents_of(a, [0]), ())) == []
        (other,) = affected_by(b, (), contents_of(a, [2]), ())
        assert (other.key, other.columns) == ("dan-1", ("swapped.mp4", "tracks_sync.npy"))
        assert list(affected_by(a, {"ann-1"}, (), {0, 3})) == []


def test_what_is_taken_back_is_not_yet_made(data):
    with Shard(data / "a.tar") as shard:
        (found,) = affected_by(shard, {"ann-1"}, (), {0})
        facts = taken_back(shard.json(3), found)
    assert facts["states"] == {"swapped.mp4": "not yet", "tracks_sync.npy": "not yet"} and "swap" not in facts["inputs"]


@pytest.mark.parametrize(
    "inputs", [{"swap": {"x/mp4": [[1], {}]}}, {"swap": "x/mp4"}, "swap", {"swap": {"/": 3, "": None}}]
)
def test_what_a_hostile_json_says_it_read(tmp_path, inputs):
    with ShardWriter(tmp_path / "h.tar") as writer:
        facts = {"name": "h", "inputs": inputs, "made": {"mp4": 3}, "failures": [1], "media": [], "states": {"x": 1}}
        writer.add("h", {"json": facts, "mp4": b"x"})
    with Shard(tmp_path / "h.tar") as shard:
        assert list(affected_by(shard, {"ann-1"}, {("mp4", 1, 2)}, ())) == []
