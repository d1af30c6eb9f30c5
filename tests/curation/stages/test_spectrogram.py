"""The stage `spectrogram`."""

import numpy as np
import pytest

from faceshards.curation.engine import NotApplicable
from faceshards.curation.engine.stage import Result
from faceshards.curation.engine.stage_clip import SharedClip
from faceshards.curation.stages.spectrogram import Spectrogram, SpectrogramParams
from faceshards.errors import UsageError
from faceshards.media.sound import Sound
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, result_of


def result(samples: np.ndarray, rate: int = 16_000, **parameters: float | str | None) -> Result:
    stage = Spectrogram(SpectrogramParams(**parameters)).planned()
    return result_of(stage, PicturesClip(sound=Sound(samples.astype(np.float32), rate)))


def made(samples: np.ndarray, **parameters: float | str | None) -> np.ndarray:
    return decode("spectrogram.npy", result(samples, **parameters).columns["spectrogram.npy"])


def test_a_column_of_the_spectrogram_is_the_compressed_fourier_transform_of_its_25_ms():
    rng = np.random.default_rng(1)
    samples = rng.normal(0, 0.1, 96_000)
    found = decode("spectrogram.npy", result(samples).columns["spectrogram.npy"])
    assert (found.shape, found.dtype) == ((2, 257, 601), np.float32)
    # Column 300 is centred on sample 48,000; a periodic Hann window of 400 stands in the middle of 512.
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    piece = np.zeros(512)
    piece[56:456] = samples[48_000 - 200 : 48_000 + 200] * window
    for k in (0, 7, 100, 256):
        value = np.sum(piece * np.exp(-2j * np.pi * k * np.arange(512) / 512))
        for part, expected in ((0, value.real), (1, value.imag)):
            # near 0 the power 0.3 magnifies rounding: compare before it
            assert np.abs(found[part, k, 300]) ** (1 / 0.3) == pytest.approx(abs(expected), abs=2e-5)


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


@pytest.mark.parametrize(
    ("parameters", "shape"),
    [
        ({}, (2, 257, 601)),
        ({"variant": "polar", "rms": -23.0}, (2, 257, 601)),
        ({"variant": "mel"}, (1, 80, 601)),
        ({"audio_length": 2.0, "hop_length": 20.0, "n_fft": 1024, "window_length": 50.0}, (2, 513, 101)),
        ({"sampling_rate": 8000}, (2, 257, 601)),
    ],
)
def test_the_six_parameters_and_the_variant_make_the_shape_and_the_variant_is_told(parameters, shape):
    rate = int(parameters.get("sampling_rate", 16_000))
    found = result(np.random.default_rng(6).normal(0, 0.1, rate * 3), rate, **parameters)
    assert decode("spectrogram.npy", found.columns["spectrogram.npy"]).shape == shape
    assert found.scores == {"spectrogram_variant": parameters.get("variant", "parts")}


def test_a_sound_brought_to_a_level_is_the_same_however_loud_it_was():
    samples = np.random.default_rng(7).normal(0, 0.1, 16_000)
    loud, soft = made(samples, rms=-23.0), made(samples * 0.01, rms=-23.0)
    np.testing.assert_allclose(np.abs(loud) ** (1 / 0.3), np.abs(soft) ** (1 / 0.3), atol=1e-4)
    # without it, a tenth of the sound is a tenth to the power
    np.testing.assert_allclose(made(samples * 0.1), made(samples) * 0.1**0.3, atol=5e-3)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"variant": "cepstrum"}, "variant must be one of parts, polar, mel, got 'cepstrum'"),
        ({"window_length": 40.0}, "from 1 sample to n_fft, 512, .* got 640 and 160 at 16000 Hz"),
        ({"hop_length": 0.01}, "hop_length at least 1"),
        ({"power": 0.0}, "power must be above 0"),
        ({"rms": 400.0}, "rms must be from -120 to 0 dBFS, got 400"),
        ({"audio_length": float("nan")}, "audio_length must be above 0"),
    ],
)
def test_parameters_that_make_no_sense_are_refused_before_anything_runs(parameters, told):
    with pytest.raises(UsageError, match=told):
        Spectrogram(SpectrogramParams(**parameters)).planned()
