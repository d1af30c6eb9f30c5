"""ExpressionNet: lengths, what it hears, and that it begins at the mean."""

import numpy as np
import pytest
import torch

from faceshards.media.sound import mel
from faceshards.models.nets.expression import CODES, GROUPS, SAMPLES, ExpressionNet, LogMel

WIDTH = 1 / 16


def heard(frames: int, count: int = 2) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    source = torch.Generator().manual_seed(0)
    audio = 0.1 * torch.randn(count, frames * SAMPLES, generator=source)
    return audio, audio.abs(), torch.randn(count, 1, CODES, generator=source)


@pytest.fixture
def net() -> ExpressionNet:
    """One whose last layer is no longer all zeros, so that it answers something."""
    torch.manual_seed(0)
    net = ExpressionNet(WIDTH).eval()
    torch.nn.init.normal_(net.last.weight)
    return net


def test_the_groups_are_all_codes_without_gap():
    ends = [0, *(stop for _, stop in GROUPS.values())]
    assert [start for start, _ in GROUPS.values()] == ends[:-1] and ends[-1] == CODES


@pytest.mark.parametrize("frames", [1, 7, 60])
def test_a_frame_of_codes_for_640_samples(net, frames):
    assert net(*heard(frames)).shape == (2, frames, CODES)


def test_untrained_it_answers_the_mean():
    assert not ExpressionNet(WIDTH).eval()(*heard(5)).any()


def test_what_a_frame_hears_and_sees_is_near_it(net):
    audio, envelope, reference = heard(80, 1)
    before = net(audio, envelope, reference)
    louder = audio.clone()
    louder[:, 40 * SAMPLES : 41 * SAMPLES] *= 3
    change = (net(louder, envelope, reference) - before).abs().amax(dim=(0, 2))
    touched = torch.nonzero(change > 1e-6).flatten()
    assert 40 - 34 <= int(touched.min()) < 40 < int(touched.max()) <= 40 + 34  # 33 frames are 1.3 s
    assert ((net(audio, 2 * envelope, reference) - before).abs() > 1e-6).any()
    assert ((net(audio, envelope, reference + 1) - before).abs().amax(dim=2) > 1e-6).all()


def test_the_ears_are_the_mel_spectrum_of_each_quarter():
    samples = np.random.default_rng(0).standard_normal(10 * SAMPLES).astype(np.float32)
    ours = LogMel()(torch.from_numpy(samples)[None])[0].exp().numpy()
    # `mel` begins 200 samples before its sound: behind 80 of silence its second window begins at -120, as ours.
    theirs = mel(np.pad(samples, (80, 400)), 16000, 64, n_fft=400)[:, 1 : 1 + ours.shape[1]]
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


def test_silence_is_finite(net):
    audio, envelope, reference = heard(4)
    assert net(0 * audio, 0 * envelope, reference).isfinite().all()
