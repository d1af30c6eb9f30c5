"""Ray Train end to end: two workers learn what one process does, also where one of them is killed on the way."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from faceshards.bench.curate.clips import talking, write
from faceshards.bench.curate.nodes import Nodes
from faceshards.bench.object_store import ObjectStore
from faceshards.models import checkpoint
from faceshards.models.weights import registry
from faceshards.train.on_ray import Mailbox

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
WORDS = ["--width", "0.03", "--batch-size", "4", "--steps", "12", "--save-every", "3"]


def start(faces, out, *words, env=ENVIRONMENT):
    command = [sys.executable, "-m", "faceshards", "train", "face-decoder", "--data", str(faces), "--out", str(out)]
    with open(out.with_suffix(".out"), "w") as said, open(out.with_suffix(".err"), "w") as error:
        return subprocess.Popen([*command, *WORDS, *words], env=env, stdout=said, stderr=error)


def losses(folder):
    with open(folder / "losses.csv") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def holder(folder):
    """The process that holds the lease of a run's folder: what it says of itself."""
    words = (folder / ".checkpoint.pt.lock").read_text().split()
    return int(words[words.index("process") + 1])


def kill_a_worker(run, out):
    """After five steps, two of them after the checkpoint."""
    rows, deadline = out / "losses.csv", time.monotonic() + 240
    while not (rows.exists() and rows.read_text().count("\n") > 5):
        assert run.poll() is None and time.monotonic() < deadline, out.with_suffix(".err").read_text()
        time.sleep(0.01)
    os.kill(holder(out), signal.SIGKILL)
    assert run.wait(400) == 0, out.with_suffix(".err").read_text()


@pytest.mark.slow
def test_a_killed_worker_is_started_again_and_the_losses_are_those_of_one_process(faces, tmp_path):
    pytest.importorskip("ray.train.torch", reason="Ray Train is not installed: pip install 'ray[train]'")
    kill_a_worker(start(faces, tmp_path / "ray", "--workers", "2", "--json"), tmp_path / "ray")
    told = json.loads((tmp_path / "ray.out").read_text())
    assert told["steps"] == 12 and checkpoint.load(tmp_path / "ray/checkpoint.pt").random.shape[0] == 2
    assert start(faces, tmp_path / "one").wait(240) == 0
    assert losses(tmp_path / "ray") == pytest.approx(losses(tmp_path / "one"), rel=1e-4)
    assert sorted(path.name for path in (tmp_path / "ray").iterdir() if path.name.startswith(".")) == []


@pytest.mark.slow
def test_two_workers_of_a_cluster_read_what_it_wrote_into_a_store_though_one_is_killed(tmp_path):
    """Clips are enriched in the store by the cluster; the losses are those of one process that reads a disk."""
    pytest.importorskip("ray.train.torch", reason="Ray Train is not installed: pip install 'ray[train]'")
    # All differ: of a batch that holds one face several times, normalisation makes much of what rounding leaves.
    shard = write(tmp_path / "disk/talks.tar", [talking(256, 0.4, number) for number in range(8)], 8)
    curate = [sys.executable, "-m", "faceshards", "curate", "--stages", "faces,face_crop"]
    with ObjectStore(tmp_path / "store") as store:
        store.put("bucket/talks.tar", shard.read_bytes())
        there = {**store.environment, "RAY_AUTH_MODE": "disabled", "OMP_NUM_THREADS": "1"}
        env = {**ENVIRONMENT, **there}
        with Nodes(tmp_path / "nodes", environment=there) as nodes:
            for name in ("one", "two"):
                nodes.join(name)
            nodes.await_cpus(2)
            place = ["s3://bucket/talks.tar", "--ray", nodes.address, "--scratch", str(tmp_path / "scratch")]
            weights = ["--weights", str(registry.find("face_detection_short_range").parent)]  # other homes have none
            subprocess.run([*curate, *place, *weights], env=env, check=True, timeout=300)
            words = ["--ray", nodes.address, "--workers", "2", "--json"]
            kill_a_worker(start("s3://bucket/talks.tar", tmp_path / "ray", *words, env=env), tmp_path / "ray")
        read = [one["operation"] for one in store.log() if one["operation"] == "GetObject"]
        subprocess.run([*curate, str(shard), "--inline"], env=env, check=True, timeout=300)
        assert store.get("bucket/talks.tar") == shard.read_bytes() and read
    assert start(shard, tmp_path / "one").wait(240) == 0
    assert losses(tmp_path / "ray") == pytest.approx(losses(tmp_path / "one"), rel=1e-4)


def test_letters_are_taken_once_in_their_order():
    mailbox = Mailbox()
    for number in range(3):
        mailbox.put("line", str(number))
    assert mailbox.take() == [("line", "0"), ("line", "1"), ("line", "2")] and mailbox.take() == []
