"""The commands: losses that really fall, runs that survive a kill, both loaders, both tasks."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from faceshards.__main__ import main
from faceshards.bench.object_store import ObjectStore
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter
from tests.loaders.sequences import files, packed
from tests.train.conftest import face

SMALL = ["--width", "0.03", "--batch-size", "2", "--seed", "1"]

ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}


def losses(folder):
    return [float(line.split(",")[1]) for line in (folder / "losses.csv").read_text().splitlines()[1:]]


def outcome(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def train(task, faces, out, *options):
    with pytest.raises(SystemExit) as ended:
        main(["train", task, "--data", str(faces), "--out", str(out), *SMALL, "--json", *options])
    return ended.value.code


@pytest.mark.parametrize("loader", ["shards", "webdataset"])
def test_the_voice_encoders_loss_falls(faces, tmp_path, capsys, loader):
    assert train("voice-encoder", faces, tmp_path, "--steps", "12", "--loader", loader) == 0
    told = outcome(capsys)
    assert told["last_mean"] < 0.8 * told["first_mean"]
    assert told["steps"] == len(losses(tmp_path)) == 12 and told["first"] == losses(tmp_path)[0]
    assert any("untrained" in note for note in told["notes"])
    assert 'task = "voice-encoder"' in (tmp_path / "config.toml").read_text()


def test_the_face_decoders_loss_falls_and_points_move_to_the_face(faces, tmp_path, capsys):
    assert train("face-decoder", faces, tmp_path, "--steps", "60", "--num-workers", "2", "--lr", "0.02") == 0
    told = outcome(capsys)
    assert told["last_mean"] < 0.7 * told["first_mean"]
    content = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert content["config"]["points"] == 5 and content["config"]["task"] == "face-decoder"


def test_what_is_read_of_a_store_teaches_what_a_disk_does(faces, tmp_path, monkeypatch):
    words = ("--steps", "4", "--num-workers", "1")
    with ObjectStore() as store:
        store.put("bucket/set/faces.tar", faces.read_bytes())
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        assert train("voice-encoder", "s3://bucket/set", tmp_path / "store", *words) == 0
    assert train("voice-encoder", faces, tmp_path / "disk", *words) == 0
    assert losses(tmp_path / "store") == losses(tmp_path / "disk")


@pytest.mark.parametrize("out", ["s3://bucket/run", "gs://bucket/run", "az://container/run"])
def test_a_run_is_kept_on_a_disk_alone(faces, capsys, out):
    assert train("voice-encoder", faces, out, "--steps", "1") == 2
    assert f"{out}: this is read or written on a disk, not in a store" in capsys.readouterr().err


def test_a_trained_decoder_joins_the_voice_encoders_loss(faces, tmp_path, capsys):
    train("face-decoder", faces, tmp_path / "decoder", "--steps", "2")
    train(
        "voice-encoder",
        faces,
        tmp_path / "voice",
        "--steps",
        "2",
        "--face-decoder",
        str(tmp_path / "decoder/checkpoint.pt"),
    )
    header = (tmp_path / "voice" / "losses.csv").read_text().splitlines()[0]
    assert header == "step,loss,distance,distillation,decoder,lr"


def test_embeddings_of_a_column_are_learned_from_in_place_of_an_encoders(tmp_path, capsys):
    shard, vector = tmp_path / "given.tar", np.arange(2 * 6, dtype=np.float32).reshape(2, 6)
    with ShardWriter(shard, provenance=[Provenance("pack", 1)]) as writer:
        for number in range(4):
            rows = vector[: 0 if number == 1 else 2] + number  # of the second nobody was followed
            voice = np.full((2, 257, 601), number, np.float32)
            members = {"json": {}, "face.jpg": encode("face.jpg", face(number))}
            members |= {"identity.npy": encode("identity.npy", rows)}
            writer.add(f"clip-{number}", {**members, "spectrogram.npy": encode("spectrogram.npy", voice)})
    words = ["--steps", "2", "--embedding", "identity.npy", "--linear", "--coefficients", "1", "2", "3"]
    assert train("voice-encoder", shard, tmp_path / "run", *words) == 0
    told = outcome(capsys)
    assert (told["face_encoder"], told["embedding"], told["rectified"]) == ("column identity.npy", 6, False)
    assert told["coefficients"] == {"distance": 1.0, "distillation": 2.0, "decoder": 3.0} and not told["notes"]
    assert [fault["key"] for fault in told["faults"]] in ([], ["clip-1"])


@pytest.mark.parametrize(("task", "steps"), [("voice-encoder", 10), ("face-decoder", 40)])
def test_killed_and_resumed_gives_the_losses_of_a_run_that_was_not(faces, tmp_path, task, steps):
    def start(out, *options):
        paths = ["--data", str(faces), "--out", str(tmp_path / out)]
        counts = ["--steps", str(steps), "--save-every", "3", "--num-workers", "1"]
        words = [sys.executable, "-m", "faceshards", "train", task, *paths, *counts, *SMALL, *options]
        return subprocess.Popen(words, env=ONE_THREAD)

    cut, whole = start("cut"), start("whole")
    rows = tmp_path / "cut" / "losses.csv"
    deadline = time.monotonic() + 100
    while not (rows.exists() and rows.read_text().count("\n") > 5):  # five steps are done, two after the checkpoint
        assert cut.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(cut.pid, signal.SIGKILL)
    cut.wait()
    assert len(losses(tmp_path / "cut")) < steps, "killed too late to prove anything"
    assert start("cut", "--resume").wait(120) == whole.wait(120) == 0
    assert rows.read_bytes() == (tmp_path / "whole" / "losses.csv").read_bytes()


def test_a_bad_word_is_one_line_and_exit_code_2(faces, tmp_path, capsys):
    for words, said in [
        (["--loader", "magic"], "loader must be one of shards, webdataset"),
        (["--where", "nonsense ="], "where"),
    ]:
        code = train("face-decoder", faces, tmp_path, "--steps", "1", *words)
        error = capsys.readouterr().err
        assert code == 2 and said in error and "Traceback" not in error


def test_the_file_runs_as_a_script_from_anywhere(tmp_path):
    from faceshards.train import fit

    (tmp_path / "train").mkdir()  # a user's own folder of the same name
    ran = subprocess.run(
        [sys.executable, fit.__file__, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0 and "voice-encoder" in ran.stdout and "face-decoder" in ran.stdout


def test_the_expression_networks_loss_falls_and_its_statistics_are_kept(tmp_path, capsys):
    shards = packed(tmp_path / "set", {f"V2-M00{number}-angry-00001": files(number, 12) for number in range(3)})
    options = ["--frames", "6", "--lr", "0.02", "--save-every", "5"]
    assert train("expression", shards, tmp_path / "run", "--steps", "15", *options) == 0
    told = outcome(capsys)
    assert told["last_mean"] < 0.9 * told["first_mean"] and told["notes"] == []
    config = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)["config"]
    assert len(config["settings"]["statistics"]["std"]) == 284 and config["codes"] == 284
    assert train("expression", shards, tmp_path / "run", "--steps", "17", "--resume", *options) == 0
    assert outcome(capsys)["steps"] == 17
    assert train("expression", shards, tmp_path / "other", "--steps", "1", "--loader", "webdataset", *options) == 2
    assert "by the loader shards alone" in capsys.readouterr().err


def test_packed_pairs_are_learned_from_by_their_own_embeddings(tmp_path, capsys):
    """Not by an untrained encoder's, whose classes would say nothing of them."""
    with ShardWriter(tmp_path / "s.tar", provenance=[Provenance("pack", 1)]) as writer:
        for number in range(4):
            voice, face = np.full((2, 257, 601), number, np.float32), np.full(4096, number, np.float32)
            arrays = {"spectrogram.npy": voice, "face_embedding.npy": face}
            members = {name: encode(name, array) for name, array in arrays.items()}
            writer.add(f"clip-{number}", {"json": {"identity": f"p{number // 2}"}, **members})
    assert train("voice-encoder", tmp_path / "s.tar", tmp_path / "run", "--pairs", "all", "--steps", "1") == 0
    told = outcome(capsys)
    assert (told["face_encoder"], told["embedding"], told["notes"]) == ("vgg-face", 4096, [])
    assert (tmp_path / "run" / "losses.csv").read_text().startswith("step,loss,distance,lr\n")


def test_a_decoder_learns_of_pictures_with_72_points(tmp_path, capsys):
    with ShardWriter(tmp_path / "f.tar", provenance=[Provenance("pack", 1)]) as writer:
        for number in range(2):
            arrays = {"face_embedding.npy": np.full(4096, number, np.float32)}
            arrays |= {"face_landmarks.npy": np.full(144, 100 + number, np.float32)}
            members = {name: encode(name, array) for name, array in arrays.items()}
            writer.add(f"face-{number}", {"json": {}, "jpg": encode("jpg", face(number)), **members})
    words = ["--landmarks", "face_landmarks.npy", "--steps", "2", "--look-every", "1"]
    assert train("face-decoder", tmp_path / "f.tar", tmp_path / "run", *words) == 0
    told = outcome(capsys)
    assert (told["face_encoder"], told["embedding"], told["points"]) == ("vgg-face", 4096, 72)
    assert told["settings"] == {"embedding_column": "face_embedding.npy", "landmarks_column": "face_landmarks.npy"}
