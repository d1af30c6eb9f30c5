"""A trained decoder for the voice encoder's loss: only for the embeddings that it was trained on."""

import pytest
import torch

from faceshards.errors import UsageError
from faceshards.models import checkpoint
from faceshards.models.checkpoint import Checkpoint
from faceshards.train.face_targets import face_targets
from faceshards.train.restore import trained_decoder
from faceshards.train.tasks.face_decoder import FaceDecoderTask

WIDTH = 0.03


def test_a_decoder_serves_its_own_embeddings_and_no_others(tmp_path):
    faces = face_targets(None, WIDTH)
    task = FaceDecoderTask(faces, WIDTH)
    saved = Checkpoint(1, task.config, task.model.state_dict(), {}, None, torch.get_rng_state())
    checkpoint.save(saved, tmp_path / "c.pt")
    decoder = trained_decoder(tmp_path / "c.pt", faces)
    assert all(torch.equal(value, task.model.state_dict()[name]) for name, value in decoder.state_dict().items())
    with pytest.raises(UsageError, match="trained for embedding 123, the voice encoder's is 246: train both with the"):
        trained_decoder(tmp_path / "c.pt", face_targets(None, 2 * WIDTH))
