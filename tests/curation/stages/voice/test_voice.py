"""The stage `voice`: the same person is nearer than another, and what is no speech has no voice."""

from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.engine import NotApplicable, Outcome
from faceshards.curation.stages.voice.voice import Voice
from faceshards.errors import StageError
from faceshards.media.sound import Sound
from faceshards.media.sound.read import read_sound
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, ready, result_of


@pytest.fixture(scope="module")
def stage() -> Voice:
    return ready(Voice())[0]


def look(stage: Voice, samples: np.ndarray) -> tuple[np.ndarray, dict]:
    result = result_of(stage, PicturesClip(sound=Sound(samples.astype(np.float32), 16000)))
    assert isinstance(result, Outcome), result
    return decode("voice.npy", result.columns["voice.npy"]), dict(result.scores)


@pytest.fixture(scope="module")
def speakers(real: Path) -> dict[str, np.ndarray]:
    return {name: read_sound((real / "audio" / f"libri_{name}.flac").read_bytes()).samples for name in ("32", "307")}


def test_a_person_is_nearer_to_herself_than_to_another(stage, speakers):
    halves = {name: np.array_split(sound[: 16000 * 8], 2) for name, sound in speakers.items()}
    voices = {name: [look(stage, half)[0] for half in both] for name, both in halves.items()}
    for one in np.concatenate(list(voices.values())):
        assert (one.dtype, one.shape) == (np.float32, (256,)) and np.linalg.norm(one) == pytest.approx(1, abs=1e-5)
    same = min(float(one @ other) for one, other in voices.values())
    strangers = max(float(one @ other) for one in voices["32"] for other in voices["307"])
    assert same > 0.8 and strangers < 0.65


def test_scores_tell_how_much_was_heard_and_whether_one_person_speaks(stage, speakers):
    both = np.concatenate([sound[: 16000 * 4] for sound in speakers.values()])
    one, two = look(stage, speakers["32"][: 16000 * 8])[1], look(stage, both)[1]
    assert 5 < one["voice_seconds"] <= 8 and 5 < two["voice_seconds"] <= 8
    assert one["voice_agreement"] > two["voice_agreement"] + 0.03


def test_silence_around_it_and_its_level_change_no_voice(stage, speakers):
    speech, quiet = speakers["32"][: 16000 * 5] * 0.1, np.zeros(8000)  # below -30 dBFS: it is raised
    (voice, scores), (soft, _) = look(stage, speech), look(stage, speech * 0.1)
    framed, longer = look(stage, np.concatenate([quiet, quiet, speech, quiet, quiet]))
    assert voice @ framed > 0.97 and voice @ soft > 0.99
    assert longer["voice_seconds"] < scores["voice_seconds"] + 0.6


def test_where_nobody_speaks_there_is_no_voice_and_that_is_no_failure(stage):
    tick = np.zeros(16_000, np.float32)
    tick[8_000] = 0.5
    for sound, reason in ((None, "no sound"), (np.zeros(16_000, np.float32), "16000"), (tick, "1.00 s")):
        result = result_of(stage, PicturesClip(sound=None if sound is None else Sound(sound, 16000)))
        assert isinstance(result, NotApplicable) and reason in result.reason
    assert isinstance(result_of(stage, PicturesClip(sound=Sound(tick[:100] + 1e-3, 16000))), NotApplicable)


def test_without_the_detector_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("faceshards.curation.stages.voice.voice.find_spec", lambda name: None)
    with pytest.raises(StageError, match=r"needs torch, .*: pip install 'faceshards\[voice\]'"):
        Voice().setup()
