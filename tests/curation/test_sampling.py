"""Which clips are sampled, and that they are copies."""

from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from faceshards.curation.forecast import Load
from faceshards.curation.outlook import Outlook, _lines
from faceshards.curation.plan import StagePlan
from faceshards.curation.run import run_shard
from faceshards.curation.sampling import _copies, bundles, sampled
from faceshards.curation.survey import Outstanding, Pass, surveyed
from faceshards.errors import StageBug
from faceshards.shards.reader import Shard
from tests.curation.toy_stages import Length, Light, Peak, Trouble

ONE = Outstanding(Path("a.tar"), 0, Load(1, 1, 1, 0), (Pass(("light",), True),), 10)


def clips(frames) -> list[Outstanding]:
    return [replace(ONE, row=row, load=Load(1.0, float(n), n / 10, 0.0)) for row, n in enumerate(frames)]


def lengths(found) -> list[list[int]]:
    return [[int(one.load.frames) for one in bundle] for bundle in found]


def test_short_ones_and_long_ones_are_sampled_whatever_the_order():
    assert lengths(bundles(clips(range(1, 61)))) == [[10, 11, 12], [30, 31, 32], [50, 51, 52]]
    assert lengths(bundles(clips(range(60, 0, -1)))) == [[10, 11, 12], [30, 31, 32], [50, 51, 52]]


def test_of_few_clips_all_are_and_of_none_none():
    assert lengths(bundles(clips([5, 9]))) == [[5], [9]] and bundles([]) == []
    assert sorted(chain(*lengths(bundles(clips(range(1, 8)))))) == list(range(1, 8))


def test_the_sample_of_long_clips_is_small_but_never_nothing():
    assert sum(map(len, bundles(clips([20_000] * 30)))) == 1
    assert sum(map(len, bundles(clips([400] * 30)))) == 2
    assert sum(map(len, bundles(clips([400] * 3000)))) == 9


def test_a_copy_has_the_sampled_clips_first_then_others_for_those_who_look_at_them(some_shard, tmp_path):
    one, two = some_shard("one", "astro 1", "hopper.1"), some_shard("two", "astro 1", "hopper.2", "astro 3", "hopper.3")
    run_shard(one, StagePlan((Light(), Peak())))
    found = [clip for survey in surveyed([one, two], StagePlan((Length(),))) for clip in survey.outstanding]
    before = [path.read_bytes() for path in (one, two)]
    with Shard(_copies(tmp_path / "0.tar", [found[2], found[0]])) as copies, Shard(one) as first:
        assert [copies.json(row)["name"] for row in range(4)] == ["astro 1", "astro 1", "hopper.2", "astro 3"]
        assert len(copies) == 5 and copies.keys[0] == first.keys[0] != copies.keys[1]
        assert [copies.state(row, "light.npy") for row in range(3)] == ["not yet", "done", "not yet"]
        assert copies.read(1, "light.npy") == first.read(0, "light.npy")
        assert {made.stage for made in copies.provenance.values()} == {"pack", "light", "peak"}
    assert [path.read_bytes() for path in (one, two)] == before


def test_a_bug_in_a_stage_is_told_as_in_a_run(some_shard):
    plan = StagePlan((Trouble(on="astro 1", how="name"),))
    (survey,) = surveyed([some_shard("one", "astro 1")], plan)
    with pytest.raises(StageBug, match=r"a few sampled clips: stage trouble, clip 'astro 1': NameError"):
        sampled(survey.outstanding, plan)


def test_what_a_sampled_clip_does_to_its_worker_is_told(some_shard):
    plan = StagePlan((Trouble(on="astro 1", how="exit"),))
    (survey,) = surveyed([some_shard("one", "astro 1", "hopper.1")], plan)
    found = sampled(survey.outstanding, plan)
    assert (found.clips, found.failed) == (2, {"trouble": {"quarantined": 1}})
    lines = "\n".join(_lines(Outlook(("trouble",), [survey], found)))
    assert "of 2 sampled clips 1 failed in trouble: quarantined" in lines
