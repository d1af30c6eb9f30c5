"""Nodes that share nothing but a store: each with a home and a scratch folder of its own, the driver with another."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from importlib.util import find_spec

import pytest

from faceshards.bench.curate.nodes import Nodes
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
    left = list((tmp_path / "scratch").glob("*/*.work"))
    assert left == [] or ending == "killed"


#: Deaths are found out soon.
FAST = {
    "RAY_health_check_initial_delay_ms": "0",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_failure_threshold": "3",
}
SLOW = ["--stages", "tests.curation.toy_stages:Light,tests.curation.toy_stages:Slow", "--json"]


def bytes_of_a_disk(shard, *words) -> bytes:
    command = [sys.executable, "-m", "faceshards", "curate", str(shard), "--inline", *SLOW, *words]
    subprocess.run(command, check=True, env=ROOT_ENV, capture_output=True, timeout=300)
    return shard.read_bytes()


@pytest.mark.slow
def test_the_command_on_a_cluster_of_other_homes_and_folders_by_each_address(tmp_path, shard):
    """HOST:PORT, auto, Ray Client's, and what `ray job submit` sends from a third folder; a token lies in the home of
    whoever joins, and none is demanded.
    """
    before = shard.read_bytes()
    home, third = tmp_path / "home", tmp_path / "third"
    third.mkdir()
    (home / ".ray").mkdir(parents=True)
    (home / ".ray/auth_token").write_text("a" * 64)
    submits = find_spec("aiohttp") is not None  # ray[default]
    with ObjectStore(tmp_path / "store") as store:
        there = {**store.environment, "RAY_AUTH_MODE": "disabled"}
        with Nodes(tmp_path / "nodes", 0, there, dashboard=submits) as nodes:
            nodes.join("one", FACESHARDS_SCRATCH=str(tmp_path / "one"))
            nodes.await_cpus(1)
            command = ["faceshards", "curate", "s3://bucket/group.tar", *SLOW]
            ways = [[sys.executable, "-m", *command, "--scratch", "mine", "--ray", address]
                    for address in (nodes.address, "auto", f"ray://{nodes.client}")]  # fmt: skip
            if submits:
                submit = [sys.executable, "-m", "ray.scripts.scripts", "job", "submit"]
                ways.append([*submit, "--address", f"http://{nodes.dashboard}", "--", sys.executable, "-m", *command])
            expected = bytes_of_a_disk(shard)
            env = {**ROOT_ENV, **store.environment, "HOME": str(home), "RAY_ADDRESS": nodes.address}
            for way in ways:
                store.put("bucket/group.tar", before)
                done = subprocess.run(way, cwd=third, env=env, capture_output=True, text=True, timeout=300)
                assert done.returncode == 0, done.stdout + done.stderr
                assert store.get("bucket/group.tar") == expected, way
    assert (third / "mine").is_dir()
    assert (tmp_path / "one").is_dir() == submits  # what is submitted names no folder: each node's own


@pytest.mark.slow
def test_nodes_die_and_come_back_also_the_drivers_until_all_is_done(tmp_path, bodies):
    people = {f"{name} {i}": sample(name, body) for i in range(8) for name, body in bodies.items()}
    shard = write_shard(tmp_path / "data" / "group.tar", people)
    before, random_waits, seconds = shard.read_bytes(), random.Random(16), ["--set", "slow.seconds=3"]
    expected = bytes_of_a_disk(shard, *seconds)
    with ObjectStore(tmp_path / "store") as store:
        store.put("bucket/group.tar", before)
        with Nodes(tmp_path / "nodes", 0, {**store.environment, **FAST, "RAY_AUTH_MODE": "disabled"}) as nodes:
            env = {**ROOT_ENV, **store.environment, "RAY_AUTH_MODE": "disabled"}

            def drive():
                words = ["curate", "s3://bucket/group.tar", *SLOW, *seconds, "--ray", nodes.address]
                return subprocess.Popen(
                    [sys.executable, "-m", "faceshards", *words, "--scratch", str(tmp_path / "driver")],
                    cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                    start_new_session=True,
                )  # fmt: skip

            def join(name):
                nodes.join(name, FACESHARDS_SCRATCH=str(tmp_path / name))

            driver = drive()  # before a node that could work is there
            for name in ("one", "two"):
                join(name)
            for dies in ("one", "driver", "two", "driver"):
                time.sleep(random_waits.uniform(8, 16))
                assert driver.poll() is None, driver.communicate()[0]
                if dies != "driver":
                    nodes.kill(dies)
                    time.sleep(random_waits.uniform(0, 3))
                    join(dies)
                    continue
                os.killpg(driver.pid, signal.SIGKILL)
                driver.communicate()
                for name in reversed(nodes.names):  # without the head no node stays
                    nodes.kill(name)
                nodes.start_head()
                for name in ("one", "two"):
                    join(name)
                driver = drive()
            said, _ = driver.communicate(timeout=400)
        total = json.loads(said.splitlines()[-1])["total"]
        assert driver.returncode == 0 and (total["seen"], total["whole"]) == (48, 48), said
        assert store.get("bucket/group.tar") == expected
        left = sorted(path.name for path in (tmp_path / "store").rglob("*group*") if path.is_file())
        assert not [name for name in left if ".work" in name or "lock" in name], left
