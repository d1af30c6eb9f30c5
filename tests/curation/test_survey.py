"""What a plan would do to shards, told without doing it."""

from dataclasses import replace
from pathlib import Path

import pytest

from faceshards.curation.forecast import Load
from faceshards.curation.plan import StagePlan
from faceshards.curation.run import run_shard
from faceshards.curation.survey import Outstanding, Pass, counted_passes, surveyed
from faceshards.jobs.work_place import work_folder
from faceshards.shards.reader import Shard
from tests.curation.test_contents import replaced
from tests.curation.toy_stages import Length, Light, Peak, Slow


def counts(survey) -> dict[str, tuple[int, int, int]]:
    """Stage -> clips that run, that may, that are skipped."""
    stages = sorted({*survey.run, *survey.may_run, *survey.skip})
    return {stage: (survey.run[stage], survey.may_run[stage], survey.skip[stage]) for stage in stages}


def test_clips_are_counted_by_what_becomes_of_a_stage(some_shard):
    done, new = some_shard("done", "astro 1", "hopper.1"), some_shard("new", "astro 2", "hopper.2", "astro 3")
    plan = StagePlan((Light(), Peak(), Length()))
    run_shard(done, plan)
    with Shard(done) as shard:
        body = shard.read(0, "mp4")
    replaced(done, "mp4", body)
    before = {path: path.read_bytes() for path in (done, new)}
    first, second = surveyed([done, new], plan)
    assert counts(first) == {"length": (1, 0, 1), "light": (1, 0, 1), "peak": (0, 1, 1)}
    assert counts(second) == {"length": (3, 0, 0), "light": (3, 0, 0), "peak": (3, 0, 0)}
    assert (first.clips, second.clips, first.unfinished) == (2, 3, False)
    assert before == {path: path.read_bytes() for path in (done, new)}
    assert counted_passes([first, second]) == [
        (Pass(("light", "peak", "length"), True), 3),
        (Pass(("light", "length"), True), 1),
        (Pass(("peak",), False, may=True), 1),
    ]


def test_a_clip_that_is_decoded_twice_pays_twice():
    once, twice = Pass(("light",), True), Pass(("crop",), True)
    one = Outstanding(Path("a.tar"), 0, Load(), (once, twice), 0)
    assert one.steps == ("decode", "decode", "light", "crop")
    assert replace(one, passes=(once, replace(twice, may=True))).steps == ("decode", "light", "crop")
    assert replace(one, passes=(replace(twice, may=True),)).steps == ("decode", "crop")


def test_a_clip_tells_what_it_reads_and_how_much_there_is_of_it(some_shard):
    path = some_shard("one", "astro 1", "hopper.1")
    (survey,) = surveyed([path], StagePlan((Light(), Peak(), Slow(seconds=0), Length())))
    with Shard(path) as shard:
        for row, one in enumerate(survey.outstanding):
            read = [shard.extent(row, name).size for name in ("mp4", "mp4.packets.npy")]
            assert (one.row, one.bytes) == (row, sum(read))
            assert (one.load.frames, one.load.pixels) == ((8, 10)[row], pytest.approx((8, 10)[row] * 0.256**2))
            assert one.steps == ("decode", "light", "peak", "slow", "length")
        assert survey.bytes == path.stat().st_size


def test_a_limit_counts_and_an_unfinished_run_is_told(some_shard):
    path, plan = some_shard("one", "astro 1", "hopper.1"), StagePlan((Light(),), limit=1)
    work_folder(path).mkdir()
    (survey,) = surveyed([path], plan)
    assert (survey.clips, len(survey.outstanding), survey.unfinished) == (1, 1, True)
    work_folder(path).rmdir()
    run_shard(path, replace(plan, limit=None))
    assert surveyed([path], plan)[0].outstanding == []
