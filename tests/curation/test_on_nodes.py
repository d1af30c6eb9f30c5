"""Nodes that share nothing but a store: each with a home and a scratch folder of its own, the driver with another."""

import subprocess
import sys

import pytest

from faceshards.bench.object_store import ObjectStore
from faceshards.curation.plan import StagePlan
from faceshards.curation.run import run_shard
from faceshards.models.weights import registry
from tests.curation.conftest import ROOT, ROOT_ENV, sample, write_shard
from tests.curation.toy_stages import Weighed

pytest.importorskip("ray")

NODES = """
import os, sys
from ray.cluster_utils import Cluster
from faceshards.curation.options import Where
from faceshards.curation.plan import StagePlan
from faceshards.curation.run import CurateJob
from faceshards.jobs.actors import run_actors
from faceshards.jobs.cluster import ray_cluster
from faceshards.jobs.schedule import Schedule
from tests.curation.toy_stages import Weighed

scratch, url, killed = sys.argv[1], sys.argv[2], sys.argv[3] == "killed"
fast = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 2}
cluster = Cluster(True, head_node_args={"num_cpus": 0, "_system_config": fast, "object_store_memory": 100 << 20})
nodes = [
    cluster.add_node(
        num_cpus=1,
        object_store_memory=100 << 20,
        env_vars={"FACESHARDS_SCRATCH": f"{scratch}/{name}", "HOME": f"{scratch}/{name}"},
    )
    for name in ("one", "two")
]
cluster.wait_for_nodes()
os.environ["FACESHARDS_SCRATCH"] = f"{scratch}/driver"
os.environ["FACESHARDS_WEIGHTS"] = "s3://bucket/weights"  # here alone
job = CurateJob(StagePlan((Weighed(),)))
heard = []

def advance(done, known):
    heard.append(done)
    if killed and done and len(nodes) == 2:
        cluster.remove_node(nodes.pop(), allow_graceful=False)

with ray_cluster(cluster.address):
    schedule = Schedule(job, [url])
    run_actors(job, schedule, workers=2, advance=advance)
    (report,) = schedule.reports
    print(report.whole, report.failed, report.error, len(nodes), any(0 < done < report.seen for done in heard))
    schedule.close()
cluster.shutdown()
"""


@pytest.mark.parametrize("ending", ["undisturbed", pytest.param("killed", marks=pytest.mark.slow)])
def test_two_nodes_work_on_one_shard_of_a_store(tmp_path, bodies, ending):
    people = {f"{name} {i}": sample(name, body) for i in range(5) for name, body in bodies.items()}
    shard = write_shard(tmp_path / "data" / "group.tar", people)
    with ObjectStore(tmp_path / "store") as store:
        store.put("bucket/group.tar", shard.read_bytes())
        store.put("bucket/weights/pnet.lz4", registry.find("mtcnn_pnet").read_bytes())
        words = [str(tmp_path / "scratch"), "s3://bucket/group.tar", ending]
        done = subprocess.run(
            [sys.executable, "-c", NODES, *words],
            cwd=ROOT, env={**ROOT_ENV, **store.environment}, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        left = 1 if ending == "killed" else 2
        assert done.stdout.splitlines()[-1:] == [f"30 {{}} None {left} True"], done.stdout + done.stderr
        fetched = [line["operation"] for line in store.log() if "weights" in line["key"]]
        assert fetched.count("GetObject") == 2  # once a node, by whichever actors
        run_shard(shard, StagePlan((Weighed(),)))
        assert store.get("bucket/group.tar") == shard.read_bytes()
    kept = [path.name for path in (tmp_path / "scratch").glob("*/.cache/faceshards/weights/shared/*/*")]
    assert sorted(kept) == ["lock", "lock", "pnet.lz4", "pnet.lz4"]
    assert all((tmp_path / "scratch" / name).is_dir() for name in ("one", "two", "driver"))
