"""The stage `language` on a tiny Whisper."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from faceshards.curation.engine import NotApplicable
from faceshards.curation.stages.language import Language, LanguageParams
from faceshards.media.sound import Sound
from tests import tiny_models
from tests.curation.on_pictures import PicturesClip, planned, result_of, value_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


SPEAKING = PicturesClip(sound=Sound(tiny_models.noise(2.0), 16_000))
SILENT = PicturesClip(sound=Sound(np.zeros(16_000, np.float32), 16_000))


def test_language_its_probability_and_what_is_said_when(tmp_path):
    folder = tiny_models.whisper(tmp_path / "whisper")
    stage = planned(Language(LanguageParams(model=str(folder))))
    said, scores = value_of(stage, SPEAKING, "transcript.msg")
    assert scores["language"] in tiny_models.LANGUAGES and 1 / 3 <= scores["language_probability"] <= 1
    assert len(said["start"]) == len(said["end"]) == len(said["text"]) > 0
    assert all(0 <= start <= end <= 2 for start, end in zip(said["start"], said["end"], strict=True))
    for clip in (SILENT, PicturesClip()):
        assert isinstance(result_of(stage, clip), NotApplicable)
    quick = planned(Language(LanguageParams(model=str(folder), transcript=False)))
    nothing, same = value_of(quick, SPEAKING, "transcript.msg")
    assert nothing == {"start": [], "end": [], "text": []} and same == scores
