import pytest

from faceshards.dataset import listed, set_labels
from faceshards.errors import StorageError
from faceshards.shards.reader import Shard
from faceshards.shards.repair.verify import verify
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.lease import lease
from faceshards.shards.storage.version import Changed
from tests.dataset.conftest import PACK

SPLIT = Provenance("split", 1, {"seed": 0})
THREE = {"a": {"frames": 1}, "b": {"frames": 2}, "c": {"frames": 3}}


def label(path, *values, made=SPLIT):
    (shard,) = listed([path], ["split"])
    return set_labels(shard, ["split"], [{} if value is None else {"split": value} for value in values], made)


def test_labels_are_set_and_all_else_keeps_its_bytes(here, clips):
    clips.write("a.tar", THREE)
    with Shard("a.tar") as shard:
        before = [shard.read(row, "mp4") for row in range(3)]
    assert label("a.tar", "train", None, "test")
    assert clips.said("a.tar", "split", "frames") == {"a": ("train", 1), "b": (None, 2), "c": ("test", 3)}
    with Shard("a.tar") as shard:
        assert [shard.read(row, "mp4") for row in range(3)] == before
        assert shard.index["split"].to_pylist() == ["train", None, "test"]
        assert shard.json(0)["made"] == {"mp4": PACK.fingerprint, "split": SPLIT.fingerprint}
        assert shard.json(1)["made"] == {"mp4": PACK.fingerprint}
        assert set(shard.provenance) == {PACK.fingerprint, SPLIT.fingerprint}
    verify("a.tar")


def test_what_stands_already_is_not_written_again(here, clips):
    clips.write("a.tar", THREE)
    assert label("a.tar", "train", None, "test")
    before = clips.bytes(".")
    assert not label("a.tar", "train", None, "test") and clips.bytes(".") == before
    other = Provenance("split", 1, {"seed": 1})
    assert label("a.tar", "train", None, "test", made=other), "another recipe is told, though nothing else changed"
    with Shard("a.tar") as shard:
        assert set(shard.provenance) == {PACK.fingerprint, other.fingerprint}


def test_labels_of_no_clip_go_with_their_recipe(here, clips):
    clips.write("a.tar", THREE)
    before = clips.bytes(".")["a.tar"][0]
    assert not label("a.tar", None, None, None) and label("a.tar", "train", "train", "test")
    assert label("a.tar", None, None, None) and clips.bytes(".")["a.tar"][0] == before


def test_a_shard_that_was_rewritten_or_is_being_written_is_left_alone(here, clips):
    clips.write("a.tar", THREE)
    (shard,) = listed(["a.tar"], ["split"])
    with lease(here / "a.tar"), pytest.raises(StorageError, match=r"a\.tar"):
        set_labels(shard, ["split"], [{"split": "train"}] * 3, SPLIT)
    label("a.tar", "test", "test", "test")
    with pytest.raises(Changed, match="was rewritten since this command began: run it again"):
        set_labels(shard, ["split"], [{"split": "train"}] * 3, SPLIT)
    assert set(clips.said("a.tar", "split").values()) == {"test"}


def test_a_tombstone_gets_no_label(data, run):
    run("remove", data, "--key", "ann-1", "--reason", "request")
    (shard, _) = listed([data])
    assert set_labels(shard, ["split"], [{"split": "train"}] * 4, Provenance("split", 1))
    with Shard(data / "a.tar") as now:
        assert now.index["split"].to_pylist() == [None, "train", "train", "train"]
    (shard, _) = listed([data])
    assert not set_labels(shard, ["split"], [{"split": "train"}] * 4, Provenance("split", 1))
