"""The Ray runner on a real Ray: deaths, hangs, sources that keep failing, nodes that go, and the others that go on."""

import os
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from faceshards.errors import StageError
from faceshards.jobs.actors import Takes, run_actors
from faceshards.jobs.child import worker_name
from faceshards.jobs.cluster import ray_cluster
from faceshards.jobs.deaths import PATIENCE
from faceshards.jobs.journal import Journal
from faceshards.jobs.report import Report
from faceshards.jobs.schedule import Schedule
from tests.jobs.sources import TOYS

ray = pytest.importorskip("ray")


#: Bytes that Ray is told this machine has for actors.
MEMORY = 4_000_000_000


@pytest.fixture(scope="module")
def cluster():
    """Two CPUs and a GPU that nobody looks for."""
    given = {"num_cpus": 2, "num_gpus": 1, "_memory": MEMORY, "object_store_memory": 100 << 20}
    ray.init("local", include_dashboard=False, log_to_driver=False, **given)
    with ray_cluster():  # the one that this process is in
        yield
    ray.shutdown()


def run(folder: Path, *names: str, workers: int = 2, **rest) -> dict[str, Report]:
    with closing(Schedule(TOYS, [str(folder / name) for name in names])) as schedule:
        run_actors(TOYS, schedule, workers=workers, **rest)
        assert [Path(report.source).name for report in schedule.reports] == list(dict.fromkeys(names))
        return {Path(report.source).name: report for report in schedule.reports}


def workers_of(*reports: Report) -> dict[str, int]:
    """Worker -> keys that it did."""
    found: dict[str, int] = {}
    for report in reports:
        for name, count in report.counts.items():
            if name.startswith("by-"):
                found[name] = found.get(name, 0) + count
    return found


def test_whatever_one_source_does_the_others_are_whole(cluster, tmp_path):
    reports = run(tmp_path, "good-1", "killer-1", "hang-1", "damaged-1", "hopeless-1", "good-2")
    assert reports["good-1"].whole == reports["good-2"].whole == 3
    assert (reports["killer-1"].whole, reports["killer-1"].failed) == (2, {"stage": {"quarantined": 1}})
    assert (reports["hang-1"].whole, reports["hang-1"].failed) == (2, {"stage": {"timeout": 1}})
    assert reports["damaged-1"].error.endswith("bytes are gone: restore it")
    assert f"died {PATIENCE} times in a row without progress" in reports["hopeless-1"].error
    assert Journal(TOYS.journal(str(tmp_path / "killer-1"))).quarantined("b")


def test_a_worker_keeps_its_process_from_source_to_source(cluster, tmp_path):
    reports = run(tmp_path, "good-1", "good-2", "good-3", workers=1)
    assert len(workers_of(*reports.values())) == 1
    assert len({report.counts["closer"] for report in reports.values()}) == 1


def test_one_source_is_shared_by_all_workers(cluster, tmp_path):
    (report,) = run(tmp_path, "many-x60").values()
    shares = workers_of(report)
    assert report.whole == sum(shares.values()) == 60
    assert len(shares) == 2 and min(shares.values()) >= 15


def test_more_workers_than_cpus_do_not_wait_for_ever(cluster, tmp_path):
    assert all(report.whole == 3 for report in run(tmp_path, *(f"good-{i}" for i in range(5)), workers=50).values())


def test_a_cpu_that_another_job_holds_is_not_waited_for(cluster, tmp_path):
    other = ray.remote(num_cpus=1)(lambda: time.sleep(600)).remote()
    try:
        reports = run(tmp_path, *(f"good-{i}" for i in range(3)), "many-x12", workers=2)
    finally:
        ray.cancel(other, force=True)
    assert [report.whole for report in reports.values()] == [3, 3, 3, 12]
    assert len(workers_of(*reports.values())) == 1


def test_a_worker_that_the_cluster_has_no_room_for_is_an_error(cluster, tmp_path):
    for takes, said in (
        (Takes(gpus=2.0), "2 GPU, Ray has 1"),
        (Takes(memory=MEMORY + 10**9), "5 GB of memory, Ray has 4 GB"),
        (Takes(cpus=3.0, gpus=1.5), "3 CPU, Ray has 2 and 1.5 GPU, Ray has 1"),
    ):
        with pytest.raises(StageError, match=f"a worker needs {said}: join a larger cluster"):
            run(tmp_path, "good-1", takes=takes)


def test_ray_is_asked_for_what_a_worker_takes_and_lists_it_by_its_name(cluster, tmp_path):
    left: dict[int, tuple[float, float]] = {}
    named: dict[str, str] = {}

    def look(done: int, known: int | None) -> None:
        found = ray.util.list_named_actors(all_namespaces=True)
        free = ray.available_resources()
        left[len(found)] = free.get("GPU", 0), free.get("memory", 0)
        for one in found:
            with suppress(ValueError):  # it went
                named[one["name"]] = repr(ray.get_actor(one["name"], one["namespace"]))

    takes = Takes(gpus=0.25, memory=10**9)
    (report,) = run(tmp_path, "many-x60", takes=takes, advance=look, run="curate-abc").values()
    assert report.whole == 60
    assert set(named) == {"curate-abc-1", "curate-abc-2"}
    assert all(shown.startswith("Actor(FaceshardsWorker") for shown in named.values())
    assert left[2] == (0.5, MEMORY - 2 * 10**9)


def test_no_more_workers_are_asked_for_than_the_gpu_has_shares(cluster, tmp_path):
    most = []
    seen = lambda done, known: most.append(len(ray.util.list_named_actors(all_namespaces=True)))  # noqa: E731
    run(tmp_path, "many-x40", workers=50, takes=Takes(cpus=0.1, gpus=0.5), advance=seen)
    assert max(most) == 2


def test_our_workers_are_gone_after_the_run(cluster, tmp_path):
    (report,) = run(tmp_path, "good-1", workers=1).values()
    pids = {int(name.rpartition("-")[2]) for name in workers_of(report)} | {report.counts["driver"]}
    end = time.monotonic() + 60
    while time.monotonic() < end and any(Path(f"/proc/{pid}").exists() for pid in pids):
        time.sleep(0.1)
    assert len(pids) == 2 and not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_progress_is_told_in_keys(cluster, tmp_path):
    told = []
    run(tmp_path, "many-x12", advance=lambda done, known: told.append((done, known)))
    assert told[-1] == (12, 12) and len({done for done, _ in told}) > 2


def test_a_source_named_twice_is_done_once(cluster, tmp_path):
    assert len(run(tmp_path, "good-1", "good-1")) == 1


def test_a_worker_that_somebody_kills_is_replaced_and_no_key_is_blamed(cluster, tmp_path):
    killed = []

    def kill(done: int, known: int | None) -> None:
        if done >= 4 and not killed:
            journal = Journal(TOYS.journal(str(tmp_path / "many-x40")))
            if not journal.in_flight:  # between two keys, or two portions: another time
                return
            killed.append(int(next(iter(journal.in_flight.values())).rpartition("-")[2]))
            os.kill(int(Path(f"/proc/{killed[0]}/stat").read_text().split()[3]), 9)  # its actor, and so itself

    (report,) = run(tmp_path, "many-x40", advance=kill).values()
    assert killed and (report.whole, report.failed, report.error) == (40, {}, None)
    assert not Journal(TOYS.journal(str(tmp_path / "many-x40"))).suspects


def test_a_source_is_closed_by_a_worker_that_had_a_part_of_it_and_then_forgotten(cluster, tmp_path):
    (report,) = run(tmp_path, "good-1", workers=1).values()
    assert report.whole == 3 and f"by-{worker_name(report.counts['closer'])}" in workers_of(report)
    forgotten = (tmp_path / "good-1.work" / "forgotten").read_text().split()
    assert forgotten == [str(report.counts["driver"]), str(os.getpid())]  # the actor's own, then here


def test_a_worker_that_is_lost_while_it_closes_costs_nothing(cluster, tmp_path):
    reports = run(tmp_path, "orphan-1", "good-1", workers=1)
    assert [(report.whole, report.error) for report in reports.values()] == [(3, None), (3, None)]
    assert f"by-{worker_name(reports['orphan-1'].counts['closer'])}" not in workers_of(reports["orphan-1"])
