"""Networks of checkpoints: back with their weights, in evaluation mode; files of something else are refused."""

import pytest
import torch

from faceshards.errors import UnsafeData, UsageError
from faceshards.models import checkpoint
from faceshards.models.checkpoint import Checkpoint
from faceshards.models.trained import FACE_DECODER, NETWORKS, VOICE_ENCODER, trained

#: What checkpoints have said of their networks since the first one was written.
CONFIGS = {
    "voice-encoder": {
        "task": "voice-encoder",
        "width": 0.03,
        "face_encoder": "untrained, seed 0",
        "embedding": 123,
        "coefficients": {"distance": 0.025, "distillation": 200.0, "decoder": 1.0},
    },
    "face-decoder": {
        "task": "face-decoder",
        "width": 0.03,
        "points": 5,
        "face_encoder": "untrained, seed 0",
        "embedding": 123,
    },
    "separator": {"task": "separator", "width": 0.03, "speakers": 2, "embedding": 12},
    "expression": {"task": "expression", "width": 0.03, "codes": 284, "settings": {"deltas": True}},
}


def save(path, config, model):
    checkpoint.save(Checkpoint(1, config, model, {}, None, torch.get_rng_state()), path)
    return path


@pytest.mark.parametrize("task", NETWORKS)
def test_a_network_comes_back_with_its_weights(tmp_path, task):
    before = NETWORKS[task].build(CONFIGS[task])
    path = save(tmp_path / "c.pt", CONFIGS[task], before.state_dict())
    net, config = trained(path, NETWORKS[task])
    assert type(net) is type(before) and not net.training and config == CONFIGS[task]
    after = net.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.state_dict().items())


def test_every_network_stands_under_the_task_that_trains_it():
    assert set(NETWORKS) == set(CONFIGS) and all(one.task == task for task, one in NETWORKS.items())


def test_another_network_is_refused(tmp_path):
    model = VOICE_ENCODER.build(CONFIGS["voice-encoder"]).state_dict()
    path = save(tmp_path / "voice.pt", CONFIGS["voice-encoder"], model)
    with pytest.raises(UsageError, match=r"voice\.pt is a checkpoint of 'voice-encoder', here one of 'face-decoder'"):
        trained(path, FACE_DECODER)
    with pytest.raises(UsageError, match="checkpoint of None"):
        trained(save(tmp_path / "none.pt", {}, model), FACE_DECODER)


def test_weights_of_another_size_and_a_configuration_with_a_gap_are_one_line(tmp_path):
    model = FACE_DECODER.build(CONFIGS["face-decoder"]).state_dict()
    wide = {**CONFIGS["face-decoder"], "width": 0.06}
    gap = {name: value for name, value in CONFIGS["face-decoder"].items() if name != "points"}
    for config in (wide, gap):
        with pytest.raises(UsageError, match="its weights are not those of the face-decoder") as caught:
            trained(save(tmp_path / "c.pt", config, model), FACE_DECODER)
        assert "\n" not in str(caught.value)


def test_a_file_with_code_in_it_is_refused(tmp_path):
    torch.save({"step": print}, tmp_path / "evil.pt")
    with pytest.raises(UnsafeData, match=r"evil\.pt"):
        trained(tmp_path / "evil.pt", VOICE_ENCODER)
