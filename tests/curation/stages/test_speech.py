"""The stage `speech`: spans by rule on made probabilities, and on real speech, noise and silence."""

from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.engine import NotApplicable, Outcome
from faceshards.curation.stages.speech import Speech, SpeechParams, spans
from faceshards.errors import UsageError, WeightsError
from faceshards.media.sound import Sound
from faceshards.media.sound.read import read_sound
from faceshards.models.weights.registry import find
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, result_of

W = 512


def test_speech_begins_and_ends_by_the_rule():
    sure = np.zeros(100, np.float32)
    sure[10:40], sure[45:60] = 0.9, 0.6  # a pause of 5 windows, 160 ms
    assert spans(sure, 100 * W, SpeechParams()) == [(10 * W, 40 * W), (45 * W, 60 * W)]
    assert spans(sure, 100 * W, SpeechParams(pause=0.2)) == [(10 * W, 60 * W)]
    assert spans(sure, 100 * W, SpeechParams(threshold=0.7)) == [(10 * W, 40 * W)]


def test_a_dip_within_the_hysteresis_ends_nothing_and_short_speech_is_none():
    sure = np.full(50, 0.9, np.float32)
    sure[20:30] = 0.4
    assert spans(sure, 50 * W, SpeechParams()) == [(0, 50 * W)]
    sure[:] = 0
    sure[3:10] = 0.9
    assert spans(sure, 50 * W, SpeechParams()) == [] and spans(sure[:0], 0, SpeechParams()) == []


def test_parameters_that_make_no_sense_are_refused():
    with pytest.raises(UsageError, match=r"speech\.threshold must be between 0 and 1, got 7"):
        SpeechParams(threshold=7.0)
    with pytest.raises(UsageError, match=r"speech\.pause must be 0 s or more, got 0\.25 and -1"):
        SpeechParams(pause=-1.0)


@pytest.fixture(scope="module")
def stage() -> Speech:
    try:
        find("silero_vad")
    except WeightsError as error:
        pytest.skip(f"{error}")
    stage = Speech()
    stage.setup()
    return stage


def look(stage: Speech, samples: np.ndarray) -> tuple[np.ndarray, dict]:
    result = result_of(stage, PicturesClip(sound=Sound(samples.astype(np.float32), 16000)))
    assert isinstance(result, Outcome)
    return decode("speech.npy", result.columns["speech.npy"]), dict(result.scores)


def test_silence_and_noise_are_no_speech(stage):
    noise = np.random.default_rng(0).normal(0, 0.05, 16000 * 3)
    for samples in (np.zeros(16000 * 3), noise):
        found, scores = look(stage, samples)
        assert found.shape == (94,) and scores == {"speech_share": 0.0, "speech_spans": []}


def test_a_silent_clip_has_nothing_for_it(stage):
    assert isinstance(result_of(stage, PicturesClip()), NotApplicable)


def test_real_speech_between_silences_is_found_where_it_is(stage, real: Path):
    voice = read_sound((real / "audio" / "jfk.flac").read_bytes(), 16000).samples
    quiet = np.zeros(16000)
    found, scores = look(stage, np.concatenate([quiet, voice, quiet]))
    first, last = scores["speech_spans"][0][0], scores["speech_spans"][-1][1]
    assert 0.9 <= first < 2.0 and len(voice) / 16000 - 1 < last <= len(voice) / 16000 + 1.2
    assert found[:25].max() < 0.5 and scores["speech_share"] > 0.3
