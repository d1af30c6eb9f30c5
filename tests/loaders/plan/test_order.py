"""The global order: every unit once, a pure function, equal global batches for any ranks and workers."""

import numpy as np
import pytest

from faceshards.loaders.plan.order import LANES, epoch_order, share, smallest_share

SHARDS = [(), (0,), (1,), (10,), (0, 3, 0), (47,), (48,), (49,), (100, 1, 0, 57), (1000, 2000, 333), (20_000, 30_011)]


@pytest.mark.parametrize("counts", SHARDS, ids=str)
@pytest.mark.parametrize("window", [1, 7, 1024])
def test_every_unit_stands_in_the_order_exactly_once(counts, window):
    order = epoch_order(counts, seed=3, epoch=1, window=window)
    assert order.dtype == np.int64
    np.testing.assert_array_equal(np.sort(order), np.arange(sum(counts)))


def test_the_order_depends_on_seed_and_epoch_and_on_nothing_else():
    order = epoch_order([500, 300], seed=5, epoch=2)
    np.testing.assert_array_equal(order, epoch_order([500, 300], seed=5, epoch=2))
    for seed, epoch in [(5, 3), (6, 2), (2, 5)]:
        assert not np.array_equal(order, epoch_order([500, 300], seed=seed, epoch=epoch))


def test_a_saved_position_stays_valid_for_ever():
    # Golden: a change of these numbers makes every saved loader state mean other rows.
    assert epoch_order([6, 4], seed=0, epoch=0, lanes=3, window=4).tolist() == GOLDEN


GOLDEN = [2, 4, 3, 1, 5, 7, 9, 8, 6, 0]


def test_small_data_is_shuffled_as_a_whole():
    firsts = {int(epoch_order([10], seed=0, epoch=epoch)[0]) for epoch in range(200)}
    assert firsts == set(range(10))


def test_a_lane_reads_runs_of_neighbours_and_mixes_only_within_its_window():
    window = 64
    order = epoch_order([60_000, 60_000], seed=1, epoch=0, window=window)
    block = window // 4
    for lane in (0, 17, 47):
        rows = order[lane::LANES]
        for start in range(0, len(rows) - window, window):
            part = np.sort(rows[start : start + window])
            runs = 1 + int((np.diff(part) != 1).sum())
            assert runs <= window // block + 1  # whole blocks of neighbours, one more where the window cuts one in two
            assert not np.array_equal(part, rows[start : start + window])


def test_neighbours_of_a_sorted_shard_do_not_meet_in_a_batch():
    order = epoch_order([48_000], seed=0, epoch=0)
    identity = order // 100  # 480 people, 100 rows each, one after the other
    batches = identity[: 48_000 // 24 * 24].reshape(-1, 24)
    different = np.mean([len(set(batch)) for batch in batches])
    assert different > 22.5  # 24 independent draws of 480 people give 23.4


@pytest.mark.parametrize("world", [1, 2, 3, 4, 5, 48])
@pytest.mark.parametrize("workers", [1, 2, 3, 8])
@pytest.mark.parametrize("total", [1, 10, 97, 1000])
def test_consumers_share_every_global_batch_without_overlap(world, workers, total):
    for start in range(0, total, 24):
        stop = min(start + 24, total)
        parts = [
            share(start, stop, rank=rank, world=world, worker=worker, workers=workers)
            for rank in range(world)
            for worker in range(workers)
        ]
        assert sorted(np.concatenate(parts).tolist()) == list(range(start, stop))
        ranks = [share(start, stop, rank=rank, world=world) for rank in range(world)]
        assert sorted(np.concatenate(ranks).tolist()) == list(range(start, stop))


def test_a_lane_has_one_reader():
    owner: dict[int, tuple[int, int]] = {}
    for rank in range(3):
        for worker in range(2):
            for position in share(0, 4800, rank=rank, world=3, worker=worker, workers=2):
                assert owner.setdefault(int(position) % LANES, (rank, worker)) == (rank, worker)
    assert len(owner) == LANES


@pytest.mark.parametrize(
    ("batch_size", "world", "fewest"),
    [
        (24, 1, 24),
        (24, 2, 12),
        (24, 3, 8),
        (24, 4, 6),
        (4, 4, 1),
        (3, 4, 0),
        (24, 5, 4),
        (7, 2, 3),
        (5, 5, 0),
        (64, 49, 0),
    ],
)
def test_the_smallest_share_says_whether_every_rank_delivers_every_step(batch_size, world, fewest):
    assert smallest_share(batch_size, world) == fewest
    counted = min(
        len(share(start, start + batch_size, rank=rank, world=world))
        for start in range(0, 48 * batch_size, batch_size)
        for rank in range(world)
    )
    assert counted == fewest


@pytest.mark.parametrize("world", [1, 5, 7, 32, 48])
def test_the_smallest_share_is_that_of_the_rows_counted(world):
    for batch_size in (1, 6, 47, 48, 50, 97, 144, 1000):
        batches = ((n * batch_size, (n + 1) * batch_size) for n in range(LANES))
        counted = min(len(share(*rows, rank=rank, world=world)) for rows in batches for rank in range(world))
        assert smallest_share(batch_size, world) == counted
    assert smallest_share(48 * 10**18, world) == 10**18 * (48 // world)  # in no time, and in no memory
