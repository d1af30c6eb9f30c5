import numpy as np

from faceshards.dataset.duplicates import buckets
from faceshards.dataset.duplicates.buckets import candidates


def pairs(hashes, clips):
    found = candidates(np.array(hashes, np.uint64), np.array(clips, np.int64)).tolist()
    return {tuple(pair) for pair in found}


def test_a_quarter_of_equal_bits_is_enough():
    same = 0x1111222233334444
    assert pairs([same, 0xFFFF2222FFFFFFFF, ~same & 0xFFFFFFFFFFFFFFFF], [0, 1, 2]) == {(0, 1)}
    assert pairs([same, same, 5], [3, 3, 1]) == set(), "a clip is no candidate of itself"
    assert pairs([], []) == set()


def test_pairs_are_those_of_comparing_all():
    rng = np.random.default_rng(3)
    hashes, clips = rng.integers(0, 1 << 63, 400, np.uint64), rng.integers(0, 90, 400)
    near = rng.integers(0, 400, 60)
    hashes[near] = hashes[rng.integers(0, 400, 60)] ^ np.uint64(0x00FF)
    orders = [buckets._ordered(hashes, number) for number in range(3)]
    assert all(
        sorted(map(int.bit_count, one.tolist())) == sorted(map(int.bit_count, hashes.tolist())) for one in orders
    )
    bands = [(one >> np.uint64(16 * band)) & np.uint64(0xFFFF) for one in orders for band in range(4)]
    truth = {
        (min(clips[i], clips[j]), max(clips[i], clips[j]))
        for band in bands
        for i in range(400)
        for j in np.flatnonzero(band == band[i])
        if clips[i] != clips[j]
    }
    assert pairs(hashes, clips) == {(int(a), int(b)) for a, b in truth}


def test_a_crowd_is_parted_by_the_rest_of_the_bits(monkeypatch):
    monkeypatch.setattr(buckets, "MOST", 4)
    monkeypatch.setattr(buckets, "_ORDERS", 1)
    room = [0x1111 | other << 16 | other << 32 | other << 48 for other in (1, 1, 2, 2, 3, 3, 4, 4)]
    assert pairs(room, range(8)) == {(0, 1), (2, 3), (4, 5), (6, 7)}
    assert pairs([7] * 6, range(6)) == {(n, n + 1) for n in range(5)}, "the very same pictures: a chain"
