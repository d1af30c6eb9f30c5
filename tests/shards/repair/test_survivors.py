import random

import pytest

from faceshards.errors import ShardError
from faceshards.shards.reader import Shard
from faceshards.shards.repair.salvage import salvage, salvaged_path
from faceshards.shards.repair.verify import verify
from tests.shards.repair.damage import (
    KEYS,
    ROWS,
    adds_up,
    contents,
    flip,
    forget,
    header,
    is_part_of,
    smash,
    start_over,
)


@pytest.mark.parametrize("index", [True, False])
def test_a_flipped_bit_in_a_body_costs_its_sample(tar, truth, index):
    flip(tar, header(tar, "k5.mp4") + 600)
    damaged = tar.read_bytes()
    if not index:
        forget(tar)
    done = salvage(tar)
    adds_up(done)
    is_part_of(done, truth)
    assert (done.target.name, done.kept, done.samples, done.checked) == ("a-salvaged.tar", ROWS - 1, ROWS, True)
    (lost,) = done.lost
    assert (lost.key, lost.reason) == ("k5", "k5.mp4 differs from its checksum")
    assert lost.byte == header(tar, "k5.mp4") + 512 and lost.row == (5 if index else None)
    assert tar.read_bytes() == damaged


@pytest.mark.parametrize("name", ["k5.json", "k5.faces.msg"])
@pytest.mark.parametrize("byte", [b"\xa5", b"\0"])
def test_whichever_member_it_is_the_neighbours_live(tar, truth, name, byte):
    """Also where the header became zeros, which would end a tar."""
    smash(tar, header(tar, name), byte=byte)
    forget(tar)
    done = salvage(tar)
    adds_up(done)
    is_part_of(done, truth)
    assert [one.key for one in done.lost] == ["k5"] and done.kept == ROWS - 1


@pytest.mark.parametrize("index", [True, False])
def test_truncation_at_random_places(tar, truth, index):
    good = tar.read_bytes()
    with Shard(tar) as shard:
        ends = (shard.index["offset"].to_numpy() + shard.index["size"].to_numpy()).tolist()
        last = [shard.extent(row, "faces.msg") for row in range(ROWS)]
    parquet = tar.with_suffix(".parquet").read_bytes()
    chance = random.Random(2)
    for length in [9000, *sorted(chance.randrange(9000, len(good)) for _ in range(12)), len(good) - 1]:
        start_over(tar, good[:length])
        tar.with_suffix(".parquet").write_bytes(parquet)
        if not index:
            forget(tar)
        done = salvage(tar)
        adds_up(done)
        # The padding of the last member may be cut: its bytes are there.
        whole = sum(end <= length or one.offset + one.size <= length for end, one in zip(ends, last, strict=True))
        assert (done.samples, done.kept) == (ROWS, whole)
        if whole:
            is_part_of(done, truth)
            assert list(contents(done.target)) == KEYS[:whole]
        else:
            assert done.target is None and not salvaged_path(tar).exists()
        if index:
            assert [one.key for one in done.lost] == KEYS[whole:] and done.unnamed == 0


@pytest.mark.parametrize("index", [True, False])
def test_random_flips_never_bring_back_what_was_not_written(tar, truth, index):
    good, parquet = tar.read_bytes(), tar.with_suffix(".parquet").read_bytes()
    chance = random.Random(3)
    for _ in range(40):
        start_over(tar, good)
        tar.with_suffix(".parquet").write_bytes(parquet)
        if not index:
            forget(tar)
        places = [chance.randrange(len(good)) for _ in range(chance.choice([1, 1, 4]))]
        for at in places:
            flip(tar, at, 1 << chance.randrange(8))
        done = salvage(tar)
        adds_up(done)
        assert done.kept >= ROWS - len(places)
        if done.target:
            is_part_of(done, truth)


@pytest.mark.slow
def test_a_thousand_flips_never_bring_back_what_was_not_written(tar, truth):
    """Most in headers, where the walk must find its way."""
    good = tar.read_bytes()
    starts = [at for at in range(0, len(good), 512) if good[at + 257 : at + 262] == b"ustar"]
    chance = random.Random(4)
    kept = 0
    for _ in range(1000):
        start_over(tar, good)
        forget(tar)
        places = [chance.choice(starts) + chance.randrange(512) for _ in range(chance.choice([1, 2, 5]))]
        for at in places:
            flip(tar, at, 1 << chance.randrange(8))
        done = salvage(tar)
        adds_up(done)
        assert done.kept >= ROWS - len(places)
        kept += done.kept
        if done.target:
            is_part_of(done, truth)
    assert kept > 9 * 1000


def ruined(good, chance):
    """The shard after one to three accidents: bits flipped, noise, zeros, a cut, blocks lost, inserted, swapped."""
    bad = bytearray(good)
    for _ in range(chance.choice([1, 1, 2, 3])):
        at, count = chance.randrange(len(bad)), chance.randrange(1, 2000)
        block, blocks = at // 512 * 512, 512 * chance.randrange(1, 8)
        other = chance.randrange(len(bad)) // 512 * 512
        match chance.choice(["flip", "noise", "zeros", "cut", "lose", "insert", "swap", "repeat"]):
            case "flip":
                bad[at] ^= 1 << chance.randrange(8)
            case "noise":
                bad[at : at + count] = chance.randbytes(len(bad[at : at + count]))
            case "zeros":
                bad[at : at + count] = bytes(len(bad[at : at + count]))
            case "cut":
                del bad[max(at, 1) :]
            case "lose":
                del bad[block + 512 : block + 512 + blocks]
            case "insert":
                bad[block:block] = chance.randbytes(blocks)
            case "swap" if abs(block - other) >= blocks and max(block, other) + blocks <= len(bad):
                here, there = bad[block : block + blocks], bad[other : other + blocks]
                bad[block : block + blocks], bad[other : other + blocks] = there, here
            case _:
                bad[other:other] = bad[block : block + blocks]
    return bytes(bad)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))])
def test_no_accident_brings_back_what_was_not_written(tar, truth, seed):
    """What is salvaged is what was written, whatever happened; nothing at all may be, where remains contradict."""
    good, parquet = tar.read_bytes(), tar.with_suffix(".parquet").read_bytes()
    chance, kept = random.Random(seed), 0
    for _ in range(60):
        start_over(tar, ruined(good, chance))
        if chance.random() < 0.4:
            tar.with_suffix(".parquet").write_bytes(parquet)
        else:
            forget(tar)
        try:
            done = salvage(tar)
        except ShardError as error:
            assert "nothing is salvaged" in str(error)
            continue
        adds_up(done)
        kept += done.kept
        if done.target:
            got = contents(done.target)
            assert verify(done.target, deep=True).whole and len(got) == done.kept
            assert {key: truth[key] for key in got} == got
    assert kept > 60 * ROWS / 3
