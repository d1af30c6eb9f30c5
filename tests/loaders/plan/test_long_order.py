"""The order of a long epoch is that of a short one, found at any position without what comes before it."""

import pickle

import numpy as np
import pytest

from faceshards.loaders.plan.long_order import LongOrder, ordered
from faceshards.loaders.plan.order import LANES, Order, epoch_order, share

COUNTS = [(1,), (0, 3, 0), (49,), (100, 1, 0, 57), (2000, 3011)]


@pytest.mark.parametrize("counts", COUNTS, ids=str)
@pytest.mark.parametrize("window", [7, 64, 1024])
def test_it_is_the_order_that_is_held(counts, window):
    want = epoch_order(counts, seed=3, epoch=2, window=window)
    found = LongOrder(counts, seed=3, epoch=2, window=window)
    assert len(found) == len(want)
    np.testing.assert_array_equal(found[np.arange(len(want))], want)
    some = np.random.default_rng(0).integers(0, len(want), 50)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(found))[some], want[some])  # noqa: S301 - our own object


def test_a_long_epoch_is_found_where_it_is_asked_for():
    counts = [10**8, 3, 2 * 10**8]
    order = Order(ordered(counts, seed=0, epoch=1), np.broadcast_to(np.int64(1), (sum(counts),)))
    assert len(order) == 3 * 10**8 + 3
    last = np.arange(len(order) - 3 * LANES, len(order))
    units = order.units[last]
    assert len(set(units.tolist())) == len(last) and units.min() >= 0 and units.max() < len(order)
    np.testing.assert_array_equal(order.units[last], units)


def test_ranks_and_workers_share_the_draws():
    order = Order(ordered([9000], seed=0, epoch=1), np.broadcast_to(np.int64(1), (9000,)))
    for rank, worker in ((0, 0), (1, 1)):
        mine = list(order.shared(rank, 2, worker, 2))
        assert mine == order.draws(share(0, 9000, rank=rank, world=2, worker=worker, workers=2))


def test_an_epoch_of_more_units_than_32_bits_count_has_whole_numbers():
    counts = [1 << 31, (1 << 31) + 12345]
    order = LongOrder(counts, seed=1, epoch=0, window=1 << 22)
    assert order._made(0, 0).dtype == np.int64
    found = order[np.array([0, 5, 77777, sum(counts) - 1])]
    assert found.min() >= 0 and len(set(found.tolist())) == 4 and found.max() < sum(counts)
