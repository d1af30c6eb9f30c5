"""The separator's task: its loss is the published one, or weighed; validation and samples against true voices."""

import numpy as np
import pytest
import torch

from faceshards.errors import UsageError
from faceshards.media.separation import compressed, ratio_mask, sdr_db, sound_of, spectrum_of
from faceshards.train.tasks.discrimination import discriminating, loudness
from faceshards.train.tasks.separator import SeparatorTask

SAMPLES = 160 * 20 + 320


@pytest.fixture(scope="module")
def voices():
    """Two mixtures of two tones and noise each: (2, 2, samples)."""
    rng, time = np.random.default_rng(0), np.arange(SAMPLES)
    return np.stack(
        [[np.sin(time * (0.1 + 0.2 * b)) + 0.1 * rng.normal(size=SAMPLES), rng.normal(size=SAMPLES)] for b in (0, 1)]
    )


@pytest.fixture(scope="module")
def batch(voices):
    spectra = spectrum_of(voices)
    mixture = spectra.mean(1)
    masks = np.moveaxis(compressed(ratio_mask(spectra, mixture[:, None])), 1, -1)
    faces = torch.randn(2, 5, 1, 4, 2, generator=torch.Generator().manual_seed(1))
    return {"mixture": torch.from_numpy(mixture), "masks": torch.from_numpy(masks), "faces": faces}


def task(**options) -> SeparatorTask:
    torch.manual_seed(0)
    return SeparatorTask(1 / 48, 2, 4, **options)


def test_the_loss_is_the_published_one_or_weighed_and_reaches_every_weight(batch):
    published, weighed = task().eval(), task(by_loudness=True, gamma=0.0).eval()
    masks = published.model(batch["mixture"], batch["faces"])
    loss = published(batch)["loss"]
    assert loss.item() == pytest.approx(discriminating(batch["masks"], masks).item())
    expected = discriminating(batch["masks"], masks, 0.0, loudness(batch["mixture"]))
    assert weighed(batch)["loss"].item() == pytest.approx(expected.item())
    loss.backward()
    assert all(weight.grad is not None for weight in published.model.parameters())


def test_in_training_each_order_of_the_speakers_counts_alike(batch):
    def turned(by: int) -> dict[str, torch.Tensor]:
        return {"mixture": batch["mixture"]} | {name: batch[name].roll(by, -1) for name in ("faces", "masks")}

    one = task()
    one.model.train()
    orders = [one.model(order["mixture"], order["faces"]) for order in map(turned, (0, 1))]
    losses = [discriminating(turned(by)["masks"], masks).item() for by, masks in enumerate(orders)]
    assert losses[0] != losses[1] and one(batch)["loss"].item() == pytest.approx(np.mean(losses))
    assert one(turned(1))["loss"].item() == pytest.approx(np.mean(losses))


def test_true_masks_gain_all_and_half_the_mixture_each_nothing(batch, voices, monkeypatch):
    one, half = task().eval(), torch.full_like(batch["masks"], 0.5) * torch.tensor([[1.0], [0.0]])
    inner = slice(100, -100)  # the ends of a sound fade
    before = sdr_db(voices[..., inner], voices.mean(1, keepdims=True)[..., inner]).mean()
    monkeypatch.setattr(one, "_masks", lambda _: batch["masks"])
    found = one.validate(batch)
    assert found["sdr"] == 120 and found["sdr"] - found["sdr_gain"] == pytest.approx(before, abs=0.3)
    monkeypatch.setattr(one, "_masks", lambda _: half)
    found = one.validate(batch)
    assert found["sdr_gain"] == pytest.approx(0, abs=1e-3) and found["loss"] == one(batch)["loss"].item()


def test_samples_are_each_voice_beside_the_true_one(batch, voices):
    made = task().eval().samples(batch)
    assert list(made) == ["mixture", "mixture_target", "voice1", "voice1_target", "voice2", "voice2_target"]
    assert all(
        one.shape == (2, SAMPLES) and one.dtype == torch.float32 and one.abs().max() <= 1 for one in made.values()
    )
    true = sound_of(spectrum_of(voices[:, 1]))
    scale = np.maximum(np.abs(true).max(-1, keepdims=True), 1)
    assert np.abs(made["voice2_target"].numpy() - true / scale).max() < 0.02


def test_faces_of_another_length_and_a_gamma_that_has_no_least_loss_are_refused(batch):
    with pytest.raises(UsageError, match="told in 3 numbers, the network hears of 4: --embedding 3"):
        task()({**batch, "faces": batch["faces"][:, :, :, :3]})
    with pytest.raises(UsageError, match=r"gamma must be from 0 to below 1 / \(speakers - 1\), got 0.5 of 3 speakers"):
        SeparatorTask(1 / 48, 3, 4, gamma=0.5)


def test_the_configuration_is_plain(batch):
    assert task(joint=0.02, power=0.3).config == {
        "task": "separator",
        "width": 1 / 48,
        "speakers": 2,
        "embedding": 4,
        "joint": 0.02,
        "power": 0.3,
        "gamma": 0.1,
        "by_loudness": False,
    }
