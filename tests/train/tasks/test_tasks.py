"""The two tasks: losses are the sums that they say, gradients reach what is trained and nothing else."""

import numpy as np
import pytest
import torch

from faceshards.models.nets.face_decoder import FaceDecoder
from faceshards.train.face_targets import face_targets
from faceshards.train.tasks.face_decoder import FaceDecoderTask
from faceshards.train.tasks.voice_encoder import Coefficients, VoiceEncoderTask

WIDTH = 0.03


@pytest.fixture
def faces():
    return face_targets(None, WIDTH)


@pytest.fixture
def batch():
    source = torch.Generator().manual_seed(1)
    return {
        "spectrogram": torch.randn(2, 2, 257, 601, generator=source),
        "face": torch.rand(2, 3, 224, 224, generator=source),
        "points": torch.rand(2, 10, generator=source) * 224,
    }


@pytest.mark.parametrize("with_decoder", [False, True])
def test_the_voice_loss_is_the_weighted_sum_of_its_parts(faces, batch, with_decoder):
    decoder = FaceDecoder(WIDTH, 5, faces.size) if with_decoder else None
    losses = VoiceEncoderTask(faces, WIDTH, decoder)(batch)
    weights = {"distance": 0.025, "distillation": 200, "decoder": 1}
    assert set(losses) == {"loss", "distance", "distillation"} | ({"decoder"} if with_decoder else set())
    expected = sum(weights[name] * value.item() for name, value in losses.items() if name != "loss")
    assert losses["loss"].item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("term", ["distance", "distillation", "decoder"])
def test_each_term_trains_the_voice_encoder_and_nothing_else(faces, batch, term):
    only = Coefficients(**{name: float(name == term) for name in ("distance", "distillation", "decoder")})
    task = VoiceEncoderTask(faces, WIDTH, FaceDecoder(WIDTH, 5, faces.size), only)
    task.model.train()
    task(batch)["loss"].backward()
    assert all(weight.grad is not None for weight in task.model.parameters())
    assert task.model.layer1[0].weight.grad.abs().sum() > 0  # S003's decoder term has no gradient
    assert all(weight.grad is None for weight in [*task.faces.parameters(), *task.decoder.parameters()])


def test_frozen_networks_stay_as_they_are_while_the_model_trains(faces, batch):
    decoder = FaceDecoder(WIDTH, 5, faces.size)
    before = {name: value.clone() for name, value in decoder.state_dict().items()}
    task = VoiceEncoderTask(faces, WIDTH, decoder)
    task.model.train()
    task(batch)
    assert all(torch.equal(value, before[name]) for name, value in task.decoder.state_dict().items())


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


def test_configurations_are_plain_and_name_the_targets(faces):
    assert VoiceEncoderTask(faces, WIDTH).config == {
        "task": "voice-encoder",
        "width": WIDTH,
        "face_encoder": "untrained, seed 0",
        "embedding": 123,
        "coefficients": {"distance": 0.025, "distillation": 200.0, "decoder": 1.0},
    }
    assert FaceDecoderTask(faces, WIDTH).config["points"] == 5
