from itertools import pairwise

import pytest

from faceshards.errors import ClipError
from faceshards.media.cutting.excerpt import Excerpt


def test_a_picture_belongs_to_the_span_in_which_it_begins(long, reel):
    one = reel(long())
    for start, end, first, last in ((0, 0.04, 0, 1), (0.01, 0.05, 1, 2), (0.0404, 0.0804, 1, 2), (1.5, 9, 38, 40)):
        part = Excerpt.of(one, start, end)
        assert (part.first, part.last) == (first, last), (start, end)
    edges = [0.0, 0.333, 0.667, 1.0, 1.6]
    parts = [Excerpt.of(one, *ends) for ends in pairwise(edges)]
    assert [part.first for part in parts[1:]] == [part.last for part in parts[:-1]] and parts[-1].last == 40


@pytest.mark.parametrize("span", [(1.6, 3.0), (0.05, 0.07), (99.0, 100.0)])
def test_a_span_without_pictures_says_how_long_the_clip_is(long, reel, span):
    with pytest.raises(ClipError, match=r"40 of them, until 1\.600 s") as caught:
        Excerpt.of(reel(long()), *span)
    assert caught.value.code == "too-few-frames"


def test_a_lead_is_no_longer_than_what_is_shown_behind_it(long, reel):
    one = reel(long())  # keyframes at 0, 12, 24, 36
    found = {(start, end): Excerpt.of(one, start, end) for start, end in ((0.48, 0.6), (0.6, 0.72), (0.6, 0.68))}
    assert {span: (part.key, part.lead) for span, part in found.items()} == {
        (0.48, 0.6): (12, 0),
        (0.6, 0.72): (12, 3),
        (0.6, 0.68): (None, 0),
    }
    assert Excerpt.of(one, 0.6, 0.72, exact=True).key is None and Excerpt.of(one, 0.48, 0.6, exact=True).key == 12


def test_the_facts_say_where_it_was_and_what_was_done(long, reel):
    one = reel(long())
    assert Excerpt.of(one, 0.59, 0.93).facts(one) == {
        "start": 0.6,
        "end": 0.96,
        "ticks": [7680, 12288],
        "tick": [1, 12800],
        "frames": [15, 24],
        "how": "copied",
        "lead": 3,
    }
    assert Excerpt.of(one, 1.52, 1.6).facts(one) | {"ticks": 0} == {
        "start": 1.52,
        "end": 1.6,
        "ticks": 0,
        "tick": [1, 12800],
        "frames": [38, 40],
        "how": "copied",
        "lead": 2,
    }
