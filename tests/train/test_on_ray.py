"""Ray Train end to end: two workers learn what one process does, also where one of them is killed on the way."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from faceshards.models import checkpoint
from faceshards.train.on_ray import Mailbox

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
WORDS = ["--width", "0.03", "--batch-size", "4", "--steps", "12", "--save-every", "3"]


def start(faces, out, *words):
    command = [sys.executable, "-m", "faceshards", "train", "face-decoder", "--data", str(faces), "--out", str(out)]
    with open(out.with_suffix(".out"), "w") as said, open(out.with_suffix(".err"), "w") as error:
        return subprocess.Popen([*command, *WORDS, *words], env=ENVIRONMENT, stdout=said, stderr=error)


def losses(folder):
    with open(folder / "losses.csv") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def holder(folder):
    """The process that holds the lease of a run's folder: what it says of itself."""
    words = (folder / ".checkpoint.pt.lock").read_text().split()
    return int(words[words.index("process") + 1])


@pytest.mark.slow
def test_a_killed_worker_is_started_again_and_the_losses_are_those_of_one_process(faces, tmp_path):
    pytest.importorskip("ray.train.torch", reason="Ray Train is not installed: pip install 'ray[train]'")
    on_ray = start(faces, tmp_path / "ray", "--workers", "2", "--json")
    rows, deadline = tmp_path / "ray/losses.csv", time.monotonic() + 240
    while not (rows.exists() and rows.read_text().count("\n") > 5):  # five steps, two of them after the checkpoint
        assert on_ray.poll() is None and time.monotonic() < deadline, (tmp_path / "ray.err").read_text()
        time.sleep(0.01)
    os.kill(holder(tmp_path / "ray"), signal.SIGKILL)
    assert on_ray.wait(300) == 0, (tmp_path / "ray.err").read_text()
    told = json.loads((tmp_path / "ray.out").read_text())
    assert told["steps"] == 12 and checkpoint.load(tmp_path / "ray/checkpoint.pt").random.shape[0] == 2
    assert start(faces, tmp_path / "one").wait(240) == 0
    assert losses(tmp_path / "ray") == pytest.approx(losses(tmp_path / "one"), rel=1e-4)
    assert sorted(path.name for path in (tmp_path / "ray").iterdir() if path.name.startswith(".")) == []


def test_letters_are_taken_once_in_their_order():
    mailbox = Mailbox()
    for number in range(3):
        mailbox.put("line", str(number))
    assert mailbox.take() == [("line", "0"), ("line", "1"), ("line", "2")] and mailbox.take() == []
