"""Light-ASD: the authors' state dict fits, and the network is what their paper says, written down once more."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from faceshards.errors import WeightsError
from faceshards.models.nets.light_asd import SPANS, LightAsd, load_light_asd

State = dict[str, torch.Tensor]


def random_state(seed: int = 0) -> State:
    """Random weights and statistics of the true signature."""
    torch.manual_seed(seed)
    net = LightAsd()
    for module in net.modules():
        if isinstance(module, (nn.BatchNorm2d, nn.BatchNorm3d)):
            module.running_mean.normal_(0, 0.3), module.running_var.uniform_(0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5), nn.init.normal_(module.bias, 0, 0.3)
    return net.state_dict()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("asd") / "light.model"
    torch.save(random_state() | {"lossV.FC.weight": torch.zeros(2, 128), "lossV.FC.bias": torch.zeros(2)}, path)
    return path


def restated(s: State, pictures: torch.Tensor, sound: torch.Tensor) -> torch.Tensor:
    """The same function of pictures (T, 112, 112) and MFCC (4 T, 13), from the names of the state dict alone."""

    def step(x: torch.Tensor, place: str, name: str, stride: tuple[int, ...]) -> torch.Tensor:
        weight = s[f"{place}.{name}.weight"]
        padding = [side // 2 for side in weight.shape[2:]]
        x = (F.conv3d if weight.ndim == 5 else F.conv2d)(x, weight, None, stride, padding)
        norm = [s[f"{place}.bn_{name}.{what}"] for what in ("running_mean", "running_var", "weight", "bias")]
        return F.relu(F.batch_norm(x, *norm, eps=0.001))

    def block(x: torch.Tensor, place: str, first: str, stride: tuple[int, ...]) -> torch.Tensor:
        one = (1,) * len(stride)
        three, five = (step(step(x, place, f"{first}_{n}", stride), place, f"t_{n}", one) for n in (3, 5))
        return step(three + five, place, "last", one)

    x = ((pictures / 255 - 0.4161) / 0.1688)[None, None]
    y = sound.T[None, None]
    for number in (1, 2, 3):
        x = block(x, f"model.visualEncoder.block{number}", "s", (1, 2, 2) if number == 1 else (1, 1, 1))
        y = block(y, f"model.audioEncoder.block{number}", "m", (1, 1))
        if number < 3:
            x = F.max_pool3d(x, (1, 3, 3), (1, 2, 2), (0, 1, 1))
            y = F.max_pool2d(y, (1, 3), (1, 2), (0, 1))
    both = (x.amax((3, 4)) + y.mean(2))[0].T
    for name in ("forward", "backward"):
        gru = nn.GRU(128, 128)
        gru.load_state_dict({key.rsplit(".")[-1]: value for key, value in s.items() if f".gru_{name}." in key})
        both = F.gelu(gru(both)[0]).flip(0)
    return (both @ s["lossAV.FC.weight"].T + s["lossAV.FC.bias"])[:, 1]


def inputs(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.integers(0, 256, (count, 112, 112), np.uint8), rng.normal(0, 10, (4 * count, 13)).astype(np.float32)


def test_it_is_the_network_that_the_names_say(file: Path) -> None:
    pictures, sound = inputs(6)
    found = load_light_asd(file).scores(pictures, sound)  # shorter than the shortest span: seen whole
    with torch.inference_mode():
        wanted = restated(random_state(), torch.from_numpy(pictures).float(), torch.from_numpy(sound))
    assert found.dtype == np.float32 and found.std() > 1e-4
    np.testing.assert_allclose(found, wanted.numpy(), atol=1e-4)


def test_a_score_is_the_mean_over_spans_of_all_lengths(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = load_light_asd(file)
    seen: list[int] = []

    def count(pictures: torch.Tensor, sound: torch.Tensor) -> torch.Tensor:
        seen.append(pictures.shape[1])
        assert sound.shape[1] == 4 * pictures.shape[1]
        return torch.full(pictures.shape[:2], float(pictures.shape[1]))

    monkeypatch.setattr(net, "forward", count)
    found = net.scores(np.zeros((60, 112, 112), np.uint8), np.zeros((240, 13), np.float32))
    assert seen == [25, 25, 10, 50, 60] and sum(SPANS.values()) == 11
    assert found[[0, 30, 55]] == pytest.approx(
        [(3 * 25 + 3 * 50 + 5 * 60) / 11] * 2 + [(3 * 10 + 3 * 10 + 5 * 60) / 11]
    )


def test_the_authors_state_dict_fits(real: Path) -> None:
    net = load_light_asd(real / "weights" / "light_asd_talkset.model")
    assert sum(one.numel() for one in net.parameters()) == 1_021_378
    assert not net.training


def test_another_file_is_refused_in_one_line(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "x.model")
    (tmp_path / "y.model").write_bytes(b"no weights")
    for name in ("x.model", "y.model"):
        with pytest.raises(WeightsError, match="is no Light-ASD"):
            load_light_asd(tmp_path / name)
