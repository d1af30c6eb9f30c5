"""Which bytes are asked for: spans against a plain reckoning, the gap's worth."""

import numpy as np
import pytest

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


def test_spans_give_up_gaps_where_they_would_hold_too_much():
    starts = np.arange(100) * 200_000
    stops = starts + 2_000
    for most, spans in ((100 * 200_000, 1), (1_000_000, 100)):
        begins, ends, number = joined_within(starts, stops, 256 << 10, most)
        assert len(begins) == spans and (ends - begins).sum() <= most
        assert (begins[number] <= starts).all() and (stops <= ends[number]).all()
    assert len(joined_within(starts, stops, 256 << 10, 10)[0]) == 100  # what is wanted is read, whatever the bound
