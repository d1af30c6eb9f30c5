"""The expression task: its loss is the mean over groups, validation tells distances, and two windows are learned."""

import pytest
import torch

from faceshards.models.nets.expression import CODES, GROUPS, SAMPLES
from faceshards.train.tasks.expression import ExpressionTask

FRAMES = 6


@pytest.fixture
def window():
    """Two windows of noise that swells, whose codes are the noise's own."""
    source = torch.Generator().manual_seed(0)
    swell = torch.rand(2, FRAMES, 1, generator=source)
    audio = (swell * torch.randn(2, FRAMES, SAMPLES, generator=source)).flatten(1)
    codes = torch.randn(2, FRAMES, CODES, generator=source)
    reference = torch.randn(2, 1, CODES, generator=source)
    return {"audio": audio, "envelope": audio.abs(), "codes": codes, "reference": reference}


def test_the_loss_is_the_mean_over_the_groups(window):
    torch.manual_seed(0)
    losses = ExpressionTask(1 / 16)(window)
    assert set(losses) == {"loss", *GROUPS}
    assert losses["loss"].item() == pytest.approx(sum(losses[name].item() for name in GROUPS) / 5)
    # Untrained it answers the mean, whose loss is that of the codes themselves.
    assert losses["jaw"].item() == pytest.approx(window["codes"][..., 153:156].square().mean().item())


def test_validation_tells_the_distance_of_each_moving_group_beside_the_means(window):
    torch.manual_seed(0)
    found = ExpressionTask(1 / 16).validate(window)
    assert set(found) == {"loss", *(f"{name}{end}" for name in ("exp", "jaw", "head") for end in ("", "_of_mean"))}
    for name in ("exp", "jaw", "head"):
        start, stop = GROUPS[name]
        length = window["codes"][..., start:stop].square().sum(dim=2).sqrt().mean().item()
        assert found[name] == pytest.approx(length) == pytest.approx(found[f"{name}_of_mean"])


def test_two_windows_are_learned(window):
    torch.manual_seed(0)
    task = ExpressionTask(1 / 8).train()
    optimizer = torch.optim.Adam(task.model.parameters(), lr=1e-2)
    first = task(window)["loss"].item()
    for _ in range(30):
        optimizer.zero_grad()
        loss = task(window)["loss"]
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.5 * first
    assert task.eval().validate(window)["jaw"] < 0.8 * task.validate(window)["jaw_of_mean"]


def test_the_configuration_is_what_it_takes_to_build_the_network():
    assert ExpressionTask(1 / 16).config == {"task": "expression", "width": 1 / 16, "codes": 284}
