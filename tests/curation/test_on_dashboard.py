"""What a worker did, read back over its node's own endpoint, as Prometheus reads it."""

import re
import sys
import time
from contextlib import closing
from urllib.request import urlopen

import pytest

from faceshards.curation.plan import StagePlan
from faceshards.curation.run import CurateJob
from faceshards.jobs.cluster import ray_cluster
from faceshards.jobs.job import Portion
from faceshards.jobs.meter import METRICS
from faceshards.jobs.schedule import Schedule
from faceshards.jobs.worker import FaceshardsWorker
from tests.curation import toy_stages
from tests.curation.conftest import FRAMES
from tests.curation.toy_stages import Length, Networked

ray = pytest.importorskip("ray")
pytest.importorskip("prometheus_client", reason="Ray's agent is not installed: pip install 'ray[default]'")
pytest.importorskip("aiohttp", reason="Ray's agent is not installed: pip install 'ray[default]'")

LINE = re.compile(r"ray_(faceshards_\w+)\{(.*)\} (\S+)")


@pytest.fixture
def cluster(monkeypatch):
    monkeypatch.setenv("RAY_metrics_report_interval_ms", "500")
    ray.cloudpickle.register_pickle_by_value(sys.modules[toy_stages.__name__])
    with ray_cluster(cpus=1):
        yield


def scraped() -> dict[str, dict[tuple[str, ...], float]]:
    """Metric -> the values of its own tags, in their order -> value; of the run `curate-test`, worker 7."""
    (node,) = ray.nodes()
    with urlopen(f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found: dict[str, dict[tuple[str, ...], float]] = {}
    own = {metric.name: metric.tags for metric in METRICS}
    for name, labels, value in LINE.findall(text):
        tags = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        assert (tags["run"], tags["worker"]) == ("curate-test", "7") and tags["NodeAddress"]
        found.setdefault(name, {})[tuple(tags[tag] for tag in own[name])] = float(value)
    return found


def is_whole(found: dict[str, dict[tuple[str, ...], float]]) -> bool:
    """Whether Ray's agent has heard of all: it is told every second."""
    waits = found.get("faceshards_queue_bytes") == {(): 0}
    return waits and sum(found.get("faceshards_clips_total", {}).values()) == len(FRAMES)


def test_counts_of_a_worker_are_those_of_its_shard(cluster, shard, bodies):
    job = CurateJob(StagePlan((Networked(bad="astro 3"), Length())), cores=1)
    worker = ray.remote(num_cpus=1)(FaceshardsWorker).options(name="curate-test-7")
    with closing(Schedule(job, [str(shard)])) as schedule:
        schedule.begun()
        made = worker.remote(ray.cloudpickle.dumps(job), None, "curate-test", 7)
        assert ray.get(made.work.remote(Portion(str(shard), tuple(range(6)))))[0] is None
        end, found = time.monotonic() + 60, {}
        while time.monotonic() < end and not is_whole(found):
            time.sleep(0.25)
            found = scraped()
    assert set(found) == {metric.name for metric in METRICS}
    assert found["faceshards_clips_total"] == {("whole",): 5, ("failed",): 1}
    assert found["faceshards_failures_total"] == {("networked", "no-face"): 1}
    net = ("networked.mean", "cpu")
    assert found["faceshards_network_rows_total"] == {net: sum(FRAMES)}
    assert sum(FRAMES) <= found["faceshards_network_places_total"][net] < sum(FRAMES) + 4 * len(FRAMES)
    assert 0 < found["faceshards_network_seconds_total"][net] < 60
    assert set(found["faceshards_stage_seconds_total"]) >= {("networked",), ("length",), ("decode",)}
    assert found["faceshards_workers"] == {(): 1}
    assert found["faceshards_queue_bytes"] == {(): 0}  # at the end nothing waits
    assert [actor["name"] for actor in ray.util.list_named_actors(all_namespaces=True)] == ["curate-test-7"]
