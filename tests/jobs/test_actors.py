"""The Ray runner on a real Ray of two CPUs: deaths, hangs, shards that keep failing, and the others that go on."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from faceshards.errors import StageError
from faceshards.jobs.actors import ray_cluster, run_actors
from faceshards.jobs.deaths import PATIENCE
from faceshards.jobs.job import Job
from faceshards.jobs.journal import Journal
from faceshards.jobs.report import Report
from tests.jobs.sources import beside, work

ray = pytest.importorskip("ray")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cluster():
    with ray_cluster(cpus=2):
        yield
    assert not ray.is_initialized()


def run(folder: Path, *names: str, workers: int = 2) -> dict[str, Report]:
    reports = run_actors(Job("test", work, beside), [str(folder / name) for name in names], workers=workers)
    assert [Path(report.source).name for report in reports] == list(names)
    return {Path(report.source).name: report for report in reports}


def test_whatever_one_source_does_the_others_are_whole(cluster, tmp_path):
    reports = run(tmp_path, "good-1", "killer-1", "hang-1", "damaged-1", "hopeless-1", "good-2")
    assert reports["good-1"].whole == reports["good-2"].whole == 3
    assert (reports["killer-1"].whole, reports["killer-1"].failed) == (2, {"stage": {"quarantined": 1}})
    assert (reports["hang-1"].whole, reports["hang-1"].failed) == (2, {"stage": {"timeout": 1}})
    assert reports["damaged-1"].error.endswith("bytes are gone: restore it")
    assert f"died {PATIENCE} times in a row without progress" in reports["hopeless-1"].error
    assert Journal(beside(str(tmp_path / "killer-1"))).quarantined("b")


def test_an_actor_keeps_its_process_from_source_to_source(cluster, tmp_path):
    reports = run(tmp_path, "good-1", "good-2", "good-3", workers=1)
    assert len({report.counts["pid"] for report in reports.values()}) == 1
    assert os.getpid() not in {report.counts["pid"] for report in reports.values()}


def test_more_workers_than_cpus_do_not_wait_for_ever(cluster, tmp_path):
    assert all(report.whole == 3 for report in run(tmp_path, *(f"good-{i}" for i in range(5)), workers=50).values())


def test_a_worker_that_the_cluster_has_no_room_for_is_an_error(cluster, tmp_path):
    with pytest.raises(StageError, match="a worker needs 1 GPU, Ray has 0"):
        run_actors(Job("test", work, beside), [str(tmp_path / "good-1")], gpus=1.0)


def test_our_actors_are_gone_after_the_run(cluster, tmp_path):
    (report,) = run(tmp_path, "good-1").values()
    end = time.monotonic() + 60
    while time.monotonic() < end and Path(f"/proc/{report.counts['pid']}").exists():
        time.sleep(0.1)
    assert not Path(f"/proc/{report.counts['pid']}").exists()


def test_progress_is_told_in_keys(cluster, tmp_path):
    told = []
    job = Job("test", work, beside)
    run_actors(job, [str(tmp_path / "good-1")], advance=lambda done, known: told.append((done, known)))
    assert told[-1] == (3, 3)


def test_a_source_named_twice_is_done_once(cluster, tmp_path):
    reports = run_actors(Job("test", work, beside), [str(tmp_path / "good-1")] * 2)
    assert len(reports) == 1


def test_a_ray_that_runs_already_is_used_and_left(cluster):
    with ray_cluster(cpus=7):
        assert ray.cluster_resources()["CPU"] == 2
    assert ray.is_initialized()


def test_an_address_where_nothing_answers_is_one_line():
    code = (
        "from faceshards.jobs.actors import ray_cluster\nfrom faceshards.errors import StageError\n"
        "try:\n    with ray_cluster('127.0.0.1:1'): pass\nexcept StageError as error: print(error)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("Ray at 127.0.0.1:1 does not answer (")
    assert len(done.stdout.splitlines()) == 1
