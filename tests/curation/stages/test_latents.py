"""The stage `latents` on a tiny autoencoder."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("diffusers")

from faceshards.curation.stages.latents import Latents, LatentsParams
from tests import tiny_models
from tests.curation.on_pictures import PicturesClip, planned, value_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


def test_latents_are_one_a_frame(tmp_path):
    tiny_models.autoencoder(tmp_path / "vae")  # as a pipeline's folder has it
    pictures = np.random.default_rng(6).integers(0, 256, (12, 32, 48, 3), np.uint8)
    stage = planned(Latents(LatentsParams(model=str(tmp_path))))
    found, _ = value_of(stage, PicturesClip(pictures), "latents.npy")
    assert (found.dtype, found.shape) == (np.float16, (12, 4, 4, 6))
    assert np.array_equal(value_of(stage, PicturesClip(pictures[7:8]), "latents.npy")[0][0], found[7])
