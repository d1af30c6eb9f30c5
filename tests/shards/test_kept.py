"""Small members that are read at once: each comes back as it stands, and what lies far apart is read by itself."""

import pytest

from faceshards.bench.object_store import ObjectStore
from faceshards.errors import DamagedShard
from faceshards.shards.kept import keep
from faceshards.shards.reader import Shard
from faceshards.shards.storage.remote import Cache, Url
from faceshards.shards.writer import ShardWriter

URL = Url("s3://bucket", "a.tar")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with ObjectStore(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def store(running, monkeypatch):
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    return running


def put(store, folder, size: int) -> None:
    with ShardWriter(folder / "a.tar") as writer:
        for row in range(4):
            writer.add(f"k{row}", {"json": {"row": row}, "x.bin": bytes([row]) * size})
    for name in ("a.tar", "a.parquet"):
        store.put(f"bucket/{name}", (folder / name).read_bytes())
    store.log(clear=True)


@pytest.mark.parametrize(("size", "requests"), [(1000, 1), (700_000, 3)])
def test_what_is_kept_costs_nothing_and_is_what_stands_there(store, tmp_path, size, requests):
    put(store, tmp_path, size)
    with Shard(URL, cache=Cache(tmp_path / "cache", 64 << 20)) as shard:
        store.log(clear=True)
        keep(shard, "json", [0, 1, 3])
        log = store.log(clear=True)
        assert len(log) == requests and sum(one["sent"] for one in log) < 64 * 1024
        assert [shard.json(row) for row in (0, 1, 3)] == [{"row": row} for row in (0, 1, 3)]
        assert store.log() == []
        assert shard.json(2) == {"row": 2} and len(store.log()) == (size > 1000)


def test_what_lies_far_apart_is_asked_for_once_by_all_processes_of_a_machine(store, tmp_path):
    put(store, tmp_path, 700_000)
    for asked in (3, 0):
        with Shard(URL, cache=Cache(tmp_path / "cache", 64 << 20)) as shard:
            store.log(clear=True)
            keep(shard, "json", [0, 1, 3])
            assert len(store.log(clear=True)) == asked
            assert [shard.json(row) for row in (0, 1, 3)] == [{"row": row} for row in (0, 1, 3)]
    with ShardWriter(tmp_path / "a.tar") as writer:  # another object of that name, its members where they were
        for row in range(4):
            writer.add(f"k{row}", {"json": {"row": 9 - row}, "x.bin": bytes([row]) * 700_000})
    for name in ("a.tar", "a.parquet"):
        store.put(f"bucket/{name}", (tmp_path / name).read_bytes())
    with Shard(URL, cache=Cache(tmp_path / "cache", 64 << 20)) as shard:
        keep(shard, "json", [0, 1, 3])
        assert [shard.json(row) for row in (0, 1, 3)] == [{"row": 9}, {"row": 8}, {"row": 6}]


def test_a_member_that_differs_from_its_checksum_is_told_all_the_same(store, tmp_path):
    put(store, tmp_path, 1000)
    with Shard(URL, cache=Cache(tmp_path / "cache", 64 << 20)) as shard:
        keep(shard, "json", [0])
        shard.kept[0, "json"] = b"{}"
        with pytest.raises(DamagedShard):
            shard.json(0)


def test_a_shard_on_a_disk_keeps_nothing(store, tmp_path):
    put(store, tmp_path, 10)
    with Shard(tmp_path / "a.tar") as shard:
        keep(shard, "json", [0, 1])
        assert shard.kept == {}
