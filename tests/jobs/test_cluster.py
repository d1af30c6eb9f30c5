"""Rays to run in: our own, one that is there already, one at an address; nodes that go."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from faceshards.bench.curate.nodes import Nodes
from faceshards.errors import StageError
from faceshards.jobs.cluster import address_here, is_ours, ray_cluster

ray = pytest.importorskip("ray")
ROOT = Path(__file__).resolve().parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"}


def test_a_ray_that_runs_already_is_used_and_left():
    with ray_cluster(cpus=2):
        with ray_cluster(cpus=7):
            assert ray.cluster_resources()["CPU"] == 2 and is_ours()
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


def test_a_node_that_is_not_up_in_time_is_started_once_more_then_it_is_one_line_and_no_bug(monkeypatch):
    begun = []

    def late(*words, **named):
        begun.append(words)
        if len(begun) != 2:
            raise Exception(
                "The current node timed out during startup. Perhaps it is busy.\nMore of it."
            )  # as Ray does

    monkeypatch.setattr("ray.init", late)
    with ray_cluster():
        assert len(begun) == 2
    said = r"^Ray at this machine does not start: The current node timed out .* busy\.$"
    with pytest.raises(StageError, match=said), ray_cluster():
        pass


def test_a_client_whose_server_does_not_come_up_knocks_once_more_and_says_why(monkeypatch):
    asked = []

    def refuses(*words, **named):
        asked.append(words)
        if len(asked) != 2:
            raise ConnectionAbortedError(
                "Initialization failure from server:\nTraceback:\n  x\nRuntimeError: no port\n"
            )

    monkeypatch.setattr("ray.init", refuses)
    with ray_cluster():
        assert len(asked) == 2
    asked += [()]  # from now on each is refused
    with pytest.raises(StageError, match=r"does not start: RuntimeError: no port$"), ray_cluster():
        pass


def test_two_nodes_of_one_cpu_three_sources_and_one_node_killed(tmp_path):
    sources = [str(tmp_path / f"many-{i}x80") for i in range(3)]
    done = subprocess.run(
        [sys.executable, "-c", NODES, *sources], cwd=ROOT, env=ENV, capture_output=True, text=True, timeout=240
    )
    assert done.stdout.splitlines()[-2:] == ["[80, 80, 80] [None, None, None]", "1 2"], done.stdout + done.stderr


JOINS = """
import os, sys
from faceshards.jobs.cluster import is_ours, ray_cluster
with ray_cluster(sys.argv[1]):
    import ray
    assert not is_ours()
    print(ray.get(ray.remote(num_cpus=1)(lambda: os.getcwd()).remote(), timeout=60))
"""


@pytest.mark.parametrize("mode", ["token", "disabled"])
def test_a_cluster_is_joined_by_each_of_its_addresses_whether_it_demands_a_token_or_not(tmp_path, mode):
    """A token lies in the home folder of whoever joins: the clusters that are started behind it demand it."""
    secret = {"RAY_AUTH_MODE": mode, "RAY_AUTH_TOKEN": "a" * 64}
    (tmp_path / "home/.ray").mkdir(parents=True)
    (tmp_path / "home/.ray/auth_token").write_text("a" * 64)
    with Nodes(tmp_path, 1, secret) as nodes:
        home = {**ENV, "HOME": str(tmp_path / "home"), "RAY_ADDRESS": nodes.address}
        for address in (nodes.address, "auto", f"ray://{nodes.client}") if mode == "token" else (nodes.address,):
            done = subprocess.run([sys.executable, "-c", JOINS, address], env=home, capture_output=True, text=True)
            assert done.stdout.startswith(str(tmp_path / "head")) or done.stdout.startswith("/tmp/fs-"), done.stderr


def test_a_local_ray_leaves_no_token(tmp_path):
    code = "from faceshards.jobs.cluster import ray_cluster\nwith ray_cluster(): print('up')"
    home = {name: value for name, value in ENV.items() if not name.startswith("RAY_AUTH")}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**home, "HOME": str(tmp_path)}, capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "up\n", done.stderr
    assert not (tmp_path / ".ray").exists()


def test_what_ray_submits_runs_on_the_cluster_that_it_was_sent_to(monkeypatch):
    assert address_here() is None
    monkeypatch.setenv("RAY_JOB_CONFIG_JSON_ENV_VAR", "{}")
    assert address_here() == "auto"
