"""TensorBoard gets numbers, pictures and sounds; Weights & Biases says what it needs, and works where it is."""

import numpy as np
import pytest

from faceshards.errors import MissingExtra
from faceshards.train.boards import TensorBoard, WeightsAndBiases


def show(board):
    board.scalars({"train/loss": 0.5}, 3)
    board.picture("samples/face", np.zeros((4, 6, 3), np.uint8), 3)
    board.sound("samples/voice", np.zeros(160, np.float32), 16000, 3)
    board.close()


def test_tensorboard_shows_all_kinds(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    show(TensorBoard(tmp_path, 0))
    events = EventAccumulator(str(tmp_path)).Reload()
    assert events.Scalars("train/loss")[0].value == 0.5
    assert (events.Images("samples/face")[0].width, events.Images("samples/face")[0].height) == (6, 4)
    assert events.Audio("samples/voice")[0].sample_rate == 16000


def test_weights_and_biases_is_the_same_run_when_it_goes_on_or_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    try:
        import wandb  # noqa: F401
    except ImportError:
        with pytest.raises(MissingExtra, match="pip install wandb"):
            WeightsAndBiases("faces", tmp_path, {})
        return
    for _ in range(2):
        show(WeightsAndBiases("faces", tmp_path, {"lr": 0.1}))
    runs = {folder.name.rsplit("-", 1)[1] for folder in (tmp_path / "wandb").glob("offline-run-*")}
    assert runs == {(tmp_path / "wandb.id").read_text()}
