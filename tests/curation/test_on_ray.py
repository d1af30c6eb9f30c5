"""Curation in Ray actors: clips that hang, kill their worker or crash it, while all others come out whole."""

import sys
from contextlib import closing

import pytest

from faceshards.curation.plan import StagePlan
from faceshards.curation.run import CurateJob, run_shard
from faceshards.jobs.actors import run_actors
from faceshards.jobs.cluster import ray_cluster
from faceshards.jobs.schedule import Schedule
from faceshards.jobs.work_place import work_folder
from faceshards.shards.reader import Shard
from tests.curation import toy_stages
from tests.curation.toy_stages import Length, Light, Peak, Slow, Trouble

ray = pytest.importorskip("ray")


@pytest.fixture(scope="module")
def cluster():
    ray.cloudpickle.register_pickle_by_value(sys.modules[toy_stages.__name__])
    with ray_cluster(cpus=2):
        yield


def run(plan: StagePlan, *shards) -> list:
    return on_ray(plan, shards, workers=2)


def on_ray(plan: StagePlan, shards, workers: int) -> list:
    with closing(Schedule(CurateJob(plan), [str(path) for path in shards])) as schedule:
        run_actors(CurateJob(plan), schedule, workers=workers)
        return schedule.reports


def codes(path) -> dict[str, dict[str, str]]:
    with Shard(path) as shard:
        facts = [shard.json(row) for row in range(len(shard))]
    return {one["name"]: {f["stage"]: f["code"] for f in one["failures"]} for one in facts if one["failures"]}


@pytest.mark.parametrize("how", ["exit", "segv"])
def test_a_clip_that_kills_its_worker_twice_is_quarantined_and_the_others_are_whole(cluster, shard, some_shard, how):
    other = some_shard("other", "astro 2", "astro 3")
    reports = run(StagePlan((Light(), Trouble(on="hopper.2", how=how), Peak())), shard, other)
    assert [report.error for report in reports] == [None, None]
    assert (reports[0].seen, reports[0].whole, reports[0].failed) == (6, 5, {"trouble": {"quarantined": 1}})
    assert (reports[1].seen, reports[1].whole) == (2, 2)
    assert codes(shard) == {"hopper.2": {"trouble": "quarantined"}}
    assert codes(other) == {}
    assert not work_folder(shard).exists()


def test_a_clip_that_hangs_loses_that_stage_alone(cluster, shard):
    (report,) = run(StagePlan((Light(), Trouble(on="astro 2", how="hang"), Peak()), time_limit=4), shard)
    assert (report.seen, report.whole, report.failed) == (6, 5, {"trouble": {"timeout": 1}})
    assert codes(shard) == {"astro 2": {"trouble": "timeout"}}
    with Shard(shard) as opened:
        assert opened.get(2, "peak.npy") is not None and opened.get(2, "trouble.npy") is None


@pytest.mark.parametrize("how", ["name", "import", "attribute"])
def test_a_bug_in_a_stage_ends_the_run_and_rewrites_no_shard(cluster, shard, some_shard, how):
    shards = [shard, *(some_shard(f"other {i}", "astro 2", "astro 3") for i in range(4))]
    before = [path.read_bytes() for path in shards]
    reports = on_ray(StagePlan((Trouble(on="astro 2", how=how), Light())), shards, workers=1)
    assert len(reports) == 1 and "stage trouble, clip 'astro 2'" in reports[0].error
    assert reports[0].bug.startswith("Traceback") and "toy_stages.py" in reports[0].bug
    assert [path.read_bytes() for path in shards] == before


def test_a_bug_at_one_worker_leaves_what_the_others_are_at(cluster, some_shard):
    buggy, slow = some_shard("buggy", "astro 1"), some_shard("slow", "astro 2", "astro 3")
    before = slow.read_bytes()
    reports = run(StagePlan((Slow(seconds=60, on="astro 2"), Trouble(on="astro 1", how="name"))), slow, buggy)
    assert [report.source for report in reports] == [str(buggy)] and reports[0].bug
    assert slow.read_bytes() == before


def test_the_same_bytes_as_inline(cluster, shard, tmp_path):
    copy = tmp_path / "copy" / shard.name
    copy.parent.mkdir()
    copy.write_bytes(shard.read_bytes())
    plan = StagePlan((Light(bad="astro 3"), Length(), Peak()))
    run_shard(copy, plan)
    run(StagePlan((Light(bad="astro 3"), Length(), Peak())), shard)
    assert shard.read_bytes() == copy.read_bytes()
