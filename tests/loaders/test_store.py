"""Datasets in a store: the batches of the disk, only the wanted bytes, faults that heal, versions that change."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from faceshards.bench.object_store import ObjectStore
from faceshards.errors import StorageError
from faceshards.loaders import Mix, ShardDataset, Window
from faceshards.loaders.fetch.spans import Link
from faceshards.shards.rewrite import rewrite
from faceshards.shards.storage.remote import Cache, StoreOptions

COLUMNS = ["x.npy", "ragged.npy"]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with ObjectStore(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def store(running, data, monkeypatch):
    """A store that holds the data under bucket/set."""
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    running.heal()
    running.slow(0)
    upload(running, data)
    running.log(clear=True)
    return running


def upload(store, folder: Path) -> None:
    ShardDataset(folder, ["json"]).plan  # noqa: B018 - the indexes are made
    for path in folder.iterdir():
        if path.suffix in (".tar", ".parquet"):
            store.put(f"bucket/set/{path.name}", path.read_bytes())


def read_of(store, name=".tar"):
    """Requests and bytes of the shards' bodies so far."""
    reads = [one for one in store.log() if one["operation"] == "GetObject" and one["key"].endswith(name)]
    return len(reads), sum(one["sent"] for one in reads)


def equal(one, two):
    assert one.keys() == two.keys()
    for name in one:
        if isinstance(one[name], torch.Tensor):
            assert torch.equal(one[name], two[name]), name
        else:
            assert one[name] == two[name], name


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_are_those_of_the_disk(store, data, workers):
    local, remote = ShardDataset(data, COLUMNS, seed=4), ShardDataset("s3://bucket/set", COLUMNS, seed=4)
    assert remote.digest == local.digest
    pairs = list(zip(local.loader(12), remote.loader(12, num_workers=workers), strict=True))
    assert len(pairs) == 8
    for one, two in pairs:
        equal(one, two)


def test_a_prefix_is_listed_once(store):
    store.log(clear=True)
    dataset = ShardDataset("s3://bucket/set", ["x.npy"])
    assert next(iter(dataset.loader(10)))
    assert sum(one["operation"] == "ListObjectsV2" for one in store.log()) == 1


def test_only_the_wanted_bytes_of_matching_rows_are_asked_for(store):
    dataset = ShardDataset("s3://bucket/set", ["big.npy"], where="number % 10 = 0")
    dataset.__dict__["link"] = Link(0.0)  # a request costs nothing: no gap is worth its bytes
    assert len(dataset) == 10
    store.log(clear=True)
    loader = dataset.loader(10)
    (batch,) = loader
    assert batch["big.npy"].shape == (10, 5000)
    assert read_of(store) == (10, 10 * 5128) and (loader.requests, loader.bytes_read) == (10, 10 * 5128)


def test_explain_says_what_is_then_asked_for(store):
    for latency, where in ((0.0, "number % 3 = 0"), (1e-4, "number % 3 = 0"), (0.02, None), (0.02, "number < 5")):
        dataset = ShardDataset("s3://bucket/set", ["x.npy", "big.npy"], where=where)
        dataset.__dict__["link"] = Link(latency)
        said = dataset.explain()
        store.log(clear=True)
        loader = dataset.loader(len(dataset))
        list(loader)
        requests, sent = read_of(store)
        assert said.requests <= requests <= said.requests + 6 * 3  # the first groups are small
        assert abs(sent - said.nbytes) <= 0.35 * said.nbytes and said.rows == len(dataset)
        assert sent >= said.wanted
    assert (
        "stream"
        in ShardDataset("s3://bucket/set", ["json", "x.npy", "ragged.npy", "big.npy", "face.jpg"]).explain().plan
    )


def test_failing_requests_are_made_again_and_a_dead_store_is_an_error_not_a_fault(store):
    options = StoreOptions(endpoint=store.endpoint, timeout=1.0)
    dataset = ShardDataset("s3://bucket/set", COLUMNS, options=options)
    expected = [batch["__key__"] for batch in ShardDataset("s3://bucket/set", COLUMNS).loader(12)]
    store.fail("status", status=503, times=5, operation="GetObject")
    store.fail("truncate", times=2, operation="GetObject")
    loader = dataset.loader(12)
    assert [batch["__key__"] for batch in loader] == expected and not loader.faults
    store.fail("status", status=403, times=1000, operation="GetObject", key="a.tar")
    with pytest.raises(StorageError, match=r"a\.tar"):
        list(ShardDataset("s3://bucket/set", COLUMNS, options=options).loader(12))


@pytest.mark.parametrize("workers", [0, 2])
def test_a_shard_rewritten_in_mid_epoch_is_followed(store, data, workers):
    expected = list(ShardDataset(data, COLUMNS).loader(10))
    loader = ShardDataset("s3://bucket/set", COLUMNS).loader(10, num_workers=workers)
    batches = iter(loader)
    found = [next(batches)]
    for name in "abc":  # larger members in front: every extent moves
        rewrite(
            data / f"{name}.tar", {"y.npy": lambda row: bytes(3000)}, json=lambda row, old: {**old, "more": "x" * 900}
        )
    upload(store, data)
    found += list(batches)
    for one, two in zip(expected, found, strict=True):
        equal(one, two)
    assert not loader.faults


def test_a_cache_serves_the_second_epoch(store, tmp_path):
    cache = Cache(tmp_path / "cache", 1 << 30)
    dataset = ShardDataset("s3://bucket/set", ["big.npy", "x.npy"], cache=cache)
    first = list(dataset.loader(10))
    again = ShardDataset("s3://bucket/set", ["big.npy", "x.npy"], cache=cache)
    assert len(again) == 100 and again.link.request > 0
    store.log(clear=True)
    loader = again.loader(10, num_workers=2)
    second = [next(iter(loader))]
    second += list(loader)
    equal(first[3], second[3])
    assert read_of(store) == (0, 0) and loader.bytes_read == 0


def test_a_mixture_of_disk_and_store(store, data):
    local, remote = ShardDataset(data, COLUMNS), ShardDataset("s3://bucket/set", COLUMNS)
    one, two = Mix([local, local], seed=1), Mix([local, remote], seed=1)
    batches = list(zip(one.loader(20), two.loader(20, num_workers=1), strict=True))
    assert len(batches) == 10 and read_of(store)[0] > 0
    for left, right in batches:
        equal(left, right)


def test_windows_of_clips_in_a_store(store, numbered, made, tmp_path):
    from faceshards.media.tables.packets import packet_table
    from faceshards.shards.writer import ShardWriter

    clip = made(numbered(120), "mp4", "libx264", {"g": "12"})
    table, media = packet_table(clip)
    (tmp_path / "clips").mkdir()
    with ShardWriter(tmp_path / "clips" / "a.tar") as writer:
        for number in range(24):
            facts = {"frames": 120, "media": {"mp4": media}}
            writer.add(f"k{number}", {"json": facts, "mp4": clip, "mp4.packets.npy": table})
    for path in (tmp_path / "clips").glob("a.*"):
        store.put(f"bucket/clips/{path.name}", path.read_bytes())
    window = Window(10)
    local = ShardDataset(tmp_path / "clips", ["mp4"], window=window)
    remote = ShardDataset("s3://bucket/clips", ["mp4"], window=window)
    for workers in (0, 2):
        loader = remote.loader(6, num_workers=workers)
        for one, two in zip(local.loader(6), loader, strict=True):
            equal(one, two)
        assert loader.bytes_read < 24 * len(clip) / 2


def test_a_script_without_its_guard_is_told_what_it_lacks(store, tmp_path):
    script = tmp_path / "train.py"
    script.write_text(
        "from faceshards.loaders import ShardDataset\n"
        "for batch in ShardDataset('s3://bucket/set', ['x.npy']).loader(10, num_workers=1):\n"
        "    pass\n"
    )
    ended = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert "WorkerDied" in last and 'needs its if __name__ == "__main__":' in last
