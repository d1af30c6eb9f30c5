import pytest

from faceshards.errors import UsageError
from faceshards.shards.writer import ShardWriter
from faceshards.viewer.lineage.lookup import find_sample, near


def test_a_sample_is_found_by_key_or_name_in_several_shards(dataset):
    shards = [dataset / "clips.tar", dataset / "group124.tar"]
    assert find_sample(shards, "talk 2") == find_sample(shards, "talk=202") == (shards[0], 1)
    with pytest.raises(UsageError, match="no sample 'nobody'"):
        find_sample(shards, "nobody")
    with pytest.raises(UsageError, match="name one shard"):
        find_sample([shards[0], shards[0]], "talk")


def test_a_clip_whose_key_was_taken_or_cut_is_found_by_its_name(tmp_path):
    with ShardWriter(tmp_path / "a.tar") as writer:
        for key, name in (("a", "a"), ("a-2", "deep/a"), ("b", "twice"), ("c", "twice")):
            writer.add(key, {"json": {"name": name}})
    assert find_sample([tmp_path / "a.tar"], "deep/a") == (tmp_path / "a.tar", 1)
    assert find_sample([tmp_path / "a.tar"], "a") == (tmp_path / "a.tar", 0)
    with pytest.raises(UsageError, match="name one shard, and the key"):
        find_sample([tmp_path / "a.tar"], "twice")


def test_what_is_not_there_is_answered_with_what_is_near(dataset):
    with pytest.raises(UsageError, match=r"no sample 'tlak' in .*clips\.tar: the nearest .* talk"):
        find_sample([dataset / "clips.tar"], "tlak")
    assert near("faces.mgs", ["faces.msg", "face.jpg", "mp4"]) == "the nearest are faces.msg, face.jpg"
    assert near("x", ["a", "b"]) == "there are a, b" and near("x", "abcd") == "there are a, b, c, ..."
    assert near("x", []) == "there is none" and near("ab", ["z"], ["abc"]) == "the nearest is abc"
