import os
import random
import tarfile

import pytest

from faceshards.errors import FaceshardsError
from faceshards.shards.reader import Shard
from faceshards.shards.repair.verify import verify
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter


@pytest.fixture
def tar(tmp_path):
    with ShardWriter(tmp_path / "a.tar", provenance=[Provenance("pack", 1)]) as writer:
        for i, key in enumerate(["a", "b", "k" * 150]):
            writer.add(key, {"json": {"name": key}, "mp4": os.urandom(700 + i), "txt": b""})
    return tmp_path / "a.tar"


def test_a_whole_shard_has_no_fault(tar):
    assert verify(tar, deep=True).whole
    assert verify(tar, deep=True).members == 9


def test_every_flipped_bit_is_found(tar):
    """In headers, bodies, padding, end blocks, pax and front records alike."""
    good = bytearray(tar.read_bytes())
    chance = random.Random(0)
    body_start = 512 + 8192
    places = [chance.randrange(body_start) for _ in range(60)] + [
        chance.randrange(body_start, len(good)) for _ in range(240)
    ]
    for place in places:
        bad = bytearray(good)
        bad[place] ^= 1 << chance.randrange(8)
        tar.write_bytes(bad)
        assert not verify(tar, deep=True).whole, f"a flipped bit in byte {place} of {len(good)} was not found"


def test_a_plain_read_never_returns_what_a_flipped_bit_changed(tar):
    good = bytearray(tar.read_bytes())
    with Shard(tar) as shard:
        truth = [shard.sample(row) for row in range(3)]
    chance = random.Random(1)
    for _ in range(150):
        bad = bytearray(good)
        bad[chance.randrange(len(good))] ^= 1 << chance.randrange(8)
        tar.write_bytes(bad)
        tar.with_suffix(".parquet").unlink(missing_ok=True)
        try:
            with Shard(tar) as shard:
                for row in range(3):
                    assert shard.keys[row] in ("a", "b", "k" * 150)
                    assert shard.sample(row) == truth[row]
        except FaceshardsError:
            continue


def test_truncation_at_every_block_is_found(tar):
    good = tar.read_bytes()
    for length in range(0, len(good), 512):
        tar.write_bytes(good[:length])
        assert not verify(tar).whole, f"cut at {length} of {len(good)}"


def test_bytes_behind_the_end_are_found(tar):
    with open(tar, "ab") as file:
        file.write(bytes(512))
    assert "front record says" in str(verify(tar).defects[0])


def test_a_foreign_tar_is_said_to_be_one(tmp_path):
    (tmp_path / "x.txt").write_text("x")
    with tarfile.open(tmp_path / "f.tar", "w") as file:
        file.add(tmp_path / "x.txt", "x.txt")
    verdict = verify(tmp_path / "f.tar", deep=True)
    assert verdict.whole and verdict.foreign
