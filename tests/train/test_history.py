"""The losses on disk: bit for bit, cut at the step where a run goes on, and in TensorBoard's files."""

import pytest

from faceshards.errors import UsageError
from faceshards.train.history import History

LOSSES = [0.1 + 0.2, 1 / 3, 1e-30, 12345.678, 2.0, 1.0, 0.5]


def record(folder, start, stop):
    with History(folder, start) as history:
        for step in range(start + 1, stop + 1):
            history.add(step, {"loss": LOSSES[step - 1], "part": step / 7})
    return history


def test_rows_read_back_bit_for_bit(tmp_path):
    record(tmp_path, 0, 4)
    lines = (tmp_path / "losses.csv").read_text().splitlines()
    assert lines[0] == "step,loss,part" and len(lines) == 5
    assert [float(line.split(",")[1]) for line in lines[1:]] == LOSSES[:4]
    assert len(list(tmp_path.glob("events.out.tfevents*"))) == 1


def test_going_on_drops_the_rows_after_the_checkpoint(tmp_path):
    record(tmp_path, 0, 7)
    whole = (tmp_path / "losses.csv").read_bytes()
    with (tmp_path / "losses.csv").open("ab") as file:
        file.write(b"8,0.3")  # killed in mid-line
    assert record(tmp_path, 5, 7).losses == LOSSES
    assert (tmp_path / "losses.csv").read_bytes() == whole


def test_the_summary(tmp_path):
    assert record(tmp_path, 0, 7).summary() == {
        "steps": 7,
        "first": LOSSES[0],
        "last": 0.5,
        "first_mean": pytest.approx(sum(LOSSES[:5]) / 5),
        "last_mean": pytest.approx(sum(LOSSES[2:]) / 5),
    }


def test_a_lost_file_is_said(tmp_path):
    with pytest.raises(UsageError, match="fewer rows than the checkpoint"):
        History(tmp_path, 3)


def test_tensorboard_reads_the_scalars(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    record(tmp_path, 0, 3)
    events = EventAccumulator(str(tmp_path)).Reload()
    assert [event.value for event in events.Scalars("train/loss")] == pytest.approx(LOSSES[:3])
