"""Options become a training: its task, its data and the rest; and what makes none is refused."""

from dataclasses import replace

import pytest

from faceshards.errors import UsageError
from faceshards.train import assembled as assembled_module
from faceshards.train.assembled import STEPS, assembled
from faceshards.train.fit import FaceDecoderTraining


def options(faces, out, **more):
    return FaceDecoderTraining(**{"data": [str(faces)], "out": out, "width": 0.03, **more})


def test_each_option_arrives_where_it_counts(faces, tmp_path):
    how = {"schedule": "cosine", "precision": "bf16", "clip": 2.0, "betas": (0.5, 0.9), "accumulate": 3}
    made = assembled(options(faces, tmp_path, **how, val_where="key = 'clip-1'", val_batches=5, look_every=7))
    assert all(getattr(made.run, name) == value for name, value in how.items())
    assert (made.run.look_every, made.run.steps, made.validation.most) == (7, STEPS, 5)
    assert len(made.batches) == 3 and made.task.config["task"] == "face-decoder"
    assert any("held out: 1 clips" in note for note in made.notes)
    assert not (tmp_path / "config.toml").exists(), "it is written where the run is, when it begins"


def test_epochs_alone_say_the_end(faces, tmp_path):
    assert assembled(options(faces, tmp_path, max_epochs=2)).run.last(3) == 6


def test_what_makes_no_training_is_refused_before_anything_is_made(faces, tmp_path):
    for wrong in ({"precision": "fp8"}, {"schedule": "x"}, {"device": "tpu"}, {"val_where": "nonsense ="}):
        with pytest.raises(UsageError):
            assembled(options(faces, tmp_path / "run", **wrong))
    assert not (tmp_path / "run").exists()


def test_a_board_on_the_web_is_told_no_password(faces, tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(assembled_module, "WeightsAndBiases", lambda *given: told.append(given))
    given = options(faces, tmp_path, wandb="faces", ray="ray://user:secret@head:1")
    replace(assembled(replace(given, ray=None)), options=given)._boards()
    ((project, folder, config),) = told
    assert (project, folder, config["task"]) == ("faces", tmp_path, "face-decoder")
    assert "secret" not in str(config) and config["out"] == str(tmp_path), "plain values"
