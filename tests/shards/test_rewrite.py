import os
import tarfile

import numpy as np
import pytest

from faceshards.errors import DamagedShard, ShardError, StorageError
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import RowEdit, rewrite
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.version import Changed
from faceshards.shards.writer import ShardWriter

PACK, GAZE = Provenance("pack", 1), Provenance("gaze", 1, {"every": 10})


@pytest.fixture
def tar(tmp_path):
    with ShardWriter(tmp_path / "a.tar", provenance=[PACK]) as writer:
        for i in range(4):
            writer.add(f"k{i}", {"json": {"name": f"n{i}"}, "mp4": bytes([i]) * (3_000_000 if i == 2 else 1000)})
    return tmp_path / "a.tar"


def members(path):
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def test_a_column_is_added_and_all_else_keeps_its_bytes(tar):
    before = members(tar)
    written = rewrite(
        tar,
        {"gaze.npy": lambda row: encode("gaze.npy", np.full(3, row)) if row != 1 else b""},
        json=lambda row, old: {**old, "gaze": row},
        provenance=[GAZE],
    )
    after = members(tar)
    assert all(after[name] == body for name, body in before.items() if not name.endswith(".json"))
    with Shard(tar) as shard:
        assert shard.generation == written.generation
        assert shard.keys == ["k0", "k1", "k2", "k3"]
        assert shard.columns == ["json", "mp4", "gaze.npy"]
        assert shard.json(3) == {"name": "n3", "gaze": 3}
        assert shard.get(1, "gaze.npy") is None
        np.testing.assert_array_equal(shard.get(3, "gaze.npy"), np.full(3, 3))
        assert shard.provenance == {PACK.fingerprint: PACK, GAZE.fingerprint: GAZE}
    assert sorted(p.name for p in tar.parent.iterdir()) == ["a.parquet", "a.tar"]


def test_a_column_is_replaced_or_dropped(tar):
    rewrite(tar, {"mp4": lambda row: b"new", "x.npy": lambda row: b""})
    rewrite(tar, {}, drop=["x.npy"])
    with Shard(tar) as shard:
        assert shard.columns == ["json", "mp4"]
        assert shard.read(0, "mp4") == b"new"


def test_an_open_reader_keeps_its_generation(tar):
    with Shard(tar) as old:
        rewrite(tar, {"mp4": lambda row: b"new"})
        assert old.read(1, "mp4") == b"\1" * 1000
    with Shard(tar) as new:
        assert new.read(1, "mp4") == b"new"


def test_a_damaged_member_is_not_copied(tar):
    with Shard(tar) as shard:
        offset = shard.extent(2, "mp4").offset
    with open(tar, "r+b") as file:
        file.seek(offset + 1_500_000)
        file.write(b"!")
    old = tar.read_bytes()
    with pytest.raises(DamagedShard, match="crc32c"):
        rewrite(tar, {"x.npy": lambda row: b""})
    assert tar.read_bytes() == old
    assert sorted(p.name for p in tar.parent.iterdir()) == ["a.parquet", "a.tar"]


def test_a_shard_that_someone_else_rewrote_meanwhile_is_left_alone(tar, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    with ShardWriter(tmp_path / "elsewhere" / "a.tar", provenance=[PACK]) as writer:
        writer.add("other", {"json": {}})

    def meddle(row):
        if row == 3:  # a writer that knows nothing of leases
            os.replace(writer.path, tar)
        return b"ours"

    with pytest.raises(Changed, match="somebody else wrote it"):
        rewrite(tar, {"x.npy": meddle})
    with Shard(tar) as shard:
        assert shard.keys == ["other"]


def test_a_second_rewriter_is_told(tar):
    def second(row):
        if row == 0:
            with pytest.raises(StorageError, match="another process"):
                rewrite(tar, {"y.npy": lambda row: b""})
        return b"ours"

    rewrite(tar, {"x.npy": second})
    with Shard(tar) as shard:
        assert shard.columns == ["json", "mp4", "x.npy"]


def test_a_foreign_tar_is_not_rewritten(tmp_path):
    (tmp_path / "body").write_bytes(b"x")
    with tarfile.open(tmp_path / "f.tar", "w") as file:
        file.add(tmp_path / "body", "a.txt")
    with pytest.raises(ShardError, match="foreign"):
        rewrite(tmp_path / "f.tar", {"x.npy": lambda row: b""})


def test_single_rows_are_edited_and_all_others_keep_their_bytes(tar):
    before = members(tar)
    edits = {1: RowEdit("other", {"name": "new"}, ("mp4",)), 3: RowEdit("k3", {"name": "n3", "x": 1}, ())}
    rewrite(tar, {}, edits=edits)
    after = members(tar)
    assert list(after) == ["k0.json", "k0.mp4", "other.json", "other.mp4", "k2.json", "k2.mp4", "k3.json", "k3.mp4"]
    assert all(after[name] == before[name] for name in ("k0.json", "k0.mp4", "k2.json", "k2.mp4", "k3.mp4"))
    with Shard(tar) as shard:
        assert shard.json(1) == {"name": "new", "states": {"mp4": "not yet"}} and shard.get(1, "mp4") is None
        assert shard.json(3) == {"name": "n3", "x": 1}
