"""The indexes of a store's shards, read once and kept."""

import pytest

from faceshards.bench.object_store.process import ObjectStore
from faceshards.errors import FaceshardsError
from faceshards.shards.index import store_rows
from faceshards.shards.index.store_rows import LEAST, kept
from faceshards.shards.storage.url import Url
from faceshards.shards.writer import ShardWriter


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store with ten shards of two rows each."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with ObjectStore() as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        for number in range(10):
            put(store, tmp_path, number, number)
        yield store


def put(store, folder, number, score):
    tar = folder / f"{number}.tar"
    with ShardWriter(tar) as writer:
        for row in range(2):
            writer.add(f"k{number}_{row}", {"json": {"score": score + row / 2}, "txt": b"x"})
    for file in (tar, tar.with_suffix(".parquet")):
        store.put(f"bucket/set/{file.name}", file.read_bytes())


URLS = [Url.parse(f"s3://bucket/set/{number}.tar") for number in range(10)]


def scores():
    rows = kept(URLS)
    assert rows.starts.tolist() == list(range(0, 21, 2))
    return rows.columns(["key", "score"])["score"].to_pylist()


def reads(store):
    """The objects that were read since, by name."""
    return sorted(one["key"].rpartition("/")[2] for one in store.log(clear=True) if one["operation"] == "GetObject")


def test_each_index_is_read_once_and_again_when_its_shard_is_another(store, tmp_path):
    expected = [number + row / 2 for number in range(10) for row in range(2)]
    store.log(clear=True)
    assert scores() == expected
    assert len(reads(store)) == 20
    assert scores() == expected and reads(store) == []
    put(store, tmp_path, 3, 70)
    store.log(clear=True)
    assert scores() == [*expected[:6], 70, 70.5, *expected[8:]]
    assert reads(store) == ["3.parquet", "3.tar"]
    assert (tmp_path / "cache" / "faceshards" / "indexes").stat().st_mode & 0o077 == 0


def test_a_file_that_is_damaged_or_cannot_be_written_costs_time_alone(store, tmp_path, monkeypatch):
    expected = scores()
    (file,) = (tmp_path / "cache").rglob("*.arrow")
    body = bytearray(file.read_bytes())
    for at in range(0, len(body) // 2, 7):
        body[at] ^= 0xFF
    file.write_bytes(body)
    assert scores() == expected
    file.write_bytes(b"")
    assert scores() == expected
    (tmp_path / "a file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a file"))
    assert scores() == expected


def test_few_shards_and_those_of_web_servers_are_read_each_time(store):
    assert kept(URLS[: LEAST - 1]) is None
    assert kept([Url.parse(f"http://host/{number}.tar") for number in range(10)]) is None


def test_a_shard_that_is_gone_is_said(store):
    with pytest.raises(FaceshardsError, match=r"s3://bucket/set/99\.tar"):
        kept([*URLS, Url.parse("s3://bucket/set/99.tar")])


def test_few_data_sets_are_kept(store, tmp_path, monkeypatch):
    monkeypatch.setattr(store_rows, "_MOST_KEPT", 2)
    for count in (8, 9, 10):
        kept(URLS[:count])
    assert len(list((tmp_path / "cache").rglob("*.arrow"))) == 2
