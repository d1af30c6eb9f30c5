"""What is said of a run: the pace and the loss as it goes, the outcome, and how held-out data did."""

import json

import pytest

from faceshards.train.fit import FaceDecoderTraining
from faceshards.train.loop import StepReport
from faceshards.train.terminal import LastStep


def test_the_last_step_in_words_keeps_what_held_out_data_said():
    last = LastStep()
    assert last.words() == ""
    last.hear(StepReport(1, 9, {"loss": 2.0}, {"samples_per_second": None, "waiting": None}, {"loss": 3.0}))
    assert last.words() == "loss 2.0000, held out 3.0000"
    last.hear(StepReport(2, 9, {"loss": 1.0}, {"samples_per_second": 12.34, "waiting": 0.015}, {}))
    assert last.words() == "loss 1.0000, held out 3.0000, 12.3 samples/s, 1.5% waiting for data"


def test_the_outcome_for_people_and_for_machines(faces, tmp_path, capsys):
    options = {"data": [str(faces)], "width": 0.03, "val_where": "key = 'clip-1'"}
    FaceDecoderTraining(**options, out=tmp_path / "a", steps=2).train()
    out, err = capsys.readouterr()
    assert "2 steps: first loss" in out and "held-out data at the end: loss" in out and not err
    FaceDecoderTraining(**options, out=tmp_path / "b", steps=2, as_json=True).train()
    out, err = capsys.readouterr()
    record = json.loads(out)
    assert record["steps"] == 2 and record["validation"]["loss"] > 0 and record["pace"]["waiting"] is not None
    assert "2 steps: first loss" in err and any("held out" in note for note in record["notes"])
    assert record["validation"]["loss"] == pytest.approx(
        float((tmp_path / "a/validation.csv").read_text().splitlines()[1].split(",")[1])
    )
