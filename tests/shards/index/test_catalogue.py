import pytest

from faceshards.errors import ShardError
from faceshards.shards.index.catalogue import catalogued
from faceshards.shards.writer import ShardWriter


@pytest.fixture
def folder(tmp_path):
    for name in ("b.tar", "a/c.tar"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        with ShardWriter(tmp_path / name) as writer:
            writer.add(name[0], {"json": {"frames": 1}})
    return tmp_path


def test_a_folder_and_a_shard_in_it_each_shard_once(folder):
    catalogue = catalogued([folder, folder / "b.tar"])
    assert catalogue.shards == [folder / "a" / "c.tar", folder / "b.tar"]
    (dataset,) = catalogue.datasets()
    assert dataset.shards == catalogue.shards and dataset.table["key"].to_pylist() == ["a", "b"]


def test_what_is_catalogued_stays_so(folder):
    catalogue = catalogued([folder])
    with ShardWriter(folder / "d.tar") as writer:
        writer.add("d", {"json": {}})
    assert catalogued(catalogue) is catalogue
    assert len(catalogue.datasets()[0]) == 2 and len(catalogued([folder]).datasets()[0]) == 3


def test_a_shard_that_is_gone_since_is_named(folder):
    catalogue = catalogued([folder])
    (folder / "b.tar").unlink()
    with pytest.raises(ShardError, match=r"b\.tar: the shard is gone"):
        catalogue.datasets()


def test_a_shard_that_is_rewritten_since_has_its_rows_of_now(folder):
    catalogue = catalogued([folder])
    catalogue.datasets()
    with ShardWriter(folder / "b.tar") as writer:
        for key in ("x", "y"):
            writer.add(key, {"json": {}})
    assert catalogue.datasets()[0].table["key"].to_pylist() == ["a", "x", "y"]
