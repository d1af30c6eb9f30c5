"""The stage `spectrogram`."""

import numpy as np
import pytest

from faceshards.curation.engine import NotApplicable
from faceshards.curation.engine.stage import Result
from faceshards.curation.engine.stage_clip import SharedClip
from faceshards.curation.stages.spectrogram import Spectrogram
from faceshards.media.sound import Sound
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, result_of


def result(samples: np.ndarray) -> Result:
    return result_of(Spectrogram(), PicturesClip(sound=Sound(samples.astype(np.float32), 16_000)))


def test_a_column_of_the_spectrogram_is_the_compressed_fourier_transform_of_its_25_ms():
    rng = np.random.default_rng(1)
    samples = rng.normal(0, 0.1, 96_000)
    made = decode("spectrogram.npy", result(samples).columns["spectrogram.npy"])
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
    short, thrice = (result(one).columns["spectrogram.npy"] for one in (samples, np.tile(samples, 3)))
    assert short == thrice and decode("spectrogram.npy", short).any()


def test_nothing_but_silence_has_no_spectrogram_and_that_is_no_failure():
    silent = result(np.zeros(16_000))
    assert isinstance(silent, NotApplicable) and "16000" in silent.reason


def test_a_clip_without_sound_has_no_spectrogram_and_its_neighbour_has(shard):
    with Shard(shard) as opened:
        clips = (SharedClip(opened, row, opened.json(row)) for row in (1, 0))
        silent, speaking = (result_of(Spectrogram(), clip) for clip in clips)
    assert isinstance(silent, NotApplicable)
    assert decode("spectrogram.npy", speaking.columns["spectrogram.npy"]).any()
