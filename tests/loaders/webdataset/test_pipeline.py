"""The classic pipeline: our shards shuffled and split, decoded without pickle."""

import gc

import numpy as np
import pytest
import webdataset as wds
from torch.utils.data import DataLoader

from faceshards.bench.object_store import ObjectStore
from faceshards.errors import ColumnError
from faceshards.loaders import ShardDataset
from faceshards.loaders.webdataset import ClassicLoader, decoded, shuffled
from faceshards.shards.reader import Shard


def number(sample):
    return int(sample["__key__"].split("-")[1])


def test_our_shards_sample_for_sample_equal_to_the_reader(data):
    seen = 0
    for sample in shuffled(data):
        with Shard(sample["__url__"]) as shard:
            row = shard.row(sample["__key__"])
            assert sample.keys() - {"__key__", "__url__"} == set(shard.columns)
            for column in shard.columns:
                np.testing.assert_equal(sample[column], shard.get(row, column))
        seen += 1
    assert seen == 100


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_webdatasets_own_reader_and_decoder_give_equal_values(data):
    ours = {sample["__key__"]: sample for sample in shuffled(data, ["json", "x.npy", "ragged.npy", "face.jpg"])}
    theirs = wds.WebDataset(str(data / "{a,b,c}.tar"), shardshuffle=False).decode("rgb8")
    count = 0
    for sample in theirs:
        for column in ("json", "x.npy", "ragged.npy", "face.jpg"):
            np.testing.assert_equal(np.asarray(sample[column]), np.asarray(ours[sample["__key__"]][column]))
        count += 1
    assert count == len(ours) == 100
    gc.collect()  # it leaves files open: their warnings belong to this test


def test_the_order_is_shuffled_and_depends_on_seed_and_epoch(data):
    def order(**options):
        return [number(sample) for sample in shuffled(data, ["json"], **options)]

    assert order() == order() != list(range(100))
    assert order(epoch=1) != order() != order(seed=1)
    assert sorted(order()) == sorted(order(seed=1)) == list(range(100))


def test_workers_share_the_shards(data):
    pipeline = shuffled(data, ["x.npy"])
    loader = DataLoader(pipeline, batch_size=None, num_workers=2, collate_fn=_same)
    assert sorted(number(sample) for sample in loader) == list(range(100))


def _same(sample):
    return sample


def test_nodes_share_the_shards(data, monkeypatch):
    seen = []
    for rank in range(2):
        monkeypatch.setenv("RANK", str(rank))
        monkeypatch.setenv("WORLD_SIZE", "2")
        seen += [number(sample) for sample in shuffled(data, ["x.npy"])]
    assert sorted(seen) == list(range(100))


def test_tuples_and_where(data):
    pipeline = shuffled(data, ["x.npy", "json"], where="number % 10 = 0").compose(wds.to_tuple("json", "x.npy"))
    pairs = list(pipeline)
    assert sorted(facts["number"] for facts, _ in pairs) == list(range(0, 100, 10))
    assert all((array == facts["number"]).all() for facts, array in pairs)


def test_a_body_that_does_not_decode_is_left_to_the_handler(write_shard):
    def spoil(one, sample):
        if one == 3:
            sample["x.npy"] = b"no npy"

    path = write_shard("spoilt", range(10), spoil)
    assert len(list(shuffled(path, ["x.npy"], handler=wds.ignore_and_continue))) == 9
    with pytest.raises(ColumnError, match="does not decode"):
        list(shuffled(path, ["x.npy"]))


def test_decoding_keeps_meta_fields():
    assert decoded({"__key__": "k", "json": b"{}", "mp4": b"raw", "x.npy": b""}) == {
        "__key__": "k",
        "json": {},
        "mp4": b"raw",
        "x.npy": None,
    }


def test_a_shard_dataset_as_source_splits_by_node_and_by_worker(data, monkeypatch):
    seen = []
    monkeypatch.setenv("WORLD_SIZE", "2")
    for rank in range(2):
        monkeypatch.setenv("RANK", str(rank))
        pipeline = wds.DataPipeline(ShardDataset(data, ["x.npy"]), wds.shuffle(10, seed=0))
        mine = [number(sample) for sample in DataLoader(pipeline, batch_size=None, num_workers=2, collate_fn=_same)]
        assert len(mine) == 50
        seen += mine
    assert sorted(seen) == list(range(100))


def test_shards_in_a_store_are_streamed(data, tmp_path, monkeypatch):
    with ObjectStore(tmp_path / "store") as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        for path in data.iterdir():
            store.put(f"bucket/set/{path.name}", path.read_bytes())
        names = ["__key__", "x.npy", "json"]
        local = [{name: sample[name] for name in names} for sample in shuffled(data, ["x.npy", "json"], seed=3)]
        remote = [{name: s[name] for name in names} for s in shuffled("s3://bucket/set", ["x.npy", "json"], seed=3)]
        assert [one["__key__"] for one in local] == [one["__key__"] for one in remote]
        for one, two in zip(local, remote, strict=True):
            np.testing.assert_array_equal(one["x.npy"], two["x.npy"])
            assert one["json"] == two["json"]
        some = shuffled("s3://bucket/set/{a,b}.tar", ["json"], where="number < 3")
        assert sorted(sample["json"]["number"] for sample in some) == [0, 1, 2]
        loader = ClassicLoader("s3://bucket/set", ["x.npy"], batch_size=7, num_workers=2)
        assert sum(len(batch["__key__"]) for batch in loader) >= 84
        web = f"{store.endpoint}/bucket/set/c.tar"
        assert len(list(shuffled(web, ["x.npy"]))) == 53
