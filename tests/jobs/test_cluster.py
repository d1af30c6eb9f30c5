"""Rays to run in: our own, one that is there already, one at an address; nodes that go."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

from faceshards.jobs.cluster import ray_cluster

ray = pytest.importorskip("ray")
ROOT = Path(__file__).resolve().parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"}


def test_a_ray_that_runs_already_is_used_and_left():
    with ray_cluster(cpus=2):
        with ray_cluster(cpus=7):
            assert ray.cluster_resources()["CPU"] == 2
        assert ray.is_initialized()
    assert not ray.is_initialized()


def test_an_address_where_nothing_answers_is_one_line():
    code = (
        "from faceshards.jobs.cluster import ray_cluster\nfrom faceshards.errors import StageError\n"
        "try:\n    with ray_cluster('127.0.0.1:1'): pass\nexcept StageError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env=ENV, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("Ray at 127.0.0.1:1 does not answer (")
    assert len(done.stdout.splitlines()) == 1


NODES = """
import sys
from pathlib import Path
import ray
from ray.cluster_utils import Cluster
from faceshards.jobs.actors import run_actors
from faceshards.jobs.cluster import ray_cluster
from faceshards.jobs.schedule import Schedule
from tests.jobs.sources import TOYS

fast = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 2}
cluster = Cluster(True, head_node_args={"num_cpus": 1, "_system_config": fast, "object_store_memory": 100 << 20})
node = cluster.add_node(num_cpus=1, object_store_memory=100 << 20)
cluster.wait_for_nodes()
gone = []

def kill(done, known):
    at_work = {place.name for source in sys.argv[1:] for place in Path(source + ".work").glob("by-*")}
    if len(at_work) == 2 and not gone:
        gone.append(node)
        cluster.remove_node(node, allow_graceful=False)

with ray_cluster(cluster.address):
    schedule = Schedule(TOYS, sys.argv[1:])
    run_actors(TOYS, schedule, workers=1 << 20, advance=kill)
    print([report.whole for report in schedule.reports], [report.error for report in schedule.reports])
    workers = {name for report in schedule.reports for name in report.counts if name.startswith("by-")}
    print(len(gone), len(workers))
    schedule.close()
cluster.shutdown()
"""


def test_two_nodes_of_one_cpu_three_sources_and_one_node_killed(tmp_path):
    sources = [str(tmp_path / f"many-{i}x80") for i in range(3)]
    done = subprocess.run(
        [sys.executable, "-c", NODES, *sources], cwd=ROOT, env=ENV, capture_output=True, text=True, timeout=240
    )
    assert done.stdout.splitlines()[-2:] == ["[80, 80, 80] [None, None, None]", "1 2"], done.stdout + done.stderr


JOINS = """
import sys
from faceshards.jobs.cluster import ray_cluster
with ray_cluster(sys.argv[1]):
    import ray
    print(ray.get(ray.remote(num_cpus=1)(lambda: 7).remote(), timeout=60))
"""


@pytest.mark.parametrize("mode", ["token", "disabled"])
def test_a_cluster_is_joined_whether_it_demands_a_token_or_not(tmp_path, mode):
    """A local run leaves a token; the clusters that are started behind it demand it."""
    home = {**ENV, "HOME": str(tmp_path)}
    ray_command = [sys.executable, "-m", "ray.scripts.scripts"]
    subprocess.run([*ray_command, "get-auth-token", "--generate"], env=home, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    start = ["start", "--head", "--num-cpus=1", "--include-dashboard=false", f"--port={address.rpartition(':')[2]}"]
    short = tempfile.mkdtemp(prefix="fs-", dir="/tmp")  # the path of a socket is short
    block = subprocess.Popen(
        [*ray_command, *start, "--block", f"--temp-dir={short}"],
        env={**home, "RAY_AUTH_MODE": mode},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _answers(address)
        done = subprocess.run([sys.executable, "-c", JOINS, address], env=home, capture_output=True, text=True)
        assert done.stdout == "7\n", done.stderr
    finally:
        os.killpg(block.pid, signal.SIGKILL)
        block.wait()
        shutil.rmtree(short)


def _answers(address: str) -> None:
    host, _, port = address.rpartition(":")
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(OSError):
            socket.create_connection((host, int(port)), 1).close()
            return
        time.sleep(0.2)
