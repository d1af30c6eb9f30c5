"""Reading rows: lazily opened, boundedly many shards; only wanted members; errors that name shard and sample."""

import os
import pickle
from contextlib import suppress

import numpy as np
import pytest

from faceshards.errors import ClipError, ColumnError, ShardError
from faceshards.loaders import ShardDataset
from faceshards.loaders.fetch.spans import DISK
from faceshards.loaders.plan.plan import resolve
from faceshards.loaders.serve.reader import SampleReader
from faceshards.loaders.units.deck import EachRow
from faceshards.loaders.units.row import Row
from faceshards.shards.rewrite import rewrite
from faceshards.shards.storage.find import find_shards


def open_files():
    """Shards that this process has open."""
    count = 0
    for fd in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):
            count += os.readlink(f"/proc/self/fd/{fd}").endswith(".tar")
    return count


@pytest.fixture
def rows(data):
    return SampleReader(EachRow(resolve(find_shards(data), ["x.npy"], "number % 2 = 0", "error")), Row(["x.npy"]), DISK)


def test_units_count_through_the_matching_rows_of_all_shards(rows):
    assert [rows.sample(unit)["__key__"] for unit in (0, 19, 20, 49)] == ["a-0000", "a-0038", "b-0040", "c-0098"]
    np.testing.assert_array_equal(rows.sample(21)["x.npy"], np.full((2, 3), 42, np.float32))


def test_shards_are_opened_when_first_read_and_boundedly_many_stay_open(write_shard, monkeypatch):
    monkeypatch.setattr("faceshards.loaders.fetch.bodies._MOST_OPEN", 3)
    paths = [write_shard(f"s{number}", [number]) for number in range(6)]
    rows = SampleReader(EachRow(resolve(paths, ["x.npy"], None, "error")), Row(["x.npy"]), DISK)
    before = open_files()
    for unit in (0, 1, 2, 3, 4, 5, 0):
        assert rows.sample(unit)["x.npy"][0, 0] == unit
        assert open_files() - before <= 3
    rows.close()
    assert open_files() == before


def test_a_reader_travels_to_another_process_without_its_files(rows):
    assert rows.sample(0)["__key__"] == "a-0000"
    before = open_files()
    other = pickle.loads(pickle.dumps(rows))  # noqa: S301 - our own object
    assert open_files() == before and other.sample(30)["__key__"] == rows.sample(30)["__key__"]


def test_bytes_read_counts_the_wanted_members(rows):
    rows.sample(0), rows.sample(1)
    assert rows.bytes_read == 2 * (128 + 24)  # an npy header and six floats


@pytest.mark.parametrize("error", [ColumnError("odd"), ClipError("no-face", "odd")])
def test_a_views_error_names_shard_and_sample(rows, error):
    def view(sample):
        raise error

    rows.view = view
    with pytest.raises(type(error), match=r"data/b\.tar, sample b-0040: odd") as caught:
        rows.sample(20)
    assert getattr(caught.value, "code", "no-face") == "no-face"


def test_a_shard_that_was_closed_and_rewritten_meanwhile_is_followed(write_shard, monkeypatch):
    monkeypatch.setattr("faceshards.loaders.fetch.bodies._MOST_OPEN", 1)
    paths = [write_shard(f"s{number}", range(10 * number, 10 * number + 10)) for number in range(3)]
    rows = SampleReader(EachRow(resolve(paths, ["x.npy"], None, "error")), Row(["x.npy"]), DISK)
    for change in range(3):
        for unit in (0, 10, 20, 5, 15):
            assert rows.sample(unit)["x.npy"][0, 0] == unit
        for path in paths:  # every extent moves
            rewrite(path, {f"new{change}.npy": lambda row: bytes(700)})
    write_shard("s1", range(50, 60))
    assert rows.sample(25)["x.npy"][0, 0] == 25
    with pytest.raises(ShardError, match=r"s1\.tar: another shard with other samples"):
        rows.sample(11)


def test_another_shard_under_the_name_is_no_bad_sample_but_an_error(write_shard):
    path = write_shard("s", range(20))
    loader = ShardDataset(path, ["x.npy"], max_faults=1.0).loader(10)
    write_shard("s", range(30, 50))
    with pytest.raises(ShardError, match="another shard"):
        list(loader)
