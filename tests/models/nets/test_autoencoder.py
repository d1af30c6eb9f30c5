"""Latents of pictures: those of the library called by itself, the mean of each distribution."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
diffusers = pytest.importorskip("diffusers")

from faceshards.errors import StageError  # noqa: E402
from faceshards.models.nets.autoencoder import Autoencoder  # noqa: E402
from tests import tiny_models  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
PICTURES = np.random.default_rng(5).integers(0, 256, (6, 37, 50, 3), np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_models.autoencoder(tmp_path_factory.mktemp("tiny vae"))


def test_they_are_the_librarys_scaled_means(folder):
    found = Autoencoder(folder)(PICTURES)
    assert (found.dtype, found.shape) == (np.float16, (6, 4, 4, 6))  # 32 of 37 rows, 48 of 50 columns
    vae = diffusers.AutoencoderKL.from_pretrained(folder).eval()
    values = torch.from_numpy(PICTURES[:, :32, :48]).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.inference_mode():
        theirs = vae.encode(values).latent_dist.mean * vae.config.scaling_factor
    assert vae.config.scaling_factor == 0.18215
    np.testing.assert_allclose(found, theirs.numpy(), rtol=2e-3, atol=2e-4)


def test_a_picture_s_do_not_depend_on_its_company_and_are_no_draw(folder):
    latents = Autoencoder(folder)
    whole = latents(PICTURES)
    assert np.array_equal(latents(PICTURES[4:5])[0], whole[4]) and np.array_equal(latents(PICTURES), whole)


def test_red_and_blue_are_not_exchanged(folder):
    latents = Autoencoder(folder)
    assert np.abs(latents(PICTURES).astype(float) - latents(PICTURES[..., ::-1])).max() > 1e-2


def test_a_folder_of_another_model_is_refused(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(StageError, match="holds no AutoencoderKL"):
        Autoencoder(tmp_path)
