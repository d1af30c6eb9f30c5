"""Spectra are librosa's, on real speech."""

from pathlib import Path

import numpy as np
import pytest

from faceshards.media.sound import compressed_spectrogram, mel, stft
from faceshards.media.sound.read import read_sound
from tests.oracle import asked


@pytest.mark.peers
def test_stft_both_spectrograms_and_mel_bands_are_librosas(real):
    samples = read_sound((real / "audio" / "libri_32.flac").read_bytes()).samples[:96_000]
    theirs = asked(Path(__file__).with_name("librosa_oracle.py"), samples=samples)
    spectrum = theirs["stft"]
    assert np.abs(stft(samples) - spectrum).max() < 1e-5 * np.abs(spectrum).max()
    parts, polar = compressed_spectrogram(samples), compressed_spectrogram(samples, variant="polar")
    # near 0 the power 0.3 magnifies rounding: compare before it
    for ours, value in zip([*parts, polar[0]], [spectrum.real, spectrum.imag, np.abs(spectrum)], strict=True):
        assert np.abs(np.sign(ours) * np.abs(ours) ** (1 / 0.3) - value).max() < 1e-5 * np.abs(spectrum).max()
    loud = np.abs(spectrum) > 1e-3 * np.abs(spectrum).max()
    phase = np.sign(polar[1]) * np.abs(polar[1]) ** (1 / 0.3)
    assert np.abs(np.exp(1j * phase) - spectrum / np.abs(spectrum))[loud].max() < 1e-2
    for ours, value in ((mel(samples), theirs["mel"]), (mel(samples, 16_000, 40, 400, 160, 400), theirs["voice"])):
        np.testing.assert_allclose(ours, value, rtol=1e-4, atol=1e-6 * value.max())
