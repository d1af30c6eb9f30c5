"""Two processes of torchrun learn what one does of the same global batches; devices by name."""

import csv
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from faceshards.__main__ import main
from faceshards.errors import UsageError
from faceshards.models import checkpoint
from faceshards.train.loop import TrainingRun, train
from faceshards.train.ranks import device_of, rank, together
from tests.train.points import Points, loader

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}


def losses(folder):
    with open(folder / "losses.csv") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def words(faces, out, *options):
    said = ["face-decoder", "--data", str(faces), "--out", str(out), "--width", "0.03", "--batch-size", "4", "--lr"]
    return ["train", *said, "0.01", "--accumulate", "2", "--look-every", "2", "--val-data", str(faces), *options]


def in_two(faces, out, *options):
    command = [*TORCHRUN, "-m", "faceshards", *words(faces, out, *options)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


PAIR = """
import os, sys
from pathlib import Path
import torch
from faceshards.train.loop import TrainingRun, train
from tests.train.points import Points, loader

out, port = Path(sys.argv[2]), sys.argv[3]
os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=port, WORLD_SIZE="2")
child = os.fork()  # nothing of torch runs yet
os.environ["RANK"] = "0" if child else "1"
run = TrainingRun(out, steps=int(sys.argv[4]), lr=0.01, accumulate=2, save_every=1, resume=True)
summary = train(Points(dropout=0.0), loader(sys.argv[1], batch=4), run)
sys.exit(os.waitpid(child, 0)[1] if child else 0)
"""


def test_two_processes_learn_what_one_does(faces, tmp_path):
    train(Points(dropout=0.0), loader(faces, batch=4), TrainingRun(tmp_path / "one", steps=5, lr=0.01, accumulate=2))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [sys.executable, "-c", PAIR, str(faces), str(tmp_path / "two"), port, "5"]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-4)
    assert checkpoint.load(tmp_path / "two/checkpoint.pt").random.shape[0] == 2


@pytest.mark.slow
def test_two_processes_of_torchrun_learn_what_one_does(faces, tmp_path):
    with pytest.raises(SystemExit, match="0"):
        main(words(faces, tmp_path / "one", "--steps", "4"))
    said = in_two(faces, tmp_path / "two", "--steps", "2", "--json")
    assert said.count('"checkpoint"') == 1, "one of the two speaks"
    first = checkpoint.load(tmp_path / "two/checkpoint.pt")
    assert first.random.shape[0] == 2 and first.step == 2
    in_two(faces, tmp_path / "two", "--steps", "4", "--resume")
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-4)
    held = [(tmp_path / name / "validation.csv").read_text().splitlines()[2].split(",") for name in ("one", "two")]
    assert float(held[0][1]) == pytest.approx(float(held[1][1]), rel=1e-3)


def test_alone_nothing_is_summed():
    with together("cpu") as ranks:
        assert (ranks.rank, ranks.world, ranks.first, rank()) == (0, 1, True, 0)
        row = torch.arange(3)
        assert ranks.total(row) is row and ranks.gathered(row).shape == (1, 3)
        assert ranks.any(True) and not ranks.any(False)


def test_devices_by_name():
    assert device_of("cpu") == torch.device("cpu")
    assert device_of("auto").type in ("cpu", "cuda", "mps")
    wrong = {"cuda:77": "is not there", "tpu": "must be auto", "cpu:1": "must be", "auto:0": "must be"}
    for name, said in wrong.items():
        with pytest.raises(UsageError, match=said):
            device_of(name)
