import numpy as np
import pytest

from faceshards.media.tables.packets import KEY, PTS, display_order, packet_table
from faceshards.media.tables.plan import plan_window
from faceshards.media.tables.rows import placed
from tests.media.tables.test_packets import KINDS


def test_a_picture_that_leads_an_open_group_is_decoded_from_the_group_before(numbered, made):
    clip = made(numbered(40), options={"x264-params": "keyint=12:bframes=4:open-gop=1:scenecut=0"})
    table, _ = packet_table(clip)
    keys = np.flatnonzero(table[:, KEY])
    leading = [key + 1 for key in keys if table[key + 1, PTS] < table[key, PTS]]
    assert leading
    order = display_order(table).tolist()
    for row in leading:
        plan = plan_window(table, order.index(row), 1)
        assert plan.first == keys[keys < row][-2] and plan.last == row + 1


@pytest.mark.parametrize(("start", "count"), [(-1, 2), (0, 0), (0, 31), (30, 1), (5, -1)])
def test_a_window_must_lie_in_the_clip(start, count, numbered, made):
    table, _ = packet_table(made(numbered(30)))
    with pytest.raises(ValueError, match="30 frames"):
        plan_window(table, start, count)


def test_the_reach_says_which_rows_hold_a_window(numbered, made):
    for container, codec, options, ranged in KINDS.values():
        clip = made(numbered(40), container, codec, options)
        table, facts = packet_table(clip)
        if "seek" not in facts:
            assert not ranged
            continue
        back, ahead = facts["seek"]
        for start, count in ((0, 1), (5, 7), (17, 9), (33, 7), (39, 1)):
            first, last = max(0, start - back), min(len(table), start + count + ahead)
            known = placed(table[first:last], first, len(table), PTS)
            whole, part = plan_window(table, start, count), plan_window(known, start, count)
            assert (part.first, part.last, part.wanted.tolist()) == (whole.first, whole.last, whole.wanted.tolist())
            assert part.ranges == whole.ranges
