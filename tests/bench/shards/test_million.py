"""Shards of which only the index is real: as many rows as said, the same as in the one Parquet file."""

import pyarrow.parquet as pq
import pytest

from faceshards.bench.shards.million import COLUMNS, ROWS, grown, make
from faceshards.shards.index.dataset import open_dataset
from faceshards.shards.reader import Shard


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    make(folder / "shards", folder / "one.parquet", 3)
    return folder


def test_both_contestants_read_the_same_rows(rows):
    ours, theirs = open_dataset(rows / "shards").table, pq.read_table(rows / "one.parquet", columns=COLUMNS)
    assert ours.num_rows == theirs.num_rows == 3 * ROWS
    ours, theirs = (table.select(COLUMNS).sort_by("key").to_pylist() for table in (ours, theirs))
    assert ours == theirs


def test_a_shard_opens_as_one_of_its_length_and_takes_no_room(rows):
    for path in sorted((rows / "shards").glob("*.tar")):
        with Shard(path) as shard:
            assert len(shard) == ROWS and shard.nbytes == path.stat().st_size > 100_000_000
        assert path.stat().st_blocks * 512 < 100_000


def test_opening_takes_memory_and_opening_more_takes_more(rows):
    assert 0 <= grown(str(rows / "shards")) < 200_000_000
