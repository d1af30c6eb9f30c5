import os
import resource
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from faceshards.errors import ColumnError, DamagedShard, ShardError, StorageError
from faceshards.shards.reader import Shard
from faceshards.shards.repair.verify import verify
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.schema.states import no_value
from faceshards.shards.storage.extent import CHUNK, FileExtent
from faceshards.shards.writer import ShardWriter

ROOT = Path(__file__).resolve().parents[2]
PACK = Provenance("pack", 1, {"fps": 25})


def write(path, count=5, **extra):
    with ShardWriter(path, provenance=[PACK]) as writer:
        for i in range(count):
            facts = {"name": f"clip {i}", "frames": 10 + i, "fps": [30000, 1001], "failures": []}
            writer.add(f"clip=20{i}", {"json": facts, "a.npy": encode("a.npy", np.arange(i)), **extra})
    return path


def test_python_and_gnu_tar_read_the_same_members(tmp_path):
    shard = write(tmp_path / "a.tar")
    with tarfile.open(shard) as tar:
        names = tar.getnames()
        assert names == [f"clip=20{i}.{c}" for i in range(5) for c in ("json", "a.npy")]
        body = tar.extractfile("clip=203.a.npy").read()
    gnu = subprocess.run(["tar", "xOf", shard, "clip=203.a.npy"], capture_output=True, check=True)
    assert gnu.stdout == body == encode("a.npy", np.arange(3))
    assert gnu.stderr == b""


def test_the_same_samples_give_the_same_bytes(tmp_path):
    one, two = write(tmp_path / "a.tar"), write(tmp_path / "b.tar")
    assert one.read_bytes() == two.read_bytes()
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_each_member_carries_its_crc32c_in_the_unused_bytes_of_its_header(tmp_path):
    shard = write(tmp_path / "a.tar", 1)
    data = shard.read_bytes()
    with tarfile.open(shard) as tar:
        for member in tar:
            header = data[member.offset_data - 512 : member.offset_data]
            assert header[500:504] == b"FS1\0"
            body = data[member.offset_data : member.offset_data + member.size]
            assert int.from_bytes(header[504:508], "big") == crc32c(body)


def crc32c(body: bytes) -> int:
    """Bit by bit, from the polynomial (RFC 3720)."""
    crc = 0xFFFFFFFF
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def test_a_large_file_streams_with_its_checksum(tmp_path):
    body = os.urandom(3 * CHUNK + 17)
    (tmp_path / "clip.mp4").write_bytes(body)
    with ShardWriter(tmp_path / "a.tar", provenance=[PACK], expected_bytes=10 * CHUNK) as writer:
        writer.add("small", {"json": {}, "mp4": b"x" * 10})
        writer.add("large", {"json": {}, "mp4": FileExtent.whole(tmp_path / "clip.mp4")})
        writer.add("after", {"json": {}, "mp4": b""})
    with Shard(tmp_path / "a.tar") as shard, tarfile.open(tmp_path / "a.tar") as tar:
        assert shard.read(1, "mp4") == body == tar.extractfile("large.mp4").read()
        assert shard.read(2, "mp4") == b""
        assert os.path.getsize(shard.path) == shard.nbytes


@pytest.mark.parametrize("size", [100, 2 * CHUNK])
def test_an_extent_that_differs_from_its_checksum_stops_the_shard(tmp_path, size):
    (tmp_path / "clip.mp4").write_bytes(bytes(size))
    with pytest.raises(DamagedShard, match="crc32c"), ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("a", {"json": {}, "mp4": FileExtent(tmp_path / "clip.mp4", 0, size, 123)})
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]


def test_long_names_and_sizes_use_pax_only_where_they_must(tmp_path):
    key = "k" * 150
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add(key, {"json": {"name": key}, "mp4": b"abc"})
    with tarfile.open(tmp_path / "a.tar") as tar:
        assert tar.getnames() == [f"{key}.json", f"{key}.mp4"]
    with Shard(tmp_path / "a.tar") as shard:
        assert shard.keys == [key] and shard.read(0, "mp4") == b"abc"
    listing = subprocess.run(["tar", "tf", tmp_path / "a.tar"], capture_output=True, check=True, text=True)
    assert listing.stdout.split() == [f"{key}.json", f"{key}.mp4"]


def test_uneven_columns_and_repeated_or_unescaped_keys_are_refused(tmp_path):
    with pytest.raises(ColumnError, match="same columns"), ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("a", {"json": {}, "mp4": b""})
        writer.add("b", {"json": {}})
    with pytest.raises(ShardError, match="is there already"), ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("a", {"json": {}})
        writer.add("a", {"json": {}})
    with pytest.raises(ShardError, match="escaped key"), ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("a.b", {"json": {}})
    with pytest.raises(ColumnError, match="'json'"), ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("a", {"mp4": b""})
    assert list(tmp_path.iterdir()) == []


def test_an_exception_leaves_the_old_shard_and_no_temporary_file(tmp_path):
    old = write(tmp_path / "a.tar").read_bytes()
    with pytest.raises(RuntimeError, match="stop"), ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("a", {"json": {}})
        raise RuntimeError("stop")
    assert (tmp_path / "a.tar").read_bytes() == old
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.parquet", "a.tar"]


def test_a_file_that_may_not_grow_fails_before_the_first_byte_with_a_remedy(tmp_path):
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, old[1]))
    try:
        with pytest.raises(StorageError, match="may not grow"):
            ShardWriter(tmp_path / "a.tar", expected_bytes=1_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
sys.path.insert(0, {root!r})
from faceshards.shards.writer import ShardWriter
writer = ShardWriter({path!r})
for i in range(2000):
    writer.add(f"k{{i}}", {{"json": {{}}, "mp4": bytes(2000)}})
print("wrote", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_writers_leftover_is_swept_by_the_next_and_a_living_ones_is_not(tmp_path):
    path = tmp_path / "a.tar"
    done = subprocess.run([sys.executable, "-c", KILLED.format(root=str(ROOT), path=str(path))], capture_output=True)
    assert done.stdout == b"wrote\n" and done.returncode == -9
    [leftover] = tmp_path.glob(".a.tar.*.tmp")
    assert not path.exists()
    living = ShardWriter(path)
    assert not leftover.exists()
    with pytest.raises(StorageError, match="another process is writing it"):
        ShardWriter(path)
    living.add("a", {"json": {}})
    living.close()
    write(path, 1)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.parquet", "a.tar"]


def test_values_are_written_as_their_columns_codec_writes_them(tmp_path):
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    with ShardWriter(tmp_path / "v.tar") as writer:
        writer.add("a", {"json": {"n": 1}, "x.npy": array, "y.npy": memoryview(array), "t.txt": "word", "z.npy": None})
    with Shard(tmp_path / "v.tar") as shard:
        np.testing.assert_array_equal(shard.get(0, "x.npy"), array)
        assert shard.read(0, "y.npy") == array.tobytes() and shard.get(0, "t.txt") == "word"
        assert shard.read(0, "z.npy") == no_value("z.npy") and shard.get(0, "z.npy") is None
        assert shard.json(0) == {"n": 1, "states": {"z.npy": "not yet"}} and shard.state(0, "z.npy") == "not yet"
    verify(tmp_path / "v.tar")
    with pytest.raises(ColumnError, match=r"x\.bin"), ShardWriter(tmp_path / "w.tar") as writer:
        writer.add("a", {"json": {}, "x.bin": object()})
