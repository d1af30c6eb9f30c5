"""Flipped bits and cut files: found by the deep check wherever they are, never read as right; the rest is readable."""

import random
from collections import Counter

import numpy as np
import pytest

from faceshards.errors import FaceshardsError
from faceshards.shards.reader import Shard
from faceshards.shards.repair.salvage import salvage
from faceshards.shards.repair.verify import verify
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.tar.front import front_size
from faceshards.shards.writer import ShardWriter

SAMPLES = 20


@pytest.fixture
def tar(tmp_path):
    """Bodies of all sizes, an empty one, and names so long that they need pax records."""
    rng = np.random.default_rng(0)
    with ShardWriter(tmp_path / "a.tar", provenance=[Provenance("pack", 1)]) as writer:
        for i in range(SAMPLES):
            array = encode("x.npy", rng.normal(size=(i, 3)))
            key = f"clip{i}" + "n" * (100 * (i % 5 == 0))
            writer.add(key, {"json": {"name": f"n{i}"}, "mp4": rng.bytes(37 * i), "x.npy": array, "txt": b""})
    return tmp_path / "a.tar"


def zones(tar) -> list[tuple[int, int, str]]:
    """(start, stop, what it is) of every byte of a shard, by its index and the sizes of POSIX tar."""
    body = tar.read_bytes()
    found, end = [(0, front_size(body), "front record")], front_size(body)
    with Shard(tar) as shard:
        extents = [shard.extent(row, name) for row in range(len(shard)) for name in shard.columns]
    for extent in extents:
        kind = "header" if extent.offset - end == 512 else "pax record and header"
        stop = extent.offset + extent.size
        found += [(end, extent.offset, kind), (extent.offset, stop, "body"), (stop, stop + -stop % 512, "padding")]
        end = stop + -stop % 512
    return [*found, (end, len(body), "end blocks")]


def flips(tar, count: int) -> list[tuple[int, int, str]]:
    """(byte, bit, zone): as many of each zone, at random within it."""
    chance, by_kind = random.Random(count), {}
    for start, stop, kind in zones(tar):
        by_kind.setdefault(kind, []).extend(range(start, stop))
    kinds = sorted(by_kind)
    return [(chance.choice(by_kind[kind]), chance.randrange(8), kind) for kind in (kinds * count)[:count]]


def read_all(tar) -> list[dict[str, bytes]]:
    with Shard(tar) as shard:
        return [shard.sample(row) for row in range(len(shard))]


def check_flips(tar, count: int) -> Counter:
    good, truth, index = tar.read_bytes(), read_all(tar), tar.with_suffix(".parquet")
    stands, found = index.read_bytes(), Counter()
    for place, bit, kind in flips(tar, count):
        bad = bytearray(good)
        bad[place] ^= 1 << bit
        tar.write_bytes(bad)
        assert not verify(tar, deep=True).whole, f"bit {bit} of byte {place} ({kind}) was not found"
        found[kind] += 1
        for body in (stands, None, b"PAR1 rubbish"):  # with its index, without one, with one that does not read
            index.write_bytes(body) if body else index.unlink(missing_ok=True)
            try:
                read = read_all(tar)
            except FaceshardsError:
                continue
            assert read == truth, f"bit {bit} of byte {place} ({kind}) was read as right"
    return found


def test_flipped_bits(tar):
    assert set(check_flips(tar, 60)) == {
        "front record", "header", "pax record and header", "body", "padding", "end blocks",
    }  # fmt: skip


@pytest.mark.slow
def test_a_thousand_flipped_bits(tar, capsys):
    found = check_flips(tar, 1000)
    with capsys.disabled():
        print(f"\n1000 flipped bits, all found: {dict(found)}")
    assert found.total() == 1000


def test_a_cut_at_every_block_is_found_and_the_samples_before_it_stay_readable(tar):
    good, bodies = tar.read_bytes(), read_all(tar)
    with Shard(tar) as shard:
        ends = [max(end_of(shard.extent(row, name)) for name in shard.columns) for row in range(SAMPLES)]
        keys = shard.keys
    tar.with_suffix(".parquet").unlink()
    for length in range(0, len(good), 512):
        tar.write_bytes(good[:length])
        [fault] = verify(tar).defects
        with pytest.raises(FaceshardsError):
            Shard(tar)
        if length < front_size(good):
            continue
        assert f"front record says {len(good)}" in fault.says
        whole = sum(end <= length for end in ends)
        found = salvage(tar)
        assert (found.kept, found.samples) == (whole, SAMPLES), f"cut at {length}"
        if found.target:
            with Shard(found.target) as shard:
                assert shard.keys == keys[:whole]
                assert [shard.sample(row) for row in range(whole)] == bodies[:whole]
            found.target.unlink()


def end_of(place) -> int:
    return place.offset + place.size + -place.size % 512


def test_bits_flipped_in_the_index_never_give_wrong_data(tar):
    """Such an index is not believed, and made anew: keys, scalars and places are those of the tar."""
    with Shard(tar) as shard:
        truth = shard.index
    index, chance = tar.with_suffix(".parquet"), random.Random(5)
    good = index.read_bytes()
    for _ in range(400):
        bad = bytearray(good)
        bad[chance.randrange(len(good))] ^= 1 << chance.randrange(8)
        index.write_bytes(bad)
        with Shard(tar) as shard:
            assert shard.index.equals(truth)
