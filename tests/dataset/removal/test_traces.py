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


def test_reports_of_several_shards_and_remarks_lose_the_clip_s_name_too(data):
    (data / "a.tar").rename(data / "src-mp4-00000.tar")
    remarks = {"packed in part: no-sound": {"count": 2, "names": ["ann-1", "eve"]}}
    report = {"shards": {"src-mp4-00000.tar": {"samples": 4}}, "remarks": remarks}
    (data / "src.pack.json").write_text(json.dumps(report))
    foreign = {"files": ["else/src.tar"], "rejected": [{"name": "ann-1"}]}
    (data / "src-mp4.pack.json").write_text(json.dumps(foreign))
    with Shard(data / "src-mp4-00000.tar") as shard:
        Traces(shard, {"ann-1"}).sweep()
    remarks["packed in part: no-sound"]["names"] = ["eve"]
    assert json.loads((data / "src.pack.json").read_text()) == report
    assert json.loads((data / "src-mp4.pack.json").read_text()) == foreign
