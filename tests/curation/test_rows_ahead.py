"""Samples that are fetched before they are worked on: each block once, in large requests, and waited for."""

import threading

import pytest

from faceshards.curation import rows_ahead
from faceshards.curation.rows_ahead import RowsAhead
from faceshards.shards.reader import Shard
from faceshards.shards.storage.remote.cache import BLOCK


class Counted:
    """The file of a shard, whose reads are taken down."""

    def __init__(self, file) -> None:
        self.file, self.reads, self.lock = file, [], threading.Lock()

    def read(self, offset: int, size: int) -> bytes:
        with self.lock:
            self.reads.append((offset, size))
        return self.file.read(offset, size)

    def close(self) -> None:
        self.file.close()


@pytest.fixture
def counted(shard):
    with Shard(shard) as opened:
        opened.file = Counted(opened.file)
        yield opened


@pytest.mark.parametrize("blocks", [1, 2, 128])
@pytest.mark.parametrize("rows", [[0, 1, 2, 3, 4, 5], [4, 1], [5, 0, 3], [2]])
def test_each_block_is_read_once_and_a_row_is_there_when_it_is_ready(counted, rows, blocks, monkeypatch):
    monkeypatch.setattr(rows_ahead, "_BLOCKS", blocks)
    with RowsAhead(counted, rows) as ahead:
        for row in rows:
            ahead.ready(row)
            for name in counted.columns:
                extent = counted.extent(row, name)
                there = {at for start, size in counted.file.reads for at in range(start, start + size, BLOCK)}
                needed = range(extent.offset // BLOCK, -(-(extent.offset + extent.size) // BLOCK))
                assert {block * BLOCK for block in needed} <= there
    starts = [at for start, size in counted.file.reads for at in range(start, start + size, BLOCK)]
    assert len(starts) == len(set(starts)) and all(start % BLOCK == 0 for start, _ in counted.file.reads)


def test_what_reading_raises_is_raised_to_who_waits(counted):
    counted.file.read = lambda offset, size: (_ for _ in ()).throw(OSError("gone"))
    with RowsAhead(counted, [0]) as ahead, pytest.raises(OSError, match="gone"):
        ahead.ready(0)
