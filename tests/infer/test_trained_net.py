"""What a checkpoint says of whether its network learned."""

import dataclasses

from faceshards.infer.trained_net import TrainedNet, doubts
from faceshards.models import checkpoint
from faceshards.models.trained import VOICE_ENCODER

VGG = {"face_encoder": "vgg-face sha256 00"}


def test_a_checkpoint_is_loaded_with_what_it_says_of_itself(nets):
    loaded = TrainedNet.load(nets[0], VOICE_ENCODER)
    assert not loaded.net.training and len(loaded.sha256) == 64
    assert loaded.doubt.startswith("voice-encoder: learned from an untrained face encoder")
    assert "1 steps" in loaded.doubt


def test_steps_alone_show_nothing():
    (said,) = doubts(VGG, {"step": 100_000})
    assert said == "100000 steps, never held against faces that it had not seen"
    assert len(doubts({"face_encoder": "untrained, seed 0"}, {"step": 1})) == 2


def test_a_loss_that_fell_on_faces_it_had_not_seen_shows_that_it_learned(nets, tmp_path):
    assert doubts(VGG, {"step": 10, "first": 2.0, "best": 1.5}) == []
    assert "did not fall" in doubts(VGG, {"step": 10, "first": 2.0, "best": 2.0})[0]
    path = tmp_path / "learned.pt"
    checkpoint.save(dataclasses.replace(checkpoint.load(nets[0]), first=2.0, best=1.5), path)
    assert "held against" not in TrainedNet.load(path, VOICE_ENCODER).doubt, "it is the checkpoint's own fields"
