"""Raw samples of our shards and of foreign tars, and what is broken or hostile in them."""

import io
import json
import pickle
import tarfile

import numpy as np
import pytest
import webdataset as wds

from faceshards.bench.object_store import ObjectStore
from faceshards.errors import ColumnError, DamagedShard, StorageError, UnsafeData, UsageError
from faceshards.loaders.webdataset import ClassicLoader, shuffled, tar_samples
from faceshards.shards.reader import Shard


def number(sample):
    return int(sample["__key__"].split("-")[1])


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


def test_a_column_that_no_sample_has_is_an_error_of_the_pipeline_too(data, write_shard):
    with pytest.raises(ColumnError, match=r"x\.npz"):
        list(shuffled(data, ["x.npz"], handler=wds.ignore_and_continue))
    empty = write_shard("empty", range(3), lambda _, sample: sample.update({"x.npy": b""}))
    with pytest.raises(ColumnError, match=r"'empty-0000' of .*empty\.tar, .*x\.npy \(without a value\)"):
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
