"""The face decoder's task: its loss is the sum that it says."""

import numpy as np
import pytest
import torch

from faceshards.train.tasks.face_decoder import FaceDecoderTask
from tests.train.tasks.conftest import WIDTH


def test_the_face_loss_is_squared_pixels_plus_a_hundred_times_the_textures_error(faces, batch):
    task = FaceDecoderTask(faces, WIDTH)
    task.model.eval()
    losses = task(batch)
    with torch.no_grad():
        points, texture = task.model(faces.embed(batch["face"]))
    squares = np.square(points.numpy() - batch["points"].numpy()).mean()
    errors = np.abs(texture.numpy() - batch["face"].numpy()).mean()
    assert losses["loss"].item() == pytest.approx(squares + 100 * errors, rel=1e-4)
    assert losses["points"].item() == pytest.approx(squares, rel=1e-4)


def test_points_start_near_the_pictures_centre(faces, batch):
    task = FaceDecoderTask(faces, WIDTH)
    task.model.train()
    points, _ = task.model(faces.embed(batch["face"]))
    assert points.shape == (2, 10) and (points - 112).abs().max() < 5


def test_the_configuration_is_plain_and_names_the_targets(faces):
    assert FaceDecoderTask(faces, WIDTH).config == {
        "task": "face-decoder",
        "width": WIDTH,
        "face_encoder": "untrained, seed 0",
        "embedding": 123,
        "points": 5,
    }
