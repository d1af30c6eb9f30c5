import numpy as np
import pytest
import torch

from faceshards.errors import ClipError
from faceshards.media.sound import compressed_spectrogram, mel, stft

NOISE = np.random.default_rng(2).standard_normal(16000).astype(np.float32)


def test_compressed_spectrogram_is_the_power_law_of_the_parts():
    speech = np.tile(NOISE, 7)
    got = compressed_spectrogram(speech)
    assert got.shape == (2, 257, 601) and got.dtype == np.float32
    sound, hann = torch.from_numpy(speech[:96000]), torch.hann_window(400, periodic=True)
    spectrum = torch.stft(sound, 512, 160, 400, hann, center=True, pad_mode="constant", return_complex=True).numpy()
    for channel, part in enumerate((spectrum.real, spectrum.imag)):
        assert np.abs(np.sign(got[channel]) * np.abs(got[channel]) ** (1 / 0.3) - part).max() < 2e-3
    assert np.abs(got).max() > 2, "large values are not clipped to the range of a phase"


def test_a_short_sound_repeats_until_filled():
    got = compressed_spectrogram(NOISE[:25000])
    assert np.array_equal(got, compressed_spectrogram(np.concatenate([NOISE] * 7)))
    assert not np.array_equal(got[:, :, :100], got[:, :, 300:400])
    assert np.array_equal(compressed_spectrogram(NOISE, 2.0)[:, :, :99], got[:, :, :99])


def test_polar_is_magnitude_and_phase():
    spectrum, (size, phase) = stft(np.tile(NOISE, 6)), compressed_spectrogram(np.tile(NOISE, 6), variant="polar")
    assert size.shape == (257, 601) and (size >= 0).all()
    np.testing.assert_allclose(size ** (1 / 0.3), np.abs(spectrum), rtol=1e-4, atol=1e-5)
    assert np.abs(phase).max() <= np.pi**0.3 + 1e-5
    angle = np.sign(phase) * np.abs(phase) ** (1 / 0.3)
    np.testing.assert_allclose(np.exp(1j * angle), spectrum / np.abs(spectrum), atol=1e-3)


def test_mel_is_one_channel_of_bands():
    found = compressed_spectrogram(np.tile(NOISE, 6), variant="mel", power=0.5, bands=40)
    assert found.shape == (1, 40, 601)
    np.testing.assert_allclose(found[0] ** 2, mel(np.tile(NOISE, 6), bands=40), rtol=1e-4)


def test_nothing_has_none_and_silence_is_zeros():
    assert not compressed_spectrogram(np.zeros(100, np.float32)).any()
    with pytest.raises(ClipError) as caught:
        compressed_spectrogram(np.zeros(0, np.float32))
    assert caught.value.code == "no-sound"
