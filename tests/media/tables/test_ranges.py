import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.tables import ranges
from faceshards.media.tables.ranges import HeldRanges, Ranges
from faceshards.media.tables.rows import row_check


class Member:
    """A member that tells what was read of it."""

    def __init__(self, body):
        self.body, self.asked = body, []

    def __call__(self, start, stop):
        self.asked.append((start, stop))
        return self.body[start:stop]


def test_held_ranges_answer_from_memory_and_read_the_rest(numbers=bytes(range(200))):
    member = Member(numbers)
    held = HeldRanges(member, [(10, 160)])
    assert member.asked == [(10, 160)]
    assert held(12, 25) == numbers[12:25] and held(150, 160) == numbers[150:160] and len(member.asked) == 1
    assert held(150, 170) == numbers[150:170] and member.asked[1:] == [(150, 170)]


def test_a_long_range_is_read_piece_by_piece(monkeypatch):
    monkeypatch.setattr(ranges, "PIECE", 100)
    body = bytes(n % 251 for n in range(1000))
    member = Member(body)
    packets = Ranges(member, [(0, 1000)])
    assert member.asked == []
    for start in range(0, 1000, 40):
        check = row_check(np.zeros(1, np.int64), body[start : start + 40])
        assert bytes(packets.packet(start, 40, check)) == body[start : start + 40]
    assert member.asked[0] == (0, 100) and max(stop - start for start, stop in member.asked) == 100
    with pytest.raises(ClipError, match="checksum"):
        packets.packet(0, 40, 5)


def test_a_member_that_ends_early_is_truncated():
    packets = Ranges(Member(b"short"), [(0, 100)])
    with pytest.raises(ClipError) as caught:
        packets.packet(0, 100, 0)
    assert caught.value.code == "truncated-media"
