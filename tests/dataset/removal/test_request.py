import pytest

from faceshards.dataset.removal.request import Request, Requested, check_met
from faceshards.errors import UsageError
from faceshards.shards.reader import Shard
from faceshards.shards.schema.keys import encode_key
from faceshards.shards.writer import ShardWriter


def test_keys_persons_and_a_filter_among_them(data):
    with Shard(data / "a.tar") as shard:
        found = Requested.of(shard, Request("r", ("cy-1",), ("ann",), "frames < 28"))
        assert (found.rows, found.named, found.gone) == ((0, 2), ("ann-1", "ann-2"), ())
        assert found.keys == {"cy-1"} and found.identities == {"ann"}
        assert Requested.of(shard, Request("r", where="frames = 26")).rows == (1,)


def test_each_word_must_be_met_by_some_shard(data):
    request = Request("r", ("bob-2",), ("ann",))
    with Shard(data / "a.tar") as a, Shard(data / "b.tar") as b:
        found = {one.path: Requested.of(one, request) for one in (a, b)}
    check_met(request, found)
    with pytest.raises(UsageError, match="no sample has the key 'bob-2'"):
        check_met(request, {data / "a.tar": found[data / "a.tar"]})


def test_a_clips_name_leads_to_its_key(data):
    with Shard(data / "a.tar") as shard:
        assert Requested.of(shard, Request("r", ("ann-1",))).rows == (0,)


def test_a_name_that_is_no_utf8_is_nobodys_person_and_leads_to_its_key(tmp_path):
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add(encode_key("a\udcff"), {"json": {"identity": "ann"}, "mp4": b"x"})
    with Shard(tmp_path / "a.tar") as shard:
        assert Requested.of(shard, Request("r", ("a\udcff",))).rows == (0,)
        assert Requested.of(shard, Request("r", (), ("ann\udcff",))).rows == ()
