import tarfile

import numpy as np
import pytest
import webdataset as wds

from faceshards.errors import ShardError
from faceshards.shards.legacy import export_shard, import_shard
from faceshards.shards.legacy.old_schema import split_name
from faceshards.shards.reader import Shard
from tests.shards.legacy.old_tars import floats, sigma_sample, v1_sample, write_old

# webdataset leaves its files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def test_an_aborted_run_of_the_old_scripts_left_no_end(tmp_path):
    old = write_old(tmp_path / "old.tar", {"a": v1_sample(), "b": v1_sample(), "c": v1_sample()})
    with tarfile.open(old) as tar:
        cut = next(member.offset_data for member in tar if member.name == "c.mp4") + 700
    with open(old, "r+b") as file:
        file.truncate(cut)
    outcome = import_shard(old, tmp_path / "new.tar")
    assert (outcome.whole, outcome.kept, outcome.seen) == (2, 2, 4)
    assert [one.code for one in outcome.failed] == ["no-video", "unreadable-entry"]
    with open(old, "r+b") as file:
        file.truncate(100)
    with pytest.raises(ShardError, match="no sample can be imported"):
        import_shard(old, tmp_path / "none.tar")
    assert not (tmp_path / "none.tar").exists()


def test_keys_with_dots_that_webdataset_would_cut(tmp_path):
    """Sigma's keys are made of file names: `id1` and `2.5.mp4` give the key `id12.5`."""
    first, second = sigma_sample(), sigma_sample()
    import_shard(write_old(tmp_path / "old.tar", {"id12.5": first, "id12.6": second}), tmp_path / "new.tar")
    with Shard(tmp_path / "new.tar") as shard:
        assert [shard.json(row)["name"] for row in range(2)] == ["id12.5", "id12.6"]
        assert [shard.read(row, "mp4") for row in range(2)] == [first["mp4"], second["mp4"]]
        assert shard.keys == ["id12=2E5", "id12=2E6"]


@pytest.mark.parametrize(
    ("name", "key", "field"),
    [
        ("Clip+1.mp4", "Clip+1", "mp4"),
        ("./a/b.swapped.mp4", "a/b", "swapped.mp4"),
        ("a.b.dwpose_result.pyd", "a.b", "dwpose_result.pyd"),
        ("a.xpose_result.pyd", "a", "xpose_result.pyd"),
        ("a.b.txt", "a", "b.txt"),
        ("k.1.b.txt", "k.1", "b.txt"),
        ("a.pyd", "a", "pyd"),
        ("nodot", "nodot", ""),
        ("d.x/nodot", "d.x/nodot", ""),
        (".mp4", "", "mp4"),
    ],
)
def test_keys_end_where_the_field_begins(name, key, field):
    assert split_name(name, {"k.1"}) == (key, field)


def test_repeated_keys_and_unknown_fields(tmp_path):
    extra = {"xpose_result.pyd": floats(3, 17, 2), "note.str": "ü", "cls": 7, "odd.pyd": {"a": [1]}, "a b.bin": b"x"}
    old = tmp_path / "old.tar"
    with open(old, "wb") as stream, wds.TarWriter(stream) as sink:
        for _ in range(2):
            sink.write({"__key__": "a", **v1_sample(), **extra})
    outcome = import_shard(old, tmp_path / "new.tar")
    assert outcome.left_out == ("a b.bin",) and [one.reason.split()[0] for one in outcome.failed] == ["odd.pyd"] * 2
    with Shard(tmp_path / "new.tar") as shard:
        assert shard.keys == ["a", "a-2"]
        np.testing.assert_array_equal(shard.get(1, "xpose_result.npy"), extra["xpose_result.pyd"])
        assert shard.get(0, "note.txt") == "ü" and shard.read(0, "cls") == b"7"
    assert set(export_shard(tmp_path / "new.tar", tmp_path / "again.tar", "v1").left_out) == {
        "cls", "note.txt", "odd.npy", "xpose_result.npy"
    }  # fmt: skip
