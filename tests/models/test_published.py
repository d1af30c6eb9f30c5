"""Speech-to-face's checkpoints: both networks and both eras, as its code writes them, read without running anything."""

from pathlib import Path

import pytest
import torch
from torch import nn

from faceshards.errors import UsageError
from faceshards.models import checkpoint
from faceshards.models.published import same_encoder
from faceshards.models.trained import FACE_DECODER, NETWORKS, VOICE_ENCODER, Network, trained
from faceshards.models.weights.convert import convert

HEAD = {"lr": 1e-3, "betas": (0.5, 0.999), "eps": 1e-4}
ORIGINAL = {"lr": 1e-3}


def as_theirs(path: Path, model: nn.Module, adam: dict) -> Path:
    """What its ModelSaver writes, behind a step of its optimizer."""
    optimizer = torch.optim.Adam(list(model.parameters())[:1], **adam)
    history = [{"epoch": 0, "train_sum_loss": 3.5, "val_sum_loss": 3.25}]
    state = {"epoch": 12, "loss": 3.25, "best_loss": 3.25, "model_state_dict": model.state_dict(),
             "optimizer_state_dict": optimizer.state_dict(), "history": history,
             "fine_tune_epoch_start": -1}  # fmt: skip
    torch.save(state, path)
    return path


@pytest.fixture
def thin(monkeypatch):
    """The published networks have 148 M and 152 M weights: here thinner ones stand for them, of the same names."""
    build = Network.build
    monkeypatch.setattr(Network, "build", lambda self, config: build(self, {**config, "width": 1 / 64}))


def net_of(task: str, **options) -> nn.Module:
    config = {"width": 1 / 64, "embedding": 4096, "points": 72, **options}
    return NETWORKS[task].build(config)


def test_a_face_decoder_is_read_as_it_is(tmp_path, thin):
    before = net_of("face-decoder")
    path = as_theirs(tmp_path / "best_model.pt", before, ORIGINAL)
    net, config = trained(path, FACE_DECODER)
    assert all(torch.equal(net.state_dict()[name], value) for name, value in before.state_dict().items())
    assert config == {"task": "face-decoder", "width": 1.0, "points": 72, "embedding": 4096, "face_encoder": "vgg-face"}
    assert checkpoint.load(path).step == 12
    with pytest.raises(UsageError, match="checkpoint of 'face-decoder', here one of 'voice-encoder' is needed"):
        trained(path, VOICE_ENCODER)


def test_a_voice_encoder_of_head_is_told_by_its_optimizer(tmp_path, thin):
    before = net_of("voice-encoder")
    net, config = trained(as_theirs(tmp_path / "latest_model.pt", before, HEAD), VOICE_ENCODER)
    assert isinstance(net.layer11[1], nn.ReLU) and config["rectified"]
    assert config["settings"] == {"spectrogram": {"variant": "polar", "rms": -23.0}}


def test_the_original_era_is_asked_for_and_then_linear(tmp_path, thin):
    before = net_of("voice-encoder", rectified=False)
    path = as_theirs(tmp_path / "best_model.pt", before, ORIGINAL)
    with pytest.raises(UsageError, match=r"best_model\.pt .* weights convert .* --era original\|head") as caught:
        trained(path, VOICE_ENCODER)
    assert "\n" not in str(caught.value)
    assert convert(path, tmp_path / "ours.pt", "original") == "voice-encoder"
    net, config = trained(tmp_path / "ours.pt", VOICE_ENCODER)
    assert len(net.layer11) == 1 and config["settings"] == {"spectrogram": {"variant": "parts"}}
    heard = torch.randn(1, 2, 257, 601)
    with torch.no_grad():
        assert torch.equal(net(heard), before.eval()(heard)) and bool((net(heard) < 0).any())


def test_another_network_of_theirs_is_named(tmp_path):
    path = as_theirs(tmp_path / "ast.pt", nn.ModuleDict({"encoder": nn.Linear(2, 2)}), HEAD)
    with pytest.raises(UsageError, match=r"neither of its convolutional .*: its weights are encoder\.weight"):
        checkpoint.load(path)
    torch.save({"model_state_dict": [1]}, tmp_path / "list.pt")
    with pytest.raises(UsageError, match="no dict of tensors"):
        checkpoint.load(tmp_path / "list.pt")
    torch.save({"a": 1}, tmp_path / "other.pt")
    with pytest.raises(UsageError, match="neither weights of Keras"):
        convert(tmp_path / "other.pt", tmp_path / "x.pt")
    assert not (tmp_path / "x.pt").exists()


def test_an_encoder_without_a_name_is_any_vgg_face():
    assert same_encoder("vgg-face", "vgg-face sha256 ab") and same_encoder("vgg-face", "vgg-face")
    assert not same_encoder("vgg-face", "untrained, seed 0") and not same_encoder("vgg-face", None)
    assert not same_encoder("vgg-face sha256 ab", "vgg-face sha256 cd") and not same_encoder(None, "vgg-face sha256 a")


@pytest.mark.slow
@pytest.mark.parametrize("task", ["voice-encoder", "face-decoder"])
def test_the_published_sizes_fit(tmp_path, task):
    before = NETWORKS[task].build({"width": 1.0, "embedding": 4096, "points": 72})
    net, _ = trained(as_theirs(tmp_path / "best_model.pt", before, HEAD), NETWORKS[task])
    assert all(torch.equal(net.state_dict()[name], value) for name, value in before.state_dict().items())
