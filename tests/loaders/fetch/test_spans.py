"""Which bytes are asked for: spans against a plain reckoning, the gap's worth."""

import numpy as np

from faceshards.loaders.fetch.spans import LARGEST_GAP, Link, joined_within


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
