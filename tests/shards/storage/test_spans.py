"""Spans are joined over small gaps only, and what was wanted is cut out of their pieces again."""

import numpy as np
import pytest

from faceshards.shards.storage import spans
from faceshards.shards.storage.spans import joined, joined_list, pieces_of, taken


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


def test_lists_are_joined_likewise():
    assert joined_list([(50, 60), (0, 10), (10, 20), (25, 30)], gap=5) == [(0, 30), (50, 60)]
    assert joined_list([(0, 10), (2, 5), (10, 11), (40, 40)], gap=0) == [(0, 11)]
    assert joined_list([(0, 10), (11, 12)], gap=0) == [(0, 10), (11, 12)] and joined_list([], gap=5) == []


def test_what_was_wanted_is_cut_out_of_pieces(monkeypatch):
    monkeypatch.setattr(spans, "PIECE", 100)
    data = bytes(n % 251 for n in range(1000))
    pieces = pieces_of([(0, 250), (300, 320)])
    assert pieces == [(0, 100), (100, 200), (200, 250), (300, 320)]
    starts, bodies = [start for start, _ in pieces], [data[start:stop] for start, stop in pieces]
    for start, stop in ((0, 100), (20, 30), (90, 210), (0, 250), (305, 320)):
        assert taken(starts, bodies.__getitem__, start, stop) == data[start:stop]
    for start, stop in ((240, 260), (260, 270), (310, 330), (240, 310), (500, 501)):
        assert taken(starts, bodies.__getitem__, start, stop) is None
    assert taken([10], bodies.__getitem__, 5, 8) is None and taken([], bodies.__getitem__, 0, 1) is None
