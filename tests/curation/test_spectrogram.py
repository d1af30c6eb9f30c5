"""The stage `spectrogram`."""

import numpy as np
import pytest

from faceshards.curation.clip import StageClip
from faceshards.curation.spectrogram import Spectrogram
from faceshards.errors import ClipError
from faceshards.shards.reader import Shard
from tests.curation.conftest import Sounding


def test_a_column_of_the_spectrogram_is_the_compressed_fourier_transform_of_its_25_ms():
    rng = np.random.default_rng(1)
    samples = rng.normal(0, 0.1, 96_000)
    made = Spectrogram().process([Sounding(samples)])[0].columns["spectrogram.npy"]
    assert (made.shape, made.dtype) == ((2, 257, 601), np.float32)
    # Column 300 is centred on sample 48,000; a periodic Hann window of 400 stands in the middle of 512.
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    piece = np.zeros(512)
    piece[56:456] = samples[48_000 - 200 : 48_000 + 200] * window
    for k in (0, 7, 100, 256):
        value = np.sum(piece * np.exp(-2j * np.pi * k * np.arange(512) / 512))
        for part, expected in ((0, value.real), (1, value.imag)):
            # near 0 the power 0.3 magnifies rounding: compare before it
            assert np.abs(made[part, k, 300]) ** (1 / 0.3) == pytest.approx(abs(expected), abs=2e-5)


def test_a_short_sound_repeats_until_6_seconds_are_full():
    samples = np.random.default_rng(2).normal(0, 0.1, 32_000)
    short = Spectrogram().one(Sounding(samples)).columns["spectrogram.npy"]
    thrice = Spectrogram().one(Sounding(np.tile(samples, 3))).columns["spectrogram.npy"]
    assert np.array_equal(short, thrice)


def test_nothing_but_silence_is_a_failure_of_the_spectrogram():
    with pytest.raises(ClipError) as caught:
        Spectrogram().one(Sounding(np.zeros(16_000)))
    assert caught.value.code == "silent"


def test_a_clip_without_sound_fails_and_its_neighbour_does_not(shard):
    with Shard(shard) as opened:
        silent, speaking = Spectrogram().process([StageClip(opened, row, opened.json(row)) for row in (1, 0)])
    assert silent.code == "no-sound" and speaking.columns["spectrogram.npy"].any()
