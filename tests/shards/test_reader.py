import os
import tarfile

import numpy as np
import pytest

from faceshards.errors import ColumnError, DamagedShard, ShardError
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter

PACK = Provenance("pack", 1)


@pytest.fixture
def shard(tmp_path):
    with ShardWriter(tmp_path / "a.tar", provenance=[PACK]) as writer:
        for i in range(4):
            facts = {"name": f"n{i}", "frames": i, "fps": [30000, 1001], "user_score": i / 2, "failures": []}
            if i == 3:
                facts["failures"] = [{"stage": "faces", "code": "no-face", "reason": "none in 10 frames"}]
            array = None if i == 3 else np.full((2, 3), i, np.float32)
            writer.add(f"k{i}", {"json": facts, "mp4": bytes([i]) * 1000, "a.npy": encode("a.npy", array)})
    with Shard(tmp_path / "a.tar") as opened:
        yield opened


def test_rows_keys_columns_and_values(shard):
    assert len(shard) == 4
    assert shard.keys == ["k0", "k1", "k2", "k3"]
    assert shard.columns == ["json", "mp4", "a.npy"]
    assert shard.row("k2") == 2
    assert shard.video() == "mp4"
    np.testing.assert_array_equal(shard.get(2, "a.npy"), np.full((2, 3), 2, np.float32))
    assert shard.get(3, "a.npy") is None
    assert shard.json(1)["name"] == "n1"
    assert shard.read_range(1, "mp4", 10, 20) == b"\1" * 10
    assert shard.provenance == {PACK.fingerprint: PACK}
    assert set(shard.sample(0)) == {"json", "mp4", "a.npy"}


def test_scalars_are_typed_columns(shard):
    table = shard.scalars("frames", "fps", "user_score", "failed")
    assert table["frames"].to_pylist() == [0, 1, 2, 3]
    assert table["fps"].to_pylist() == pytest.approx([30000 / 1001] * 4)
    assert table["user_score"].to_pylist() == [0, 0.5, 1, 1.5]
    assert table["failed"].to_pylist() == ["", "", "", "faces:no-face"]


def test_only_the_asked_bytes_are_read(shard):
    shard.read(0, "a.npy")
    assert shard.bytes_read == shard.extent(0, "a.npy").size


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda s: s.row("nope"), ShardError, "no key 'nope'"),
        (lambda s: s.read(0, "b.npy"), ColumnError, "no column 'b.npy'"),
        (lambda s: s.read(9, "mp4"), ShardError, "rows 0 to 3"),
        (lambda s: s.read(-1, "mp4"), ShardError, "rows 0 to 3"),
        (lambda s: s.read_range(0, "mp4", 0, 1001), ShardError, "1000 bytes"),
        (lambda s: s.scalars("gaze"), ColumnError, "no scalar gaze"),
    ],
)
def test_errors_name_the_thing(shard, call, error, says):
    with pytest.raises(error, match=says):
        call(shard)


def test_a_flipped_bit_in_a_body_is_found_when_it_is_read(shard):
    extent = shard.extent(1, "mp4")
    with open(shard.path, "r+b") as file:
        file.seek(extent.offset + 5)
        file.write(b"\x81")
    with Shard(shard.path) as again:
        assert again.read(0, "mp4") == bytes(1000)
        with pytest.raises(DamagedShard, match=r"k1\.mp4"):
            again.read(1, "mp4")


def test_a_truncated_shard_is_damaged_not_stale(shard):
    os.truncate(shard.path, shard.nbytes - 512)
    with pytest.raises(DamagedShard, match="front record says"):
        Shard(shard.path)


def test_a_foreign_tar_reads_unchecked(tmp_path):
    path = tmp_path / "f.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        for name, body in [("a/x.jpg", b"1"), ("a/x.cls", b"7"), ("a/y.jpg", b"22"), ("a/y.cls", b"8")]:
            (tmp_path / "body").write_bytes(body)
            tar.add(tmp_path / "body", name)
    with Shard(path) as shard:
        assert shard.keys == ["a/x", "a/y"]
        assert shard.read(1, "jpg") == b"22"
        assert shard.extent(1, "jpg").crc32c is None
        assert shard.provenance == {}


def test_an_empty_or_absent_file_is_named(tmp_path):
    (tmp_path / "e.tar").touch()
    with pytest.raises(ShardError, match="empty"):
        Shard(tmp_path / "e.tar")
    with pytest.raises(ShardError, match="no such shard"):
        Shard(tmp_path / "none.tar")


def test_numbers_beyond_every_type_are_null_not_an_error(tmp_path):
    facts = [
        {"x": 10**400, "y": 10**400, "duration": 10**400, "fps": [10**400, 1], "frames": 2**70},
        {"x": 1.5, "y": 2},
    ]
    with ShardWriter(tmp_path / "a.tar") as writer:
        for i, one in enumerate(facts):
            writer.add(f"k{i}", {"json": one})
    with Shard(tmp_path / "a.tar") as shard:
        table = shard.scalars("x", "duration", "fps", "frames")
        assert table["x"].to_pylist() == [None, 1.5]
        assert table["duration"].to_pylist() == table["fps"].to_pylist() == table["frames"].to_pylist() == [None, None]


def test_a_front_record_without_its_check_is_damaged(tmp_path):
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("k", {"json": {}})
    body = (tmp_path / "a.tar").read_bytes()
    (tmp_path / "a.tar").write_bytes(body.replace(b"FACESHARDS.check", b"FACESHARDS.shock", 1))
    with pytest.raises(DamagedShard, match="check"):
        Shard(tmp_path / "a.tar")
