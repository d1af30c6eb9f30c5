import json

from faceshards.dataset.removal.traces import Traces, out_of_reach
from faceshards.shards.index.dataset import open_dataset
from faceshards.shards.reader import Shard


def test_what_is_of_the_shard_as_it_is_stays(data):
    open_dataset(data)
    (data / "a.curate.json").write_text(json.dumps({"traces": [{"clip": "ann-1"}]}))
    with Shard(data / "a.tar") as shard:
        assert not Traces(shard, ()) and Traces(shard, {"ann-1"})
        assert Traces(shard, {"ann-1"}).sweep() == [f"{data / 'a.curate.json'}: word of the clip was removed"]
        assert not Traces(shard, {"ann-1"})


def test_a_file_that_is_no_report_is_left(data):
    (data / "a.curate.json").write_bytes(b"\xff{")
    with Shard(data / "a.tar") as shard:
        assert not Traces(shard, {"ann-1"})
    assert out_of_reach(data / "a.tar") == []
