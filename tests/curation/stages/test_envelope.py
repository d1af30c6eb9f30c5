"""The stage `envelope`: what is known of tones that swell."""

import numpy as np
import pytest

from faceshards.curation.engine import NotApplicable, Outcome
from faceshards.curation.engine.stage_clip import SharedClip
from faceshards.curation.stages.envelope import RATE, Envelope
from faceshards.media.sound import Sound, envelope
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, result_of

TIME = np.arange(RATE) / RATE


def column(samples: np.ndarray) -> np.ndarray:
    result = result_of(Envelope(), PicturesClip(sound=Sound(samples.astype(np.float32), RATE)))
    assert isinstance(result, Outcome), result
    return decode("envelope.npy", result.columns["envelope.npy"])


def test_a_tone_that_swells_has_what_it_swells_by_as_its_envelope():
    swell = 0.5 + 0.3 * np.cos(2 * np.pi * 4 * TIME)
    found = column(swell * np.sin(2 * np.pi * 1000 * TIME))
    assert found.dtype == np.float32 and found.shape == TIME.shape
    assert np.abs(found - swell).max() < 1e-4  # whole periods: nothing happens at the ends


def test_it_is_that_of_the_transform_written_out():
    rng = np.random.default_rng(4)
    for length in (1, 2, 7, 1001):
        samples = rng.normal(0, 0.1, length)
        waves = np.fft.fft(samples)
        frequencies = np.fft.fftfreq(length)
        half = np.abs(frequencies) == 0.5  # of an even number of samples, the one that is both
        kept = np.where(frequencies > 0, 2.0, 0.0) * ~half + (frequencies == 0) + half
        assert column(samples) == pytest.approx(np.abs(np.fft.ifft(waves * kept)), abs=1e-5)


def test_silence_and_nothing():
    assert not column(np.zeros(100)).any() and envelope(np.zeros(0, np.float32)).shape == (0,)


def test_a_clip_without_sound_has_none_which_is_no_failure(shard):
    with Shard(shard) as opened:
        speaking, mute = (result_of(Envelope(), SharedClip(opened, row, opened.json(row))) for row in (0, 1))
    assert isinstance(speaking, Outcome) and isinstance(mute, NotApplicable)
