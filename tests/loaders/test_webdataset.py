"""The classic pipeline: our shards and foreign tars, shuffled and split, decoded without pickle, never a shell."""

import gc
import io
import json
import pickle
import tarfile
from functools import partial

import numpy as np
import pytest
import torch
import webdataset as wds
from torch.utils.data import DataLoader

from faceshards.bench.object_store import ObjectStore
from faceshards.errors import ColumnError, DamagedShard, StorageError, UnsafeData, UsageError
from faceshards.loaders import ShardDataset
from faceshards.loaders.views.speech_to_face import FaceWithPoints
from faceshards.loaders.webdataset import ClassicLoader, decoded, select, shuffled, tar_files, tar_samples
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


@pytest.fixture
def foreign(tmp_path):
    """A tar that was not written by us: no front record, no index, uneven samples, a pickle, GNU long names."""
    path = tmp_path / "foreign.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        for key in ("one", "two", "x" * 150):
            members = {"json": json.dumps({"key": key[:3]}).encode(), "cls": b"7", "pyd": pickle.dumps({"a": 1})}
            if key != "two":
                members["png"] = _png()
            for name, body in members.items():
                entry = tarfile.TarInfo(f"folder/{key}.{name}")
                entry.size = len(body)
                tar.addfile(entry, io.BytesIO(body))
    return path


def _png():
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.full((2, 3, 3), 9, np.uint8)).save(out, "PNG")
    return out.getvalue()


def test_foreign_tars_stream_without_an_index(foreign):
    samples = {sample["__key__"]: sample for sample in shuffled(foreign)}
    assert samples.keys() == {"folder/one", "folder/two", "folder/" + "x" * 150}
    one = samples["folder/one"]
    assert one["json"] == {"key": "one"} and one["png"].shape == (2, 3, 3)
    assert one["pyd"] == pickle.dumps({"a": 1})  # bytes: a pickle is never opened
    assert "png" not in samples["folder/two"]
    assert len(list(shuffled(foreign, ["png"]))) == 2
    assert not foreign.with_suffix(".parquet").exists()


def test_hostile_tars_are_refused(foreign, tmp_path):
    cut = tmp_path / "cut.tar"
    cut.write_bytes(foreign.read_bytes()[:2000])
    with pytest.raises(DamagedShard, match=r"cut\.tar"):
        list(shuffled(cut))
    sparse = tmp_path / "sparse.tar"
    entry = tarfile.TarInfo("bomb.npy")
    entry.type = tarfile.GNUTYPE_SPARSE
    sparse.write_bytes(entry.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    with pytest.raises(UnsafeData, match="sparse"):
        list(shuffled(sparse))


@pytest.mark.parametrize(
    "url", ["pipe:touch MARK", "pipe: cat x.tar", "curl:http://host/x.tar", "ftp://host/x.tar", "gs:x", "s3:x"]
)
@pytest.mark.parametrize("listed", [False, True])
def test_urls_never_reach_a_shell(tmp_path, monkeypatch, url, listed):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="never a shell"):
        shuffled([url] if listed else url)
    assert not list(tmp_path.iterdir())


def test_braces_expand(data):
    assert [path.name for path in tar_files(str(data / "{a,c}.tar"))] == ["a.tar", "c.tar"]
    with pytest.raises(UsageError, match="no such file"):
        tar_files(str(data / "part-{0..3}.tar"))


def flip(path, row, column="x.npy"):
    """Flips a byte in a member's body."""
    with Shard(path) as shard:
        offset = shard.extent(row, column).offset + 90
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


def break_header(path, row):
    """Overwrites the header of a sample's first member."""
    with Shard(path) as shard, open(path, "r+b") as file:
        file.seek(shard.extent(row, "json").offset - 512)
        file.write(b"\xff" * 100)


def unreadable(sample):
    raise ColumnError("a view's own error")


def test_a_body_that_does_not_decode_is_left_to_the_handler(write_shard):
    def spoil(one, sample):
        if one == 3:
            sample["x.npy"] = b"no npy"

    path = write_shard("spoilt", range(10), spoil)
    assert len(list(shuffled(path, ["x.npy"], handler=wds.ignore_and_continue))) == 9
    with pytest.raises(ColumnError, match="does not decode"):
        list(shuffled(path, ["x.npy"]))


def test_a_damaged_body_concerns_its_sample_only(data):
    flip(data / "a.tar", 5)
    flip(data / "c.tar", 0)
    seen = []

    def noted(error):
        seen.append(str(error))
        return True

    kept = sorted(number(sample) for sample in shuffled(data, ["x.npy"], handler=noted))
    assert kept == [one for one in range(100) if one not in (5, 47)]
    assert len(seen) == 2 and any("a-0005.x.npy differs from its checksum" in line for line in seen)
    assert len(list(shuffled(data, ["json"]))) == 100  # what is not read is not held against anything
    with pytest.raises(DamagedShard, match=r"a-0005\.x\.npy differs"):
        list(tar_samples([{"url": str(data / "a.tar")}], ["x.npy"]))
    stopped = tar_samples(
        [{"url": str(data / f"{name}.tar")} for name in "abc"], ["x.npy"], handler=wds.ignore_and_stop
    )
    assert [number(sample) for sample in stopped] == list(range(5))


def test_a_broken_tar_ends_that_shard_only(data):
    break_header(data / "a.tar", 10)
    (data / "b.tar").write_bytes(b"")
    urls = [{"url": str(data / f"{name}.tar")} for name in "abc"]
    seen = []

    def noted(error):
        seen.append(str(error))
        return True

    kept = [number(sample) for sample in tar_samples(urls, ["x.npy"], handler=noted)]
    assert kept == [*range(9), *range(47, 100)]  # the one before the break may lack members: it is not given
    assert len(seen) == 2 and "a.tar" in seen[0] and "empty" in seen[1]
    assert len(list(shuffled(data, ["x.npy"], handler=wds.ignore_and_continue))) == 62
    stopped = tar_samples(urls, ["x.npy"], handler=wds.ignore_and_stop)
    assert [number(sample) for sample in stopped] == list(range(9))
    with pytest.raises(DamagedShard, match=r"a\.tar"):
        list(tar_samples(urls, ["x.npy"]))


def test_no_handler_decides_over_the_callers_words_or_a_store_that_refuses(data, tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="does not evaluate"):
        list(shuffled(data, ["x.npy"], where="number +", handler=wds.ignore_and_continue))
    with ObjectStore(tmp_path / "store") as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        store.put("bucket/set/a.tar", (data / "a.tar").read_bytes())
        samples = shuffled("s3://bucket/set/a.tar", ["x.npy"], handler=wds.ignore_and_continue)
        store.fail("status", operation="GetObject", status=403, times=100)
        with pytest.raises(StorageError, match="403"):
            list(samples)


@pytest.mark.parametrize("workers", [0, 1])
def test_the_classic_loaders_handler(data, workers):
    flip(data / "a.tar", 5)
    with pytest.raises(DamagedShard, match=r"a-0005\.x\.npy differs") as caught:
        list(ClassicLoader(data, ["x.npy"], batch_size=1, num_workers=workers))
    assert "\n" not in str(caught.value)
    goes_on = {"batch_size": 1, "num_workers": workers, "handler": wds.ignore_and_continue}
    assert len(list(ClassicLoader(data, ["x.npy"], **goes_on))) == 99
    assert list(ClassicLoader(data, ["x.npy"], view=unreadable, **goes_on)) == []


@pytest.mark.parametrize("workers", [0, 2])
def test_a_column_that_no_sample_has_is_an_error(data, workers):
    loader = ClassicLoader(data, ["json", "x.npz"], batch_size=2, num_workers=workers)
    with pytest.raises(ColumnError, match=r"columns json, x\.npz: .* has json, .*x\.npy") as caught:
        list(loader)
    assert "\n" not in str(caught.value)


def test_a_column_that_no_sample_has_is_an_error_of_the_pipeline_too(data, write_shard):
    with pytest.raises(ColumnError, match=r"x\.npz"):
        list(shuffled(data, ["x.npz"], handler=wds.ignore_and_continue))
    empty = write_shard("empty", range(3), lambda _, sample: sample.update({"x.npy": b""}))
    with pytest.raises(ColumnError, match=r"'empty-0000' of .*empty\.tar, .*x\.npy \(empty\)"):
        list(tar_samples([{"url": str(empty)}], ["x.npy"]))
    assert len(list(shuffled([empty, data / "a.tar"], ["x.npy"]))) == 40  # one shard has it: no error


def test_no_shard_and_no_matching_sample_are_no_error(data, monkeypatch):
    assert list(shuffled(data, ["x.npz"], where="number < 0")) == []
    assert list(tar_samples([], ["x.npz"])) == []
    assert len(list(ClassicLoader(data / "b.tar", ["x.npy"], batch_size=7, num_workers=2))) == 1
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert list(shuffled(data / "b.tar", ["x.npz"])) == []


def test_a_sample_that_has_all_columns_but_is_damaged_counts(data):
    for row in range(7):
        flip(data / "b.tar", row)
    assert list(shuffled(data / "b.tar", ["x.npy"], handler=wds.ignore_and_continue)) == []


@pytest.mark.parametrize("workers", [0, 2])
def test_the_classic_loader_gives_batches_and_reshuffles(data, workers):
    loader = ClassicLoader(data, ["x.npy"], batch_size=8, num_workers=workers)
    first, second = list(loader), list(loader)
    assert all(batch["x.npy"].shape == (8, 2, 3) and len(batch["__key__"]) == 8 for batch in first)
    keys = [[key for batch in batches for key in batch["__key__"]] for batches in (first, second)]
    assert len(set(keys[0])) == len(keys[0]) >= 88 and keys[0] != keys[1]


@pytest.mark.parametrize("workers", [0, 1])
def test_the_classic_loaders_errors_are_one_line(data, workers):
    loader = ClassicLoader(data, batch_size=4, num_workers=workers, view=FaceWithPoints())
    batch = next(iter(loader))
    assert batch["face"].shape == (4, 3, 224, 224) and batch["points"].dtype == torch.float32
    (data / "a.tar").write_bytes((data / "a.tar").read_bytes()[:-2048])
    with pytest.raises(DamagedShard) as caught:
        list(ClassicLoader(data / "a.tar", ["x.npy"], batch_size=4, num_workers=workers))
    assert "\n" not in str(caught.value)


def test_decoding_keeps_meta_fields():
    assert decoded({"__key__": "k", "json": b"{}", "mp4": b"raw", "x.npy": b""}) == {
        "__key__": "k",
        "json": {},
        "mp4": b"raw",
        "x.npy": None,
    }


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_select_keeps_what_an_expression_keeps_in_any_pipeline(data):
    stages = [wds.SimpleShardList([str(path) for path in sorted(data.glob("*.tar"))]), wds.tarfile_to_samples()]
    kept = wds.DataPipeline(*stages, wds.shuffle(30, seed=1), select("number % 7 = 0"))
    assert sorted(int(sample["__key__"].split("-")[1]) for sample in kept) == list(range(0, 100, 7))
    with pytest.raises(UsageError, match="no recipe"):
        list(wds.DataPipeline(*stages, select("no-such-recipe")))
    gc.collect()  # what webdataset leaves open


def renumbered(one, sample):
    sample["json"]["number"] = 9 - one


def test_select_sees_a_shard_that_was_rewritten(write_shard):
    path = write_shard("twice", range(10))
    pipeline = wds.DataPipeline(partial(tar_samples, [{"url": str(path)}]), select("number < 3"))
    assert [number(sample) for sample in pipeline] == [0, 1, 2]
    size = path.stat().st_size
    path.unlink()
    write_shard("twice", range(10), renumbered)
    assert path.stat().st_size == size  # the time of its writing tells
    assert [number(sample) for sample in pipeline] == [7, 8, 9]


def test_select_in_a_store_asks_once_an_epoch_and_shard(tmp_path, monkeypatch, write_shard):
    path = write_shard("twice", range(10))
    url = "s3://bucket/set/twice.tar"
    pipeline = wds.DataPipeline(partial(_raw_samples, url), select("number < 3"))
    with ObjectStore(tmp_path / "store") as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        store.put("bucket/set/twice.tar", path.read_bytes())
        assert [number(sample) for sample in pipeline] == [0, 1, 2]
        store.log(clear=True)
        assert [number(sample) for sample in pipeline] == [0, 1, 2]
        assert len(store.log()) == 1
        path.unlink()
        write_shard("twice", range(10), renumbered)
        store.put("bucket/set/twice.tar", path.read_bytes())
        assert [number(sample) for sample in pipeline] == [7, 8, 9]


def _raw_samples(url):
    for one in range(10):
        yield {"__key__": f"twice-{one:04d}", "__url__": url}


@pytest.mark.parametrize("name", ["__url__", "__key__"])
def test_select_says_what_a_sample_lacks(data, name):
    def without(sample):
        return {key: value for key, value in sample.items() if key != name}

    with pytest.raises(UsageError, match=f"has no '{name}': select needs .*put select before") as caught:
        list(select("number < 3")(map(without, tar_samples([{"url": str(data / "a.tar")}]))))
    assert "\n" not in str(caught.value)
    assert name == "__key__" or "'a-0000'" in str(caught.value)


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
