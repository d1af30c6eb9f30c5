import numpy as np
import pytest
import torch

from faceshards.media.sound import istft, mel, stft
from faceshards.media.sound.spectrum import hz_to_mel, mel_filters, mel_to_hz

NOISE = np.random.default_rng(2).standard_normal(16000).astype(np.float32)


def torch_stft(x: np.ndarray, n_fft: int, hop: int, window: int) -> np.ndarray:
    hann = torch.hann_window(window, periodic=True)
    return torch.stft(
        torch.from_numpy(x), n_fft, hop, window, hann, center=True, pad_mode="constant", return_complex=True
    ).numpy()


@pytest.mark.parametrize("sizes", [(512, 160, 400), (512, 160, 512), (1024, 256, 800), (64, 10, 33)])
def test_stft_equals_torchs(sizes):
    ours = stft(NOISE, *sizes)
    assert ours.dtype == np.complex64 and ours.shape == (sizes[0] // 2 + 1, 1 + 16000 // sizes[1])
    assert np.abs(ours - torch_stft(NOISE, *sizes)).max() < 1e-4


def test_stft_equals_its_definition():
    """One column by the sum of the definition, in double precision."""
    n = np.arange(400)
    part = np.concatenate([np.zeros(200), NOISE[:200]]) * (0.5 - 0.5 * np.cos(2 * np.pi * n / 400))
    for bin_ in (0, 3, 256):
        value = (part * np.exp(-2j * np.pi * bin_ * (n + 56) / 512)).sum()
        assert stft(NOISE)[bin_, 0] == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize("length", [16000, 15999, 400, 161])
def test_istft_undoes_stft(length):
    back = istft(stft(NOISE[:length]), length=length)
    assert back.dtype == np.float32 and back.shape == (length,)
    assert np.abs(back - NOISE[:length]).max() < 1e-5


def test_istft_of_a_changed_spectrum_equals_torchs():
    spectrum = stft(NOISE)
    spectrum[40:80] *= 0.1
    other = torch.istft(torch.from_numpy(spectrum), 512, 160, 400, torch.hann_window(400), center=True).numpy()
    assert np.abs(istft(spectrum) - other).max() < 1e-5


def test_silence_and_nothing():
    assert not mel(np.zeros(1600, np.float32)).any()
    assert not istft(np.zeros((257, 5), np.complex64)).any()


def test_the_mel_scale_is_slaneys():
    """The frequencies that librosa's documentation prints for mel_frequencies(n_mels=40), 0 to 11025 Hz."""
    printed = [
        0.0, 85.317, 170.635, 255.952, 341.269, 426.586, 511.904, 597.221, 682.538, 767.855, 853.173, 938.49, 1024.856,
        1119.114, 1222.042, 1334.436, 1457.167, 1591.187, 1737.532, 1897.337, 2071.84, 2262.393, 2470.47, 2697.686,
        2945.799, 3216.731, 3512.582, 3835.643, 4188.417, 4573.636, 4994.285, 5453.621, 5955.205, 6502.92, 7101.009,
        7754.107, 8467.272, 9246.028, 10096.408, 11025.0,
    ]  # fmt: skip
    assert mel_to_hz(np.linspace(0, hz_to_mel(11025.0), 40)) == pytest.approx(printed, abs=0.001)


def test_mel_bands_of_a_long_sound_are_those_of_its_whole_spectrum():
    long = np.tile(NOISE, 12)
    whole = mel_filters(16000, 80, 512) @ np.abs(stft(long)) ** 2
    np.testing.assert_allclose(mel(long), whole, rtol=1e-4, atol=1e-5)


def test_a_tone_stands_in_its_band_and_filters_have_area_one():
    filters = mel_filters(16000, 80, 512)
    assert filters.shape == (80, 257) and (filters >= 0).all()
    # Wide filters, sampled finely enough, have area 1 over Hz.
    assert filters[60:].sum(1) * 16000 / 512 == pytest.approx(1, abs=0.05)
    centres = mel_to_hz(np.linspace(0, hz_to_mel(8000.0), 82))[1:-1]
    for hertz in (700.0, 2500.0, 6000.0):
        bands = mel(np.sin(2 * np.pi * hertz * np.arange(16000) / 16000).astype(np.float32))
        assert bands.shape == (80, 101) and bands.dtype == np.float32
        assert abs(centres[bands.mean(1).argmax()] - hertz) < 0.05 * hertz
