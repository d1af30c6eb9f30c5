import json
from pathlib import Path

import pytest

from faceshards.bench.object_store import ObjectStore
from faceshards.shards.storage.url import Url
from faceshards.viewer.summary.runs import RecordedRun, curate_runs, pack_runs


def test_a_pack_report_tells_what_was_rejected(dataset):
    run = RecordedRun.read(dataset / "group124.pack.json")
    assert (run.seen, run.whole, run.failed) == (7, 4, {"broken-image": 2, "too-few-frames": 1})
    assert [one.code for one in run.rejected] == ["broken-image", "broken-image", "too-few-frames"]
    assert run.files == {"group124.tar"}


def test_the_reports_of_a_folder_are_found_with_those_of_sources_that_gave_no_shard(dataset):
    shards = [dataset / "clips.tar", dataset / "group124.tar"]
    assert [run.path.name for run in pack_runs(shards, [dataset])] == [
        "clips.pack.json",
        "cut.pack.json",
        "group124.pack.json",
    ]


def test_a_single_shard_has_its_own_report_only(dataset):
    assert [run.path.name for run in pack_runs([dataset / "clips.tar"], [])] == ["clips.pack.json"]


def test_curate_reports_lie_beside_their_shards(dataset, tmp_path):
    assert [run.seconds for run in curate_runs([dataset / "clips.tar", tmp_path / "x.tar"])] == [
        {"faces": 3.0, "swap": 1.0}
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"seen": "many"}',
        b'{"failed": {"pack": 3}, "rejected": {}, "files": [1]}',
    ],
)
def test_what_is_no_report_harms_nothing(tmp_path, body):
    (tmp_path / "a.pack.json").write_bytes(body)
    run = RecordedRun.read(tmp_path / "a.pack.json")
    assert run is None or (run.seen, run.failed.total(), run.rejected, run.files) == (0, 0, (), frozenset())


def test_odd_values_are_left_out(tmp_path):
    record = {
        "seen": -3,
        "failed": {"pack": {"a": 2, "b": "x", "c": -5, "d": True}},
        "seconds": {"x": None, "y": 2},
        "worked": {"x": -1, "y": 2, "z": 0.5},
        "rejected": [None, {"name": 3}],
    }
    (tmp_path / "a.pack.json").write_text(json.dumps(record))
    run = RecordedRun.read(tmp_path / "a.pack.json")
    assert (run.seen, run.failed, run.seconds, run.worked) == (0, {"a": 2}, {"y": 2.0}, {"y": 2})
    assert [one.name for one in run.rejected] == ["3"]


def test_reports_in_a_store_are_those_that_the_shards_names_lead_to(dataset, monkeypatch):
    with ObjectStore() as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        for name in ("group124.pack.json", "clips.pack.json", "clips.curate.json", "cut.pack.json"):
            store.put(f"bucket/{name}", (dataset / name).read_bytes())
        record = json.loads((dataset / "group124.pack.json").read_bytes())
        store.put("bucket/big.pack.json", json.dumps(record | {"files": ["big-mpg-00001.tar"]}).encode())
        shards = [Url.parse(f"s3://bucket/{name}.tar") for name in ("clips", "group124", "big-mpg-00001", "none")]
        packs, curates = pack_runs(shards, []), curate_runs(shards)
    assert [run.path.name for run in packs] == ["big.pack.json", "clips.pack.json", "group124.pack.json"]
    assert [run.seconds for run in curates] == [{"faces": 3.0, "swap": 1.0}]


def test_a_folder_of_many_shards_is_listed_once(dataset, monkeypatch):
    listed = []
    once = Path.glob
    monkeypatch.setattr(Path, "glob", lambda self, pattern: listed.append(self) or once(self, pattern))
    pack_runs([dataset / f"{number}.tar" for number in range(50)], [])
    assert listed == [dataset]
