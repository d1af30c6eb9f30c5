"""The voice encoder's task: its loss is the sum that it says; gradients reach what is trained and nothing else."""

import pytest
import torch

from faceshards.errors import UsageError
from faceshards.models.nets.face_decoder import FaceDecoder
from faceshards.train.face_targets import given_embeddings
from faceshards.train.tasks.task import pictures
from faceshards.train.tasks.voice_encoder import Coefficients, VoiceEncoderTask
from tests.train.tasks.conftest import WIDTH


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
    assert task.model.layer1[0].weight.grad.abs().sum() > 0  # Speech-to-face's own decoder term has no gradient
    assert all(weight.grad is None for weight in [*task.faces.parameters(), *task.decoder.parameters()])


def test_frozen_networks_stay_as_they_are_while_the_model_trains(faces, batch):
    decoder = FaceDecoder(WIDTH, 5, faces.size)
    before = {name: value.clone() for name, value in decoder.state_dict().items()}
    task = VoiceEncoderTask(faces, WIDTH, decoder)
    task.model.train()
    task(batch)
    assert all(torch.equal(value, before[name]) for name, value in task.decoder.state_dict().items())


def test_the_configuration_is_plain_and_names_the_targets(faces):
    assert VoiceEncoderTask(faces, WIDTH).config == {
        "task": "voice-encoder",
        "width": WIDTH,
        "face_encoder": "untrained, seed 0",
        "embedding": 123,
        "coefficients": {"distance": 0.025, "distillation": 200.0, "decoder": 1.0},
        "old_loss": False,
        "rectified": True,
    }


def test_embeddings_of_the_data_take_the_encoders_place(faces, batch):
    given = {"spectrogram": batch["spectrogram"], "embedding": faces.embed(batch["face"])}
    torch.manual_seed(0)
    of_faces = VoiceEncoderTask(faces, WIDTH).eval()(batch)
    torch.manual_seed(0)
    assert VoiceEncoderTask(faces, WIDTH).eval()(given)["loss"] == of_faces["loss"]
    alone = VoiceEncoderTask(given_embeddings("column identity.npy", 5), WIDTH, rectified=False)
    losses = alone({"spectrogram": batch["spectrogram"], "embedding": torch.randn(2, 5)})
    assert set(losses) == {"loss", "distance"} and alone.config["face_encoder"] == "column identity.npy"
    with pytest.raises(UsageError, match=r"embeddings have \(4,\) numbers, those of column identity.npy 5"):
        alone({"spectrogram": batch["spectrogram"], "embedding": torch.randn(2, 4)})


def test_the_old_loss_is_that_of_the_whole_batch(faces, batch):
    torch.manual_seed(0)
    task = VoiceEncoderTask(faces, WIDTH, old_loss=True).eval()
    losses, voice, face = task(batch), task.model(batch["spectrogram"]), faces.embed(batch["face"])
    expected = (voice / voice.norm() - face / face.norm()).square().sum()
    assert losses["distance"].item() == pytest.approx(expected.item(), rel=1e-4)


def test_what_is_shown_is_drawn_of_the_voice_beside_the_face(faces, batch):
    decoder = FaceDecoder(WIDTH, 5, faces.size)
    task = VoiceEncoderTask(faces, WIDTH, decoder).eval()
    shown = task.samples(batch)
    assert shown["face"].shape == shown["face_target"].shape == (2, 224, 224, 3)
    assert torch.equal(shown["face_target"], (batch["face"] * 255).round().byte().permute(0, 2, 3, 1))
    with torch.no_grad():
        drawn = task.samples({"spectrogram": batch["spectrogram"], "embedding": faces.embed(batch["face"])})
    assert torch.equal(drawn["face_target"], pictures(task.decoder(faces.embed(batch["face"]))[1]))
    assert VoiceEncoderTask(faces, WIDTH).samples(batch) == {}
    assert -1 <= task.validate(batch)["cosine"] <= 1
