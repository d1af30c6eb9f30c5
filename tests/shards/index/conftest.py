"""Data sets and shards that the index's tests share."""

import pytest

from faceshards.shards.writer import ShardWriter


def write_rows(path, first, count, size=10, **facts):
    """A shard of clips `k{first}`, ...: their number as `frames`, half as `snr_db`, `size` more bytes of video."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ShardWriter(path, durable=False) as writer:
        for i in range(first, first + count):
            facts_of = {"frames": i, "name": f"n{i}", "snr_db": i / 2, **facts}
            writer.add(f"k{i}", {"json": facts_of, "mp4": bytes(size + i)})
    return path


@pytest.fixture
def written():
    """`write_rows`."""
    return write_rows
