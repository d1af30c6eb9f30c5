"""The stage `features` on a tiny model: column, score, recipe; what is refused, by `latents` and `language`, too."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("diffusers")

from faceshards.curation.engine import NotApplicable
from faceshards.curation.plan import recipe_of
from faceshards.curation.stages.features import Features, FeaturesParams
from faceshards.curation.stages.language import Language
from faceshards.curation.stages.latents import Latents
from faceshards.errors import UsageError, WeightsError
from faceshards.media.sound import Sound
from tests import tiny_models
from tests.curation.on_pictures import PicturesClip, planned, result_of, value_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
SPEAKING = PicturesClip(sound=Sound(tiny_models.noise(2.0), 16_000))
SILENT = PicturesClip(sound=Sound(np.zeros(16_000, np.float32), 16_000))


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    return {"hubert": tiny_models.speech(tmp_path_factory.mktemp("tiny"), "hubert")}


def test_features_are_states_in_half_precision_and_their_rate_is_told(folders):
    stage = planned(Features(FeaturesParams(model=str(folders["hubert"]))))
    states, scores = value_of(stage, SPEAKING, "features.npy")
    assert (states.dtype, states.shape, scores) == (np.float16, (99, 16), {"features_rate": 50.0})
    assert isinstance(result_of(stage, PicturesClip()), NotApplicable)


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
