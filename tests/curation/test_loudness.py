"""The stage `loudness`."""

import numpy as np
import pytest

from faceshards.curation.clip import StageClip
from faceshards.curation.loudness import Loudness
from faceshards.errors import ClipError
from faceshards.shards.reader import Shard
from tests.curation.conftest import Sounding


def test_a_sine_of_half_amplitude_is_9_db_below_full_scale():
    sine = 0.5 * np.sin(2 * np.pi * 440 * np.arange(32_000) / 16_000)
    scores = Loudness().one(Sounding(sine)).scores
    assert scores["loudness_db"] == pytest.approx(10 * np.log10(0.125), abs=0.01)
    assert scores["snr_db"] == pytest.approx(0, abs=0.1)


def test_pauses_show_in_the_ratio():
    t = np.arange(32_000)
    speech = 0.5 * np.sin(2 * np.pi * 440 * t / 16_000) * np.where(t % 16_000 < 8_000, 1, 0.01)
    assert Loudness().one(Sounding(speech)).scores["snr_db"] == pytest.approx(10 * np.log10(100), abs=0.5)


def test_silence_is_measured_not_refused():
    assert Loudness().one(Sounding(np.zeros(16_000))).scores == {"loudness_db": -120.0, "snr_db": 0.0}


def test_a_clip_without_sound_has_no_loudness(shard):
    with Shard(shard) as opened, pytest.raises(ClipError) as caught:
        Loudness().one(StageClip(opened, 1, opened.json(1)))
    assert caught.value.code == "no-sound"


def test_half_the_amplitude_is_6_db_less_and_the_ratio_stays():
    rng = np.random.default_rng(3)
    speech = rng.normal(0, 0.1, 48_000) * np.repeat([1, 0.02, 1], 16_000)
    loud, soft = (Loudness().one(Sounding(speech * gain)).scores for gain in (1.0, 0.5))
    assert loud["loudness_db"] - soft["loudness_db"] == pytest.approx(20 * np.log10(2), abs=0.02)
    assert loud["snr_db"] == pytest.approx(soft["snr_db"], abs=0.02)
