"""A decoder is given the embeddings of the very encoder that it was trained on."""

import numpy as np
import pytest
import torch

from faceshards.errors import UsageError, WeightsError
from faceshards.infer.faces.face_embedding import embedding_of
from faceshards.loaders.views.speech_to_face import face_input
from faceshards.models.nets.face_encoder import VggFace
from faceshards.models.weights.registry import digest
from faceshards.train.face_targets import face_targets

UNTRAINED = {"face_encoder": "untrained, seed 0", "embedding": 123}


def test_the_untrained_encoder_gives_what_it_gave_in_training(photo):
    picture = photo[:224, :224]
    encoder = embedding_of("d.pt", UNTRAINED, None, None, "cpu")
    found = encoder.embed([encoder.seen(picture, np.zeros(4)), encoder.seen(photo, np.zeros(4))])
    targets = face_targets(None, 123 / 4096)
    assert encoder.name == targets.config["face_encoder"] and found.shape == (2, 123)
    torch.testing.assert_close(found[:1], targets.embed(torch.from_numpy(face_input(picture))[None]))


@pytest.mark.parametrize(
    ("config", "layout", "weights", "said"),
    [
        ({"face_encoder": "vgg-face sha256 0"}, None, None, r"d\.pt was trained on embeddings of VGG-Face: say --face"),
        (UNTRAINED, "serengil", None, "leave --face-encoder out"),
        ({"face_encoder": "someone's"}, None, None, "cannot be made here"),
        ({}, None, None, "cannot be made here"),
    ],
)
def test_another_encoder_is_refused(config, layout, weights, said):
    with pytest.raises(UsageError, match=said):
        embedding_of("d.pt", config, layout, weights, "cpu")


def test_dlib_s_identity_of_a_face(photo):
    pytest.importorskip("dlib")
    from faceshards.infer.faces.face_finder import FaceFinder

    encoder, place = embedding_of("d.pt", {"face_encoder": "dlib"}, None, None, "cpu"), FaceFinder().best_place([photo])
    (found,) = encoder.embed([encoder.seen(photo, place.box)])
    assert encoder.from_frame and found.shape == (128,) and 0.5 < found.norm() < 2


@pytest.mark.slow
def test_vgg_face_of_another_layout_or_other_weights_is_refused(tmp_path):
    """580 MB."""
    torch.manual_seed(0)
    net = VggFace("rcmalli").eval()
    torch.save(net.state_dict(), tmp_path / "vgg.pt")
    told = {"face_encoder": f"vgg-face sha256 {digest(tmp_path / 'vgg.pt')}"}
    with pytest.raises(WeightsError, match="in the layout rcmalli, not serengil"):
        embedding_of("d.pt", told, "serengil", tmp_path / "vgg.pt", "cpu")
    with pytest.raises(UsageError, match="give those"):
        embedding_of("d.pt", {"face_encoder": "vgg-face sha256 00"}, None, tmp_path / "vgg.pt", "cpu")
    encoder = embedding_of("d.pt", told, "rcmalli", tmp_path / "vgg.pt", "cpu")
    picture = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
    with torch.no_grad():
        expected = net.embedding(torch.from_numpy(face_input(picture))[None])
    torch.testing.assert_close(encoder.embed([picture]), expected)
