"""The face decoder's task: its loss is the sum that it says."""

import numpy as np
import pytest
import torch

from faceshards.errors import UsageError
from faceshards.train.face_targets import given_embeddings
from faceshards.train.tasks.face_decoder import FaceDecoderTask
from faceshards.train.tasks.task import pictures
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
        "cosine": 0.0,
    }


def test_what_the_encoder_sees_in_the_drawn_picture_counts_and_has_a_gradient(faces, batch):
    # Three channels that begin the same each time: of a single one the ReLU before the picture may begin dead.
    torch.manual_seed(0)
    task = FaceDecoderTask(faces, 3 * WIDTH, cosine=10.0)
    task.model.eval()
    losses, plain = task(batch), FaceDecoderTask(faces, 3 * WIDTH)
    plain.model.load_state_dict(task.model.state_dict())
    plain.model.eval()
    assert 0 <= losses["cosine"].item() <= 2
    assert losses["loss"].item() == pytest.approx(plain(batch)["loss"].item() + 10 * losses["cosine"].item(), rel=1e-5)
    losses["cosine"].backward()
    assert task.model.texture_layers[-1][0].weight.grad.abs().sum() > 0
    with pytest.raises(UsageError, match="give --face-encoder"):
        FaceDecoderTask(given_embeddings("column identity.npy", 128), WIDTH, cosine=1.0)


def test_embeddings_of_the_data_take_the_encoders_place(batch):
    task = FaceDecoderTask(given_embeddings("column identity.npy", 128), WIDTH).eval()
    given = {**batch, "embedding": torch.randn(2, 128)}
    assert set(task(given)) == {"loss", "points", "texture"}
    assert torch.equal(task.samples(given)["face"], pictures(task.model(given["embedding"])[1]))
