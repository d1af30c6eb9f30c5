"""Speech to face: what the two networks make of a voice, beside the face of whoever spoke."""

import numpy as np
import pytest
import torch

from faceshards.errors import UsageError
from faceshards.infer.given.media import FileMedia
from faceshards.infer.speech_to_face import SpeechToFace
from faceshards.media.sound import compressed_spectrogram, read_sound
from faceshards.train.face_targets import face_targets
from faceshards.train.tasks.face_decoder import FaceDecoderTask
from faceshards.train.tasks.voice_encoder import VoiceEncoderTask
from tests.infer.conftest import SETTINGS, WIDTH, save


@pytest.fixture(scope="module")
def model(nets):
    return SpeechToFace(*nets)


def test_the_picture_is_what_the_two_networks_make_of_the_voice(voice, model):
    spectrogram = torch.from_numpy(compressed_spectrogram(read_sound(voice, 16_000).samples))[None]
    with torch.no_grad():
        points, texture = model.decoder(model.encoder(spectrogram))
    face = model(voice)
    np.testing.assert_allclose(face.points.ravel(), points[0].numpy(), rtol=1e-5)
    expected = texture[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(face.picture - expected).max() <= 0.5 + 1e-3


def test_a_batch_gives_what_each_gives_alone(voice, model):
    heard = [model.prepared(FileMedia(voice)).spectrogram * scale for scale in (1.0, 0.5, 2.0)]
    together = model.faces(np.stack(heard))
    for one, face in zip(heard, together, strict=True):
        alone = model.faces(one[None])[0]
        np.testing.assert_allclose(face.points, alone.points, rtol=1e-4)
        assert np.abs(face.picture.astype(int) - alone.picture).max() <= 1


def test_vgg_face_of_no_name_goes_with_any_vgg_face(tmp_path):
    """Speech-to-face's own checkpoints do not say on which they were trained."""
    faces = face_targets(None, WIDTH)
    voice = save(VoiceEncoderTask(faces, WIDTH), tmp_path / "v.pt", face_encoder="vgg-face", **SETTINGS)
    for name, fits in (("vgg-face", True), ("vgg-face sha256 1", True), ("untrained, seed 0", False)):
        decoder = save(FaceDecoderTask(faces, WIDTH), tmp_path / "d.pt", face_encoder=name)
        if fits:
            assert not SpeechToFace(voice, decoder).untrained_targets
        else:
            with pytest.raises(UsageError, match="train both with the same"):
                SpeechToFace(voice, decoder)


def test_decoders_of_other_embeddings_are_refused(nets, tmp_path):
    other = save(FaceDecoderTask(face_targets(None, 2 * WIDTH), 2 * WIDTH), tmp_path / "other.pt")
    with pytest.raises(UsageError, match="train both with the same"):
        SpeechToFace(nets[0], other)
