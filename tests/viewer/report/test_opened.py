"""Few shards are open at a time, each once."""

from faceshards.viewer.report import opened
from faceshards.viewer.report.opened import OpenShards


def test_a_shard_is_opened_once_and_few_stay_open(dataset, monkeypatch):
    first, second = dataset / "clips.tar", dataset / "group124.tar"
    with OpenShards() as shards:
        assert shards[first] is shards[first] is not shards[second] and len(shards[first]) == 2
    monkeypatch.setattr(opened, "MOST", 1)
    with OpenShards() as shards:
        one = shards[first]
        assert len(shards[second]) == 4 and shards[first] is not one
