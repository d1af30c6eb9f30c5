"""Which bytes are asked for: spans against a plain reckoning, the gap's worth, work begun ahead within its bounds."""

import numpy as np
import pytest

from faceshards.loaders.fetch.ahead import Ahead
from faceshards.loaders.fetch.spans import LARGEST_GAP, Link, joined, joined_within


@pytest.mark.parametrize("gap", [0, 10, 1000])
def test_spans_hold_all_extents_and_join_only_over_small_gaps(gap):
    rng = np.random.default_rng(gap)
    starts = rng.integers(0, 20_000, 300)
    stops = starts + rng.integers(1, 200, 300)
    begins, ends, span = joined(starts, stops, gap)
    wanted = np.zeros(30_000, bool)
    for start, stop in zip(starts, stops, strict=True):
        wanted[start:stop] = True
    assert (begins[span] <= starts).all() and (ends[span] >= stops).all()
    assert (begins[1:] - ends[:-1] > gap).all()  # none that should have been joined
    for begin, end in zip(begins, ends, strict=True):
        holes = np.flatnonzero(~wanted[begin:end])
        runs = np.split(holes, np.flatnonzero(np.diff(holes) > 1) + 1)
        assert all(len(run) <= gap for run in runs) and wanted[begin] and wanted[end - 1]


def test_a_gap_is_worth_what_a_request_costs_and_no_more_than_the_limit():
    assert Link(0.001, 100e6).gap == 100_000 and Link(0.0).gap == 0
    assert Link(1.0, 1e9).gap == LARGEST_GAP


def test_work_is_begun_ahead_in_groups_within_the_limit():
    begun = []

    def begin(draws):
        begun.append(list(draws))
        return len(begun)

    draws = [(unit, 0) for unit in range(100)]
    ahead = Ahead(iter(draws), begin, lambda draw: 10, group=160, limit=400)
    under_way = []
    for taken, draw in enumerate(draws):
        handle = ahead.take(draw)
        assert draw in begun[handle - 1]
        under_way.append(10 * (sum(map(len, begun)) - taken - 1))
    assert [draw for group in begun for draw in group] == draws
    assert max(under_way) <= 400 and len(begun[0]) == 1 and max(map(len, begun)) == 16  # small at first
    assert ahead.take((0, 1)) is None


def test_what_was_not_expected_is_not_waited_for():
    ahead = Ahead(iter([(1, 0), (2, 0)]), lambda draws: "handle", lambda draw: 1, group=1, limit=10)
    assert ahead.take((5, 0)) is None and ahead.take((1, 0)) == "handle"


def test_spans_give_up_gaps_where_they_would_hold_too_much():
    starts = np.arange(100) * 200_000
    stops = starts + 2_000
    for most, spans in ((100 * 200_000, 1), (1_000_000, 100)):
        begins, ends, number = joined_within(starts, stops, 256 << 10, most)
        assert len(begins) == spans and (ends - begins).sum() <= most
        assert (begins[number] <= starts).all() and (stops <= ends[number]).all()
    assert len(joined_within(starts, stops, 256 << 10, 10)[0]) == 100  # what is wanted is read, whatever the bound
