"""Shares of a mixture: what was asked, in every part of an epoch, of a lane and of a rank."""

from itertools import pairwise

import numpy as np
import pytest

from faceshards.loaders.plan.order import LANES
from faceshards.loaders.plan.shares import rows_at, sources


def asked(counts, weights, positions):
    """How many rows of each dataset the first positions should have: by weight, until one after the other ends."""
    given, left = np.zeros(len(counts)), float(positions)
    while left > 1e-6:
        rates = np.where(np.array(counts) - given > 1e-6, weights, 0.0)
        rates /= rates.sum()
        ends = (np.array(counts) - given)[rates > 0] / rates[rates > 0]
        time = min(left, ends.min())
        given, left = given + rates * time, left - time
    return given


def excess(found, counts, weights, parts=10):
    """By how many rows more than 20 % any part of an epoch is off what was asked."""
    worst = 0.0
    for start, stop in pairwise(len(found) * part // parts for part in range(parts + 1)):
        wanted = asked(counts, weights, stop) - asked(counts, weights, start)
        off = np.abs(np.bincount(found[start:stop], minlength=len(counts)) - wanted)
        worst = max(worst, (off - 0.2 * wanted).max())
    return worst


def mixtures():
    """Counts and weights: by weight alone, as "first" and "repeat" draw them, and as they come ("epoch")."""
    random = np.random.default_rng(0)
    for case in range(60):
        weights = np.exp(random.uniform(0, 3, random.integers(2, 6)))
        weights /= weights.sum()
        size = np.exp(random.uniform(3, 9))
        even = np.maximum(1, np.rint(size * weights).astype(int))
        odd = np.maximum(1, np.rint(even * np.exp(random.normal(0, 1, len(even)))).astype(int))
        yield (even if case % 2 else odd).tolist(), weights.tolist(), int(random.integers(2**63))


def test_every_tenth_has_the_asked_shares_within_whole_rows():
    for counts, weights, turn in mixtures():
        found = sources(counts, weights, turn)
        assert np.bincount(found, minlength=len(counts)).tolist() == counts
        assert excess(found, counts, weights) <= 1.5, (counts, weights)


@pytest.mark.parametrize("turn", [0, 12345678901234567890])
def test_nine_to_one(turn):
    found = sources([2000, 222], [0.9, 0.1], turn)
    for start, stop in pairwise(range(0, 2223, 222)):
        assert abs((found[start:stop] == 1).sum() - 22.2) <= 0.2 * 22.2


@pytest.mark.parametrize("world", [2, 3, 4, 6, 8, 12, 16])
def test_every_rank_has_them_too(world):
    weights = [0.6, 0.3, 0.1]
    counts = [3000, 1500, 500]
    found = sources(counts, weights, 7)
    for rank in range(world):
        own = found[rank::world]  # lanes l with l mod world = rank, as world divides 48
        for start, stop in pairwise(len(own) * part // 10 for part in range(11)):
            off = np.bincount(own[start:stop], minlength=3) - np.array(weights) * (stop - start)
            assert (np.abs(off) <= 0.2 * np.array(weights) * (stop - start) + 2).all()


def test_a_lane_reads_its_own_lane_of_a_dataset_but_for_the_last_rows():
    for counts, weights, turn in mixtures():
        found = sources(counts, weights, turn)
        for number, count in enumerate(counts):
            positions = np.flatnonzero(found == number)
            rows = rows_at(positions, count)
            assert sorted(rows.tolist()) == list(range(count))
            foreign = rows % LANES != positions % LANES
            assert foreign.sum() <= 2 * LANES
            assert not foreign[: len(foreign) // 2].any() or count < 4 * LANES
            for lane in range(LANES):
                own = rows[~foreign & (positions % LANES == lane)]
                assert own.tolist() == sorted(own.tolist())
