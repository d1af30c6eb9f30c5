"""What facts add up to is the same however many are held at a time."""

import numpy as np

from faceshards.shards.reader import Shard
from faceshards.viewer.summary import tally
from faceshards.viewer.summary.facts import read_facts
from faceshards.viewer.summary.tally import Tally


def test_facts_are_taken_a_few_at_a_time_and_add_up(dataset, monkeypatch):
    held = []

    def some(shard, rows):
        held.append(len(rows))
        return read_facts(shard, rows)

    with Shard(dataset / "group124.tar") as shard:
        whole = Tally.of(shard, np.arange(4), [True] * 4, read_facts)
        monkeypatch.setattr(tally, "AT_ONCE", 3)
        parts = Tally.of(shard, np.arange(4), [True] * 4, some)
    assert held == [3, 1]
    for name in ("failures", "made", "present", "meetings", "stages"):
        assert getattr(parts, name) == getattr(whole, name)
    assert [(one.stage, one.code) for one in parts.failures] == [("faces", "no-face"), ("spectrogram", "no-sound")]
    assert parts.present["face_share"] == 4 and parts.present["loudness_db"] == 3
    assert sorted(parts.meetings.values()) == [1, 1, 2]


def test_a_tombstone_met_no_stage(dataset):
    with Shard(dataset / "clips.tar") as shard:
        tallied = Tally.of(shard, np.array([1]), [False], read_facts)
    assert not tallied.meetings and tallied.made["mp4"].total() == 1
