"""The stage `loudness`."""

import numpy as np
import pytest

from faceshards.curation.engine import NotApplicable, Outcome
from faceshards.curation.engine.stage_clip import SharedClip
from faceshards.curation.stages.loudness import Loudness
from faceshards.media.sound import Sound
from faceshards.media.sound.level import loudness_db
from faceshards.shards.reader import Shard
from tests.curation.on_pictures import PicturesClip, result_of


def scores(samples: np.ndarray) -> dict[str, float]:
    outcome = result_of(Loudness(), PicturesClip(sound=Sound(samples.astype(np.float32), 16_000)))
    assert isinstance(outcome, Outcome) and outcome.columns == {}
    return dict(outcome.scores)


def test_a_sine_of_half_amplitude_is_9_db_below_full_scale():
    found = scores(0.5 * np.sin(2 * np.pi * 440 * np.arange(32_000) / 16_000))
    assert found["loudness_db"] == pytest.approx(10 * np.log10(0.125), abs=0.01)
    assert found["snr_db"] == pytest.approx(0, abs=0.1)


def test_pauses_show_in_the_ratio():
    t = np.arange(32_000)
    speech = 0.5 * np.sin(2 * np.pi * 440 * t / 16_000) * np.where(t % 16_000 < 8_000, 1, 0.01)
    assert scores(speech)["snr_db"] == pytest.approx(10 * np.log10(100), abs=0.5)


def test_silence_is_measured_not_refused():
    quiet = {"loudness_db": -120.0, "snr_db": 0.0, "lufs": -70.0}
    nothing = {"peak_gain_db": 0.0, "rms_gain_db": 0.0, "clipped_share": 0.0}
    assert scores(np.zeros(16_000)) == scores(np.zeros(0)) == quiet | nothing


def test_the_gains_bring_a_sound_to_full_scale_and_to_minus_23_db():
    speech = np.random.default_rng(4).normal(0, 0.01, 16_000)
    found = scores(speech)
    loud, level = (speech * 10 ** (found[name] / 20) for name in ("peak_gain_db", "rms_gain_db"))
    assert np.abs(loud).max() == pytest.approx(1, abs=2e-3)
    assert loudness_db(level) == pytest.approx(-23, abs=0.02)


def test_a_sound_that_was_driven_too_far_shows_flat_tops():
    wave = np.sin(2 * np.pi * 100 * np.arange(16_000) / 16_000)
    assert scores(0.9 * wave)["clipped_share"] == 0
    # |2 sin| >= 0.99 where the phase lies within arccos(0.495) of a peak
    assert scores((2 * wave).clip(-1, 1))["clipped_share"] == pytest.approx(2 * np.arccos(0.495) / np.pi, abs=0.01)


def test_loudness_in_lufs_follows_the_level():
    speech = np.random.default_rng(5).normal(0, 0.1, 32_000)
    assert scores(speech)["lufs"] - scores(speech / 10)["lufs"] == pytest.approx(20, abs=0.02)


def test_a_clip_s_own_sound_is_heard_and_one_without_has_no_loudness_which_is_no_failure(shard):
    with Shard(shard) as opened:
        clips = [SharedClip(opened, row, opened.json(row)) for row in (0, 1)]
        speaking, silent = (result_of(Loudness(), clip) for clip in clips)
        assert speaking.scores["loudness_db"] == round(loudness_db(clips[0].sound(16_000).samples), 2) > -30
    assert isinstance(silent, NotApplicable) and "sound" in silent.reason


def test_half_the_amplitude_is_6_db_less_and_the_ratio_stays():
    rng = np.random.default_rng(3)
    speech = rng.normal(0, 0.1, 48_000) * np.repeat([1, 0.02, 1], 16_000)
    loud, soft = (scores(speech * gain) for gain in (1.0, 0.5))
    assert loud["loudness_db"] - soft["loudness_db"] == pytest.approx(20 * np.log10(2), abs=0.02)
    assert loud["snr_db"] == pytest.approx(soft["snr_db"], abs=0.02)
