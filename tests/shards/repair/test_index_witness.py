import shutil

import pyarrow as pa
import pyarrow.parquet as pq

from faceshards.shards.reader import Shard
from faceshards.shards.repair.salvage import salvage
from faceshards.shards.writer import ShardWriter
from tests.shards.repair.damage import (
    LONG,
    ROWS,
    flip,
    forget,
    header,
    is_part_of,
    smash,
)


def test_the_index_knows_what_a_broken_header_hides(tar, truth):
    """Every member's header is gone; the bodies and the index stand: nothing is lost, the shard is what it was."""
    good = tar.read_bytes()
    with Shard(tar) as shard:
        offsets = [shard.extent(row, column).offset for row in range(ROWS) for column in shard.columns]
    for offset in offsets:
        smash(tar, offset - 512)
    done = salvage(tar)
    assert (done.kept, done.lost, done.complete) == (ROWS, (), True)
    assert done.target.read_bytes() == good


def test_the_index_of_another_shard_is_no_witness(tar, truth):
    with ShardWriter(tar.with_name("b.tar")) as writer:
        writer.add("other", {"json": {}})
    shutil.copy(tar.with_name("b.parquet"), tar.with_suffix(".parquet"))
    flip(tar, header(tar, "k5.mp4") + 600)
    done = salvage(tar)
    is_part_of(done, truth)
    assert done.kept == ROWS - 1


def test_an_index_that_was_altered_is_no_witness(tar, truth):
    """It names the right generation and length, and another key; its member table gives it away."""
    table = pq.read_table(tar.with_suffix(".parquet"))
    keys = pa.array(["evil", *table["key"].to_pylist()[1:]])
    pq.write_table(table.set_column(0, "key", keys), tar.with_suffix(".parquet"))
    flip(tar, header(tar, "k5.mp4") + 600)
    done = salvage(tar)
    is_part_of(done, truth)
    assert done.kept == ROWS - 1 and [(one.key, one.row) for one in done.lost] == [("k5", None)]


def test_members_that_changed_names_are_not_believed(tar, truth):
    """The extended headers of two members of one sample changed places: each body holds the other's checksum."""
    body = bytearray(tar.read_bytes())
    first = body.index(b"PaxHeaders/" + LONG.encode()[:60])
    second = body.index(b"PaxHeaders/" + LONG.encode()[:60], first + 512)
    here, there = body[first : first + 1024], body[second : second + 1024]
    body[first : first + 1024], body[second : second + 1024] = there, here
    tar.write_bytes(body)
    smash(tar, 0)  # no front record, whose generation would tell
    forget(tar)
    done = salvage(tar)
    is_part_of(done, truth)
    assert done.kept == ROWS - 1 and [one.key for one in done.lost] == [LONG]
