"""The views of speech-to-face: layouts and ranges that the networks expect, and remedies where something is missing."""

import numpy as np
import pytest
import torch

from faceshards.errors import ColumnError
from faceshards.loaders import ShardDataset
from faceshards.loaders.views.speech_to_face import FaceWithPoints, VoiceWithFace

PICTURE = np.zeros((224, 224, 3), np.uint8)
PICTURE[10, 20] = (255, 51, 0)


def test_a_voice_and_its_face():
    spectrogram = np.random.default_rng(0).normal(size=(2, 257, 601)).astype(np.float32)
    item = VoiceWithFace()({"spectrogram.npy": spectrogram, "face.jpg": PICTURE})
    assert item["spectrogram"] is spectrogram
    face = item["face"]
    assert face.shape == (3, 224, 224) and face.dtype == np.float32 and face.max() == 1 and face.min() == 0
    np.testing.assert_array_equal(face[:, 10, 20], np.float32([1, 0.2, 0]))  # red first, rows before columns


def test_a_face_and_its_points(data):
    batch = next(iter(ShardDataset(data, view=FaceWithPoints()).loader(4)))
    number = [int(key.split("-")[1]) for key in batch["__key__"]]
    assert batch["points"].shape == (4, 10) and batch["points"].dtype == torch.float32
    assert batch["points"][:, 9].tolist() == number
    assert torch.allclose(batch["face"].mean(dim=(1, 2, 3)), torch.tensor(number) / 255, atol=0.01)


@pytest.mark.parametrize("points", [None, [1.0] * 4])
def test_missing_parts_are_named_with_the_stage_to_run(points):
    facts = {} if points is None else {"face_points": points}
    with pytest.raises(ColumnError, match=r"face_points must hold 10 numbers.*--stages face_crop"):
        FaceWithPoints()({"face.jpg": PICTURE, "json": facts})
    with pytest.raises(ColumnError, match=r"needs 'face\.jpg'"):
        FaceWithPoints()({"face.jpg": None, "json": {"face_points": [1.0] * 10}})
