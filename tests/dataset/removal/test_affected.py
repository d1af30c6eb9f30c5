from faceshards.dataset.removal.affected import affected_by, contents_of, taken_back
from faceshards.shards.reader import Shard


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
