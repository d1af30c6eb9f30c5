"""The stages `features`, `latents` and `language` on tiny models: columns, scores, recipes, what is refused."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("diffusers")

from faceshards.curation.engine import NotApplicable, Outcome
from faceshards.curation.engine.stage import Stage
from faceshards.curation.plan import recipe_of
from faceshards.curation.stages.features import Features, FeaturesParams
from faceshards.curation.stages.language import Language, LanguageParams
from faceshards.curation.stages.latents import Latents, LatentsParams
from faceshards.errors import UsageError, WeightsError
from faceshards.media.sound import Sound
from faceshards.shards.schema.codecs import decode
from tests import tiny_models
from tests.curation.on_pictures import PicturesClip, result_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
SPEAKING = PicturesClip(sound=Sound(tiny_models.noise(2.0), 16_000))
SILENT = PicturesClip(sound=Sound(np.zeros(16_000, np.float32), 16_000))


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    made = tmp_path_factory.mktemp("tiny")
    tiny_models.autoencoder(made / "pipeline" / "vae")
    return {
        "hubert": tiny_models.speech(made / "hubert", "hubert"),
        "whisper": tiny_models.whisper(made / "whisper"),
        "vae": made / "pipeline",
    }


def ready(stage: Stage) -> Stage:
    planned = stage.planned()
    planned.prepare()
    return planned


def values(stage: Stage, clip: PicturesClip, column: str) -> tuple:
    result = result_of(stage, clip)
    assert isinstance(result, Outcome), result
    return decode(column, result.columns[column]), dict(result.scores)


def test_features_are_states_in_half_precision_and_their_rate_is_told(folders):
    stage = ready(Features(FeaturesParams(model=str(folders["hubert"]))))
    states, scores = values(stage, SPEAKING, "features.npy")
    assert (states.dtype, states.shape, scores) == (np.float16, (99, 16), {"features_rate": 50.0})
    assert isinstance(result_of(stage, PicturesClip()), NotApplicable)


def test_latents_are_one_a_frame(folders):
    pictures = np.random.default_rng(6).integers(0, 256, (12, 32, 48, 3), np.uint8)
    stage = ready(Latents(LatentsParams(model=str(folders["vae"]))))
    found, _ = values(stage, PicturesClip(pictures), "latents.npy")
    assert (found.dtype, found.shape) == (np.float16, (12, 4, 4, 6))
    assert np.array_equal(values(stage, PicturesClip(pictures[7:8]), "latents.npy")[0][0], found[7])


def test_language_its_probability_and_what_is_said_when(folders):
    stage = ready(Language(LanguageParams(model=str(folders["whisper"]))))
    said, scores = values(stage, SPEAKING, "transcript.msg")
    assert scores["language"] in tiny_models.LANGUAGES and 1 / 3 <= scores["language_probability"] <= 1
    assert len(said["start"]) == len(said["end"]) == len(said["text"]) > 0
    assert all(0 <= start <= end <= 2 for start, end in zip(said["start"], said["end"], strict=True))
    for clip in (SILENT, PicturesClip()):
        assert isinstance(result_of(stage, clip), NotApplicable)
    quick = ready(Language(LanguageParams(model=str(folders["whisper"]), transcript=False)))
    nothing, same = values(quick, SPEAKING, "transcript.msg")
    assert nothing == {"start": [], "end": [], "text": []} and same == scores


def test_a_recipe_knows_the_model_by_its_files_and_not_by_its_place(folders, tmp_path):
    first = Features(FeaturesParams(model=str(folders["hubert"]))).planned()
    copy = tiny_models.speech(tmp_path / "copy", "hubert")
    again = Features(FeaturesParams(model=str(copy))).planned()
    assert recipe_of(first).fingerprint == recipe_of(again).fingerprint
    assert "model.safetensors" in recipe_of(first).models and "hubert" not in str(recipe_of(first).params)
    (copy / "model.safetensors").write_bytes(b"another")
    assert recipe_of(Features(FeaturesParams(model=str(copy))).planned()).fingerprint != recipe_of(first).fingerprint


def test_what_is_not_there_or_makes_no_sense_is_refused_before_any_clip(tmp_path):
    for stage in (Features(), Language(), Latents()):
        with pytest.raises(WeightsError, match=rf"{stage.name}.model '.*' is no folder"):
            stage.planned()
    with pytest.raises(UsageError, match="overlap must be from 0 to below 15 s"):
        Features(FeaturesParams(model=str(tmp_path), overlap=15.0)).planned()
