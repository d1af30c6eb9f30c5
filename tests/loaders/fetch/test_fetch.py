import tarfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from faceshards.errors import DamagedShard
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.fetch import Fetch, measured
from faceshards.loaders.fetch.spans import DISK, Link
from faceshards.loaders.plan.plan import resolve
from faceshards.shards.storage import spans

# Samples of about 20 KB each: with the first link only members that touch are joined, with the second all are.
NARROW, WIDE = Link(0.0), Link(1.0, 1e9)
COLUMNS = ["x.npy", "ragged.npy"]


@pytest.fixture
def pool():
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def bodies(data):
    bodies = Bodies(resolve([data], [*COLUMNS, "big.npy"]))
    yield bodies
    bodies.close()


def truth(data, number: int, column: str) -> bytes:
    """A member as Python's tarfile reads it."""
    name = "a" if number < 40 else "b" if number < 47 else "c"
    with tarfile.open(data / f"{name}.tar") as tar:
        return tar.extractfile(f"{name}-{number:04d}.{column}").read()


def group(bodies, pool, link, units, columns=COLUMNS):
    return Fetch(bodies, pool, link, 1 << 24).group(dict.fromkeys(columns, units))


@pytest.mark.parametrize(("link", "requests"), [(NARROW, 12), (WIDE, 2)], ids=["narrow", "wide"])
def test_a_group_reads_its_members_in_as_few_requests_as_pay(bodies, pool, data, link, requests):
    units = [46, 3, 1, 2, 45, 3, 44]  # in any order, one of them twice
    found = group(bodies, pool, link, units)
    for unit in units:
        for column in COLUMNS:
            assert bytes(found.read(unit, column)) == truth(data, unit, column), (unit, column)
    assert bodies.requests == requests  # two members of six samples; one span in each of two shards
    if link is NARROW:
        wanted = sum(int(bodies.size(unit, column)) for unit in set(units) for column in COLUMNS)
        assert bodies.bytes_read == wanted


def test_what_a_group_does_not_hold_is_read_for_itself(bodies, pool, data):
    found = group(bodies, pool, WIDE, [1])
    assert bytes(found.read(1, "x.npy")) == truth(data, 1, "x.npy")
    before = bodies.requests
    assert found.read(90, "x.npy") == truth(data, 90, "x.npy")
    assert found.read(1, "big.npy") == truth(data, 1, "big.npy")
    assert bodies.requests == before + 2


@pytest.mark.parametrize("piece", [64, 100, 1000])
def test_a_member_over_several_pieces_is_put_together(bodies, pool, data, monkeypatch, piece):
    monkeypatch.setattr(spans, "PIECE", piece)
    found = group(bodies, pool, WIDE, [0, 1], ["x.npy", "big.npy"])
    for unit in (0, 1):
        for column in ("x.npy", "big.npy"):
            assert bytes(found.read(unit, column)) == truth(data, unit, column)
    assert bodies.requests > 5000 // piece


def test_a_member_that_is_empty_in_a_sample_is_empty(write_shard, pool):
    shard = write_shard("one", range(3), lambda number, sample: sample.update({"x.npy": b""}) if number == 1 else None)
    bodies = Bodies(resolve([shard], ["x.npy"], missing="none"))
    found = group(bodies, pool, WIDE, [0, 1, 2], ["x.npy"])
    assert [len(found.read(unit, "x.npy")) > 0 for unit in range(3)] == [True, False, True]
    none = group(bodies, pool, WIDE, [1], ["x.npy"])
    before = bodies.requests
    assert none.read(1, "x.npy") == b"" and bodies.requests == before


def test_a_flipped_bit_is_noticed(bodies, pool, data):
    at = int(bodies.extents("x.npy").offset[3]) + 9
    body = bytearray((data / "a.tar").read_bytes())
    body[at] ^= 1
    (data / "a.tar").write_bytes(body)
    fresh = Bodies(resolve([data], COLUMNS))
    found = group(fresh, pool, WIDE, [2, 3])
    assert bytes(found.read(2, "x.npy")) == truth(data, 2, "x.npy")
    with pytest.raises(DamagedShard, match=r"a-0003: x\.npy differs"):
        found.read(3, "x.npy")


def test_a_shard_that_is_rewritten_is_read_from_the_next_one(bodies, pool, data, write_shard):
    old = truth(data, 41, "x.npy")
    write_shard("b", range(40, 47), lambda number, sample: sample["json"].update(more="x" * 5000))
    found = group(bodies, pool, WIDE, [40, 41])
    assert bytes(found.read(41, "x.npy")) == old


def test_disks_of_this_machine_are_not_measured(data):
    assert measured(resolve([data], ["x.npy"])) is DISK
